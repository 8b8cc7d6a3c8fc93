// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What readers and writers have in common: see `detail/background.hpp`.

#include "operations/operation.hpp"
#include "readers/background_file.hpp"
#include "service/fork_participants.hpp"

#include <asiofile/detail/background.hpp>
#include <asiofile/detail/context_hold.hpp>
#include <asiofile/detail/file_access.hpp>

#include <atomic>
#include <cstdint>
#include <memory>

namespace asiofile::detail {

class own_transfer;
class unstarted_transfers;

// The results of a call.
[[nodiscard]] inline call_answer& answer_of(const operation& call) noexcept {
  return *static_cast<const call_operation&>(call).answer;
}

// The mutex guards everything, unless a comment says otherwise. It is never held while an operation
// is started or a call ended: either may destroy a handler.
class background : public std::enable_shared_from_this<background>, public fork_participant {
 public:
  virtual ~background();

  // The functions of `detail/background.hpp`.
  std::uint64_t announce_call() noexcept {
    return calls_.fetch_add(1, std::memory_order_relaxed) + 1;
  }
  [[nodiscard]] bool begin_call(operation_ptr& call, call_answer& answer, std::uint64_t number,
                                bool wants_result, operation_result& over);
  void cancel_call(std::uint64_t number);
  void end_call(std::uint64_t number, bool is_delivered) noexcept;
  void abandon() noexcept;
  // In a call that has a line, before its handler is called: the next call delivers that line.
  virtual void put_back() noexcept {}
  [[nodiscard]] service_core& core() const noexcept;

 protected:
  explicit background(const background_file& of);

  // Makes the memory that the call may need. May throw: then the call has not begun.
  virtual void prepare(const operation& call) ASIOFILE_REQUIRES(mutex_) = 0;

  // Advances the call that is under way as far as possible without waiting. Returns true, with the
  // call's result set, if the call has completed.
  virtual bool advance(operation& call) ASIOFILE_REQUIRES(mutex_) = 0;

  // Adds the operations that should be started now.
  virtual void plan(unstarted_transfers& wanted) ASIOFILE_REQUIRES(mutex_) = 0;

  // One of them has completed: `result` is the number of bytes transferred, 0 at the end of the
  // file, or an errno value, negated.
  virtual void take_back(own_transfer& done, std::int64_t result) ASIOFILE_REQUIRES(mutex_) = 0;

  // One of them was dropped, with the context.
  virtual void discard(own_transfer& dropped) noexcept ASIOFILE_REQUIRES(mutex_) = 0;

  // No call is under way that waits.
  virtual void rest() noexcept ASIOFILE_REQUIRES(mutex_) {}

  // The handler of a call is called next; no other call has begun. Without the mutex.
  virtual void call_delivered() noexcept {}

  // The call may end before what it waits for.
  [[nodiscard]] virtual bool is_cancellable() const noexcept ASIOFILE_REQUIRES(mutex_) {
    return true;
  }

  // The call that was waiting for operations that may never complete has ended: cancels those.
  virtual void call_off() noexcept ASIOFILE_REQUIRES(mutex_) {}

  // The handle of one of the operations that were called off, if any are left.
  [[nodiscard]] virtual cancellation_handle called_off() const noexcept
      ASIOFILE_REQUIRES(mutex_) {
    return {};
  }

  // Calls or operations have begun or ended. Without the mutex.
  virtual void settle() noexcept {}

  // Ends the call that is under way, if it may end before what it waits for.
  void cancel_any();

  // The context is gone: drops the call that is under way.
  void drop_call() noexcept;

  // Something has arrived that the call may be waiting for, or operations are to be started for it.
  void resume();

  // In a forked child: operations in flight will transfer nothing, and some will never complete.
  virtual void forget_in_flight() noexcept ASIOFILE_REQUIRES(mutex_) = 0;

  [[nodiscard]] bool is_waited_for() const noexcept ASIOFILE_REQUIRES(mutex_) {
    return pending_ != nullptr;
  }
  [[nodiscard]] file_state& file() const noexcept { return *file_; }

  // From the beginning of a call until its handler is called. While false, the caller of the next
  // call may access what calls use.
  [[nodiscard]] bool is_in_call() const noexcept {
    return is_in_call_.load(std::memory_order_acquire);
  }

  // The number of the opening that the object was made on, or 0 if its file was closed then.
  const std::uint64_t only_on_;

 private:
  friend class own_transfer;
  friend class unstarted_transfers;

  struct departure;

  void announce_handle(own_transfer& unstarted, cancellation_handle handle) noexcept;
  void finish(own_transfer& done, const operation_result* result);
  void go_on(departure& next) ASIOFILE_REQUIRES(mutex_);
  void plan_departure(departure& next, operation_ptr over) ASIOFILE_REQUIRES(mutex_);
  void depart(departure& next) ASIOFILE_EXCLUDES(mutex_);
  [[nodiscard]] operation_ptr abort_call() ASIOFILE_REQUIRES(mutex_);
  void cancel_called_off() ASIOFILE_EXCLUDES(mutex_);
  void reset_in_child(operation_queue& aborted) noexcept final ASIOFILE_REQUIRES(mutex_);

  const file_state_ptr file_;
  std::atomic<std::uint64_t> calls_ = 0;
  // The number of the most recent call.
  std::atomic<std::uint64_t> number_in_call_ = 0;
  std::atomic<bool> is_in_call_ = false;

  operation_ptr pending_ ASIOFILE_GUARDED_BY(mutex_);
  // The context is gone, and operations have been dropped: no more of them.
  bool is_dropped_ ASIOFILE_GUARDED_BY(mutex_) = false;
};

}  // namespace asiofile::detail
