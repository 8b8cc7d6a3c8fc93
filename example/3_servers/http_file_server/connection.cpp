// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "connection.hpp"

#include "listing.hpp"
#include "member_handler.hpp"
#include "peer_progress.hpp"
#include "request_target.hpp"
#include "statuses.hpp"

#include <boost/asio/post.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace http_file_server {

namespace {

namespace http = boost::beast::http;
namespace errc = boost::system::errc;

constexpr std::size_t receive_bytes = 4096;
// For data that a client still sends after it was told that the connection ends.
constexpr std::chrono::seconds linger_time(2);

constexpr std::string_view index_name = "index.html";

bool names_directory(const std::string& path) { return path.empty() || path.ends_with('/'); }

}  // namespace

connection::connection(site& shared, tcp_socket socket)
    : site_(shared),
      socket_(std::move(socket)),
      deadline_(shared.clock),
      sender_(shared, socket_, deadline_, [this](error_code ec) { on_answered(ec); }) {
  if (site_.all.log == nullptr) return;
  error_code ec;
  const asio::ip::tcp::endpoint peer = socket_.remote_endpoint(ec);
  client_ = ec ? "-" : peer.address().to_string();
}

void connection::start(std::function<void()> ended) {
  ended_ = std::move(ended);
  error_code ec;
  // For synchronous writes, and for answers whose end fills no packet.
  socket_.non_blocking(true, ec);
  if (!ec) socket_.set_option(asio::ip::tcp::no_delay(true), ec);
  if (ec) return end();
  next_request();
}

// ---- Reading a request ----

void connection::next_request() {
  if (site_.is_stopping) return end();
  parser_.emplace(request_);
  header_bytes_ = 0;
  keeps_alive_ = false;
  has_header_begun_ = has_skipped_line_ = false;
  was_retried_ = false;
  if (input_.size() == 0) return receive();
  // If a client sends many requests in a row, others are served in between.
  asio::post(site_.context, member_handler<&connection::parse, connection>(*this));
}

void connection::receive() {
  is_idle_ = header_bytes_ == 0 && input_.size() == 0;
  if (is_idle_) {
    deadline_.set(site_.chosen().idle_timeout);
  } else if (!has_header_begun_) {
    // The limit is for the whole header, however small the pieces in which it arrives.
    has_header_begun_ = true;
    deadline_.set(site_.chosen().header_timeout);
  }
  socket_.async_read_some(input_.prepare(receive_bytes),
                          member_handler<&connection::on_received, connection>(*this));
}

void connection::on_received(const error_code& ec, std::size_t bytes) {
  const bool was_idle = is_idle_;
  is_idle_ = false;
  if (has_header_timed_out_) return refuse(status::request_timeout);
  if (ec == asio::error::eof && !was_idle) return refuse(status::bad_request);
  if (ec) return end();
  input_.commit(bytes);
  parse();
}

// One empty line before a request is ignored (RFC 9112, section 2.2). Returns whether a request has
// begun.
bool connection::skip_empty_line() {
  if (header_bytes_ != 0 || has_skipped_line_) return true;
  const std::string_view begun(static_cast<const char*>(input_.data().data()),
                               std::min<std::size_t>(input_.size(), 2));
  if (begun == "\r") return false;
  if (begun != "\r\n") return true;
  input_.consume(2);
  has_skipped_line_ = true;
  return input_.size() != 0;
}

void connection::parse() {
  if (!skip_empty_line()) return receive();
  error_code ec;
  while (!parser_->is_header_done()) {
    const std::size_t parsed = parser_->put(input_.data(), ec);
    input_.consume(parsed);
    header_bytes_ += parsed;
    if (ec == http::error::need_more &&
        header_bytes_ + input_.size() <= site_.chosen().header_bytes_max)
      return receive();
    if (header_bytes_ > site_.chosen().header_bytes_max || ec == http::error::need_more)
      ec = http::error::header_limit;
    if (ec == http::error::header_limit)
      return refuse(request_.version == 0 ? status::uri_too_long
                                          : status::request_header_fields_too_large);
    if (ec == http::error::bad_version) return refuse(status::http_version_not_supported);
    if (ec) return refuse(status::bad_request);
  }
  serve();
}

