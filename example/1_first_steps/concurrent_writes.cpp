// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Shows: two ways to have many writes in flight on one file. A stream file appends each write to
// the one before it, in the order in which they were started. For a random-access file each write
// has an offset, and they may complete in any order.

#include <asiofile/asiofile.hpp>

#include <boost/system/error_code.hpp>

#include <array>
#include <cstddef>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace asio = boost::asio;
using boost::system::error_code;

// Counts the bytes written, and keeps the first error.
struct progress {
  std::size_t writes = 0;
  std::size_t bytes = 0;
  error_code error;

  void add(error_code ec, std::size_t n) {
    ++writes;
    bytes += n;
    if (ec && !error) error = ec;
  }
};

std::vector<std::string> make_records(std::size_t count) {
  std::vector<std::string> records;
  for (std::size_t i = 0; i != count; ++i) {
    std::string number = std::to_string(i);
    records.push_back("record " + std::string(6 - number.size(), ' ') + number + '\n');
  }
  return records;
}

int main() {
  try {
    asio::io_context context;
    const std::vector<std::string> records = make_records(1000);
    const auto mode = asiofile::parse_open_mode("w");
    asiofile::stream_file in_order(context, "in_order.txt", mode);
    asiofile::random_access_file by_offset(context, "by_offset.txt", mode);

    std::array<progress, 2> done;
    const std::size_t size = records.front().size();
    for (std::size_t i = 0; i != records.size(); ++i) {
      const auto data = asio::buffer(records[i]);
      in_order.async_write_some(
          data, [&](error_code ec, std::size_t n) { done[0].add(ec, n); });
      by_offset.async_write_some_at(
          i * size, data, [&](error_code ec, std::size_t n) { done[1].add(ec, n); });
    }
    context.run();

    for (const progress& each : done) {
      if (each.error) throw boost::system::system_error(each.error, "write");
      // A short write is not an error; another one would write the rest.
      std::cout << each.writes << " writes, " << each.bytes << " bytes\n";
    }
  } catch (const std::exception& error) {
    std::cerr << "concurrent_writes: " << error.what() << '\n';
    return 1;
  }
}
