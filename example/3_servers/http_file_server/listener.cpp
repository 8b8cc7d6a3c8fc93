// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "listener.hpp"

#include <boost/asio/socket_base.hpp>

#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <utility>

namespace http_file_server {

namespace {

// After an error: descriptors of other connections may be free again later.
constexpr std::chrono::milliseconds pause_time(100);

// Boost.Asio has no name for it (its requirements of a SettableSocketOption).
class reuse_port {
 public:
  template <typename Protocol>
  [[nodiscard]] int level(const Protocol&) const {
    return SOL_SOCKET;
  }
  template <typename Protocol>
  [[nodiscard]] int name(const Protocol&) const {
    return SO_REUSEPORT;
  }
  template <typename Protocol>
  [[nodiscard]] const void* data(const Protocol&) const {
    return &value_;
  }
  template <typename Protocol>
  [[nodiscard]] std::size_t size(const Protocol&) const {
    return sizeof value_;
  }

 private:
  int value_ = 1;
};

}  // namespace

listener::listener(asio::io_context& context, const asio::ip::tcp::endpoint& endpoint,
                   bool is_shared, std::function<bool()> has_room,
                   std::function<void(tcp_socket)> accepted)
    : acceptor_(context.get_executor()),
      timer_(context.get_executor()),
      has_room_(std::move(has_room)),
      accepted_(std::move(accepted)) {
  acceptor_.open(endpoint.protocol());
  acceptor_.set_option(asio::socket_base::reuse_address(true));
  if (is_shared) acceptor_.set_option(reuse_port());
  acceptor_.bind(endpoint);
  acceptor_.listen();
}

void listener::start() { accept(); }

void listener::accept() {
  if (!acceptor_.is_open()) return;
  is_full_ = !has_room_();
  if (is_full_) return;
  acceptor_.async_accept([this](error_code ec, tcp_socket socket) {
    if (!acceptor_.is_open()) return;
    // The peer has gone again, or there are no descriptors left for now.
    if (ec) return pause();
    try {
      accepted_(std::move(socket));
    } catch (const std::exception&) {
      // No memory for this one.
    }
    accept();
  });
}

void listener::pause() {
  timer_.expires_after(pause_time);
  timer_.async_wait([this](error_code ec) {
    if (!ec) accept();
  });
}

void listener::resume() {
  if (is_full_) accept();
}

void listener::stop() {
  is_full_ = false;
  error_code ec;
  acceptor_.close(ec);
  timer_.cancel();
}

}  // namespace http_file_server
