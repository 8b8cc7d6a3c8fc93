// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "whole_files/gathered_write.hpp"

#include "operations/completion.hpp"

#include <asiofile/detail/iovec_limit.hpp>

#include <cerrno>
#include <utility>

namespace asiofile::detail {

namespace {

// The size of one call: a file system copies this much in a few milliseconds.
constexpr std::size_t written_piece_bytes_max = 8 * 1024 * 1024;

}  // namespace

gathered_write::gathered_write(std::vector<iovec> buffers) noexcept
    : buffers_(std::move(buffers)),
      next_(buffers_.data()),
      left_(static_cast<std::uint32_t>(buffers_.size())) {}

std::int64_t gathered_write::write_some(const owned_fd& file) noexcept {
  std::size_t count = 0;
  std::size_t bytes = 0;
  while (count != left_ && count != iovec_count_max && bytes < written_piece_bytes_max)
    bytes += next_[count++].iov_len;
  iovec& last = next_[count - 1];
  const std::size_t excess = bytes > written_piece_bytes_max ? bytes - written_piece_bytes_max : 0;
  last.iov_len -= excess;
  const std::int64_t written = file.system()->writev(file.get(), next_, static_cast<int>(count));
  last.iov_len += excess;
  if (written < 0) return written;
  // A write of 0 bytes without an error.
  if (written == 0) return -EIO;
  written_ += static_cast<std::size_t>(written);
  drop_front(next_, left_, static_cast<std::uint64_t>(written));
  return written;
}

}  // namespace asiofile::detail
