// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "engines/libaio_engine.hpp"

#include "engines/backend_advice.hpp"
#include "engines/host_information.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <sys/uio.h>

#include <atomic>
#include <cassert>
#include <cerrno>
#include <string>

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

bool is_reapable(io_context_t context) noexcept {
  completion_ring* const ring = mapped_ring(context);
  return ring == nullptr ||
         ring->head != __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
}

// The error of a call with invalid arguments: an errno value, 0 if the kernel has checked the
// arguments (EINVAL).
int without_looking(int returned) noexcept { return returned == -EINVAL ? 0 : -returned; }

}  // namespace

backend_report libaio_engine::probe() {
  // A context of no operations, and no context, are invalid arguments to the kernel. A sandbox
  // refuses before these are checked.
  io_context_t none = nullptr;
  if (const int error = without_looking(io_setup(0, &none)))
    return libaio_report("io_setup", error);
  if (const int error = without_looking(io_submit(none, 0, nullptr)))
    return libaio_report("io_submit", error);
  timespec now{};
  if (const int error = without_looking(io_getevents(none, 0, 0, nullptr, &now)))
    return libaio_report("io_getevents", error);
  const host_information seen = read_host_information();
  if (seen.kernel_is_older_than(4, 18)) return libaio_report("io_submit", EINVAL);
  // io_setup(2) would report that, too.
  if (seen.aio_nr && seen.aio_max_nr && *seen.aio_nr >= *seen.aio_max_nr)
    return libaio_report("io_setup", EAGAIN);
  backend_report report = libaio_report("", 0);
  report.explanation =
      "the kernel takes its calls; a context is made when a file is opened O_DIRECT";
  return report;
}

std::unique_ptr<libaio_engine> libaio_engine::create(std::size_t in_flight_max,
                                                     notifier& completed,
                                                     backend_report& report) {
  if (const int error = completed.open()) {
    report = libaio_report("eventfd", error);
    return nullptr;
  }
  std::unique_ptr<libaio_engine> made(new libaio_engine(in_flight_max, completed));
  const char* failing_call = "";
  const int error = made->set_up(failing_call);
  report = libaio_report(failing_call, error);
  if (error != 0) return nullptr;
  if (made->capacity_ < in_flight_max)
    report.explanation += "; it has room for " + std::to_string(made->capacity_) +
                          " operations, not " + std::to_string(in_flight_max) +
                          ": fs.aio-max-nr has no more left";
  made->make_blocks();
  return made;
}

