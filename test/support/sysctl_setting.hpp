// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A machine-wide setting (sysctl) that is changed temporarily. It is restored when the object is
// destroyed, and even if the process is killed: by a separate process, which waits for that.

#include "private_mounts.hpp"

#include <sys/wait.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>
#include <utility>

namespace test_support {

class sysctl_setting {
 public:
  // `path`: below /proc/sys. Does not change it yet.
  explicit sysctl_setting(std::string path) : path_(std::move(path)), original_(read()) {}
  ~sysctl_setting() { restore(); }
  sysctl_setting(const sysctl_setting&) = delete;
  sysctl_setting& operator=(const sysctl_setting&) = delete;

  // Why it could not be changed; empty if it was changed.
  obstacle set(const std::string& value) {
    if (original_.empty()) return errno_obstacle("there is no " + path_);
    if (guardian_ == -1) start_guardian();
    return write_setting(path_, value);
  }

  void restore() {
    if (guardian_ == -1) return;
    ::close(alive_fd_);
    ::waitpid(guardian_, nullptr, 0);
    guardian_ = -1;
  }

 private:
  void start_guardian() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      throw std::system_error(errno, std::system_category(), "pipe2");
    guardian_ = ::fork();
    if (guardian_ == 0) {
      // A signal to the test's whole process group must not end this.
      ::setsid();
      for (const int each : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) std::signal(each, SIG_IGN);
      ::close(ends[1]);
      char unused = 0;
      while (::read(ends[0], &unused, 1) == -1 && errno == EINTR) continue;
      ::_exit(write_setting(path_, original_).empty() ? 0 : 1);
    }
    ::close(ends[0]);
    if (guardian_ == -1) throw std::system_error(errno, std::system_category(), "fork");
    alive_fd_ = ends[1];
  }

  [[nodiscard]] std::string read() const {
    const int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd == -1) return {};
    char text[64];
    const ssize_t count = ::read(fd, text, sizeof text);
    ::close(fd);
    return count > 0 ? std::string(text, static_cast<std::size_t>(count)) : std::string();
  }

  std::string path_;
  std::string original_;
  pid_t guardian_ = -1;
  // Closed by the kernel if the process ends without restoring it.
  int alive_fd_ = -1;
};

}  // namespace test_support
