// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Groups of operations on a context that several threads run. When one operation completes, the
// group emits the signals of the others on that thread, while those complete on other threads.

#include "file_contents.hpp"
#include "open_descriptors.hpp"
#include "running_threads.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_at.hpp>
#include <boost/system/error_code.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t block_bytes = 3000;
constexpr std::size_t block_count = 20;

// Runs one group after the other, each of reads of all blocks, until one has completed.
class group_runner {
 public:
  group_runner(asio::io_context& context, random_access_file& file, std::atomic<int>& wrong)
      : context_(context), file_(file), wrong_(wrong) {}

  void run(int groups) {
    if (groups == 0) return;
    const auto read = [this](std::size_t block) {
      const std::size_t at = block * block_bytes;
      return file_.async_read_some_at(at, asio::buffer(&text_[at], block_bytes), asio::deferred);
    };
    std::vector<decltype(read(0))> reads;
    for (std::size_t block = 0; block != block_count; ++block) reads.push_back(read(block));
    asio::experimental::make_parallel_group(std::move(reads))
        .async_wait(asio::experimental::wait_for_one(),
                    [this, groups](const std::vector<std::size_t>& order,
                                   const std::vector<error_code>& errors,
                                   const std::vector<std::size_t>& bytes) {
                      check(order, errors, bytes);
                      asio::post(context_, [this, groups] { run(groups - 1); });
                    });
  }

 private:
  void check(const std::vector<std::size_t>& order, const std::vector<error_code>& errors,
             const std::vector<std::size_t>& bytes) {
    if (order.size() != block_count) ++wrong_;
    for (std::size_t i = 0; i != errors.size(); ++i) {
      const bool is_done = !errors[i] && bytes[i] == block_bytes;
      const bool is_aborted = errors[i] == asio::error::operation_aborted && bytes[i] == 0;
      if (!is_done && !is_aborted) ++wrong_;
    }
  }

  asio::io_context& context_;
  random_access_file& file_;
  std::atomic<int>& wrong_;
  std::string text_ = std::string(block_count * block_bytes, '\0');
};

}  // namespace

BOOST_AUTO_TEST_SUITE(parallel_groups)

BOOST_AUTO_TEST_CASE(may_be_run_by_several_threads) {
  const test_support::watchdog limit(60s);
  const test_support::temporary_directory directory;
  const std::string path = directory.path("file");
  test_support::write_file(path, std::string(block_count * block_bytes, 'x'));
  asio::io_context context;
  random_access_file file(context, path, asiofile::file_base::read_only);
  std::atomic<int> wrong = 0;
  std::vector<std::unique_ptr<group_runner>> runners;
  for (int i = 0; i != 8; ++i) {
    runners.push_back(std::make_unique<group_runner>(context, file, wrong));
    runners.back()->run(300);
  }
  test_support::running_threads(context, 3).join();
  BOOST_TEST(wrong == 0);
}

// The slot of a composed operation is left as it is: it must keep nothing open, and a late emission
// must not have an effect, even without the context.
BOOST_AUTO_TEST_CASE(what_is_left_in_a_slot_is_harmless) {
  const test_support::temporary_directory directory;
  const std::string path = directory.path("file");
  test_support::write_file(path, std::string(100, 'x'));
  asio::cancellation_signal signal;
  std::string text(100, '\0');
  {
    asio::io_context context;
    const auto read = [&](random_access_file& file) {
      std::optional<error_code> got;
      asio::async_read_at(file, 0, asio::buffer(text),
                          asio::bind_cancellation_slot(
                              signal.slot(), [&](error_code ec, std::size_t) { got = ec; }));
      context.restart();
      context.run();
      BOOST_TEST((got == error_code()));
    };
    random_access_file first(context, path, asiofile::file_base::read_only);
    read(first);  // which makes the engines
    const std::size_t before = test_support::open_descriptor_count();
    {
      random_access_file file(context, path, asiofile::file_base::read_only);
      read(file);
    }
    BOOST_TEST(signal.slot().has_handler());
    // A worker may close it.
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (test_support::open_descriptor_count() != before &&
           std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(1ms);
    BOOST_TEST(test_support::open_descriptor_count() == before);
    signal.emit(asio::cancellation_type::all);
    read(first);
  }
  signal.emit(asio::cancellation_type::all);
}

BOOST_AUTO_TEST_SUITE_END()
