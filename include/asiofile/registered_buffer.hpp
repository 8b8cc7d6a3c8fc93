// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// A slot of `registered_buffers`.

#include <asiofile/detail/registered_memory_access.hpp>
#include <asiofile/detail/slot_reference.hpp>

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

namespace asiofile {

class registered_buffers;

/// A slot of `registered_buffers`, or a part of one. It converts to `boost::asio::mutable_buffer`
/// and `boost::asio::const_buffer`, and is a MutableBufferSequence and ConstBufferSequence of one
/// buffer.
///
/// Copies and parts share the slot. The slot is free again when the last of them has been destroyed
/// and the last operation on it has completed: an operation keeps the memory alive, so that this
/// object may be destroyed right after starting one. (What was read is then lost, of course.)
///
/// If it is converted to a plain buffer (`boost::asio::buffer(slot)`, a sequence of several
/// buffers, Boost.Asio's composed operations such as `async_read_at`), it is ordinary memory for
/// that operation, and must stay valid until the handler runs.
///
/// \par Thread safety
/// Distinct objects, including copies of one another: safe. One object: as a `std::shared_ptr`.
class registered_buffer : public boost::asio::mutable_buffer {
 public:
  /// No slot; its size is 0.
  registered_buffer() noexcept = default;

  /// Another reference to the same slot.
  registered_buffer(const registered_buffer&) noexcept = default;

  /// Releases its own slot, then refers to that of `other`.
  registered_buffer& operator=(const registered_buffer&) noexcept = default;

  /// Takes the slot of `other`, which is left without one.
  registered_buffer(registered_buffer&& other) noexcept
      : mutable_buffer(std::exchange(other.bytes(), mutable_buffer())),
        slot_(std::move(other.slot_)) {}

  /// Releases its own slot, then takes that of `other`, which is left without one.
  registered_buffer& operator=(registered_buffer&& other) noexcept {
    slot_ = std::move(other.slot_);
    bytes() = std::exchange(other.bytes(), mutable_buffer());
    return *this;
  }

  /// Releases the slot.
  ~registered_buffer() = default;

  /// The same memory as a plain buffer.
  [[nodiscard]] const boost::asio::mutable_buffer& buffer() const noexcept { return *this; }

  /// The first byte; null if there is no slot.
  [[nodiscard]] std::byte* data() const noexcept {
    return static_cast<std::byte*>(mutable_buffer::data());
  }

  /// The size in bytes.
  [[nodiscard]] std::size_t size() const noexcept { return mutable_buffer::size(); }

  /// The first `n` bytes of it (all, if it has fewer), in the same slot.
  [[nodiscard]] registered_buffer first(std::size_t n) const noexcept { return part(0, n); }

  /// `n` bytes of it from byte `offset` on, as far as it has them, in the same slot.
  [[nodiscard]] registered_buffer part(std::size_t offset, std::size_t n) const noexcept {
    return {slot_, boost::asio::buffer(buffer() + offset, n)};
  }

  /// Removes the first `n` bytes from the buffer (all, if it has fewer).
  registered_buffer& operator+=(std::size_t n) noexcept {
    mutable_buffer::operator+=(n);
    return *this;
  }

  /// All of it but the first `n` bytes, in the same slot.
  [[nodiscard]] friend registered_buffer operator+(registered_buffer from, std::size_t n) noexcept {
    return from += n;
  }
  /// \copydoc operator+
  [[nodiscard]] friend registered_buffer operator+(std::size_t n, registered_buffer from) noexcept {
    return from += n;
  }

 private:
  friend class registered_buffers;
  friend struct detail::slot_access;

  registered_buffer(detail::slot_reference slot, boost::asio::mutable_buffer bytes) noexcept
      : mutable_buffer(bytes), slot_(std::move(slot)) {}

  mutable_buffer& bytes() noexcept { return *this; }

  detail::slot_reference slot_;
};

}  // namespace asiofile
