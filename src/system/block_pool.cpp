// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/block_pool.hpp"

#include <algorithm>
#include <bit>
#include <new>

namespace asiofile::detail {

block_pool::~block_pool() {
  for (auto& of_size : kept_) {
    for (auto& each : of_size) {
      if (std::byte* const data = each.load(std::memory_order_acquire))
        ::operator delete(data, std::align_val_t(page_bytes));
    }
  }
}

std::size_t block_pool::index_of(std::size_t bytes) noexcept {
  return static_cast<std::size_t>(std::countr_zero(bytes) - std::countr_zero(page_bytes));
}

std::size_t block_pool::kept_of(std::size_t bytes) noexcept {
  return std::min(kept_max, kept_bytes_of_size / bytes);
}

memory_block block_pool::take(std::size_t bytes, std::size_t alignment_bytes) {
  alignment_bytes = std::max(alignment_bytes, page_bytes);
  if (bytes > kept_bytes_max || alignment_bytes != page_bytes) {
    void* const made = ::operator new(bytes, std::align_val_t(alignment_bytes));
    return {*this, static_cast<std::byte*>(made), bytes, alignment_bytes};
  }
  bytes = std::max(std::bit_ceil(bytes), page_bytes);
  auto& of_size = kept_[index_of(bytes)];
  for (std::size_t i = 0; i != kept_of(bytes); ++i) {
    if (of_size[i].load(std::memory_order_relaxed) == nullptr) continue;
    if (std::byte* const data = of_size[i].exchange(nullptr, std::memory_order_acquire))
      return {*this, data, bytes, page_bytes};
  }
  void* const made = ::operator new(bytes, std::align_val_t(page_bytes));
  return {*this, static_cast<std::byte*>(made), bytes, page_bytes};
}

void block_pool::put(std::byte* data, std::size_t bytes, std::size_t alignment_bytes) noexcept {
  if (bytes <= kept_bytes_max && alignment_bytes == page_bytes) {
    auto& of_size = kept_[index_of(bytes)];
    for (std::size_t i = 0; i != kept_of(bytes); ++i) {
      std::byte* expected = nullptr;
      if (of_size[i].load(std::memory_order_relaxed) == nullptr &&
          of_size[i].compare_exchange_strong(expected, data, std::memory_order_release,
                                             std::memory_order_relaxed))
        return;
    }
  }
  ::operator delete(data, std::align_val_t(alignment_bytes));
}

}  // namespace asiofile::detail
