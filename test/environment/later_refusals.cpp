// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A sandbox that is installed while the service is in use: operations that were started continue on
// the threads, each exactly once.

#include "available_backends.hpp"
#include "child_process.hpp"
#include "completion_counts.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "restrictions.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace asio = boost::asio;
using asiofile::backend;
using asiofile::file_base;
using asiofile::random_access_file;
using boost::system::error_code;
using test_support::child_process;
using test_support::child_require;
using namespace std::chrono_literals;

namespace {

constexpr std::array refusing_errors{ENOSYS, EPERM, EACCES};

// A service with the backend that the test asks for, without a substitute.
void make_service(asio::io_context& context, backend wanted) {
  asiofile::service_options options;
  options.backend = wanted;
  options.strict = true;
  asio::make_service<asiofile::file_service>(context, options);
}

bool works(backend which) {
  for (const auto& report : asiofile::probe()) {
    if (report.backend == which) return report.available;
  }
  return false;
}

// Why the test cannot run; empty if it can.
std::string impossible_because(backend which) {
  if (!works(which)) return std::string(asiofile::to_string(which)) + " does not work here";
  return test_support::no_seccomp_reason();
}

constexpr std::size_t records = 60;
constexpr std::size_t record_bytes = 16;

std::string record(std::size_t number) {
  std::string text = std::to_string(number);
  text.resize(record_bytes - 1, '.');
  return text + '\n';
}

// Appends some records before and some after `refuse`, and checks that each is there once.
void append_around(const std::string& path, const std::function<void()>& refuse) {
  asio::io_context context;
  make_service(context, backend::io_uring);
  random_access_file file(context);
  error_code ec;
  file.open(path, file_base::write_only | file_base::create | file_base::append, ec);
  child_require(!ec, "open: " + ec.message());
  test_support::completion_counts counts(records);
  std::string failure;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i != records; ++i) texts.push_back(record(i));
  const auto start = [&](std::size_t i) {
    file.async_write_some_at(0, asio::buffer(texts[i]), [&, i](error_code e, std::size_t n) {
      counts.record(i);
      if (e || n != record_bytes) failure = "record " + std::to_string(i) + ": " + e.message();
    });
  };
  // The first third completes before, the second one is waiting, the last is started after.
  for (std::size_t i = 0; i != records / 3; ++i) start(i);
  context.run();
  for (std::size_t i = records / 3; i != 2 * records / 3; ++i) start(i);
  refuse();
  for (std::size_t i = 2 * records / 3; i != records; ++i) start(i);
  context.restart();
  context.run();
  child_require(failure.empty(), failure);
  child_require(counts.each_once(), "not each handler ran once");
  file.close(ec);
  const std::string content = test_support::read_file(path);
  child_require(content.size() == records * record_bytes,
                std::to_string(content.size()) + " bytes were written");
  for (const std::string& each : texts)
    child_require(content.find(each) != std::string::npos, "lost: " + each);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(later_refusals)

BOOST_AUTO_TEST_CASE(appends_go_on_exactly_once_where_io_uring_enter_is_refused_later) {
  if (const auto why = impossible_because(backend::io_uring); !why.empty())
    return test_support::skip(why);
  for (const int error : refusing_errors) {
    const test_support::temporary_directory directory;
    child_process child([&] {
      append_around(directory.path("records"),
                    [&] { test_support::refuse_calls({SYS_io_uring_enter}, error); });
    });
    const auto ended = child.wait();
    BOOST_TEST(ended.succeeded(), error << ": " << ended);
  }
}

BOOST_AUTO_TEST_CASE(the_same_where_all_of_io_uring_is_refused_later) {
  if (const auto why = impossible_because(backend::io_uring); !why.empty())
    return test_support::skip(why);
  for (const int error : refusing_errors) {
    const test_support::temporary_directory directory;
    child_process child([&] {
      append_around(directory.path("records"), [&] {
        test_support::refuse_calls({SYS_io_uring_enter, SYS_io_uring_setup, SYS_io_uring_register},
                                   error);
      });
    });
    const auto ended = child.wait();
    BOOST_TEST(ended.succeeded(), error << ": " << ended);
  }
}

BOOST_AUTO_TEST_CASE(what_the_ring_has_completes_where_io_uring_enter_is_refused_later) {
  if (const auto why = impossible_because(backend::io_uring); !why.empty())
    return test_support::skip(why);
  child_process child([&] {
    const test_support::temporary_directory directory;
    test_support::fifo fifo(directory.path("fifo"));
    asio::io_context context;
    make_service(context, backend::io_uring);
    random_access_file file(context);
    error_code ec;
    file.open(directory.path("fifo"), file_base::read_only, ec);
    child_require(!ec, "open: " + ec.message());
    std::array<char, 8> memory{};
    std::size_t calls = 0;
    file.async_read_some_at(0, asio::buffer(memory), [&](error_code e, std::size_t n) {
      ++calls;
      child_require(!e && n == 3, "read: " + e.message());
    });
    // The ring has it now.
    for (int i = 0; i != 3; ++i) context.poll();
    test_support::refuse_calls({SYS_io_uring_enter}, EPERM);
    child_require(calls == 0, "it read nothing yet");
    child_require(fifo.feed(3), "feed");
    context.run_for(5s);
    child_require(calls == 1, std::to_string(calls) + " handlers ran");
  });
  const auto ended = child.wait();
  BOOST_TEST(ended.succeeded(), ended);
}

BOOST_AUTO_TEST_CASE(reads_and_syncs_go_on_where_io_submit_is_refused_later) {
  if (const auto why = impossible_because(backend::libaio); !why.empty())
    return test_support::skip(why);
  constexpr std::size_t block = 4096;
  constexpr std::size_t blocks = 30;
  const test_support::temporary_directory directory;
  const std::string path =
      test_support::make_pattern_file(directory.path("data"), 3, blocks * block);
  constexpr int cannot_be_direct = 100;
  for (const int error : refusing_errors) {
    child_process child([&]() -> int {
      asio::io_context context;
      make_service(context, backend::libaio);
      random_access_file file(context);
      error_code ec;
      file.open(path, file_base::read_write | file_base::direct, ec);
      if (ec.value() == EINVAL) return cannot_be_direct;
      child_require(!ec, "open: " + ec.message());
      struct alignas(block) memory_block {
        std::array<char, block> bytes;
      };
      std::vector<memory_block> memory(blocks);
      test_support::completion_counts counts(2 * blocks);
      std::string failure;
      const auto read = [&](std::size_t i) {
        file.async_read_some_at(
            i * block, asio::buffer(memory[i].bytes), [&, i](error_code e, std::size_t n) {
              counts.record(i);
              if (e || n != block) failure = "read " + std::to_string(i) + ": " + e.message();
            });
        file.async_sync_data([&, i](error_code e) {
          counts.record(blocks + i);
          if (e) failure = "sync: " + e.message();
        });
      };
      for (std::size_t i = 0; i != blocks / 3; ++i) read(i);
      context.run();
      for (std::size_t i = blocks / 3; i != 2 * blocks / 3; ++i) read(i);
      test_support::refuse_calls({SYS_io_submit}, error);
      for (std::size_t i = 2 * blocks / 3; i != blocks; ++i) read(i);
      context.restart();
      context.run();
      child_require(failure.empty(), failure);
      child_require(counts.each_once(), "not each handler ran once");
      for (std::size_t i = 0; i != blocks; ++i)
        child_require(test_support::has_pattern(memory[i].bytes, 3, i * block), "wrong bytes");
      return 0;
    });
    const auto ended = child.wait();
    if (ended.exit_code == cannot_be_direct)
      return test_support::skip("the file system refuses O_DIRECT");
    BOOST_TEST(ended.succeeded(), error << ": " << ended);
  }
}

BOOST_AUTO_TEST_SUITE_END()
