// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Tail readers beside a writer whose log is rotated in every way, at every time: each line that was
// written comes exactly once, in order, and none is joined with another.

#include "linux_only.hpp"
#include "running_threads.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/tail_reader.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace fs = std::filesystem;
using asiofile::tail_reader;
using asiofile::tail_reader_options;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

// A program that writes a log, and the rotation of that log. Knows what a reader must see.
class log_writer {
 public:
  log_writer(std::string path, std::uint64_t seed) : path_(std::move(path)), chance_(seed) {
    reopen();
  }
  ~log_writer() { ::close(fd_); }
  log_writer(const log_writer&) = delete;
  log_writer& operator=(const log_writer&) = delete;

  std::uint64_t below(std::uint64_t bound) { return chance_() % bound; }

  // Writes a few lines, the last of them perhaps incomplete.
  void write() {
    std::string text = unwritten_;
    for (std::uint64_t i = 1 + below(4); i != 0; --i) {
      text += "line " + std::to_string(++count_);
      text += std::string(below(20) == 0 ? 300 : below(9), '.');
      text += '\n';
    }
    const std::size_t cut = below(3) == 0 ? below(text.size()) + 1 : text.size();
    unwritten_ = text.substr(cut);
    text.resize(cut);
    BOOST_REQUIRE(::write(fd_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    for (const char c : text) {
      if (c != '\n') {
        unfinished_ += c;
      } else {
        expected_.push_back(std::exchange(unfinished_, {}));
      }
    }
  }

  // As logrotate(8) with `create`; the program continues to write to the old file until `reopen`.
  void rename() {
    shift();
    fs::rename(path_, path_ + ".1");
    if (below(2) == 0) ::close(::open(path_.c_str(), O_WRONLY | O_CREAT, 0666));
  }
  void reopen() {
    if (fd_ != -1) ::close(fd_);
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    BOOST_REQUIRE(fd_ != -1);
  }
  // Completes those of the file that is left.
  void end_file() {
    if (!unfinished_.empty()) expected_.push_back(std::exchange(unfinished_, {}));
    // If a program writes a line in several pieces, the later ones go to the file that it has open
    // then.
  }
  void copy_and_truncate() {
    shift();
    fs::copy_file(path_, path_ + ".1");
    BOOST_REQUIRE(::ftruncate(fd_, 0) == 0);
    end_file();
  }

  [[nodiscard]] bool has_empty_file() const { return fs::file_size(path_) == 0; }
  [[nodiscard]] const lines& expected() const { return expected_; }
  [[nodiscard]] std::uint64_t inode() const {
    struct stat found;
    return ::stat(path_.c_str(), &found) == 0 ? found.st_ino : 0;
  }

 private:
  void shift() {
    for (int i = 400; i != 0; --i) {
      const std::string from = path_ + '.' + std::to_string(i);
      if (fs::exists(from)) fs::rename(from, path_ + '.' + std::to_string(i + 1));
    }
  }

  const std::string path_;
  std::mt19937_64 chance_;
  int fd_ = -1;
  std::uint64_t count_ = 0;
  std::string unwritten_;
  std::string unfinished_;
  lines expected_;
};

struct fixture {
  test_support::temporary_directory directory;
  const std::string path = directory.path("app.log");
  test_support::watchdog limit{120s};
};

// Reads as long as there is something, in a context that the test runs when it likes.
class collector {
 public:
  collector(const std::string& path, tail_reader_options options)
      : path_(path), options_(std::move(options)) {
    restart();
  }

  void restart() {
    if (reader_) {
      reader_->cancel();
      context_.restart();
      context_.run();
      options_.checkpoint = asiofile::tail_checkpoint::parse(reader_->checkpoint().to_string());
    }
    reader_.emplace(context_, path_, options_);
    read();
  }

  // Until a look has been made, and nothing has come, for some time.
  void run() { run_until(0, 20ms); }
  // Until there are this many lines, and then some time more.
  void run_until(std::size_t count, std::chrono::milliseconds quiet) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    for (std::size_t before = ~std::size_t{0}; before != got.size() || got.size() < count;) {
      before = got.size();
      context_.restart();
      context_.run_for(quiet);
      if (std::chrono::steady_clock::now() > end) break;
    }
  }
  void run_a_moment(std::chrono::microseconds time) {
    context_.restart();
    context_.run_for(time);
  }

  [[nodiscard]] std::uint64_t inode() const { return reader_->checkpoint().inode; }
  [[nodiscard]] std::uint64_t offset() const { return reader_->checkpoint().offset; }

  lines got;

 private:
  void read() {
    reader_->async_next([this](error_code ec, std::optional<std::string_view> line) {
      if (ec == asio::error::operation_aborted) return;
      BOOST_TEST(!ec);
      if (!line) return;
      got.emplace_back(*line);
      while ((line = reader_->try_next())) got.emplace_back(*line);
      read();
    });
  }

  const std::string path_;
  tail_reader_options options_;
  asio::io_context context_;
  std::optional<tail_reader> reader_;
};

void check_run(const std::string& path, std::uint64_t seed, tail_reader_options options) {
  BOOST_TEST_CONTEXT("seed " << seed) {
    log_writer log(path, seed);
    collector reader(path, std::move(options));
    // Nothing is known of what was before the first look.
    log.write();
    log.write();
    reader.run_until(2, 5ms);
    std::string steps;
    for (int step = 0; step != 60; ++step) {
      const auto what = log.below(8);
      steps += static_cast<char>('0' + what);
      switch (what) {
        case 0:
          log.rename();
          // The program is notified a while later.
          if (log.below(2) == 0) log.write();
          if (log.below(2) == 0) reader.run_a_moment(std::chrono::microseconds(log.below(900)));
          log.end_file();
          log.reopen();
          break;
        case 1: {
          // A reader must have read some of a file to recognise the copy of it.
          reader.run();
          const bool is_known = reader.inode() == log.inode() && reader.offset() != 0;
          if (is_known && !log.has_empty_file()) {
            if (log.below(2) == 0) log.write();
            log.copy_and_truncate();
          }
          break;
        }
        case 2: reader.restart(); break;
        case 3: reader.run_a_moment(std::chrono::microseconds(log.below(900))); break;
        case 4: reader.run(); break;
        default: log.write(); break;
      }
    }
    log.write();
    reader.run_until(log.expected().size(), 50ms);
    const auto [at, wanted] = std::ranges::mismatch(reader.got, log.expected());
    BOOST_TEST((at == reader.got.end() && wanted == log.expected().end()),
               "line " << at - reader.got.begin() << " of " << log.expected().size() << ": \""
                       << (at == reader.got.end() ? "(none)" : *at) << "\" instead of \""
                       << (wanted == log.expected().end() ? "(none)" : *wanted) << "\", steps "
                       << steps);
  }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tail_rotations, fixture)

BOOST_AUTO_TEST_CASE(every_line_comes_exactly_once) {
  if (!test_support::has_linux("inotify(7)")) return;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    fs::create_directories(directory.path(std::to_string(seed)));
    check_run(directory.path(std::to_string(seed) + "/app.log"), seed,
              {.poll_interval = std::chrono::hours(1)});
  }
}

