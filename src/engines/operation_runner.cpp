// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "engines/operation_runner.hpp"

#include "engines/open_hook.hpp"
#include "engines/operation_place.hpp"
#include "engines/registry.hpp"
#include "operations/nowait_transfer.hpp"
#include "operations/run_blocking.hpp"
#include "system/fifo_open.hpp"
#include "system/file_look.hpp"
#include "system/interrupt_signal.hpp"
#include "system/posix_calls.hpp"
#include "system/system_calls.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace asiofile::detail {

using outcome = worker_pool::outcome;

namespace {

// Whether a stream can be read or written now. If poll(2) fails (RLIMIT_NOFILE at 0), it must be
// tried.
bool is_ready_now(const awaited_stream& stream) noexcept {
  pollfd asked{stream.fd, static_cast<short>(stream.for_writing ? POLLOUT : POLLIN), 0};
  return ::poll(&asked, 1, 0) != 0;
}

bool is_fifo(const file_facts& facts) noexcept {
  struct stat found;
  return facts.system->fstat(facts.fd, found) == 0 && S_ISFIFO(found.st_mode);
}

// The most that can be written without waiting to a pipe that has room according to poll(2)
// (pipe(7)).
std::int64_t write_what_fits(const transfer_operation& next) noexcept {
  const iovec* first = next.buffers;
  const iovec* const end = first + next.buffer_count;
  while (first != end && first->iov_len == 0) ++first;
  if (first == end) return 0;
  const iovec part{first->iov_base, std::min<std::size_t>(first->iov_len, PIPE_BUF)};
  return next.facts().system->writev(next.facts().fd, &part, 1);
}

// If it is not, poll(2) would never report the stream as ready.
bool is_open_for(const transfer_operation& next) noexcept {
  const int other = next.kind() == operation_kind::read ? O_WRONLY : O_RDONLY;
  return (next.facts().status_flags & O_ACCMODE) != other;
}

// For when the kernel cannot guarantee not to wait: checks in advance, as far as possible, whether
// it would.
std::int64_t transfer_if_ready(transfer_operation& next, system_calls& paths) noexcept {
  if (!is_ready_now(operation_runner::awaited_by(next)))
    return is_open_for(next) ? -EAGAIN : -EBADF;
  const bool may_wait =
      next.kind() == operation_kind::write && next.remaining() > PIPE_BUF && is_fifo(next.facts());
  return may_wait ? write_what_fits(next) : run_blocking(next, paths);
}

// Whether the kernel reports the stream as ready in any case, judging by how often that was wrong.
bool is_always_in_vain(operation& which) noexcept {
  if (bits_of(which, vain_bits) == vain_bits) {
    clear_bits(which, vain_bits);
    return true;
  }
  add_vain(which);
  return false;
}

}  // namespace

bool is_stream_transfer(const operation& which) noexcept {
  return which.is_transfer() && which.facts().is_stream && !is_sync_left(as_transfer(which));
}

bool is_open_for_reading(int status_flags) noexcept {
  return (status_flags & O_ACCMODE) != O_WRONLY;
}

awaited_stream operation_runner::awaited_by(operation& which) noexcept {
  if (const job* const task = task_of(which)) return {task->awaited_fd(), task->awaits_writing()};
  if (!which.is_transfer()) return {};
  return {which.facts().fd, which.kind() == operation_kind::write};
}

void operation_runner::rest_next_time(operation& which) const noexcept {
  set_bits(which, rest_bit);
}

