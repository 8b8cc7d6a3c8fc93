// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Following a name: the lines of the file that has it, and of those that have it later.

#include "child_process.hpp"
#include "linux_only.hpp"
#include "open_descriptors.hpp"
#include "run_operation.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/tail_reader.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace fs = std::filesystem;
using asiofile::tail_checkpoint;
using asiofile::tail_reader;
using asiofile::tail_reader_options;
using test_support::error_code;
using test_support::posix_error;
using namespace std::chrono_literals;

namespace {

const error_code success;
const error_code aborted = asio::error::operation_aborted;

struct reply {
  error_code error;
  std::optional<std::string> line;

  bool operator==(const reply&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const reply& it) {
    return out << it.error << " \"" << it.line.value_or("(nothing)") << '"';
  }
};

reply line(std::string_view text) { return {success, std::string(text)}; }
reply failure(error_code ec) { return {ec, std::nullopt}; }

using lines = std::vector<std::string>;

void append_to(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::app | std::ios::binary) << text;
}
void replace(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::trunc | std::ios::binary) << text;
}

// As `logrotate` with `create`, `copytruncate`.
void shift(const std::string& path, int kept) {
  for (int i = kept; i > 1; --i) {
    const std::string from = path + '.' + std::to_string(i - 1);
    if (fs::exists(from)) fs::rename(from, path + '.' + std::to_string(i));
  }
}
void rotate(const std::string& path, int kept = 9) {
  shift(path, kept);
  fs::rename(path, path + ".1");
}
void copy_and_truncate(const std::string& path, int kept = 9) {
  shift(path, kept);
  fs::copy_file(path, path + ".1");
  fs::resize_file(path, 0);
}

struct fixture {
  test_support::temporary_directory directory;
  const std::string path = directory.path("app.log");
  asio::io_context context;
  test_support::watchdog limit{60s};
  // A short interval, for what is only found by polling.
  tail_reader_options options{.poll_interval = 20ms};

  void start(tail_reader& reader, std::optional<reply>& into) {
    reader.async_next([&into](error_code ec, std::optional<std::string_view> found) {
      BOOST_TEST(!into.has_value(), "a handler ran twice");
      into.emplace(reply{ec, found ? std::optional(std::string(*found)) : std::nullopt});
    });
    BOOST_TEST(!into.has_value(), "a handler ran inside the initiating function");
  }

  void run() {
    context.restart();
    context.run();
  }

  reply next(tail_reader& reader) {
    std::optional<reply> got;
    start(reader, got);
    run();
    BOOST_REQUIRE_MESSAGE(got.has_value(), "run() returned before the handler ran");
    return *got;
  }

  // Runs it until it waits for something that has yet to be done.
  void let_wait(std::optional<reply>& got, std::chrono::milliseconds how_long = 50ms) {
    context.restart();
    context.run_for(how_long);
    BOOST_TEST(!got.has_value());
  }

  reply finish(std::optional<reply>& got) {
    run();
    BOOST_REQUIRE(got.has_value());
    return *std::exchange(got, std::nullopt);
  }

  lines take(tail_reader& reader, std::size_t count) {
    lines found;
    while (found.size() != count) {
      const reply one = next(reader);
      BOOST_REQUIRE_MESSAGE(one.line.has_value(), one);
      found.push_back(*one.line);
    }
    return found;
  }

