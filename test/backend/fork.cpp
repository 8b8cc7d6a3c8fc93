// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// fork with operations in flight: the parent loses nothing, and a child that calls `notify_fork`
// starts afresh.

#include "child_process.hpp"
#include "completion_counts.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "open_descriptors.hpp"
#include "run_operation.hpp"
#include "sanitizers.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <new>
#include <optional>
#include <ostream>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using test_support::child_process;
using test_support::children_can_be_trusted;
using test_support::child_require;
using test_support::error_code;
using test_support::transfer;

namespace {

const error_code success;
const error_code aborted = asio::error::operation_aborted;

constexpr std::size_t rounds = 20;

constexpr std::size_t pipe_reads = 8;
constexpr std::size_t file_reads = 16;
constexpr std::size_t block_size = 128 * 1024;
constexpr std::size_t file_size = file_reads * block_size;
constexpr std::uint32_t file_number = 15;

// Memory that is aligned for O_DIRECT.
struct aligned_delete {
  void operator()(char* memory) const { std::free(memory); }
};
using aligned_memory = std::unique_ptr<char[], aligned_delete>;

aligned_memory allocate_aligned(std::size_t bytes) {
  auto* const memory = static_cast<char*>(std::aligned_alloc(4'096, bytes));
  if (memory == nullptr) throw std::bad_alloc();
  return aligned_memory(memory);
}

// A context with reads in flight: of an empty FIFO, which stay in flight, and of a file.
class busy_context {
  auto recorder(std::size_t index) {
    return [this, index](error_code ec, std::size_t n) {
      counts_.record(index);
      results_[index] = transfer(ec, n);
    };
  }

 public:
  // `path`: a pattern file. `pipe_path`: a FIFO without bytes.
  busy_context(const std::string& path, const std::string& pipe_path)
      : context_(std::make_unique<asio::io_context>()),
        pipe_(*context_, pipe_path, file_base::read_write),
        cached_(*context_, path, file_base::read_only),
        direct_(*context_),
        memory_(allocate_aligned(file_size)),
        counts_(pipe_reads + file_reads),
        results_(pipe_reads + file_reads) {
    // Half of the file's reads with O_DIRECT, if the file system supports it.
    if (const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECT); fd != -1)
      direct_.assign(fd);
    else
      direct_.open(path, file_base::read_only);
    for (std::size_t i = 0; i != pipe_reads; ++i)
      pipe_.async_read_some_at(0, asio::buffer(&pipe_memory_[i], 1), recorder(i));
    for (std::size_t i = 0; i != file_reads; ++i) {
      random_access_file& file = i % 2 == 0 ? cached_ : direct_;
      file.async_read_some_at(i * block_size, asio::buffer(&memory_[i * block_size], block_size),
                              recorder(pipe_reads + i));
    }
  }

  asio::io_context& context() { return *context_; }
  random_access_file& pipe() { return pipe_; }
  random_access_file& file() { return cached_; }
  [[nodiscard]] const test_support::completion_counts& counts() const { return counts_; }

  // What is wrong with the reads that have completed; empty if nothing is. `pipe_result`: the
  // required result of those of the FIFO. The file's may have been aborted if `may_be_aborted`.
  [[nodiscard]] std::string faults(const transfer& pipe_result, bool may_be_aborted) const {
    std::ostringstream text;
    for (std::size_t i = 0; i != results_.size(); ++i) {
      if (!results_[i]) {
        text << "read " << i << " did not complete; ";
        continue;
      }
      const transfer& result = *results_[i];
      if (i < pipe_reads) {
        if (result != pipe_result) text << "FIFO read " << i << ": " << result << "; ";
      } else if (result.error == aborted && may_be_aborted) {
        continue;
      } else if (result != transfer(success, block_size)) {
        text << "file read " << i << ": " << result << "; ";
      } else {
        const std::size_t offset = (i - pipe_reads) * block_size;
        if (!test_support::has_pattern({&memory_[offset], block_size}, file_number, offset))
          text << "file read " << i << ": other bytes; ";
      }
    }
    if (!counts_.each_once()) text << counts_.total() << " handlers ran, not each once; ";
    return text.str();
  }

  void destroy_context() { context_.reset(); }

 private:
  std::unique_ptr<asio::io_context> context_;
  random_access_file pipe_;
  random_access_file cached_;
  random_access_file direct_;
  char pipe_memory_[pipe_reads] = {};
  aligned_memory memory_;
  test_support::completion_counts counts_;
  std::vector<std::optional<transfer>> results_;
};

struct fixture {
  test_support::temporary_directory directory;
  test_support::watchdog limit{std::chrono::seconds(60)};
  std::string path =
      test_support::make_pattern_file(directory.path("file"), file_number, file_size);

  // The parent's side after a fork: everything that was in flight completes, and new operations
  // work. The FIFO's bytes are for its reads: a child that still had them would take some.
  void finish_parent(busy_context& busy, test_support::fifo& fifo) {
    BOOST_TEST(fifo.feed(pipe_reads));
    busy.context().restart();
    busy.context().run_for(std::chrono::seconds(test_support::normally_or_sanitized(5, 25)));
    BOOST_REQUIRE_MESSAGE(busy.context().stopped(),
                          "the parent waits for " << busy.faults(transfer(success, 1), false));
    BOOST_TEST(busy.faults(transfer(success, 1), false) == "");
    std::string memory(1'000, '.');
    transfer again;
    busy.file().async_read_some_at(7, asio::buffer(memory), [&](error_code ec, std::size_t n) {
      again = transfer(ec, n);
    });
    busy.context().restart();
    busy.context().run();
    BOOST_TEST(again == transfer(success, 1'000));
    BOOST_TEST(test_support::has_pattern(memory, file_number, 7));
  }
};

// The child's side after `notify_fork`.
void live_on_in_child(busy_context& busy, const std::string& new_path) {
  asio::io_context& context = busy.context();
  context.restart();
  context.run();
  const std::string faults = busy.faults(transfer(aborted, 0), true);
  child_require(faults.empty(), faults);

  // Files that were open before the fork.
  std::string memory(1'000, '.');
  transfer read;
  child_require(busy.file().is_open(), "the file is closed");
  busy.file().async_read_some_at(7, asio::buffer(memory), [&](error_code ec, std::size_t n) {
    read = transfer(ec, n);
  });
  context.restart();
  context.run();
  child_require(read == transfer(success, 1'000), "read: " + read.error.message());
  child_require(test_support::has_pattern(memory, file_number, 7), "read: other bytes");

  // New ones, many operations at a time.
  random_access_file file(context);
  error_code opened = aborted;
  file.async_open(new_path, file_base::read_write | file_base::create,
                  [&](error_code ec) { opened = ec; });
  context.restart();
  context.run();
  child_require(!opened, "async_open: " + opened.message());
  std::size_t written = 0;
  for (std::size_t i = 0; i != 50; ++i) {
    file.async_write_some_at(i * 1'000, asio::buffer(memory), [&](error_code ec, std::size_t n) {
      if (!ec && n == 1'000) ++written;
    });
  }
  asio::steady_timer timer(context, std::chrono::milliseconds(1));
  bool timed = false;
  timer.async_wait([&](error_code) { timed = true; });
  context.restart();
  context.run();
  child_require(written == 50, std::to_string(written) + " of 50 writes succeeded");
  child_require(timed, "the timer did not expire");
  error_code closed = aborted;
  file.async_close([&](error_code ec) { closed = ec; });
  context.restart();
  context.run();
  child_require(!closed, "async_close: " + closed.message());
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(forking, fixture)

BOOST_AUTO_TEST_CASE(parent_and_child_go_on_where_both_say_what_they_are) {
  if (!children_can_be_trusted()) return;
  for (std::size_t round = 0; round != rounds; ++round) {
    BOOST_TEST_CONTEXT("round " << round) {
      test_support::fifo fifo(directory.path("fifo" + std::to_string(round)));
      busy_context busy(path, fifo.path());
      // From nothing submitted to much of it done.
      for (std::size_t turn = 0; turn != round; ++turn) busy.context().poll_one();
      busy.context().notify_fork(asio::execution_context::fork_prepare);
      child_process child([&] {
        busy.context().notify_fork(asio::execution_context::fork_child);
        live_on_in_child(busy, directory.path("child" + std::to_string(round)));
      });
      busy.context().notify_fork(asio::execution_context::fork_parent);
      finish_parent(busy, fifo);
      const auto ended = child.wait();
      BOOST_TEST(ended.succeeded(), ended);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_child_may_destroy_what_it_was_left_once_it_has_said_so) {
  if (!children_can_be_trusted()) return;
  for (std::size_t round = 0; round != rounds; ++round) {
    BOOST_TEST_CONTEXT("round " << round) {
      test_support::fifo fifo(directory.path("fifo" + std::to_string(round)));
      busy_context busy(path, fifo.path());
      busy.context().poll();
      busy.context().notify_fork(asio::execution_context::fork_prepare);
      child_process child([&] {
        busy.context().notify_fork(asio::execution_context::fork_child);
        busy.destroy_context();
      });
      busy.context().notify_fork(asio::execution_context::fork_parent);
      finish_parent(busy, fifo);
      const auto ended = child.wait();
      BOOST_TEST(ended.succeeded(), ended);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_child_that_just_ends_takes_nothing_from_its_parent) {
  for (std::size_t round = 0; round != rounds; ++round) {
    BOOST_TEST_CONTEXT("round " << round) {
      test_support::fifo fifo(directory.path("fifo" + std::to_string(round)));
      busy_context busy(path, fifo.path());
      for (std::size_t turn = 0; turn != round; ++turn) busy.context().poll_one();
      child_process child([] { return 7; });
      // Before or after the child's end.
      if (round % 2 == 0) BOOST_TEST(child.wait().exit_code == 7);
      finish_parent(busy, fifo);
      if (round % 2 != 0) BOOST_TEST(child.wait().exit_code == 7);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_child_that_becomes_another_program_takes_nothing_from_its_parent) {
  for (std::size_t round = 0; round != rounds; ++round) {
    BOOST_TEST_CONTEXT("round " << round) {
      test_support::fifo fifo(directory.path("fifo" + std::to_string(round)));
      busy_context busy(path, fifo.path());
      for (std::size_t turn = 0; turn != round; ++turn) busy.context().poll_one();
      child_process child([] {
        ::execl("/bin/sh", "sh", "-c", "exit 7", static_cast<char*>(nullptr));
        return 127;
      });
      if (round % 2 == 0) BOOST_TEST(child.wait().exit_code == 7);
      finish_parent(busy, fifo);
      if (round % 2 != 0) BOOST_TEST(child.wait().exit_code == 7);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_child_that_destroys_its_copy_takes_nothing_from_its_parent) {
  if (!children_can_be_trusted()) return;
  for (std::size_t round = 0; round != rounds; ++round) {
    BOOST_TEST_CONTEXT("round " << round) {
      test_support::fifo fifo(directory.path("fifo" + std::to_string(round)));
      busy_context busy(path, fifo.path());
      for (std::size_t turn = 0; turn != round; ++turn) busy.context().poll_one();
      child_process child([&] { busy.destroy_context(); });
      const auto ended = child.wait();
      BOOST_TEST(ended.succeeded(), ended);
      finish_parent(busy, fifo);
      BOOST_TEST(busy.counts().each_once());
    }
  }
}

BOOST_AUTO_TEST_CASE(an_idle_context_forks_too) {
  if (!children_can_be_trusted()) return;
  for (std::size_t round = 0; round != rounds; ++round) {
    BOOST_TEST_CONTEXT("round " << round) {
      asio::io_context context;
      random_access_file file(context);
      if (round % 2 != 0) file.open(path, file_base::read_only);
      const auto read_one = [&](std::uint64_t offset) {
        char byte = 0;
        transfer result;
        file.async_read_some_at(offset, asio::buffer(&byte, 1), [&](error_code ec, std::size_t n) {
          result = transfer(ec, n);
        });
        context.restart();
        context.run();
        return result == transfer(success, 1) &&
               byte == test_support::pattern_byte(file_number, offset);
      };
      if (round % 4 == 3) BOOST_TEST(read_one(5));
      context.notify_fork(asio::execution_context::fork_prepare);
      child_process child([&] {
        context.notify_fork(asio::execution_context::fork_child);
        context.run();
        if (!file.is_open()) file.open(path, file_base::read_only);
        child_require(read_one(6), "the read failed");
      });
      context.notify_fork(asio::execution_context::fork_parent);
      if (!file.is_open()) file.open(path, file_base::read_only);
      BOOST_TEST(read_one(7));
      const auto ended = child.wait();
      BOOST_TEST(ended.succeeded(), ended);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_child_can_fork_again) {
  if (!children_can_be_trusted()) return;
  test_support::fifo fifo(directory.path("fifo"));
  busy_context busy(path, fifo.path());
  busy.context().poll();
  busy.context().notify_fork(asio::execution_context::fork_prepare);
  child_process child([&] {
    busy.context().notify_fork(asio::execution_context::fork_child);
    busy.context().notify_fork(asio::execution_context::fork_prepare);
    child_process grandchild([&] {
      busy.context().notify_fork(asio::execution_context::fork_child);
      live_on_in_child(busy, directory.path("grandchild"));
    });
    busy.context().notify_fork(asio::execution_context::fork_parent);
    live_on_in_child(busy, directory.path("child"));
    std::ostringstream text;
    const auto ended = grandchild.wait();
    text << "grandchild: " << ended;
    child_require(ended.succeeded(), text.str());
  });
  busy.context().notify_fork(asio::execution_context::fork_parent);
  finish_parent(busy, fifo);
  const auto ended = child.wait(std::chrono::seconds(20));
  BOOST_TEST(ended.succeeded(), ended);
}

BOOST_AUTO_TEST_CASE(a_fork_that_failed_changes_nothing) {
  // fork_prepare is followed by fork_parent if fork itself fails.
  test_support::fifo fifo(directory.path("fifo"));
  busy_context busy(path, fifo.path());
  busy.context().poll();
  busy.context().notify_fork(asio::execution_context::fork_prepare);
  busy.context().notify_fork(asio::execution_context::fork_parent);
  finish_parent(busy, fifo);
}

BOOST_AUTO_TEST_CASE(operations_that_wait_for_a_place_are_in_flight_too) {
  if (!children_can_be_trusted()) return;
  asio::io_context context;
  asiofile::service_options few;
  few.max_in_flight = 2;
  asio::make_service<asiofile::file_service>(context, few);
  // Opens that wait for a FIFO's other end.
  const std::string fifo = test_support::make_fifo(directory.path("fifo"));
  std::deque<random_access_file> waiting;
  random_access_file file(context, path, file_base::read_write);
  char bytes[10] = {};
  test_support::completion_counts counts(10);
  std::vector<transfer> results(10);
  for (std::size_t i = 0; i != 10; ++i) {
    const auto record = [&, i](error_code ec, std::size_t n = 0) {
      counts.record(i);
      results[i] = transfer(ec, n);
    };
    if (i < 5) waiting.emplace_back(context).async_open(fifo, file_base::read_only, record);
    else file.async_write_some_at(i, asio::buffer(&bytes[i], 1), record);
  }
  context.poll();
  context.notify_fork(asio::execution_context::fork_prepare);
  child_process child([&] {
    context.notify_fork(asio::execution_context::fork_child);
    context.restart();
    context.run();
    child_require(counts.each_once(), "not every handler ran once");
    for (const transfer& result : results)
      child_require(result == transfer(aborted, 0), "not aborted: " + result.error.message());
  });
  context.notify_fork(asio::execution_context::fork_parent);
  const int writer = ::open(fifo.c_str(), O_RDWR | O_CLOEXEC);
  context.restart();
  context.run();
  ::close(writer);
  BOOST_TEST(counts.each_once());
  for (std::size_t i = 0; i != 10; ++i)
    BOOST_TEST((results[i] == transfer(success, i < 5 ? 0 : 1)));
  const auto ended = child.wait();
  BOOST_TEST(ended.succeeded(), ended);
}

// Its workers do not exist, and one of their locks may be held forever. The parent's thread, which
// the child does not have, will never release it there.
BOOST_AUTO_TEST_CASE(a_child_closes_what_a_function_of_the_parents_is_using) {
  if (!children_can_be_trusted()) return;
  // A FIFO is closed inline, a socket on a worker.
  for (const int way : {0, 1, 2, 3, 4, 5}) {
    BOOST_TEST_CONTEXT("way " << way) {
      test_support::fifo fifo(directory.path("fifo" + std::to_string(way)));
      asio::io_context context;
      std::optional<random_access_file> file(std::in_place, context);
      int ends[2] = {-1, -1};
      if (way < 3) {
        file->open(fifo.path(), file_base::read_write);
        ends[1] = ::dup(file->native_handle());
      } else {
        BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        file->assign(ends[0]);
      }
      char byte = 0;
      std::atomic<bool> has_begun = false;
      std::thread reading([&] {
        has_begun = true;
        file->read_some_at(0, asio::buffer(&byte, 1));
      });
      while (!has_begun) std::this_thread::yield();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      context.notify_fork(asio::execution_context::fork_prepare);
      child_process child([&] {
        context.notify_fork(asio::execution_context::fork_child);
        const int fd = file->native_handle();
        if (way % 3 == 0) file->close();
        if (way % 3 == 1) file->async_close([](error_code) {});
        if (way % 3 == 2) file.reset();
        context.run();
        const auto is_closed = [&] { return !test_support::is_open_descriptor(fd); };
        child_require(test_support::wait_until(is_closed), "it is still open");
      });
      context.notify_fork(asio::execution_context::fork_parent);
      const auto ended = child.wait();
      BOOST_TEST(ended.succeeded(), ended);
      BOOST_TEST(test_support::is_open_descriptor(file->native_handle()));
      BOOST_TEST(::write(ends[1], "x", 1) == 1);
      reading.join();
      ::close(ends[1]);
      BOOST_TEST(byte == 'x');
    }
  }
}

BOOST_AUTO_TEST_CASE(a_child_that_was_not_announced_closes_by_itself_what_is_slow_to_close) {
  if (!children_can_be_trusted()) return;
  asio::io_context context;
  auto file = std::make_unique<asiofile::random_access_file>(context);
  const std::string removed = directory.path("removed");
  error_code opened = aborted;
  file->async_open(removed, file_base::read_write | file_base::create,
                   [&](error_code ec) { opened = ec; });
  context.run();
  BOOST_REQUIRE(opened == success);
  BOOST_REQUIRE(::posix_fallocate(file->native_handle(), 0, 64 << 20) == 0);
  ::unlink(removed.c_str());
  const int fd = file->native_handle();
  child_process child([&] {
    file.reset();
    child_require(::fcntl(fd, F_GETFD) == -1, "the descriptor is open");
  });
  const auto ended = child.wait();
  BOOST_TEST(ended.succeeded(), ended);
}

BOOST_AUTO_TEST_CASE(operations_that_wait_for_others_at_their_position_are_in_flight_too) {
  if (!children_can_be_trusted()) return;
  asio::io_context context;
  test_support::fifo fifo(directory.path("fifo"));
  asiofile::stream_file pipe(context, fifo.path(), file_base::read_write);
  char bytes[4] = {};
  std::vector<transfer> results(4);
  test_support::completion_counts counts(4);
  for (std::size_t i = 0; i != 4; ++i) {
    pipe.async_read_some(asio::buffer(&bytes[i], 1), [&, i](error_code ec, std::size_t n) {
      counts.record(i);
      results[i] = transfer(ec, n);
    });
  }
  context.poll();
  context.notify_fork(asio::execution_context::fork_prepare);
  child_process child([&] {
    context.notify_fork(asio::execution_context::fork_child);
    context.restart();
    context.run();
    child_require(counts.each_once(), "not every handler ran once");
    for (const transfer& result : results)
      child_require(result == transfer(aborted, 0), "not aborted: " + result.error.message());
  });
  context.notify_fork(asio::execution_context::fork_parent);
  BOOST_TEST(child.wait().succeeded());
  BOOST_TEST(fifo.feed(4));
  context.restart();
  context.run();
  BOOST_TEST(counts.each_once());
  BOOST_TEST(results == std::vector<transfer>(4, transfer(success, 1)),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
