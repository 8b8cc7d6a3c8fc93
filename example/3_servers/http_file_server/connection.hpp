// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A client's connection: reads requests, one after the other, and has each answered.

#include "deadline.hpp"
#include "file_answer.hpp"
#include "request.hpp"
#include "request_parser.hpp"
#include "response_sender.hpp"
#include "site.hpp"
#include "types.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/status.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace http_file_server {

// At any time it waits for one thing: its client, or a file. So it needs neither locks nor shared
// ownership: when that has completed and nothing else was started, it ends.
class connection {
 public:
  connection(site& shared, tcp_socket socket);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  // `ended` is called once, when nothing refers to the connection any more; it may destroy it.
  void start(std::function<void()> ended);

  // Closes the connection if its client has exceeded its deadline. To be called from time to time.
  void check_deadline();

  // Closes it as soon as the current request is answered.
  void stop();

  // Closes it now.
  void abort();

 private:
  using status = boost::beast::http::status;
  template <auto, typename>
  friend class member_handler;

  void next_request();
  void receive();
  void on_received(const error_code& ec, std::size_t bytes);
  [[nodiscard]] bool skip_empty_line();
  void parse();
  void serve();
  [[nodiscard]] std::optional<status> find_fault();

  void find_file();
  void on_opened(const error_code& ec, const open_file_ptr& file);
  void answer(const open_file_ptr& file);

  void list_directory();
  void on_listed(const error_code& ec,
                 std::optional<std::vector<asiofile::directory_entry>> entries);
  void redirect_to_directory();

  void refuse(status why);
  void respond(status why, std::string_view content_type, std::string body,
               std::string_view more_fields = {});
  void on_answered(const error_code& ec);
  void log() const;

  void linger();
  void discard();
  void on_discarded(const error_code& ec, std::size_t bytes);
  void end();
  void fail();

  [[nodiscard]] persistence connection_field() const;

  site& site_;
  tcp_socket socket_;
  std::function<void()> ended_;
  deadline deadline_;
  response_sender sender_;
  std::string client_;

  boost::beast::flat_buffer input_;
  std::optional<request_parser> parser_;
  request request_;
  std::size_t header_bytes_ = 0;

  // Of the request that is being answered.
  std::string path_;
  std::string file_path_;
  file_answer answer_;
  status status_{};
  std::size_t answer_header_bytes_ = 0;
  struct listing {
    explicit listing(const executor& ex) : reader(ex) {}
    asiofile::basic_directory_reader<executor> reader;
    std::vector<asiofile::directory_entry> entries;
  };
  std::optional<listing> listing_;

  std::uint64_t acknowledged_bytes_ = 0;
  bool keeps_alive_ = false;
  bool was_retried_ = false;
  bool is_idle_ = false;
  bool has_header_begun_ = false;
  bool has_skipped_line_ = false;
  bool has_header_timed_out_ = false;
  bool has_ended_ = false;
};

}  // namespace http_file_server
