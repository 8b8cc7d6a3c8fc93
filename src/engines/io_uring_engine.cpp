// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "engines/io_uring_engine.hpp"

#include "engines/backend_advice.hpp"
#include "engines/ended_submitters.hpp"
#include "engines/ring_entry.hpp"

#include <atomic>
#include <cassert>
#include <cerrno>

namespace asiofile::detail {

namespace {

// `operation::engine_state` of one that waits for room. Of one that the kernel has: how many of its
// entries have no completion yet.
constexpr std::uint8_t waits_for_room = 0x80;

// The kernel's own codes for "interrupted, to be restarted", 512 to 516, are not meant for user
// space, but are returned when a request is interrupted on a kernel worker (Linux 6.18).
constexpr int without_restart_codes(int result) noexcept {
  if (result >= 0) [[likely]]
    return result;
  return result <= -512 && result >= -516 ? -EINTR : result;
}

}  // namespace

std::unique_ptr<io_uring_engine> io_uring_engine::create(const ring_options& options,
                                                         notifier& completed,
                                                         backend_report& report,
                                                         ring_calls& calls) {
  if (const int error = completed.open()) {
    report = io_uring_report("eventfd", error);
    return nullptr;
  }
  // Owns the ring, so that it ends if memory runs out after this.
  std::unique_ptr<io_uring_engine> made(new io_uring_engine(calls));
  const char* failing_call = "";
  const int error = make_ring(options, completed.read_fd(), calls, made->ring_, failing_call);
  made->has_ring_ = error == 0;
  report = io_uring_report(failing_call, error);
  if (error != 0) return nullptr;
  report.explanation += differences(options, made->ring_);
  made->submitters_ended_before_ = ended_submitters::count();
  made->registry_ = std::make_shared<io_uring_registry>(made->ring_.ring);
  return made;
}

io_uring_engine::~io_uring_engine() {
  if (registry_) registry_->end();
  if (has_ring_) end_ring(ring_, calls_);
}

bool io_uring_engine::accepts(const operation& candidate) const noexcept {
  if (failure() != 0) return false;
  if (candidate.is_transfer()) return accepts_transfer(as_transfer(candidate));
  return candidate.is_sync() && !ring_.is_polled && candidate.facts().is_storage &&
         !candidate.facts().is_in_memory;
}

bool io_uring_engine::accepts_transfer(const transfer_operation& candidate) const noexcept {
  const file_facts& file = candidate.facts();
  if (!file.is_storage || file.is_in_memory || candidate.is_at_end) return false;
  // The kernel moves the file's position without the lock that read(2) and write(2) take
  // (io_uring/rw.c, io_kiocb_update_pos): it could overwrite what another process writes at the
  // same time.
  if (candidate.offset == transfer_operation::descriptor_position) return false;
  if (!ring_.is_polled) return true;
  // Only what the polling thread does itself. An operation that a kernel worker runs keeps the file
  // open for some time after its completion: a close would not take full effect (flock(2),
  // ETXTBSY).
  if (is_sync_left(candidate) || !file.is_local) return false;
  return file.is_direct || (candidate.kind() == operation_kind::read && file.is_local);
}

// ---- submitting

// Fills the entries of an operation. False if there is no room for them.
inline bool io_uring_engine::put(operation& next) noexcept {
  // The write and its sync must be in one submission.
  const bool is_linked = is_linked_write(next) && !ring_.is_polled;
  if (is_linked && io_uring_sq_space_left(&ring_.ring) < 2) [[unlikely]]
    return false;
  io_uring_sqe* const entry = io_uring_get_sqe(&ring_.ring);
  if (entry == nullptr) [[unlikely]]
    return false;
  prepare(next, *entry);
  // A remote file system may wait for its server in spite of IOCB_NOWAIT (Linux 6.18, FUSE: for the
  // file's attributes), and then so does the submitting thread.
  if (!next.facts().is_local) entry->flags |= IOSQE_ASYNC;
  // Makes the polling thread fail an operation that would wait, instead of passing it to a kernel
  // worker.
  if (ring_.is_polled && next.facts().is_direct) [[unlikely]]
    entry->rw_flags |= RWF_NOWAIT;
  io_uring_sqe_set_data64(entry, address_of(next));
  next.engine_state = 1;
  if (is_linked) [[unlikely]]
    put_linked_sync(as_transfer(next), *entry);
  ++in_kernel_;
  return true;
}

void io_uring_engine::submit(engine_queue& operations) noexcept {
  append(waiting_, operations);
  submit_waiting();
}

void io_uring_engine::submit_waiting() noexcept {
  while (failure() == 0) {
    auto next = waiting_.begin();
    while (next != waiting_.end() && put(*next)) ++next;
    // Removed before the flush, which may move some to `refused_`.
    waiting_.erase(waiting_.begin(), next);
    if (has_entries()) flush();
    if (waiting_.empty()) return;
    if (io_uring_sq_space_left(&ring_.ring) < 2) break;
  }
  if (failure() != 0) return refuse(waiting_, -EOPNOTSUPP);
  for (operation& each : waiting_) each.engine_state = waits_for_room;
}

// The kernel runs the sync if everything is written, and cancels it otherwise.
void io_uring_engine::put_linked_sync(transfer_operation& write, io_uring_sqe& entry) noexcept {
  ended_submitters::note_submitter();
  io_uring_sqe* const sync = io_uring_get_sqe(&ring_.ring);
  assert(sync != nullptr);
  entry.flags |= IOSQE_IO_LINK;
  prepare_sync(write.facts().fd, write.sync, *sync);
  use_registered_file(write.registered, *sync);
  io_uring_sqe_set_data64(sync, address_of(write) | linked_sync_tag);
  write.engine_state = 2;
}

void io_uring_engine::refuse(engine_queue& operations, int result) noexcept {
  for (operation& each : operations) {
    each.engine_state = 0;
    each.result = result;
  }
  append(refused_, operations);
}

void io_uring_engine::flush() noexcept {
  const int submitted = calls_.submit(ring_.ring);
  if (!is_taken(submitted)) [[unlikely]]
    flush_refused(submitted);
}

// Whether the kernel has every entry. A polling thread takes them asynchronously, so that the count
// says nothing: it includes those of earlier calls.
bool io_uring_engine::is_taken(int submitted) const noexcept {
  return ring_.is_polled ? submitted >= 0 : io_uring_sq_ready(&ring_.ring) == 0;
}

void io_uring_engine::flush_refused(int submitted) noexcept {
  // Before Linux 5.18 the kernel stops behind an entry that it refuses.
  while (submitted > 0 || submitted == -EINTR) {
    drop_parted_sync();
    submitted = calls_.submit(ring_.ring);
    if (is_taken(submitted)) return;
  }
  switch (submitted) {
    case 0:
    case -EAGAIN:
    case -EBUSY:
    // The kernel has no memory for more requests: fall back instead of waiting.
    case -ENOMEM: return withdraw(-EAGAIN);
    default:
      failure_.store(-submitted, std::memory_order_relaxed);
      return withdraw(-EOPNOTSUPP);
  }
}

// The kernel has taken a write but not the sync linked to it, which would not wait for the write if
// it were submitted alone. It is made a no-op, and submitted later.
void io_uring_engine::drop_parted_sync() noexcept {
  const io_uring_sq& queue = ring_.ring.sq;
  io_uring_sqe& next = queue.sqes[*queue.khead & queue.ring_mask];
  if ((next.user_data & linked_sync_tag) == 0) return;
  --operation_at(next.user_data).engine_state;
  io_uring_prep_nop(&next);
  io_uring_sqe_set_data64(&next, no_operation_tag);
}

// Reclaims the entries that the kernel has not seen.
void io_uring_engine::withdraw(int result) noexcept {
  io_uring_sq& queue = ring_.ring.sq;
  const unsigned head = io_uring_smp_load_acquire(queue.khead);
  io_uring_smp_store_release(queue.ktail, head);
  if (ring_.is_polled) {
    // The polling thread could not be woken up. If it wakes up for another reason, it first clears
    // IORING_SQ_NEED_WAKEUP and then looks for entries: as long as the flag is set, it will find
    // none.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if ((IO_URING_READ_ONCE(*queue.kflags) & IORING_SQ_NEED_WAKEUP) == 0)
      return io_uring_smp_store_release(queue.ktail, queue.sqe_tail);
  }
  for (unsigned i = head; i != queue.sqe_tail; ++i) {
    const std::uint64_t user_data = queue.sqes[i & queue.ring_mask].user_data;
    // A cancellation is only a request, and may be lost.
    if ((user_data & no_operation_tag) != 0) continue;
    operation& unseen = operation_at(user_data);
    // Another entry follows; or this is the sync of a write that the kernel has, which completes
    // later.
    if (--unseen.engine_state != 0) continue;
    --in_kernel_;
    unseen.result = result;
    refused_.push_back(unseen);
  }
  queue.sqe_head = queue.sqe_tail = head;
}

// ---- cancelling

void io_uring_engine::cancel(operation& in_engine) noexcept {
  if (in_engine.engine_state == waits_for_room) {
    in_engine.engine_state = 0;
    in_engine.result = -ECANCELED;
    remove(waiting_, in_engine);
    refused_.push_back(in_engine);
    return;
  }
  // The operation was refused, so there is nothing to cancel.
  if (in_engine.engine_state == 0) return;
  put_cancellation(address_of(in_engine));
  if (is_linked_write(in_engine)) put_cancellation(address_of(in_engine) | linked_sync_tag);
}

// The address cannot belong to another operation by the time that the kernel looks: entries are
// taken in order, and `reap` submits this one before it looks for completions.
void io_uring_engine::put_cancellation(std::uint64_t of) noexcept {
  io_uring_sqe* entry = failure() == 0 ? io_uring_get_sqe(&ring_.ring) : nullptr;
  if (entry == nullptr && failure() == 0) {
    flush();
    if (failure() == 0) entry = io_uring_get_sqe(&ring_.ring);
  }
  if (entry == nullptr) {
    io_uring_sync_cancel_reg named{};
    named.addr = of;
    named.fd = -1;
    calls_.cancel(ring_.ring, named);
    return;
  }
  io_uring_prep_cancel64(entry, of, 0);
  io_uring_sqe_set_data64(entry, no_operation_tag);
}

// ---- reaping

void io_uring_engine::reap(engine_queue& over) noexcept {
  // Cancellations.
  if (has_entries()) flush();
  collect(over);
  if (!waiting_.empty()) submit_waiting();
  if (!refused_.empty()) append(over, refused_);
}

// Returns the operation whose last entry has completed, or null.
inline operation* io_uring_engine::take(const io_uring_cqe& completion) noexcept {
  if ((completion.user_data & entry_tags) != 0) [[unlikely]]
    return take_tagged(completion);
  operation& its = operation_at(completion.user_data);
  its.result = without_restart_codes(completion.res);
  return --its.engine_state == 0 ? &its : nullptr;
}

void io_uring_engine::collect(engine_queue& over) noexcept {
  const io_uring_cq& queue = ring_.ring.cq;
  unsigned head = *queue.khead;
  const unsigned tail = io_uring_smp_load_acquire(queue.ktail);
  if (head == tail) return;
  std::size_t count = 0;
  do {
    if (operation* const completed = take(queue.cqes[head & queue.ring_mask])) {
      over.push_back(*completed);
      ++count;
    }
  } while (++head != tail);
  io_uring_smp_store_release(queue.khead, head);
  assert(count <= in_kernel_);
  in_kernel_ -= count;
}

operation* io_uring_engine::take_tagged(const io_uring_cqe& completion) noexcept {
  if ((completion.user_data & no_operation_tag) != 0) return nullptr;
  transfer_operation& its = as_transfer(operation_at(completion.user_data));
  // ECANCELED: the write was short or failed, or the operation was cancelled. EFAULT: what is
  // linked to an operation whose thread has ended is not run (io_uring/io_uring.c,
  // io_req_task_submit); otherwise the file says so.
  const int result = without_restart_codes(completion.res);
  const bool is_unrun =
      result == -ECANCELED ||
      (result == -EFAULT && ended_submitters::count() != submitters_ended_before_);
  its.sync_result = is_unrun ? transfer_operation::sync_not_run : result;
  return --its.engine_state == 0 ? &its : nullptr;
}

bool io_uring_engine::notify(bool on) noexcept {
  // Kernels before 5.8 cannot switch it off; the notifier is then set more often than needed.
  io_uring_cq_eventfd_toggle(&ring_.ring, on);
  // The switch must be seen before the queue is looked at: a completion that came in between set
  // nothing.
  if (on) std::atomic_thread_fence(std::memory_order_seq_cst);
  return io_uring_cq_ready(&ring_.ring) != 0 || !refused_.empty();
}

// ---- at the end, and in a child

void io_uring_engine::drain(engine_queue& over) noexcept {
  constexpr int ask_again_milliseconds = 10;
  refuse(waiting_, -ECANCELED);
  for (;;) {
    reap(over);
    if (in_kernel_ == 0) return;
    // Repeatedly: a request that arrives while the kernel moves an operation from one queue to
    // another misses it. What a device has completes when the device has finished it.
    cancel_all();
    calls_.wait(ring_.ring, ask_again_milliseconds);
  }
}

// Kernels before 5.19 refuse this: what is in flight then ends by itself.
void io_uring_engine::cancel_all() noexcept {
  constexpr unsigned every = IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL;
  io_uring_sqe* const entry = failure() == 0 ? io_uring_get_sqe(&ring_.ring) : nullptr;
  if (entry == nullptr) {
    io_uring_sync_cancel_reg named{};
    named.fd = -1;
    named.flags = every;
    calls_.cancel(ring_.ring, named);
    return;
  }
  io_uring_prep_cancel64(entry, 0, static_cast<int>(every));
  io_uring_sqe_set_data64(entry, no_operation_tag);
  flush();
}

// The ring is the parent's. This process unmaps it and closes its descriptor, and makes no request
// about what is in it.
void io_uring_engine::abandon() noexcept {
  in_kernel_ = 0;
  waiting_.clear();
  refused_.clear();
}

}  // namespace asiofile::detail
