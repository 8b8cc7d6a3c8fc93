// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "access_log.hpp"

#include <boost/asio/post.hpp>

#include <unistd.h>

#include <iostream>
#include <utility>

namespace http_file_server {

namespace {

// Escapes what a client could use to end the line or the quotes.
void append_quotable(std::string& text, std::string_view raw) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : raw) {
    if (c >= ' ' && c <= '~' && c != '"' && c != '\\') {
      text += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    text += "\\x";
    text += digits[byte / 16];
    text += digits[byte % 16];
  }
}

void append_line(std::string& text, const access_log::line& added) {
  text += added.client;
  text += " - - [";
  text += added.date;
  text += "] \"";
  if (!added.method.empty()) {
    append_quotable(text, added.method);
    text += ' ';
    append_quotable(text, added.target);
    text += added.version == 10 ? " HTTP/1.0" : " HTTP/1.1";
  } else {
    text += '-';
  }
  text += "\" ";
  text += std::to_string(added.status);
  text += ' ';
  text += added.body_bytes == 0 ? "-" : std::to_string(added.body_bytes);
  text += '\n';
}

}  // namespace

access_log::access_log(asio::io_context& context, const std::string& path)
    : context_(context), file_(context.get_executor()) {
  if (path == "-") file_.assign(STDOUT_FILENO, asiofile::borrowed);
  else file_.open(path, asiofile::parse_open_mode("a"));
  writer_.emplace(file_);
}

void access_log::add(const line& added) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= waiting_bytes_max) {
    ++dropped_;
    return;
  }
  append_line(waiting_, added);
  if (waiting_.size() < written_bytes || is_write_posted_) return;
  is_write_posted_ = true;
  asio::post(context_, [this] { write(); });
}

void access_log::write() {
  if (is_writing_ || !take_waiting()) return;
  is_writing_ = true;
  writer_->async_write(asio::buffer(writing_), [this](error_code ec, std::size_t) {
    if (ec) return on_written(ec);
    writer_->async_flush([this](error_code flush_error) { on_written(flush_error); });
  });
}

bool access_log::take_waiting() {
  std::uint64_t dropped = 0;
  writing_.clear();
  {
    const std::lock_guard lock(mutex_);
    is_write_posted_ = false;
    writing_.swap(waiting_);
    dropped = std::exchange(dropped_, 0);
  }
  if (dropped != 0) std::cerr << "http_file_server: access log: " << dropped << " lines dropped\n";
  return !writing_.empty();
}

void access_log::on_written(const error_code& ec) {
  is_writing_ = false;
  if (ec) {
    if (!has_failed_) std::cerr << "http_file_server: access log: " << ec.message() << '\n';
    // A writer that has failed accepts nothing more.
    writer_.emplace(file_);
  }
  has_failed_ = static_cast<bool>(ec);
  const bool is_more = [&] {
    const std::lock_guard lock(mutex_);
    return waiting_.size() >= written_bytes;
  }();
  if (is_more && !ec) write();
}

void access_log::finish() {
  write();
  context_.restart();
  context_.run();
  // What was added while the last part was being written.
  write();
  context_.restart();
  context_.run();
}

}  // namespace http_file_server
