// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Shows: futures. A worker thread runs the context; main, which has no event loop, starts
// operations and blocks where it needs their results. Errors arrive as exceptions from get(). Saves
// records durably, all of them in flight together, and reads them back.

#include <asiofile/asiofile.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_future.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <future>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;

constexpr std::size_t record_bytes = 64;

// Returns when every record is on the device.
void save(asiofile::random_access_file& file, const std::vector<std::string>& records) {
  std::vector<std::future<std::size_t>> writes;
  std::uint64_t offset = 0;
  for (const std::string& record : records) {
    writes.push_back(asio::async_write_at(file, offset, asio::buffer(record), asio::use_future));
    offset += record.size();
  }
  for (auto& write : writes) write.get();
  // Covers what was written before it is started, so it is started only now.
  file.async_sync_data(asio::use_future).get();
}

std::string load(asiofile::random_access_file& file, std::size_t number) {
  std::string record(record_bytes, '\0');
  asio::async_read_at(file, number * record_bytes, asio::buffer(record), asio::use_future).get();
  return record;
}

int main() {
  // Buffers first, then the context, then the thread: if an exception leaves the block below,
  // operations may still be in flight, and must end before what they use is destroyed.
  std::vector<std::string> records;
  for (const char* name : {"alpha", "beta", "gamma", "delta"}) {
    records.emplace_back(name).resize(record_bytes, ' ');
    records.back().back() = '\n';
  }

  try {
    asio::io_context context;
    std::jthread worker;
    auto work = asio::make_work_guard(context);  // Destroyed before the worker is joined.
    worker = std::jthread([&context] { context.run(); });

    asiofile::random_access_file file(context);
    file.async_open("records.txt", asiofile::parse_open_mode("w+"), asio::use_future).get();
    save(file, records);
    for (std::size_t number = 0; number != records.size(); ++number)
      std::cout << number << ": " << load(file, number);
    std::cout << file.async_size(asio::use_future).get() << " bytes saved\n";
    file.async_close(asio::use_future).get();
  } catch (const std::exception& error) {
    std::cerr << "future: " << error.what() << '\n';
    return 1;
  }
}
