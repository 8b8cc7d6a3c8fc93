// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What a log writes at a time: records, one directly behind the other, in memory that the file
// demands. Of a direct file these are whole blocks: in front there is what the log has in its last
// block already (the tail), behind there are zeros.

#include "system/block_pool.hpp"

#include <asiofile/io_alignment.hpp>

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace asiofile::detail {

class log_batch {
 public:
  // `alignment`: of the file. May throw.
  explicit log_batch(const io_alignment& alignment);

  // The memory that takes so many bytes of records, wherever they begin.
  [[nodiscard]] std::size_t memory_for(std::size_t record_bytes) const noexcept;
  [[nodiscard]] std::size_t memory_alignment() const noexcept { return alignment_.memory_bytes; }
  // Allocates memory; if that fails, it continues with what it has.
  void give(memory_block& memory) noexcept;
  // Nothing is being written.
  void rest() noexcept { memory_ = {}; }

  // ---- the tail of a log that does not begin at a block

  // What to read: the block that `end` is in.
  [[nodiscard]] iovec& tail_block() noexcept;
  [[nodiscard]] std::uint64_t block_of(std::uint64_t end) const noexcept {
    return align_down(end, alignment_.offset_bytes);
  }
  // It has been read, as far as the file goes.
  void take_tail(std::uint64_t end, std::size_t bytes_read) noexcept;

  // ---- gathering

  // Begins a batch that goes to the file at `end`.
  void begin(std::uint64_t end) noexcept;
  // Copies `bytes` from the buffers, and leaves those and the pointer at what follows.
  void copy(iovec*& buffers, std::size_t bytes) noexcept;
  // Ends it: the one buffer to be written to `offset`.
  [[nodiscard]] iovec& finish() noexcept;
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  // Where the blocks end that hold everything up to `end`.
  [[nodiscard]] std::uint64_t end_of_blocks(std::uint64_t end) const noexcept {
    return align_up(end, alignment_.offset_bytes);
  }
  // It has been written: keeps the tail for the next one.
  void keep_tail() noexcept;

 private:
  const io_alignment alignment_;
  memory_block memory_;
  // What the last block has, as far as it is filled: less than a block.
  std::vector<std::byte> tail_;
  // Where the memory goes to; how much of it is filled.
  std::uint64_t offset_ = 0;
  std::size_t filled_ = 0;
  iovec place_{};
};

}  // namespace asiofile::detail
