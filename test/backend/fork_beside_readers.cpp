// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Forks beside objects that have a mutex of their own: the child may destroy them while threads of
// the parent use them, and may use them if their context can be used (Boost.Asio demands that no
// other thread runs that).

#include "child_process.hpp"
#include "file_contents.hpp"
#include "run_operation.hpp"
#include "running_threads.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace test_support;

namespace {

constexpr int forks = 60;

// Something that is used over and over, one call after the other, on the context's threads. Only
// the library changes it: a fork could interrupt a change by the test.
class user {
 public:
  virtual ~user() = default;

  // Starts a call, which calls `ended` when it has completed, whatever its result.
  virtual void call(std::function<void()> ended) = 0;

  void go_on() {
    if (is_over) return;
    call([this] {
      ++calls;
      go_on();
    });
  }

  std::atomic<bool> is_over = false;
  std::atomic<std::size_t> calls = 0;
};

// Reads a file without end.
class line_user final : public user {
 public:
  explicit line_user(asio::io_context& context)
      : file_(context, "/dev/zero", file_base::read_only), reader_(file_, each_byte_a_line()) {}
  void call(std::function<void()> ended) override {
    reader_.async_next([ended = std::move(ended)](error_code, auto) { ended(); });
  }

 private:
  static asiofile::line_reader_options each_byte_a_line() {
    asiofile::line_reader_options options;
    options.delimiter = std::string(1, '\0');
    options.buffer_bytes = 4;
    return options;
  }

  random_access_file file_;
  asiofile::line_reader reader_;
};

class chunk_user final : public user {
 public:
  explicit chunk_user(asio::io_context& context)
      : file_(context, "/dev/zero", file_base::read_only), reader_(file_, large_chunks()) {}
  void call(std::function<void()> ended) override {
    reader_.async_next([ended = std::move(ended)](error_code, auto) { ended(); });
  }

 private:
  static asiofile::chunk_reader_options large_chunks() {
    asiofile::chunk_reader_options options;
    options.chunk_bytes = 256 * 1024;
    options.read_ahead = 3;
    return options;
  }

  random_access_file file_;
  asiofile::chunk_reader reader_;
};

class writing_user final : public user {
 public:
  writing_user(asio::io_context& context, const std::string& path)
      : file_(context, path, file_base::write_only | file_base::create),
        writer_(file_, small_buffers()) {}
  void call(std::function<void()> ended) override {
    const auto end = [ended = std::move(ended)](error_code, std::size_t = 0) { ended(); };
    if (calls % 8 == 7)
      writer_.async_flush(end);
    else
      writer_.async_write(asio::buffer(text_), end);
  }

 private:
  static asiofile::file_writer_options small_buffers() {
    asiofile::file_writer_options options;
    options.buffer_bytes = 512;
    return options;
  }

  const std::string text_ = std::string(700, 'w');
  random_access_file file_;
  asiofile::file_writer writer_;
};

class listing_user final : public user {
 public:
  listing_user(asio::io_context& context, std::string path)
      : path_(std::move(path)), reader_(context) {}
  void call(std::function<void()> ended) override {
    if (!reader_.is_open()) {
      reader_.async_open(path_, [ended = std::move(ended)](error_code) { ended(); });
    } else if (calls % 3 == 0) {
      reader_.async_rewind([ended = std::move(ended)](error_code) { ended(); });
    } else {
      reader_.async_next([ended = std::move(ended)](error_code, auto) { ended(); });
    }
  }

 private:
  const std::string path_;
  asiofile::directory_reader reader_;
};

class copying_user final : public user {
 public:
  copying_user(asio::io_context& context, std::string from)
      : context_(context), from_(std::move(from)), to_(from_ + ".copy") {}
  void call(std::function<void()> ended) override {
    asiofile::copy_options options;
    options.existing = asiofile::copy_options::existing_target::replace;
    asiofile::async_copy_file(context_, from_, to_, options,
                              [ended = std::move(ended)](error_code, std::uint64_t) { ended(); });
  }

