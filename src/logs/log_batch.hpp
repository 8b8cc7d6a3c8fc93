// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What a log writes at a time: records, one directly after the other, in memory aligned as the file
// demands. For a direct file these are whole blocks: they begin with what the log already has in
// its last block (the tail), and are padded with zeros.

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

  // How much memory holds this many bytes of records, wherever they begin.
  [[nodiscard]] std::size_t memory_for(std::size_t record_bytes) const noexcept;
  [[nodiscard]] std::size_t memory_alignment() const noexcept { return alignment_.memory_bytes; }
  // Gives it memory; if `memory` is null, because none could be allocated, it keeps what it has.
  void give(memory_block& memory) noexcept;
  // Nothing is being written.
  void rest() noexcept { memory_ = {}; }

  // ---- the tail of a log that does not begin at a block

  // The buffer for reading the block that `end` is in.
  [[nodiscard]] iovec& tail_block() noexcept;
  [[nodiscard]] std::uint64_t block_of(std::uint64_t end) const noexcept {
    return align_down(end, alignment_.offset_bytes);
  }
  // It has been read, as far as the file goes.
  void take_tail(std::uint64_t end, std::size_t bytes_read) noexcept;

  // ---- gathering

  // Begins a batch that goes to the file at `end`.
  void begin(std::uint64_t end) noexcept;
  // Copies `bytes` from the buffers, and advances these past them.
  void copy(iovec*& buffers, std::size_t bytes) noexcept;
  // Ends it: the one buffer to be written to `offset`.
  [[nodiscard]] iovec& finish() noexcept;
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  // The end of the blocks that hold everything up to `end`.
  [[nodiscard]] std::uint64_t end_of_blocks(std::uint64_t end) const noexcept {
    return align_up(end, alignment_.offset_bytes);
  }
  // It has been written: keeps the tail for the next one.
  void keep_tail() noexcept;

 private:
  const io_alignment alignment_;
  memory_block memory_;
  // The filled part of the last block: less than a block.
  std::vector<std::byte> tail_;
  // The file offset that the memory is written to; how much of it is filled.
  std::uint64_t offset_ = 0;
  std::size_t filled_ = 0;
  iovec place_{};
};

}  // namespace asiofile::detail
