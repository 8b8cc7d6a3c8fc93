// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A contender: a file server on Boost.Beast's file_body, written as Beast's own examples are, with
// an io_context for each thread on one port, as example/3_servers/http_file_server has.
//
// asiofile-benchmark-file-body --address ADDRESS --port N --threads T --quiet DIRECTORY

#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/program_options.hpp>

#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

// SO_REUSEPORT, which Boost.Asio has no name for: the kernel distributes the connections.
class reuse_port {
 public:
  template <typename Protocol>
  [[nodiscard]] int level(const Protocol&) const noexcept {
    return SOL_SOCKET;
  }
  template <typename Protocol>
  [[nodiscard]] int name(const Protocol&) const noexcept {
    return SO_REUSEPORT;
  }
  template <typename Protocol>
  [[nodiscard]] const void* data(const Protocol&) const noexcept {
    return &value_;
  }
  template <typename Protocol>
  [[nodiscard]] std::size_t size(const Protocol&) const noexcept {
    return sizeof(value_);
  }

 private:
  int value_ = 1;
};

using request_type = http::request<http::empty_body>;

http::message_generator refuse(const request_type& request, http::status status) {
  http::response<http::string_body> response(status, request.version());
  response.set(http::field::content_type, "text/plain");
  response.keep_alive(request.keep_alive());
  response.body() = std::string(http::obsolete_reason(status)) + '\n';
  response.prepare_payload();
  return response;
}

http::message_generator answer(const std::string& root, const request_type& request) {
  if (request.method() != http::verb::get && request.method() != http::verb::head)
    return refuse(request, http::status::method_not_allowed);
  const std::string_view target = request.target();
  if (!target.starts_with('/') || target.find("..") != std::string_view::npos)
    return refuse(request, http::status::bad_request);

  beast::error_code ec;
  http::file_body::value_type body;
  body.open((root + std::string(target)).c_str(), beast::file_mode::scan, ec);
  if (ec == beast::errc::no_such_file_or_directory) return refuse(request, http::status::not_found);
  if (ec) return refuse(request, http::status::internal_server_error);

  const std::uint64_t size = body.size();
  const auto describe = [&](auto& response) {
    response.set(http::field::content_type, "application/octet-stream");
    response.content_length(size);
    response.keep_alive(request.keep_alive());
  };
  if (request.method() == http::verb::head) {
    http::response<http::empty_body> response(http::status::ok, request.version());
    describe(response);
    return response;
  }
  http::response<http::file_body> response(std::piecewise_construct,
                                           std::make_tuple(std::move(body)),
                                           std::make_tuple(http::status::ok, request.version()));
  describe(response);
  return response;
}

class session : public std::enable_shared_from_this<session> {
 public:
  session(tcp::socket&& socket, const std::string& root)
      : stream_(std::move(socket)), root_(root) {}

  void read() {
    request_ = {};
    stream_.expires_after(std::chrono::seconds(30));
    http::async_read(stream_, buffer_, request_,
                     [self = shared_from_this()](beast::error_code ec, std::size_t) {
                       if (ec == http::error::end_of_stream) self->close();
                       else if (!ec) self->write(answer(self->root_, self->request_));
                     });
  }

 private:
  void write(http::message_generator&& response) {
    const bool keep_alive = response.keep_alive();
    beast::async_write(stream_, std::move(response),
                       [self = shared_from_this(), keep_alive](beast::error_code ec, std::size_t) {
                         if (ec) return;
                         if (keep_alive) self->read();
                         else self->close();
                       });
  }

  void close() {
    beast::error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  request_type request_;
  const std::string& root_;
};

class listener {
 public:
  listener(asio::io_context& context, const tcp::endpoint& endpoint, const std::string& root)
      : acceptor_(context), root_(root) {
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(asio::socket_base::reuse_address(true));
    acceptor_.set_option(reuse_port());
    acceptor_.bind(endpoint);
    acceptor_.listen();
    accept();
  }

 private:
  void accept() {
    acceptor_.async_accept([this](beast::error_code ec, tcp::socket socket) {
      if (!ec) {
        socket.set_option(tcp::no_delay(true), ec);
        std::make_shared<session>(std::move(socket), root_)->read();
      }
      accept();
    });
  }

  tcp::acceptor acceptor_;
  const std::string& root_;
};

void serve(const tcp::endpoint& endpoint, const std::string& root) {
  asio::io_context context(1);
  const listener accepting(context, endpoint, root);
  context.run();
}

struct options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
  unsigned threads = 1;
  std::string root;
};

options parse(int argc, const char* const* argv) {
  namespace program = boost::program_options;
  options chosen;
  program::options_description all;
  all.add_options()("address", program::value(&chosen.address))(
      "port", program::value(&chosen.port))("threads", program::value(&chosen.threads))(
      "quiet", "")("root", program::value(&chosen.root)->required());
  program::positional_options_description positional;
  positional.add("root", 1);
  program::variables_map values;
  program::store(program::command_line_parser(argc, argv).options(all).positional(positional).run(),
                 values);
  program::notify(values);
  return chosen;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const options chosen = parse(argc, argv);
    const tcp::endpoint endpoint(asio::ip::make_address(chosen.address), chosen.port);
    std::vector<std::jthread> threads;
    for (unsigned index = 1; index < chosen.threads; ++index)
      threads.emplace_back([&] { serve(endpoint, chosen.root); });
    serve(endpoint, chosen.root);
  } catch (const std::exception& error) {
    std::cerr << "asiofile-benchmark-file-body: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
