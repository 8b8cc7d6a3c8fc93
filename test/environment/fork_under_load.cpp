// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A process that forks repeatedly while its service is busy: with notify_fork, after which parent
// and child both continue, and without, after which the child only exits. The parent loses no
// operation, and no child touches the parent's files.

#include "available_backends.hpp"
#include "child_process.hpp"
#include "file_contents.hpp"
#include "running_threads.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace test_support;

namespace {

constexpr std::size_t lanes = 16;
constexpr std::size_t block = 4096;
constexpr int forks = 40;
constexpr std::uint32_t file_number = 30;

// A file of blocks, each of which is repeatedly written, sometimes synced, and read.
class load {
 public:
  load(asio::io_context& context, const std::string& path)
      : file_(context, path, file_base::read_write | file_base::create) {}

  void start() {
    for (std::size_t i = 0; i != lanes; ++i) write(i);
  }
  void stop() { is_over_ = true; }

  [[nodiscard]] std::size_t completed() const noexcept { return completed_; }
  // Results that were neither correct nor, in a child, aborted.
  [[nodiscard]] std::size_t wrong() const noexcept { return wrong_; }
  [[nodiscard]] std::size_t under_way() const noexcept { return under_way_; }
  void expect_aborted() { may_be_aborted_ = true; }

 private:
  void write(std::size_t i) {
    if (is_over_) return;
    ++under_way_;
    fill_pattern(memory_[i], file_number, i * block);
    file_.async_write_some_at(i * block, asio::buffer(memory_[i]), [this, i](auto ec, auto n) {
      if (is_right(ec, n == block)) read(i);
    });
  }

  void read(std::size_t i) {
    ++under_way_;
    memory_[i].fill('.');
    file_.async_read_some_at(i * block, asio::buffer(memory_[i]), [this, i](auto ec, auto n) {
      if (is_right(ec, n == block && (ec || has_pattern(memory_[i], file_number, i * block))))
        write(i);
    });
  }

  bool is_right(error_code ec, bool result) {
    --under_way_;
    ++completed_;
    const bool is_aborted = ec == asio::error::operation_aborted && may_be_aborted_;
    if ((ec || !result) && !is_aborted) ++wrong_;
    return !ec && result;
  }

  random_access_file file_;
  std::array<std::array<char, block>, lanes> memory_{};
  std::atomic<bool> is_over_ = false;
  bool may_be_aborted_ = false;
  std::atomic<std::size_t> completed_ = 0;
  std::atomic<std::size_t> wrong_ = 0;
  std::atomic<std::size_t> under_way_ = 0;
};

int end_of(pid_t child) {
  int status = 0;
  child_require(::waitpid(child, &status, 0) == child, "waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

// In the child: the copied operations end, and the same file can be used again.
int live_on(asio::io_context& context, load& copied, const std::string& path) {
  copied.expect_aborted();
  copied.stop();
  context.restart();
  context.run();
  if (copied.wrong() != 0 || copied.under_way() != 0) return 2;
  load fresh(context, path);
  fresh.start();
  context.restart();
  context.run_for(std::chrono::milliseconds(20));
  fresh.stop();
  context.restart();
  context.run();
  return fresh.completed() > lanes && fresh.wrong() == 0 ? 0 : 3;
}

void fork_with_notice(asiofile::backend which, const temporary_directory& directory) {
  asio::io_context context;
  use_backend(context, which);
  load work(context, directory.path("parent"));
  work.start();
  for (int i = 0; i != forks; ++i) {
    context.run_for(std::chrono::microseconds(100 * (i % 20)));
    context.notify_fork(asio::execution_context::fork_prepare);
    const pid_t child = ::fork();
    child_require(child != -1, "fork");
    if (child == 0) {
      ::alarm(30);
      context.notify_fork(asio::execution_context::fork_child);
      ::_exit(live_on(context, work, directory.path("child")));
    }
    context.notify_fork(asio::execution_context::fork_parent);
    context.run_for(std::chrono::milliseconds(2));
    const int ended = end_of(child);
    child_require(ended == 0, "the child ended with " + std::to_string(ended));
  }
  work.stop();
  context.run();
  child_require(work.wrong() == 0 && work.under_way() == 0, "the parent lost something");
  child_require(work.completed() > forks * lanes, "the parent did hardly anything");
}

// From threads that do not run the context, and with others that do.
void fork_without_notice(asiofile::backend which, const temporary_directory& directory) {
  asio::io_context context;
  use_backend(context, which);
  load work(context, directory.path("parent"));
  work.start();
  running_threads threads(context, 2);
  for (int i = 0; i != forks; ++i) {
    const std::size_t before = work.completed();
    while (work.completed() < before + lanes) ::usleep(100);
    const pid_t child = ::fork();
    child_require(child != -1, "fork");
    if (child == 0) ::_exit(0);
    child_require(end_of(child) == 0, "the child did not just end");
  }
  work.stop();
  threads.join();
  child_require(work.wrong() == 0 && work.under_way() == 0, "the parent lost something");
}

template <typename Body>
void in_child_for_each_backend(Body&& body) {
  const watchdog limit(std::chrono::seconds(90));
  for (const asiofile::backend which : available_backends()) {
    const temporary_directory directory;
    const auto ended =
        child_process([&] { body(which, directory); }).wait(std::chrono::seconds(40));
    BOOST_TEST(ended.succeeded(), asiofile::to_string(which) << ": " << ended);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fork_under_load)

BOOST_AUTO_TEST_CASE(parent_and_children_go_on_where_each_fork_is_announced) {
  in_child_for_each_backend(fork_with_notice);
}

BOOST_AUTO_TEST_CASE(the_parent_goes_on_where_children_only_end) {
  in_child_for_each_backend(fork_without_notice);
}

BOOST_AUTO_TEST_SUITE_END()
