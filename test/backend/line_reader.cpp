// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Lines of files: they are correct wherever the reads split them; and what happens at the end of a
// file, after an error, and when the call, the reader or the file ends first.

#include "fifo.hpp"
#include "file_contents.hpp"
#include "run_operation.hpp"
#include "sanitizers.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <fstream>
#include <future>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::line_reader;
using asiofile::line_reader_options;
using asiofile::random_access_file;
using asiofile::stream_file;
using test_support::error_code;
using test_support::posix_error;
using test_support::under_sanitizer;
using test_support::write_file;

namespace {

const error_code success;
const error_code aborted = asio::error::operation_aborted;

// The result of a call.
struct reply {
  error_code error;
  std::optional<std::string> line;

  reply() = default;
  reply(error_code ec, std::optional<std::string_view> found) : error(ec), line(found) {}

  bool operator==(const reply&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const reply& it) {
    return out << it.error << " \"" << it.line.value_or("(nothing)") << '"';
  }
};

const reply end(success, std::nullopt);
reply line(std::string_view text) { return {success, text}; }
reply failure(error_code ec) { return {ec, std::nullopt}; }

void append_to(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::app | std::ios::binary) << text;
}

std::vector<std::string> lines_by_getline(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::string> lines;
  for (std::string each; std::getline(file, each);) lines.push_back(each);
  return lines;
}

using lines = std::vector<std::string>;

// The two ways to read a file in a coroutine.
asio::awaitable<void> collect(line_reader& reader, lines& into) {
  while (auto next = co_await reader.async_next()) into.emplace_back(*next);
}

asio::awaitable<void> collect_with_try(line_reader& reader, lines& into) {
  while (auto next = co_await reader.async_next(asio::use_awaitable)) {
    do into.emplace_back(*next);
    while ((next = reader.try_next()));
  }
}

struct fixture {
  test_support::temporary_directory directory;
  const std::string path = directory.path("file");
  asio::io_context context;
  test_support::watchdog limit{std::chrono::seconds(60)};

  // Starts a call whose reply is stored in `into`.
  void start(line_reader& reader, std::optional<reply>& into) {
    reader.async_next([&into](error_code ec, std::optional<std::string_view> found) {
      BOOST_TEST(!into.has_value(), "a handler ran twice");
      into.emplace(ec, found);
    });
    BOOST_TEST(!into.has_value(), "a handler ran inside the initiating function");
  }

  void run() {
    context.restart();
    context.run();
  }

  reply next(line_reader& reader) {
    std::optional<reply> got;
    start(reader, got);
    run();
    BOOST_REQUIRE_MESSAGE(got.has_value(), "run() returned before the handler ran");
    return *got;
  }

  // Everything up to the end of the file, which must come without an error.
  lines rest(line_reader& reader) {
    lines found;
    for (;;) {
      const reply one = next(reader);
      BOOST_TEST(one.error == success);
      if (!one.line) return found;
      found.push_back(*one.line);
    }
  }

