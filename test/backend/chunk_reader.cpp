// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Chunks of files, read ahead: their sizes and content, the end of a file that grows, direct files,
// and what happens when the call, the reader or the file ends first.

#include "fifo.hpp"
#include "file_contents.hpp"
#include "run_operation.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::chunk_reader;
using asiofile::chunk_reader_options;
using asiofile::file_base;
using asiofile::random_access_file;
using asiofile::stream_file;
using test_support::error_code;
using test_support::make_pattern_file;
using test_support::pattern;
using test_support::posix_error;

namespace {

const error_code success;
const error_code aborted = asio::error::operation_aborted;

// The result of a call.
struct reply {
  error_code error;
  std::optional<std::string> chunk;

  reply() = default;
  reply(error_code ec, std::optional<asio::const_buffer> found) : error(ec) {
    if (found) chunk.emplace(static_cast<const char*>(found->data()), found->size());
  }

  bool operator==(const reply&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const reply& it) {
    return out << it.error << ", " << (it.chunk ? std::to_string(it.chunk->size()) : "no")
               << " bytes";
  }
};

const reply end(success, std::nullopt);
reply chunk(std::string_view bytes) { return {success, asio::buffer(bytes)}; }
reply failure(error_code ec) { return {ec, std::nullopt}; }

void append_to(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::app | std::ios::binary) << text;
}

chunk_reader_options chunks_of(std::size_t bytes, std::size_t read_ahead = 3) {
  chunk_reader_options options;
  options.chunk_bytes = bytes;
  options.read_ahead = read_ahead;
  return options;
}

struct fixture {
  test_support::temporary_directory directory;
  const std::string path = directory.path("file");
  asio::io_context context;
  test_support::watchdog limit{std::chrono::seconds(60)};

  void start(chunk_reader& reader, std::optional<reply>& into) {
    reader.async_next([&into](error_code ec, std::optional<asio::const_buffer> found) {
      BOOST_TEST(!into.has_value(), "a handler ran twice");
      into.emplace(ec, found);
    });
    BOOST_TEST(!into.has_value(), "a handler ran inside the initiating function");
  }

  void run() {
    context.restart();
    context.run();
  }

  reply next(chunk_reader& reader) {
    std::optional<reply> got;
    start(reader, got);
    run();
    BOOST_REQUIRE_MESSAGE(got.has_value(), "run() returned before the handler ran");
    return *got;
  }

  // Reads up to the end of the file; checks that only the last chunk is shorter than `chunk_bytes`.
  std::string rest(chunk_reader& reader, std::size_t chunk_bytes) {
    std::string all;
    for (bool was_short = false;;) {
      const reply one = next(reader);
      BOOST_TEST(one.error == success);
      if (!one.chunk) return all;
      BOOST_TEST(!was_short);
      BOOST_TEST(one.chunk->size() <= chunk_bytes);
      was_short = one.chunk->size() != chunk_bytes;
      all += *one.chunk;
    }
  }
};

// Records where the reads of a service begin, and how many are in flight at a time.
class read_trace final : public asiofile::trace_hook {
 public:
  void started(const asiofile::traced_operation& operation) noexcept override {
    if (operation.name != "read") return;
    in_flight_max = std::max(in_flight_max, ++in_flight_);
    if (operation.offset != next_offset_) ++jumps;
  }
  void finished(const asiofile::traced_operation& operation) noexcept override {
    if (operation.name != "read") return;
    --in_flight_;
    ++reads;
    bytes += operation.transferred_bytes;
    next_offset_ = operation.offset + operation.transferred_bytes;
  }

  std::size_t in_flight_max = 0;
  std::size_t reads = 0;
  std::uint64_t bytes = 0;
  // Reads that did not begin where the last completed one ended.
  std::size_t jumps = 0;

