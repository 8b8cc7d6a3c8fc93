// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "child_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace benchmark {

namespace {

[[noreturn]] void throw_errno(const std::string& what, int error) {
  throw std::system_error(error, std::generic_category(), what);
}

// In the child, between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(char* const* arguments, int output_fd, ::pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() == parent && ::dup2(output_fd, STDOUT_FILENO) != -1)
    ::execvp(arguments[0], arguments);
  ::_exit(127);
}

::pid_t start(std::vector<std::string>& arguments, int output_fd) {
  std::vector<char*> pointers;
  for (std::string& each : arguments) pointers.push_back(each.data());
  pointers.push_back(nullptr);
  const ::pid_t parent = ::getpid();
  const ::pid_t child = ::fork();
  if (child == -1) throw_errno("start " + arguments.front(), errno);
  if (child == 0) become(pointers.data(), output_fd, parent);
  return child;
}

std::string read_all(int fd) {
  std::string text;
  char part[512];
  while (true) {
    const auto got = ::read(fd, part, sizeof(part));
    if (got == 0) return text;
    if (got > 0) text.append(part, static_cast<std::size_t>(got));
    else if (errno != EINTR) throw_errno("read what a program printed", errno);
  }
}

}  // namespace

child_process::child_process(std::vector<std::string> arguments, int output_fd)
    : id_(start(arguments, output_fd)) {}

child_process::~child_process() {
  if (!is_running_) return;
  ::kill(id_, SIGKILL);
  while (::waitpid(id_, &status_, 0) == -1 && errno == EINTR) {
  }
}

void child_process::send_signal(int number) const {
  if (is_running_) ::kill(id_, number);
}

void child_process::reap(int options) {
  while (is_running_) {
    const ::pid_t ended = ::waitpid(id_, &status_, options);
    if (ended == 0) return;
    if (ended == id_) is_running_ = false;
    else if (errno != EINTR) throw_errno("waitpid", errno);
  }
}

bool child_process::wait() {
  reap(0);
  return WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
}

bool child_process::ends_within(std::chrono::milliseconds duration) {
  const auto end = std::chrono::steady_clock::now() + duration;
  reap(WNOHANG);
  while (is_running_ && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    reap(WNOHANG);
  }
  return !is_running_;
}

std::string output_of(const std::vector<std::string>& arguments) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("pipe2", errno);
  child_process child(arguments, ends[1]);
  ::close(ends[1]);
  std::string output = read_all(ends[0]);
  ::close(ends[0]);
  if (!child.wait())
    throw std::runtime_error(std::filesystem::path(arguments.front()).filename().string() +
                             " failed");
  return output;
}

}  // namespace benchmark
