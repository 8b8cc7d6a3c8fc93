// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Thousands of operations through a submission queue of two and a few places: all complete, each
// once, with the right data.

#include "completion_counts.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "open_descriptors.hpp"
#include "running_threads.hpp"
#include "sanitizers.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace asio = boost::asio;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace std::chrono_literals;
using namespace test_support;

namespace {

constexpr std::size_t operations = normally_or_sanitized(10'000, 2'000);
constexpr std::size_t block = 64;
constexpr std::size_t file_count = 5;
constexpr std::size_t file_size = (operations / file_count + 1) * block;

// Operation i works on block i / file_count of file i % file_count: each has its own bytes. Even
// blocks are read; odd ones are overwritten with those of file number `written_number`;
// occasionally another kind of operation is started.
constexpr std::uint32_t written_number = 99;

class mixed_operations {
 public:
  explicit mixed_operations(asio::io_context& context) {
    for (std::uint32_t i = 0; i != file_count; ++i) {
      paths_.push_back(
          make_pattern_file(directory_.path("data" + std::to_string(i)), i, file_size));
      files_.emplace_back(context, paths_.back(), asiofile::file_base::read_write);
    }
    for (std::size_t i = 0; i != operations; ++i) {
      if (is_write(i)) fill_pattern(buffers_[i], written_number, i * block);
    }
  }

  void start(std::size_t i) {
    random_access_file& file = files_[i % file_count];
    const std::uint64_t offset = i / file_count * block;
    if (i % 101 == 100) {
      file.async_size(
          [this, i](error_code ec, std::uint64_t size) { completed(i, !ec && size == file_size); });
    } else if (i % 509 == 508) {
      file.async_sync_data([this, i](error_code ec) { completed(i, !ec); });
    } else if (i % 103 == 102) {
      file.async_read_some_at(file_size, asio::buffer(buffers_[i]),
                              [this, i](error_code ec, std::size_t n) {
                                completed(i, ec == asio::error::eof && n == 0);
                              });
    } else if (i % 107 == 106) {
      file.async_read_some_at(
          offset, asio::mutable_buffer(),
          [this, i](error_code ec, std::size_t n) { completed(i, !ec && n == 0); });
    } else if (is_write(i)) {
      file.async_write_some_at(
          offset, asio::buffer(buffers_[i]),
          [this, i](error_code ec, std::size_t n) { completed(i, !ec && n == block); });
    } else {
      file.async_read_some_at(
          offset, asio::buffer(buffers_[i]), [this, i, offset](error_code ec, std::size_t n) {
            completed(i, !ec && n == block &&
                             has_pattern(buffers_[i], static_cast<std::uint32_t>(i % file_count),
                                         offset));
          });
    }
  }

  // Called by each handler.
  std::function<void()> then;

  void check() {
    BOOST_TEST(counts_.total() == operations);
    BOOST_TEST(counts_.each_once());
    BOOST_TEST(wrong_ == 0u);
    std::array<std::string, file_count> content;
    for (std::size_t i = 0; i != file_count; ++i) content[i] = read_file(paths_[i]);
    std::size_t wrong_blocks = 0;
    for (std::size_t i = 0; i != operations; ++i) {
      const std::size_t offset = i / file_count * block;
      const std::span<const char> bytes(content[i % file_count].data() + offset, block);
      const bool right =
          is_write(i) ? has_pattern(bytes, written_number, i * block)
                      : has_pattern(bytes, static_cast<std::uint32_t>(i % file_count), offset);
      wrong_blocks += right ? 0 : 1;
    }
    BOOST_TEST(wrong_blocks == 0u);
  }

 private:
  static bool is_write(std::size_t i) {
    const bool something_else =
        i % 101 == 100 || i % 509 == 508 || i % 103 == 102 || i % 107 == 106;
    return i / file_count % 2 == 1 && !something_else;
  }

  void completed(std::size_t i, bool right) {
    counts_.record(i);
    if (!right) ++wrong_;
    if (then) then();
  }

