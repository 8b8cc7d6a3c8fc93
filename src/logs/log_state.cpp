// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "logs/log_state.hpp"

#include "operations/completion.hpp"
#include "service/service_core.hpp"

#include <asiofile/detail/error_numbers.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace asiofile::detail {

namespace {

void end_with(operation& call, std::int64_t result, operation_queue& over) noexcept {
  call.result = result;
  over.push_back(call);
}

// All except closes, which have something to do in any case.
void end_appends(operation_queue& calls, std::int64_t result, operation_queue& over) noexcept {
  operation_queue closes;
  while (!calls.empty()) {
    operation& call = take_front(calls);
    if (as_call(call).what == log_call::close)
      closes.push_back(call);
    else
      end_with(call, result, over);
  }
  calls.swap(closes);
}

}  // namespace

void log_step::end(operation_storage& over, const operation_result* result) {
  auto& self = static_cast<log_step&>(over);
  // The log may live no longer than its last operation.
  const std::shared_ptr<log_state> log = std::move(self.log_);
  if (self.is_left_behind_)
    delete &self;
  else if (result != nullptr)
    log->end_step(*result);
  else
    log->drop();
}

// What is to be done once the mutex is released: ending calls, then beginning a step.
struct log_state::departure {
  operation_queue over;
  phase begins = phase::idle;
  log_step* step = nullptr;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

log_state::log_state(const log_file& on, const append_log_options& options)
    : fork_participant(on.state->core->participants()),
      file_(on.state),
      only_on_(on.only_on),
      buffer_bytes_(options.buffer_bytes),
      preallocated_bytes_(options.preallocated_bytes),
      size_at_first_(on.size),
      batch_(on.alignment),
      error_(on.only_on == 0 ? EBADF : 0),
      end_(options.offset.value_or(on.size)),
      durable_end_(end_),
      file_end_(on.size),
      is_tail_known_(is_aligned(end_, on.alignment.offset_bytes)) {}

service_core& log_state::core() const noexcept { return *file_->core; }

// ---- calls

bool log_state::begin_call(operation_ptr& call, const log_request& asked, std::uint64_t number,
                           bool wants_result, operation_result& result) {
  core().require_delivery();
  auto& begun = operation::emplace<log_operation>(*call, asked, number);
  operation_ptr dropped;
  departure next;
  {
    const scoped_lock lock(mutex_);
    if (is_dropped_) {
      dropped = std::move(call);
      return true;
    }
    begun.result = refusal_of(asked.what);
    if (begun.result == 0) {
      reserve(asked.bytes);
      accept(call);
      if (phase_ == phase::idle) {
        phase_ = phase::due;
        set_out(next);
      }
    }
  }
  if (!call) {
    depart(next);
    return true;
  }
  if (wants_result) {
    result = result_of(begun);
    return false;
  }
  const std::int64_t refused = begun.result;
  core().deliver(std::move(call), refused);
  return true;
}

// Why a call is refused before it has begun: an errno value, negated, or 0.
std::int64_t log_state::refusal_of(log_call what) const noexcept {
  if (what == log_call::close) return 0;
  if (error_ != 0) return -error_;
  return is_close_wanted_ ? -EBADF : 0;
}

// Everything that can throw comes before the call has begun.
void log_state::reserve(std::uint64_t record_bytes) {
  if (!step_) step_ = std::make_unique<log_step>();
  if (record_bytes == 0) return;
  const std::uint64_t most = std::min<std::uint64_t>(waiting_bytes_ + record_bytes, buffer_bytes_);
  const std::size_t wanted = batch_.memory_for(static_cast<std::size_t>(most));
  if (spare_.size() < wanted)
    spare_ = core().blocks().take(wanted, batch_.memory_alignment());
}

void log_state::accept(operation_ptr& call) noexcept {
  log_operation& accepted = as_call(operation::in(*call.release()));
  is_close_wanted_ = is_close_wanted_ || accepted.what == log_call::close;
  waiting_bytes_ += accepted.left;
  calls_.push_back(accepted);
}

void log_state::cancel_call(std::uint64_t number) {
  // The handler may destroy the log on another thread, and the slot with it.
  const auto self = shared_from_this();
  departure next;
  {
    const scoped_lock lock(mutex_);
    const auto named = std::ranges::find_if(calls_, [&](operation& each) {
      const log_operation& call = as_call(each);
      return call.number == number && !call.has_begun && call.what != log_call::close;
    });
    if (named == calls_.end()) return;
    operation& aborted = *named;
    calls_.erase(named);
    waiting_bytes_ -= as_call(aborted).left;
    end_with(aborted, -ECANCELED, next.over);
  }
  depart(next);
}

void log_state::abandon() noexcept {
  departure next;
  {
    const participant_lock lock(mutex_, must_lock());
    const bool is_closing = phase_ == phase::cutting || phase_ == phase::closing;
    if (error_ == 0 && !is_closing) error_ = ECANCELED;
    waiting_bytes_ = 0;
    end_appends(calls_, -ECANCELED, next.over);
    // Without its file object, the file is closed.
    while (!is_closing && !calls_.empty()) end_with(take_front(calls_), -error_, next.over);
  }
  depart(next);
}

std::uint64_t log_state::next_offset() const noexcept {
  const scoped_lock lock(mutex_);
  return end_ + waiting_bytes_;
}

std::uint64_t log_state::durable_end() const noexcept {
  const scoped_lock lock(mutex_);
  return durable_end_;
}

// ---- steps

void log_state::end_step(const operation_result& result) {
  departure next;
  {
    const scoped_lock lock(mutex_);
    take_back(result, next);
    phase_ = next_phase(next.over);
    set_out(next);
  }
  depart(next);
}

// The context is gone, and nobody waits any more.
void log_state::drop() noexcept {
  operation_queue dropped;
  {
    const participant_lock lock(mutex_, must_lock());
    is_dropped_ = true;
    phase_ = phase::idle;
    append(dropped, gathered_);
    append(dropped, calls_);
  }
  while (!dropped.empty()) take_front(dropped).storage().destroy();
}

void log_state::take_back(const operation_result& result, departure& next) noexcept {
  switch (phase_) {
    case phase::idle:
    case phase::due: return;
    case phase::reading_tail:
      if (result.error != 0 && result.error != end_of_file) return fail(result.error, next.over);
      // The file may end there, but not before: what was not read must not be written back as zeros.
      if (batch_.block_of(end_) + result.value < std::min(end_, size_at_first_))
        return fail(EIO, next.over);
      batch_.take_tail(end_, static_cast<std::size_t>(result.value));
      is_tail_known_ = true;
      return;
    case phase::allocating:
      if (result.error != 0) return fail(result.error, next.over);
      file_end_ = allocating_to_;
      return;
    case phase::writing:
      if (result.error != 0) return fail(result.error, next.over);
      take_back_batch(next.over);
      // The log object has been destroyed meanwhile.
      if (error_ != 0) end_appends(calls_, -error_, next.over);
      return;
    case phase::cutting:
      if (result.error != 0) fail(result.error, next.over);
      file_end_ = kept_size();
      return;
    case phase::closing: closed_ = result.error; return;
  }
}

// It is durable, and so is everything before it.
void log_state::take_back_batch(operation_queue& over) noexcept {
  durable_end_ = end_;
  file_end_ = std::max(file_end_, batch_.end_of_blocks(end_));
  batch_.keep_tail();
  while (!gathered_.empty()) {
    log_operation& call = as_call(take_front(gathered_));
    if (call.left != 0)
      calls_.push_front(call);
    else
      end_with(call, static_cast<std::int64_t>(call.offset), over);
  }
}

void log_state::fail(int error, operation_queue& over) noexcept {
  if (error_ == 0) error_ = error;
  waiting_bytes_ = 0;
  end_appends(gathered_, -error_, over);
  end_appends(calls_, -error_, over);
}

log_state::phase log_state::next_phase(operation_queue& over) noexcept {
  // What the handlers of these calls append goes into the next batch; and no later call ends before
  // them.
  if (!over.empty()) return phase::due;
  if (calls_.empty()) {
    batch_.rest();
    spare_ = {};
    return phase::idle;
  }
  const log_operation& first = as_call(calls_.front());
  if (first.what == log_call::close) return next_of_close(over);
  if (waiting_bytes_ != 0) return next_of_batch();
  // Nothing is to be written.
  while (!calls_.empty() && as_call(calls_.front()).what != log_call::close)
    end_with(take_front(calls_), static_cast<std::int64_t>(end_), over);
  return phase::due;
}

log_state::phase log_state::next_of_batch() noexcept {
  if (!is_tail_known_) {
    batch_.give(spare_);
    return phase::reading_tail;
  }
  if (allocation_bytes() != 0) return phase::allocating;
  gather();
  return phase::writing;
}

log_state::phase log_state::next_of_close(operation_queue& over) noexcept {
  if (!closed_)
    return error_ == 0 && file_end_ > kept_size() ? phase::cutting : phase::closing;
  const int result = error_ != 0 ? error_ : *closed_;
  while (!calls_.empty()) end_with(take_front(calls_), -result, over);
  return phase::due;
}

void log_state::gather() noexcept {
  batch_.give(spare_);
  batch_.begin(end_);
  std::uint64_t room = buffer_bytes_;
  while (!calls_.empty() && as_call(calls_.front()).what != log_call::close) {
    log_operation& call = as_call(calls_.front());
    if (room == 0 && call.left != 0) return;
    if (!std::exchange(call.has_begun, true)) call.offset = end_;
    const std::uint64_t bytes = std::min(call.left, room);
    call.gathered = static_cast<std::size_t>(bytes);
    call.left -= bytes;
    room -= bytes;
    end_ += bytes;
    waiting_bytes_ -= bytes;
    gathered_.push_back(take_front(calls_));
    // The rest of the record follows in the next batch.
    if (call.left != 0) return;
  }
}

// How much to allocate for the next batch, in whole steps.
std::uint64_t log_state::allocation_bytes() const noexcept {
  if (preallocated_bytes_ == 0) return 0;
  const std::uint64_t bytes = std::min<std::uint64_t>(waiting_bytes_, buffer_bytes_);
  const std::uint64_t wanted = batch_.end_of_blocks(end_ + bytes);
  if (wanted <= file_end_) return 0;
  const std::uint64_t steps = (wanted - file_end_ + preallocated_bytes_ - 1) / preallocated_bytes_;
  return steps * preallocated_bytes_;
}

std::uint64_t log_state::kept_size() const noexcept { return std::max(end_, size_at_first_); }

void log_state::set_out(departure& next) noexcept {
  next.begins = phase_;
  next.step = step_.get();
  if (phase_ == phase::reading_tail) next.offset = batch_.block_of(end_);
  if (phase_ == phase::allocating) {
    next.offset = file_end_;
    next.length = allocation_bytes();
    allocating_to_ = file_end_ + next.length;
  }
  if (phase_ == phase::cutting) next.offset = kept_size();
}

void log_state::depart(departure& next) {
  while (!next.over.empty()) {
    operation& call = take_front(next.over);
    const std::int64_t result = call.result;
    core().deliver(operation_ptr(&call.storage()), result);
  }
  if (next.begins != phase::idle) begin_step(next);
}

void log_state::begin_step(const departure& next) {
  log_step& step = *next.step;
  step.keep(shared_from_this());
  const auto prepare_transfer = [&](transfer_request request, iovec& place) {
    request.buffers = &place;
    request.buffer_count = 1;
    request.bytes = place.iov_len;
    prepare(step, request);
  };
  switch (next.begins) {
    case phase::idle: return;
    case phase::due:
      prepare(step, operation_kind::wait);
      return core().deliver(operation_ptr(&step), 0);
    case phase::reading_tail:
      prepare_transfer({.kind = operation_kind::read, .offset = next.offset}, batch_.tail_block());
      break;
    case phase::allocating:
      prepare(step, range_request{.kind = operation_kind::allocate,
                                  .offset = next.offset,
                                  .length = next.length});
      break;
    case phase::writing:
      for (operation& each : gathered_) {
        log_operation& call = as_call(each);
        batch_.copy(call.buffers, call.gathered);
      }
      prepare_transfer({.kind = operation_kind::write,
                        .sync = sync_after::data,
                        .offset = batch_.offset()},
                       batch_.finish());
      break;
    case phase::cutting:
      prepare(step, range_request{.kind = operation_kind::resize, .offset = next.offset});
      break;
    case phase::closing: prepare(step, operation_kind::close); break;
  }
  core().start_own(*file_, operation_ptr(&step), only_on_);
}

// What is under way is for the parent to write and to acknowledge, and the step may never complete
// here.
void log_state::reset_in_child(operation_queue& aborted) noexcept {
  if (phase_ == phase::idle) return;
  if (phase_ == phase::closing && !closed_) closed_ = ECANCELED;
  phase_ = phase::idle;
  step_.release()->leave_behind();
  if (error_ == 0) error_ = ECANCELED;
  waiting_bytes_ = 0;
  append(aborted, gathered_);
  append(aborted, calls_);
}

}  // namespace asiofile::detail