  template <typename Awaitable>
  void run_coroutine(Awaitable awaitable) {
    std::exception_ptr thrown;
    asio::co_spawn(context, std::move(awaitable), [&](std::exception_ptr e) { thrown = e; });
    run();
    if (thrown) std::rethrow_exception(thrown);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(line_readers, fixture)

BOOST_AUTO_TEST_CASE(lines_equal_those_of_getline_whatever_the_buffers_size) {
  std::mt19937 random(7);
  const auto below = [&](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
  };
  for (int round = 0; round != (under_sanitizer ? 60 : 500); ++round) {
    // UTF-8 of one to four bytes, and lines of about as many bytes.
    const std::string letters[] = {"a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    const std::size_t line_bytes = 1 + below(round % 10 == 0 ? 5000 : 100);
    std::string text;
    for (std::size_t size = below(80'000); text.size() < size;)
      text += below(line_bytes) == 0 ? "\n" : letters[below(4)];
    write_file(path, text);
    line_reader_options options;
    options.buffer_bytes = round % 5 == 0 ? 1 + below(64) : 1024 << below(7);
    options.read_ahead = below(4);
    stream_file file(context, path, file_base::read_only);
    line_reader reader(file, options);
    lines found;
    if (round % 2 == 0)
      run_coroutine(collect(reader, found));
    else
      run_coroutine(collect_with_try(reader, found));
    BOOST_TEST_REQUIRE((found == lines_by_getline(path)), "round " << round);
  }
}

BOOST_AUTO_TEST_CASE(every_byte_is_read_once) {
  write_file(path, std::string(1000, 'a') + "\n" + std::string(64 * 1024, 'b'));
  random_access_file file(context, path, file_base::read_only);
  line_reader_options options;
  options.buffer_bytes = 4096;
  options.read_ahead = 0;
  line_reader reader(file, options);
  BOOST_TEST(rest(reader).size() == 2U);
  const auto seen = asio::use_service<asiofile::file_service>(context).statistics();
  // 16 full reads, the rest, and the reads that find the end: after the rest, for the last line,
  // and for the next call.
  BOOST_TEST(seen.started == 20U);
  BOOST_TEST(seen.started == seen.completed);
}

BOOST_AUTO_TEST_CASE(any_string_is_a_delimiter) {
  write_file(path, std::string("xaaabyaab\0\0z", 12));
  random_access_file file(context, path, file_base::read_only);
  for (std::size_t bytes = 1; bytes != 6; ++bytes) {
    line_reader_options options;
    options.buffer_bytes = bytes;
    options.delimiter = "aab";
    line_reader reader(file, options);
    BOOST_TEST(rest(reader) == (lines{"xa", "y", std::string("\0\0z", 3)}),
               boost::test_tools::per_element());
    options.delimiter = std::string(1, '\0');
    line_reader zero(file, options);
    BOOST_TEST(rest(zero) == (lines{"xaaabyaab", "", "z"}), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_reader_begins_at_the_files_position_and_moves_it_not) {
  write_file(path, "0123\n5678\nabc\n");
  stream_file file(context, path, file_base::read_only);
  file.seek(5, file_base::seek_set);
  line_reader reader(file);
  line_reader_options from_start;
  from_start.offset = 0;
  line_reader other(file, from_start);
  BOOST_TEST(next(reader) == line("5678"));
  BOOST_TEST(next(other) == line("0123"));
  BOOST_TEST(next(reader) == line("abc"));
  BOOST_TEST(next(other) == line("5678"));
  BOOST_TEST(file.seek(0, file_base::seek_cur) == 5U);
}

BOOST_AUTO_TEST_CASE(a_reader_goes_on_where_the_file_has_grown) {
  write_file(path, "one\ntw");
  random_access_file file(context, path, file_base::read_only);
  line_reader reader(file);
  BOOST_TEST(next(reader) == line("one"));
  BOOST_TEST(next(reader) == line("tw"));
  BOOST_TEST(next(reader) == end);
  BOOST_TEST(next(reader) == end);
  append_to(path, "o\nthree\n");
  BOOST_TEST(next(reader) == line("o"));
  BOOST_TEST(next(reader) == line("three"));
  BOOST_TEST(next(reader) == end);
}

BOOST_AUTO_TEST_CASE(following_keeps_an_unfinished_line_until_its_delimiter_comes) {
  write_file(path, "one\ntw");
  random_access_file file(context, path, file_base::read_only);
  line_reader_options options;
  options.follow = true;
  line_reader reader(file, options);
  BOOST_TEST(next(reader) == line("one"));
  BOOST_TEST(next(reader) == end);
  append_to(path, "o");
  BOOST_TEST(next(reader) == end);
  append_to(path, "\nthree\n");
  BOOST_TEST(next(reader) == line("two"));
  BOOST_TEST(next(reader) == line("three"));
  BOOST_TEST(next(reader) == end);
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_is_reported_in_its_place) {
  write_file(path, "a\n" + std::string(100'000, 'x') + "\nb\n123456\n12345");
  random_access_file file(context, path, file_base::read_only);
  for (const std::size_t bytes : {1000, 1 << 20}) {
    line_reader_options options;
    options.max_line_bytes = 5;
    options.buffer_bytes = bytes;
    line_reader reader(file, options);
    BOOST_TEST(next(reader) == line("a"));
    BOOST_TEST(reader.try_next().has_value() == false);
    BOOST_TEST(next(reader) == failure(posix_error(EMSGSIZE)));
    BOOST_TEST(next(reader) == line("b"));
    BOOST_TEST(next(reader) == failure(posix_error(EMSGSIZE)));
    BOOST_TEST(next(reader) == line("12345"));
    BOOST_TEST(next(reader) == end);
  }
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_is_reported_with_its_length_when_it_has_come) {
  write_file(path, "a\n" + std::string(100'000, 'x'));
  random_access_file file(context, path, file_base::read_only);
  for (const std::size_t bytes : {1000, 1 << 20}) {
    line_reader_options options;
    options.max_line_bytes = 5;
    options.buffer_bytes = bytes;
    options.follow = true;
    line_reader reader(file, options);
    BOOST_TEST(next(reader) == line("a"));
    BOOST_TEST(reader.too_long_line_bytes() == 0U);
    BOOST_TEST(next(reader) == end);
    // A reader that begins here misses nothing.
    BOOST_TEST(reader.position() == 2U);
    append_to(path, "xx\nb\n");
    BOOST_TEST(next(reader) == failure(posix_error(EMSGSIZE)));
    BOOST_TEST(reader.too_long_line_bytes() == 100'002U);
    BOOST_TEST(reader.position() == 100'005U);
    BOOST_TEST(next(reader) == line("b"));
    BOOST_TEST(reader.too_long_line_bytes() == 100'002U);
    write_file(path, "a\n" + std::string(100'000, 'x'));
  }
  // At the end of a file that is not followed, there is nothing to wait for.
  line_reader_options options;
  options.max_line_bytes = 5;
  line_reader reader(file, options);
  BOOST_TEST(next(reader) == line("a"));
  BOOST_TEST(next(reader) == failure(posix_error(EMSGSIZE)));
  BOOST_TEST(reader.too_long_line_bytes() == 100'000U);
  BOOST_TEST(reader.position() == 100'002U);
  BOOST_TEST(next(reader) == end);
}

// Another reader that begins at this one's position continues with the line that this one delivers
// next.
BOOST_AUTO_TEST_CASE(a_reader_made_at_the_position_of_another_goes_on_there) {
  const std::string delimiters[] = {"\n", "\r\n", "=-="};
  for (const std::string& delimiter : delimiters) {
    std::string text;
    for (int i = 0; i != 60; ++i)
      text += std::string(static_cast<std::size_t>(i * 37 % 101), static_cast<char>('a' + i % 26)) +
              delimiter;
    text += "unfinished";
    write_file(path, text);
    random_access_file file(context, path, file_base::read_only);
    for (const std::size_t bytes : {7, 64, 4096}) {
      line_reader_options options;
      options.delimiter = delimiter;
      options.buffer_bytes = bytes;
      options.max_line_bytes = 80;
      line_reader reader(file, options);
      BOOST_TEST(reader.position() == 0U);
      std::size_t begin = 0;
      for (int i = 0; i != 61; ++i) {
        options.offset = reader.position();
        BOOST_TEST_REQUIRE(*options.offset == begin);
        line_reader other(file, options);
        const auto in_memory = i % 2 == 0 ? reader.try_next() : std::nullopt;
        const reply mine = in_memory ? line(*in_memory) : next(reader);
        BOOST_TEST_REQUIRE(next(other) == mine);
        BOOST_TEST_REQUIRE(other.position() == reader.position());
        const std::size_t line_end = text.find(delimiter, begin);
        begin = line_end == text.npos ? text.size() : line_end + delimiter.size();
      }
      BOOST_TEST(reader.position() == text.size());
      BOOST_TEST(next(reader) == end);
      BOOST_TEST(reader.position() == text.size());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_line_counts_as_read_when_its_handler_is_called) {
  write_file(path, "one\ntwo\nthree\n");
  auto mortal = std::make_unique<asio::io_context>();
  random_access_file file(*mortal, path, file_base::read_only);
  line_reader_options options;
  options.offset = 4;
  line_reader reader(file, options);
  std::uint64_t in_handler = 0;
  const auto note = [&](error_code, std::optional<std::string_view>) {
    in_handler = reader.position();
  };
  reader.async_next(note);
  BOOST_TEST(reader.position() == 4U);
  mortal->run();
  BOOST_TEST(in_handler == 8U);
  BOOST_TEST(reader.position() == 8U);
  // The line is in memory, so the call has completed; but its handler has not been called.
  reader.async_next(note);
  BOOST_TEST(reader.position() == 8U);
  mortal.reset();
  BOOST_TEST(in_handler == 8U);
  BOOST_TEST(reader.position() == 8U);
}

BOOST_AUTO_TEST_CASE(a_call_that_is_aborted_moves_the_position_not) {
  const test_support::fifo fifo(directory.path("fifo"));
  random_access_file file(context, fifo.path(), file_base::read_only);
  line_reader reader(file);
  append_to(fifo.path(), "one\ntw");
  BOOST_TEST(next(reader) == line("one"));
  BOOST_TEST(reader.position() == 4U);
  asio::cancellation_signal signal;
  std::optional<reply> got;
  reader.async_next(asio::bind_cancellation_slot(
      signal.slot(),
      [&](error_code ec, std::optional<std::string_view> found) { got.emplace(ec, found); }));
  context.restart();
  context.poll();
  BOOST_TEST(reader.position() == 4U);
  signal.emit(asio::cancellation_type::total);
  run();
  BOOST_TEST(got.value_or(reply()) == failure(aborted));
  BOOST_TEST(reader.position() == 4U);
  append_to(fifo.path(), "o\n");
  BOOST_TEST(next(reader) == line("two"));
  BOOST_TEST(reader.position() == 8U);
}

BOOST_AUTO_TEST_CASE(try_next_gives_what_is_in_memory_and_nothing_else) {
  write_file(path, "one\ntwo\nthree");
  random_access_file file(context, path, file_base::read_only);
  line_reader reader(file);
  BOOST_TEST(!reader.try_next());
  BOOST_TEST(next(reader) == line("one"));
  BOOST_TEST(reader.try_next().value_or("") == "two");
  BOOST_TEST(!reader.try_next());
  BOOST_TEST(next(reader) == line("three"));
}

BOOST_AUTO_TEST_CASE(a_string_is_the_callers_to_keep) {
  write_file(path, "one\ntwo\n");
  random_access_file file(context, path, file_base::read_only);
  line_reader reader(file);
  auto first = reader.async_next_string(asio::use_future);
  run();
  auto second = reader.async_next_string(asio::use_future);
  run();
  BOOST_TEST(first.get().value_or("") == "one");
  BOOST_TEST(second.get().value_or("") == "two");
}

BOOST_AUTO_TEST_CASE(a_second_call_at_a_time_is_refused_and_disturbs_nothing) {
  const test_support::fifo fifo(directory.path("fifo"));
  random_access_file file(context, fifo.path(), file_base::read_only);
  line_reader reader(file);
  std::optional<reply> first, second;
  start(reader, first);
  start(reader, second);
  BOOST_TEST(!reader.try_next());
  while (!second) context.run_one();
  BOOST_TEST(*second == failure(asio::error::already_started));
  BOOST_TEST(!first.has_value());
  append_to(fifo.path(), "x\n");
  run();
  BOOST_TEST(first.value_or(reply()) == line("x"));
}

BOOST_AUTO_TEST_CASE(lines_of_a_fifo_come_when_they_are_written) {
  const test_support::fifo fifo(directory.path("fifo"));
  const int writer = ::open(fifo.path().c_str(), O_RDWR | O_CLOEXEC);
  random_access_file file(context, fifo.path(), file_base::read_only);
  line_reader reader(file);
  for (const std::string text : {"one\ntw", "o\n", "three\nfour\nfi"}) {
    BOOST_TEST(::write(writer, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    if (text.starts_with("three")) BOOST_TEST(next(reader) == line("three"));
    BOOST_TEST(next(reader) == line(text.starts_with('o') && text.size() == 2 ? "two"
                                    : text.starts_with("one")                ? "one"
                                                                             : "four"));
  }
  // Nothing is read ahead: nothing keeps `run` busy.
  run();
  ::close(writer);
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_loses_no_data) {
  const test_support::fifo fifo(directory.path("fifo"));
  random_access_file file(context, fifo.path(), file_base::read_only);
  line_reader reader(file);
  for (int round = 0; round != 50; ++round) {
    asio::cancellation_signal signal;
    std::optional<reply> got;
    reader.async_next(asio::bind_cancellation_slot(
        signal.slot(), [&](error_code ec, std::optional<std::string_view> found) {
          got.emplace(ec, found);
        }));
    context.restart();
    for (int turns = 0; turns != round % 5; ++turns) context.poll_one();
    const std::string text = std::to_string(round);
    if (round % 2 == 0) append_to(fifo.path(), text + '\n');
    signal.emit(asio::cancellation_type::total);
    run();
    BOOST_TEST_REQUIRE(got.has_value());
    if (round % 2 != 0) {
      BOOST_TEST(*got == failure(aborted));
      append_to(fifo.path(), text + '\n');
    }
    if (got->error) {
      BOOST_TEST(*got == failure(aborted));
      got = next(reader);
    }
    BOOST_TEST(*got == line(text));
  }
}

BOOST_AUTO_TEST_CASE(a_reader_that_is_destroyed_aborts_its_call) {
  const test_support::fifo fifo(directory.path("fifo"));
  random_access_file file(context, fifo.path(), file_base::read_only);
  std::optional<line_reader> reader(file);
  std::optional<reply> got;
  start(*reader, got);
  context.poll();
  reader.reset();
  run();
  BOOST_TEST(got.value_or(reply()) == failure(aborted));
}

BOOST_AUTO_TEST_CASE(a_reader_that_is_destroyed_before_its_handler_runs_leaves_the_line_valid) {
  write_file(path, "a line that is long enough to be somewhere\n");
  random_access_file file(context, path, file_base::read_only);
  asio::io_context elsewhere;
  auto reader = std::make_unique<line_reader>(file);
  std::optional<reply> got;
  reader->async_next(asio::bind_executor(
      elsewhere.get_executor(),
      [&](error_code ec, std::optional<std::string_view> found) { got.emplace(ec, found); }));
  run();
  reader.reset();
  elsewhere.run();
  BOOST_TEST(got.value_or(reply()) == line("a line that is long enough to be somewhere"));
}

BOOST_AUTO_TEST_CASE(after_its_file_is_closed_a_reader_gives_what_it_has_and_then_bad_descriptor) {
  write_file(path, "one\ntwo\nthree");
  const std::string other = directory.path("other");
  write_file(other, "another file\n");
  random_access_file file(context, path, file_base::read_only);
  line_reader_options options;
  options.buffer_bytes = 8;
  options.read_ahead = 0;
  line_reader reader(file, options);
  BOOST_TEST(next(reader) == line("one"));
  file.close();
  file.open(other, file_base::read_only);
  BOOST_TEST(next(reader) == line("two"));
  BOOST_TEST(next(reader) == failure(posix_error(EBADF)));
  BOOST_TEST(next(reader) == failure(posix_error(EBADF)));
  line_reader fresh(file);
  BOOST_TEST(next(fresh) == line("another file"));
}

BOOST_AUTO_TEST_CASE(a_reader_may_outlive_its_file_and_one_on_a_closed_file_says_so) {
  std::optional<line_reader> reader;
  {
    random_access_file file(context);
    reader.emplace(file);
    BOOST_TEST(next(*reader) == failure(posix_error(EBADF)));
    file.open(path, file_base::write_only | file_base::create);
    reader.emplace(file);
    BOOST_TEST(next(*reader) == failure(posix_error(EBADF)));
    reader.emplace(file);
  }
  BOOST_TEST(next(*reader) == failure(posix_error(EBADF)));
}

BOOST_AUTO_TEST_CASE(closing_the_file_aborts_a_call_that_waits) {
  const test_support::fifo fifo(directory.path("fifo"));
  random_access_file file(context, fifo.path(), file_base::read_only);
  line_reader reader(file);
  std::optional<reply> got;
  start(reader, got);
  context.poll();
  file.close();
  run();
  BOOST_TEST(got.value_or(reply()) == failure(aborted));
}

BOOST_AUTO_TEST_CASE(a_directory_is_no_file) {
  random_access_file file(context, directory.root(), file_base::read_only);
  line_reader reader(file);
  BOOST_TEST(next(reader) == failure(posix_error(EISDIR)));
}

BOOST_AUTO_TEST_CASE(options_out_of_their_range_are_refused) {
  write_file(path, "x");
  random_access_file file(context, path, file_base::read_only);
  const auto refuses = [&](auto change) {
    line_reader_options options;
    change(options);
    try {
      const line_reader reader(file, options);
      return false;
    } catch (const boost::system::system_error& error) {
      return error.code() == posix_error(EINVAL);
    }
  };
  BOOST_TEST(refuses([](auto& options) { options.delimiter.clear(); }));
  BOOST_TEST(refuses([](auto& options) { options.max_line_bytes = 0; }));
  BOOST_TEST(refuses([](auto& options) { options.buffer_bytes = 0; }));
  BOOST_TEST(refuses([](auto& options) { options.buffer_bytes = (1 << 30) + 1; }));
  BOOST_TEST(refuses([](auto& options) { options.read_ahead = 65; }));
}

BOOST_AUTO_TEST_CASE(a_context_that_ends_drops_the_call_and_the_reader_survives_it) {
  auto held = std::make_shared<int>(0);
  const test_support::fifo fifo(directory.path("fifo"));
  auto mortal = std::make_unique<asio::io_context>();
  random_access_file file(*mortal, fifo.path(), file_base::read_only);
  line_reader reader(file);
  const auto start_one = [&] {
    reader.async_next([held](error_code, std::optional<std::string_view>) {
      BOOST_ERROR("a handler ran after its context");
    });
  };
  start_one();
  mortal->poll();
  BOOST_TEST(held.use_count() > 1);
  mortal.reset();
  BOOST_TEST(held.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(readers_on_several_threads_do_not_disturb_each_other) {
  std::string text;
  for (int i = 0; i != 20'000; ++i) text += std::to_string(i) + '\n';
  write_file(path, text);
  asio::thread_pool pool(4);
  random_access_file file(pool, path, file_base::read_only);
  line_reader_options options;
  options.buffer_bytes = 1000;
  options.read_ahead = 3;
  std::vector<line_reader> readers;
  std::vector<lines> found(4);
  for (int i = 0; i != 4; ++i) readers.emplace_back(file, options);
  for (std::size_t i = 0; i != 4; ++i)
    asio::co_spawn(pool, collect_with_try(readers[i], found[i]), asio::detached);
  pool.join();
  const lines expected = lines_by_getline(path);
  for (const lines& each : found) BOOST_TEST((each == expected));
}

BOOST_AUTO_TEST_SUITE_END()
