// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "logs/log_batch.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace asiofile::detail {

log_batch::log_batch(const io_alignment& alignment)
    : alignment_(alignment), tail_(alignment.offset_bytes) {}

std::size_t log_batch::memory_for(std::size_t record_bytes) const noexcept {
  // The tail is less than a block, and so is the padding of the last one.
  return static_cast<std::size_t>(
      align_up(record_bytes + alignment_.offset_bytes - 1, alignment_.offset_bytes));
}

void log_batch::give(memory_block& memory) noexcept {
  if (memory) memory_ = std::move(memory);
}

iovec& log_batch::tail_block() noexcept {
  place_ = {memory_.data(), alignment_.offset_bytes};
  return place_;
}

void log_batch::take_tail(std::uint64_t end, std::size_t bytes_read) noexcept {
  const auto wanted = static_cast<std::size_t>(end - block_of(end));
  const std::size_t there = std::min(wanted, bytes_read);
  std::memcpy(tail_.data(), memory_.data(), there);
  std::memset(tail_.data() + there, 0, wanted - there);
}

void log_batch::begin(std::uint64_t end) noexcept {
  offset_ = block_of(end);
  filled_ = static_cast<std::size_t>(end - offset_);
  std::memcpy(memory_.data(), tail_.data(), filled_);
}

void log_batch::copy(iovec*& buffers, std::size_t bytes) noexcept {
  assert(filled_ + bytes <= memory_.size());
  while (bytes != 0) {
    const std::size_t piece = std::min(bytes, buffers->iov_len);
    std::memcpy(memory_.data() + filled_, buffers->iov_base, piece);
    filled_ += piece;
    bytes -= piece;
    if (piece == buffers->iov_len) {
      ++buffers;
      continue;
    }
    buffers->iov_base = static_cast<std::byte*>(buffers->iov_base) + piece;
    buffers->iov_len -= piece;
  }
}

iovec& log_batch::finish() noexcept {
  const auto whole = static_cast<std::size_t>(align_up(filled_, alignment_.offset_bytes));
  std::memset(memory_.data() + filled_, 0, whole - filled_);
  place_ = {memory_.data(), whole};
  return place_;
}

void log_batch::keep_tail() noexcept {
  const auto in_blocks = static_cast<std::size_t>(align_down(filled_, alignment_.offset_bytes));
  std::memcpy(tail_.data(), memory_.data() + in_blocks, filled_ - in_blocks);
}

}  // namespace asiofile::detail
