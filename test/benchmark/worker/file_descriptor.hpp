// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The data file as a worker opens it.

#include "task.hpp"

#include <cstddef>
#include <vector>

namespace benchmark {

// The flags of open(2) for a task.
[[nodiscard]] int open_flags(const task& what);

// Opens and closes; ends the program if that fails.
class file_descriptor {
 public:
  explicit file_descriptor(const task& what);
  ~file_descriptor();
  file_descriptor(file_descriptor&& other) noexcept;
  file_descriptor& operator=(file_descriptor&&) = delete;

  [[nodiscard]] int get() const noexcept { return fd_; }

  // The caller must close it.
  [[nodiscard]] int release() noexcept;

 private:
  int fd_;
};

}  // namespace benchmark
