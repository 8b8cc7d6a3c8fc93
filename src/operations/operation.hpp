// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// One file operation, from its initiation to its handler: what the service and the engines see. It
// lies in the memory of an `operation_storage`, which the initiating template allocates together
// with the handler.
//
// `operation` has what all operations have; the parameters are in a class for each kind of request.
// None of them needs to be destroyed: what they refer to belongs to the initiator.

#include "operations/back_off.hpp"
#include "operations/stage.hpp"
#include "system/file_facts.hpp"
#include "system/transfer_flags.hpp"

#include <asiofile/detail/operation.hpp>
#include <asiofile/detail/space_change.hpp>

#include <boost/intrusive/list_hook.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>

struct iovec;

namespace asiofile {

struct file_status;
enum class file_advice : unsigned char;

namespace detail {

struct call_answer;
class job;
class memory_slot;
class registry;

using intrusive_hook = boost::intrusive::list_member_hook<
    boost::intrusive::link_mode<boost::intrusive::normal_link>>;

// Whether transfers of an opening are tried without an engine (`speculation`). Guarded by the
// service's lock.
struct speculation_history {
  back_off reads;
  back_off writes;
  // The file system cannot tell whether a write would wait.
  bool writes_need_worker = false;
};

class group_commit;

// What an operation works on: the part of an opening that the pipeline and the engines see.
class operation_target {
 public:
  file_facts facts;
  speculation_history speculation;
  // That of its descriptor; null before the first chain or sync.
  group_commit* commits = nullptr;

 protected:
  ~operation_target() = default;
};

// Which engine: an index of `engine_set`.
using engine_index = std::uint8_t;
inline constexpr engine_index no_engine = 0xff;

class operation {
 public:
  operation(const operation&) = delete;
  operation& operator=(const operation&) = delete;

  // Makes an operation in the initiator's memory.
  template <typename Operation, typename... Arguments>
  static Operation& emplace(operation_storage& in, Arguments&&... arguments) noexcept {
    static_assert(sizeof(Operation) <= operation_storage::memory_bytes);
    return *::new (in.memory()) Operation(static_cast<Arguments&&>(arguments)...);
  }

  // The operation that was made there.
  static operation& in(operation_storage& storage) noexcept {
    return *std::launder(static_cast<operation*>(storage.memory()));
  }

  [[nodiscard]] operation_storage& storage() noexcept {
    return *reinterpret_cast<operation_storage*>(reinterpret_cast<std::byte*>(this) -
                                                 storage_offset);
  }

  [[nodiscard]] operation_kind kind() const noexcept { return kind_; }
  [[nodiscard]] operation_stage stage() const noexcept { return stage_; }
  // Called only by `move_to`.
  void set_stage(operation_stage next) noexcept { stage_ = next; }

  [[nodiscard]] bool is_transfer() const noexcept {
    return kind_ == operation_kind::read || kind_ == operation_kind::write;
  }
  // A sync by itself.
  [[nodiscard]] bool is_sync() const noexcept {
    return kind_ == operation_kind::sync_all || kind_ == operation_kind::sync_data;
  }
  [[nodiscard]] const file_facts& facts() const noexcept { return target->facts; }

  // Null for a job, which has no file, and for a call of a reader or writer.
  operation_target* target = nullptr;

  // The result of the last system call: a count or 0, or an errno value, negated. For `size`: the
  // size.
  std::int64_t result = 0;

  // Its number, counted from 1 for each service; and when it was started, if that is measured.
  std::uint64_t number = 0;
  std::uint64_t started_nanoseconds = 0;

  intrusive_hook stage_hook;   // the list of its stage, or of those to be cancelled
  intrusive_hook engine_hook;  // for the engine that has it
  intrusive_hook file_hook;    // its file's operations; without a file, the registry's

  // The file's descriptor, for trace hooks.
  int fd = -1;
  // The index of its cancellation handle.
  std::uint32_t handle_index = cancellation_handle::none;

 private:
  operation_kind kind_;
  operation_stage stage_ = operation_stage::initiating;

 public:
  // The engine that has it, or had it last, and (a bit for each) those that could not run it.
  engine_index engine = no_engine;
  std::uint8_t refused_by = 0;
  // For use by the engine that has it.
  std::uint8_t engine_state = 0;
  // Guarded by the service's lock, while others may write the members that follow: a byte of its
  // own.
  bool cancel_requested = false;
  // The engine that has it must still be notified.
  bool cancel_is_due = false;
  // It has been tried without an engine, as far as possible, and is not tried again. Written by the
  // pass that tries it.
  bool was_tried : 1 = false;
  bool has_succeeded : 1 = false;
  // A sync, a write that a sync follows, an operation at the position: it depends on others of the
  // file. Or a transfer with flags. The fast path checks only this.
  bool concerns_others : 1 = false;

 protected:
  explicit operation(operation_kind kind) noexcept : kind_(kind) {}

 private:
  // The storage begins with the pointer to its completion function.
  static constexpr std::size_t storage_offset = sizeof(void*);
};

// What a ring knows of an operation's file and memory beforehand: indices into its tables.
struct registered_indices {
  static constexpr std::uint16_t none = 0xffff;
  std::uint16_t buffer = none;
  std::uint16_t file = none;

  [[nodiscard]] bool any() const noexcept { return (buffer & file) != none; }
};

// read, write.
class transfer_operation : public operation {
 public:
  explicit transfer_operation(operation_kind kind) noexcept : operation(kind) {}

  // How many bytes are still to be transferred.
  [[nodiscard]] std::uint64_t remaining() const noexcept { return requested - transferred; }

