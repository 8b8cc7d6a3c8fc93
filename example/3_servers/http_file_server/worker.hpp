// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// An event loop and its connections, run by one thread.

#include "connection.hpp"
#include "listener.hpp"
#include "site.hpp"
#include "types.hpp"

#include <boost/asio/steady_timer.hpp>

#include <list>

namespace http_file_server {

class worker {
 public:
  // Listens, and opens the root. Throws std::exception.
  worker(server_state& all, const asio::ip::tcp::endpoint& endpoint, bool is_shared);
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  [[nodiscard]] asio::io_context& context() { return context_; }
  [[nodiscard]] asio::ip::tcp::endpoint endpoint() const { return listener_.endpoint(); }

  // Serves until `stop` was called and nothing is left to do.
  void run();

  // From any thread: stops accepting, completes the requests in flight, and closes connections that
  // do not finish in time.
  void stop();

 private:
  using timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, executor>;

  void add_connection(tcp_socket socket);
  void remove_connection(std::list<connection>::iterator which);
  void tick();
  void look_around();
  void begin_to_stop();

  // One thread runs it.
  asio::io_context context_{1};
  site site_;
  listener listener_;
  std::list<connection> connections_;
  timer timer_;
  deadline stop_deadline_;
};

}  // namespace http_file_server
