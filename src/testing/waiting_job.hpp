// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A sleep on the virtual clock.

#include "testing/files_lock.hpp"

#include <asiofile/detail/job.hpp>

#include <cerrno>
#include <chrono>
#include <cstdint>

namespace asiofile::testing::detail {

class memory_system;

class waiting_job final : public asiofile::detail::job {
 public:
  waiting_job(const memory_system& whose, std::chrono::nanoseconds when) noexcept
      : clock(&whose), due(when) {}

  // Only compared: it may have been destroyed.
  const memory_system* const clock;
  std::chrono::nanoseconds due ASIOFILE_GUARDED_BY(files_lock);

  // The engine of that clock runs it when it is due. Other engines have no virtual time.
  void set_over() noexcept { is_over_ = true; }

 private:
  std::int64_t step() noexcept override { return is_over_ ? 0 : -EOPNOTSUPP; }

  bool is_over_ = false;
};

}  // namespace asiofile::testing::detail
