// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <asiofile/detail/operation.hpp>

#include <memory>
#include <utility>

namespace asiofile::detail {

class log_state;

// The one operation that a log has under way at a time: its storage is used for one operation after
// the other. On the heap, because a forked child may have to leave it behind.
class log_step final : public operation_storage {
 public:
  log_step() noexcept : operation_storage(&log_step::end) {}

  // Until it has completed, the log stays.
  void keep(std::shared_ptr<log_state> log) noexcept { log_ = std::move(log); }

  // In a forked child: it belongs to the parent. It may still complete here, or never.
  void leave_behind() noexcept { is_left_behind_ = true; }

 private:
  static void end(operation_storage& over, const operation_result* result);

  std::shared_ptr<log_state> log_;
  bool is_left_behind_ = false;
};

}  // namespace asiofile::detail