void libaio_engine::make_blocks() {
  blocks_.resize(capacity_);
  free_blocks_.reserve(capacity_);
  batch_.reserve(capacity_);
  for (iocb& each : blocks_) free_blocks_.push_back(&each);
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

// Polls the notifier's descriptor for being writable, which it always is.
int libaio_engine::round_trip(const char*& failing_call) noexcept {
  failing_call = "io_submit";
  iocb block{};
  io_prep_poll(&block, completed_.read_fd(), POLLOUT);
  iocb* submitted[] = {&block};
  const int count = io_submit(context_, 1, submitted);
  if (count != 1) return count < 0 ? -count : EIO;
  failing_call = "io_getevents";
  io_event event{};
  int returned;
  do returned = io_getevents(context_, 1, 1, &event, nullptr);
  while (returned == -EINTR);
  if (returned != 1) return returned < 0 ? -returned : EIO;
  failing_call = "";
  return 0;
}

libaio_engine::~libaio_engine() {
  if (context_ != nullptr) io_destroy(context_);
}

bool libaio_engine::accepts(const operation& candidate) const noexcept {
  if (!candidate.is_transfer() && !candidate.is_sync()) return false;
  const file_facts& file = candidate.facts();
  // A remote file system may wait for its server in io_submit(2).
  if (!file.is_direct || !file.is_storage || !file.is_local) return false;
  if (candidate.is_sync()) return true;
  const transfer_operation& its = as_transfer(candidate);
  // io_submit(2) takes only offsets.
  return !its.is_at_end && its.offset != transfer_operation::descriptor_position;
}

// ---- submitting

void libaio_engine::prepare(operation& next, iocb& block) const noexcept {
  const int fd = next.facts().fd;
  const bool is_sync = next.is_sync() || is_sync_left(as_transfer(next));
  if (is_sync) {
    const bool is_data = next.is_sync() ? next.kind() == operation_kind::sync_data
                                        : as_transfer(next).sync == sync_after::data;
    if (is_data)
      io_prep_fdsync(&block, fd);
    else
      io_prep_fsync(&block, fd);
  } else {
    const transfer_operation& its = as_transfer(next);
    const auto prepare_vector =
        next.kind() == operation_kind::read ? io_prep_preadv : io_prep_pwritev;
    prepare_vector(&block, fd, its.buffers, static_cast<int>(its.buffer_count),
                   static_cast<long long>(its.next_offset()));
    block.aio_rw_flags = RWF_NOWAIT | its.flags;
    if (its.priority != 0) {
      // IOCB_FLAG_IOPRIO (Linux 4.18), which libaio.h does not name.
      constexpr unsigned has_priority = 1U << 1;
      block.u.c.flags |= has_priority;
      block.aio_reqprio = static_cast<short>(its.priority);
    }
  }
  block.data = &next;
  io_set_eventfd(&block, completed_.read_fd());
}

void libaio_engine::submit(engine_queue& operations) noexcept {
  for (operation& next : operations) {
    assert(!free_blocks_.empty());
    iocb* const block = free_blocks_.back();
    free_blocks_.pop_back();
    prepare(next, *block);
    batch_.push_back(block);
  }
  operations.clear();
  flush();
}

void libaio_engine::flush() noexcept {
  std::size_t first = 0;
  while (first != batch_.size()) {
    const int taken =
        io_submit(context_, static_cast<long>(batch_.size() - first), batch_.data() + first);
    if (taken > 0) {
      first += static_cast<std::size_t>(taken);
      in_kernel_ += static_cast<std::size_t>(taken);
      continue;
    }
    if (taken == -EINTR) continue;
    // The first operation was refused, and those behind it have not been checked. The error may
    // come from the interface alone, where a plain system call would succeed.
    const bool is_files = taken == -EBADF || taken == -EINVAL;
    refuse(*batch_[first++], is_files ? taken : -EOPNOTSUPP);
    // No memory for more: fall back instead of waiting.
    if (taken == 0 || taken == -EAGAIN || taken == -ENOMEM || taken == -ENOSYS) {
      while (first != batch_.size()) refuse(*batch_[first++], -EOPNOTSUPP);
    }
  }
  batch_.clear();
}

void libaio_engine::refuse(iocb& block, int result) noexcept {
  operation& refused = *static_cast<operation*>(block.data);
  refused.result = result;
  refused_.push_back(refused);
  free_blocks_.push_back(&block);
}

// io_cancel(2) cannot cancel file operations: a transfer that a device has, or a sync that a kernel
// worker has, runs to its end.
void libaio_engine::cancel(operation&) noexcept {}

// ---- reaping

void libaio_engine::reap(engine_queue& over) noexcept {
  io_event events[event_batch];
  while (const std::size_t count = take_events(events, event_batch)) {
    for (std::size_t i = 0; i != count; ++i) take(events[i], over);
  }
  append(over, refused_);
}

void libaio_engine::take(const io_event& event, engine_queue& over) noexcept {
  operation& its = *static_cast<operation*>(event.data);
  its.result = static_cast<std::int64_t>(static_cast<long>(event.res));
  --in_kernel_;
  free_blocks_.push_back(event.obj);
  over.push_back(its);
}

// Takes what has completed, without waiting: from the mapped ring where its layout is the known
// one.
std::size_t libaio_engine::take_events(io_event* events, std::size_t count_max) noexcept {
  completion_ring* const ring = mapped_ring(context_);
  if (ring == nullptr) {
    timespec now{};
    const int count = io_getevents(context_, 0, static_cast<long>(count_max), events, &now);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  unsigned head = ring->head;
  const unsigned tail = __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
  std::size_t count = 0;
  while (head != tail && count != count_max) {
    events[count++] = ring->events()[head];
    head = head + 1 == ring->count ? 0 : head + 1;
  }
  if (count != 0) __atomic_store_n(&ring->head, head, __ATOMIC_RELEASE);
  return count;
}

bool libaio_engine::notify(bool) noexcept {
  // The kernel sets the notifier for every completion: there is nothing to switch.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return !refused_.empty() || is_reapable(context_);
}

// ---- at the end, and in a child

void libaio_engine::drain(engine_queue& over) noexcept {
  constexpr int look_again_milliseconds = 10;
  reap(over);
  while (in_kernel_ != 0) {
    io_event event;
    const int count = io_getevents(context_, 1, 1, &event, nullptr);
    if (count == 1) take(event, over);
    // A sandbox was installed later: only the mapped ring can still be read.
    if (count < 0 && count != -EINTR) ::poll(nullptr, 0, look_again_milliseconds);
    reap(over);
  }
}

// The context belongs to the parent's memory: it means nothing to this process, which must not name
// it to the kernel either.
void libaio_engine::abandon() noexcept {
  context_ = nullptr;
  in_kernel_ = 0;
  refused_.clear();
}

}  // namespace asiofile::detail
