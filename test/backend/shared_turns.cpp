// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Several threads run one context: other threads can continue the work that one of them has begun,
// however long its handler takes, and however that ends.

#include "child_process.hpp"
#include "file_contents.hpp"
#include "running_threads.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace test_support;

namespace {

constexpr std::size_t block = 4096;
constexpr std::size_t read_count = 64;

struct fixture {
  temporary_directory directory;
  watchdog limit{std::chrono::seconds(60)};
  std::string path = make_pattern_file(directory.path("data"), 21, block);
  std::optional<asio::io_context> context{std::in_place};
  std::optional<random_access_file> file{std::in_place, *context, path, file_base::read_only};
  std::vector<std::array<char, block>> memory{read_count};
  std::atomic<std::size_t> called = 0;
  std::atomic<std::size_t> completed = 0;

  template <typename Handler>
  void read(std::size_t i, Handler handler) {
    file->async_read_some_at(0, asio::buffer(memory[i]),
                             [this, handler](error_code ec, std::size_t n) {
                               ++called;
                               if (!ec && n == block) ++completed;
                               handler();
                             });
  }

  // Reads, started in a handler: what is in memory is read there.
  template <typename Handler>
  void read_all_in_a_handler(Handler last) {
    read(0, [this, last] {
      for (std::size_t i = 0; i != read_count; ++i) read(i, [] {});
      last();
    });
  }
};

// Two chains of reads: each handler starts the next.
class endless_reads {
 public:
  explicit endless_reads(fixture& scene) : scene_(scene) {
    for (std::size_t i = 0; i != chains_; ++i)
      asio::post(*scene.context, [this, i] { go_on(i); });
  }

  // Whether they have come to an end.
  bool stop() {
    stops_ = true;
    return wait_until([&] { return chains_ == 0u; });
  }

  // Reads that did not read the requested data, and how many of those have no legitimate reason.
  [[nodiscard]] std::size_t failed() const { return failed_; }
  [[nodiscard]] std::size_t wrong() const { return wrong_; }

 private:
  void go_on(std::size_t i) {
    scene_.file->async_read_some_at(
        0, asio::buffer(scene_.memory[i]), [this, i](error_code ec, std::size_t n) {
          const bool is_closed =
              ec == asio::error::bad_descriptor || ec == asio::error::operation_aborted;
          if (ec || n != block) ++failed_;
          if (is_closed ? n != 0 : ec || n != block) ++wrong_;
          if (stops_)
            --chains_;
          else
            go_on(i);
        });
  }

