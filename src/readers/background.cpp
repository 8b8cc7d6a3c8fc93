#include <asiofile/detail/background.hpp>

#include "operations/completion.hpp"
#include "readers/own_transfer.hpp"
#include "service/file_state.hpp"
#include "service/service_core.hpp"

#include <cerrno>
#include <utility>

namespace asiofile::detail {

namespace {

// What became of a transfer, for those who go on with the rest of it.
std::int64_t outcome_of(const operation& over) noexcept {
  if (over.transferred != 0) return static_cast<std::int64_t>(over.transferred);
  return final_result(over, over.result);
}

}  // namespace

background::background(file_state_ptr file) : file_(std::move(file)) {
  if (const auto found = file_->core->opening_of(*file_)) {
    opening_ = found->file;
    only_of_ = found->file.get();
  }
}

background::~background() = default;

bool background::begin(operation_ptr& call, std::uint64_t number) {
  operation_ptr over;
  if (is_in_call_.exchange(true, std::memory_order_acquire)) {
    call->result = -EALREADY;
    over = std::move(call);
  } else {
    answer_of(*call).claim = call_claim(shared_from_this());
    mutex_lock lock(mutex_);
    prepare(*call);
    if (advance(*call)) {
      over = std::move(call);
    } else {
      pending_ = std::move(call);
      pending_number_ = number;
    }
    if (!over || !over->wants_immediate) {
      leave(lock, std::move(over));
      return true;
    }
    leave(lock, nullptr);
  }
  if (over->wants_immediate) {
    call = std::move(over);
    return false;
  }
  const std::int64_t result = over->result;
  file_->core->deliver(std::move(over), result);
  return true;
}

void background::cancel(std::uint64_t number) {
  // The handler may destroy the reader on another thread, and the slot with it.
  const auto self = shared_from_this();
  mutex_lock lock(mutex_);
  if (pending_ && number == pending_number_) abort_call(lock);
}

void background::abandon() noexcept {
  mutex_lock lock(mutex_);
  if (pending_) {
    abort_call(lock);
    return;
  }
  call_off();
  lock.unlock();
  cancel_called_off();
}

void background::abort_call(mutex_lock& lock) {
  if (!is_cancellable()) return;
  operation_ptr aborted = std::move(pending_);
  call_off();
  lock.unlock();
  file_->core->deliver(std::move(aborted), -ECANCELED);
  cancel_called_off();
}

void background::cancel_called_off() {
  mutex_lock lock(mutex_);
  const cancellation_ticket ticket = called_off();
  lock.unlock();
  if (ticket.index != cancellation_ticket::none) file_->core->cancel(ticket);
}

void background::finish(own_transfer& done, handler_fate fate) {
  // The last reference closes the descriptor.
  const std::shared_ptr<open_file> used = std::move(done.file);
  mutex_lock lock(mutex_);
  if (fate == handler_fate::destroy) {
    is_dropped_ = true;
    const operation_ptr dropped = std::move(pending_);
    lock.unlock();
    return;
  }
  take_back(done, outcome_of(done));
  operation_ptr over;
  if (pending_ && advance(*pending_)) over = std::move(pending_);
  leave(lock, std::move(over));
}

// Starts what is to be started and ends the call that is over, both without the mutex.
void background::leave(mutex_lock& lock, operation_ptr over) {
  unstarted_transfers wanted;
  if (!is_dropped_) {
    plan(wanted);
    // That nothing could be started may be what the call is answered.
    if (pending_ && wanted.empty() && advance(*pending_)) over = std::move(pending_);
  }
  // A context that is gone starts nothing more, and drops who would wait for it.
  const operation_ptr dropped = is_dropped_ ? std::move(pending_) : nullptr;
  lock.unlock();
  const bool is_any = !wanted.empty();
  wanted.start_all(file_);
  if (over) {
    const std::int64_t result = over->result;
    file_->core->deliver(std::move(over), result);
  }
  // Called off between the plan and the start, when there was nothing to cancel yet.
  if (is_any) cancel_called_off();
}

}  // namespace asiofile::detail
