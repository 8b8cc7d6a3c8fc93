// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "operations/operation.hpp"

#include <asiofile/detail/log_state.hpp>

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>

namespace asiofile::detail {

// A call of a log, with the part of its record that is still to be gathered.
class log_operation final : public operation {
 public:
  log_operation(const log_request& asked, std::uint64_t call_number) noexcept
      : operation(operation_kind::wait),
        number(call_number),
        buffers(asked.buffers),
        left(asked.bytes),
        what(asked.what) {}

  const std::uint64_t number;
  iovec* buffers;
  // Bytes that are in no batch yet.
  std::uint64_t left;
  // Bytes in the batch that is being written.
  std::size_t gathered = 0;
  const log_call what;
  // A part of it is being written, or has been: it can no longer be cancelled.
  bool has_begun = false;
  // Where it is in the file, once it has begun.
  std::uint64_t offset = 0;
};

[[nodiscard]] inline log_operation& as_call(operation& which) noexcept {
  return static_cast<log_operation&>(which);
}

}  // namespace asiofile::detail
