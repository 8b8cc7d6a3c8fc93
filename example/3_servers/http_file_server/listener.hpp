// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Accepts connections, as long as there are descriptors and the limit allows.

#include "types.hpp"

#include <boost/asio/steady_timer.hpp>

#include <functional>

namespace http_file_server {

// Binds an address. Several listeners may share one (`is_shared`; SO_REUSEPORT): the kernel
// distributes the connections. Throws boost::system::system_error.
class listener {
 public:
  listener(asio::io_context& context, const asio::ip::tcp::endpoint& endpoint, bool is_shared,
           std::function<bool()> has_room, std::function<void(tcp_socket)> accepted);

  [[nodiscard]] asio::ip::tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

  void start();
  // After `has_room` was false and may be true now.
  void resume();
  void stop();

 private:
  void accept();
  void pause();

  asio::basic_socket_acceptor<asio::ip::tcp, executor> acceptor_;
  asio::basic_waitable_timer<std::chrono::steady_clock,
                             asio::wait_traits<std::chrono::steady_clock>, executor>
      timer_;
  std::function<bool()> has_room_;
  std::function<void(tcp_socket)> accepted_;
  bool is_full_ = false;
};

}  // namespace http_file_server