std::optional<connection::status> connection::find_fault() {
  if (parser_->has_endless_body()) return status::bad_request;
  if (request_.host_count > 1 || (request_.host_count == 0 && request_.version == 11))
    return status::bad_request;
  if (request_.method == http::verb::unknown) return status::not_implemented;
  if (request_.method != http::verb::get && request_.method != http::verb::head)
    return status::method_not_allowed;
  if (request_.target.size() > site_.chosen().target_bytes_max) return status::uri_too_long;
  if (!decode_target(request_.target, path_)) return status::bad_request;
  return std::nullopt;
}

void connection::serve() {
  // No request here needs a body. It would be taken for the next request.
  keeps_alive_ = parser_->keep_alive() && !parser_->has_body() && !site_.is_stopping;
  if (const auto fault = find_fault()) return refuse(*fault);
  find_file();
}

// ---- Files ----

void connection::find_file() {
  file_path_ = path_;
  if (names_directory(path_)) file_path_ += index_name;
  if (const open_file_ptr file = site_.files.find(file_path_)) return answer(file);
  deadline_.clear();
  site_.files.async_open(file_path_, [this](const error_code& ec, const open_file_ptr& file) {
    member_handler<&connection::on_opened, connection>{*this}(ec, file);
  });
}

void connection::on_opened(const error_code& ec, const open_file_ptr& file) {
  if (!ec) return answer(file);
  if (names_directory(path_)) {
    if (ec == errc::no_such_file_or_directory || ec == errc::is_a_directory)
      return list_directory();
  } else if (ec == errc::is_a_directory) {
    return redirect_to_directory();
  }
  // Files that are kept open are closed first.
  if (is_out_of_descriptors(ec)) site_.files.clear();
  refuse(status_of(ec));
}

void connection::answer(const open_file_ptr& file) {
  answer_with_file(request_, *file, site_.clock, site_.chosen().ranges_max, connection_field(),
                   answer_, sender_.header());
  status_ = answer_.status;
  answer_header_bytes_ = sender_.header().size();
  if (request_.method == http::verb::head) return sender_.send(std::string());
  sender_.send(file, answer_);
}

// ---- Directories ----

void connection::list_directory() {
  listing_.emplace(site_.context.get_executor());
  site_.root.async_open_reader(listing_->reader, path_.empty() ? std::string(".") : path_,
                               [this](const error_code& ec) {
                                 member_handler<&connection::on_listed, connection>{*this}(
                                     ec, std::vector<asiofile::directory_entry>());
                               });
}

void connection::on_listed(const error_code& ec,
                           std::optional<std::vector<asiofile::directory_entry>> entries) {
  if (ec) return refuse(status_of(ec));
  if (!site_.chosen().lists_directories) return refuse(status::forbidden);
  std::vector<asiofile::directory_entry>& found = listing_->entries;
  if (entries) std::ranges::move(*entries, std::back_inserter(found));
  const bool is_complete = found.size() <= site_.chosen().listed_entries_max;
  if (entries && is_complete)
    return listing_->reader.async_next(member_handler<&connection::on_listed, connection>(*this));
  if (!is_complete) found.resize(site_.chosen().listed_entries_max);
  respond(status::ok, "text/html; charset=utf-8",
          make_listing(path_, std::move(found), is_complete));
}

// Redirects to the name with a slash at its end: relative references of a page there depend on it.
void connection::redirect_to_directory() {
  std::string field = "Location: /";
  append_percent_encoded(field, path_);
  field += '/';
  if (const std::size_t query = request_.target.find('?'); query != std::string::npos)
    field.append(request_.target, query);
  field += "\r\n";
  respond(status::moved_permanently, "text/plain", std::string(), field);
}

