// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A slot is one of the operations that a contender keeps in flight: a buffer, the offset of the
// next transfer, and the check of its result. The same for all contenders.

#include "block_tag.hpp"
#include "fail.hpp"
#include "task.hpp"
#include "work_source.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace benchmark {

// On cache lines of its own: threads that run one context use different slots at the same time.
class alignas(64) slot {
 public:
  slot(const task& what, work_source& work, std::byte* buffer, std::uint64_t seed) noexcept;

  // Chooses the next offset, and for a write fills the buffer; false: nothing is left to do.
  [[nodiscard]] bool next() noexcept {
    if (share_.count == 0) {
      share_ = work_.take();
      if (share_.count == 0) return false;
    }
    --share_.count;
    offset_ = block_bytes_ * choose(share_.first++);
    if (is_write_) put_tag(buffer_, offset_, writer_);
    return true;
  }

  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  [[nodiscard]] std::byte* buffer() const noexcept { return buffer_; }
  [[nodiscard]] std::size_t size() const noexcept { return block_bytes_; }
  [[nodiscard]] bool is_write() const noexcept { return is_write_; }

  // `result`: bytes transferred, or a negative errno value. Ends the program if that, or the data
  // read, is not as expected.
  void check(std::int64_t result) const {
    if (result != static_cast<std::int64_t>(block_bytes_)) complain(result);
    if (!is_write_) check_data();
  }

  // `result`: of a sync, 0 or a negative errno value.
  static void check_sync(std::int64_t result) {
    if (result != 0) fail("sync", static_cast<int>(-result));
  }

  // Checks that the file holds what was written last. It is no error if nothing was written, or it
  // was overwritten.
  void check_written(int fd) const;

 private:
  [[nodiscard]] std::uint64_t choose(std::uint64_t index) noexcept {
    if (is_sequential_) return index % blocks_;
    // Knuth's MMIX generator; its upper half, scaled to the number of blocks (below 2^32).
    random_ = random_ * 6364136223846793005U + 1442695040888963407U;
    return ((random_ >> 32) * blocks_) >> 32;
  }

  void check_data() const {
    const std::size_t last_page = block_bytes_ - page_bytes;
    if (get_tag(buffer_).page != offset_ / page_bytes ||
        get_tag(buffer_ + last_page).page != (offset_ + last_page) / page_bytes)
      complain_about_data();
  }

  [[noreturn]] void complain(std::int64_t result) const;
  [[noreturn]] void complain_about_data() const;

  work_source& work_;
  std::byte* buffer_;
  std::size_t block_bytes_;
  std::uint64_t blocks_;
  std::uint64_t random_;
  std::uint64_t writer_;
  std::uint64_t offset_ = no_offset;
  work_source::share share_;
  bool is_write_;
  bool is_sequential_;

  static constexpr std::uint64_t no_offset = ~std::uint64_t{0};
};

// The slots of one context: as many as the depth.
class slot_set {
 public:
  explicit slot_set(const task& what);
  slot_set(const slot_set&) = delete;
  slot_set& operator=(const slot_set&) = delete;

  void refill(std::uint64_t operations) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }
  [[nodiscard]] slot& operator[](std::size_t index) noexcept { return slots_[index]; }
  [[nodiscard]] auto begin() noexcept { return slots_.begin(); }
  [[nodiscard]] auto end() noexcept { return slots_.end(); }

  void check_written(int fd) const;

 private:
  struct free_memory {
    void operator()(std::byte* memory) const noexcept;
  };

  work_source work_;
  bool is_sequential_;
  std::unique_ptr<std::byte, free_memory> memory_;
  std::vector<slot> slots_;
};

}  // namespace benchmark