 private:
  asio::io_context& context_;
  const std::string from_;
  const std::string to_;
};

struct fixture {
  temporary_directory directory;
  const std::string path = make_pattern_file(directory.path("file"), 1, 2'000'000);
  watchdog limit{std::chrono::seconds(120)};

  // Forks while the user works on two threads. Each child destroys its copy.
  //
  // It can do nothing that needs the context to run: the threads may have been using parts of it.
  // For the same reason a child occasionally hangs in Boost.Asio, which does not hold its own
  // mutexes across a fork and demands that no thread runs the context. If this library is at fault,
  // many more hang.
  template <typename MakeUser>
  void fork_beside(MakeUser&& make_user) {
    if (!children_can_be_trusted()) return;
    constexpr int hung_max = 3;
    asio::io_context context;
    std::unique_ptr<user> at_work = make_user(context);
    asio::post(context, [&] { at_work->go_on(); });
    running_threads threads(context, 2);
    int hung = 0;
    for (int i = 0; i != forks && hung <= hung_max; ++i) {
      const std::size_t before = at_work->calls;
      while (at_work->calls == before) std::this_thread::yield();
      context.notify_fork(asio::execution_context::fork_prepare);
      child_process child([&] {
        context.notify_fork(asio::execution_context::fork_child);
        at_work.reset();
      });
      context.notify_fork(asio::execution_context::fork_parent);
      const auto ended = child.wait(std::chrono::seconds(3));
      hung += ended.timed_out ? 1 : 0;
      BOOST_TEST((ended.succeeded() || ended.timed_out), "fork " << i << ": " << ended);
    }
    BOOST_TEST(hung <= hung_max);
    at_work->is_over = true;
    context.stop();
    threads.join();
  }
};

// Forks on this thread; `in_child` is called once the context has been notified.
template <typename InChild>
void fork_and_wait(asio::io_context& context, InChild&& in_child) {
  context.notify_fork(asio::execution_context::fork_prepare);
  child_process child([&] {
    context.notify_fork(asio::execution_context::fork_child);
    in_child();
  });
  context.notify_fork(asio::execution_context::fork_parent);
  const auto ended = child.wait(std::chrono::seconds(20));
  BOOST_TEST(ended.succeeded(), ended);
}

// Runs the context until `is_over`; in a child it may seem to have work forever.
template <typename Condition>
void run_until(asio::io_context& context, Condition&& is_over) {
  context.restart();
  while (!is_over() && context.run_one_for(std::chrono::seconds(10)) != 0) {
  }
  child_require(is_over(), "a call does not end");
}

std::string next_line(asio::io_context& context, asiofile::line_reader& reader) {
  std::optional<std::string> got;
  reader.async_next([&](error_code ec, std::optional<std::string_view> line) {
    got = ec ? ec.message() : std::string(line.value_or("the end"));
  });
  run_until(context, [&] { return got.has_value(); });
  return *got;
}

// Delays the thread that is about to end a read, once.
class held_read final : public asiofile::trace_hook {
 public:
  void started(const asiofile::traced_operation&) noexcept override {}
  void finished(const asiofile::traced_operation& operation) noexcept override {
    if (operation.name != "read" || !is_wanted.exchange(false)) return;
    is_held = true;
    while (!is_let_go) std::this_thread::yield();
  }