  // The file offset of the next byte. `descriptor_position`: at the descriptor's own position, as
  // with read(2) and write(2).
  static constexpr std::uint64_t descriptor_position = ~std::uint64_t{0};
  [[nodiscard]] std::uint64_t next_offset() const noexcept {
    return offset == descriptor_position ? offset : offset + transferred;
  }

  std::uint64_t offset = 0;
  // In the initiator's memory. Advanced as bytes are transferred.
  iovec* buffers = nullptr;
  std::uint64_t requested = 0;
  std::uint64_t transferred = 0;
  // The slot of `registered_buffers` that the only buffer is in, if it is in one.
  memory_slot* slot = nullptr;
  std::uint32_t buffer_count = 0;
  registered_indices registered;

  // For a write that a sync follows: the sync's result, an errno value, negated, or 0.
  static constexpr std::int32_t sync_not_run = 1;
  std::int32_t sync_result = sync_not_run;
  // How many syncs of its descriptor had failed when its own began: see `group_commit`.
  std::uint32_t failures_before = 0;

  // As for ioprio_set(2); 0 stands for the file's.
  static constexpr std::uint16_t invalid_priority = 0xffff;
  std::uint16_t priority = 0;
  sync_after sync = sync_after::none;
  transfer_flags flags = 0;
  // The sync is submitted together with the write: as an entry of its own, or by `durable_flag`.
  bool links_sync : 1 = false;
  // At the file object's position, after those that were started before.
  bool is_at_position : 1 = false;
  // It stands for a synchronous function there, whose thread waits until it may run.
  bool is_placeholder : 1 = false;
  // A read at the end of the file, wherever that is; a worker finds out.
  bool is_at_end : 1 = false;
  // A ring would give it to a kernel worker, which costs more than a worker of this library.
  bool prefers_worker : 1 = false;
  // It asked for `uncached_flag`, which the file does not support.
  bool was_refused_uncached : 1 = false;
};

// sync_all, sync_data.
class sync_operation final : public operation {
 public:
  explicit sync_operation(operation_kind kind) noexcept : operation(kind) {
    concerns_others = true;
  }
  std::uint32_t failures_before = 0;
};

// resize (`offset` is the new size), allocate, advise.
class range_operation final : public operation {
 public:
  explicit range_operation(operation_kind kind) noexcept : operation(kind) {}
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  file_advice advice{};
  space_change change{};
};

// lock. It is tried repeatedly, with a rest in between, until it is obtained or cancelled.
class lock_operation final : public operation {
 public:
  lock_operation() noexcept : operation(operation_kind::lock) {}
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  // As for fcntl(2).
  int type = 0;
  // How many rounds of rest are left, and follow the next try.
  std::uint8_t rounds_left = 0;
  std::uint8_t rounds_next = 1;
};

// size, status.
class query_operation final : public operation {
 public:
  explicit query_operation(operation_kind kind) noexcept : operation(kind) {}
  // For `status`: where the result goes.
  file_status* status = nullptr;
};

class open_operation final : public operation {
 public:
  open_operation() noexcept : operation(operation_kind::open) {}
  const char* path = nullptr;
  int flags = 0;
  // Not valid as permissions: `open_path` refuses them.
  static constexpr std::uint16_t invalid_permissions = 0xffff;
  std::uint16_t permissions = 0;
  // It may be opened without a worker, if the kernel's caches have what that needs.
  bool may_be_cached : 1 = false;
  // The path named a regular file a moment ago; and, after the open, whether a regular file was
  // opened that way.
  bool was_regular : 1 = false;
  // The job that opens it, if not open(2) with the path.
  job* task = nullptr;
  // Where the status of the file goes; null if not wanted.
  file_status* status = nullptr;
  // What was found out about the opened file.
  file_facts found;
};

class close_operation final : public operation {
 public:
  close_operation() noexcept : operation(operation_kind::close) {}
  // It waits for the operations in flight, and cancels none.
  bool lets_finish = false;
  // A sync goes before it.
  bool syncs = false;
  // Others still use the descriptor: it is not closed.
  bool keeps_open = false;
  // The result of a sync that was made earlier, while others used the descriptor.
  std::int64_t sync_result = 0;
  // A ring's table also keeps the file open, until it is removed from the table.
  registry* table = nullptr;
  std::uint16_t table_index = 0;
  // A ring's own thread may hold it open a moment longer than its operations: a worker waits for
  // that.
  bool may_be_held = false;
};

class job_operation final : public operation {
 public:
  job_operation() noexcept : operation(operation_kind::run_job) {}
  job* task = nullptr;
};

// A call of a reader or writer.
class call_operation final : public operation {
 public:
  call_operation() noexcept : operation(operation_kind::wait) {}
  // Its parameters and its results.
  call_answer* answer = nullptr;
};

[[nodiscard]] inline transfer_operation& as_transfer(operation& which) noexcept {
  assert(which.is_transfer());
  return static_cast<transfer_operation&>(which);
}
[[nodiscard]] inline const transfer_operation& as_transfer(const operation& which) noexcept {
  assert(which.is_transfer());
  return static_cast<const transfer_operation&>(which);
}

// For a write that a sync follows: whether everything is written, so that only the sync is left.
[[nodiscard]] inline bool is_sync_left(const transfer_operation& which) noexcept {
  return which.sync != sync_after::none && which.remaining() == 0;
}

// Whether it is a write that is to be durable by itself.
[[nodiscard]] inline bool is_durable(const operation& which) noexcept {
  return which.is_transfer() && (as_transfer(which).flags & durable_flag) != 0;
}

[[nodiscard]] inline bool is_chain(const operation& which) noexcept {
  return which.is_transfer() && as_transfer(which).sync != sync_after::none;
}

}  // namespace detail
}  // namespace asiofile