// With the reader's context on its own threads, so that looks happen at any time. Files are
// renamed, not truncated: between copy and truncation lines are lost for every reader.
BOOST_AUTO_TEST_CASE(beside_a_writer_too) {
  constexpr std::size_t line_count = 20'000;
  lines got;
  std::atomic<bool> is_done = false;
  log_writer log(path, 7);
  log.write();
  asio::io_context context;
  tail_reader reader(context, path);
  std::function<void()> read = [&] {
    reader.async_next([&](error_code ec, std::optional<std::string_view> line) {
      if (ec) return;
      got.emplace_back(*line);
      // Another call could begin after the cancellation below, and wait forever.
      if (got.size() >= line_count)
        is_done = true;
      else
        read();
    });
  };
  // What was written before the first look is not followed.
  read();
  while (got.empty()) context.run_one();
  {
    test_support::running_threads running(context, 2);
    while (log.expected().size() < line_count) {
      log.write();
      if (log.below(50) != 0) continue;
      log.rename();
      if (log.below(2) == 0) log.write();
      log.end_file();
      log.reopen();
      // Gives the reader time to look while logrotate still keeps some of the files.
      if (log.below(4) == 0) std::this_thread::sleep_for(2ms);
    }
    log.write();
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (!is_done && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(1ms);
    reader.cancel();
  }
  const std::size_t common = std::min(got.size(), log.expected().size());
  BOOST_TEST(common >= line_count);
  BOOST_TEST(std::equal(got.begin(), got.begin() + static_cast<long>(common),
                        log.expected().begin()));
}

BOOST_AUTO_TEST_SUITE_END()
