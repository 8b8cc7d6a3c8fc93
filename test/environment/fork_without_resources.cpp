// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A child of a busy program that has no descriptors, threads or memory left: every kind of
// operation ends, with success or the error, nothing hangs and nothing crashes. On every backend.

#include "available_backends.hpp"
#include "every_operation.hpp"
#include "open_descriptors.hpp"
#include "restrictions.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/resource.h>
#include <sys/stat.h>

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <functional>
#include <new>
#include <optional>
#include <string>
#include <string_view>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace test_support;

namespace {

// What a program has in use when it forks.
class program {
 public:
  program(asiofile::backend which, const std::string& folder)
      : folder_(folder),
        file_((use_backend(context_, which), context_), folder + "/reads/data",
              file_base::read_write),
        direct_(context_),
        stream_(context_, folder + "/streams/data", file_base::read_only),
        fifo_(context_, folder + "/fifos/fifo", file_base::read_write),
        lines_(stream_) {
    error_code ignored;
    direct_.open(folder + "/direct/data", file_base::read_write | file_base::direct, ignored);
    start_some();
    context_.poll();
  }

  // The copies of the parent's operations end, and so do all new ones. `lift`: the limits are
  // lifted, and everything works again.
  void fork_into(const std::function<void()>& limit, const std::function<void()>& lift) {
    context_.notify_fork(asio::execution_context::fork_prepare);
    const auto ended = child_process([&] {
                         limit();
                         context_.notify_fork(asio::execution_context::fork_child);
                         end_in_child(lift);
                       }).wait(std::chrono::seconds(20));
    context_.notify_fork(asio::execution_context::fork_parent);
    child_require(ended.succeeded(),
                  ended.timed_out ? "it hangs"
                                  : "signal " + std::to_string(ended.signal) + " " + ended.failure);
    context_.restart();
    context_.poll();
  }

 private:
  void start(auto&& begin) {
    ++started_;
    try {
      begin([this](error_code, const auto&...) { ++over_; });
    } catch (const std::bad_alloc&) {
      // It reports that, and nothing was started.
      --started_;
    }
  }

  void start_some() {
    start([&](auto done) { file_.async_read_some_at(0, asio::buffer(memory_), done); });
    start([&](auto done) { file_.async_write_and_sync_data_at(0, asio::buffer("text", 4), done); });
    start([&](auto done) { file_.async_size(done); });
    start([&](auto done) { stream_.async_read_some(asio::buffer(memory_), done); });
    start([&](auto done) { fifo_.async_read_some(asio::buffer(memory_), done); });
    start([&](auto done) { lines_.async_next(done); });
    start([&](auto done) { asiofile::async_status(context_, folder_, done); });
  }

  void end_in_child(const std::function<void()>& lift) {
    run_until_over("what the parent had started");
    start_some();
    start([&](auto done) { direct_.async_read_some_at(0, asio::buffer(memory_), done); });
    start([&](auto done) { file_.async_sync_all(done); });
    // No data is written to it.
    error_code ignored;
    fifo_.cancel(ignored);
    run_until_over("what the child has started");
    asio::co_spawn(context_, run_steps(false), asio::detached);
    start([&](auto done) { file_.async_close(done); });
    run_until_over("a close");
    child_require(steps_are_over_, "the other operations end");
    if (!lift) return;
    lift();
    steps_are_over_ = false;
    asio::co_spawn(context_, run_steps(true), asio::detached);
    run_until_over("with the limits lifted");
  }

  void run_until_over(const char* what) {
    context_.restart();
    context_.run_for(std::chrono::seconds(8));
    child_require(over_ == started_,
                  std::string(what) + ": " + std::to_string(started_ - over_) + " hang");
  }

  asio::awaitable<void> run_steps(bool must_succeed) {
    for (const operation_step& each : every_operation::all) {
      // g++ 12 destroys a temporary twice that is made within the co_await expression.
      const operation_scene scene{context_.get_executor(), folder_ + '/' + each.name, nullptr};
      try {
        co_await each.run(scene);
      } catch (const std::exception& failed) {
        if (must_succeed && std::string_view(each.name) == "reads")
          child_require(false, std::string(each.name) + ": " + failed.what());
      }
    }
    steps_are_over_ = true;
  }

  const std::string folder_;
  asio::io_context context_;
  random_access_file file_;
  random_access_file direct_;
  asiofile::stream_file stream_;
  asiofile::stream_file fifo_;
  asiofile::line_reader lines_;
  std::array<char, 8> memory_{};
  int started_ = 0;
  int over_ = 0;
  bool steps_are_over_ = false;
};

struct fixture {
  watchdog limit{std::chrono::seconds(300)};
  temporary_directory directory;

  template <typename Body>
  void on_each_backend(Body&& body) {
    for (const asiofile::backend which : available_backends()) {
      const std::string folder = directory.path(std::string(asiofile::to_string(which)));
      prepare_operations(folder);
      std::filesystem::permissions(folder, std::filesystem::perms::all);
      const auto ended =
          child_process([&] { body(which, folder); }).wait(std::chrono::seconds(120));
      BOOST_TEST(ended.succeeded(), asiofile::to_string(which) << ": " << ended);
    }
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(fork_without_resources, fixture)

BOOST_AUTO_TEST_CASE(a_child_with_0_to_20_descriptors_left_gets_on_or_is_told) {
  on_each_backend([](asiofile::backend which, const std::string& folder) {
    for (rlim_t left = 0; left <= 20; ++left) {
      program its(which, folder);
      rlimit usual{};
      ::getrlimit(RLIMIT_NOFILE, &usual);
      const auto set = [&](rlim_t count) {
        const rlimit wanted{count, usual.rlim_max};
        child_require(::setrlimit(RLIMIT_NOFILE, &wanted) == 0, "setrlimit");
      };
      try {
        its.fork_into(
            [&] {
              // Uses the free ones below the limit.
              const int last = *open_descriptors().rbegin();
              set(static_cast<rlim_t>(last) + 1);
              while (::dup(0) != -1) continue;
              set(static_cast<rlim_t>(last) + 1 + left);
            },
            [&] { set(usual.rlim_cur); });
      } catch (const std::exception& failed) {
        child_require(false, std::to_string(left) + " left: " + failed.what());
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(a_child_that_may_start_no_thread_gets_on_or_is_told) {
  if (const auto why = no_seccomp_reason(); !why.empty()) return skip(why);
  on_each_backend([](asiofile::backend which, const std::string& folder) {
    program its(which, folder);
    its.fork_into([] { refuse_threads(); }, {});
  });
}

BOOST_AUTO_TEST_CASE(a_child_of_a_user_without_processes_left_gets_on_or_is_told) {
  if (const auto why = not_root_reason(); !why.empty()) return skip(why);
  on_each_backend([](asiofile::backend which, const std::string& folder) {
    program its(which, folder);
    its.fork_into(
        [] {
          set_limit(RLIMIT_NPROC, 0);
          become_nobody();
        },
        {});
  });
}

// There is no memory for rings and threads' stacks.
BOOST_AUTO_TEST_CASE(a_child_without_memory_for_engines_gets_on_or_is_told) {
  on_each_backend([](asiofile::backend which, const std::string& folder) {
    program its(which, folder);
    its.fork_into(
        [] {
          set_limit(RLIMIT_MEMLOCK, 0);
          set_limit(RLIMIT_AS, 1);
        },
        {});
  });
}

BOOST_AUTO_TEST_SUITE_END()
