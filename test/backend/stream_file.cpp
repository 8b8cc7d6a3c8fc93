// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Files with a position: the order of their operations, where each of them begins, clones.

#include "fifo.hpp"
#include "file_contents.hpp"
#include "limit_in_flight.hpp"
#include "on_destruction.hpp"
#include "open_descriptors.hpp"
#include "run_operation.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/buffered_stream.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::stream_file;
using test_support::error_code;
using test_support::posix_error;
using test_support::run_transfer;
using test_support::transfer;

namespace {

struct fixture {
  test_support::temporary_directory directory;
  test_support::watchdog limit{std::chrono::seconds(60)};
  std::string path = directory.path("file");
  asio::io_context context;

  stream_file open(const char* mode) {
    return stream_file(context, path, asiofile::parse_open_mode(mode));
  }
  void run() {
    context.restart();
    context.run();
  }
  transfer read(stream_file& file, void* into, std::size_t size) {
    return run_transfer(context, [&](auto handler) {
      file.async_read_some(asio::buffer(into, size), std::move(handler));
    });
  }
  transfer write(stream_file& file, std::string_view text) {
    return run_transfer(context, [&](auto handler) {
      file.async_write_some(asio::buffer(text), std::move(handler));
    });
  }
  std::string content() { return test_support::read_file(path); }
};

std::uint64_t position(stream_file& file) { return file.seek(0, file_base::seek_cur); }

// Starts a write whose result goes to `into`.
// `text` must outlive the write.
void start_write(stream_file& file, std::string_view text, transfer& into) {
  file.async_write_some(asio::buffer(text),
                        [&into](error_code ec, std::size_t n) { into = transfer(ec, n); });
}

void start_read(stream_file& file, void* to, std::size_t size, transfer& into) {
  file.async_read_some(asio::buffer(to, size),
                       [&into](error_code ec, std::size_t n) { into = transfer(ec, n); });
}

std::vector<std::string> numbered_parts(std::size_t count) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i != count; ++i)
    parts.push_back("part " + std::to_string(i) + std::string(i % 97, '.') + '\n');
  return parts;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& each : parts) all += each;
  return all;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(stream_files, fixture)

BOOST_AUTO_TEST_CASE(a_thousand_writes_started_at_once_land_in_order) {
  stream_file file = open("w");
  const std::vector<std::string> parts = numbered_parts(1000);
  std::vector<transfer> results(parts.size());
  for (std::size_t i = 0; i != parts.size(); ++i) start_write(file, parts[i], results[i]);
  run();
  for (std::size_t i = 0; i != parts.size(); ++i)
    BOOST_TEST(results[i] == transfer({}, parts[i].size()));
  BOOST_TEST(position(file) == joined(parts).size());
  BOOST_TEST((content() == joined(parts)));
}

BOOST_AUTO_TEST_CASE(with_places_for_two_operations_they_land_in_order_too) {
  test_support::limit_in_flight(context, 2);
  stream_file file = open("w");
  const std::vector<std::string> parts = numbered_parts(500);
  std::vector<transfer> results(parts.size());
  for (std::size_t i = 0; i != parts.size(); ++i) start_write(file, parts[i], results[i]);
  run();
  BOOST_TEST((content() == joined(parts)));
}

