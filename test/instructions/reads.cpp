// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// reads BACKEND DEPTH COUNT: reads 4 KiB of cached data COUNT times, DEPTH at a time, with
// callbacks. What one more read costs is the difference between two runs of this under callgrind:
// see run.sh.

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace asio = boost::asio;

constexpr std::size_t block_bytes = 4096;
constexpr std::uint64_t block_count = 64;

using file_type = asiofile::basic_random_access_file<asio::io_context::executor_type>;

// One of the reads in flight, which starts the next when it completes.
class reader {
 public:
  reader(file_type& file, std::uint64_t& left) : file_(file), left_(left) {}

  void start() {
    if (left_ == 0) return;
    --left_;
    const std::uint64_t offset = left_ % block_count * block_bytes;
    file_.async_read_some_at(offset, asio::buffer(block_),
                             [this](boost::system::error_code ec, std::size_t bytes) {
                               if (ec || bytes != block_bytes) std::abort();
                               start();
                             });
  }

 private:
  file_type& file_;
  std::uint64_t& left_;
  alignas(block_bytes) std::array<std::byte, block_bytes> block_;
};

int run(asiofile::backend wanted, std::size_t depth, std::uint64_t count) {
  asio::io_context context;
  asiofile::service_options options;
  options.backend = wanted;
  options.strict = true;
  asio::make_service<asiofile::file_service>(context, options);
  file_type file(context.get_executor());
  file.open("instructions.data", asiofile::parse_open_mode("w+"));
  const std::vector<std::byte> content(block_count * block_bytes, std::byte{1});
  asio::write_at(file, 0, asio::buffer(content));

  std::vector<reader> readers;
  readers.reserve(depth);
  for (std::size_t i = 0; i != depth; ++i) readers.emplace_back(file, count).start();
  context.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 4) throw std::invalid_argument("reads BACKEND DEPTH COUNT");
    return run(asiofile::parse_backend(argv[1]).value(), std::stoul(argv[2]), std::stoull(argv[3]));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "reads: %s\n", failure.what());
    return 1;
  }
}
