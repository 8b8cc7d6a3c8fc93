// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "readers/background.hpp"

#include "operations/completion.hpp"
#include "readers/own_transfer.hpp"
#include "service/opening.hpp"
#include "service/service_core.hpp"

#include <cerrno>
#include <utility>

namespace asiofile::detail {

namespace {

// The result of a transfer, for the code that continues with the rest of it.
std::int64_t outcome_of(const operation_result& over) noexcept {
  if (over.value != 0) return static_cast<std::int64_t>(over.value);
  return over.error == end_of_file ? 0 : -over.error;
}

void deliver(const file_state& file, operation_ptr call) {
  const std::int64_t result = operation::in(*call).result;
  file.core->deliver(std::move(call), result);
}

}  // namespace

// What is to be done once the mutex is released: starting operations, ending calls.
struct background::departure {
  unstarted_transfers wanted;
  operation_ptr over;
  operation_ptr dropped;
};

background::background(const background_file& of)
    : fork_participant(of.state->core->participants()),
      only_on_(of.only_on),
      file_(of.state) {}

background::~background() = default;

bool background::begin_call(operation_ptr& call, call_answer& answer, std::uint64_t number,
                            bool wants_result, operation_result& result) {
  core().require_delivery();
  auto& asked = static_cast<call_operation&>(operation::in(*call));
  asked.answer = &answer;
  operation_ptr over;
  if (is_in_call_.exchange(true, std::memory_order_acquire)) {
    asked.result = -EALREADY;
    over = std::move(call);
  } else {
    number_in_call_.store(number, std::memory_order_relaxed);
    answer.claim = call_claim(shared_from_this(), number);
    departure next;
    {
      const scoped_lock lock(mutex_);
      prepare(asked);
      if (advance(asked))
        over = std::move(call);
      else
        pending_ = std::move(call);
      plan_departure(next, wants_result ? nullptr : std::move(over));
    }
    depart(next);
    if (!over) return true;
  }
  if (wants_result) {
    result = result_of(asked);
    call = std::move(over);
    return false;
  }
  deliver(*file_, std::move(over));
  return true;
}

void background::end_call(std::uint64_t number, bool is_delivered) noexcept {
  // In a forked child another one may have begun: see `reset_in_child`.
  if (number_in_call_.load(std::memory_order_relaxed) != number) return;
  if (is_delivered) call_delivered();
  is_in_call_.store(false, std::memory_order_release);
}

void background::cancel_call(std::uint64_t number) {
  // The handler may destroy the reader on another thread, and the slot with it.
  const auto self = shared_from_this();
  operation_ptr aborted;
  {
    const scoped_lock lock(mutex_);
    if (number == number_in_call_.load(std::memory_order_relaxed)) aborted = abort_call();
  }
  if (!aborted) return;
  deliver(*file_, std::move(aborted));
  cancel_called_off();
  settle();
}

void background::cancel_any() {
  operation_ptr aborted;
  {
    const scoped_lock lock(mutex_);
    aborted = abort_call();
  }
  if (aborted) deliver(*file_, std::move(aborted));
  cancel_called_off();
  settle();
}

service_core& background::core() const noexcept { return *file_->core; }

void background::abandon() noexcept {
  const bool is_copy = !must_lock();
  operation_ptr aborted;
  {
    const participant_lock lock(mutex_, !is_copy);
    if (pending_) {
      aborted = abort_call();
      if (!aborted) return;
    } else {
      call_off();
    }
  }
  if (aborted) deliver(*file_, std::move(aborted));
  if (is_copy) return;
  cancel_called_off();
  settle();
}

// Takes the call that is under way, if it may end before what it waits for. It is to be delivered
// without the mutex.
operation_ptr background::abort_call() {
  if (!pending_ || !is_cancellable()) return nullptr;
  operation_ptr aborted = std::move(pending_);
  operation::in(*aborted).result = -ECANCELED;
  call_off();
  rest();
  return aborted;
}

void background::cancel_called_off() {
  cancellation_handle handle;
  {
    const scoped_lock lock(mutex_);
    handle = called_off();
  }
  if (handle.index != cancellation_handle::none) file_->core->cancel(handle);
}

void background::finish(own_transfer& done, const operation_result* result) {
  if (result == nullptr) {
    operation_ptr dropped;
    const participant_lock lock(mutex_, must_lock());
    is_dropped_ = true;
    discard(done);
    dropped = std::move(pending_);
    return;
  }
  departure next;
  {
    const scoped_lock lock(mutex_);
    take_back(done, outcome_of(*result));
    go_on(next);
  }
  depart(next);
}

void background::drop_call() noexcept {
  operation_ptr dropped;
  const participant_lock lock(mutex_, must_lock());
  is_dropped_ = true;
  dropped = std::move(pending_);
}

void background::resume() {
  departure next;
  {
    const scoped_lock lock(mutex_);
    go_on(next);
  }
  depart(next);
}

void background::go_on(departure& next) {
  operation_ptr over;
  if (pending_ && advance(operation::in(*pending_))) over = std::move(pending_);
  plan_departure(next, std::move(over));
}

void background::plan_departure(departure& next, operation_ptr over) {
  if (!is_dropped_) {
    plan(next.wanted);
    // That nothing could be started may be the call's result.
    if (pending_ && next.wanted.empty() && advance(operation::in(*pending_)))
      over = std::move(pending_);
  }
  // Once the context is gone nothing more is started, and the call that would wait for it is
  // dropped.
  if (is_dropped_) next.dropped = std::move(pending_);
  if (!pending_) rest();
  next.over = std::move(over);
}

void background::depart(departure& next) {
  const bool is_any = !next.wanted.empty();
  next.wanted.start_all(file_);
  if (next.over) deliver(*file_, std::move(next.over));
  // Called off between `plan` and the start, when there was nothing to cancel yet.
  if (is_any) cancel_called_off();
  settle();
}

void background::announce_handle(own_transfer& unstarted, cancellation_handle handle) noexcept {
  const scoped_lock lock(mutex_);
  unstarted.announced_handle = handle;
}

void background::reset_in_child(operation_queue& aborted) noexcept {
  if (pending_)
    aborted.push_back(operation::in(*pending_.release()));
  else
    // A call that another thread was about to end does not end in the child. One that the service
    // has does; its number distinguishes it from the next one.
    is_in_call_.store(false, std::memory_order_relaxed);
  forget_in_flight();
}

// ---- for the templates

service_core& core_of(const background& reader) noexcept { return reader.core(); }

std::uint64_t announce_call(background& of) noexcept { return of.announce_call(); }

bool begin_call(background& of, operation_ptr& call, call_answer& answer, std::uint64_t number,
                bool wants_result, operation_result& over) {
  return of.begin_call(call, answer, number, wants_result, over);
}

void cancel_call(background& of, std::uint64_t number) { of.cancel_call(number); }

void end_call(background& of, std::uint64_t number, bool is_delivered) noexcept {
  of.end_call(number, is_delivered);
}

void abandon(background& left) noexcept { left.abandon(); }

void put_line_back(background& source) noexcept { source.put_back(); }

}  // namespace asiofile::detail
