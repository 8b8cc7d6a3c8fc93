// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Handlers, and the destructors of handlers, start, cancel, close and destroy whatever they like.

#include "completion_counts.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "on_destruction.hpp"
#include "open_descriptors.hpp"
#include "running_threads.hpp"
#include "sanitizers.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/system/error_code.hpp>
#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace std::chrono_literals;
using namespace test_support;

namespace {

constexpr std::size_t block = 256;

// Two files with operations in flight, and what may be done to them from a handler or its
// destructor. Everything happens on one strand, the files' executor.
class scene {
 public:
  explicit scene(asio::io_context& context)
      : path_(make_pattern_file(directory_.path("data"), 1, 64 * block)),
        pipe_(directory_.path("fifo")),
        strand_(context.get_executor()),
        file_(std::in_place, strand_, path_, asiofile::file_base::read_write),
        waiting_(std::in_place, strand_, pipe_.path(), asiofile::file_base::read_write) {}

  enum class action {
    start,
    cancel,
    close,
    async_close,
    destroy,
    move,
    release,
    reopen,
    async_reopen,
    synchronous
  };

  static constexpr std::array actions{
      action::start, action::cancel,  action::close,  action::async_close,  action::destroy,
      action::move,  action::release, action::reopen, action::async_reopen, action::synchronous};

  // Starts operations on both files. The file that has data calls `act` in the handler of one of
  // them, or when that is destroyed.
  void start(action what, bool in_destructor) {
    for (std::size_t i = 0; i != 8; ++i) {
      if (i != 3) {
        start_read(i);
        continue;
      }
      started_ += 1;
      if (in_destructor) {
        file_->async_read_some_at(i * block, asio::buffer(buffers_[i]),
                                  [this, hook = on_destruction([this, what] { act(what); })](
                                      error_code, std::size_t) { ++run_; });
      } else {
        file_->async_read_some_at(i * block, asio::buffer(buffers_[i]),
                                  [this, what](error_code, std::size_t) {
                                    ++run_;
                                    act(what);
                                  });
      }
    }
    start_wait();
    start_wait();
  }

  // Does what is necessary for the last operations to end.
  void end() {
    if (waiting_) waiting_->close();
    if (file_) file_->close();
  }

  [[nodiscard]] bool acted() const { return acted_; }
  [[nodiscard]] std::size_t started() const { return started_; }
  [[nodiscard]] std::size_t run() const { return run_; }

 private:
  void start_read(std::size_t i) {
    started_ += 1;
    file_->async_read_some_at(i * block, asio::buffer(buffers_[i]),
                              [this](error_code, std::size_t) { ++run_; });
  }

  void start_wait() {
    started_ += 1;
    const std::size_t i = next_fifo_buffer_++;
    waiting_->async_read_some_at(0, asio::buffer(fifo_buffers_.at(i)),
                                 [this](error_code, std::size_t) { ++run_; });
  }

  void act(action what) {
    acted_ = true;
    switch (what) {
      case action::start:
        start_read(9);
        start_wait();
        break;
      case action::cancel:
        file_->cancel();
        waiting_->cancel();
        file_->cancel();
        break;
      case action::close:
        file_->close();
        waiting_->close();
        break;
      case action::async_close:
        started_ += 2;
        file_->async_close([this](error_code) { ++run_; });
        waiting_->async_close([this](error_code) { ++run_; });
        break;
      case action::destroy:
        file_.reset();
        waiting_.reset();
        break;
      case action::move: {
        random_access_file moved = std::move(*file_);
        *waiting_ = std::move(moved);
        file_.emplace(strand_);
        break;
      }
      case action::release:
        ::close(file_->release());
        ::close(waiting_->release());
        break;
      case action::reopen:
        file_->close();
        file_->open(path_, asiofile::file_base::read_only);
        start_read(10);
        break;
      case action::async_reopen:
        file_->close();
        started_ += 1;
        file_->async_open(path_, asiofile::file_base::read_only, [this](error_code ec) {
          ++run_;
          if (!ec) start_read(10);
        });
        break;
      case action::synchronous:
        file_->write_some_at(0, asio::buffer("x", 1));
        file_->sync_data();
        file_->resize(32 * block);
        static_cast<void>(file_->size());
        break;
    }
  }

