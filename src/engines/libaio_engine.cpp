#include "engines/libaio_engine.hpp"

#include "engines/backend_advice.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/uio.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <cstring>

namespace asiofile::detail {

namespace {

constexpr std::size_t event_batch = 64;

// The head of the completion ring that the kernel maps at the address of the context (fs/aio.c,
// struct aio_ring; the same since Linux 2.6.20). Reading it saves io_getevents(2).
struct completion_ring {
  unsigned id;
  unsigned count;
  unsigned head;
  unsigned tail;
  unsigned magic;
  unsigned compatible_features;
  unsigned incompatible_features;
  unsigned header_bytes;

  // They follow the header.
  [[nodiscard]] const io_event* events() const noexcept {
    return reinterpret_cast<const io_event*>(this + 1);
  }
};

constexpr unsigned ring_magic = 0xa10a10a1;

completion_ring* mapped_ring(io_context_t context) noexcept {
  auto* const ring = reinterpret_cast<completion_ring*>(context);
  const bool is_known = ring->magic == ring_magic && ring->incompatible_features == 0 &&
                        ring->header_bytes == sizeof(completion_ring);
  return is_known ? ring : nullptr;
}

operation& operation_of(const iocb& block) noexcept { return *static_cast<operation*>(block.data); }

}  // namespace

libaio_engine::libaio_engine(std::size_t capacity, wake_signal& completed)
    : capacity_(capacity), completed_(completed) {}

std::unique_ptr<libaio_engine> libaio_engine::create(std::size_t in_flight_max,
                                                     wake_signal& completed,
                                                     backend_report& report) {
  std::unique_ptr<libaio_engine> made(new libaio_engine(in_flight_max, completed));
  const char* failing_call = "";
  const int error = made->set_up(failing_call);
  report = libaio_report(failing_call, error);
  if (error != 0) return nullptr;
  made->blocks_.resize(made->capacity_);
  made->free_blocks_.reserve(made->capacity_);
  made->unsubmitted_.reserve(made->capacity_);
  for (iocb& each : made->blocks_) made->free_blocks_.push_back(&each);
  return made;
}

int libaio_engine::set_up(const char*& failing_call) noexcept {
  failing_call = "io_setup";
  for (;;) {
    const int error = -io_setup(static_cast<int>(capacity_), &context_);
    if (error == 0) break;
    context_ = nullptr;
    // EAGAIN: fs.aio-max-nr is a limit of the whole system. ENOMEM: of this process.
    if ((error != EAGAIN && error != ENOMEM) || capacity_ == 1) return error;
    capacity_ /= 2;
  }
  return round_trip(failing_call);
}

// A sandbox may allow io_setup and refuse io_submit. A descriptor that cannot be polled for
// anything else serves: the wake-up signal, asked whether it is writable, which it is.
int libaio_engine::round_trip(const char*& failing_call) noexcept {
  failing_call = "io_submit";
  iocb block{};
  io_prep_poll(&block, completed_.read_fd(), POLLOUT);
  iocb* submitted[] = {&block};
  const int count = io_submit(context_, 1, submitted);
  if (count != 1) return count < 0 ? -count : EIO;
  failing_call = "io_getevents";
  io_event event{};
  const int returned = io_getevents(context_, 1, 1, &event, nullptr);
  if (returned != 1) return returned < 0 ? -returned : EIO;
  failing_call = "";
  return 0;
}

libaio_engine::~libaio_engine() {
  if (context_ != nullptr) io_destroy(context_);
}

bool libaio_engine::accepts(const operation& candidate) const noexcept {
  switch (candidate.kind) {
    case operation_kind::read:
      return candidate.is_direct && candidate.is_storage && !candidate.is_at_end;
    case operation_kind::write:
      return (candidate.is_direct || is_sync_left(candidate)) && candidate.is_storage;
    case operation_kind::sync_all:
    case operation_kind::sync_data: return candidate.is_storage;
    default: return false;
  }
}

void libaio_engine::prepare(operation& next, iocb& block) const noexcept {
  const auto offset = static_cast<long long>(next.offset + next.transferred);
  const int count = static_cast<int>(next.buffer_count);
  const bool is_sync = next.kind == operation_kind::sync_all ||
                       next.kind == operation_kind::sync_data || is_sync_left(next);
  if (is_sync && (next.kind == operation_kind::sync_all || next.sync == sync_after::all)) {
    io_prep_fsync(&block, next.fd);
  } else if (is_sync) {
    io_prep_fdsync(&block, next.fd);
  } else if (next.kind == operation_kind::read) {
    io_prep_preadv(&block, next.fd, next.buffers, count, offset);
  } else {
    io_prep_pwritev(&block, next.fd, next.buffers, count, offset);
  }
  if (!is_sync) block.aio_rw_flags = RWF_NOWAIT;
  if (next.priority != 0 && !is_sync) {
    // IOCB_FLAG_IOPRIO (Linux 4.18), which libaio.h does not name.
    constexpr unsigned has_priority = 1U << 1;
    block.u.c.flags |= has_priority;
    block.aio_reqprio = static_cast<short>(next.priority);
  }
  block.data = &next;
  io_set_eventfd(&block, completed_.read_fd());
}

void libaio_engine::submit(operation_queue& operations) noexcept {
  while (!operations.empty()) {
    operation& next = take_front(operations);
    assert(!free_blocks_.empty());
    iocb* const block = free_blocks_.back();
    free_blocks_.pop_back();
    prepare(next, *block);
    next.engine_state = unsubmitted;
    in_engine_.push_back(next);
    unsubmitted_.push_back(block);
  }
  flush();
}

void libaio_engine::flush() noexcept {
  auto first = unsubmitted_.begin();
  while (first != unsubmitted_.end()) {
    const int taken =
        io_submit(context_, static_cast<long>(unsubmitted_.end() - first), &*first);
    if (taken > 0) {
      for (const auto last = first + taken; first != last; ++first)
        operation_of(**first).engine_state = in_kernel;
      continue;
    }
    if (taken == -EINTR) continue;
    // The completion ring has no room; it will when something has been reaped.
    if (taken == -EAGAIN && in_engine_.size() > static_cast<std::size_t>(unsubmitted_.end() - first))
      break;
    // The first one cannot be submitted (and what is behind it has not been looked at).
    operation& refused = operation_of(**first);
    remove(in_engine_, refused);
    const bool is_files = taken == -EBADF || taken == -EINVAL;
    refused.result = is_files ? taken : -EOPNOTSUPP;
    refused_.push_back(refused);
    free_blocks_.push_back(*first++);
  }
  unsubmitted_.erase(unsubmitted_.begin(), first);
}

void libaio_engine::cancel(operation& in_engine) noexcept {
  // io_cancel(2) can end no file operation: a transfer that a device has, or a sync that a kernel
  // worker has, takes its time.
  if (in_engine.engine_state != unsubmitted) return;
  const auto block = std::find_if(unsubmitted_.begin(), unsubmitted_.end(),
                                  [&](const iocb* each) { return each->data == &in_engine; });
  if (block == unsubmitted_.end()) return;
  free_blocks_.push_back(*block);
  unsubmitted_.erase(block);
  remove(in_engine_, in_engine);
  in_engine.result = -ECANCELED;
  refused_.push_back(in_engine);
}

void libaio_engine::reap(operation_queue& finished) noexcept {
  io_event events[event_batch];
  while (const std::size_t count = take_events(events, event_batch)) {
    for (std::size_t i = 0; i != count; ++i) finish(events[i], finished);
  }
  if (!unsubmitted_.empty()) flush();
  append(finished, refused_);
}

void libaio_engine::finish(const io_event& event, operation_queue& finished) noexcept {
  operation& over = *static_cast<operation*>(event.data);
  assert(over.stage == operation_stage::in_engine);
  over.result = static_cast<std::int64_t>(static_cast<long>(event.res));
  remove(in_engine_, over);
  free_blocks_.push_back(event.obj);
  finished.push_back(over);
}

bool libaio_engine::is_reapable() const noexcept {
  completion_ring* const ring = mapped_ring(context_);
  return ring == nullptr || ring->head != std::atomic_ref(ring->tail).load(std::memory_order_acquire);
}

// Takes what is over, without waiting: from the mapped ring where its layout is the known one.
std::size_t libaio_engine::take_events(io_event* events, std::size_t count_max) noexcept {
  completion_ring* const ring = mapped_ring(context_);
  if (ring == nullptr) {
    timespec now{};
    const int count = io_getevents(context_, 0, static_cast<long>(count_max), events, &now);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  unsigned head = ring->head;
  const unsigned tail = std::atomic_ref(ring->tail).load(std::memory_order_acquire);
  std::size_t count = 0;
  while (head != tail && count != count_max) {
    events[count++] = ring->events()[head];
    head = head + 1 == ring->count ? 0 : head + 1;
  }
  std::atomic_ref(ring->head).store(head, std::memory_order_release);
  return count;
}

bool libaio_engine::watch(bool) noexcept {
  // The kernel raises the signal for every completion: there is nothing to switch.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return is_reapable() || !refused_.empty();
}

void libaio_engine::drain(operation_queue& finished) noexcept {
  constexpr int look_again_milliseconds = 10;
  for (;;) {
    while (!unsubmitted_.empty()) cancel(operation_of(*unsubmitted_.front()));
    reap(finished);
    if (in_engine_.empty()) return;
    completed_.wait(look_again_milliseconds);
    completed_.lower();
  }
}

void libaio_engine::abandon(operation_queue& orphans) noexcept {
  // The context belongs to the parent's memory: it means nothing to this process, which must not
  // name it to the kernel either.
  append(orphans, in_engine_);
  append(orphans, refused_);
  context_ = nullptr;
}

}  // namespace asiofile::detail
