// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Buffered writing in the background: what is written to the file, in which order, and which calls
// report an error.

#include "fifo.hpp"
#include "file_contents.hpp"
#include "file_size_limit.hpp"
#include "run_operation.hpp"
#include "sanitizers.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>


#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::file_writer;
using asiofile::file_writer_options;
using asiofile::random_access_file;
using asiofile::stream_file;
using test_support::error_code;
using test_support::pattern;
using test_support::posix_error;
using test_support::read_file;
using test_support::transfer;
using test_support::write_file;

namespace {

const error_code success;
const error_code aborted = asio::error::operation_aborted;

constexpr auto new_file = file_base::write_only | file_base::create | file_base::truncate;

file_writer_options buffers_of(std::size_t bytes, std::size_t count = 4) {
  file_writer_options options;
  options.buffer_bytes = bytes;
  options.buffers = count;
  return options;
}

struct fixture {
  test_support::temporary_directory directory;
  const std::string path = directory.path("file");
  asio::io_context context;
  test_support::watchdog limit{std::chrono::seconds(60)};

  void start_write(file_writer& writer, std::string_view text, std::optional<transfer>& into) {
    writer.async_write(asio::buffer(text), [&into](error_code ec, std::size_t bytes) {
      BOOST_TEST(!into.has_value(), "a handler ran twice");
      into.emplace(ec, bytes);
    });
    BOOST_TEST(!into.has_value(), "a handler ran inside the initiating function");
  }

  void run() {
    context.restart();
    context.run();
  }

  transfer write(file_writer& writer, std::string_view text) {
    std::optional<transfer> got;
    start_write(writer, text, got);
    run();
    BOOST_REQUIRE_MESSAGE(got.has_value(), "run() returned before the handler ran");
    return *got;
  }

  error_code flush(file_writer& writer) {
    return test_support::run_status(context, [&](auto handler) { writer.async_flush(handler); });
  }

