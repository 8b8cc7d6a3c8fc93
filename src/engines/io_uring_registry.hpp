// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What is registered with an io_uring: io_uring_register(2).

#include "engines/registry.hpp"
#include "system/thread_safety.hpp"

#include <liburing.h>

#include <bitset>
#include <cstddef>
#include <cstdint>

namespace asiofile::detail {

class io_uring_registry final : public registry {
 public:
  // The tables are set up when the first entry is added.
  explicit io_uring_registry(io_uring& ring) noexcept;

  // Removes all that is left. Nothing is in flight. Must be called before the ring is closed.
  void end() noexcept;

  int add_memory(void* start, std::size_t bytes) noexcept override;
  void remove_memory(std::uint16_t index) noexcept override;
  int add_descriptor(int fd) noexcept override;
  void remove_descriptor(std::uint16_t index) noexcept override;
  void release_files() noexcept override;
  [[nodiscard]] bool is_in_effect() const noexcept override;

 private:
  static constexpr std::size_t entries_max = 1024;

  // One of the ring's two tables.
  struct table {
    // 0: not set up yet.
    std::size_t entries = 0;
    std::bitset<entries_max> taken;
  };

  [[nodiscard]] bool is_of_parent() const noexcept;
  template <typename SetUp, typename Put>
  int add(table& to, SetUp&& set_up, Put&& put) noexcept ASIOFILE_REQUIRES(mutex_);
  int put_memory(unsigned index, void* start, std::size_t bytes) noexcept ASIOFILE_REQUIRES(mutex_);
  int put_descriptor(unsigned index, int fd) noexcept ASIOFILE_REQUIRES(mutex_);

  const unsigned forks_;
  const bool is_polled_;
  // Several threads call io_uring_register(2), beside one that submits: the kernel orders them.
  // Never locked in a forked child.
  mutable mutex mutex_;
  // Null when the ring is gone. Only its descriptor is used.
  io_uring* ring_ ASIOFILE_GUARDED_BY(mutex_);
  table memory_ ASIOFILE_GUARDED_BY(mutex_);
  table descriptors_ ASIOFILE_GUARDED_BY(mutex_);
};

}  // namespace asiofile::detail