  temporary_directory directory_;
  std::string path_;
  fifo pipe_;
  asio::strand<asio::io_context::executor_type> strand_;
  std::optional<random_access_file> file_;
  std::optional<random_access_file> waiting_;
  std::array<std::array<char, block>, 16> buffers_{};
  std::array<std::array<char, block>, 4> fifo_buffers_{};
  std::size_t next_fifo_buffer_ = 0;
  std::atomic<bool> acted_ = false;
  std::size_t started_ = 0;
  std::size_t run_ = 0;
};

void check_actions(bool in_destructor, std::size_t threads) {
  for (const auto what : scene::actions) {
    const std::size_t descriptors = open_descriptor_count();
    {
      asio::io_context context;
      scene stage(context);
      stage.start(what, in_destructor);
      {
        running_threads others(context, threads - 1);
        while (!stage.acted()) context.run_one_for(10ms);
        context.run_for(2ms);
        context.stop();
      }
      stage.end();
      context.restart();
      context.run();
      BOOST_TEST(stage.acted());
      BOOST_TEST(stage.run() == stage.started());
    }
    BOOST_TEST(open_descriptor_count() == descriptors);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reentrancy)

BOOST_AUTO_TEST_CASE(a_handler_may_do_anything_to_its_file_and_others) {
  const watchdog limit(30s);
  check_actions(false, 1);
}

BOOST_AUTO_TEST_CASE(a_handlers_destructor_may_do_anything_to_its_file_and_others) {
  const watchdog limit(30s);
  check_actions(true, 1);
}

BOOST_AUTO_TEST_CASE(handlers_may_do_anything_with_two_threads_running_the_context) {
  const watchdog limit(60s);
  check_actions(false, 2);
  check_actions(true, 2);
}

BOOST_AUTO_TEST_CASE(each_handler_may_start_the_next_operation) {
  const watchdog limit(30s);
  const temporary_directory directory;
  const std::string path = make_pattern_file(directory.path("data"), 1, 4096);
  constexpr std::size_t length = normally_or_sanitized(20'000, 2'000);
  asio::io_context context;
  random_access_file file(context, path, asiofile::file_base::read_only);
  std::array<char, 64> buffer{};
  std::size_t run = 0;
  std::size_t wrong = 0;
  std::function<void()> start = [&] {
    const std::size_t offset = run % 64 * 64;
    file.async_read_some_at(
        offset, asio::buffer(buffer), [&, offset](error_code ec, std::size_t n) {
          wrong += !ec && n == buffer.size() && has_pattern(buffer, 1, offset) ? 0 : 1;
          if (++run != length) start();
        });
  };
  start();
  context.run();
  BOOST_TEST(run == length);
  BOOST_TEST(wrong == 0u);
}

BOOST_AUTO_TEST_CASE(a_handler_is_never_run_inside_the_function_that_starts_it) {
  const watchdog limit(30s);
  const temporary_directory directory;
  const std::string path = make_pattern_file(directory.path("data"), 1, 4096);
  asio::io_context context;
  random_access_file file(context, path, asiofile::file_base::read_write);
  random_access_file closed(context);
  std::array<char, 16> buffer{};
  bool starting = false;
  std::size_t inside = 0;
  std::size_t run = 0;
  const auto handler = [&](error_code, auto...) {
    ++run;
    inside += starting ? 1 : 0;
  };
  const auto start_all = [&] {
    starting = true;
    file.async_read_some_at(0, asio::buffer(buffer), handler);
    file.async_read_some_at(4096, asio::buffer(buffer), handler);
    file.async_read_some_at(~std::uint64_t(0), asio::buffer(buffer), handler);
    file.async_read_some_at(0, asio::mutable_buffer(), handler);
    file.async_write_some_at(0, asio::const_buffer(), handler);
    file.async_size(handler);
    file.async_resize(~std::uint64_t(0), handler);
    file.async_open(path, asiofile::file_base::read_only, handler);
    closed.async_read_some_at(0, asio::buffer(buffer), handler);
    closed.async_write_some_at(0, asio::buffer(buffer), handler);
    closed.async_size(handler);
    closed.async_sync_all(handler);
    closed.async_close(handler);
    starting = false;
  };
  start_all();
  BOOST_TEST(run == 0u);
  context.run();
  BOOST_TEST(run == 13u);
  BOOST_TEST(inside == 0u);

  // Nor if the thread already runs the context.
  asio::post(context, start_all);
  context.restart();
  context.run();
  BOOST_TEST(run == 26u);
  BOOST_TEST(inside == 0u);
}

BOOST_AUTO_TEST_CASE(handlers_of_many_files_may_close_each_other) {
  const watchdog limit(30s);
  const temporary_directory directory;
  const std::string path = make_pattern_file(directory.path("data"), 1, 4096);
  constexpr std::size_t count = 100;
  const std::size_t descriptors = open_descriptor_count();
  {
    asio::io_context context;
    std::vector<random_access_file> files;
    std::array<std::array<char, 16>, count> buffers{};
    completion_counts counts(count);
    for (std::size_t i = 0; i != count; ++i)
      files.emplace_back(context, path, asiofile::file_base::read_only);
    for (std::size_t i = 0; i != count; ++i) {
      files[i].async_read_some_at(0, asio::buffer(buffers[i]), [&, i](error_code, std::size_t) {
        counts.record(i);
        files[(i + 7) % count].close();
        error_code ignored;
        files[(i + 13) % count].cancel(ignored);
        if (i % 10 == 0) files[(i + 1) % count] = random_access_file(context);
      });
    }
    context.run();
    BOOST_TEST(counts.each_once());
  }
  BOOST_TEST(open_descriptor_count() == descriptors);
}

BOOST_AUTO_TEST_SUITE_END()
