// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The memory of `registered_buffers`: its slots, their users, and its registration with the ring.

#include "service/free_slots.hpp"

#include <asiofile/detail/slot_reference.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace asiofile::detail {

class registered_memory;
class registry;
class service_core;

class memory_slot {
 public:
  registered_memory* memory = nullptr;
  std::atomic<std::uint32_t> uses = 0;
  // While the slot is in use: the object that it is a part of.
  std::shared_ptr<registered_memory> keeps;
};

class registered_memory : public std::enable_shared_from_this<registered_memory> {
 public:
  // Both within the limits of `registered_buffers`.
  registered_memory(std::shared_ptr<service_core> core, std::size_t count, std::size_t bytes_each);
  ~registered_memory();
  registered_memory(const registered_memory&) = delete;
  registered_memory& operator=(const registered_memory&) = delete;

  // Maps the memory and registers it with the ring. Returns 0 or an errno value; a failed
  // registration is not an error.
  int set_up() noexcept;

  [[nodiscard]] slot_reference take() noexcept;
  void give_back(memory_slot& unused) noexcept;

  [[nodiscard]] std::span<std::byte> bytes_of(const memory_slot& taken) const noexcept;
  [[nodiscard]] std::size_t count() const noexcept { return slots_.size(); }
  [[nodiscard]] std::size_t bytes_each() const noexcept { return bytes_each_; }

  [[nodiscard]] bool belongs_to(const service_core& core) const noexcept {
    return core_.get() == &core;
  }

  // The index under which the slot's memory is registered; `registered_indices::none` if it is not.
  [[nodiscard]] std::uint16_t index_for(const memory_slot& taken) const noexcept;

  // 0 while the memory is registered, otherwise the reason why not: an errno value.
  [[nodiscard]] int registration_error() const noexcept;
  [[nodiscard]] std::string why() const;

 private:
  [[nodiscard]] std::size_t number_of(const memory_slot& of) const noexcept;
  int add_to_ring() noexcept;
  void remove_from_ring() noexcept;

  const std::shared_ptr<service_core> core_;
  const std::size_t bytes_each_;
  // From one slot's start to the next one's: whole pages.
  const std::size_t stride_;
  // The kernel registers at most 1 GiB at a time: one index for this many slots.
  const std::size_t slots_per_index_;
  std::byte* start_ = nullptr;

  std::shared_ptr<registry> ring_;
  std::vector<std::uint16_t> indices_;
  int error_ = 0;

  std::vector<memory_slot> slots_;
  free_slots free_;
};

}  // namespace asiofile::detail
