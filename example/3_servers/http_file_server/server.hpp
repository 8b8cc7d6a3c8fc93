// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The whole server: an event loop for each thread, and the handling of the signals that stop them.

#include "access_log.hpp"
#include "options.hpp"
#include "site.hpp"
#include "worker.hpp"

#include <boost/asio/signal_set.hpp>

#include <list>
#include <optional>

namespace http_file_server {

class server {
 public:
  // Listens, and opens what is needed. Throws std::exception.
  explicit server(const options& chosen);

  [[nodiscard]] asio::ip::tcp::endpoint endpoint() const { return workers_.front().endpoint(); }

  // Serves until SIGINT or SIGTERM, and then finishes the requests in flight. A second signal ends
  // the process.
  void run();

 private:
  worker& make_workers();
  void stop();

  server_state state_;
  // Each with an event loop; the first one's is run by the thread that calls `run`.
  std::list<worker> workers_;
  std::optional<access_log> log_;
  asio::signal_set signals_;
};

}  // namespace http_file_server
