// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A log: calls that wait in order, and one step at a time that advances them.
//
// A batch begins in a step without I/O that goes through the context as a handler does
// (`phase::due`), behind the handlers of the previous batch: what they append is included.
// Otherwise the first append would be written alone, and all others after it. So, as long as there
// are calls, there is a step; and dropping the step, because the context is going, drops the calls.

#include "logs/log_batch.hpp"
#include "logs/log_operation.hpp"
#include "logs/log_step.hpp"
#include "operations/operation_queue.hpp"
#include "service/fork_participants.hpp"
#include "system/block_pool.hpp"

#include <asiofile/append_log_options.hpp>
#include <asiofile/detail/file_access.hpp>
#include <asiofile/detail/log_state.hpp>
#include <asiofile/io_alignment.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace asiofile::detail {

// The file that a log is made on.
struct log_file {
  file_state_ptr state;
  // The number of the file object's opening, or 0 if it is closed.
  std::uint64_t only_on = 0;
  io_alignment alignment;
  std::uint64_t size = 0;
};

// The mutex guards everything, unless a comment says otherwise. It is never held while an operation
// is started or a call ended: either may destroy a handler.
class log_state : public std::enable_shared_from_this<log_state>, public fork_participant {
 public:
  log_state(const log_file& on, const append_log_options& options);

  // The functions of `detail/log_state.hpp`.
  [[nodiscard]] service_core& core() const noexcept;
  std::uint64_t announce_call() noexcept {
    return calls_so_far_.fetch_add(1, std::memory_order_relaxed) + 1;
  }
  [[nodiscard]] bool begin_call(operation_ptr& call, const log_request& asked, std::uint64_t number,
                                bool wants_result, operation_result& over);
  void cancel_call(std::uint64_t number);
  void abandon() noexcept;
  [[nodiscard]] std::uint64_t next_offset() const noexcept;
  [[nodiscard]] std::uint64_t durable_end() const noexcept;

  // The step under way has completed, or was dropped with the context (no result).
  void end_step(const operation_result& result);
  void drop() noexcept;

 private:
  // The kind of step.
  enum class phase : std::uint8_t {
    idle,          // there is none, and no call
    due,           // on its way to where a batch begins
    reading_tail,  // reads the block that the log continues in
    allocating,    // space ahead
    writing,       // a batch, and its sync
    cutting,       // the file to the log's length, before it is closed
    closing
  };

  struct departure;

  [[nodiscard]] std::int64_t refusal_of(log_call what) const noexcept ASIOFILE_REQUIRES(mutex_);
  void reserve(std::uint64_t record_bytes) ASIOFILE_REQUIRES(mutex_);
  void accept(operation_ptr& call) noexcept ASIOFILE_REQUIRES(mutex_);
  void take_back(const operation_result& result, departure& next) noexcept
      ASIOFILE_REQUIRES(mutex_);
  void take_back_batch(operation_queue& over) noexcept ASIOFILE_REQUIRES(mutex_);
  [[nodiscard]] phase next_phase(operation_queue& over) noexcept ASIOFILE_REQUIRES(mutex_);
  [[nodiscard]] phase next_of_batch() noexcept ASIOFILE_REQUIRES(mutex_);
  [[nodiscard]] phase next_of_close(operation_queue& over) noexcept ASIOFILE_REQUIRES(mutex_);
  void gather() noexcept ASIOFILE_REQUIRES(mutex_);
  void fail(int error, operation_queue& over) noexcept ASIOFILE_REQUIRES(mutex_);
  [[nodiscard]] std::uint64_t allocation_bytes() const noexcept ASIOFILE_REQUIRES(mutex_);
  // The size to truncate the file to, without losing anything of the log or anything that was in
  // the file before.
  [[nodiscard]] std::uint64_t kept_size() const noexcept ASIOFILE_REQUIRES(mutex_);
  void reset_in_child(operation_queue& aborted) noexcept final ASIOFILE_REQUIRES(mutex_);

  void set_out(departure& next) noexcept ASIOFILE_REQUIRES(mutex_);
  void depart(departure& next) ASIOFILE_EXCLUDES(mutex_);
  void begin_step(const departure& next);

  const file_state_ptr file_;
  const std::uint64_t only_on_;
  const std::size_t buffer_bytes_;
  const std::uint64_t preallocated_bytes_;
  const std::uint64_t size_at_first_;
  std::atomic<std::uint64_t> calls_so_far_ = 0;

  // Calls of which nothing is being written, in order; how many bytes of records they have.
  operation_queue calls_ ASIOFILE_GUARDED_BY(mutex_);
  std::uint64_t waiting_bytes_ ASIOFILE_GUARDED_BY(mutex_) = 0;
  // Memory for them, if the batch has none that is large enough.
  memory_block spare_ ASIOFILE_GUARDED_BY(mutex_);

  phase phase_ ASIOFILE_GUARDED_BY(mutex_) = phase::idle;
  // Made with the first call. Null in a child that has abandoned its own.
  std::unique_ptr<log_step> step_ ASIOFILE_GUARDED_BY(mutex_);
  // Used in `phase::writing`. Only the step touches them while there is one.
  log_batch batch_;
  operation_queue gathered_;

  // The first error, as an errno value. Nothing is written after it.
  int error_ ASIOFILE_GUARDED_BY(mutex_) = 0;
  // The file offset of the next batch; everything before it is durable.
  std::uint64_t end_ ASIOFILE_GUARDED_BY(mutex_);
  std::uint64_t durable_end_ ASIOFILE_GUARDED_BY(mutex_);
  // The file's length, including what the log has allocated.
  std::uint64_t file_end_ ASIOFILE_GUARDED_BY(mutex_);
  // How long it is after `phase::allocating`.
  std::uint64_t allocating_to_ ASIOFILE_GUARDED_BY(mutex_) = 0;
  bool is_tail_known_ ASIOFILE_GUARDED_BY(mutex_);
  bool is_close_wanted_ ASIOFILE_GUARDED_BY(mutex_) = false;
  // Set once it is closed: an errno value.
  std::optional<int> closed_ ASIOFILE_GUARDED_BY(mutex_);
  // The context is gone: no more steps.
  bool is_dropped_ ASIOFILE_GUARDED_BY(mutex_) = false;
};

}  // namespace asiofile::detail
