// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// An associated allocator that counts what is allocated through it and not yet freed.

#include <atomic>
#include <cstddef>
#include <memory>

namespace verify {

inline std::atomic<std::ptrdiff_t> counted_bytes = 0;

template <typename T>
class counting_allocator {
 public:
  using value_type = T;

  counting_allocator() noexcept = default;
  template <typename U>
  counting_allocator(const counting_allocator<U>&) noexcept {}

  T* allocate(std::size_t count) {
    T* const memory = std::allocator<T>().allocate(count);
    counted_bytes += static_cast<std::ptrdiff_t>(count * sizeof(T));
    return memory;
  }

  void deallocate(T* memory, std::size_t count) noexcept {
    counted_bytes -= static_cast<std::ptrdiff_t>(count * sizeof(T));
    std::allocator<T>().deallocate(memory, count);
  }

  template <typename U>
  bool operator==(const counting_allocator<U>&) const noexcept {
    return true;
  }
};

}  // namespace verify