  std::atomic<bool> is_wanted = true;
  std::atomic<bool> is_held = false;
  std::atomic<bool> is_let_go = false;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(fork_beside_readers, fixture)

BOOST_AUTO_TEST_CASE(a_call_under_way_ends_in_the_child_and_the_next_one_gives_its_line) {
  write_file(path, "one\ntwo\nthree\n");
  asio::io_context context;
  random_access_file file(context, path, file_base::read_only);
  asiofile::line_reader_options options;
  options.buffer_bytes = 2;
  for (int turns = 0; turns != 12; ++turns) {
    asiofile::line_reader reader(file, options);
    BOOST_TEST(next_line(context, reader) == "one");
    std::optional<error_code> ended;
    std::string line;
    reader.async_next([&](error_code ec, std::optional<std::string_view> found) {
      ended = ec;
      line = found.value_or("");
    });
    context.restart();
    for (int i = 0; i != turns; ++i) context.poll_one();
    fork_and_wait(context, [&] {
      if (!ended) run_until(context, [&] { return ended.has_value(); });
      if (*ended) child_require(*ended == asio::error::operation_aborted, ended->message());
      if (*ended) line = next_line(context, reader);
      child_require(line == "two", line);
      line = next_line(context, reader);
      child_require(line == "three", line);
    });
    context.restart();
    context.run();
    BOOST_TEST(line == "two");
    BOOST_TEST(next_line(context, reader) == "three");
  }
}

// The thread does not exist in the child, and so neither does the read.
BOOST_AUTO_TEST_CASE(a_read_that_another_thread_has_in_hand_is_made_anew_in_the_child) {
  if (!children_can_be_trusted()) return;
  write_file(path, "one\ntwo\n");
  const auto hold = std::make_shared<held_read>();
  asio::io_context context;
  asiofile::service_options options;
  options.trace = hold;
  asio::make_service<asiofile::file_service>(context, options);
  random_access_file file(context, path, file_base::read_only);
  auto reader = std::make_unique<asiofile::line_reader>(file);
  std::atomic<bool> is_over = false;
  std::string first;
  std::optional<error_code> ended;
  reader->async_next([&](error_code ec, std::optional<std::string_view> line) {
    ended = ec;
    first = line.value_or("");
    is_over = true;
  });
  running_threads thread(context, 1);
  while (!hold->is_held) std::this_thread::yield();
  fork_and_wait(context, [&] {
    run_until(context, [&] { return ended.has_value(); });
    child_require(*ended == asio::error::operation_aborted, ended->message());
    child_require(reader->position() == 0, "the position has moved");
    const std::string one = next_line(context, *reader);
    child_require(one == "one", one);
    const std::string two = next_line(context, *reader);
    child_require(two == "two", two);
    reader.reset();
  });
  hold->is_let_go = true;
  thread.join();
  BOOST_TEST(is_over);
  BOOST_TEST(first == "one");
}

BOOST_AUTO_TEST_CASE(what_a_writer_had_in_flight_is_the_parents_to_write) {
  asio::io_context context;
  random_access_file file(context, path, file_base::read_write);
  asiofile::file_writer_options options;
  options.buffer_bytes = 4;
  options.buffers = 2;
  asiofile::file_writer writer(file, options);
  std::optional<error_code> ended;
  writer.async_write(asio::buffer("0123456789abcdef", 16),
                     [&](error_code ec, std::size_t) { ended = ec; });
  fork_and_wait(context, [&] {
    run_until(context, [&] { return ended.has_value(); });
    child_require(*ended == asio::error::operation_aborted, ended->message());
    std::optional<error_code> flushed, closed;
    writer.async_flush([&](error_code ec) { flushed = ec; });
    run_until(context, [&] { return flushed.has_value(); });
    child_require(*flushed == asio::error::operation_aborted, flushed->message());
    writer.async_close([&](error_code ec) { closed = ec; });
    run_until(context, [&] { return closed.has_value(); });
    child_require(*closed == asio::error::operation_aborted, closed->message());
    child_require(!file.is_open(), "the file is open");
  });
  context.restart();
  context.run();
  BOOST_TEST(ended.value_or(error_code(EIO, boost::system::system_category())) == error_code());
  BOOST_TEST(run_status(context, [&](auto handler) { writer.async_flush(handler); }) ==
             error_code());
  BOOST_TEST(read_file(path).substr(0, 16) == "0123456789abcdef");
}

BOOST_AUTO_TEST_CASE(a_directory_that_was_being_read_is_closed_in_the_child_and_may_be_opened) {
  asio::io_context context;
  asiofile::directory_reader reader(context);
  BOOST_TEST(run_status(context, [&](auto handler) {
               reader.async_open(directory.root(), handler);
             }) == error_code());
  std::optional<error_code> ended;
  reader.async_next([&](error_code ec, auto) { ended = ec; });
  fork_and_wait(context, [&] {
    run_until(context, [&] { return ended.has_value(); });
    child_require(*ended == asio::error::operation_aborted, ended->message());
    child_require(!reader.is_open(), "the directory is open");
    std::optional<error_code> opened;
    reader.async_open(directory.root(), [&](error_code ec) { opened = ec; });
    run_until(context, [&] { return opened.has_value(); });
    child_require(!*opened, opened->message());
  });
  context.restart();
  context.run();
  BOOST_TEST(ended.value_or(error_code(EIO, boost::system::system_category())) == error_code());
}

BOOST_AUTO_TEST_CASE(a_child_may_destroy_a_line_reader) {
  fork_beside([](asio::io_context& context) {
    return std::make_unique<line_user>(context);
  });
}

BOOST_AUTO_TEST_CASE(a_child_may_destroy_a_chunk_reader) {
  fork_beside([](asio::io_context& context) {
    return std::make_unique<chunk_user>(context);
  });
}

BOOST_AUTO_TEST_CASE(a_child_may_destroy_a_file_writer) {
  fork_beside([this](asio::io_context& context) {
    return std::make_unique<writing_user>(context, path);
  });
}

BOOST_AUTO_TEST_CASE(a_child_may_destroy_a_directory_reader) {
  for (int i = 0; i != 300; ++i) write_file(directory.path("name" + std::to_string(i)), "");
  fork_beside([this](asio::io_context& context) {
    return std::make_unique<listing_user>(context, directory.root());
  });
}

BOOST_AUTO_TEST_CASE(a_child_lives_beside_a_copy) {
  fork_beside([this](asio::io_context& context) {
    return std::make_unique<copying_user>(context, path);
  });
}

BOOST_AUTO_TEST_CASE(a_child_may_use_registered_buffers_that_a_thread_was_using) {
  if (!children_can_be_trusted()) return;
  asio::io_context context;
  auto buffers = std::make_unique<asiofile::registered_buffers>(context, 64, 64);
  std::atomic<bool> is_over = false;
  std::vector<std::thread> threads;
  for (int i = 0; i != 2; ++i)
    threads.emplace_back([&] {
      while (!is_over) static_cast<void>(buffers->try_acquire());
    });
  for (int i = 0; i != 3 * forks; ++i) {
    context.notify_fork(asio::execution_context::fork_prepare);
    child_process child([&] {
      context.notify_fork(asio::execution_context::fork_child);
      // The slots that the threads had are lost to the child.
      std::vector<asiofile::registered_buffer> taken;
      while (auto next = buffers->try_acquire()) taken.push_back(std::move(*next));
      child_require(taken.size() >= 62 && taken.size() <= 64, std::to_string(taken.size()));
      taken.clear();
      child_require(buffers->try_acquire().has_value(), "none is left");
      buffers.reset();
    });
    context.notify_fork(asio::execution_context::fork_parent);
    const auto ended = child.wait(std::chrono::seconds(20));
    BOOST_TEST(ended.succeeded(), "fork " << i << ": " << ended);
    if (!ended.succeeded()) break;
  }
  is_over = true;
  for (auto& each : threads) each.join();
  std::vector<asiofile::registered_buffer> all;
  while (auto next = buffers->try_acquire()) all.push_back(std::move(*next));
  BOOST_TEST(all.size() == 64U);
}

BOOST_AUTO_TEST_SUITE_END()