  // Checks that a call finds nothing.
  void check_nothing(tail_reader& reader, std::chrono::milliseconds how_long = 60ms) {
    std::optional<reply> got;
    start(reader, got);
    let_wait(got, how_long);
    reader.cancel();
    BOOST_TEST(finish(got) == failure(aborted));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tail_readers, fixture)

// ---- growth

BOOST_AUTO_TEST_CASE(lines_are_delivered_as_they_are_completed) {
  replace(path, "one\ntwo\nth");
  tail_reader reader(context, path);
  BOOST_TEST(take(reader, 2) == (lines{"one", "two"}), boost::test_tools::per_element());
  std::optional<reply> got;
  start(reader, got);
  let_wait(got);
  for (const char c : std::string("ree and mor")) {
    append_to(path, std::string(1, c));
    let_wait(got, 2ms);
  }
  append_to(path, "e\n\n");
  BOOST_TEST(finish(got) == line("three and more"));
  BOOST_TEST(next(reader) == line(""));
  BOOST_TEST(reader.checkpoint().offset == fs::file_size(path));
}

BOOST_AUTO_TEST_CASE(a_call_that_waits_is_woken_by_a_change) {
  if (!test_support::has_linux("inotify(7)")) return;
  replace(path, "");
  // Not by polling.
  options.poll_interval = 1h;
  tail_reader reader(context, path, options);
  std::optional<reply> got;
  start(reader, got);
  let_wait(got);
  append_to(path, "one\n");
  BOOST_TEST(finish(got) == line("one"));
  start(reader, got);
  let_wait(got);
  rotate(path);
  replace(path, "two\n");
  BOOST_TEST(finish(got) == line("two"));
  start(reader, got);
  let_wait(got);
  fs::resize_file(path, 0);
  let_wait(got);
  append_to(path, "three\n");
  BOOST_TEST(finish(got) == line("three"));
}

BOOST_AUTO_TEST_CASE(without_notification_it_looks_now_and_then) {
  replace(path, "");
  options.use_notification = false;
  tail_reader reader(context, path, options);
  std::optional<reply> got;
  start(reader, got);
  let_wait(got);
  append_to(path, "one\n");
  BOOST_TEST(finish(got) == line("one"));
  start(reader, got);
  let_wait(got);
  rotate(path);
  replace(path, "two\n");
  BOOST_TEST(finish(got) == line("two"));
}

BOOST_AUTO_TEST_CASE(lines_in_memory_need_no_call) {
  replace(path, "one\ntwo\nthree");
  tail_reader reader(context, path);
  BOOST_TEST(!reader.try_next().has_value());
  BOOST_TEST(next(reader) == line("one"));
  const auto second = reader.try_next();
  BOOST_TEST((second == "two"));
  BOOST_TEST(reader.checkpoint().offset == 8U);
  BOOST_TEST(!reader.try_next().has_value());
}

BOOST_AUTO_TEST_CASE(it_may_begin_at_the_end) {
  replace(path, "old\n");
  options.start = tail_reader_options::place::end;
  tail_reader reader(context, path, options);
  std::optional<reply> got;
  start(reader, got);
  let_wait(got);
  append_to(path, "new\n");
  BOOST_TEST(finish(got) == line("new"));
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_is_reported_and_passed) {
  options.max_line_bytes = 10;
  options.buffer_bytes = 7;
  replace(path, "one\n" + std::string(50, 'x') + "\ntwo\n");
  tail_reader reader(context, path, options);
  BOOST_TEST(next(reader) == line("one"));
  BOOST_TEST(next(reader) == failure(posix_error(EMSGSIZE)));
  BOOST_TEST(reader.too_long_line_bytes() == 50U);
  BOOST_TEST(reader.checkpoint().offset == 55U);
  BOOST_TEST(next(reader) == line("two"));
  // The last one of a file, without an end.
  append_to(path, std::string(30, 'y'));
  rotate(path);
  replace(path, "three\n");
  BOOST_TEST(next(reader) == failure(posix_error(EMSGSIZE)));
  BOOST_TEST(reader.too_long_line_bytes() == 30U);
  BOOST_TEST(next(reader) == line("three"));
}

// ---- rotation

BOOST_AUTO_TEST_CASE(a_renamed_file_is_read_to_its_end) {
  replace(path, "one\n");
  tail_reader reader(context, path, options);
  BOOST_TEST(next(reader) == line("one"));
  append_to(path, "two\n");
  rotate(path);
  append_to(path + ".1", "three\nfour");
  replace(path, "five\n");
  BOOST_TEST(take(reader, 4) == (lines{"two", "three", "four", "five"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_unfinished_line_is_never_joined_with_the_next_file) {
  replace(path, "one\nhalf");
  tail_reader reader(context, path, options);
  BOOST_TEST(next(reader) == line("one"));
  std::optional<reply> got;
  start(reader, got);
  let_wait(got);
  rotate(path);
  replace(path, "other\n");
  BOOST_TEST(finish(got) == line("half"));
  BOOST_TEST(next(reader) == line("other"));
  BOOST_TEST(reader.checkpoint().offset == 6U);
}

BOOST_AUTO_TEST_CASE(a_renamed_file_is_followed_until_the_new_one_has_data) {
  replace(path, "one\n");
  tail_reader reader(context, path, options);
  BOOST_TEST(next(reader) == line("one"));
  rotate(path);
  replace(path, "");
  std::optional<reply> got;
  start(reader, got);
  let_wait(got);
  append_to(path + ".1", "two\n");
  BOOST_TEST(finish(got) == line("two"));
  // An unfinished line is waited for, but not forever.
  append_to(path + ".1", "half");
  BOOST_TEST(next(reader) == line("half"));
  append_to(path + ".1", "rest\n");
  BOOST_TEST(next(reader) == line("rest"));
  append_to(path, "three\n");
  BOOST_TEST(next(reader) == line("three"));
}

BOOST_AUTO_TEST_CASE(files_that_have_come_and_gone_are_read_in_their_order) {
  replace(path, "a1\n");
  tail_reader reader(context, path, options);
  BOOST_TEST(next(reader) == line("a1"));
  append_to(path, "a2\na3");
  for (const char* each : {"b1\nb2\n", "", "c1\n", "d1\nd2"}) {
    rotate(path);
    replace(path, each);
  }
  BOOST_TEST(take(reader, 6) == (lines{"a2", "a3", "b1", "b2", "c1", "d1"}),
             boost::test_tools::per_element());
  check_nothing(reader);
}

BOOST_AUTO_TEST_CASE(dates_are_an_order_too) {
  replace(path, "a1\n");
  tail_reader reader(context, path, options);
  BOOST_TEST(next(reader) == line("a1"));
  replace(directory.path("app.log-20251231"), "old\n");
  fs::rename(path, directory.path("app.log-20261127"));
  replace(directory.path("app.log-20261128"), "b1\n");
  replace(directory.path("app.log-20261129.gz"), "compressed\n");
  replace(directory.path("app.log.other"), "other\n");
  replace(path, "c1\n");
  BOOST_TEST(take(reader, 2) == (lines{"b1", "c1"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_removed_file_is_read_to_its_end) {
  replace(path, "one\n");
  tail_reader reader(context, path, options);
  BOOST_TEST(next(reader) == line("one"));
  append_to(path, "two\nthree");
  fs::remove(path);
  BOOST_TEST(take(reader, 2) == (lines{"two", "three"}), boost::test_tools::per_element());
  // It may have the same inode if nobody held the first one open.
  replace(path, "four\n");
  BOOST_TEST(next(reader) == line("four"));
}

BOOST_AUTO_TEST_CASE(a_name_that_comes_back_is_the_same_file) {
  replace(path, "one\n");
  tail_reader reader(context, path, options);
  BOOST_TEST(next(reader) == line("one"));
  fs::rename(path, directory.path("elsewhere"));
  check_nothing(reader);
  fs::rename(directory.path("elsewhere"), path);
  check_nothing(reader);
  append_to(path, "two\n");
  BOOST_TEST(next(reader) == line("two"));
}

// ---- truncation

BOOST_AUTO_TEST_CASE(a_truncated_file_is_read_from_its_beginning) {
  replace(path, "one\ntwo\nhalf");
  tail_reader reader(context, path, options);
  BOOST_TEST(take(reader, 2) == (lines{"one", "two"}), boost::test_tools::per_element());
  check_nothing(reader);
  replace(path, "new\n");
  BOOST_TEST(take(reader, 2) == (lines{"half", "new"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(one_that_is_as_long_again_or_longer_is_told_by_what_it_holds) {
  replace(path, "one\ntwo\n");
  tail_reader reader(context, path, options);
  BOOST_TEST(take(reader, 2) == (lines{"one", "two"}), boost::test_tools::per_element());
  check_nothing(reader);
  replace(path, "ONE\nTWO\n");
  BOOST_TEST(take(reader, 2) == (lines{"ONE", "TWO"}), boost::test_tools::per_element());
  check_nothing(reader);
  replace(path, "first\nsecond\nthird\n");
  BOOST_TEST(take(reader, 3) == (lines{"first", "second", "third"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_was_copied_before_it_was_truncated_is_read_from_the_copy) {
  replace(path, "one\n");
  tail_reader reader(context, path, options);
  BOOST_TEST(next(reader) == line("one"));
  check_nothing(reader);
  append_to(path, "two\nthree\nha");
  copy_and_truncate(path);
  append_to(path, "lf\nfour\n");
  BOOST_TEST(take(reader, 5) == (lines{"two", "three", "ha", "lf", "four"}),
             boost::test_tools::per_element());
  append_to(path, "five\n");
  copy_and_truncate(path);
  append_to(path, "six\n");
  BOOST_TEST(take(reader, 2) == (lines{"five", "six"}), boost::test_tools::per_element());
  check_nothing(reader);
}

// ---- names

BOOST_AUTO_TEST_CASE(neither_file_nor_directory_need_exist) {
  const std::string there = directory.path("made/later/app.log");
  tail_reader reader(context, there, options);
  std::optional<reply> got;
  start(reader, got);
  let_wait(got);
  fs::create_directories(directory.path("made/later"));
  let_wait(got);
  replace(there, "one\n");
  BOOST_TEST(finish(got) == line("one"));
  // Another directory takes its place.
  fs::rename(directory.path("made"), directory.path("old"));
  fs::create_directories(directory.path("made/later"));
  replace(there, "two\n");
  BOOST_TEST(next(reader) == line("two"));
}

BOOST_AUTO_TEST_CASE(a_symbolic_link_may_lead_elsewhere) {
  if (!test_support::has_linux("inotify(7)")) return;
  fs::create_directories(directory.path("a"));
  fs::create_directories(directory.path("b"));
  replace(directory.path("a/log"), "one\n");
  replace(directory.path("b/log"), "two\n");
  fs::create_symlink("a/log", path);
  options.poll_interval = 1h;
  tail_reader reader(context, path, options);
  BOOST_TEST(next(reader) == line("one"));
  std::optional<reply> got;
  start(reader, got);
  let_wait(got);
  fs::create_symlink("b/log", directory.path("next"));
  fs::rename(directory.path("next"), path);
  BOOST_TEST(finish(got) == line("two"));
  start(reader, got);
  let_wait(got);
  append_to(directory.path("b/log"), "three\n");
  BOOST_TEST(finish(got) == line("three"));
}

BOOST_AUTO_TEST_CASE(what_is_no_regular_file_is_an_error_once) {
  fs::create_directory(path);
  tail_reader reader(context, path, options);
  BOOST_TEST(next(reader) == failure(posix_error(EISDIR)));
  check_nothing(reader);
  fs::remove(path);
  check_nothing(reader);
  replace(path, "one\n");
  BOOST_TEST(next(reader) == line("one"));
}

// ---- checkpoints

BOOST_AUTO_TEST_CASE(a_checkpoint_is_a_line_of_text) {
  const tail_checkpoint made{5, 7, -9, 1, ~std::uint64_t{0}};
  BOOST_TEST(made.to_string() == "v1 5 7 -9 1 18446744073709551615");
  BOOST_TEST((tail_checkpoint::parse(made.to_string() + "\n") == made));
  for (const char* wrong : {"", "v1", "v1 5 7 -9 1", "v2 5 7 -9 1 3", "v1 5 7 -9 1 3 4",
                            "v1 5 7 x 1 3", "v1 5 -7 9 1 3", "v1 5 7 9 1 99999999999999999999"})
    BOOST_TEST(!tail_checkpoint::parse(wrong).has_value(), wrong);
}

BOOST_AUTO_TEST_CASE(a_reader_goes_on_behind_any_line) {
  const lines all{"one", "",
                  "three is longer than sixty-four bytes, so that no head of it is whole, ah", "4"};
  std::string content;
  for (const std::string& each : all) content += each + '\n';
  replace(path, content);
  const auto check_rest = [&](const tail_checkpoint& from, std::size_t done) {
    options.checkpoint = from;
    tail_reader reader(context, path, options);
    const lines rest(all.begin() + static_cast<long>(done), all.end());
    BOOST_TEST(take(reader, rest.size()) == rest, boost::test_tools::per_element());
    check_nothing(reader, 5ms);
  };
  tail_reader reader(context, path);
  BOOST_TEST((reader.checkpoint() == tail_checkpoint()));
  check_rest(reader.checkpoint(), 0);
  for (std::size_t done = 1; done <= all.size(); ++done) {
    BOOST_TEST(next(reader) == line(all[done - 1]));
    const auto saved = tail_checkpoint::parse(reader.checkpoint().to_string());
    BOOST_REQUIRE(saved.has_value());
    check_rest(*saved, done);
  }
}

BOOST_AUTO_TEST_CASE(it_finds_the_file_under_its_new_name_and_those_after_it) {
  replace(path, "one\ntwo\nthree");
  {
    tail_reader reader(context, path);
    BOOST_TEST(next(reader) == line("one"));
    options.checkpoint = reader.checkpoint();
  }
  rotate(path);
  replace(path, "four\n");
  rotate(path);
  replace(path, "five\n");
  tail_reader reader(context, path, options);
  BOOST_TEST(take(reader, 4) == (lines{"two", "three", "four", "five"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_file_that_is_gone_is_not_taken_for_another) {
  replace(path, "one\n");
  {
    tail_reader reader(context, path);
    BOOST_TEST(next(reader) == line("one"));
    options.checkpoint = reader.checkpoint();
  }
  // Usually with the same inode.
  fs::remove(path);
  replace(path, "new\nlines\n");
  tail_reader reader(context, path, options);
  BOOST_TEST(take(reader, 2) == (lines{"new", "lines"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(one_that_was_truncated_meanwhile_goes_on_in_the_copy) {
  replace(path, "one\ntwo\n");
  {
    tail_reader reader(context, path);
    BOOST_TEST(next(reader) == line("one"));
    options.checkpoint = reader.checkpoint();
  }
  append_to(path, "three");
  copy_and_truncate(path);
  append_to(path, "4\n");
  tail_reader reader(context, path, options);
  BOOST_TEST(take(reader, 2) == (lines{"two", "three"}), boost::test_tools::per_element());
  options.checkpoint = reader.checkpoint();
  BOOST_TEST(next(reader) == line("4"));
  // Between the two as well.
  tail_reader again(context, path, options);
  BOOST_TEST(next(again) == line("4"));
}

// ---- ends

BOOST_AUTO_TEST_CASE(a_call_that_is_cancelled_loses_nothing) {
  replace(path, "");
  tail_reader reader(context, path, options);
  asio::cancellation_signal signal;
  std::optional<error_code> got;
  reader.async_next(asio::bind_cancellation_slot(
      signal.slot(), [&](error_code ec, std::optional<std::string_view>) { got = ec; }));
  context.restart();
  context.run_for(30ms);
  BOOST_TEST(!got.has_value());
  append_to(path, "one\n");
  signal.emit(asio::cancellation_type::total);
  run();
  BOOST_TEST((got == aborted));
  BOOST_TEST(next(reader) == line("one"));
}

BOOST_AUTO_TEST_CASE(one_call_at_a_time) {
  replace(path, "");
  tail_reader reader(context, path, options);
  std::optional<reply> first, second;
  start(reader, first);
  let_wait(first);
  start(reader, second);
  let_wait(first);
  BOOST_TEST((second == failure(posix_error(EALREADY))));
  append_to(path, "one\n");
  BOOST_TEST(finish(first) == line("one"));
}

BOOST_AUTO_TEST_CASE(a_closed_reader_ends_calls) {
  replace(path, "one\ntwo\n");
  tail_reader reader(context, path, options);
  BOOST_TEST(next(reader) == line("one"));
  BOOST_TEST(reader.is_open());
  const tail_checkpoint before = reader.checkpoint();
  reader.close();
  BOOST_TEST(!reader.is_open());
  BOOST_TEST(!reader.try_next().has_value());
  BOOST_TEST(next(reader) == failure(posix_error(EBADF)));
  BOOST_TEST((reader.checkpoint() == before));
  tail_reader other(context, path, options);
  BOOST_TEST(take(other, 2) == (lines{"one", "two"}), boost::test_tools::per_element());
  std::optional<reply> got;
  start(other, got);
  let_wait(got);
  other.close();
  BOOST_TEST(finish(got) == failure(aborted));
}

BOOST_AUTO_TEST_CASE(a_reader_may_go_while_it_waits) {
  replace(path, "");
  std::optional<reply> got;
  {
    tail_reader reader(context, path, options);
    start(reader, got);
    let_wait(got);
  }
  BOOST_TEST(finish(got) == failure(aborted));
}

BOOST_AUTO_TEST_CASE(a_context_may_go_while_readers_wait) {
  replace(path, "");
  const auto before = test_support::open_descriptors();
  auto alive = std::make_shared<int>();
  {
    asio::io_context gone;
    // The handler owns the reader.
    auto reader = std::make_shared<tail_reader>(gone, path, options);
    reader->async_next([reader, alive](error_code, std::optional<std::string_view>) {});
    gone.run_for(30ms);
    auto second = std::make_shared<tail_reader>(gone, path, options);
    second->async_next([second, alive](error_code, std::optional<std::string_view>) {});
  }
  BOOST_TEST(alive.use_count() == 1);
  BOOST_TEST(test_support::open_descriptors() == before);
}

BOOST_AUTO_TEST_CASE(parent_and_child_both_go_on_after_a_fork) {
  if (!test_support::has_linux("inotify(7)")) return;
  if (!test_support::children_can_be_trusted()) return;
  replace(path, "one\n");
  options.poll_interval = 1h;
  tail_reader reader(context, path, options);
  BOOST_TEST(next(reader) == line("one"));
  std::optional<reply> got;
  start(reader, got);
  let_wait(got);
  context.notify_fork(asio::execution_context::fork_prepare);
  const pid_t child = ::fork();
  if (child == 0) {
    context.notify_fork(asio::execution_context::fork_child);
    run();
    bool is_right = got == failure(aborted);
    got.reset();
    start(reader, got);
    let_wait(got);
    append_to(path, "two\n");
    run();
    is_right = is_right && got == line("two");
    ::_exit(is_right ? 0 : 1);
  }
  context.notify_fork(asio::execution_context::fork_parent);
  BOOST_TEST(finish(got) == line("two"));
  int status = -1;
  ::waitpid(child, &status, 0);
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(options_are_checked) {
  const auto is_refused = [&](tail_reader_options wrong) {
    try {
      tail_reader reader(context, path, wrong);
    } catch (const boost::system::system_error& refused) {
      return refused.code() == asio::error::invalid_argument;
    }
    return false;
  };
  BOOST_TEST(is_refused({.delimiter = ""}));
  BOOST_TEST(is_refused({.max_line_bytes = 0}));
  BOOST_TEST(is_refused({.buffer_bytes = 0}));
  BOOST_TEST(is_refused({.poll_interval = 0ms}));
  BOOST_CHECK_THROW(tail_reader(context, std::string("a\0b", 3)), boost::system::system_error);
}

BOOST_AUTO_TEST_SUITE_END()
