// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Which engine an operation is given to first: the table "Which engine runs what" of
// doc/backends.md, by the service's own counters.

#include "available_backends.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "run_operation.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace asio = boost::asio;
using asiofile::backend;
using asiofile::file_base;
using asiofile::random_access_file;
using test_support::error_code;

namespace {

enum class operation { read, write, sync_all, sync_data, size, resize, open, close };

constexpr const char* operation_names[] = {"read", "write",  "sync_all", "sync_data",
                                           "size", "resize", "open",     "close"};

// The engines that are given the operation first, with each backend selected.
struct choice {
  operation what;
  backend with_io_uring;
  backend with_libaio;
};

constexpr backend ring = backend::io_uring;
constexpr backend aio = backend::libaio;
constexpr backend threads = backend::threads;
// The ring, or workers where the file system (ext4, tmpfs) cannot tell whether a write would wait.
constexpr backend either = backend::automatic;

class chooser {
 public:
  chooser(backend selected, std::string path, file_base::flags flags)
      : service_(test_support::use_backend(context_, selected)),
        path_(std::move(path)),
        flags_(flags),
        file_(context_) {
    file_.open(path_, flags_);
  }

  // The engine that the service gave the operation to first.
  backend first_engine_for(operation what) {
    if (what == operation::open) file_.close();
    const auto before = service_.statistics();
    start(what);
    context_.restart();
    context_.run();
    const auto after = service_.statistics();
    for (const backend each : {backend::io_uring, backend::libaio, backend::threads}) {
      if (after.submitted_to(each) != before.submitted_to(each)) return each;
    }
    return backend::automatic;
  }

 private:
  void start(operation what) {
    const auto status = [](error_code) {};
    const auto counted = [](error_code, std::uint64_t) {};
    switch (what) {
      case operation::read:
        file_.async_read_some_at(0, asio::buffer(memory_, 4'096), counted);
        break;
      case operation::write:
        file_.async_write_some_at(0, asio::buffer(memory_, 4'096), counted);
        break;
      case operation::sync_all: file_.async_sync_all(status); break;
      case operation::sync_data: file_.async_sync_data(status); break;
      case operation::size: file_.async_size(counted); break;
      case operation::resize: file_.async_resize(8'192, status); break;
      case operation::open: file_.async_open(path_, flags_, status); break;
      case operation::close: file_.async_close(status); break;
    }
  }

  asio::io_context context_;
  asiofile::file_service& service_;
  std::string path_;
  file_base::flags flags_;
  asiofile::aligned_buffer memory_{4'096};
  random_access_file file_;
};

struct fixture {
  test_support::temporary_directory directory;
  test_support::watchdog limit{std::chrono::seconds(60)};

  static void check(const std::string& path, file_base::flags flags,
                    const std::vector<choice>& choices,
                    const std::function<void()>& before_each = [] {}) {
    for (const backend selected : test_support::available_backends()) {
      chooser chosen(selected, path, flags);
      for (const auto& [what, with_io_uring, with_libaio] : choices) {
        BOOST_TEST_CONTEXT(asiofile::to_string(selected)
                           << ", " << operation_names[static_cast<int>(what)]) {
          before_each();
          const backend expected = selected == backend::io_uring ? with_io_uring
                                   : selected == backend::libaio ? with_libaio
                                                                 : threads;
          const backend found = chosen.first_engine_for(what);
          if (expected == either && found == threads) continue;
          BOOST_TEST(asiofile::to_string(found) ==
                     asiofile::to_string(expected == either ? ring : expected));
        }
      }
    }
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(engine_choice, fixture)

BOOST_AUTO_TEST_CASE(a_regular_file) {
  const std::string path = test_support::make_pattern_file(directory.path("file"), 1, 8'192);
  check(path, file_base::read_write,
        {{operation::read, ring, threads},
         {operation::write, either, threads},
         {operation::sync_all, ring, threads},
         {operation::sync_data, ring, threads},
         {operation::size, threads, threads},
         {operation::resize, threads, threads},
         {operation::open, either, threads},
         {operation::close, ring, threads}});
}

BOOST_AUTO_TEST_CASE(a_direct_file) {
  const std::string path = test_support::make_pattern_file(directory.path("file"), 1, 8'192);
  constexpr auto flags = file_base::read_write | file_base::direct;
  asio::io_context context;
  random_access_file tried(context);
  error_code ec;
  tried.open(path, flags, ec);
  if (ec) return test_support::skip("the file system refuses O_DIRECT");
  check(path, flags,
        {{operation::read, ring, aio},
         {operation::write, ring, aio},
         {operation::sync_all, ring, aio},
         {operation::sync_data, ring, aio},
         {operation::size, threads, threads},
         {operation::resize, threads, threads},
         {operation::open, either, threads},
         {operation::close, ring, threads}});
}

BOOST_AUTO_TEST_CASE(a_device_without_a_disk) {
  check("/dev/zero", file_base::read_write,
        {{operation::read, threads, threads},
         {operation::write, threads, threads},
         {operation::sync_all, threads, threads},
         {operation::size, threads, threads},
         {operation::resize, threads, threads}});
}

BOOST_AUTO_TEST_CASE(a_file_of_proc) {
  check("/proc/self/status", file_base::read_only,
        {{operation::read, ring, threads}, {operation::size, threads, threads}});
}

BOOST_AUTO_TEST_CASE(a_directory) {
  check(directory.root(), file_base::read_only,
        {{operation::read, threads, threads}, {operation::sync_all, threads, threads}});
}

BOOST_AUTO_TEST_CASE(a_fifo) {
  test_support::fifo fifo(directory.path("fifo"));
  check(fifo.path(), file_base::read_write,
        {{operation::read, threads, threads},
         {operation::write, threads, threads},
         {operation::sync_all, threads, threads},
         {operation::size, threads, threads}},
        [&] {
          fifo.drain();
          BOOST_TEST(fifo.feed(10));
        });
}

BOOST_AUTO_TEST_SUITE_END()