outcome operation_runner::run(operation& next, std::uint16_t& thread_priority) const noexcept {
  if (is_cancelled(next) && !must_run_again(next)) {
    next.result = -ECANCELED;
    return outcome::over;
  }
  const std::uint16_t priority = next.is_transfer() ? as_transfer(next).priority : 0;
  if (priority != thread_priority) {
    next.result = set_thread_priority(priority);
    if (next.result < 0) return outcome::over;
    thread_priority = priority;
  }
  if (is_stream_transfer(next)) return run_on_stream(as_transfer(next));
  if (task_of(next) != nullptr) return run_task(next);
  if (next.kind() == operation_kind::open) return run_open(static_cast<open_operation&>(next));
  if (next.kind() == operation_kind::close) {
    auto& its = static_cast<close_operation&>(next);
    // A file that is in a ring's table would stay open.
    if (its.table != nullptr && !its.keeps_open) its.table->remove_descriptor(its.table_index);
    if (its.may_be_held && !its.keeps_open && opened_ != nullptr) opened_->release_files();
  }
  if (next.kind() == operation_kind::lock) return run_lock(static_cast<lock_operation&>(next));
  next.result = run_blocking(next, *paths_);
  return outcome::over;
}

// Never by a call that waits for the lock: another process could then block a worker for any length
// of time.
outcome operation_runner::run_lock(lock_operation& next) const noexcept {
  next.result = run_blocking(next, *paths_);
  if (next.result != -EAGAIN) return outcome::over;
  rest_longer(next);
  return outcome::rest;
}

// Trying a stream that was found ready, or is worth a try, must not block the worker: others may
// have taken the data or room.
outcome operation_runner::run_on_stream(transfer_operation& next) const noexcept {
  next.result = next.flags != 0              ? -EINVAL
                : next.facts().takes_nowait ? transfer_without_waiting(next)
                                            : -EOPNOTSUPP;
  if (next.result == -EOPNOTSUPP) next.result = transfer_if_ready(next, *paths_);
  if (next.result != -EAGAIN) return outcome::over;
  const bool must_rest =
      bits_of(next, rest_bit) != 0 || (was_ready(next) && is_always_in_vain(next));
  clear_bits(next, rest_bit);
  return must_rest ? outcome::rest : outcome::passed_on;
}

outcome operation_runner::run_task(operation& next) const noexcept {
  if (interrupt_signal_ == no_interrupt_signal) task_of(next)->forbid_waiting();
  next.result = run_blocking(next, *paths_);
  if (next.result == job::more) return outcome::again;
  if (next.result == job::waits) {
    const bool must_rest = bits_of(next, rest_bit) != 0 || task_of(next)->awaited_fd() == -1;
    clear_bits(next, rest_bit);
    return must_rest ? outcome::rest : outcome::passed_on;
  }
  if (next.kind() == operation_kind::open) note_opened(static_cast<open_operation&>(next));
  return outcome::over;
}

bool operation_runner::needs_worker(operation& next) const noexcept {
  if (next.is_transfer()) return is_stream_transfer(next) || as_transfer(next).priority != 0;
  if (next.kind() != operation_kind::open) return false;
  const auto& its = static_cast<const open_operation&>(next);
  return may_wait_for_peer(its.flags) && names_fifo(*paths_, AT_FDCWD, its.path);
}

// Opening a FIFO whose other end is not open yet, with no signal to interrupt it.
bool operation_runner::is_fifo_without_peer(open_operation& next) const noexcept {
  return interrupt_signal_ == no_interrupt_signal && may_wait_for_peer(next.flags) &&
         names_fifo(*paths_, AT_FDCWD, next.path);
}

outcome operation_runner::run_open(open_operation& next) const noexcept {
  if (is_fifo_without_peer(next)) {
    next.result = open_without_peer(*paths_, AT_FDCWD, next.path, native_open_flags(next.flags),
                                    static_cast<mode_t>(next.permissions));
    if (next.result == -EAGAIN) return outcome::rest;
    if (next.result >= 0) {
      const int fd = static_cast<int>(next.result);
      paths_->set_blocking(fd);
      next.found = look_at_file(*paths_, fd, next.flags, next.status);
    }
  } else {
    next.result = run_blocking(next, *paths_);
  }
  note_opened(next);
  return outcome::over;
}

void operation_runner::note_opened(open_operation& opened) const noexcept {
  if (opened.result < 0 || opened_ == nullptr) return;
  const int error = opened_->opened(opened.found);
  if (error == 0) return;
  close_descriptor(*paths_, static_cast<int>(opened.result));
  opened.result = -error;
}

}  // namespace asiofile::detail