 private:
  std::size_t in_flight_ = 0;
  std::uint64_t next_offset_ = 0;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(chunk_readers, fixture)

BOOST_AUTO_TEST_CASE(all_chunks_but_the_last_are_full_and_in_order) {
  for (const std::size_t size : {0, 1, 4095, 4096, 4097, 40'960, 1'000'003}) {
    make_pattern_file(path, 1, size);
    stream_file file(context, path, file_base::read_only);
    for (const std::size_t ahead : {0, 1, 3, 20}) {
      chunk_reader reader(file, chunks_of(4096, ahead));
      BOOST_TEST((rest(reader, 4096) == pattern(1, 0, size)), size << " bytes, " << ahead);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_coroutine_reads_in_a_loop) {
  make_pattern_file(path, 1, 100'000);
  stream_file file(context, path, file_base::read_only);
  chunk_reader reader(file, chunks_of(1000));
  std::string all;
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        while (const auto next = co_await reader.async_next())
          all.append(static_cast<const char*>(next->data()), next->size());
      },
      asio::detached);
  run();
  BOOST_TEST((all == pattern(1, 0, 100'000)));
}

BOOST_AUTO_TEST_CASE(a_file_without_a_size_is_read_to_its_end) {
  stream_file file(context, "/proc/filesystems", file_base::read_only);
  chunk_reader reader(file, chunks_of(100));
  const std::string all = rest(reader, 100);
  BOOST_TEST(all.size() > 100U);
  BOOST_TEST(all.back() == '\n');
}

// A file that the kernel generates as it is read, a page at a time: seeking in it costs as much as
// reading everything before.
BOOST_AUTO_TEST_CASE(nothing_is_read_ahead_of_a_file_that_answers_in_pieces) {
  constexpr std::size_t chunk_bytes = 64 * 1024;
  const auto trace = std::make_shared<read_trace>();
  asiofile::service_options options;
  options.trace = trace;
  asio::make_service<asiofile::file_service>(context, options);
  stream_file file(context);
  error_code ec;
  file.open("/proc/kallsyms", file_base::read_only, ec);
  if (ec) return test_support::skip("/proc/kallsyms: " + ec.message());
  chunk_reader reader(file, chunks_of(chunk_bytes, 3));
  // Some chunks of 256 KiB, the size of one read; each is requested as soon as the last one has
  // arrived, while others are being read.
  std::size_t bytes = 0;
  const std::function<void()> go_on = [&] {
    reader.async_next([&](error_code error, std::optional<asio::const_buffer> found) {
      BOOST_TEST(error == success);
      if (error || !found) return;
      bytes += found->size();
      if (bytes < 2'000'000) go_on();
    });
  };
  go_on();
  run();
  if (bytes < 1'000'000) return test_support::skip("/proc/kallsyms is short here");
  BOOST_TEST(trace->in_flight_max == 1U);
  BOOST_TEST(trace->jumps == 0U);
}

BOOST_AUTO_TEST_CASE(a_cached_file_is_read_ahead_and_each_byte_once) {
  constexpr std::size_t size = 4'000'000;
  const auto trace = std::make_shared<read_trace>();
  asiofile::service_options options;
  options.trace = trace;
  asio::make_service<asiofile::file_service>(context, options);
  make_pattern_file(path, 1, size);
  stream_file file(context, path, file_base::read_only);
  chunk_reader reader(file, chunks_of(256 * 1024, 2));
  BOOST_TEST((rest(reader, 256 * 1024) == pattern(1, 0, size)));
  BOOST_TEST(trace->bytes == size);
  BOOST_TEST(trace->in_flight_max >= 2U);
}

BOOST_AUTO_TEST_CASE(a_file_that_has_grown_since_it_was_opened_is_read_whole) {
  for (const std::size_t size_when_opened : {0, 1, 4096, 100'000}) {
    make_pattern_file(path, 1, size_when_opened);
    stream_file file(context, path, file_base::read_only);
    make_pattern_file(path, 1, 1'000'000);
    for (const std::size_t ahead : {0, 2}) {
      chunk_reader reader(file, chunks_of(64 * 1024, ahead));
      BOOST_TEST((rest(reader, 64 * 1024) == pattern(1, 0, 1'000'000)), size_when_opened);
    }
  }
}

BOOST_AUTO_TEST_CASE(much_that_comes_behind_the_end_is_one_chunk) {
  make_pattern_file(path, 1, 10'000);
  random_access_file file(context, path, file_base::read_only);
  chunk_reader reader(file, chunks_of(64 * 1024));
  BOOST_TEST((rest(reader, 64 * 1024) == pattern(1, 0, 10'000)));
  append_to(path, pattern(1, 10'000, 100'000));
  BOOST_TEST(next(reader) == chunk(pattern(1, 10'000, 64 * 1024)));
  BOOST_TEST((rest(reader, 64 * 1024) == pattern(1, 10'000 + 64 * 1024, 100'000 - 64 * 1024)));
}

BOOST_AUTO_TEST_CASE(readers_have_positions_of_their_own) {
  make_pattern_file(path, 1, 10'000);
  stream_file file(context, path, file_base::read_only);
  file.seek(10, file_base::seek_set);
  chunk_reader one(file, chunks_of(100));
  chunk_reader_options options = chunks_of(100);
  options.offset = 5000;
  chunk_reader two(file, options);
  for (std::uint64_t i = 0; i != 5; ++i) {
    BOOST_TEST(next(one) == chunk(pattern(1, 10 + 100 * i, 100)));
    BOOST_TEST(next(two) == chunk(pattern(1, 5000 + 100 * i, 100)));
  }
  BOOST_TEST(file.seek(0, file_base::seek_cur) == 10U);
}

BOOST_AUTO_TEST_CASE(nothing_is_read_beyond_the_length) {
  make_pattern_file(path, 1, 10'000);
  random_access_file file(context, path, file_base::read_only);
  chunk_reader_options options = chunks_of(1000);
  options.offset = 500;
  options.length = 2300;
  chunk_reader reader(file, options);
  BOOST_TEST((rest(reader, 1000) == pattern(1, 500, 2300)));
  BOOST_TEST(next(reader) == end);
  options.length = 0;
  chunk_reader none(file, options);
  BOOST_TEST(next(none) == end);
}

BOOST_AUTO_TEST_CASE(a_reader_goes_on_where_the_file_has_grown) {
  make_pattern_file(path, 1, 2500);
  random_access_file file(context, path, file_base::read_only);
  chunk_reader reader(file, chunks_of(1000));
  BOOST_TEST((rest(reader, 1000) == pattern(1, 0, 2500)));
  BOOST_TEST(next(reader) == end);
  for (std::uint64_t size = 2500; size != 32'500; size += 1000) {
    append_to(path, pattern(1, size, 1000));
    BOOST_TEST(next(reader) == chunk(pattern(1, size, 1000)));
    if (size % 3000 == 500) BOOST_TEST(next(reader) == end);
  }
}

// Whatever the size of the file is when a read finds the end.
BOOST_AUTO_TEST_CASE(a_file_that_grows_under_the_reader_is_read_without_gaps) {
  make_pattern_file(path, 1, 10);
  random_access_file file(context, path, file_base::read_only);
  chunk_reader reader(file, chunks_of(64, 5));
  std::string all;
  std::size_t size = 10;
  for (int round = 0; round != 3000; ++round) {
    if (round % 3 != 0 && size < 100'000) {
      const std::size_t more = 1 + static_cast<std::size_t>(round) * 37 % 150;
      append_to(path, pattern(1, size, more));
      size += more;
    }
    std::optional<reply> got;
    start(reader, got);
    // Occasionally the file grows while reads ahead are in flight.
    context.restart();
    while (!got) context.run_one();
    if (got->chunk) all += *got->chunk;
  }
  run();
  while (const auto got = next(reader).chunk) all += *got;
  BOOST_TEST((all == pattern(1, 0, size)), all.size() << " of " << size);
}

BOOST_AUTO_TEST_CASE(a_direct_file_is_read_in_aligned_pieces_wherever_it_begins_and_ends) {
  make_pattern_file(path, 1, 50'001);
  random_access_file file(context);
  error_code ec;
  file.open(path, file_base::read_only | file_base::direct, ec);
  if (ec == posix_error(EINVAL)) return test_support::skip("the file system refuses O_DIRECT");
  chunk_reader whole(file, chunks_of(8192));
  BOOST_TEST((rest(whole, 8192) == pattern(1, 0, 50'001)));
  append_to(path, pattern(1, 50'001, 10'000));
  std::string more;
  while (const auto got = next(whole).chunk) more += *got;
  BOOST_TEST((more == pattern(1, 50'001, 10'000)));

  chunk_reader_options options = chunks_of(8192);
  options.offset = 777;
  options.length = 30'000;
  chunk_reader part(file, options);
  std::string middle;
  while (const auto got = next(part).chunk) middle += *got;
  BOOST_TEST((middle == pattern(1, 777, 30'000)));

  if (file.alignment().offset_bytes == 1) return;
  BOOST_CHECK_EXCEPTION(chunk_reader(file, chunks_of(1000)), boost::system::system_error,
                        [](const auto& error) { return error.code() == posix_error(EINVAL); });
}

BOOST_AUTO_TEST_CASE(a_fifo_gives_what_there_is_and_nothing_is_read_ahead) {
  test_support::fifo fifo(directory.path("fifo"));
  random_access_file file(context, fifo.path(), file_base::read_only);
  chunk_reader reader(file, chunks_of(1000));
  fifo.feed(10);
  BOOST_TEST(next(reader) == chunk(std::string(10, 'f')));
  fifo.feed(1500);
  BOOST_TEST(next(reader) == chunk(std::string(1000, 'f')));
  BOOST_TEST(fifo.drain().size() == 500U);
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_loses_no_data) {
  make_pattern_file(path, 1, 200'000);
  random_access_file file(context, path, file_base::read_only);
  chunk_reader reader(file, chunks_of(1000));
  std::string all;
  int aborted_calls = 0;
  for (int round = 0; round != 150; ++round) {
    asio::cancellation_signal signal;
    std::optional<reply> got;
    reader.async_next(asio::bind_cancellation_slot(
        signal.slot(), [&](error_code ec, std::optional<asio::const_buffer> found) {
          got.emplace(ec, found);
        }));
    context.restart();
    for (int turns = 0; turns != round % 3; ++turns) context.poll_one();
    signal.emit(asio::cancellation_type::terminal);
    run();
    BOOST_TEST_REQUIRE(got.has_value());
    if (got->error) BOOST_TEST(*got == failure(aborted));
    if (got->error) ++aborted_calls;
    if (got->chunk) all += *got->chunk;
  }
  BOOST_TEST(aborted_calls > 0);
  BOOST_TEST((all + rest(reader, 1000) == pattern(1, 0, 200'000)));
}

BOOST_AUTO_TEST_CASE(cancelling_the_files_operations_loses_no_data_either) {
  make_pattern_file(path, 1, 200'000);
  random_access_file file(context, path, file_base::read_only);
  chunk_reader reader(file, chunks_of(1000));
  std::string all;
  for (int round = 0; round != 150; ++round) {
    std::optional<reply> got;
    start(reader, got);
    file.cancel();
    run();
    BOOST_TEST_REQUIRE(got.has_value());
    if (got->error) BOOST_TEST(*got == failure(aborted));
    if (got->chunk) all += *got->chunk;
  }
  BOOST_TEST((all + rest(reader, 1000) == pattern(1, 0, 200'000)));
}

BOOST_AUTO_TEST_CASE(a_second_call_at_a_time_is_refused) {
  make_pattern_file(path, 1, 2000);
  random_access_file file(context, path, file_base::read_only);
  chunk_reader reader(file, chunks_of(1000));
  std::optional<reply> first, second;
  start(reader, first);
  start(reader, second);
  run();
  BOOST_TEST(first.value_or(reply()) == chunk(pattern(1, 0, 1000)));
  BOOST_TEST(second.value_or(reply()) == failure(asio::error::already_started));
  BOOST_TEST(next(reader) == chunk(pattern(1, 1000, 1000)));
}

BOOST_AUTO_TEST_CASE(reader_file_and_context_may_be_destroyed_in_any_order) {
  make_pattern_file(path, 1, 1'000'000);
  for (int order = 0; order != 12; ++order) {
    auto mortal = std::make_unique<asio::io_context>();
    auto file = std::make_unique<random_access_file>(*mortal, path, file_base::read_only);
    auto reader = std::make_unique<chunk_reader>(*file, chunks_of(100'000));
    int replies = 0;
    const auto count = [&](error_code, std::optional<asio::const_buffer>) { ++replies; };
    reader->async_next(count);
    mortal->run();
    mortal->restart();
    reader->async_next(count);
    if (order >= 6) mortal->poll_one();
    switch (order % 6) {
      case 0: reader.reset(), file.reset(), mortal->run(); break;
      case 1: file.reset(), reader.reset(), mortal->run(); break;
      case 2: mortal.reset(), file.reset(), reader.reset(); break;
      case 3: mortal.reset(), reader.reset(), file.reset(); break;
      case 4: reader.reset(), mortal.reset(), file.reset(); break;
      case 5: file.reset(), mortal.reset(), reader.reset(); break;
    }
    BOOST_TEST(replies >= 1);
    BOOST_TEST(replies <= 2);
  }
}

BOOST_AUTO_TEST_CASE(options_out_of_their_range_are_refused) {
  random_access_file file(context);
  for (const chunk_reader_options& bad :
       {chunks_of(0), chunks_of((1 << 30) + 1), chunks_of(1, 1025)})
    BOOST_CHECK_EXCEPTION(chunk_reader(file, bad), boost::system::system_error,
                          [](const auto& error) { return error.code() == posix_error(EINVAL); });
}

BOOST_AUTO_TEST_SUITE_END()
