#include "engines/io_uring_engine.hpp"

#include "engines/backend_advice.hpp"
#include "system/posix_calls.hpp"
#include "system/status_conversion.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cassert>
#include <cerrno>
#include <limits>

namespace asiofile::detail {

namespace {

// The user_data of a cancellation's own completion. Operations have their address, and that of the
// sync that is chained to a write has this bit besides.
constexpr std::uint64_t cancellation_tag = 1;
constexpr std::uint64_t chained_sync_tag = 2;

// `operation::engine_state` while an operation is here: how many of its entries have no completion
// yet, and whether the kernel was given a write and its sync apart, so that they have no order.
constexpr std::uint8_t entries_mask = 3;
constexpr std::uint8_t is_split = 4;

bool is_chain(const operation& which) noexcept {
  return which.kind == operation_kind::write && which.sync != sync_after::none &&
         which.links_sync && !is_sync_left(which);
}

// Of a chain's sync, or of a sync that is all that is left of one.
unsigned sync_flags(sync_after wanted) noexcept {
  return wanted == sync_after::data ? IORING_FSYNC_DATASYNC : 0;
}

// A submission that the kernel refuses for want of memory is tried so often while nothing else
// is in flight whose end could help.
constexpr int refused_submissions_max = 1000;

constexpr unsigned completion_batch = 64;

// A write, the sync chained to it and a cancellation: with room for all three for each operation,
// the completion queue never overflows.
constexpr std::size_t completions_per_operation_max = 3;

// The kernel's own codes for "interrupted, to be restarted", 512 to 516, are not meant for user
// space, but come through where a request is interrupted on a kernel worker (an open of a FIFO on
// Linux 6.18).
constexpr int without_restart_codes(int result) noexcept {
  return result <= -512 && result >= -516 ? -EINTR : result;
}

bool asks_status(const operation& which) noexcept {
  return which.kind == operation_kind::size || which.kind == operation_kind::status;
}

struct statx* answer_of(const operation& asked) noexcept {
  auto& answer = *static_cast<status_answer*>(asked.trailing);
  static_assert(sizeof(struct statx) <= sizeof answer.from_kernel);
  return reinterpret_cast<struct statx*>(answer.from_kernel);
}

// Reads the kernel's answer. Returns the operation's result.
std::int64_t take_answer(const operation& answered) noexcept {
  const struct statx& found = *answer_of(answered);
  // statx(2) gives 0 for a block device's size: an ioctl knows it, and that is for a thread.
  if (S_ISBLK(found.stx_mode)) return -EOPNOTSUPP;
  if (answered.kind == operation_kind::size) return static_cast<std::int64_t>(found.stx_size);
  static_cast<status_answer*>(answered.trailing)->status = status_from(found);
  return 0;
}

}  // namespace

std::unique_ptr<io_uring_engine> io_uring_engine::create(const ring_options& options,
                                                         wake_signal& completed,
                                                         backend_report& report) {
  std::unique_ptr<io_uring_engine> made(new io_uring_engine);
  const char* failing_call = "";
  const int error = made->set_up(options, completed, failing_call);
  report = io_uring_report(failing_call, error);
  if (error != 0) return nullptr;
  if (options.submission_polling)
    report.explanation += made->is_polled_
                              ? "; a kernel thread polls for submissions (SQPOLL)"
                              : "; the kernel refused a thread that polls (SQPOLL)";
  made->unflushed_.reserve(made->submission_entries_);
  made->registry_ = std::make_shared<io_uring_registry>(made->ring_);
  return made;
}

int io_uring_engine::set_up_ring(const ring_options& options) noexcept {
  auto entries = static_cast<unsigned>(options.submission_entries);
  auto completions =
      static_cast<unsigned>(std::bit_ceil(completions_per_operation_max * options.in_flight_max));
  bool is_polled = options.submission_polling;
  bool is_cooperative = true;
  for (;;) {
    io_uring_params parameters{};
    parameters.flags = IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE;
    parameters.cq_entries = std::max(completions, 2 * std::bit_ceil(entries));
    if (is_polled) {
      parameters.flags |= IORING_SETUP_SQPOLL;
      parameters.sq_thread_idle = options.polling_idle_milliseconds;
    } else if (is_cooperative) {
      // A thread that submitted is not interrupted by another processor for its completions: it
      // posts them when it next enters the kernel, at the latest at the timer's next tick.
      parameters.flags |= IORING_SETUP_COOP_TASKRUN;
    }
    const int error = -io_uring_queue_init_params(entries, &ring_, &parameters);
    if (error == 0) {
      ring_is_set_up_ = true;
      is_polled_ = is_polled;
      submission_entries_ = parameters.sq_entries;
      completion_entries_ = parameters.cq_entries;
      return 0;
    }
    if (error == EINVAL && is_cooperative && !is_polled) {
      // Before Linux 5.19.
      is_cooperative = false;
      continue;
    }
    if (error == EPERM && is_polled) {
      // Before Linux 5.11 the thread needs a privilege. A ring without it does as well.
      is_polled = false;
      continue;
    }
    // Kernels before 5.12 count the ring against RLIMIT_MEMLOCK, and some newer ones again.
    if (error != ENOMEM || (entries <= 2 && completions <= 4)) return error;
    entries = std::max(2U, entries / 2);
    completions = std::max(4U, completions / 2);
  }
}

int io_uring_engine::set_up(const ring_options& options, wake_signal& completed,
                            const char*& failing_call) noexcept {
  failing_call = "io_uring_setup";
  if (const int error = set_up_ring(options)) return error;

  failing_call = "io_uring_enter";
  if (const int error = round_trip()) return error;

  failing_call = "io_uring_register(IORING_REGISTER_PROBE)";
  if (const int error = find_supported_operations()) return error;
  for (const int needed : {IORING_OP_READ, IORING_OP_WRITE, IORING_OP_READV, IORING_OP_WRITEV,
                           IORING_OP_FSYNC, IORING_OP_ASYNC_CANCEL}) {
    if (!supported_[static_cast<std::size_t>(needed)]) return EOPNOTSUPP;
  }

  failing_call = "io_uring_register(IORING_REGISTER_EVENTFD)";
  if (const int error = -io_uring_register_eventfd(&ring_, completed.read_fd())) return error;
  watch(false);
  failing_call = "";
  return 0;
}

int io_uring_engine::round_trip() noexcept {
  io_uring_sqe* const sqe = io_uring_get_sqe(&ring_);
  if (sqe == nullptr) return EBUSY;
  io_uring_prep_nop(sqe);
  const int submitted = io_uring_submit_and_wait(&ring_, 1);
  if (submitted < 0) return -submitted;
  io_uring_cqe* cqe = nullptr;
  if (const int error = -io_uring_wait_cqe(&ring_, &cqe)) return error;
  const int result = cqe->res;
  io_uring_cqe_seen(&ring_, cqe);
  return -result;
}

// Not by io_uring_get_probe_ring(3), which does not say why it fails.
int io_uring_engine::find_supported_operations() noexcept {
  constexpr unsigned count_max = 256;
  alignas(io_uring_probe)
      std::byte memory[sizeof(io_uring_probe) + count_max * sizeof(io_uring_probe_op)] = {};
  auto* const answer = reinterpret_cast<io_uring_probe*>(memory);
  if (const int error = -io_uring_register_probe(&ring_, answer, count_max)) return error;
  for (unsigned i = 0; i != answer->ops_len; ++i) {
    const io_uring_probe_op& each = answer->ops[i];
    supported_[each.op] = (each.flags & IO_URING_OP_SUPPORTED) != 0;
  }
  return 0;
}

io_uring_engine::~io_uring_engine() {
  if (registry_) registry_->end();
  if (ring_is_set_up_) io_uring_queue_exit(&ring_);
}

bool io_uring_engine::accepts(const operation& candidate) const noexcept {
  if (is_broken_) return false;
  switch (candidate.kind) {
    case operation_kind::read: return !candidate.is_at_end;
    // Writing to a FIFO without readers sends SIGPIPE to the thread that submits.
    case operation_kind::write: return !candidate.is_stream;
    case operation_kind::sync_all:
    case operation_kind::sync_data: return true;
    case operation_kind::size:
    case operation_kind::status: return supported_[IORING_OP_STATX];
    case operation_kind::allocate: return supported_[IORING_OP_FALLOCATE];
    // The kernel takes 32 bits of the length (io_uring/advise.c).
    case operation_kind::advise:
      return supported_[IORING_OP_FADVISE] &&
             candidate.requested <= std::numeric_limits<std::uint32_t>::max();
    // A thread that polls keeps the credentials of the ring's maker (io_uring_setup(2)): after a
    // setuid(2) it would still open what only the maker may.
    case operation_kind::open:
      return supported_[IORING_OP_OPENAT] && !is_polled_ && !candidate.task &&
             is_plain_open(candidate.open_flags, candidate.open_permissions);
    case operation_kind::close:
      return supported_[IORING_OP_CLOSE] && candidate.sync == sync_after::none;
    // IORING_OP_FTRUNCATE is newer (6.9) than the liburing that is asked for.
    case operation_kind::resize:
    case operation_kind::run_job:
    case operation_kind::wait: return false;
  }
  return false;
}

std::size_t io_uring_engine::capacity() const noexcept {
  return std::max<std::size_t>(1, completion_entries_ / completions_per_operation_max);
}

void io_uring_engine::submit(operation_queue& operations) noexcept {
  while (!operations.empty()) {
    operation& next = take_front(operations);
    // A write that one call cannot do is not complete when that one is.
    const bool has_sync = is_chain(next) && next.remaining() <= transfer_bytes_max;
    // Both entries of a chain must be in one submission.
    if (has_sync && io_uring_sq_space_left(&ring_) < 2) flush();
    io_uring_sqe* const sqe = next_sqe();
    if (sqe == nullptr) {
      next.result = -EOPNOTSUPP;
      refused_.push_back(next);
      continue;
    }
    prepare(next, *sqe);
    io_uring_sqe_set_data(sqe, &next);
    next.engine_state = 1;
    in_kernel_.push_back(next);
    unflushed_.push_back(&next);
    if (has_sync) add_sync(next, *sqe);
  }
  flush();
}

// Chains a sync to a write: it runs when all is written, and is cancelled otherwise. Without room
// for it, it comes later, by itself.
void io_uring_engine::add_sync(operation& next, io_uring_sqe& write) noexcept {
  io_uring_sqe* const sqe = io_uring_get_sqe(&ring_);
  if (sqe == nullptr) return;
  write.flags |= IOSQE_IO_LINK;
  io_uring_prep_fsync(sqe, next.fd, sync_flags(next.sync));
  if (next.registered.any()) use_registered(next, *sqe);
  io_uring_sqe_set_data64(sqe, reinterpret_cast<std::uint64_t>(&next) | chained_sync_tag);
  ++next.engine_state;
  unflushed_.push_back(&next);
}

// A free entry of the submission queue; null where the ring is no longer usable.
io_uring_sqe* io_uring_engine::next_sqe() noexcept {
  if (is_broken_) return nullptr;
  io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
  if (sqe == nullptr) {
    flush();
    // A polling thread empties the queue in its own time.
    if (is_polled_ && !is_broken_) io_uring_sqring_wait(&ring_);
    sqe = is_broken_ ? nullptr : io_uring_get_sqe(&ring_);
  }
  return sqe;
}

void io_uring_engine::prepare(operation& next, io_uring_sqe& sqe) const noexcept {
  // io_uring_enter(2): -1 stands for the file's own position, which a stream does not have. For
  // other files the service admits no such offset.
  const std::uint64_t offset =
      next.is_stream ? ~std::uint64_t{0} : next.offset + next.transferred;
  const bool single = next.buffer_count == 1;
  const auto bytes = [&] {
    return static_cast<unsigned>(std::min<std::uint64_t>(next.buffers->iov_len,
                                                         transfer_bytes_max));
  };
  const auto count = static_cast<unsigned>(next.buffer_count);
  switch (next.kind) {
    case operation_kind::read:
      if (single)
        io_uring_prep_read(&sqe, next.fd, next.buffers->iov_base, bytes(), offset);
      else
        io_uring_prep_readv(&sqe, next.fd, next.buffers, count, offset);
      break;
    case operation_kind::write:
      if (is_sync_left(next))
        io_uring_prep_fsync(&sqe, next.fd, sync_flags(next.sync));
      else if (single)
        io_uring_prep_write(&sqe, next.fd, next.buffers->iov_base, bytes(), offset);
      else
        io_uring_prep_writev(&sqe, next.fd, next.buffers, count, offset);
      break;
    case operation_kind::sync_all: io_uring_prep_fsync(&sqe, next.fd, 0); break;
    case operation_kind::sync_data:
      io_uring_prep_fsync(&sqe, next.fd, IORING_FSYNC_DATASYNC);
      break;
    case operation_kind::size:
      io_uring_prep_statx(&sqe, next.fd, "", AT_EMPTY_PATH, STATX_SIZE | STATX_TYPE,
                          answer_of(next));
      break;
    case operation_kind::status:
      io_uring_prep_statx(&sqe, next.fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME,
                          answer_of(next));
      break;
    case operation_kind::allocate:
      io_uring_prep_fallocate(&sqe, next.fd, 0, static_cast<off_t>(next.offset),
                              static_cast<off_t>(next.requested));
      break;
    case operation_kind::advise:
      io_uring_prep_fadvise(&sqe, next.fd, next.offset,
                            static_cast<std::uint32_t>(next.requested),
                            native_advice(next.advice));
      break;
    case operation_kind::open:
      io_uring_prep_openat(&sqe, AT_FDCWD, static_cast<const char*>(next.trailing),
                           native_open_flags(next.open_flags), next.open_permissions);
      // On a worker of the kernel's, from the start: the attempt that it makes otherwise has
      // O_NONBLOCK set, with which a FIFO opens at once, or fails, where open(2) waits for the
      // other end (seen on Linux 6.18).
      io_uring_sqe_set_flags(&sqe, IOSQE_ASYNC);
      break;
    case operation_kind::close: io_uring_prep_close(&sqe, next.fd); break;
    case operation_kind::resize:
    case operation_kind::run_job:
    case operation_kind::wait: io_uring_prep_nop(&sqe); assert(false); break;
  }
  if (!is_sync_left(next)) sqe.ioprio = next.priority;
  if (next.registered.any()) use_registered(next, sqe);
}

// Names the file and the memory by their places in the ring's tables. Only where the kernel takes
// them so: statx and close want a descriptor.
void io_uring_engine::use_registered(const operation& next, io_uring_sqe& sqe) noexcept {
  const registered_indices its = next.registered;
  switch (sqe.opcode) {
    case IORING_OP_READ:
    case IORING_OP_WRITE:
      // What goes through the page cache is copied by the processor, which is not helped.
      if (its.buffer == registered_indices::none || !next.is_direct) break;
      sqe.opcode = sqe.opcode == IORING_OP_READ ? IORING_OP_READ_FIXED : IORING_OP_WRITE_FIXED;
      sqe.buf_index = its.buffer;
      break;
    case IORING_OP_READV:
    case IORING_OP_WRITEV:
    case IORING_OP_FSYNC: break;
    default: return;
  }
  if (its.file == registered_indices::none) return;
  sqe.fd = its.file;
  sqe.flags |= IOSQE_FIXED_FILE;
}

void io_uring_engine::flush() noexcept {
  int refusals = 0;
  while (!unflushed_.empty()) {
    const int submitted = io_uring_submit(&ring_);
    if (submitted > 0) {
      // The kernel may take fewer than there are: it stops at an entry that fails at once.
      const auto rest = unflushed_.begin() + submitted;
      if (rest != unflushed_.end() && *rest != nullptr && *rest == *(rest - 1))
        (*rest)->engine_state |= is_split;
      unflushed_.erase(unflushed_.begin(), rest);
      continue;
    }
    switch (submitted) {
      case -EINTR: continue;
      case 0:
      case -EAGAIN:
      case -EBUSY:
      case -ENOMEM:
        // The kernel has no memory for requests now. Completions that are reaped will change that,
        // and the next flush tries again; without any, only time does.
        if (has_others_in_kernel()) return;
        if (++refusals == refused_submissions_max) return give_up(-submitted);
        ::poll(nullptr, 0, 1);
        continue;
      default: return give_up(-submitted);
    }
  }
}

// Whether something is in flight besides what is yet to be flushed.
bool io_uring_engine::has_others_in_kernel() const noexcept {
  std::size_t unflushed = 0;
  const operation* last = nullptr;
  for (const operation* const each : unflushed_) {
    if (each != nullptr && each != last && (each->engine_state & is_split) == 0) ++unflushed;
    last = each;
  }
  return in_kernel_.size() > unflushed;
}

// The ring cannot be entered any more. What the kernel has ends by itself and is reaped without
// entering; what it has not seen goes elsewhere.
void io_uring_engine::give_up(int error) noexcept {
  is_broken_ = true;
  failure_.store(error, std::memory_order_relaxed);
  // What a polling thread has seen cannot be known.
  if (is_polled_) unflushed_.clear();
  for (operation* const unseen : unflushed_) {
    if (unseen == nullptr) continue;
    // The kernel has the write that it follows, or this is a write with its sync yet to come.
    if ((--unseen->engine_state & entries_mask) != 0) continue;
    remove(in_kernel_, *unseen);
    // The kernel has done the write already, and only the sync behind it is left.
    const bool is_written = (unseen->engine_state & is_split) != 0;
    if (!is_written) unseen->result = -EOPNOTSUPP;
    refused_.push_back(*unseen);
  }
  unflushed_.clear();
}

void io_uring_engine::cancel(operation& in_engine) noexcept {
  io_uring_sqe* const sqe = next_sqe();
  if (sqe == nullptr) {
    // io_uring_register(2) may still be allowed (Linux 6.0).
    io_uring_sync_cancel_reg named{};
    named.addr = reinterpret_cast<std::uint64_t>(&in_engine);
    named.fd = -1;
    io_uring_register_sync_cancel(&ring_, &named);
    return;
  }
  // The address cannot mean another operation by the time that the kernel looks: entries are taken
  // in order, and this operation's memory is not free before its completion has been reaped.
  io_uring_prep_cancel(sqe, &in_engine, 0);
  io_uring_sqe_set_data64(sqe, cancellation_tag);
  unflushed_.push_back(nullptr);
  flush();
}

void io_uring_engine::reap(operation_queue& finished) noexcept {
  // What a refused submission left behind.
  if (!unflushed_.empty()) flush();
  append(finished, refused_);
  collect(finished);
}

void io_uring_engine::collect(operation_queue& finished) noexcept {
  io_uring_cqe* cqes[completion_batch];
  unsigned count;
  while ((count = io_uring_peek_batch_cqe(&ring_, cqes, completion_batch)) != 0) {
    for (unsigned i = 0; i != count; ++i) {
      if (cqes[i]->user_data != cancellation_tag) take_completion(*cqes[i], finished);
    }
    io_uring_cq_advance(&ring_, count);
  }
}

void io_uring_engine::take_completion(const io_uring_cqe& cqe,
                                      operation_queue& finished) noexcept {
  const bool is_sync = (cqe.user_data & chained_sync_tag) != 0;
  auto& over = *reinterpret_cast<operation*>(cqe.user_data & ~chained_sync_tag);
  assert(over.stage == operation_stage::in_engine);
  const int result = without_restart_codes(cqe.res);
  if (is_sync)
    over.sync_result = result;
  else
    over.result = asks_status(over) && result == 0 ? take_answer(over) : result;
  if ((--over.engine_state & entries_mask) != 0) return;
  // A sync that did not wait for its write says nothing, unless it failed.
  if ((over.engine_state & is_split) != 0 && over.sync_result == 0)
    over.sync_result = operation::sync_not_run;
  remove(in_kernel_, over);
  finished.push_back(over);
}

bool io_uring_engine::watch(bool on) noexcept {
  // Kernels before 5.8 cannot switch it off; the signal is then raised more often than needed.
  io_uring_cq_eventfd_toggle(&ring_, on);
  // The switch must be seen before the queue is looked at: a completion that came in between
  // raised nothing.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return io_uring_cq_ready(&ring_) != 0 || !refused_.empty();
}

void io_uring_engine::drain(operation_queue& finished) noexcept {
  constexpr int ask_again_milliseconds = 10;
  for (;;) {
    reap(finished);
    if (in_kernel_.empty()) return;
    // Again and again: a request that comes while the kernel hands the operation from one place
    // to another misses it.
    for (auto next = in_kernel_.begin(); next != in_kernel_.end();) cancel(*next++);
    pollfd ring{ring_.ring_fd, POLLIN, 0};
    ::poll(&ring, 1, ask_again_milliseconds);
  }
}

void io_uring_engine::abandon(operation_queue& orphans) noexcept {
  // The ring is the parent's. This process unmaps it and closes its descriptor, without a word to
  // the kernel about what is in it.
  append(orphans, in_kernel_);
  append(orphans, refused_);
  unflushed_.clear();
}

}  // namespace asiofile::detail
