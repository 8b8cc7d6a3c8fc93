// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Memory that is registered with the kernel, for many reads and writes with `file_base::direct`.

#include <asiofile/detail/executor_of.hpp>
#include <asiofile/detail/make_registered_memory.hpp>
#include <asiofile/registered_buffer.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <boost/throw_exception.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace asiofile {

/// Slots of memory that is registered with the io_uring of one context's `file_service`
/// (io_uring_register(2), IORING_REGISTER_BUFFERS): the kernel looks up their pages once, instead
/// of for every read and write with O_DIRECT.
///
/// Slots can be used with files opened without `file_base::direct`, too, but save nothing there.
///
/// If the service has no ring, or the kernel refuses (RLIMIT_MEMLOCK; before Linux 5.19), the slots
/// are ordinary memory and everything still works: `is_registered` reports that, and `why` the
/// cause.
///
/// \code
/// asiofile::registered_buffers blocks(context, 128, 4096);
/// asiofile::registered_buffer block = blocks.acquire();
/// file.async_read_some_at(0, block, [block](boost::system::error_code ec, std::size_t n) { ... });
/// \endcode
///
/// \par Contexts
/// Slots are for files of the same context. An operation with a slot and a file of another context
/// completes with `invalid_argument`, whatever the backends are, and reads or writes nothing.
///
/// \par Lifetimes
/// This object, its slots, the files and the context may be destroyed in any order. The memory is
/// freed when this object, the last slot, and the last operation on one are gone. After the context
/// has been destroyed, and in a child after a fork, it is ordinary memory.
///
/// \par Contents
/// Initially zeros. A slot that is acquired again holds its last content.
///
/// \par Thread safety
/// All members are safe, except moving and assigning.
class registered_buffers {
 public:
  /// The most slots of one object.
  static constexpr std::size_t max_count = detail::slot_count_max;
  /// The most bytes of one slot: 1 GiB, the kernel's limit.
  static constexpr std::size_t max_bytes_each = detail::slot_bytes_max;
  /// The former names of `max_count` and `max_bytes_each`.
  [[deprecated("use max_count")]] static constexpr std::size_t count_max = max_count;
  /// \copydoc count_max
  [[deprecated("use max_bytes_each")]] static constexpr std::size_t bytes_each_max = max_bytes_each;

  /// Allocates the memory and registers it. Sets up the backend if no file was opened yet. Blocks
  /// while the system looks up the pages, which can take seconds for each GiB.
  ///
  /// \param source an executor, an execution context, or anything that has an executor: that of the
  ///   files.
  /// \param count of slots, 1 to 16,384.
  /// \param bytes_each size of a slot in bytes, 1 to 2^30. Each begins at a page boundary.
  /// \param ec success, even if the memory could not be registered; `invalid_argument` for a number
  ///   out of range; `no_memory`; `operation_aborted` if the context has been shut down. On failure
  ///   there are no slots.
  /// \throws std::bad_alloc, or boost::system::system_error where the context has no service yet
  ///   and none can be made.
  template <detail::executor_source Source>
  registered_buffers(Source&& source, std::size_t count, std::size_t bytes_each,
                     boost::system::error_code& ec)
      : memory_(detail::make_registered_memory(source, count, bytes_each, ec)) {}

  /// As above, throwing `boost::system::system_error`.
  template <detail::executor_source Source>
  registered_buffers(Source&& source, std::size_t count, std::size_t bytes_each) {
    boost::system::error_code ec;
    memory_ = detail::make_registered_memory(source, count, bytes_each, ec);
    if (ec) boost::throw_exception(boost::system::system_error(ec, "registered_buffers"));
  }

  /// Takes ownership of the slots of `other`, which is left without any.
  registered_buffers(registered_buffers&& other) noexcept = default;
  /// Does what the destructor does, then takes ownership of the slots of `other`, which is left
  /// without any.
  registered_buffers& operator=(registered_buffers&& other) noexcept = default;

  /// Slots that are in use stay valid.
  ~registered_buffers() = default;

  /// Acquires a slot.
  ///
  /// \returns nothing if all are in use.
  [[nodiscard]] std::optional<registered_buffer> try_acquire() noexcept {
    if (!memory_) return std::nullopt;
    detail::slot_reference slot = detail::take_slot(*memory_);
    if (slot.get() == nullptr) return std::nullopt;
    const auto bytes = detail::bytes_of(slot);
    return registered_buffer(std::move(slot),
                             boost::asio::mutable_buffer(bytes.data(), bytes.size()));
  }

  /// Acquires a slot.
  ///
  /// \throws boost::system::system_error with `no_buffer_space` if all are in use.
  [[nodiscard]] registered_buffer acquire() {
    if (auto slot = try_acquire()) return *std::move(slot);
    boost::throw_exception(boost::system::system_error(boost::asio::error::no_buffer_space,
                                                       "registered_buffers::acquire"));
  }

  /// How many slots there are, free or not.
  [[nodiscard]] std::size_t count() const noexcept {
    return memory_ ? detail::slot_count(*memory_) : 0;
  }

  /// The size of each, in bytes.
  [[nodiscard]] std::size_t bytes_each() const noexcept {
    return memory_ ? detail::slot_bytes(*memory_) : 0;
  }

  /// Whether the memory is registered with the context's ring.
  [[nodiscard]] bool is_registered() const noexcept { return memory_ && !registration_error(); }

  /// Success if the memory is registered. Otherwise what io_uring_register(2) reports: `no_memory`
  /// over RLIMIT_MEMLOCK, `invalid_argument` before Linux 5.19, `no_buffer_space` where the ring's
  /// table (1,024 entries; one for each GiB of an object, at least one) is full;
  /// `operation_not_supported` where no ring runs.
  [[nodiscard]] boost::system::error_code registration_error() const noexcept {
    return memory_ ? detail::registration_error(*memory_)
                   : boost::system::error_code(boost::asio::error::operation_not_supported);
  }

  /// The same as text for people, with what can be done about it.
  ///
  /// \throws std::bad_alloc only.
  [[nodiscard]] std::string why() const {
    return memory_ ? detail::why(*memory_) : "there are no slots";
  }

 private:
  detail::registered_memory_ptr memory_;
};

}  // namespace asiofile
