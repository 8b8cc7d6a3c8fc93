// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "slot.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace benchmark {

namespace {

constexpr std::uint64_t share_size_max = 16;

// Different for each slot set of the process, so that threads do not read the same blocks.
std::uint64_t next_seed() {
  static std::atomic<std::uint64_t> seed = 1;
  return seed.fetch_add(1'000'003);
}

std::byte* allocate_pages(std::size_t bytes) {
  void* const memory = std::aligned_alloc(page_bytes, bytes);
  if (memory == nullptr) fail("allocate " + std::to_string(bytes) + " bytes", ENOMEM);
  // Touched now, so that no page fault is measured.
  std::memset(memory, 'a', bytes);
  return static_cast<std::byte*>(memory);
}

}  // namespace

slot::slot(const task& what, work_source& work, std::byte* buffer, std::uint64_t seed) noexcept
    : work_(work),
      buffer_(buffer),
      block_bytes_(what.block_bytes),
      blocks_(what.region_bytes / what.block_bytes),
      random_(seed * 0x9E37'79B9'7F4A'7C15U),
      writer_(static_cast<std::uint64_t>(::getpid())),
      is_write_(what.kind == transfer::write),
      is_sequential_(what.sequential) {}

void slot::complain(std::int64_t result) const {
  const std::string where =
      std::string(is_write_ ? "write" : "read") + " at " + std::to_string(offset_);
  if (result < 0) fail(where, static_cast<int>(-result));
  fail(where + ": " + std::to_string(result) + " bytes instead of " + std::to_string(block_bytes_));
}

void slot::complain_about_data() const {
  fail("read at " + std::to_string(offset_) + ": not what the file holds there");
}

void slot::check_written(int fd) const {
  if (!is_write_ || offset_ == no_offset) return;
  const std::size_t size = block_bytes_;
  const auto got = ::pread(fd, buffer_, size, static_cast<::off_t>(offset_));
  if (got < 0) fail("read back", errno);
  const block_tag tag = get_tag(buffer_);
  if (got != static_cast<::ssize_t>(size) || tag.page != offset_ / page_bytes ||
      tag.writer != writer_)
    fail("written at " + std::to_string(offset_) + ", but not in the file");
}

void slot_set::free_memory::operator()(std::byte* memory) const noexcept { std::free(memory); }

slot_set::slot_set(const task& what)
    : is_sequential_(what.sequential), memory_(allocate_pages(what.block_bytes * what.depth)) {
  if (what.depth == 0 || what.region_bytes < what.block_bytes ||
      what.region_bytes / what.block_bytes > 0xFFFF'FFFFU || what.block_bytes % page_bytes != 0)
    fail("depth, region or block size is out of range");
  const std::uint64_t seed = next_seed();
  slots_.reserve(what.depth);
  for (std::size_t index = 0; index != what.depth; ++index)
    slots_.emplace_back(what, work_, memory_.get() + index * what.block_bytes, seed + index);
}

void slot_set::refill(std::uint64_t operations) noexcept {
  // Small shares if there is little to do, so that all slots end at about the same time. Sequential
  // reads have a single order.
  const std::uint64_t fair = operations / (slots_.size() * 64);
  work_.refill(operations, is_sequential_ ? 1 : std::clamp<std::uint64_t>(fair, 1, share_size_max));
}

void slot_set::check_written(int fd) const {
  for (const slot& each : slots_) each.check_written(fd);
}

}  // namespace benchmark
