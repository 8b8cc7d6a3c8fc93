// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The process's open descriptors and its threads.

#include <dirent.h>
#include <fcntl.h>
#include <sys/types.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <system_error>
#include <thread>

namespace test_support {

// The numbers of the process's open descriptors.
inline std::set<int> open_descriptors() {
  DIR* const directory = ::opendir("/proc/self/fd");
  if (directory == nullptr)
    throw std::system_error(errno, std::system_category(), "opendir /proc/self/fd");
  std::set<int> numbers;
  while (const dirent* const entry = ::readdir(directory)) {
    if (entry->d_name[0] != '.') numbers.insert(std::atoi(entry->d_name));
  }
  numbers.erase(::dirfd(directory));
  ::closedir(directory);
  return numbers;
}

inline std::size_t open_descriptor_count() { return open_descriptors().size(); }

inline bool is_open_descriptor(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

// What a descriptor refers to, such as its file's path; empty for none.
inline std::string descriptor_target(int fd) {
  std::error_code failed;
  const auto target = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), failed);
  return failed ? std::string() : target.string();
}

// Without io_uring's workers: they belong to the kernel, which ends them asynchronously.
inline std::size_t thread_count() {
  std::size_t count = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    // No name: it has ended meanwhile.
    if (!name.empty() && !name.starts_with("iou-")) ++count;
  }
  return count;
}

// The number of threads, once it has dropped to `expected`, or its value after five seconds: a
// thread that was joined is listed for a moment longer.
inline std::size_t settled_thread_count(std::size_t expected) {
  using clock = std::chrono::steady_clock;
  const auto deadline = clock::now() + std::chrono::seconds(5);
  std::size_t count = thread_count();
  while (count > expected && clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    count = thread_count();
  }
  return count;
}

}  // namespace test_support
