// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// An operation works on the file that it was started on, although that was closed and another
// opened at the same descriptor number meanwhile.

#include "completion_counts.hpp"
#include "file_contents.hpp"
#include "limit_in_flight.hpp"
#include "linux_only.hpp"
#include "open_descriptors.hpp"
#include "running_threads.hpp"
#include "sanitizers.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>
#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace std::chrono_literals;
using namespace test_support;

namespace {

constexpr std::size_t block = 512;
constexpr std::size_t reads_per_round = 4;
constexpr std::size_t writes_per_round = 4;
constexpr std::size_t operations_per_round = reads_per_round + writes_per_round;
constexpr std::size_t file_size = operations_per_round * block;
constexpr std::size_t rounds = normally_or_sanitized(1500, 150);
constexpr std::uint32_t first_file = 1;
constexpr std::uint32_t second_file = 2;

enum class closed_by { close, async_close_begun, async_close_done, destructor, release };

// The operations of one round on the first file: reads of its front, writes of 'w' to its back.
// Their handlers check what they can.
class round_of_operations {
 public:
  void start(random_access_file& file) {
    for (std::size_t i = 0; i != reads_per_round; ++i) {
      file.async_read_some_at(i * block, asio::buffer(buffers_[i]),
                              [this, i](error_code ec, std::size_t n) { read_done(i, ec, n); });
    }
    for (std::size_t i = reads_per_round; i != operations_per_round; ++i) {
      file.async_write_some_at(i * block, asio::buffer(buffers_[i]),
                               [this, i](error_code ec, std::size_t n) { write_done(i, ec, n); });
    }
  }

  [[nodiscard]] bool each_once() const { return counts_.each_once(); }

  [[nodiscard]] std::size_t wrong_results() const { return wrong_; }

  // Whether the first file holds what the writes reported.
  [[nodiscard]] bool agrees_with(const std::string& content) const {
    if (!has_pattern({content.data(), reads_per_round * block}, first_file, 0)) return false;
    for (std::size_t i = reads_per_round; i != operations_per_round; ++i) {
      const std::span<const char> bytes(content.data() + i * block, block);
      if (written_[i] ? !all_are(bytes, 'w') : !has_pattern(bytes, first_file, i * block))
        return false;
    }
    return true;
  }

 private:
  void read_done(std::size_t i, error_code ec, std::size_t n) {
    counts_.record(i);
    const bool aborted =
        ec == asio::error::operation_aborted && n == 0 && all_are(buffers_[i], 'w');
    const bool right = !ec && n == block && has_pattern(buffers_[i], first_file, i * block);
    if (!aborted && !right) ++wrong_;
  }

  void write_done(std::size_t i, error_code ec, std::size_t n) {
    counts_.record(i);
    const bool aborted = ec == asio::error::operation_aborted && n == 0;
    written_[i] = !ec && n == block;
    if (!aborted && !written_[i]) ++wrong_;
  }

  completion_counts counts_{operations_per_round};
  std::vector<std::string> buffers_{operations_per_round, std::string(block, 'w')};
  std::array<std::atomic<bool>, operations_per_round> written_{};
  std::atomic<std::size_t> wrong_ = 0;
};

// The findings of many rounds.
struct findings {
  std::size_t not_once = 0;
  std::size_t wrong_results = 0;
  std::size_t wrong_in_first = 0;
  std::size_t wrong_in_second = 0;
  std::size_t same_number = 0;

  void check() const {
    BOOST_TEST(not_once == 0u);
    BOOST_TEST(wrong_results == 0u);
    BOOST_TEST(wrong_in_first == 0u);
    BOOST_TEST(wrong_in_second == 0u);
  }
};

struct files {
  std::string first;
  std::string second;
  std::string first_content = pattern(first_file, 0, file_size);
  std::string second_content = pattern(second_file, 0, file_size);