  error_code close(file_writer& writer) {
    return test_support::run_status(context, [&](auto handler) { writer.async_close(handler); });
  }
};

const transfer taken(std::size_t bytes) { return {success, bytes}; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(file_writers, fixture)

BOOST_AUTO_TEST_CASE(what_is_written_in_pieces_of_any_size_lands_in_order) {
  std::mt19937 random(3);
  for (const std::size_t buffer_bytes : {1, 10, 1000, 65'536}) {
    for (const std::size_t buffers : {1, 2, 5}) {
      const std::size_t size = std::min<std::size_t>(buffer_bytes * 100, 500'000);
      const std::string text = pattern(1, 0, size);
      random_access_file file(context, path, new_file);
      file_writer writer(file, buffers_of(buffer_bytes, buffers));
      for (std::size_t done = 0; done != size;) {
        const std::size_t count =
            std::min(size - done, std::uniform_int_distribution<std::size_t>(
                                      0, 3 * buffer_bytes * buffers)(random));
        BOOST_TEST(write(writer, std::string_view(text).substr(done, count)) == taken(count));
        done += count;
        if (count % 7 == 0) BOOST_TEST(flush(writer) == success);
      }
      BOOST_TEST(close(writer) == success);
      BOOST_TEST(!file.is_open());
      BOOST_TEST((read_file(path) == text), buffer_bytes << " bytes, " << buffers << " buffers");
    }
  }
}

BOOST_AUTO_TEST_CASE(small_writes_are_gathered) {
  random_access_file file(context, path, new_file);
  file_writer writer(file, buffers_of(4096));
  for (int i = 0; i != 100; ++i) BOOST_TEST(write(writer, "0123456789") == taken(10));
  const auto& service = asio::use_service<asiofile::file_service>(context);
  BOOST_TEST(service.statistics().started == 0U);
  BOOST_TEST(read_file(path).empty());
  BOOST_TEST(flush(writer) == success);
  BOOST_TEST(service.statistics().started == 1U);
  BOOST_TEST(read_file(path).size() == 1000U);
}

BOOST_AUTO_TEST_CASE(many_buffers_are_taken_in_one_call) {
  random_access_file file(context, path, new_file);
  file_writer writer(file, buffers_of(100));
  std::string text;
  std::vector<std::string> parts;
  for (int i = 0; i != 3000; ++i) text += parts.emplace_back(std::to_string(i) + ',');
  std::vector<asio::const_buffer> buffers;
  for (const std::string& each : parts) buffers.emplace_back(asio::buffer(each));
  const transfer got = test_support::run_transfer(
      context, [&](auto handler) { writer.async_write(buffers, handler); });
  BOOST_TEST(got == taken(text.size()));
  BOOST_TEST(close(writer) == success);
  BOOST_TEST((read_file(path) == text));
}

BOOST_AUTO_TEST_CASE(a_writer_begins_where_it_is_told) {
  write_file(path, "0123456789");
  stream_file file(context, path, file_base::read_write);
  file.seek(2, file_base::seek_set);
  file_writer at_position(file);
  BOOST_TEST(write(at_position, "AB") == taken(2));
  BOOST_TEST(flush(at_position) == success);
  file_writer_options options;
  options.offset = 7;
  file_writer at_offset(file, options);
  BOOST_TEST(write(at_offset, "CDEFG") == taken(5));
  BOOST_TEST(flush(at_offset) == success);
  BOOST_TEST(read_file(path) == "01AB456CDEFG");
  BOOST_TEST(file.seek(0, file_base::seek_cur) == 2U);
}

BOOST_AUTO_TEST_CASE(appended_data_is_in_order_too) {
  write_file(path, "before");
  random_access_file file(context, path, file_base::write_only | file_base::append);
  file_writer writer(file, buffers_of(10, 8));
  const std::string text = pattern(1, 0, 5000);
  BOOST_TEST(write(writer, text) == taken(5000));
  BOOST_TEST(close(writer) == success);
  BOOST_TEST((read_file(path) == "before" + text));
}

BOOST_AUTO_TEST_CASE(a_fifo_takes_it_as_fast_as_it_is_read) {
  test_support::fifo fifo(directory.path("fifo"));
  stream_file file(context, fifo.path(), file_base::write_only);
  file_writer writer(file, buffers_of(10'000, 3));
  const std::string text = pattern(1, 0, 300'000);
  std::optional<transfer> got;
  start_write(writer, text, got);
  std::string read;
  while (!got) {
    context.restart();
    context.run_for(std::chrono::milliseconds(1));
    read += fifo.drain();
  }
  BOOST_TEST(*got == taken(text.size()));
  std::optional<error_code> flushed;
  writer.async_flush([&](error_code ec) { flushed = ec; });
  while (!flushed) {
    context.restart();
    context.run_for(std::chrono::milliseconds(1));
    read += fifo.drain();
  }
  BOOST_TEST(*flushed == success);
  BOOST_TEST((read + fifo.drain() == text));
}

BOOST_AUTO_TEST_CASE(an_error_in_the_background_is_reported_by_every_later_call) {
  stream_file file(context, "/dev/full", file_base::write_only);
  file_writer writer(file, buffers_of(100));
  const error_code full = posix_error(ENOSPC);
  BOOST_TEST(write(writer, std::string(150, 'x')) == taken(150));
  BOOST_TEST(write(writer, "y") == transfer(full, 0));
  BOOST_TEST(flush(writer) == full);
  BOOST_TEST(flush(writer) == full);
  BOOST_TEST(close(writer) == full);
  BOOST_TEST(!file.is_open());
  BOOST_TEST(close(writer) == full);
}

BOOST_AUTO_TEST_CASE(an_error_that_nobody_has_heard_of_is_reported_by_closing) {
  stream_file file(context, "/dev/full", file_base::write_only);
  file_writer writer(file);
  BOOST_TEST(write(writer, "x") == taken(1));
  BOOST_TEST(close(writer) == posix_error(ENOSPC));
  BOOST_TEST(!file.is_open());
}

BOOST_AUTO_TEST_CASE(a_file_that_is_full_in_the_middle_holds_what_came_before) {
  random_access_file file(context, path, new_file);
  const test_support::file_size_limit limited(2500);
  file_writer writer(file, buffers_of(1000, 1));
  const std::string text = pattern(1, 0, 5000);
  const transfer got = write(writer, text);
  BOOST_TEST(got.error == posix_error(EFBIG));
  BOOST_TEST(got.bytes < 5000U);
  BOOST_TEST(close(writer) == posix_error(EFBIG));
  BOOST_TEST((read_file(path) == text.substr(0, 2500)));
}

BOOST_AUTO_TEST_CASE(data_that_a_closed_file_did_not_get_is_reported) {
  random_access_file file(context, path, new_file);
  file_writer writer(file);
  BOOST_TEST(write(writer, "lost") == taken(4));
  file.close();
  file.open(directory.path("other"), new_file);
  BOOST_TEST(flush(writer) == posix_error(EBADF));
  BOOST_TEST(close(writer) == posix_error(EBADF));
  BOOST_TEST(file.is_open());
  BOOST_TEST(read_file(directory.path("other")).empty());
  BOOST_TEST(read_file(path).empty());
}

BOOST_AUTO_TEST_CASE(after_closing_nothing_is_taken_and_closing_again_is_harmless) {
  random_access_file file(context, path, new_file | file_base::sync_on_close);
  file_writer writer(file);
  BOOST_TEST(write(writer, "text") == taken(4));
  BOOST_TEST(close(writer) == success);
  BOOST_TEST(write(writer, "more") == transfer(posix_error(EBADF), 0));
  BOOST_TEST(flush(writer) == posix_error(EBADF));
  BOOST_TEST(close(writer) == success);
  BOOST_TEST(read_file(path) == "text");
  random_access_file closed(context);
  file_writer none(closed);
  BOOST_TEST(write(none, "text") == transfer(posix_error(EBADF), 0));
}

BOOST_AUTO_TEST_CASE(a_second_call_at_a_time_is_refused_and_nothing_of_it_is_taken) {
  random_access_file file(context, path, new_file);
  file_writer writer(file, buffers_of(100, 2));
  std::optional<transfer> first, second;
  const std::string text(1000, 'x');
  start_write(writer, text, first);
  start_write(writer, "y", second);
  run();
  BOOST_TEST(first.value_or(transfer()) == taken(1000));
  BOOST_TEST(second.value_or(transfer()) == transfer(asio::error::already_started, 0));
  BOOST_TEST(close(writer) == success);
  BOOST_TEST((read_file(path) == text));
}

BOOST_AUTO_TEST_CASE(a_cancelled_write_says_how_much_it_gave_and_that_is_written) {
  test_support::fifo fifo(directory.path("fifo"));
  stream_file file(context, fifo.path(), file_base::write_only);
  file_writer writer(file, buffers_of(50'000, 2));
  const std::string text = pattern(1, 0, 1'000'000);
  asio::cancellation_signal signal;
  std::optional<transfer> got;
  writer.async_write(asio::buffer(text),
                     asio::bind_cancellation_slot(signal.slot(), [&](error_code ec, std::size_t n) {
                       got.emplace(ec, n);
                     }));
  context.run_for(std::chrono::milliseconds(50));
  BOOST_TEST(!got.has_value());
  signal.emit(asio::cancellation_type::partial);
  context.restart();
  while (!got) context.run_one();
  BOOST_TEST(got->error == aborted);
  BOOST_TEST(got->bytes >= 100'000U);
  BOOST_TEST(got->bytes < text.size());
  std::string read;
  while (read.size() < got->bytes) {
    context.restart();
    context.run_for(std::chrono::milliseconds(1));
    read += fifo.drain();
  }
  BOOST_TEST((read == text.substr(0, got->bytes)));
}

BOOST_AUTO_TEST_CASE(a_writer_that_is_destroyed_drops_what_is_in_no_full_buffer) {
  random_access_file file(context, path, new_file);
  {
    file_writer writer(file, buffers_of(100));
    BOOST_TEST(write(writer, std::string(350, 'x')) == taken(350));
  }
  run();
  BOOST_TEST(read_file(path).size() == 300U);
}

BOOST_AUTO_TEST_CASE(writer_file_and_context_may_be_destroyed_in_any_order) {
  const std::string text = pattern(1, 0, 1'000'000);
  for (int order = 0; order != 12; ++order) {
    auto mortal = std::make_unique<asio::io_context>();
    auto file = std::make_unique<random_access_file>(*mortal, path, new_file);
    auto writer = std::make_unique<file_writer>(*file, buffers_of(100'000));
    int replies = 0;
    writer->async_write(asio::buffer(text), [&](error_code, std::size_t) { ++replies; });
    if (order >= 6) mortal->poll_one();
    switch (order % 6) {
      case 0: writer.reset(), file.reset(), mortal->run(); break;
      case 1: file.reset(), writer.reset(), mortal->run(); break;
      case 2: mortal.reset(), file.reset(), writer.reset(); break;
      case 3: mortal.reset(), writer.reset(), file.reset(); break;
      case 4: writer.reset(), mortal.reset(), file.reset(); break;
      case 5: file.reset(), mortal.reset(), writer.reset(); break;
    }
    BOOST_TEST(replies <= 1);
    if (order % 6 < 2) BOOST_TEST(replies == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_direct_file_takes_whole_blocks) {
  random_access_file file(context);
  error_code ec;
  file.open(path, new_file | file_base::direct, ec);
  if (ec == posix_error(EINVAL)) return test_support::skip("the file system refuses O_DIRECT");
  const std::size_t block = file.alignment().offset_bytes;
  file_writer writer(file, buffers_of(4 * block));
  const std::string text = pattern(1, 0, 30 * block);
  BOOST_TEST(write(writer, text) == taken(text.size()));
  BOOST_TEST(close(writer) == success);
  BOOST_TEST((read_file(path) == text));
}

BOOST_AUTO_TEST_CASE(options_out_of_their_range_are_refused) {
  random_access_file file(context);
  for (const file_writer_options& bad :
       {buffers_of(0), buffers_of((1 << 30) + 1), buffers_of(1, 0), buffers_of(1, 1025)})
    BOOST_CHECK_EXCEPTION(file_writer(file, bad), boost::system::system_error,
                          [](const auto& error) { return error.code() == posix_error(EINVAL); });
}

BOOST_AUTO_TEST_SUITE_END()
