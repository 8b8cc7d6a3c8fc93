// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Shows: plain callbacks, and several reads of one file in flight at once. Counts the lines of a
// file. Each slot has a buffer and one read in flight; its handler counts and starts the next read,
// so that the machine always has eight reads to work on. They complete in any order.
//
//   callback [FILE]      without FILE: makes lines.txt

#include <asiofile/asiofile.hpp>

#include <boost/system/error_code.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using boost::system::error_code;

class line_counter {
 public:
  line_counter(asio::io_context& context, const std::string& path)
      : file_(context, path, asiofile::file_base::read_only), size_(file_.size()) {}

  void start() {
    for (auto& block : blocks_) read_next(block);
  }

  // The first error, and the number of lines counted before it: valid when the context has run.
  [[nodiscard]] error_code error() const { return error_; }
  [[nodiscard]] std::uint64_t lines() const { return lines_; }

 private:
  using block_type = std::array<char, 64 * 1024>;

  void read_next(block_type& block) {
    if (next_offset_ >= size_ || error_) return;
    const std::uint64_t offset = next_offset_;
    const auto bytes = std::min<std::uint64_t>(block.size(), size_ - offset);
    next_offset_ += bytes;
    asio::async_read_at(file_, offset, asio::buffer(block, static_cast<std::size_t>(bytes)),
                        [this, &block](error_code ec, std::size_t n) { count(block, ec, n); });
  }

  void count(block_type& block, error_code ec, std::size_t n) {
    lines_ += static_cast<std::uint64_t>(std::count(block.data(), block.data() + n, '\n'));
    if (ec && !error_) error_ = ec;
    read_next(block);
  }

  asiofile::random_access_file file_;
  std::uint64_t size_;
  std::uint64_t next_offset_ = 0;
  std::uint64_t lines_ = 0;
  error_code error_;
  std::array<block_type, 8> blocks_;
};

// Synchronous functions run in the calling thread: convenient while there is nothing else to do.
void make_lines(asio::io_context& context, const std::string& path, std::size_t lines) {
  std::string text;
  for (std::size_t line = 0; line != lines; ++line)
    text += "line " + std::to_string(line) + " of a file to be counted\n";
  asiofile::random_access_file file(context, path, asiofile::parse_open_mode("w"));
  asio::write_at(file, 0, asio::buffer(text));
}

int main(int argc, char** argv) {
  try {
    asio::io_context context;
    const std::string path = argc > 1 ? argv[1] : "lines.txt";
    if (argc < 2) make_lines(context, path, 100'000);

    line_counter counter(context, path);
    counter.start();
    context.run();
    if (counter.error()) {
      std::cerr << "callback: " << path << ": " << counter.error().message() << '\n';
      return 1;
    }
    std::cout << path << " has " << counter.lines() << " lines\n";
  } catch (const std::exception& error) {
    std::cerr << "callback: " << error.what() << '\n';
    return 1;
  }
}
