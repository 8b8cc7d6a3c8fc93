// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Sends a message every millisecond from a thread of its own, and notes how long the answer takes.

#include "../worker/fail.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <exception>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace benchmark {

class echo_client {
 public:
  explicit echo_client(unsigned short port) : thread_([this, port] { talk(port); }) {}

  void stop() noexcept { is_stopped_ = true; }

  // In milliseconds; waits until the client has ended.
  [[nodiscard]] std::vector<double> take_delays() {
    thread_.join();
    return std::move(delays_);
  }

 private:
  void talk(unsigned short port) try {
    using clock = std::chrono::steady_clock;
    boost::asio::io_context context;
    boost::asio::ip::tcp::socket socket(context);
    socket.connect({boost::asio::ip::address_v4::loopback(), port});
    socket.set_option(boost::asio::ip::tcp::no_delay(true));
    std::array<char, 16> message{};
    while (!is_stopped_) {
      const auto sent = clock::now();
      boost::asio::write(socket, boost::asio::buffer(message));
      boost::asio::read(socket, boost::asio::buffer(message));
      const std::chrono::duration<double, std::milli> taken = clock::now() - sent;
      delays_.push_back(taken.count());
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  } catch (const std::exception& error) {
    fail(std::string("echo: ") + error.what());
  }

  std::atomic<bool> is_stopped_ = false;
  std::vector<double> delays_;
  // Last: it uses the others.
  std::jthread thread_;
};

}  // namespace benchmark
