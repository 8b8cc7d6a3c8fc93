// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Other programs, run by the benchmark.

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace benchmark {

// A running program. Not for use by two threads at a time.
class child_process {
 public:
  // Starts the program named first, by its path or through PATH. Its standard output goes to
  // `output_fd`. It gets SIGTERM when the thread that started it ends. Throws.
  explicit child_process(std::vector<std::string> arguments, int output_fd = 1);

  // Kills what is still running, and waits for it.
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  [[nodiscard]] ::pid_t id() const noexcept { return id_; }

  void send_signal(int number) const;

  // True: it ended with exit code 0.
  bool wait();

  // False: it still runs after `duration`.
  [[nodiscard]] bool ends_within(std::chrono::milliseconds duration);

 private:
  void reap(int options);

  ::pid_t id_;
  int status_ = 0;
  bool is_running_ = true;
};

// What the program prints. Throws if it fails; it has then reported why on standard error.
[[nodiscard]] std::string output_of(const std::vector<std::string>& arguments);

}  // namespace benchmark
