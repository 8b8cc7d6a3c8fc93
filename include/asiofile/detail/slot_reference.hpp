// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Who uses a slot of `registered_buffers`: its handles, and the operations on it.

#include <asiofile/config.hpp>

#include <concepts>
#include <utility>

namespace asiofile {

class registered_buffer;

namespace detail {

class memory_slot;

ASIOFILE_DECL void retain(memory_slot& used) noexcept;
// For the last user: releases the slot.
ASIOFILE_DECL void release(memory_slot& used) noexcept;

// One use of a slot, or none. While there is one, the slot's memory is mapped, is nobody else's,
// and stays known to the kernel.
class slot_reference {
 public:
  slot_reference() noexcept = default;
  // Adopts a use that has been counted already.
  explicit slot_reference(memory_slot* counted) noexcept : slot_(counted) {}
  slot_reference(const slot_reference& other) noexcept : slot_(other.slot_) {
    if (slot_ != nullptr) retain(*slot_);
  }
  slot_reference(slot_reference&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}
  slot_reference& operator=(slot_reference other) noexcept {
    std::swap(slot_, other.slot_);
    return *this;
  }
  ~slot_reference() {
    if (slot_ != nullptr) release(*slot_);
  }

  [[nodiscard]] memory_slot* get() const noexcept { return slot_; }

 private:
  memory_slot* slot_ = nullptr;
};

// How the templates find out which slot a buffer sequence lies in.
struct slot_access {
  // A template because `registered_buffer` is not complete here.
  template <std::same_as<registered_buffer> Buffer>
  [[nodiscard]] static const slot_reference& of(const Buffer& buffer) noexcept {
    return buffer.slot_;
  }

  // Null where the sequence is none that keeps its slot.
  template <typename BufferSequence>
  [[nodiscard]] static memory_slot* slot_of(const BufferSequence& buffers) noexcept {
    if constexpr (std::same_as<BufferSequence, registered_buffer>)
      return of(buffers).get();
    else
      return nullptr;
  }
};

}  // namespace detail
}  // namespace asiofile