  explicit files(const temporary_directory& directory)
      : first(directory.path("first")), second(directory.path("second")) {
    write_file(second, second_content);
  }
};

// Starts operations on the first file, closes it, opens the second, and checks which file's bytes
// were read and written. `progress`: how far the operations get before the close.
void run_round(asio::io_context& context, const files& names, closed_by way, std::size_t progress,
               findings& found) {
  constexpr auto read_write = asiofile::file_base::read_write;
  write_file(names.first, names.first_content);
  round_of_operations operations;
  std::optional<random_access_file> file(std::in_place, context, names.first, read_write);
  random_access_file other(context);
  const int number = file->native_handle();
  operations.start(*file);
  if (progress % 3 == 1) context.poll_one();
  if (progress % 3 == 2) context.poll();

  std::string seen(file_size, '\0');
  const auto use_other = [&] {
    other.open(names.second, read_write);
    found.same_number += other.native_handle() == number ? 1 : 0;
    other.async_read_some_at(0, asio::buffer(seen), [](error_code, std::size_t) {});
  };
  switch (way) {
    case closed_by::close:
      file->close();
      use_other();
      break;
    case closed_by::async_close_begun:
      file->async_close([](error_code) {});
      use_other();
      break;
    case closed_by::async_close_done:
      file->async_close([&](error_code ec) {
        if (ec) ++found.wrong_results;
        use_other();
      });
      break;
    case closed_by::destructor:
      file.reset();
      use_other();
      break;
    case closed_by::release: {
      const int released = file->release();
      if (released != number || ::close(released) != 0) ++found.wrong_results;
      use_other();
      break;
    }
  }
  context.restart();
  context.run();

  found.not_once += operations.each_once() ? 0 : 1;
  found.wrong_results += operations.wrong_results();
  found.wrong_in_first += operations.agrees_with(read_file(names.first)) ? 0 : 1;
  found.wrong_in_second += seen == names.second_content ? 0 : 1;
}

findings run_rounds(closed_by way, std::size_t max_in_flight) {
  const temporary_directory directory;
  const files names(directory);
  const std::size_t descriptors = open_descriptor_count();
  findings found;
  {
    asio::io_context context;
    limit_in_flight(context, max_in_flight);
    // From here on, the service has open what it needs for itself.
    run_round(context, names, way, 2, found);
    found = findings();
    for (std::size_t i = 0; i != rounds; ++i) run_round(context, names, way, i, found);
  }
  BOOST_TEST(open_descriptor_count() == descriptors);
  BOOST_TEST(read_file(names.second) == names.second_content);
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(descriptor_reuse)

BOOST_AUTO_TEST_CASE(no_operation_reaches_the_file_opened_after_close) {
  if (!test_support::has_linux(test_support::known_file_systems)) return;
  const watchdog limit(60s);
  const findings found = run_rounds(closed_by::close, 512);
  found.check();
  BOOST_TEST(found.same_number == rounds);  // otherwise the test shows nothing
}

BOOST_AUTO_TEST_CASE(no_waiting_operation_reaches_the_file_opened_after_close) {
  if (!test_support::has_linux(test_support::known_file_systems)) return;
  const watchdog limit(60s);
  const findings found = run_rounds(closed_by::close, 1);
  found.check();
  BOOST_TEST(found.same_number == rounds);
}

BOOST_AUTO_TEST_CASE(no_operation_reaches_the_file_opened_while_async_close_is_under_way) {
  const watchdog limit(60s);
  run_rounds(closed_by::async_close_begun, 512).check();
  run_rounds(closed_by::async_close_begun, 1).check();
}

BOOST_AUTO_TEST_CASE(no_operation_reaches_the_file_opened_after_async_close) {
  if (!test_support::has_linux(test_support::known_file_systems)) return;
  const watchdog limit(60s);
  const findings found = run_rounds(closed_by::async_close_done, 512);
  found.check();
  BOOST_TEST(found.same_number == rounds);
}

BOOST_AUTO_TEST_CASE(no_waiting_operation_reaches_the_file_opened_after_async_close) {
  if (!test_support::has_linux(test_support::known_file_systems)) return;
  const watchdog limit(60s);
  const findings found = run_rounds(closed_by::async_close_done, 1);
  found.check();
  BOOST_TEST(found.same_number == rounds);
}

BOOST_AUTO_TEST_CASE(no_operation_reaches_the_file_opened_after_the_destructor) {
  const watchdog limit(60s);
  run_rounds(closed_by::destructor, 512).check();
  run_rounds(closed_by::destructor, 1).check();
}

BOOST_AUTO_TEST_CASE(no_operation_reaches_the_file_opened_after_release) {
  if (!test_support::has_linux(test_support::known_file_systems)) return;
  const watchdog limit(60s);
  const findings found = run_rounds(closed_by::release, 512);
  found.check();
  BOOST_TEST(found.same_number == rounds);
  run_rounds(closed_by::release, 1).check();
}

BOOST_AUTO_TEST_CASE(no_operation_reaches_another_file_while_a_thread_runs_the_context) {
  const watchdog limit(60s);
  const temporary_directory directory;
  const files names(directory);
  std::size_t wrong_in_first = 0;
  std::size_t same_number = 0;
  std::vector<round_of_operations> operations(rounds);
  std::string seen(file_size, '\0');
  std::size_t wrong_in_second = 0;
  {
    asio::io_context context;
    auto work = asio::make_work_guard(context);
    running_threads threads(context, 1);
    random_access_file file(context);
    random_access_file other(context);
    for (auto& round : operations) {
      write_file(names.first, names.first_content);
      file.open(names.first, asiofile::file_base::read_write);
      const int number = file.native_handle();
      round.start(file);
      file.close();
      // Closed: neither kernel nor thread has anything left to do on it.
      const std::string left = read_file(names.first);
      other.open(names.second, asiofile::file_base::read_write);
      same_number += other.native_handle() == number ? 1 : 0;
      other.read_some_at(0, asio::buffer(seen));
      wrong_in_second += seen == names.second_content ? 0 : 1;
      other.close();
      wrong_in_first += read_file(names.first) == left ? 0 : 1;
    }
    work.reset();
    threads.join();
  }
  std::size_t not_once = 0;
  std::size_t wrong_results = 0;
  for (const auto& round : operations) {
    not_once += round.each_once() ? 0 : 1;
    wrong_results += round.wrong_results();
  }
  BOOST_TEST(not_once == 0u);
  BOOST_TEST(wrong_results == 0u);
  BOOST_TEST(wrong_in_first == 0u);
  BOOST_TEST(wrong_in_second == 0u);
  BOOST_TEST(same_number > 0u);
  BOOST_TEST(read_file(names.second) == names.second_content);
}

BOOST_AUTO_TEST_SUITE_END()
