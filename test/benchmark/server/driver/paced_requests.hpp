// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A person who asks for a file at steady times, whether the server answers in time or not.

#include "served_files.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace benchmark::server {

class paced_requests {
 public:
  using clock = std::chrono::steady_clock;

  // Requests are due at `begin`, and then every `interval` until `end`. Keeps references.
  paced_requests(const served_files& files, std::uint16_t port, clock::time_point begin,
                 clock::time_point end, clock::duration interval)
      : files_(files), port_(port), due_(begin), end_(end), interval_(interval) {}

  // One request after the other on one connection, or a new one after a failure.
  boost::asio::awaitable<void> run();

  // Of all requests that were due by the end, in milliseconds: from when the request was due to the
  // last byte of the response, so that a server that stops answering is charged for the requests
  // that had to wait. For those that were not answered, the time that they have waited by now. To
  // be called once, when run() runs no more.
  [[nodiscard]] std::vector<double> take_latencies();

  [[nodiscard]] std::uint64_t failed() const noexcept { return failed_; }

 private:
  boost::asio::awaitable<void> talk();
  void note_latency();

  const served_files& files_;
  std::uint16_t port_;
  // Of the request that is next, or waits for its response.
  clock::time_point due_;
  clock::time_point end_;
  clock::duration interval_;
  std::size_t next_file_ = 0;
  std::uint64_t failed_ = 0;
  std::vector<double> latencies_;
};

}  // namespace benchmark::server