// ---- Answers ----

void connection::refuse(status why) {
  std::string_view more_fields;
  if (why == status::method_not_allowed) more_fields = "Allow: GET, HEAD\r\n";
  if (why == status::service_unavailable) more_fields = "Retry-After: 1\r\n";
  if (!parser_->is_header_done()) keeps_alive_ = false;
  const auto reason = http::obsolete_reason(why);
  std::string body;
  append_number(body, static_cast<unsigned>(why));
  body += ' ';
  body.append(reason.data(), reason.size());
  body += '\n';
  respond(why, "text/plain; charset=utf-8", std::move(body), more_fields);
}

void connection::respond(status why, std::string_view content_type, std::string body,
                         std::string_view more_fields) {
  listing_.reset();
  status_ = why;
  response_header header(sender_.header(), why, site_.clock.http_date(), connection_field());
  header.field("Content-Type", content_type);
  header.field("Content-Length", body.size());
  header.fields(more_fields);
  header.end();
  answer_header_bytes_ = sender_.header().size();
  if (request_.method == http::verb::head) body.clear();
  sender_.send(std::move(body));
}

persistence connection::connection_field() const {
  if (!keeps_alive_) return persistence::closed;
  return request_.version == 10 ? persistence::kept : persistence::implied;
}

void connection::on_answered(const error_code& ec) {
  // The file has become shorter since it was opened.
  if (ec == asio::error::eof && sender_.sent_bytes() == 0 && !was_retried_) {
    was_retried_ = true;
    site_.files.forget(file_path_);
    return find_file();
  }
  if (site_.all.log != nullptr) log();
  if (ec) return end();
  if (keeps_alive_) return next_request();
  linger();
}

void connection::log() const {
  const std::uint64_t sent = sender_.sent_bytes();
  site_.all.log->add({.client = client_,
                      .date = site_.clock.log_date(),
                      .method = request_.method_text,
                      .target = request_.target,
                      .version = request_.version,
                      .status = static_cast<unsigned>(status_),
                      .body_bytes = sent - std::min<std::uint64_t>(sent, answer_header_bytes_)});
}

// ---- The end ----

// If a connection is closed while it has unread data, it is reset, and the client may lose the
// answer: so data is read until the client has closed its end.
void connection::linger() {
  error_code ec;
  socket_.shutdown(tcp_socket::shutdown_send, ec);
  if (ec) return end();
  deadline_.set(linger_time);
  discard();
}

void connection::discard() {
  input_.clear();
  socket_.async_read_some(input_.prepare(receive_bytes),
                          member_handler<&connection::on_discarded, connection>(*this));
}

void connection::on_discarded(const error_code& ec, std::size_t) {
  if (ec) return end();
  discard();
}

void connection::check_deadline() {
  if (!deadline_.is_over()) return;
  if (sender_.is_waiting_for_peer()) {
    // A client that accepts some data, however little, is only slow.
    const auto now = acknowledged_bytes(socket_.native_handle());
    if (!now || *now != acknowledged_bytes_) {
      acknowledged_bytes_ = now.value_or(0);
      return deadline_.set(site_.chosen().send_timeout);
    }
  } else if (has_header_begun_ && !has_header_timed_out_ && !parser_->is_header_done()) {
    has_header_timed_out_ = true;
    error_code ec;
    socket_.cancel(ec);
    return deadline_.clear();
  }
  abort();
}

void connection::stop() {
  keeps_alive_ = false;
  if (is_idle_) abort();
}

void connection::abort() {
  deadline_.clear();
  error_code ec;
  socket_.close(ec);
}

void connection::end() {
  if (std::exchange(has_ended_, true)) return;
  abort();
  // The caller is still running.
  asio::post(site_.context, [this] { ended_(); });
}

void connection::fail() { end(); }

}  // namespace http_file_server
