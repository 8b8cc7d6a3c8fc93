// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Memory and files that are registered with a ring; and files that its own thread still refers to
// for a moment after their operations have completed.

#include <cstddef>
#include <cstdint>

namespace asiofile::detail {

// Outlives its ring, and is empty then. For any thread. In a forked child it does nothing: the ring
// is the parent's.
class registry {
 public:
  registry() = default;
  registry(const registry&) = delete;
  registry& operator=(const registry&) = delete;
  virtual ~registry() = default;

  // Returns an index, or an errno value, negated. The memory must stay mapped until it is removed.
  virtual int add_memory(void* start, std::size_t bytes) noexcept = 0;
  // No operation in flight may use it any more. Afterwards the kernel does not refer to the memory.
  virtual void remove_memory(std::uint16_t index) noexcept = 0;

  // Returns an index, or an errno value, negated. The kernel keeps the file open until it is
  // removed.
  virtual int add_descriptor(int fd) noexcept = 0;
  virtual void remove_descriptor(std::uint16_t index) noexcept = 0;

  // To be called before a file is closed. Returns when the ring's own thread, if it has one, refers
  // to no file of an operation that has been returned: it releases a file shortly after the
  // completion. Waits for that thread.
  virtual void release_files() noexcept = 0;

  // Whether the ring exists and belongs to this process.
  [[nodiscard]] virtual bool is_in_effect() const noexcept = 0;
};

}  // namespace asiofile::detail
