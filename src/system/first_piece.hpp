// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "system/posix_calls.hpp"

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>

namespace asiofile::detail {

// The part of the buffers that one system call takes: exactly `transfer_bytes_max` bytes if there
// are more: Linux transfers no more, and other systems refuse more. The last buffer is cut for as
// long as this lives.
class first_piece {
 public:
  first_piece(iovec* buffers, std::size_t count) noexcept : buffers_(buffers) {
    std::uint64_t bytes = 0;
    while (count_ != static_cast<int>(count) && bytes < transfer_bytes_max)
      bytes += buffers[count_++].iov_len;
    if (bytes <= transfer_bytes_max) return;
    cut_ = static_cast<std::size_t>(bytes - transfer_bytes_max);
    buffers[count_ - 1].iov_len -= cut_;
  }
  first_piece(const first_piece&) = delete;
  first_piece& operator=(const first_piece&) = delete;
  ~first_piece() {
    if (cut_ != 0) buffers_[count_ - 1].iov_len += cut_;
  }

  [[nodiscard]] const iovec* buffers() const noexcept { return buffers_; }
  [[nodiscard]] int count() const noexcept { return count_; }

 private:
  iovec* const buffers_;
  int count_ = 0;
  std::size_t cut_ = 0;
};

}  // namespace asiofile::detail
