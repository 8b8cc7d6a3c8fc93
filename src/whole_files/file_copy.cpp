// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "whole_files/file_copy.hpp"

#include "service/opening.hpp"
#include "service/service_core.hpp"
#include "system/file_look.hpp"
#include "system/fifo_open.hpp"
#include "system/interruptible.hpp"
#include "system/posix_calls.hpp"

#include <asiofile/detail/job.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <string_view>

namespace asiofile::detail {

namespace {

// The kernel copies this much in a few milliseconds, so that others can run and a cancellation
// takes effect.
constexpr std::uint64_t range_bytes_max = 8 * 1024 * 1024;
constexpr std::size_t stream_bytes_max = 256 * 1024;
// One round of copy workers: long enough to outweigh its end, when fewer and fewer operations are
// in flight.
constexpr std::uint64_t planned_bytes_max = 64 * 1024 * 1024;
constexpr std::size_t planned_extents_max = 1024;

constexpr std::uint64_t told_bytes = 32 * 1024 * 1024;
constexpr std::chrono::milliseconds told_interval(100);

// Whether the result of copy_file_range(2) is final. Otherwise the file is copied by reading and
// writing: between file systems, on an old kernel (before Linux 4.5, or 5.3), in a sandbox, and on
// file systems whose own implementation fails (EIO, EOVERFLOW, EACCES and ENOENT were seen on
// network file systems).
bool is_answer_to_copying(std::int64_t result) noexcept {
  switch (-result) {
    case ECANCELED:
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return true;
    default: return false;
  }
}

}  // namespace

file_copy::file_copy(open_hook& engines, const std::string& from, const std::string& to,
                     const copy_settings& settings)
    : engines_(engines), from_(from), to_(to), settings_(settings) {}

std::int64_t file_copy::step(const system_calls_ptr& system, int base,
                             const stop_request& stop) noexcept {
  // The facts of its files refer to the system of the first round, so that is kept: each further
  // round of a copy beneath a directory has a system of its own.
  if (!system_) {
    system_ = system;
    base_ = base;
  }
  std::int64_t result;
  if (failure_)
    result = -failure_.value();
  else if (stop())
    result = -ECANCELED;
  else
    result = run_phase(stop);
  if (result < 0 && result != job::more && result != job::waits) {
    failure_.assign(static_cast<int>(-result), boost::system::system_category());
    phase_ = phase::over;
  }
  if (phase_ == phase::over) {
    target_.drop();
    static_cast<void>(source_.close());
  }
  return result;
}

std::int64_t file_copy::run_phase(const stop_request& stop) noexcept {
  switch (phase_) {
    case phase::opening: return open(stop);
    case phase::cloning: return clone();
    case phase::ranging: return copy_range(stop);
    case phase::planning: return plan();
    case phase::streaming: return stream(stop);
    case phase::completing: return complete(stop);
    case phase::naming: return take_name();
    case phase::over: break;
  }
  return 0;
}

copy_round file_copy::next_round(bool is_cancelled, boost::system::error_code& ec) noexcept {
  if (std::exchange(is_by_workers_, false) && !ec) offset_ = std::min(planned_end_, size_);
  // The round that was to undo everything was itself dropped: undoing is left to the destructor.
  const bool is_left_so = failure_.failed();
  if (phase_ == phase::over || is_left_so) {
    ec = failure_;
    return copy_round::none;
  }
  if (!ec && is_cancelled) ec.assign(ECANCELED, boost::system::system_category());
  failure_ = ec;
  is_by_workers_ = !ec && !planned_.empty();
  return is_by_workers_ ? copy_round::by_workers : copy_round::on_a_thread;
}

void file_copy::note_end(std::uint64_t offset) noexcept { size_ = std::min(size_, offset); }

// ---- phases

std::int64_t file_copy::open(const stop_request& stop) noexcept {
  if (has_zero_byte(from_)) return -EINVAL;
  // Checked before the open, which may have to wait for a FIFO's other end.
  struct stat found;
  std::int64_t result = system().fstatat(base_, from_.c_str(), found, 0);
  if (result < 0) return result;
  if (S_ISDIR(found.st_mode)) return -EISDIR;
  result = check_target(found);
  if (result == 0) result = open_source(S_ISFIFO(found.st_mode), stop);
  if (result < 0) return result;
  result = system().fstat(source_.get(), found);
  if (result < 0) return result;
  if (S_ISDIR(found.st_mode)) return -EISDIR;
  // The path may lead to another file by now.
  if (is_target(found)) return -EINVAL;
  const bool is_sized = S_ISREG(found.st_mode) && found.st_size > 0;
  size_ = is_sized ? static_cast<std::uint64_t>(found.st_size) : 0;
  phase_ = is_sized ? phase::cloning : phase::streaming;
  told_at_ = std::chrono::steady_clock::now();
  result = target_.create(mode_of_copy(source_, found), O_WRONLY);
  return result < 0 ? result : job::more;
}

std::int64_t file_copy::check_target(const struct stat& source) noexcept {
  const std::int64_t result = target_.locate(system_, base_, to_);
  if (result < 0 || !target_.original()) return result;
  if (!settings_.overwrites) return -EEXIST;
  return is_target(source) ? -EINVAL : target_.may_replace();
}

bool file_copy::is_target(const struct stat& source) const noexcept {
  const struct stat* const original = target_.original();
  return original != nullptr && original->st_dev == source.st_dev &&
         original->st_ino == source.st_ino;
}

std::int64_t file_copy::open_source(bool is_fifo, const stop_request& stop) noexcept {
  const std::int64_t fd = call_until_stopped(
      stop, [&] {
        constexpr int flags = O_RDONLY | O_CLOEXEC;
        return is_fifo ? open_without_peer(system(), base_, from_.c_str(), flags, 0)
                       : system().openat(base_, from_.c_str(), flags, 0);
      });
  if (fd < 0) return fd;
  source_ = owned_fd(system_, fd);
  is_source_stream_ = is_stream(system(), source_.get());
  static_cast<void>(advise_range(system(), source_.get(), 0, 0, file_advice::sequential));
  return 0;
}

std::int64_t file_copy::clone() noexcept {
  phase_ = phase::ranging;
  if (system().clone(target_.fd(), source_.get()) == 0) {
    // Its current size.
    const std::int64_t size = file_size(system(), target_.fd());
    if (size < 0) return size;
    size_ = offset_ = static_cast<std::uint64_t>(size);
    phase_ = phase::completing;
  }
  return job::more;
}

std::int64_t file_copy::copy_range(const stop_request& stop) noexcept {
  if (current_.bytes == 0) {
    current_ = find_data(system(), source_.get(), offset_, size_);
    if (current_.bytes == 0) return end_in_hole();
    offset_ = current_.offset;
  }
  const std::int64_t copied = call_until_stopped(stop, [&] {
    return system().copy_file_range(
        source_.get(), target_.fd(), static_cast<off_t>(offset_),
        static_cast<std::size_t>(std::min(current_.bytes, range_bytes_max)));
  });
  if (copied > 0) {
    offset_ += static_cast<std::uint64_t>(copied);
    current_.bytes -= static_cast<std::uint64_t>(copied);
    return after_piece();
  }
  // 0: the end, or a file whose content is generated when it is read (for example in /sys; before
  // Linux 5.19). Only reading can tell.
  if (is_answer_to_copying(copied)) return copied;
  phase_ = phase::planning;
  return job::more;
}

std::int64_t file_copy::plan() noexcept {
  const std::uint64_t bytes_max = settings_.reports ? told_bytes : planned_bytes_max;
  std::uint64_t offset = offset_;
  std::uint64_t bytes = 0;
  try {
    while (offset < size_ && bytes < bytes_max && planned_.size() < planned_extents_max) {
      extent next = find_data(system(), source_.get(), offset, size_);
      if (next.bytes == 0) break;
      next.bytes = std::min(next.bytes, bytes_max - bytes);
      planned_.push_back(next);
      offset = next.offset + next.bytes;
      bytes += next.bytes;
    }
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
  planned_end_ = offset;
  return planned_.empty() ? end_in_hole() : look();
}

// The workers begin on a thread of the context, which must not examine files.
std::int64_t file_copy::look() noexcept {
  if (source_facts_.fd != -1) return 0;
  source_facts_ = look_at_file(system(), source_.get(), 0);
  target_facts_ = look_at_file(system(), target_.fd(), 0);
  const int error = engines_.opened(source_facts_);
  return error != 0 ? -error : -engines_.opened(target_facts_);
}

// There is no more data, but a hole up to the end, which may have moved if the file was truncated.
std::int64_t file_copy::end_in_hole() noexcept {
  const std::int64_t end = file_size(system(), source_.get());
  if (end < 0) return end;
  note_end(std::max(static_cast<std::uint64_t>(end), offset_));
  offset_ = size_;
  phase_ = phase::completing;
  return job::more;
}

std::int64_t file_copy::stream(const stop_request& stop) noexcept {
  if (!buffer_) buffer_.reset(new (std::nothrow) std::byte[stream_bytes_max]);
  if (!buffer_) return -ENOMEM;
  // Reading a FIFO that has had no writer yet would return its end.
  if (is_source_stream_ && !is_ready(source_.get(), POLLIN)) return job::waits;
  const iovec piece{buffer_.get(), stream_bytes_max};
  const std::int64_t count =
      call_until_stopped(stop, [&] { return system().readv(source_.get(), &piece, 1); });
  if (count == -EAGAIN) return job::waits;
  if (count < 0) return count;
  if (count == 0) {
    size_ = offset_;
    phase_ = phase::completing;
    return job::more;
  }
  const std::int64_t result = write_out(static_cast<std::size_t>(count), stop);
  return result < 0 ? result : after_piece();
}

std::int64_t file_copy::write_out(std::size_t bytes, const stop_request& stop) noexcept {
  for (std::size_t done = 0; done != bytes;) {
    const iovec rest{buffer_.get() + done, bytes - done};
    const std::int64_t written = call_until_stopped(stop, [&] {
      return system().pwritev(target_.fd(), &rest, 1, static_cast<off_t>(offset_));
    });
    if (written <= 0) return written == 0 ? -EIO : written;
    done += static_cast<std::size_t>(written);
    offset_ += static_cast<std::uint64_t>(written);
  }
  return 0;
}

// Ends the round if there is progress to report.
std::int64_t file_copy::after_piece() noexcept {
  if (!settings_.reports) return job::more;
  const auto now = std::chrono::steady_clock::now();
  if (offset_ - told_offset_ < told_bytes && now - told_at_ < told_interval) return job::more;
  told_at_ = now;
  told_offset_ = offset_;
  return 0;
}

std::int64_t file_copy::complete(const stop_request& stop) noexcept {
  const std::int64_t size = file_size(system(), target_.fd());
  if (size < 0) return size;
  // It ends in a hole.
  if (static_cast<std::uint64_t>(size) != size_) {
    const std::int64_t result = resize_file(system(), target_.fd(), size_);
    // Nothing was done: repeat, unless it is stopped.
    if (result == -EINTR) return job::more;
    if (result < 0) return result;
  }
  offset_ = size_;
  if (settings_.overwrites) {
    const std::int64_t kept = target_.keep_identity();
    if (kept < 0) return kept;
  }
  phase_ = phase::naming;
  const std::int64_t synced =
      settings_.syncs ? sync_file(system(), target_.fd(), operation_kind::sync_all) : 0;
  // Not repeated, whatever interrupted it.
  if (synced == -EINTR) return stop() ? -ECANCELED : -EIO;
  return synced < 0 ? synced : job::more;
}

std::int64_t file_copy::take_name() noexcept {
  bool changed = false;
  const std::int64_t result =
      settings_.overwrites ? target_.take_any_name(changed) : target_.take_new_name();
  if (result < 0) return result;
  if (changed) {
    phase_ = phase::completing;
    return ++changes_ == changes_max ? -EBUSY : job::more;
  }
  phase_ = phase::over;
  const std::int64_t synced = settings_.syncs ? target_.sync_directory() : 0;
  // Must not be mistaken for a cancellation, which leaves no copy.
  return synced == -EINTR ? -EIO : synced;
}

// ---- for the template

namespace {

class copy_job final : public job {
 public:
  explicit copy_job(std::shared_ptr<file_copy> copy) noexcept : copy_(std::move(copy)) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "copy_file"; }

 private:
  std::int64_t step() noexcept override {
    const std::int64_t result = copy_->step(system(), base(), [this] { return is_stopped(); });
    return result == waits ? when_ready(copy_->source_fd(), false) : result;
  }

  const std::shared_ptr<file_copy> copy_;
};

}  // namespace

std::shared_ptr<file_copy> make_copy(const file_state& service, const std::string& from,
                                     const std::string& to, const copy_settings& settings) {
  return std::make_shared<file_copy>(service.core->engines(), from, to, settings);
}

std::shared_ptr<job> make_copy_job(const std::shared_ptr<file_copy>& copy) {
  return std::make_shared<copy_job>(copy);
}

copied_bytes copied(const file_copy& copy) noexcept { return copy.copied(); }

copy_round next_round(file_copy& copy, bool is_cancelled, boost::system::error_code& ec) noexcept {
  return copy.next_round(is_cancelled, ec);
}

}  // namespace asiofile::detail
