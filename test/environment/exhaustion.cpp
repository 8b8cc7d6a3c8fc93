// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A program that runs out of descriptors or threads in the middle of its work: operations that need
// another one report that; everything else continues to work.

#include "available_backends.hpp"
#include "bare_executor.hpp"
#include "child_process.hpp"
#include "file_contents.hpp"
#include "open_descriptors.hpp"
#include "pids_group.hpp"
#include "restrictions.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/resource.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace test_support;

namespace {

constexpr std::size_t operations = 200;
constexpr std::size_t block = 4096;
constexpr std::uint32_t file_number = 12;
constexpr std::size_t file_bytes = operations * block;

// A service with an open file.
class busy_service {
 public:
  busy_service(asiofile::backend which, const std::string& path)
      : file_((use_backend(context_, which), context_)) {
    error_code ec;
    file_.open(path, file_base::read_write, ec);
    child_require(!ec, "open: " + ec.message());
  }

  // Reads, writes and syncs the file, many at a time.
  void use() {
    std::vector<std::string> memory(operations, std::string(block, '.'));
    std::size_t right = 0;
    for (std::size_t i = 0; i != operations; ++i) {
      if (i % 2 == 0) {
        file_.async_read_some_at(i * block, asio::buffer(memory[i]),
                                 [&, i](error_code ec, std::size_t n) {
                                   right += !ec && n == block &&
                                            has_pattern(memory[i], file_number, i * block);
                                 });
      } else {
        fill_pattern(memory[i], file_number, i * block);
        file_.async_write_some_at(i * block, asio::buffer(memory[i]), [&](error_code ec, auto n) {
          right += !ec && n == block;
        });
      }
    }
    file_.async_sync_data([&](error_code ec) { right += !ec; });
    run();
    child_require(right == operations + 1, std::to_string(right) + " operations succeeded");
  }

  // The error of an asynchronous open.
  int open_another(const std::string& path) {
    random_access_file another(context_);
    error_code result;
    another.async_open(path, file_base::read_only, [&](error_code ec) { result = ec; });
    run();
    return result.value();
  }

 private:
  void run() {
    context_.restart();
    context_.run();
  }