  temporary_directory directory_;
  std::vector<std::string> paths_;
  std::vector<random_access_file> files_;
  std::vector<std::array<char, block>> buffers_{operations};
  completion_counts counts_{operations};
  std::atomic<std::size_t> wrong_ = 0;
};

asiofile::service_options limits(std::size_t max_in_flight) {
  asiofile::service_options options;
  options.ring_size = 2;
  options.max_in_flight = max_in_flight;
  return options;
}

constexpr std::array<std::size_t, 4> in_flight_limits{1, 2, 3, 512};

}  // namespace

BOOST_AUTO_TEST_SUITE(small_limits)

BOOST_AUTO_TEST_CASE(all_operations_complete_when_started_at_once) {
  const watchdog limit(60s);
  for (const std::size_t max_in_flight : in_flight_limits) {
    for (const std::size_t threads : {1u, 2u}) {
      BOOST_TEST_CONTEXT("max_in_flight " << max_in_flight << ", threads " << threads) {
        const std::size_t descriptors = open_descriptor_count();
        {
          asio::io_context context;
          asio::make_service<asiofile::file_service>(context, limits(max_in_flight));
          mixed_operations mixed(context);
          for (std::size_t i = 0; i != operations; ++i) mixed.start(i);
          running_threads(context, threads).join();
          mixed.check();
        }
        BOOST_TEST(open_descriptor_count() == descriptors);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(all_operations_complete_when_handlers_start_them) {
  const watchdog limit(60s);
  for (const std::size_t max_in_flight : in_flight_limits) {
    for (const std::size_t threads : {1u, 2u}) {
      BOOST_TEST_CONTEXT("max_in_flight " << max_in_flight << ", threads " << threads) {
        constexpr std::size_t at_first = 300;
        asio::io_context context;
        asio::make_service<asiofile::file_service>(context, limits(max_in_flight));
        mixed_operations mixed(context);
        std::atomic<std::size_t> next = at_first;
        mixed.then = [&] {
          const std::size_t i = next++;
          if (i < operations) mixed.start(i);
        };
        for (std::size_t i = 0; i != at_first; ++i) mixed.start(i);
        running_threads(context, threads).join();
        mixed.check();
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(operations_wait_first_in_first_out) {
  const watchdog limit(30s);
  const temporary_directory directory;
  const std::string path = make_pattern_file(directory.path("data"), 1, 4096);
  constexpr std::size_t count = 1'000;
  asio::io_context context;
  asio::make_service<asiofile::file_service>(context, limits(1));
  random_access_file file(context, path, asiofile::file_base::read_write);
  std::array<std::array<char, 8>, count> buffers{};
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i != count; ++i) {
    file.async_read_some_at(i, asio::buffer(buffers[i]),
                            [&, i](error_code, std::size_t) { order.push_back(i); });
  }
  context.run();
  // With a single place there is only one order.
  std::size_t out_of_order = 0;
  for (std::size_t i = 0; i != order.size(); ++i) out_of_order += order[i] == i ? 0 : 1;
  BOOST_TEST(order.size() == count);
  BOOST_TEST(out_of_order == 0u);
}

// They wait for a peer, as reads and writes of streams do.
BOOST_AUTO_TEST_CASE(functions_on_fifos_hold_up_no_other_operation) {
  const watchdog limit(30s);
  const temporary_directory directory;
  const std::string path = make_pattern_file(directory.path("data"), 1, 4096);
  asio::io_context context;
  asio::make_service<asiofile::file_service>(context, limits(2));
  std::vector<std::unique_ptr<fifo>> silent;
  for (int i = 0; i != 6; ++i) {
    silent.push_back(std::make_unique<fifo>(directory.path("fifo" + std::to_string(i))));
    asiofile::async_read_file(context, silent.back()->path(),
                              [](error_code, const std::string&) {});
  }
  context.run_for(30ms);
  random_access_file file(context, path, asiofile::file_base::read_write);
  bool is_over = false;
  file.async_sync_all([&](error_code) {
    file.async_close([&](error_code) {
      is_over = true;
      context.stop();
    });
  });
  context.restart();
  context.run_for(10s);
  BOOST_TEST(is_over);
}

BOOST_AUTO_TEST_SUITE_END()
