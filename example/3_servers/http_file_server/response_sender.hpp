// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Sends answers: what is in memory, and parts of files.

#include "deadline.hpp"
#include "file_answer.hpp"
#include "site.hpp"
#include "types.hpp"

#include <boost/asio/buffer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace http_file_server {

// One answer at a time. Small parts of files are read, and sent with one call together with the
// header before them; large ones are sent by the kernel. As much as the socket has room for is sent
// without an asynchronous operation.
//
// If a file ends before the part does, the answer ends with an error, after which the connection
// must be closed, because the client was told the full length.
class response_sender {
 public:
  // `done` is called when an answer is sent, or cannot be: inside `send`, or later.
  response_sender(site& shared, tcp_socket& socket, deadline& limit,
                  std::function<void(error_code)> done)
      : site_(shared), socket_(socket), deadline_(limit), done_(std::move(done)) {}

  // The answer's header, to be set before each `send`.
  [[nodiscard]] std::string& header() { return text_; }

  void send(std::string body);
  // `answer` must stay as it is until `done` is called.
  void send(open_file_ptr file, const file_answer& answer);

  // Whether it is waiting for the client.
  [[nodiscard]] bool is_waiting_for_peer() const { return is_waiting_; }
  // Of the answer.
  [[nodiscard]] std::uint64_t sent_bytes() const { return sent_bytes_; }

 private:
  template <auto, typename>
  friend class member_handler;

  [[nodiscard]] const byte_range& range() const { return answer_->parts[part_].range; }

  void begin_part();
  void read();
  void on_read(const error_code& ec, std::size_t bytes);
  void write_part();
  void end_part();
  void send_by_kernel();
  void on_kernel_sent(const error_code& ec, std::uint64_t bytes);
  void write(asio::const_buffer text, asio::const_buffer data, void (response_sender::*then)());
  void write_rest();
  void on_written(const error_code& ec, std::size_t bytes);
  void finish();
  void end(const error_code& ec);
  void fail();

  site& site_;
  tcp_socket& socket_;
  deadline& deadline_;
  std::function<void(error_code)> done_;

  std::string text_;
  std::string body_;
  open_file_ptr file_;
  const file_answer* answer_ = nullptr;
  std::size_t part_ = 0;
  buffer_pool::buffer buffer_;
  std::size_t read_bytes_ = 0;

  std::array<asio::const_buffer, 2> left_;
  void (response_sender::*then_)() = nullptr;
  std::uint64_t sent_bytes_ = 0;
  bool is_waiting_ = false;
};

}  // namespace http_file_server
