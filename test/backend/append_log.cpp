// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Logs: where records land, which appends share a sync, which calls report an error, and what
// cancelling and destroying leave. That acknowledged records are durable is tested in
// test/testing/append_log.cpp.

#include "child_process.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "file_size_limit.hpp"
#include "linux_only.hpp"
#include "run_operation.hpp"
#include "running_threads.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/append_log.hpp>
#include <asiofile/asiofile.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::append_log;
using asiofile::append_log_options;
using asiofile::file_base;
using asiofile::random_access_file;
using test_support::error_code;
using test_support::posix_error;
using test_support::read_file;
using test_support::size_found;
using test_support::write_file;

namespace {

const error_code success;
const error_code aborted = asio::error::operation_aborted;

constexpr auto new_file = file_base::read_write | file_base::create | file_base::truncate;

append_log_options from(std::uint64_t offset) {
  append_log_options options;
  options.offset = offset;
  return options;
}

append_log_options buffer_of(std::size_t bytes) {
  append_log_options options;
  options.buffer_bytes = bytes;
  return options;
}

append_log_options preallocating(std::uint64_t bytes) {
  append_log_options options;
  options.preallocated_bytes = bytes;
  return options;
}

// Counts the operations of a service, by name.
struct counting_trace final : asiofile::trace_hook {
  void started(const asiofile::traced_operation& begun) noexcept override {
    const std::scoped_lock lock(mutex);
    names.emplace_back(begun.name);
  }
  void finished(const asiofile::traced_operation&) noexcept override {}

  std::size_t count(std::string_view name) {
    const std::scoped_lock lock(mutex);
    return static_cast<std::size_t>(std::ranges::count(names, name));
  }

  std::mutex mutex;
  std::vector<std::string> names;
};

struct fixture {
  test_support::temporary_directory directory;
  const std::string path = directory.path("file");
  asio::io_context context;
  test_support::watchdog limit{std::chrono::seconds(60)};
  std::shared_ptr<counting_trace> trace = std::make_shared<counting_trace>();

  fixture() {
    asiofile::service_options options;
    options.trace = trace;
    asio::make_service<asiofile::file_service>(context, options);
  }

  append_log make(const append_log_options& options = {}, file_base::flags flags = new_file) {
    return append_log(random_access_file(context, path, flags), options);
  }

  // A log of a new direct file; or nothing, with the test skipped.
  std::optional<append_log> make_direct(const append_log_options& options = {},
                                        file_base::flags flags = new_file) {
    random_access_file file(context);
    error_code ec;
    file.open(path, flags | file_base::direct, ec);
    if (ec == posix_error(EINVAL)) {
      test_support::skip("the file system refuses O_DIRECT");
      return std::nullopt;
    }
    BOOST_REQUIRE(ec == success);
    block = file.alignment().offset_bytes;
    return std::optional<append_log>(std::in_place, std::move(file), options);
  }

  void run() {
    context.restart();
    context.run();
  }

  template <typename Buffers>
  void start_append(append_log& log, const Buffers& buffers, std::optional<size_found>& into) {
    log.async_append(buffers, [&into](error_code ec, std::uint64_t offset) {
      BOOST_TEST(!into.has_value(), "a handler ran twice");
      into.emplace(ec, offset);
    });
    BOOST_TEST(!into.has_value(), "a handler ran inside the initiating function");
  }

  size_found append(append_log& log, std::string_view record) {
    return test_support::run_size(
        context, [&](auto handler) { log.async_append(asio::buffer(record), handler); });
  }

  error_code flush(append_log& log) {
    return test_support::run_status(context, [&](auto handler) { log.async_flush(handler); });
  }

  error_code close(append_log& log) {
    return test_support::run_status(context, [&](auto handler) { log.async_close(handler); });
  }

  std::size_t batches() { return trace->count("write_and_sync_data"); }

