// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "server.hpp"

#include <csignal>
#include <exception>
#include <iterator>
#include <thread>
#include <vector>

namespace http_file_server {

namespace {

using asio::ip::tcp;

// Several sockets may share a port only if all of them request it; then another server of the same
// user could silently get a part of the connections. So a socket that does not share the port binds
// it first; if that fails, this throws.
void check_port_is_free(const tcp::endpoint& endpoint) {
  asio::io_context context;
  const listener alone(context, endpoint, false, {}, {});
}

}  // namespace

server::server(const options& chosen)
    : state_{.chosen = chosen}, signals_(make_workers().context(), SIGINT, SIGTERM) {
  if (!chosen.access_log.empty()) {
    log_.emplace(workers_.front().context(), chosen.access_log);
    state_.log = &*log_;
  }
}

worker& server::make_workers() {
  tcp::endpoint endpoint(asio::ip::make_address(state_.chosen.address), state_.chosen.port);
  const bool is_shared = state_.chosen.threads > 1;
  if (is_shared && endpoint.port() != 0) check_port_is_free(endpoint);
  for (unsigned i = 0; i != state_.chosen.threads; ++i) {
    endpoint = workers_.emplace_back(state_, endpoint, is_shared).endpoint();
  }
  return workers_.front();
}

void server::run() {
  signals_.async_wait([this](const error_code& ec, int) {
    if (!ec) stop();
  });
  std::vector<std::thread> threads;
  std::exception_ptr failure;
  try {
    for (auto each = std::next(workers_.begin()); each != workers_.end(); ++each)
      threads.emplace_back([each] { each->run(); });
  } catch (const std::exception&) {
    // No more threads can be started: a listening socket without a thread would still get its part
    // of the connections.
    failure = std::current_exception();
    stop();
  }
  workers_.front().run();
  for (std::thread& each : threads) each.join();
  if (failure) std::rethrow_exception(failure);
  if (log_) log_->finish();
}

void server::stop() {
  // From here on the signals have their default effect.
  signals_.clear();
  for (worker& each : workers_) each.stop();
}

}  // namespace http_file_server
