// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Memory for the operation that a slot has in flight, so that none is allocated while measuring.
// Handlers provide it through their associated allocator. Asio frees an operation's memory before
// it calls the handler, so it is free for the next one.

#include <cstddef>
#include <new>

namespace benchmark {

class alignas(64) slot_memory {
 public:
  slot_memory() = default;
  slot_memory(const slot_memory&) = delete;
  slot_memory& operator=(const slot_memory&) = delete;

  // From the heap if the slot's own is taken or too small.
  void* allocate(std::size_t bytes) {
    if (is_taken_ || bytes > sizeof(storage_)) return ::operator new(bytes);
    is_taken_ = true;
    return storage_;
  }

  void deallocate(void* memory) noexcept {
    if (memory == storage_) is_taken_ = false;
    else ::operator delete(memory);
  }

 private:
  alignas(std::max_align_t) std::byte storage_[1024];
  bool is_taken_ = false;
};

template <typename Value>
class slot_allocator {
 public:
  using value_type = Value;

  explicit slot_allocator(slot_memory& memory) noexcept : memory_(&memory) {}

  template <typename Other>
  slot_allocator(const slot_allocator<Other>& other) noexcept : memory_(other.memory_) {}

  Value* allocate(std::size_t count) {
    return static_cast<Value*>(memory_->allocate(count * sizeof(Value)));
  }

  void deallocate(Value* memory, std::size_t) noexcept { memory_->deallocate(memory); }

  friend bool operator==(const slot_allocator& x, const slot_allocator& y) noexcept {
    return x.memory_ == y.memory_;
  }

 private:
  template <typename Other>
  friend class slot_allocator;

  slot_memory* memory_;
};

}  // namespace benchmark
