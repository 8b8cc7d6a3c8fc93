// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Starts operations: checks them against their file and gives them to the pipeline. Also
// cancellation, and the completion of operations that fail at the start.

#include "operations/completion.hpp"
#include "service/registered_memory.hpp"
#include "service/service_core.hpp"
#include "system/cached_open.hpp"
#include "system/posix_calls.hpp"
#include "system/regular_open.hpp"

#include <asiofile/detail/job.hpp>

#include <boost/system/system_error.hpp>

#include <cerrno>
#include <limits>
#include <new>
#include <utility>

namespace asiofile::detail {

namespace {

// What `admit` returns for an operation that has not completed.
constexpr std::int64_t has_begun = std::numeric_limits<std::int64_t>::min();

}  // namespace

// From here on the service owns the operation, which counts as outstanding work.
void service_core::take_over(operation& next) noexcept {
  if (!is_counted(next)) return;
  if (next.number == 0) counters_.count_start(next);
  ++outstanding_;
  link_.set_work(true);
}

start_outcome service_core::start(file_state& file, operation_ptr& started, bool wants_result,
                                  operation_result& over, std::uint64_t only_on) {
  operation& next = operation::in(*started);
  if (options_.trace) [[unlikely]]
    announce(next);
  core_lock lock(mutex_);
  if (!is_running()) [[unlikely]]
    return drop_unstarted(lock, started);
  if (link_.set_up_schedule() != 0) [[unlikely]]
    return start_outcome::no_notifier;
  // Everything that can throw comes before the service owns the operation.
  const std::int64_t result = next.is_transfer() ? admit_transfer(file, as_transfer(next), only_on)
                                                 : admit(file, next, only_on);
  if (result != has_begun) [[unlikely]]
    return end_at_start(lock, started, result, wants_result, over);
  static_cast<void>(started.release());
  take_over(next);
  // Otherwise it waits for others, in its file's order or to close it.
  const bool may_run = next.stage() == operation_stage::initiating;
  if (next.is_transfer()) {
    if (may_run) pipeline_.add(next);
    return start_outcome::pending;
  }
  if (may_run) resume(next);
  // A close may have completed, and may have ended others.
  settle();
  return start_outcome::pending;
}

start_outcome service_core::drop_unstarted(core_lock& lock, operation_ptr& unstarted) {
  // Its cancellation slot may keep the handle for longer than the operation lives.
  handles_.withdraw(operation::in(*unstarted));
  const lock_released meanwhile(lock);
  unstarted.reset();
  return start_outcome::pending;
}

// Completes an operation that was never given to the pipeline.
start_outcome service_core::end_at_start(core_lock& lock, operation_ptr& started,
                                         std::int64_t result, bool wants_result,
                                         operation_result& over) {
  operation& next = operation::in(*started);
  if (!wants_result) link_.schedule(*this);
  next.result = result;
  handles_.withdraw(next);
  move_to(next, operation_stage::completed);
  if (wants_result) {
    if (next.number == 0) counters_.count_start(next);
    counters_.count_completion();
    over = result_of(next);
    // The caller calls its handler next.
    const lock_released meanwhile(lock);
    if (options_.trace) trace_end(next);
    return start_outcome::over;
  }
  static_cast<void>(started.release());
  take_over(next);
  counters_.count_result(next);
  dispatcher_.add(next);
  return start_outcome::pending;
}

void service_core::start_own(file_state& file, operation_ptr started, std::uint64_t only_on) {
  int error = EMFILE;
  operation_result unwanted;
  try {
    if (start(file, started, false, unwanted, only_on) == start_outcome::pending) return;
  } catch (const std::bad_alloc&) {
    error = ENOMEM;
  }
  withdraw_handle(operation::in(*started));
  started.release()->complete(operation_result{.error = error});
}

// With the same error as an operation of a file.
void service_core::require_delivery() {
  const core_lock lock(mutex_);
  const int error = is_running() ? link_.set_up_schedule() : 0;
  if (error != 0) throw boost::system::system_error(make_error_(error), "asiofile: wake-up");
}

// If that is impossible, because the context is being destroyed or a forked child has no descriptor
// to reach its own context with, the handler is destroyed.
void service_core::deliver(operation_ptr waited, std::int64_t result) {
  const core_lock lock(mutex_);
  if (!is_running() || link_.set_up_schedule() != 0) return;
  link_.schedule(*this);
  operation& over = operation::in(*waited.release());
  over.result = result;
  move_to(over, operation_stage::completed);
  dispatcher_.add(over);
}

// Checks an operation against its file. Returns `has_begun`, or the result of one that has
// completed already.
std::int64_t service_core::admit(file_state& file, operation& next, std::uint64_t only_on) {
  switch (next.kind()) {
    case operation_kind::open: return admit_open(file, static_cast<open_operation&>(next));
    case operation_kind::close:
      return admit_close(file, static_cast<close_operation&>(next), only_on);
    case operation_kind::run_job:
      if (const int error = set_up()) return -error;
      link_.schedule(*this);
      files_.enter(next);
      return has_begun;
    default: break;
  }
  opening* const on = file_registry::open_in(file, only_on);
  if (on == nullptr) return -EBADF;
  if (next.kind() == operation_kind::resize || next.kind() == operation_kind::allocate ||
      next.kind() == operation_kind::advise) {
    const auto& its = static_cast<const range_operation&>(next);
    const bool is_valid = next.kind() == operation_kind::resize ? is_offset(its.offset)
                                                                : is_range(its.offset, its.length);
    const bool is_empty = next.kind() == operation_kind::allocate && its.length == 0;
    if (!is_valid || is_empty) return -EINVAL;
  }
  if (next.kind() == operation_kind::lock) {
    const auto& its = static_cast<const lock_operation&>(next);
    if (!is_range(its.offset, its.length)) return -EINVAL;
  }
  return enter(next, *on);
}

inline std::int64_t service_core::admit_transfer(file_state& file, transfer_operation& next,
                                                 std::uint64_t only_on) {
  opening* const on = file_registry::open_in(file, only_on);
  if (on == nullptr) return -EBADF;
  if (next.requested == 0 && next.sync == sync_after::none) return 0;
  // Above, the kernel takes it for a negative one: EINVAL by pread(2), the file's own position by
  // io_uring_enter(2).
  if (!is_offset(next.offset) && !next.is_at_position && !on->facts.is_stream) return -EINVAL;
  if (next.priority == transfer_operation::invalid_priority) return -EINVAL;
  if (on->has_defaults) [[unlikely]]
    on->give_defaults(next);
  next.registered.file = on->descriptor->registered_index();
  if (next.slot != nullptr) {
    const registered_memory& memory = *next.slot->memory;
    // Only a slot of this service.
    if (!memory.belongs_to(*this)) return -EINVAL;
    next.registered.buffer = memory.index_for(*next.slot);
  }
  return enter(next, *on);
}

inline std::int64_t service_core::enter(operation& next, opening& on) {
  // If a forked child had no descriptor left for its notifier, this tries again.
  if (const int error = set_up()) [[unlikely]]
    return -error;
  link_.schedule(*this);
  files_.enter(next, on);
  return has_begun;
}

std::int64_t service_core::admit_open(file_state& file, open_operation& next) {
  // A path with a zero byte inside would name another file.
  if (next.path == nullptr && next.task == nullptr) return -EINVAL;
  // A deferred open, launched after the file object was destroyed.
  if (file.is_abandoned) return -ECANCELED;
  if (file_registry::is_used(file)) return -already_open;
  if (const int error = set_up()) return -error;
  link_.schedule(*this);
  files_.enter(next, files_.give(file, std::make_unique<opening>()));
  next.may_be_cached = can_be_opened_here(next);
  // If only regular files are accepted, because the path is not trusted, it is checked each time.
  next.was_regular = next.may_be_cached && next.path != nullptr &&
                     !is_regular_only(next.flags) && recent_.has(next.path);
  return has_begun;
}

// Whether it can be opened without a worker, if the kernel's caches have what that needs. The first
// file of a context is opened by a worker, which makes the engines.
bool service_core::can_be_opened_here(const open_operation& next) const noexcept {
  if (!can_open_cached(next.flags) || !are_permissions(next.permissions)) return false;
  if (!engines_.is_ready_for(next.flags)) return false;
  return system_->has_nowait() && (next.task == nullptr || next.task->may_try_now());
}

std::int64_t service_core::admit_close(file_state& file, close_operation& next,
                                       std::uint64_t only_on) {
  if (!file_registry::is_used(file)) {
    // The file is closed, but operations in flight may still use buffers: this close waits behind
    // the earlier one.
    opening* const ending = only_on == 0 ? files_.ending_in(file) : nullptr;
    if (ending == nullptr) return 0;
    link_.schedule(*this);
    file_registry::retain(*ending);
    files_.enter_close(next, *ending);
    move_to(next, operation_stage::parked);
    return has_begun;
  }
  if (only_on != 0 && only_on != file.current->number) return 0;
  link_.schedule(*this);
  opening& left = *files_.take_to_close(file);
  left.state = open_state::closed;
  if (!next.lets_finish) cancel_all(left);
  if (!files_.enter_close(next, left)) move_to(next, operation_stage::parked);
  return has_begun;
}

void service_core::announce(operation& started) {
  {
    const core_lock lock(mutex_);
    counters_.count_start(started);
  }
  options_.trace->started(describe(started));
}

traced_operation service_core::describe(operation& which) const {
  traced_operation traced;
  traced.number = which.number;
  traced.name = name_of(which);
  if (which.is_transfer()) {
    traced.offset = as_transfer(which).offset;
    traced.requested_bytes = as_transfer(which).requested;
  } else if (which.kind() == operation_kind::resize) {
    traced.offset = static_cast<const range_operation&>(which).offset;
  } else if (which.kind() == operation_kind::open) {
    const char* const path = static_cast<const open_operation&>(which).path;
    if (path != nullptr) traced.path = path;
  }
  return traced;
}

void service_core::trace_end(operation& over) const {
  traced_operation traced = describe(over);
  const operation_result result = result_of(over);
  traced.fd = over.fd;
  if (over.is_transfer()) traced.transferred_bytes = as_transfer(over).transferred;
  traced.engine = engines_.name_of(over.engine);
  traced.error = make_error_(result.error);
  options_.trace->finished(traced);
}

// Continues an operation that may run now.
void service_core::resume(operation& next) noexcept {
  if (next.kind() == operation_kind::close)
    begin_close(static_cast<close_operation&>(next));
  else
    pipeline_.add(next);
}

void service_core::begin_close(close_operation& closer) noexcept {
  file_registry::prepare_close(closer);
  closer.may_be_held = engines_.may_hold_files();
  // The descriptor is not owned, or has other users: it is only released.
  if (closer.keeps_open && !closer.syncs)
    pipeline_.end(closer);
  else
    pipeline_.add(closer);
}

// ---- cancelling

cancellation_handle service_core::issue_handle(operation& unstarted) {
  const core_lock lock(mutex_);
  return handles_.issue(unstarted);
}

void service_core::withdraw_handle(operation& unstarted) noexcept {
  const core_lock lock(mutex_);
  handles_.withdraw(unstarted);
}

void service_core::cancel(cancellation_handle handle) noexcept {
  const core_lock lock(mutex_);
  // When the context is being destroyed, all operations are destroyed anyway.
  if (!is_running()) return;
  operation* const named = handles_.holder_of(handle);
  if (named == nullptr) return;
  cancel(*named);
  settle();
  ensure_pass();
  // The only thread that could run a pass may be one that waits for the operation.
  tell_of_change();  // look again: L14
}

void service_core::cancel(operation& which) noexcept { pipeline_.cancel(which); }

void service_core::cancel_all(opening& on) noexcept {
  for (auto next = on.operations.begin(); next != on.operations.end();) pipeline_.cancel(*next++);
  settle();
  ensure_pass();
  tell_of_change();  // look again: L14
}

}  // namespace asiofile::detail
