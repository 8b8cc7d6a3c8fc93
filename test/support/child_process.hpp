// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A forked child that runs a function, and how it ended.
//
// A child has no Boost.Test: it reports failures by throwing (`child_require` does), and the
// parent's `outcome` carries the text.

#include "sanitizers.hpp"
#include "skip.hpp"

#include <sys/types.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <exception>
#include <ostream>
#include <source_location>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif

namespace test_support {

// Whether a child can do more than exit. A sanitizer's own locks and tables do not survive a fork
// while other threads run: a child then hangs in address sanitizer's allocator, or thread sanitizer
// ends it for a "dup thread". Says why the test is skipped.
inline bool children_can_be_trusted() {
  if (!under_sanitizer) return true;
  skip("a sanitizer's runtime does not survive fork beside other threads");
  return false;
}

// In a child: throws, naming the line, if the condition is false.
inline void child_require(bool condition, const std::string& what,
                          const std::source_location& where = std::source_location::current()) {
  if (!condition) throw std::runtime_error("line " + std::to_string(where.line()) + ": " + what);
}

class child_process {
 public:
  // How the child ended.
  struct outcome {
    bool timed_out = false;  // it was killed because the time limit was exceeded
    int signal = 0;          // the signal that ended it
    int exit_code = -1;      // what it returned, if no signal ended it
    std::string failure;     // the text of the exception that left its function

    [[nodiscard]] bool succeeded() const noexcept {
      return !timed_out && signal == 0 && exit_code == 0;
    }

    friend std::ostream& operator<<(std::ostream& out, const outcome& ended) {
      if (ended.timed_out)
        out << "timed out";
      else if (ended.signal != 0)
        out << "ended by signal " << ended.signal;
      else
        out << "exit code " << ended.exit_code;
      return ended.failure.empty() ? out : out << ", " << ended.failure;
    }
  };

  // Forks. The child calls `function`, which returns nothing (exit code 0) or the exit code, and
  // ends with _exit: no destructors of the parent's objects, no atexit functions.
  template <typename Function>
  explicit child_process(Function&& function) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      throw std::system_error(errno, std::system_category(), "pipe2");
    pid_ = ::fork();
    if (pid_ == -1) {
      const int error = errno;
      ::close(ends[0]);
      ::close(ends[1]);
      throw std::system_error(error, std::system_category(), "fork");
    }
    if (pid_ == 0) {
      // Memory that the parent's other threads held leaks in the child, and only there.
#ifdef VALGRIND_CLO_CHANGE
      VALGRIND_CLO_CHANGE("--leak-check=no");
#endif
      ::close(ends[0]);
      ::_exit(run(function, ends[1]));
    }
    ::close(ends[1]);
    failure_fd_ = ends[0];
  }

  // Kills a child that nobody waited for.
  ~child_process() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    if (failure_fd_ != -1) ::close(failure_fd_);
  }

  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  // Waits for its end, and kills it if that takes longer than `limit` (five times as long under a
  // sanitizer). Call it once.
  outcome wait(std::chrono::seconds limit = std::chrono::seconds(10)) {
    using clock = std::chrono::steady_clock;
    const auto deadline = clock::now() + limit * normally_or_sanitized(1, 5);
    outcome ended;
    int status = 0;
    pid_t gone = 0;
    while ((gone = ::waitpid(pid_, &status, WNOHANG)) == 0 || (gone == -1 && errno == EINTR)) {
      if (clock::now() >= deadline && !ended.timed_out) {
        ended.timed_out = true;
        ::kill(pid_, SIGKILL);
      }
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
    if (gone == -1) throw std::system_error(errno, std::system_category(), "waitpid");
    pid_ = -1;
    if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
    if (WIFEXITED(status)) ended.exit_code = WEXITSTATUS(status);
    char text[failure_bytes_max];
    const ssize_t size = ::read(failure_fd_, text, sizeof text);
    if (size > 0) ended.failure.assign(text, static_cast<std::size_t>(size));
    return ended;
  }

 private:
  // Fits into a pipe that is not read yet.
  static constexpr std::size_t failure_bytes_max = 2048;
  static constexpr int exit_failed = 1;

  template <typename Function>
  static int run(Function& function, int failure_fd) noexcept {
    std::string failure;
    try {
      if constexpr (std::is_void_v<decltype(function())>) {
        function();
        return 0;
      } else {
        return static_cast<int>(function());
      }
    } catch (const std::exception& thrown) {
      failure = thrown.what();
    } catch (...) {
      failure = "an exception that is none of std's";
    }
    failure.resize(std::min(failure.size(), failure_bytes_max));
    if (::write(failure_fd, failure.data(), failure.size()) < 0) return exit_failed;
    return exit_failed;
  }

  pid_t pid_ = -1;
  int failure_fd_ = -1;
};

}  // namespace test_support
