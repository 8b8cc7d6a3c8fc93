// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Several threads, each with a contender of its own.

#include "contender.hpp"
#include "task.hpp"

#include <atomic>
#include <barrier>
#include <cstdint>
#include <thread>
#include <vector>

namespace benchmark {

class context_per_thread final : public contender {
 public:
  explicit context_per_thread(const task& what);
  ~context_per_thread() override;

  void run(std::uint64_t operations) override;
  void check_written() override;

 private:
  enum class command { run, check_written, end };

  void give(command next);
  void serve(task what);

  // The threads wait in it for a command, and this one for its end.
  std::barrier<> meeting_;
  command command_ = command::run;
  std::uint64_t operations_each_ = 0;
  std::vector<std::jthread> threads_;
};

}  // namespace benchmark