  fixture& scene_;
  std::atomic<bool> stops_ = false;
  std::atomic<std::size_t> chains_ = 2;
  std::atomic<std::size_t> failed_ = 0;
  std::atomic<std::size_t> wrong_ = 0;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(shared_turns, fixture)

BOOST_AUTO_TEST_CASE(a_handler_may_wait_for_a_read_that_it_has_started) {
  auto work = asio::make_work_guard(*context);
  running_threads threads(*context, 2);
  constexpr int rounds = 500;
  for (int round = 0; round != rounds; ++round) {
    std::promise<std::size_t> seen;
    read(0, [&] {
      auto read_here = file->async_read_some_at(0, asio::buffer(memory[1]), asio::use_future);
      seen.set_value(read_here.get());
    });
    BOOST_REQUIRE(seen.get_future().get() == block);
  }
  work.reset();
}

BOOST_AUTO_TEST_CASE(others_take_what_a_handler_leaves_lying_that_takes_its_time) {
  auto work = asio::make_work_guard(*context);
  running_threads threads(*context, 2);
  bool all_others_have_run = false;
  std::promise<void> done;
  read_all_in_a_handler([&] {
    all_others_have_run = wait_until([&] { return completed == read_count + 1; });
    done.set_value();
  });
  done.get_future().wait();
  BOOST_TEST(all_others_have_run);
  work.reset();
}

BOOST_AUTO_TEST_CASE(the_same_where_one_after_the_other_takes_its_time) {
  // As many threads as handlers: each of them waits until all are there.
  constexpr std::size_t count = 4;
  auto work = asio::make_work_guard(*context);
  running_threads threads(*context, count);
  std::atomic<std::size_t> there = 0;
  std::atomic<std::size_t> met = 0;
  read(0, [&] {
    for (std::size_t i = 0; i != count; ++i) {
      read(i, [&] {
        ++there;
        if (wait_until([&] { return there == count; })) ++met;
      });
    }
  });
  BOOST_TEST(wait_until([&] { return met == count; }));
  work.reset();
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_takes_no_other_along) {
  read_all_in_a_handler([] { throw std::runtime_error("a handler's"); });
  BOOST_CHECK_THROW(context->run(), std::runtime_error);
  context->run();
  BOOST_TEST(completed == read_count + 1);
}

BOOST_AUTO_TEST_CASE(a_context_that_is_stopped_keeps_them_for_later) {
  read_all_in_a_handler([this] { context->stop(); });
  context->run();
  BOOST_TEST(completed == 1u);
  context->restart();
  context->run();
  BOOST_TEST(completed == read_count + 1);
}

BOOST_AUTO_TEST_CASE(a_context_that_ends_destroys_them) {
  const auto alive = std::make_shared<int>(0);
  read(0, [this, alive] {
    for (std::size_t i = 0; i != read_count; ++i) read(i, [alive] {});
    context->stop();
  });
  context->run();
  BOOST_TEST(alive.use_count() > static_cast<long>(read_count));
  context.reset();
  BOOST_TEST(alive.use_count() == 1);
  BOOST_TEST(completed == 1u);
}

BOOST_AUTO_TEST_CASE(a_handler_that_runs_the_context_gets_them_called) {
  std::size_t seen = 0;
  read_all_in_a_handler([&] {
    while (completed != read_count + 1) context->poll_one();
    seen = completed;
  });
  context->run();
  BOOST_TEST(seen == read_count + 1);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_closed_meanwhile_ends_its_reads) {
  auto work = asio::make_work_guard(*context);
  running_threads threads(*context, 2);
  std::promise<void> closed;
  read_all_in_a_handler([&] {
    // The other thread may be in the middle of a read.
    file->close();
    closed.set_value();
  });
  closed.get_future().wait();
  BOOST_TEST(wait_until([&] { return called == read_count + 1; }));
  work.reset();
}

BOOST_AUTO_TEST_CASE(files_are_opened_and_closed_while_others_are_read) {
  auto work = asio::make_work_guard(*context);
  running_threads threads(*context, 2);
  endless_reads reads(*this);
  for (int round = 0; round != 500; ++round) {
    random_access_file other(*context, path, file_base::read_only);
    std::array<char, block> others_memory{};
    auto result = other.async_read_some_at(0, asio::buffer(others_memory), asio::use_future);
    BOOST_REQUIRE(result.get() == block);
    std::promise<error_code> ended;
    other.async_read_some_at(0, asio::buffer(others_memory),
                             [&](error_code ec, std::size_t) { ended.set_value(ec); });
    other.close();
    const error_code ec = ended.get_future().get();
    BOOST_TEST((!ec || ec == asio::error::operation_aborted));
  }
  BOOST_TEST(reads.stop());
  BOOST_TEST(reads.failed() == 0u);
  work.reset();
}

BOOST_AUTO_TEST_CASE(a_file_is_closed_and_opened_again_while_it_is_read) {
  auto work = asio::make_work_guard(*context);
  running_threads threads(*context, 2);
  endless_reads reads(*this);
  for (int round = 0; round != 500; ++round) {
    file->close();
    file->open(path, file_base::read_only);
  }
  BOOST_TEST(reads.stop());
  BOOST_TEST(reads.wrong() == 0u);
  work.reset();
}

BOOST_AUTO_TEST_CASE(what_is_counted_is_whole_at_every_moment) {
  read_all_in_a_handler([this] {
    // All have been started; the handler is part of this one's completion.
    const auto now = asio::use_service<asiofile::file_service>(*context).statistics();
    BOOST_TEST(now.started == read_count + 1);
    BOOST_TEST(now.completed == 1u);
    BOOST_TEST(now.submitted + now.waiting >= now.speculative_hits);
  });
  context->run();
  const auto end = asio::use_service<asiofile::file_service>(*context).statistics();
  BOOST_TEST(end.started == read_count + 1);
  BOOST_TEST(end.completed == read_count + 1);
  BOOST_TEST(end.in_flight == 0u);
  BOOST_TEST(end.waiting == 0u);
}

BOOST_AUTO_TEST_CASE(a_child_has_what_another_thread_had_taken) {
  if (!children_can_be_trusted()) return;
  auto work = asio::make_work_guard(*context);
  std::promise<void> is_in_handler;
  std::promise<void> may_leave;
  {
    running_threads thread(*context, 1);
    read_all_in_a_handler([&] {
      is_in_handler.set_value();
      may_leave.get_future().wait();
    });
    is_in_handler.get_future().wait();
    context->notify_fork(asio::execution_context::fork_prepare);
    child_process child([&] {
      context->notify_fork(asio::execution_context::fork_child);
      // Their stacks may be in the memory of the parent's thread.
      const running_threads threads(*context, 2);
      const bool all_are_called = wait_until([&] { return called == read_count + 1; });
      // The handler that the parent's thread was in never ends here.
      context->stop();
      child_require(all_are_called, "all are called");
    });
    context->notify_fork(asio::execution_context::fork_parent);
    const auto ended = child.wait();
    BOOST_TEST(ended.succeeded(), ended);
    may_leave.set_value();
    work.reset();
  }
  BOOST_TEST(completed == read_count + 1);
}

BOOST_AUTO_TEST_SUITE_END()
