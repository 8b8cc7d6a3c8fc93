// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "worker.hpp"

#include <boost/asio/post.hpp>

#include <exception>
#include <iostream>
#include <utility>

namespace http_file_server {

worker::worker(server_state& all, const asio::ip::tcp::endpoint& endpoint, bool is_shared)
    : site_(context_, all),
      listener_(
          context_, endpoint, is_shared,
          [&all] { return all.connection_count < all.chosen.connections_max; },
          [this](tcp_socket socket) { add_connection(std::move(socket)); }),
      timer_(context_.get_executor()),
      stop_deadline_(site_.clock) {}

void worker::run() {
  listener_.start();
  tick();
  for (;;) {
    try {
      context_.run();
      return;
    } catch (const std::exception& error) {
      // No memory: the operation that needed it has ended. The rest continues.
      std::cerr << "http_file_server: " << error.what() << '\n';
    }
  }
}

void worker::add_connection(tcp_socket socket) {
  const auto which = connections_.emplace(connections_.end(), site_, std::move(socket));
  ++site_.all.connection_count;
  which->start([=, this] { remove_connection(which); });
}

void worker::remove_connection(std::list<connection>::iterator which) {
  connections_.erase(which);
  --site_.all.connection_count;
}

void worker::tick() {
  try {
    look_around();
  } catch (const std::exception&) {
    // No memory now; perhaps there is some the next time.
  }
  if (site_.is_stopping && connections_.empty()) return site_.files.clear();
  timer_.expires_after(coarse_clock::interval);
  timer_.async_wait([this](const error_code&) { tick(); });
}

void worker::look_around() {
  site_.clock.update();
  for (connection& each : connections_) each.check_deadline();
  if (site_.all.log != nullptr && site_.all.log->is_of(context_)) site_.all.log->write();
  // Connections that other event loops have ended make room here, too.
  listener_.resume();
  site_.files.close_unused();
  if (!site_.is_stopping || !stop_deadline_.is_over()) return;
  for (connection& each : connections_) each.abort();
}

void worker::stop() {
  asio::post(context_, [this] { begin_to_stop(); });
}

void worker::begin_to_stop() {
  if (std::exchange(site_.is_stopping, true)) return;
  listener_.stop();
  stop_deadline_.set(site_.chosen().stop_timeout);
  for (connection& each : connections_) each.stop();
}

}  // namespace http_file_server
