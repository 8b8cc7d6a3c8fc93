// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "heap.hpp"

#include <malloc.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace allocation_test {

namespace {

std::atomic<std::uint64_t> allocations = 0;
std::atomic<std::int64_t> living = 0;
std::atomic<std::uint64_t> bytes_asked_for = 0;
std::atomic<std::int64_t> bytes_alive = 0;

// Which allocations fail.
std::atomic<bool> is_failing = false;
std::atomic<bool> is_all_threads = false;
std::atomic<bool> is_once = false;
std::atomic<std::int64_t> left_until_failure = 0;
std::atomic<bool> has_failed = false;
thread_local bool is_failing_thread = false;

bool must_fail() noexcept {
  if (!is_failing.load() || !(is_all_threads.load() || is_failing_thread)) return false;
  const std::int64_t left = left_until_failure.fetch_sub(1);
  if (is_once.load() ? left != 1 : left > 1) return false;
  has_failed = true;
  return true;
}

std::int64_t size_of(void* memory) noexcept {
  return static_cast<std::int64_t>(::malloc_usable_size(memory));
}

// Null if it fails.
void* allocate(std::size_t bytes, std::size_t alignment_bytes) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (must_fail()) return nullptr;
  const std::size_t size = bytes == 0 ? 1 : bytes;
  void* memory = nullptr;
  if (alignment_bytes <= alignof(std::max_align_t))
    memory = std::malloc(size);
  else if (::posix_memalign(&memory, alignment_bytes, size) != 0)
    memory = nullptr;
  if (memory == nullptr) return nullptr;
  living.fetch_add(1, std::memory_order_relaxed);
  bytes_asked_for.fetch_add(size, std::memory_order_relaxed);
  bytes_alive.fetch_add(size_of(memory), std::memory_order_relaxed);
  return memory;
}

void* allocate_or_throw(std::size_t bytes, std::size_t alignment_bytes) {
  void* const memory = allocate(bytes, alignment_bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void release(void* memory) noexcept {
  if (memory == nullptr) return;
  living.fetch_sub(1, std::memory_order_relaxed);
  bytes_alive.fetch_sub(size_of(memory), std::memory_order_relaxed);
  std::free(memory);
}

}  // namespace

std::uint64_t allocation_count() noexcept { return allocations.load(); }
std::int64_t living_allocation_count() noexcept { return living.load(); }
std::uint64_t allocated_bytes() noexcept { return bytes_asked_for.load(); }
std::int64_t living_bytes() noexcept { return bytes_alive.load(); }

failing_allocations::failing_allocations(std::uint64_t nth, failing_threads threads,
                                         failing_times times) noexcept {
  has_failed = false;
  left_until_failure = static_cast<std::int64_t>(nth);
  is_once = times == failing_times::once;
  is_all_threads = threads == failing_threads::all;
  is_failing_thread = true;
  is_failing = true;
}

void failing_allocations::stop() noexcept {
  is_failing = false;
  is_failing_thread = false;
}

bool failing_allocations::have_failed() const noexcept { return has_failed.load(); }

}  // namespace allocation_test

// ---- the replaced operators

namespace {

constexpr std::size_t usual = alignof(std::max_align_t);
using allocation_test::allocate;
using allocation_test::allocate_or_throw;
using allocation_test::release;

std::size_t bytes_of(std::align_val_t alignment) noexcept {
  return static_cast<std::size_t>(alignment);
}

}  // namespace

void* operator new(std::size_t bytes) { return allocate_or_throw(bytes, usual); }
void* operator new[](std::size_t bytes) { return allocate_or_throw(bytes, usual); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate_or_throw(bytes, bytes_of(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return allocate_or_throw(bytes, bytes_of(alignment));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return allocate(bytes, usual);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return allocate(bytes, usual);
}
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate(bytes, bytes_of(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment,
                     const std::nothrow_t&) noexcept {
  return allocate(bytes, bytes_of(alignment));
}

void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { release(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
  release(memory);
}
void operator delete[](void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
  release(memory);
}