BOOST_AUTO_TEST_CASE(reads_started_at_once_follow_each_other) {
  test_support::make_pattern_file(path, 1, 10'000);
  stream_file file = open("r");
  std::array<std::string, 7> pieces;
  std::array<transfer, 7> results;
  for (std::size_t i = 0; i != pieces.size(); ++i) {
    pieces[i].resize(1500);
    start_read(file, pieces[i].data(), pieces[i].size(), results[i]);
  }
  run();
  std::string all;
  for (std::size_t i = 0; i != pieces.size(); ++i) all += pieces[i].substr(0, results[i].bytes);
  BOOST_TEST((all == test_support::pattern(1, 0, 10'000)));
  BOOST_TEST(results[6] == transfer({}, 1000));
}

BOOST_AUTO_TEST_CASE(a_read_after_a_write_goes_on_behind_it) {
  test_support::write_file(path, "0123456789");
  stream_file file = open("r+");
  transfer written, read_back;
  char next[3] = {};
  start_write(file, "abcd", written);
  start_read(file, next, sizeof next, read_back);
  run();
  BOOST_TEST(read_back == transfer({}, 3));
  BOOST_TEST(std::string(next, 3) == "456");
  BOOST_TEST(position(file) == 7);
}

BOOST_AUTO_TEST_CASE(reading_at_the_end_is_eof_and_leaves_the_position) {
  test_support::write_file(path, "abc");
  stream_file file = open("r");
  char bytes[8];
  BOOST_TEST(read(file, bytes, sizeof bytes) == transfer({}, 3));
  BOOST_TEST(read(file, bytes, sizeof bytes) == transfer(asio::error::eof, 0));
  BOOST_TEST(position(file) == 3);
  test_support::write_file(path, "abcdef");
  BOOST_TEST(read(file, bytes, sizeof bytes) == transfer({}, 3));
}

BOOST_AUTO_TEST_CASE(seek_goes_where_it_is_told) {
  test_support::make_pattern_file(path, 2, 5000);
  stream_file file = open("r");
  BOOST_TEST(file.seek(1000, file_base::seek_set) == 1000);
  BOOST_TEST(file.seek(-10, file_base::seek_cur) == 990);
  BOOST_TEST(file.seek(-100, file_base::seek_end) == 4900);
  BOOST_TEST(position(file) == 4900);
  std::string bytes(200, '\0');
  BOOST_TEST(read(file, bytes.data(), bytes.size()) == transfer({}, 100));
  BOOST_TEST(test_support::has_pattern({bytes.data(), 100}, 2, 4900));
  BOOST_TEST(file.seek(10, file_base::seek_end) == 5010);
  BOOST_TEST(read(file, bytes.data(), bytes.size()) == transfer(asio::error::eof, 0));
}

BOOST_AUTO_TEST_CASE(a_seek_that_leads_nowhere_is_refused_and_moves_nothing) {
  test_support::write_file(path, "abc");
  stream_file file = open("r");
  file.seek(2, file_base::seek_set);
  error_code ec;
  BOOST_TEST(file.seek(-1, file_base::seek_set, ec) == 0);
  BOOST_TEST(ec == posix_error(EINVAL));
  file.seek(-3, file_base::seek_cur, ec);
  BOOST_TEST(ec == posix_error(EINVAL));
  file.seek(std::numeric_limits<std::int64_t>::min(), file_base::seek_end, ec);
  BOOST_TEST(ec == posix_error(EINVAL));
  file.seek(std::numeric_limits<std::int64_t>::max(), file_base::seek_end, ec);
  BOOST_TEST(ec == posix_error(EOVERFLOW));
  file.seek(0, static_cast<file_base::seek_basis>(3), ec);
  BOOST_TEST(ec == posix_error(EINVAL));
  BOOST_TEST(position(file) == 2);
  file.close();
  file.seek(0, file_base::seek_cur, ec);
  BOOST_TEST(ec == posix_error(EBADF));
}

BOOST_AUTO_TEST_CASE(a_seek_waits_for_what_was_started_before) {
  stream_file file = open("w+");
  const std::vector<std::string> parts = numbered_parts(50);
  std::vector<transfer> results(parts.size());
  for (std::size_t i = 0; i != parts.size(); ++i) start_write(file, parts[i], results[i]);
  BOOST_TEST(position(file) == joined(parts).size());
  BOOST_TEST(results[49].bytes == 0, "a handler ran inside seek");
  run();
  BOOST_TEST(results[49].bytes == parts[49].size());
}

BOOST_AUTO_TEST_CASE(a_synchronous_function_waits_for_what_was_started_before) {
  stream_file file = open("w+");
  transfer first, second;
  start_write(file, "one ", first);
  start_write(file, "two ", second);
  BOOST_TEST(file.write_some(asio::buffer("three", 5)) == 5);
  run();
  BOOST_TEST(content() == "one two three");
  file.seek(4, file_base::seek_set);
  char bytes[3];
  BOOST_TEST(file.read_some(asio::buffer(bytes)) == 3);
  BOOST_TEST(std::string(bytes, 3) == "two");
  BOOST_TEST(position(file) == 7);
}

BOOST_AUTO_TEST_CASE(a_synchronous_function_is_not_overtaken) {
  stream_file file = open("w+");
  constexpr std::size_t count = 2000;
  std::atomic<std::size_t> started = 0;
  // Two writes are in flight at any time, one waiting for the other.
  std::function<void(error_code, std::size_t)> write_next = [&](error_code, std::size_t) {
    if (started++ >= count) return;
    file.async_write_some(asio::buffer("a", 1),
                          [&](error_code ec, std::size_t n) { write_next(ec, n); });
  };
  write_next({}, 0);
  write_next({}, 0);
  std::thread other([&] { context.run(); });
  while (started < 10) std::this_thread::yield();
  BOOST_TEST(file.write_some(asio::buffer("S", 1)) == 1);
  const std::size_t when = started;
  other.join();
  BOOST_TEST(content().find('S') <= when);
}

BOOST_AUTO_TEST_CASE(a_descriptor_that_is_closed_stays_until_a_synchronous_read_is_over) {
  test_support::fifo fifo(directory.path("fifo"));
  stream_file file(context, fifo.path(), file_base::read_only);
  const int fd = file.native_handle();
  std::atomic<bool> has_begun = false;
  transfer result;
  std::thread reader([&] {
    char byte = 0;
    error_code ec;
    has_begun = true;
    const std::size_t n = file.read_some(asio::buffer(&byte, 1), ec);
    result = transfer(ec, n);
  });
  while (!has_begun) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  file.close();
  BOOST_TEST(test_support::is_open_descriptor(fd));
  BOOST_TEST(fifo.feed(1));
  reader.join();
  BOOST_TEST(result == transfer({}, 1));
  BOOST_TEST(!test_support::is_open_descriptor(fd));
}

BOOST_AUTO_TEST_CASE(what_is_released_beside_a_clone_is_a_duplicate) {
  test_support::write_file(path, "0123456789");
  stream_file file = open("r");
  stream_file clone = file.clone();
  const int own = file.release();
  BOOST_TEST(own != clone.native_handle());
  ::close(own);
  char byte;
  BOOST_TEST(read(clone, &byte, 1) == transfer({}, 1));
}

BOOST_AUTO_TEST_CASE(an_appending_write_goes_to_the_end_whatever_the_position) {
  test_support::write_file(path, "start ");
  stream_file file = open("a+");
  BOOST_TEST(position(file) == 0);
  BOOST_TEST(write(file, "one ") == transfer({}, 4));
  BOOST_TEST(position(file) == 10);
  file.seek(0, file_base::seek_set);
  char bytes[5];
  BOOST_TEST(read(file, bytes, sizeof bytes) == transfer({}, 5));
  BOOST_TEST(write(file, "two ") == transfer({}, 4));
  BOOST_TEST(content() == "start one two ");
  BOOST_TEST(position(file) == 14);
  BOOST_TEST(read(file, bytes, sizeof bytes) == transfer(asio::error::eof, 0));
  BOOST_TEST(file.read_some(asio::buffer(bytes, 0)) == 0);
}

BOOST_AUTO_TEST_CASE(what_another_appends_is_read_after_an_appending_write) {
  stream_file file = open("a+");
  BOOST_TEST(write(file, "mine ") == transfer({}, 5));
  char bytes[8];
  transfer result;
  start_read(file, bytes, sizeof bytes, result);
  run();
  BOOST_TEST(result == transfer(asio::error::eof, 0));
  BOOST_TEST(position(file) == 5);
}

BOOST_AUTO_TEST_CASE(clones_have_positions_of_their_own) {
  test_support::write_file(path, "0123456789");
  stream_file file = open("r");
  char bytes[4];
  BOOST_TEST(read(file, bytes, 3) == transfer({}, 3));
  stream_file clone = file.clone();
  BOOST_TEST(clone.native_handle() == file.native_handle());
  BOOST_TEST(position(clone) == 3);
  BOOST_TEST(read(clone, bytes, 4) == transfer({}, 4));
  BOOST_TEST(position(clone) == 7);
  BOOST_TEST(position(file) == 3);
}

BOOST_AUTO_TEST_CASE(the_last_clone_closes_the_descriptor) {
  test_support::write_file(path, "0123456789");
  stream_file file = open("r");
  const int fd = file.native_handle();
  stream_file first = file.clone();
  stream_file second = first.clone();
  file.close();
  BOOST_TEST(!file.is_open());
  BOOST_TEST(test_support::is_open_descriptor(fd));
  error_code ec = posix_error(EIO);
  first.async_close([&](error_code result) { ec = result; });
  run();
  BOOST_TEST(!ec);
  char byte;
  BOOST_TEST(read(second, &byte, 1) == transfer({}, 1));
  second.close();
  BOOST_TEST(!test_support::is_open_descriptor(fd));
  stream_file of_closed = second.clone();
  BOOST_TEST(!of_closed.is_open());
}

BOOST_AUTO_TEST_CASE(random_access_files_have_clones_too) {
  test_support::write_file(path, "0123456789");
  asiofile::random_access_file file(context, path, file_base::read_only);
  asiofile::random_access_file clone = file.clone();
  file.close();
  char bytes[2];
  BOOST_TEST(clone.read_some_at(4, asio::buffer(bytes)) == 2);
  BOOST_TEST(std::string(bytes, 2) == "45");
}

BOOST_AUTO_TEST_CASE(a_descriptor_brings_its_position_and_takes_it_away) {
  test_support::write_file(path, "0123456789");
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  ::lseek(fd, 4, SEEK_SET);
  stream_file file(context, fd);
  char bytes[2];
  BOOST_TEST(read(file, bytes, 2) == transfer({}, 2));
  BOOST_TEST(std::string(bytes, 2) == "45");
  BOOST_TEST(file.release() == fd);
  BOOST_TEST(::lseek(fd, 0, SEEK_CUR) == 6);
  ::close(fd);
}

BOOST_AUTO_TEST_CASE(those_behind_a_cancelled_one_go_on) {
  test_support::limit_in_flight(context, 1);
  stream_file file = open("w");
  transfer first, second, third;
  asio::cancellation_signal signal;
  start_write(file, "one ", first);
  const std::string cancelled = "two ";
  file.async_write_some(
      asio::buffer(cancelled),
      asio::bind_cancellation_slot(signal.slot(), [&](error_code ec, std::size_t n) {
        second = transfer(ec, n);
      }));
  start_write(file, "three", third);
  signal.emit(asio::cancellation_type::terminal);
  run();
  BOOST_TEST(second == transfer(asio::error::operation_aborted, 0));
  BOOST_TEST(first == transfer({}, 4));
  BOOST_TEST(third == transfer({}, 5));
  BOOST_TEST(content() == "one three");
}

BOOST_AUTO_TEST_CASE(closing_ends_those_that_wait_for_their_turn) {
  test_support::fifo fifo(directory.path("fifo"));
  stream_file file(context, fifo.path(), file_base::read_only);
  char bytes[3];
  transfer results[3];
  for (std::size_t i = 0; i != 3; ++i) start_read(file, &bytes[i], 1, results[i]);
  context.poll();
  error_code closed = posix_error(EIO);
  file.async_close([&](error_code ec) { closed = ec; });
  run();
  for (const transfer& each : results)
    BOOST_TEST(each == transfer(asio::error::operation_aborted, 0));
  BOOST_TEST(!closed);
}

BOOST_AUTO_TEST_CASE(the_synchronous_close_ends_them_too) {
  test_support::fifo fifo(directory.path("fifo"));
  stream_file file(context, fifo.path(), file_base::read_only);
  char bytes[2];
  transfer results[2];
  for (std::size_t i = 0; i != 2; ++i) start_read(file, &bytes[i], 1, results[i]);
  file.close();
  run();
  for (const transfer& each : results)
    BOOST_TEST(each == transfer(asio::error::operation_aborted, 0));
}

BOOST_AUTO_TEST_CASE(destroying_the_context_destroys_the_handlers_of_those_that_wait) {
  int destroyed = 0;
  {
    auto own = std::make_unique<asio::io_context>();
    test_support::fifo fifo(directory.path("fifo"));
    stream_file file(*own, fifo.path(), file_base::read_only);
    char bytes[5];
    for (char& each : bytes) {
      auto guard = test_support::on_destruction([&] { ++destroyed; });
      file.async_read_some(asio::buffer(&each, 1),
                           [guard](error_code, std::size_t) { BOOST_ERROR("a handler ran"); });
    }
    own->poll();
    own.reset();
    BOOST_TEST(destroyed == 5);
    BOOST_TEST(!file.is_open());
  }
}

BOOST_AUTO_TEST_CASE(a_failure_still_to_be_reported_does_not_outlive_the_context) {
  int destroyed = 0;
  auto own = std::make_unique<asio::io_context>();
  stream_file file(*own);
  char byte;
  auto guard = test_support::on_destruction([&] { ++destroyed; });
  file.async_read_some(asio::buffer(&byte, 1),
                       [guard](error_code, std::size_t) { BOOST_ERROR("a handler ran"); });
  guard.reset();
  own.reset();
  BOOST_TEST(destroyed == 1);
}

BOOST_AUTO_TEST_CASE(writes_of_several_threads_do_not_mix) {
  stream_file file = open("w");
  constexpr std::size_t thread_count = 4, writes_each = 200, size = 64;
  std::array<std::string, thread_count> texts;
  for (std::size_t i = 0; i != thread_count; ++i)
    texts[i].assign(size - 1, static_cast<char>('a' + i)).push_back('\n');
  std::atomic<std::size_t> completed = 0;
  auto work = asio::make_work_guard(context);
  std::vector<std::thread> threads;
  for (const std::string& text : texts) {
    threads.emplace_back([&] {
      for (std::size_t i = 0; i != writes_each; ++i)
        file.async_write_some(asio::buffer(text), [&](error_code ec, std::size_t n) {
          if (!ec && n == size) ++completed;
        });
      context.run();
    });
  }
  while (completed != thread_count * writes_each)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  work.reset();
  for (std::thread& each : threads) each.join();
  const std::string all = content();
  BOOST_TEST(all.size() == thread_count * writes_each * size);
  std::array<std::size_t, thread_count> found{};
  for (std::size_t at = 0; at < all.size(); at += size) {
    for (std::size_t i = 0; i != thread_count; ++i) found[i] += all.substr(at, size) == texts[i];
  }
  for (const std::size_t each : found) BOOST_TEST(each == writes_each);
}

BOOST_AUTO_TEST_CASE(a_read_that_waits_holds_up_no_write) {
  int ends[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  stream_file one(context, ends[0]), other(context, ends[1]);
  char bytes[4] = {};
  transfer received, sent, answered;
  start_read(one, bytes, sizeof bytes, received);
  start_write(one, "ping", sent);
  char heard[4] = {};
  other.async_read_some(asio::buffer(heard), [&](error_code ec, std::size_t n) {
    answered = transfer(ec, n);
    other.write_some(asio::buffer("pong", 4));
  });
  run();
  BOOST_TEST(sent == transfer({}, 4));
  BOOST_TEST(answered == transfer({}, 4));
  BOOST_TEST(std::string(bytes, 4) == "pong");
  error_code ec;
  one.seek(0, file_base::seek_cur, ec);
  BOOST_TEST(ec == posix_error(ESPIPE));
}

BOOST_AUTO_TEST_CASE(the_composed_operations_of_asio_work_on_it) {
  stream_file file = open("w+");
  const std::string text = "first line\nsecond line\n" + std::string(300'000, 'x');
  BOOST_TEST(asio::write(file, asio::buffer(text)) == text.size());
  file.seek(0, file_base::seek_set);
  std::string line;
  const transfer found = run_transfer(context, [&](auto handler) {
    asio::async_read_until(file, asio::dynamic_buffer(line), '\n', std::move(handler));
  });
  BOOST_TEST(found == transfer({}, 11));
  BOOST_TEST(line.substr(0, found.bytes) == "first line\n");
  file.seek(0, file_base::seek_set);
  std::string back(text.size(), '\0');
  const transfer all = run_transfer(context, [&](auto handler) {
    asio::async_read(file, asio::buffer(back), std::move(handler));
  });
  BOOST_TEST(all == transfer({}, text.size()));
  BOOST_TEST((back == text));
  const transfer again = run_transfer(context, [&](auto handler) {
    asio::async_write(file, asio::buffer(text), std::move(handler));
  });
  BOOST_TEST(again == transfer({}, text.size()));
  BOOST_TEST(file.size() == 2 * text.size());
}

BOOST_AUTO_TEST_CASE(a_second_open_is_refused_and_a_second_close_does_nothing) {
  stream_file file(context);
  error_code first = posix_error(EIO), second;
  file.async_open(path, asiofile::parse_open_mode("w"), [&](error_code ec) { first = ec; });
  file.async_open(path, asiofile::parse_open_mode("w"), [&](error_code ec) { second = ec; });
  run();
  BOOST_TEST(!first);
  BOOST_TEST(second == asio::error::already_open);
  file.close();
  error_code ec;
  file.close(ec);
  BOOST_TEST(!ec);
}

BOOST_AUTO_TEST_CASE(a_temporary_file_is_gone_when_it_is_closed) {
  for (const std::string& where : {directory.root(), directory.path("named")}) {
    stream_file file(context);
    error_code opened = posix_error(EIO);
    file.async_open(where, file_base::read_write | file_base::temporary,
                    [&](error_code ec) { opened = ec; });
    run();
    BOOST_TEST(!opened);
    BOOST_TEST(write(file, "abc") == transfer({}, 3));
    BOOST_TEST(file.size() == 3);
    BOOST_TEST(file.status().permissions == 0600U);
    BOOST_TEST(std::filesystem::is_empty(directory.root()));
  }
  test_support::write_file(path, "precious");
  error_code ec;
  stream_file file(context);
  file.open(path, file_base::read_write | file_base::temporary, ec);
  BOOST_TEST(ec == posix_error(EEXIST));
  BOOST_TEST(content() == "precious");
  file.open(directory.root(), file_base::read_only | file_base::temporary, ec);
  BOOST_TEST(ec == posix_error(EINVAL));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_synchronised_on_close_closes_both_ways) {
  for (const bool is_clone : {false, true}) {
    stream_file file(context, path,
                     asiofile::parse_open_mode("w") | file_base::sync_on_close);
    BOOST_TEST((::fcntl(file.native_handle(), F_GETFL) & O_ACCMODE) == O_WRONLY);
    stream_file second = is_clone ? file.clone() : stream_file(context);
    const int fd = file.native_handle();
    BOOST_TEST(write(file, "abc") == transfer({}, 3));
    error_code closed = posix_error(EIO);
    file.async_close([&](error_code ec) { closed = ec; });
    run();
    BOOST_TEST(!closed);
    BOOST_TEST(test_support::is_open_descriptor(fd) == is_clone);
    second.close();
    BOOST_TEST(!test_support::is_open_descriptor(fd));
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_synchronised_closes_all_the_same) {
  test_support::fifo fifo(directory.path("fifo"));
  const std::pair<std::string, file_base::flags> files[] = {
      {fifo.path(), file_base::write_only},
      {"/dev/null", file_base::write_only},
      {"/proc/self/status", file_base::read_only}};
  for (const auto& [name, flags] : files) {
    stream_file file(context, name, flags | file_base::sync_on_close);
    BOOST_CHECK_NO_THROW(file.close());
    file.open(name, flags | file_base::sync_on_close);
    error_code ec = posix_error(EIO);
    file.async_close([&](error_code result) { ec = result; });
    run();
    BOOST_TEST(!ec);
  }
}

BOOST_AUTO_TEST_CASE(a_borrowed_descriptor_is_left_at_the_position) {
  test_support::write_file(path, "0123456789");
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  for (const bool is_asynchronous : {false, true}) {
    ::lseek(fd, 0, SEEK_SET);
    stream_file file(context, fd, asiofile::borrowed);
    file.seek(3, file_base::seek_set);
    if (is_asynchronous)
      file.async_close([](error_code) {});
    else
      file.close();
    run();
    BOOST_TEST(::lseek(fd, 0, SEEK_CUR) == 3);
  }
  ::close(fd);
}

BOOST_AUTO_TEST_CASE(it_can_be_buffered) {
  asio::buffered_stream<stream_file> buffered(context);
  buffered.lowest_layer().open(path, asiofile::parse_open_mode("w+"));
  BOOST_TEST(asio::write(buffered, asio::buffer("hello world", 11)) == 11);
  buffered.flush();
  buffered.lowest_layer().seek(6, file_base::seek_set);
  std::string text(5, '\0');
  const transfer result = run_transfer(context, [&](auto handler) {
    asio::async_read(buffered, asio::buffer(text), std::move(handler));
  });
  BOOST_TEST(result == transfer({}, 5));
  BOOST_TEST(text == "world");
}

BOOST_AUTO_TEST_SUITE_END()
