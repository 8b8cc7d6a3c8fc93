// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Memory that `registered_buffers` has handed out.

#include <asiofile/detail/registered_memory_access.hpp>
#include <asiofile/detail/slot_reference.hpp>

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

namespace asiofile {

class registered_buffers;

/// A slot of `registered_buffers`, or a part of one. A `boost::asio::mutable_buffer`, so that it
/// serves wherever one does, or a `boost::asio::const_buffer`: as a MutableBufferSequence and
/// ConstBufferSequence of one buffer, for instance.
///
/// Copies and parts share the slot. It returns to its `registered_buffers` when the last of them is
/// destroyed and the last operation on it has completed: an operation that was started on it keeps
/// the memory, so that it may be dropped right after starting one. (What was read is then lost, of
/// course.)
///
/// Where it is made into a plain buffer (`boost::asio::buffer(slot)`, a list of several buffers,
/// Boost.Asio's composed operations such as `async_read_at`), the memory is plain memory for that
/// operation, and like any other must be kept until the handler runs.
///
/// \par Thread safety
/// Distinct objects, copies of one another too: safe. One object: as a `std::shared_ptr`.
class registered_buffer : public boost::asio::mutable_buffer {
 public:
  /// No slot; its size is 0.
  registered_buffer() noexcept = default;

  /// A further reference to the same slot.
  registered_buffer(const registered_buffer&) noexcept = default;

  /// Drops its own slot, then refers to the other's.
  registered_buffer& operator=(const registered_buffer&) noexcept = default;

  /// `other` is as if newly made.
  registered_buffer(registered_buffer&& other) noexcept
      : mutable_buffer(std::exchange(other.bytes(), mutable_buffer())),
        slot_(std::move(other.slot_)) {}

  /// Lets go of what it had. `other` is as if newly made.
  registered_buffer& operator=(registered_buffer&& other) noexcept {
    slot_ = std::move(other.slot_);
    bytes() = std::exchange(other.bytes(), mutable_buffer());
    return *this;
  }

  /// Lets go of the slot.
  ~registered_buffer() = default;

  /// The same memory as a plain buffer.
  [[nodiscard]] const boost::asio::mutable_buffer& buffer() const noexcept { return *this; }

  /// The first byte; null where there is no slot.
  [[nodiscard]] std::byte* data() const noexcept {
    return static_cast<std::byte*>(mutable_buffer::data());
  }

  /// In bytes.
  [[nodiscard]] std::size_t size() const noexcept { return mutable_buffer::size(); }

  /// The first `n` bytes of it (all, where it has fewer), in the same slot.
  [[nodiscard]] registered_buffer first(std::size_t n) const noexcept { return part(0, n); }

  /// `n` bytes of it from byte `offset` on, as far as it has them, in the same slot.
  [[nodiscard]] registered_buffer part(std::size_t offset, std::size_t n) const noexcept {
    return {slot_, boost::asio::buffer(buffer() + offset, n)};
  }

  /// Gives up the first `n` bytes (all, where it has fewer).
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