  asio::io_context context_;
  random_access_file file_;
};

// The error of a context's first open.
int open_in_new_context(asiofile::backend which, const std::string& path) {
  try {
    asio::io_context context;
    use_backend(context, which);
    random_access_file file(context);
    error_code ec;
    file.open(path, file_base::read_only, ec);
    return ec.value();
  } catch (const boost::system::system_error& failed) {
    return failed.code().value();
  }
}

void limit_descriptors(rlim_t count) {
  rlimit limit{};
  child_require(::getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
  limit.rlim_cur = count;
  child_require(::setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
}

rlim_t first_unused_descriptor() { return static_cast<rlim_t>(*open_descriptors().rbegin()) + 1; }

// Uses all descriptors below a number. Those above it stay open.
void use_up_descriptors(rlim_t end) {
  limit_descriptors(end);
  while (::open("/dev/null", O_RDONLY | O_CLOEXEC) != -1) continue;
}

void run_out_of_descriptors(asiofile::backend which, const std::string& path) {
  busy_service service(which, path);
  service.use();
  use_up_descriptors(first_unused_descriptor());
  for (int i = 0; i != 3; ++i) {
    service.use();
    child_require(service.open_another(path) == EMFILE, "async_open without descriptors");
    child_require(open_in_new_context(which, path) == EMFILE, "a context without descriptors");
  }
  limit_descriptors(1024);
  child_require(service.open_another(path) == 0, "async_open with descriptors again");
  child_require(open_in_new_context(which, path) == 0, "a context with descriptors again");
  service.use();
}

// `stop` is what keeps the process from starting threads.
void run_out_of_threads(asiofile::backend which, const std::string& path,
                        const std::function<void()>& stop) {
  busy_service service(which, path);
  service.use();
  stop();
  for (int i = 0; i != 3; ++i) {
    service.use();
    child_require(service.open_another(path) == 0, "async_open without more threads");
  }
  const int error = open_in_new_context(which, path);
  child_require(error == 0 || error == EAGAIN,
                "a context without threads: " + std::to_string(error));
}

// A call of each reader and writer, in a forked child that may or may not have descriptors.
class calls_after_fork {
 public:
  calls_after_fork(asiofile::backend which, const std::string& path, bool is_hidden)
      : file_((use_backend(context_, which), executor(is_hidden)), path, file_base::read_write),
        stream_(executor(is_hidden), path, file_base::read_only),
        lines_(stream_),
        chunks_(file_),
        writer_(file_),
        log_(file_.clone()),
        tail_(executor(is_hidden), path) {}

  // Returns how many have succeeded; the others end with EMFILE, or throw it immediately.
  int call_all() {
    call([&](auto done) { lines_.async_next(done); });
    call([&](auto done) { chunks_.async_next(done); });
    call([&](auto done) { writer_.async_write(asio::buffer("text", 4), done); });
    call([&](auto done) { writer_.async_flush(done); });
    call([&](auto done) { log_.async_append(asio::buffer("text", 4), done); });
    call([&](auto done) { tail_.async_next(done); });
    return succeeded_;
  }

  // The child can reopen Boost.Asio's descriptors, but none of the service's.
  void fork_into(const std::function<void()>& body) {
    context_.notify_fork(asio::execution_context::fork_prepare);
    const auto ended = child_process([&] {
                         use_up_descriptors(end_of_reactor_);
                         context_.notify_fork(asio::execution_context::fork_child);
                         body();
                       }).wait(std::chrono::seconds(20));
    context_.notify_fork(asio::execution_context::fork_parent);
    child_require(ended.succeeded(), ended.timed_out ? "it hangs" : ended.failure);
  }

 private:
  asio::any_io_executor executor(bool is_hidden) {
    if (!is_hidden) return context_.get_executor();
    return bare_executor(context_.get_executor());
  }

  void call(auto&& start) {
    std::optional<error_code> result;
    try {
      start([&](error_code ec, const auto&...) {
        child_require(!result, "a handler ran twice");
        result = ec;
      });
    } catch (const boost::system::system_error& refused) {
      child_require(!result, "refused, and called");
      result = refused.code();
    }
    context_.restart();
    // A hidden executor counts no work.
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!result && std::chrono::steady_clock::now() < end) {
      context_.restart();
      context_.run_for(std::chrono::milliseconds(10));
    }
    child_require(result.has_value(), "a call is lost");
    child_require(!*result || result->value() == EMFILE || result->value() == ECANCELED,
                  result->message());
    if (!*result) ++succeeded_;
  }

  asio::io_context context_;
  // Makes the reactor.
  const asio::steady_timer timer_{context_};
  const rlim_t end_of_reactor_ = first_unused_descriptor();
  random_access_file file_;
  asiofile::stream_file stream_;
  asiofile::line_reader lines_;
  asiofile::chunk_reader chunks_;
  asiofile::file_writer writer_;
  asiofile::append_log log_;
  asiofile::tail_reader tail_;
  int succeeded_ = 0;
};

struct fixture {
  watchdog limit{std::chrono::seconds(60)};
  temporary_directory directory;
  std::string path = make_pattern_file(directory.path("data"), file_number, file_bytes);

  template <typename Body>
  void in_child(asiofile::backend which, Body&& body) {
    const auto ended = child_process(body).wait(std::chrono::seconds(20));
    BOOST_TEST(ended.succeeded(), asiofile::to_string(which) << ": " << ended);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(exhaustion, fixture)

BOOST_AUTO_TEST_CASE(without_descriptors_only_what_needs_one_fails) {
  for (const asiofile::backend which : available_backends())
    in_child(which, [&] { run_out_of_descriptors(which, path); });
}

BOOST_AUTO_TEST_CASE(without_descriptors_each_call_of_a_reader_or_writer_ends) {
  std::ofstream(path, std::ios::app) << "\nlines\n";
  for (const asiofile::backend which : available_backends()) {
    for (const bool is_hidden : {false, true}) {
      in_child(which, [&] {
        // Descriptors opened from here on have numbers above all open ones.
        use_up_descriptors(first_unused_descriptor());
        limit_descriptors(1024);
        calls_after_fork calls(which, path, is_hidden);
        calls.fork_into([&] {
          const int succeeded = calls.call_all();
          child_require(!is_hidden || succeeded == 0, "without descriptors");
          limit_descriptors(1024);
          child_require(calls.call_all() > 2, "with descriptors again");
        });
      });
    }
  }
}

BOOST_AUTO_TEST_CASE(without_processes_for_the_user_a_service_at_work_goes_on) {
  if (const auto why = not_root_reason(); !why.empty()) return skip(why);
  for (const asiofile::backend which : available_backends())
    in_child(which, [&] {
      child_require(::chdir(directory.root().c_str()) == 0, "chdir");
      ::chmod(".", 0755);
      ::chmod("data", 0666);
      run_out_of_threads(which, "data", [] {
        set_limit(RLIMIT_NPROC, 0);
        become_nobody();
      });
    });
}

BOOST_AUTO_TEST_CASE(without_room_in_its_control_group_a_service_at_work_goes_on) {
  for (const asiofile::backend which : available_backends()) {
    pids_group group;
    obstacle found = group.make();
    if (found.empty())
      in_child(which, [&] {
        child_require(group.join().empty(), "join");
        run_out_of_threads(which, path, [&] { child_require(group.close().empty(), "pids.max"); });
      });
    if (!found.empty()) return skip(found);
  }
}

BOOST_AUTO_TEST_SUITE_END()
