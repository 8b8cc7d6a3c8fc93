// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "paced_requests.hpp"

#include "http_client.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace benchmark::server {

namespace asio = boost::asio;

asio::awaitable<void> paced_requests::run() {
  while (due_ < end_) {
    try {
      co_await talk();
    } catch (const std::exception& error) {
      std::cerr << "asiofile-benchmark-server: a request failed: " << error.what() << '\n';
      ++failed_;
      note_latency();
    }
  }
}

asio::awaitable<void> paced_requests::talk() {
  const auto executor = co_await asio::this_coro::executor;
  http_client client(executor);
  asio::steady_timer timer(executor);
  co_await client.connect(port_);
  while (due_ < end_) {
    timer.expires_at(due_);
    co_await timer.async_wait(asio::use_awaitable);
    const std::string& target = files_.targets()[next_file_++ % files_.targets().size()];
    if (co_await client.get(target) != files_.content())
      throw std::runtime_error("another content for " + target);
    note_latency();
  }
}

void paced_requests::note_latency() {
  const std::chrono::duration<double, std::milli> taken = clock::now() - due_;
  latencies_.push_back(taken.count());
  due_ += interval_;
}

std::vector<double> paced_requests::take_latencies() {
  while (due_ < end_) note_latency();
  return std::move(latencies_);
}

}  // namespace benchmark::server
