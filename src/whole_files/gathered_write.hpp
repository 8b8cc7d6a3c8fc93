// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Buffers that are written to a file one after the other, in several calls.

#include "system/owned_fd.hpp"

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace asiofile::detail {

class gathered_write {
 public:
  // None may be empty. The memory that they describe must stay valid.
  explicit gathered_write(std::vector<iovec> buffers) noexcept;

  [[nodiscard]] bool is_complete() const noexcept { return left_ == 0; }
  [[nodiscard]] std::size_t written_bytes() const noexcept { return written_; }

  // Writes a piece at the descriptor's own position. Returns its size, never 0, or an errno value,
  // negated (-EINTR too).
  std::int64_t write_some(const owned_fd& file) noexcept;

 private:
  std::vector<iovec> buffers_;
  iovec* next_;
  std::uint32_t left_;
  std::size_t written_ = 0;
};

}  // namespace asiofile::detail
