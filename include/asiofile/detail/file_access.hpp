// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What the file class templates ask of the compiled library. Functions that can fail return 0, an
// errno value or one of `error_numbers.hpp`.

#include <asiofile/config.hpp>
#include <asiofile/detail/error_numbers.hpp>
#include <asiofile/detail/operation.hpp>
#include <asiofile/detail/space_change.hpp>
#include <asiofile/file_advice.hpp>
#include <asiofile/file_base.hpp>
#include <asiofile/file_status.hpp>
#include <asiofile/io_alignment.hpp>
#include <asiofile/io_priority.hpp>
#include <asiofile/lock_mode.hpp>
#include <asiofile/write_flags.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

struct iovec;

namespace asiofile::detail {

class job;
class memory_slot;
class service_core;

// What one file object holds: its service, and the open file if there is one. Shared with the
// initiations that the file has handed out (a deferred one may be launched when the file object
// is gone: it then finds the file closed).
class file_state;
using file_state_ptr = std::shared_ptr<file_state>;

enum class ownership : bool { borrowed, owned };

// A closed file on a service, which gets its context's own executor from `native`, a
// `native_executor`.
ASIOFILE_DECL file_state_ptr make_file(const std::shared_ptr<service_core>& service,
                                       const void* native);

// A second file object on the same descriptor, with the position that the first has now; closed
// where the first is. The last of them to be closed closes the descriptor.
[[nodiscard]] ASIOFILE_DECL file_state_ptr clone(const file_state& file);

// Closes the file without waiting: operations in flight are cancelled and keep the descriptor until
// they have completed. For destructors.
ASIOFILE_DECL void abandon(file_state& file) noexcept;

// ---- synchronous functions: they make their system calls in the calling thread

[[nodiscard]] ASIOFILE_DECL int open(file_state& file, const char* path, std::size_t path_size,
                                     file_base::flags flags, unsigned permissions);
[[nodiscard]] ASIOFILE_DECL int assign(file_state& file, int fd, ownership owner);
[[nodiscard]] ASIOFILE_DECL bool is_open(const file_state& file) noexcept;
[[nodiscard]] ASIOFILE_DECL int native_handle(const file_state& file) noexcept;
[[nodiscard]] ASIOFILE_DECL int close(file_state& file);
// Stores the descriptor, or -1.
[[nodiscard]] ASIOFILE_DECL int release(file_state& file, int& fd);
[[nodiscard]] ASIOFILE_DECL int cancel_all(file_state& file);
[[nodiscard]] ASIOFILE_DECL int alignment(const file_state& file, io_alignment& found);
[[nodiscard]] ASIOFILE_DECL int size(const file_state& file, std::uint64_t& bytes);
[[nodiscard]] ASIOFILE_DECL int status(const file_state& file, file_status& found);
[[nodiscard]] ASIOFILE_DECL int change_space(file_state& file, space_change change,
                                             std::uint64_t offset, std::uint64_t length);
// Waits for the lock; `try_lock` stores whether it has it.
[[nodiscard]] ASIOFILE_DECL int lock(file_state& file, lock_mode mode, std::uint64_t offset,
                                     std::uint64_t length);
[[nodiscard]] ASIOFILE_DECL int try_lock(file_state& file, lock_mode mode, std::uint64_t offset,
                                         std::uint64_t length, bool& is_locked);
[[nodiscard]] ASIOFILE_DECL int unlock(file_state& file, std::uint64_t offset,
                                       std::uint64_t length);
[[nodiscard]] ASIOFILE_DECL int advise(file_state& file, std::uint64_t offset,
                                       std::uint64_t length, file_advice advice);
[[nodiscard]] ASIOFILE_DECL int resize(file_state& file, std::uint64_t size);
// sync_all, sync_data.
[[nodiscard]] ASIOFILE_DECL int sync(file_state& file, operation_kind kind);
// Stores how many bytes were transferred. `slot`: of `registered_buffers`, where the buffers are in
// one.
[[nodiscard]] ASIOFILE_DECL int transfer(file_state& file, operation_kind kind,
                                         std::uint64_t offset, std::span<iovec> buffers,
                                         const memory_slot* slot, std::size_t& bytes,
                                         write_flags flags = write_flags::none);
// At the file's position. They wait for the operations there that were started before.
[[nodiscard]] ASIOFILE_DECL int transfer_at_position(file_state& file, operation_kind kind,
                                                     std::span<iovec> buffers,
                                                     const memory_slot* slot, std::size_t& bytes,
                                                     write_flags flags = write_flags::none);
[[nodiscard]] ASIOFILE_DECL int seek(file_state& file, std::int64_t offset,
                                     file_base::seek_basis whence, std::uint64_t& position);

// Of the descriptor, in the table of the service's ring.
[[nodiscard]] ASIOFILE_DECL int register_descriptor(file_state& file);
[[nodiscard]] ASIOFILE_DECL bool is_registered(const file_state& file) noexcept;

// An I/O priority in the kernel's form.
inline constexpr std::uint16_t invalid_priority = 0xffff;
[[nodiscard]] constexpr std::uint16_t encode(io_priority priority) noexcept {
  const auto which = static_cast<unsigned>(priority.priority_class);
  if (which > 3 || priority.level > 7) return invalid_priority;
  if (priority.priority_class == io_priority::scheduling_class::none) return 0;
  return static_cast<std::uint16_t>(which << 13 | priority.level);
}
[[nodiscard]] ASIOFILE_DECL int set_priority(file_state& file, std::uint16_t priority);

[[nodiscard]] ASIOFILE_DECL int set_uncached(file_state& file, bool is_uncached);
[[nodiscard]] ASIOFILE_DECL bool is_uncached(const file_state& file) noexcept;
[[nodiscard]] ASIOFILE_DECL int untorn_writes(const file_state& file, untorn_write_limits& found);

// ---- asynchronous operations: `prepare`, perhaps `issue_handle`, `start`

// read, write. What it refers to stays the initiator's until the operation has completed.
struct transfer_request {
  operation_kind kind;
  sync_after sync = sync_after::none;
  // At the file object's position, after those that were started before.
  bool is_at_position = false;
  // As `encode` makes it.
  std::uint16_t priority = 0;
  std::uint64_t offset = 0;
  // `buffer_count` buffers of so many bytes together, none of them empty.
  iovec* buffers = nullptr;
  std::size_t buffer_count = 0;
  std::uint64_t bytes = 0;
  memory_slot* slot = nullptr;
};
ASIOFILE_DECL void prepare(operation_storage& in, const transfer_request& request) noexcept;

// A write with flags.
struct flagged_request : transfer_request {
  write_flags flags = write_flags::none;
};
ASIOFILE_DECL void prepare(operation_storage& in, const flagged_request& request) noexcept;

// sync_all, sync_data, close, size, wait.
ASIOFILE_DECL void prepare(operation_storage& in, operation_kind kind) noexcept;

// resize (`offset` is the new size), allocate, advise.
struct range_request {
  operation_kind kind;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  file_advice advice = file_advice::normal;
  space_change change = space_change::allocate;
};
ASIOFILE_DECL void prepare(operation_storage& in, const range_request& request) noexcept;

// lock.
struct lock_request {
  lock_mode mode = lock_mode::exclusive;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};
ASIOFILE_DECL void prepare(operation_storage& in, const lock_request& request) noexcept;

// status.
ASIOFILE_DECL void prepare(operation_storage& in, file_status& answer) noexcept;

struct open_request {
  // Zero-terminated.
  const char* path = "";
  std::size_t path_size = 0;
  file_base::flags flags{};
  unsigned permissions = 0;
  // How to open, where open(2) with the path is not.
  job* task = nullptr;
  // Where to store the file's status; null if it is not wanted.
  file_status* status = nullptr;
};
ASIOFILE_DECL void prepare(operation_storage& in, const open_request& request) noexcept;

ASIOFILE_DECL void prepare(operation_storage& in, job& task) noexcept;

// Makes the operation known under a handle, so that a cancellation slot can name it. Before
// `start`.
ASIOFILE_DECL cancellation_handle issue_handle(file_state& file, operation_storage& unstarted);
ASIOFILE_DECL void withdraw_handle(file_state& file, operation_storage& unstarted) noexcept;
ASIOFILE_DECL void cancel(file_state& file, cancellation_handle handle) noexcept;

enum class start_outcome : std::uint8_t {
  // The service has it (the pointer is empty) and will complete it exactly once, later.
  pending,
  // It has completed already (closed file, nothing to transfer, bad argument), and the caller, who
  // asked for that, completes it with the result.
  over,
  // No pass can be scheduled, because no descriptor is left. Nothing was started.
  no_notifier
};

// Gives an operation to the file's service. `wants_result`: if it has completed already, the caller
// delivers its result; otherwise the service does.
[[nodiscard]] ASIOFILE_DECL start_outcome start(const file_state_ptr& file,
                                                operation_ptr& unstarted, bool wants_result,
                                                operation_result& over);

// Tells this thread's dispatch pass, if it is in one, that the handler it has called ended by an
// exception.
ASIOFILE_DECL void note_thrown_handler() noexcept;

}  // namespace asiofile::detail
