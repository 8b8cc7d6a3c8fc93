// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "worker_process.hpp"

#include <boost/json.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace benchmark {

namespace {

[[noreturn]] void throw_errno(const std::string& what, int error) {
  throw std::system_error(error, std::generic_category(), what);
}

// Starts the program with its standard output going to `output_fd`.
::pid_t start(const std::string& program, const task& what, int output_fd) {
  std::vector<std::string> arguments = to_arguments(what);
  arguments.insert(arguments.begin(), program);
  std::vector<char*> pointers;
  for (std::string& each : arguments) pointers.push_back(each.data());
  pointers.push_back(nullptr);

  ::posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, output_fd, STDOUT_FILENO);
  ::pid_t child = 0;
  const int error =
      ::posix_spawn(&child, program.c_str(), &actions, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw_errno("start " + program, error);
  return child;
}

std::string read_all(int fd) {
  std::string text;
  char part[512];
  while (true) {
    const auto got = ::read(fd, part, sizeof(part));
    if (got == 0) return text;
    if (got > 0) text.append(part, static_cast<std::size_t>(got));
    else if (errno != EINTR) throw_errno("read from a worker", errno);
  }
}

bool succeeded(::pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) == -1) {
    if (errno != EINTR) throw_errno("waitpid", errno);
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

boost::json::value ask_worker(const std::filesystem::path& program, const task& what) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("pipe2", errno);
  const ::pid_t child = start(program.string(), what, ends[1]);
  ::close(ends[1]);
  const std::string answer = read_all(ends[0]);
  ::close(ends[0]);
  if (!succeeded(child)) throw std::runtime_error(program.filename().string() + " failed");
  return boost::json::parse(answer);
}

sample run_worker(const std::filesystem::path& programs, const entrant& who) {
  const boost::json::value answer = ask_worker(programs / who.program, who.what);
  return {answer.at("operations_per_second").to_number<double>(),
          answer.at("cpu_nanoseconds_per_operation").to_number<double>()};
}

}  // namespace benchmark
