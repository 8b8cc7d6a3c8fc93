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

/// A slot of `registered_buffers`, or a part of one. A MutableBufferSequence and a
/// ConstBufferSequence of one buffer.
///
/// Copies and parts share the slot. It goes back to where it came from when the last of them is gone
/// and the last operation on it is over: an operation that was started on it keeps the memory, so
/// that it may be dropped at once after starting one. (What was read is then lost, of course.)
///
/// Where it is made into a plain buffer (`boost::asio::buffer(slot)`, a list of several buffers,
/// Boost.Asio's composed operations such as `async_read_at`), the memory is plain memory for that
/// operation, and like any other must be kept until the handler runs.
///
/// \par Thread safety
/// Distinct objects, copies of one another too: safe. One object: as a `std::shared_ptr`.
class registered_buffer {
 public:
  using value_type = boost::asio::mutable_buffer;  ///< Of the sequence that it is.
  using const_iterator = const boost::asio::mutable_buffer*;  ///< Over the one buffer.

  /// No slot; its size is 0.
  registered_buffer() noexcept = default;

  registered_buffer(const registered_buffer&) noexcept = default;
  registered_buffer& operator=(const registered_buffer&) noexcept = default;

  /// `other` is as if newly made.
  registered_buffer(registered_buffer&& other) noexcept
      : slot_(std::move(other.slot_)), bytes_(std::exchange(other.bytes_, value_type())) {}

  /// Lets go of what it had. `other` is as if newly made.
  registered_buffer& operator=(registered_buffer&& other) noexcept {
    slot_ = std::move(other.slot_);
    bytes_ = std::exchange(other.bytes_, value_type());
    return *this;
  }

  /// Lets go of the slot.
  ~registered_buffer() = default;

  /// The first byte; null where there is no slot.
  [[nodiscard]] std::byte* data() const noexcept { return static_cast<std::byte*>(bytes_.data()); }

  /// In bytes.
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

  /// The first `n` bytes of it (all, where it has fewer), in the same slot.
  [[nodiscard]] registered_buffer first(std::size_t n) const noexcept { return part(0, n); }

  /// `n` bytes of it from byte `offset` on, as far as it has them, in the same slot.
  [[nodiscard]] registered_buffer part(std::size_t offset, std::size_t n) const noexcept {
    return {slot_, boost::asio::buffer(bytes_ + offset, n)};
  }

  /// The same memory as a plain buffer.
  operator boost::asio::mutable_buffer() const noexcept { return bytes_; }

  /// The one buffer.
  [[nodiscard]] const_iterator begin() const noexcept { return &bytes_; }
  /// Behind it.
  [[nodiscard]] const_iterator end() const noexcept { return &bytes_ + 1; }

 private:
  friend class registered_buffers;
  friend struct detail::slot_access;

  registered_buffer(detail::slot_reference slot, boost::asio::mutable_buffer bytes) noexcept
      : slot_(std::move(slot)), bytes_(bytes) {}

  detail::slot_reference slot_;
  boost::asio::mutable_buffer bytes_;
};

}  // namespace asiofile