  std::size_t block = 1;
};

size_found at(std::uint64_t offset) { return {success, offset}; }
size_found failed(error_code ec) { return {ec, 0}; }

std::string text_of(std::size_t number, std::size_t bytes) {
  return std::string(bytes, static_cast<char>('a' + number % 26));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(append_logs, fixture)

BOOST_AUTO_TEST_CASE(records_of_any_size_lie_one_behind_the_other_at_the_offsets_told) {
  std::mt19937 random(5);
  for (const std::size_t buffer_bytes : {1, 100, 5000, 1'000'000}) {
    append_log log = make(buffer_of(buffer_bytes));
    std::string whole;
    for (int round = 0; round != 5; ++round) {
      std::deque<std::string> records;
      std::deque<std::optional<size_found>> got;
      std::vector<std::uint64_t> wanted;
      const std::size_t most = std::min<std::size_t>(3 * buffer_bytes, 10'000);
      for (std::size_t i = 0; i != 8; ++i) {
        records.push_back(test_support::pattern(
            1, whole.size(), std::uniform_int_distribution<std::size_t>(0, most)(random)));
        wanted.push_back(whole.size());
        whole += records.back();
        start_append(log, asio::buffer(records.back()), got.emplace_back());
      }
      BOOST_TEST(log.next_offset() == whole.size());
      run();
      for (std::size_t i = 0; i != got.size(); ++i) BOOST_TEST(got[i].value() == at(wanted[i]));
      BOOST_TEST(log.durable_end() == whole.size());
      BOOST_TEST((read_file(path) == whole));
    }
    BOOST_TEST(close(log) == success);
    BOOST_TEST((read_file(path) == whole));
  }
}

BOOST_AUTO_TEST_CASE(a_record_may_have_any_number_of_buffers) {
  append_log log = make();
  const std::array<std::string, 3> few{"ab", "", "cde"};
  std::optional<size_found> first;
  start_append(log, std::array{asio::buffer(few[0]), asio::buffer(few[1]), asio::buffer(few[2])},
               first);
  const std::string letters = test_support::pattern(1, 0, 5000);
  std::vector<asio::const_buffer> many;
  for (const char& each : letters) many.emplace_back(&each, 1);
  std::optional<size_found> second;
  start_append(log, many, second);
  many.clear();  // the sequence is copied
  run();
  BOOST_TEST(first.value() == at(0));
  BOOST_TEST(second.value() == at(5));
  BOOST_TEST((read_file(path) == "abcde" + letters));
}

BOOST_AUTO_TEST_CASE(handlers_are_called_in_the_order_of_the_records) {
  append_log log = make(buffer_of(64));
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i != 200; ++i) {
    if (i % 10 == 3) log.async_flush([&, i](error_code) { order.push_back(i); });
    else
      log.async_append(asio::buffer("0123456789", i % 11),
                       [&, i](error_code, std::uint64_t) { order.push_back(i); });
  }
  run();
  BOOST_TEST(order.size() == 200U);
  BOOST_TEST(std::ranges::is_sorted(order));
}

BOOST_AUTO_TEST_CASE(what_gathers_shares_one_write_and_one_sync) {
  append_log log = make();
  constexpr std::size_t appenders = 64;
  constexpr std::size_t rounds = 10;
  std::array<std::size_t, appenders> done{};
  std::function<void(std::size_t)> append_next = [&](std::size_t which) {
    if (done[which] == rounds) return;
    log.async_append(asio::buffer("record of an appender\n", 22),
                     [&, which](error_code ec, std::uint64_t) {
                       BOOST_TEST(ec == success);
                       ++done[which];
                       append_next(which);
                     });
  };
  for (std::size_t i = 0; i != appenders; ++i) append_next(i);
  run();
  BOOST_TEST(read_file(path).size() == appenders * rounds * 22);
  // All appends of a round are in one batch, including those that handlers of the previous one
  // make.
  BOOST_TEST(batches() == rounds);
}

BOOST_AUTO_TEST_CASE(one_appender_alone_costs_one_operation_for_each_record) {
  append_log log = make();
  for (std::uint64_t i = 0; i != 10; ++i) BOOST_TEST(append(log, "0123456789") == at(10 * i));
  BOOST_TEST(trace->names.size() == 10U);
  BOOST_TEST(batches() == 10U);
}

BOOST_AUTO_TEST_CASE(a_log_goes_on_at_the_end_of_its_file) {
  write_file(path, "before");
  append_log log = make({}, file_base::write_only);
  BOOST_TEST(log.durable_end() == 6U);
  BOOST_TEST(append(log, " after") == at(6));
  BOOST_TEST(close(log) == success);
  BOOST_TEST(read_file(path) == "before after");
}

BOOST_AUTO_TEST_CASE(a_log_goes_on_where_it_is_told_and_leaves_a_preallocated_file_its_size) {
  write_file(path, "log" + std::string(50, '.'));
  append_log log = make(from(3), file_base::write_only);
  BOOST_TEST(append(log, "record") == at(3));
  BOOST_TEST(close(log) == success);
  BOOST_TEST(read_file(path) == "logrecord" + std::string(44, '.'));
}

BOOST_AUTO_TEST_CASE(space_is_allocated_in_steps_and_cut_off_at_the_end) {
  if (!test_support::has_linux("fallocate(2)")) return;
  append_log log = make(preallocating(100'000));
  BOOST_TEST(append(log, text_of(0, 10)) == at(0));
  BOOST_TEST(read_file(path).size() == 100'000U);
  BOOST_TEST(append(log, text_of(1, 99'990)) == at(10));
  BOOST_TEST(trace->count("allocate") == 1U);
  BOOST_TEST(append(log, text_of(2, 100'001)) == at(100'000));
  BOOST_TEST(trace->count("allocate") == 2U);
  BOOST_TEST(read_file(path).size() == 300'000U);
  BOOST_TEST(close(log) == success);
  BOOST_TEST((read_file(path) == text_of(0, 10) + text_of(1, 99'990) + text_of(2, 100'001)));
}

BOOST_AUTO_TEST_CASE(space_for_a_record_that_is_then_cancelled_is_cut_off_too) {
  if (!test_support::has_linux("fallocate(2)")) return;
  append_log log = make(preallocating(100'000));
  asio::cancellation_signal signal;
  std::optional<size_found> got;
  const std::string record = text_of(0, 150'000);
  log.async_append(asio::buffer(record),
                   asio::bind_cancellation_slot(
                       signal.slot(), [&](error_code ec, std::uint64_t n) { got.emplace(ec, n); }));
  while (trace->count("allocate") == 0) context.run_one();
  signal.emit(asio::cancellation_type::total);
  run();
  BOOST_TEST(got.value() == failed(aborted));
  BOOST_TEST(read_file(path).size() == 200'000U);
  BOOST_TEST(close(log) == success);
  BOOST_TEST(read_file(path).empty());
}

BOOST_AUTO_TEST_CASE(a_flush_waits_for_what_was_appended_before) {
  append_log log = make(buffer_of(10));
  std::optional<size_found> got;
  start_append(log, asio::buffer("a record in three batches"), got);
  log.async_flush([&](error_code ec) {
    BOOST_TEST(ec == success);
    BOOST_TEST(got.has_value());
    BOOST_TEST(log.durable_end() == 26U);
  });
  run();
  BOOST_TEST(flush(log) == success);
  BOOST_TEST(batches() == 3U);
}

// ---- direct files

BOOST_AUTO_TEST_CASE(a_direct_log_is_filled_up_to_its_blocks_until_it_is_closed) {
  std::optional<append_log> log = make_direct(buffer_of(3000));
  if (!log) return;
  std::string whole;
  for (std::size_t i = 0; i != 40; ++i) {
    const std::string record = text_of(i, 1 + 397 * i);
    BOOST_TEST(append(*log, record) == at(whole.size()));
    whole += record;
    const std::string found = read_file(path);
    BOOST_TEST(found.size() == asiofile::align_up(whole.size(), block));
    BOOST_TEST((found == whole + std::string(found.size() - whole.size(), '\0')));
  }
  BOOST_TEST(close(*log) == success);
  BOOST_TEST((read_file(path) == whole));
}

BOOST_AUTO_TEST_CASE(a_direct_log_goes_on_in_the_middle_of_a_block) {
  const std::string before = test_support::pattern(1, 0, 10'001);
  for (const std::uint64_t offset : {std::uint64_t{10'001}, std::uint64_t{700}, std::uint64_t{0}}) {
    write_file(path, before);
    std::optional<append_log> log = make_direct(from(offset), file_base::read_write);
    if (!log) return;
    std::optional<size_found> first;
    std::optional<size_found> second;
    start_append(*log, asio::buffer("first ", 6), first);
    run();
    start_append(*log, asio::buffer("second", 6), second);
    BOOST_TEST(close(*log) == success);
    BOOST_TEST(first.value() == at(offset));
    BOOST_TEST(second.value() == at(offset + 6));
    const std::string found = read_file(path);
    BOOST_TEST((found.substr(0, offset + 12) == before.substr(0, offset) + "first second"));
    BOOST_TEST(found.size() == std::max<std::uint64_t>(before.size(), offset + 12));
  }
}

BOOST_AUTO_TEST_CASE(a_direct_log_that_cannot_read_its_last_block_fails) {
  write_file(path, "in a block");
  std::optional<append_log> log = make_direct({}, file_base::write_only);
  if (!log) return;
  BOOST_TEST(append(*log, "record") == failed(posix_error(EBADF)));
  BOOST_TEST(close(*log) == posix_error(EBADF));
  BOOST_TEST(read_file(path) == "in a block");
}

// ---- errors

BOOST_AUTO_TEST_CASE(the_first_failure_is_final_and_reaches_all) {
  append_log log = make(buffer_of(1000));
  BOOST_TEST(append(log, text_of(0, 900)) == at(0));
  const error_code too_large = posix_error(EFBIG);
  std::array<std::optional<size_found>, 4> got;
  {
    const test_support::file_size_limit lower(900);
    const std::string record = text_of(1, 900);
    for (auto& each : got) start_append(log, asio::buffer(record), each);
    run();
    for (const auto& each : got) BOOST_TEST(each.value() == failed(too_large));
  }
  BOOST_TEST(append(log, "later") == failed(too_large));
  BOOST_TEST(append(log, "") == failed(too_large));
  BOOST_TEST(flush(log) == too_large);
  BOOST_TEST(log.durable_end() == 900U);
  BOOST_TEST(close(log) == too_large);
  BOOST_TEST(close(log) == too_large);
  BOOST_TEST((read_file(path) == text_of(0, 900)));
  BOOST_TEST(batches() == 2U);
}

BOOST_AUTO_TEST_CASE(a_log_on_a_closed_file_says_so) {
  append_log log{random_access_file(context)};
  BOOST_TEST(append(log, "record") == failed(posix_error(EBADF)));
  BOOST_TEST(flush(log) == posix_error(EBADF));
  BOOST_TEST(close(log) == posix_error(EBADF));
}

BOOST_AUTO_TEST_CASE(closing_writes_what_waits_and_refuses_what_follows) {
  append_log log = make(buffer_of(10));
  std::array<std::optional<size_found>, 5> got;
  for (auto& each : got) start_append(log, asio::buffer("0123456"), each);
  std::optional<error_code> closed;
  std::optional<error_code> closed_again;
  std::optional<size_found> late;
  log.async_close([&](error_code ec) { closed = ec; });
  start_append(log, asio::buffer("late"), late);
  log.async_close([&](error_code ec) { closed_again = ec; });
  run();
  for (std::size_t i = 0; i != got.size(); ++i) BOOST_TEST(got[i].value() == at(8 * i));
  BOOST_TEST(closed.value() == success);
  BOOST_TEST(closed_again.value() == success);
  BOOST_TEST(late.value() == failed(posix_error(EBADF)));
  BOOST_TEST(read_file(path).size() == 40U);
  BOOST_TEST(close(log) == success);
  BOOST_TEST(trace->count("close") == 1U);
}

BOOST_AUTO_TEST_CASE(options_and_files_that_no_log_can_have_are_refused_and_the_file_is_left) {
  const auto is_invalid = [](const auto& error) { return error.code() == posix_error(EINVAL); };
  random_access_file file(context, path, new_file);
  for (const append_log_options& bad : {buffer_of(0), buffer_of((1 << 30) + 1),
                                        from(std::uint64_t{1} << 63), preallocating(~0ULL)}) {
    BOOST_CHECK_EXCEPTION(append_log(std::move(file), bad), boost::system::system_error,
                          is_invalid);
    BOOST_TEST(file.is_open());
  }
  random_access_file appending(context, path, file_base::write_only | file_base::append);
  BOOST_CHECK_EXCEPTION(append_log(std::move(appending)), boost::system::system_error, is_invalid);
  test_support::fifo fifo(directory.path("fifo"));
  random_access_file stream(context, fifo.path(), file_base::read_write);
  BOOST_CHECK_EXCEPTION(append_log(std::move(stream)), boost::system::system_error, is_invalid);
}

// ---- cancelling, destroying

BOOST_AUTO_TEST_CASE(an_append_that_waits_is_cancelled_without_a_gap) {
  append_log log = make(buffer_of(10));
  std::array<asio::cancellation_signal, 5> signals;
  std::array<std::optional<size_found>, 5> got;
  const std::array<std::string, 5> records{"aaaaaaaa", "bbbb", "cccc", "dddd", "eeee"};
  for (std::size_t i = 0; i != got.size(); ++i)
    log.async_append(asio::buffer(records[i]),
                     asio::bind_cancellation_slot(signals[i].slot(),
                                                  [&got, i](error_code ec, std::uint64_t offset) {
                                                    got[i].emplace(ec, offset);
                                                  }));
  signals[1].emit(asio::cancellation_type::total);
  signals[3].emit(asio::cancellation_type::terminal);
  signals[3].emit(asio::cancellation_type::terminal);
  BOOST_TEST(log.next_offset() == 16U);
  run();
  BOOST_TEST(got[0].value() == at(0));
  BOOST_TEST(got[1].value() == failed(aborted));
  BOOST_TEST(got[2].value() == at(8));
  BOOST_TEST(got[3].value() == failed(aborted));
  BOOST_TEST(got[4].value() == at(12));
  BOOST_TEST(read_file(path) == "aaaaaaaacccceeee");
}

BOOST_AUTO_TEST_CASE(an_append_that_is_being_written_is_not_cancelled) {
  append_log log = make(buffer_of(10));
  // First a part of it is written and the rest waits; then everything is durable, and the handler
  // is about to be called.
  for (std::size_t passes = 1; passes != 12; ++passes) {
    asio::cancellation_signal signal;
    std::optional<size_found> got;
    const std::uint64_t offset = log.next_offset();
    const std::string record = text_of(passes, 25);
    log.async_append(
        asio::buffer(record),
        asio::bind_cancellation_slot(
            signal.slot(), [&](error_code ec, std::uint64_t where) { got.emplace(ec, where); }));
    context.restart();
    for (std::size_t i = 0; i != passes && !got; ++i) context.poll_one();
    const bool has_begun = trace->count("write_and_sync_data") > 3 * offset / 25;
    if (!got) signal.emit(asio::cancellation_type::total);
    run();
    if (has_begun) BOOST_TEST(got.value() == at(offset));
    BOOST_TEST(log.next_offset() == offset + (got->error ? 0 : 25));
  }
  BOOST_TEST(log.next_offset() > 0U);
  BOOST_TEST(read_file(path).size() == log.next_offset());
}

BOOST_AUTO_TEST_CASE(an_append_of_which_a_part_is_durable_is_not_cancelled) {
  append_log log = make(buffer_of(10));
  asio::cancellation_signal signal;
  std::optional<size_found> got;
  log.async_append(asio::buffer("first", 5), [&](error_code, std::uint64_t) {
    BOOST_TEST(log.durable_end() == 10U);
    signal.emit(asio::cancellation_type::total);
  });
  log.async_append(
      asio::buffer("second, and longer", 18),
      asio::bind_cancellation_slot(
          signal.slot(), [&](error_code ec, std::uint64_t offset) { got.emplace(ec, offset); }));
  run();
  BOOST_TEST(got.value() == at(5));
  BOOST_TEST(read_file(path) == "firstsecond, and longer");
}

BOOST_AUTO_TEST_CASE(destroying_a_log_aborts_what_waits_and_acknowledges_only_what_is_durable) {
  for (std::size_t passes = 0; passes != 12; ++passes) {
    std::array<std::optional<size_found>, 6> got;
    std::optional<error_code> closed;
    std::optional<append_log> log(make(buffer_of(10)));
    const std::string record = "01234567";
    for (auto& each : got) start_append(*log, asio::buffer(record), each);
    if (passes % 2 == 1) log->async_close([&](error_code ec) { closed = ec; });
    context.restart();
    for (std::size_t i = 0; i != passes; ++i) context.poll_one();
    const std::uint64_t durable = log->durable_end();
    log.reset();
    run();
    std::uint64_t acknowledged = 0;
    for (const auto& each : got) {
      BOOST_REQUIRE(each.has_value());
      if (each->error) {
        BOOST_TEST(each->error == aborted);
        continue;
      }
      // None after one that was not.
      BOOST_TEST(each->bytes == acknowledged);
      acknowledged += 8;
    }
    BOOST_TEST(acknowledged >= durable / 8 * 8);
    BOOST_TEST(read_file(path).size() >= acknowledged);
    BOOST_TEST(closed.has_value() == (passes % 2 == 1));
  }
}

BOOST_AUTO_TEST_CASE(a_context_that_goes_takes_appends_with_it) {
  for (std::size_t passes = 0; passes != 10; ++passes) {
    auto mortal = std::make_unique<asio::io_context>();
    auto log = std::make_unique<append_log>(random_access_file(*mortal, path, new_file));
    const auto alive = std::make_shared<int>();
    int replies = 0;
    for (int i = 0; i != 5; ++i)
      log->async_append(asio::buffer("record"),
                        [&replies, alive](error_code, std::uint64_t) { ++replies; });
    for (std::size_t i = 0; i != passes; ++i) mortal->poll_one();
    mortal.reset();
    BOOST_TEST(alive.use_count() == 1);
    log->async_append(asio::buffer("record"),
                      [&replies, alive](error_code, std::uint64_t) { ++replies; });
    BOOST_TEST(alive.use_count() == 1);
    BOOST_TEST(replies <= 5);
    log.reset();
  }
}

BOOST_AUTO_TEST_CASE(a_deferred_append_may_outlive_its_log) {
  std::optional<append_log> log(make());
  auto later = log->async_append(asio::buffer("record"), asio::deferred);
  log.reset();
  std::optional<size_found> got;
  std::move(later)([&](error_code ec, std::uint64_t offset) { got.emplace(ec, offset); });
  run();
  BOOST_TEST(got.value() == failed(aborted));
  BOOST_TEST(read_file(path).empty());
}

BOOST_AUTO_TEST_CASE(a_log_may_be_moved_with_appends_under_way) {
  append_log log = make();
  std::optional<size_found> first;
  std::optional<size_found> second;
  start_append(log, asio::buffer("first", 5), first);
  append_log moved(std::move(log));
  start_append(moved, asio::buffer("second", 6), second);
  run();
  BOOST_TEST(first.value() == at(0));
  BOOST_TEST(second.value() == at(5));
  const std::string other = directory.path("other");
  moved = append_log(random_access_file(context, other, new_file));
  BOOST_TEST(append(moved, "third") == at(0));
  BOOST_TEST(read_file(path) == "firstsecond");
  BOOST_TEST(read_file(other) == "third");
}

// ---- executors, threads, fork

BOOST_AUTO_TEST_CASE(a_log_may_be_on_any_executor) {
  using strand = asio::strand<asio::io_context::executor_type>;
  const strand serial(context.get_executor());
  asiofile::basic_append_log<strand> log(
      asiofile::basic_random_access_file<strand>(serial, path, new_file));
  bool is_there = false;
  log.async_append(asio::buffer("record"), [&](error_code ec, std::uint64_t) {
    BOOST_TEST(ec == success);
    is_there = serial.running_in_this_thread();
  });
  run();
  BOOST_TEST(is_there);
}

BOOST_AUTO_TEST_CASE(any_number_of_threads_may_append) {
  constexpr std::size_t appenders = 8;
  constexpr std::size_t rounds = 200;
  append_log log = make(buffer_of(500));
  std::mutex mutex;
  std::vector<std::pair<std::uint64_t, std::size_t>> places;
  std::array<std::string, appenders> records;
  std::array<std::size_t, appenders> done{};
  for (std::size_t i = 0; i != appenders; ++i) records[i] = text_of(i, 20 + 10 * i);
  std::function<void(std::size_t)> append_next = [&](std::size_t which) {
    if (done[which]++ == rounds) return;
    log.async_append(asio::buffer(records[which]), [&, which](error_code ec, std::uint64_t where) {
      if (ec) return;
      {
        const std::scoped_lock lock(mutex);
        places.emplace_back(where, which);
      }
      append_next(which);
    });
  };
  for (std::size_t i = 0; i != appenders; ++i) asio::post(context, [&, i] { append_next(i); });
  test_support::running_threads(context, 2).join();
  BOOST_TEST(places.size() == appenders * rounds);
  std::ranges::sort(places);
  const std::string found = read_file(path);
  std::uint64_t end = 0;
  for (const auto& [where, which] : places) {
    BOOST_REQUIRE(where == end);
    BOOST_REQUIRE((found.substr(where, records[which].size()) == records[which]));
    end += records[which].size();
  }
  BOOST_TEST(found.size() == end);
}

BOOST_AUTO_TEST_CASE(in_a_child_a_busy_log_has_failed_and_an_idle_one_goes_on) {
  if (!test_support::children_can_be_trusted()) return;
  for (std::size_t passes = 0; passes != 10; ++passes) {
    append_log busy = make();
    append_log idle(random_access_file(context, directory.path("idle"), new_file));
    BOOST_TEST(append(idle, "parent") == at(0));
    std::array<std::optional<size_found>, 3> got;
    const std::string record = "record";
    for (auto& each : got) start_append(busy, asio::buffer(record), each);
    context.restart();
    for (std::size_t i = 0; i != passes; ++i) context.poll_one();
    const bool is_over = got.back().has_value();
    context.notify_fork(asio::execution_context::fork_prepare);
    test_support::child_process child([&] {
      context.notify_fork(asio::execution_context::fork_child);
      context.restart();
      context.run();
      const auto do_append = [&](append_log& log) {
        size_found found(posix_error(EIO), 0);
        log.async_append(asio::buffer("child", 5), [&](error_code ec, std::uint64_t where) {
          found = {ec, where};
        });
        context.restart();
        context.run();
        return found;
      };
      for (const auto& each : got) {
        test_support::child_require(each.has_value(), "a handler was not called");
        test_support::child_require(is_over || each->error == aborted || !each->error, "an error");
      }
      if (!is_over)
        test_support::child_require(do_append(busy).error == aborted, "the busy log goes on");
      error_code closed = posix_error(EIO);
      busy.async_close([&](error_code ec) { closed = ec; });
      context.restart();
      context.run();
      test_support::child_require(closed == (is_over ? success : aborted), "closing");
      test_support::child_require(do_append(idle) == at(6), "the idle log does not go on");
    });
    context.notify_fork(asio::execution_context::fork_parent);
    run();
    for (std::size_t i = 0; i != got.size(); ++i) BOOST_TEST(got[i].value() == at(6 * i));
    const auto ended = child.wait();
    BOOST_TEST(ended.succeeded(), ended);
    BOOST_TEST(read_file(directory.path("idle")) == "parentchild");
    BOOST_TEST(read_file(path) == "recordrecordrecord");
    BOOST_TEST(close(busy) == success);
  }
}

BOOST_AUTO_TEST_SUITE_END()
