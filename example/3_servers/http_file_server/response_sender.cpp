// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "response_sender.hpp"

#include "member_handler.hpp"

#include <algorithm>

namespace http_file_server {

void response_sender::send(std::string body) {
  file_.reset();
  sent_bytes_ = 0;
  body_ = std::move(body);
  write(asio::buffer(text_), asio::buffer(body_), &response_sender::finish);
}

void response_sender::send(open_file_ptr file, const file_answer& answer) {
  file_ = std::move(file);
  answer_ = &answer;
  part_ = 0;
  sent_bytes_ = 0;
  if (answer.parts.empty()) return write(asio::buffer(text_), {}, &response_sender::finish);
  begin_part();
}

void response_sender::begin_part() {
  text_ += answer_->parts[part_].header;
  if (range().length > buffer_pool::buffer_bytes)
    return write(asio::buffer(text_), {}, &response_sender::send_by_kernel);
  if (!buffer_) buffer_ = site_.buffers.get();
  read_bytes_ = 0;
  read();
}

void response_sender::read() {
  const auto left = static_cast<std::size_t>(range().length) - read_bytes_;
  deadline_.clear();
  file_->handle.async_read_some_at(
      range().offset + read_bytes_, asio::buffer(buffer_.get() + read_bytes_, left),
      member_handler<&response_sender::on_read, response_sender>(*this));
}

void response_sender::on_read(const error_code& ec, std::size_t bytes) {
  if (ec) return end(ec);
  read_bytes_ += bytes;
  if (read_bytes_ != range().length) return read();
  write(asio::buffer(text_), asio::buffer(buffer_.get(), read_bytes_), &response_sender::end_part);
}

void response_sender::end_part() {
  text_.clear();
  ++part_;
  if (part_ != answer_->parts.size()) return begin_part();
  if (answer_->end.empty()) return finish();
  write(asio::buffer(answer_->end), {}, &response_sender::finish);
}

void response_sender::send_by_kernel() {
  is_waiting_ = true;
  deadline_.set(site_.chosen().send_timeout);
  asiofile::async_send_file(
      socket_, file_->handle, range().offset, range().length,
      member_handler<&response_sender::on_kernel_sent, response_sender>(*this));
}

void response_sender::on_kernel_sent(const error_code& ec, std::uint64_t bytes) {
  is_waiting_ = false;
  sent_bytes_ += bytes;
  if (ec) return end(ec);
  end_part();
}

void response_sender::write(asio::const_buffer text, asio::const_buffer data,
                            void (response_sender::*then)()) {
  left_ = {text, data};
  then_ = then;
  error_code ec;
  const std::size_t bytes = socket_.write_some(left_, ec);
  if (ec == asio::error::would_block || ec == asio::error::try_again) return write_rest();
  on_written(ec, bytes);
}

void response_sender::write_rest() {
  is_waiting_ = true;
  deadline_.set(site_.chosen().send_timeout);
  socket_.async_write_some(left_,
                           member_handler<&response_sender::on_written, response_sender>(*this));
}

void response_sender::on_written(const error_code& ec, std::size_t bytes) {
  is_waiting_ = false;
  sent_bytes_ += bytes;
  if (ec) return end(ec);
  for (asio::const_buffer& each : left_) {
    const std::size_t of_this = std::min(bytes, each.size());
    each += of_this;
    bytes -= of_this;
  }
  if (asio::buffer_size(left_) != 0) return write_rest();
  (this->*then_)();
}

void response_sender::finish() { end({}); }

void response_sender::fail() { end(asio::error::no_memory); }

void response_sender::end(const error_code& ec) {
  site_.buffers.release(std::move(buffer_));
  file_.reset();
  done_(ec);
}

}  // namespace http_file_server
