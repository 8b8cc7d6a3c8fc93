// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "whole_files/copy_workers.hpp"

#include "service/file_guard.hpp"
#include "service/service_core.hpp"

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

namespace asiofile::detail {

namespace {

constexpr std::size_t worker_count_max = 8;
constexpr std::size_t copied_piece_bytes_max = 256 * 1024;

}  // namespace

// One read or write of a worker.
class copy_workers::transfer final : public operation_storage {
 public:
  transfer(std::shared_ptr<copy_workers> owner, worker& which) noexcept
      : operation_storage(&transfer::end_it), owner_(std::move(owner)), worker_(which) {}

 private:
  static void end_it(operation_storage& base, const operation_result* result) {
    const std::unique_ptr<transfer> self(static_cast<transfer*>(&base));
    const operation_kind kind = operation::in(base).kind();
    if (result != nullptr) self->owner_->done(self->worker_, kind, *result);
  }

  const std::shared_ptr<copy_workers> owner_;
  worker& worker_;
};

copy_workers::copy_workers(const file_state& service, std::shared_ptr<file_copy> copy)
    : fork_participant(service.core->participants()),
      copy_(std::move(copy)),
      core_(service.core),
      source_(std::make_shared<file_state>(core_)),
      target_(std::make_shared<file_state>(core_)),
      left_(copy_->take_plan()),
      workers_(worker_count_max) {
  // The last one is taken first.
  std::ranges::reverse(left_);
}

void copy_workers::start(operation_ptr waiting) {
  const int error = open_both();
  scoped_lock lock(mutex_);
  if (error != 0) fail(-error);
  waiting_ = std::move(waiting);
  std::vector<operation_ptr> made;
  try {
    made = make_first();
  } catch (const std::bad_alloc&) {
    fail(-ENOMEM);
  }
  in_flight_ = made.size();
  operation_ptr over = made.empty() ? std::move(waiting_) : nullptr;
  const std::int64_t result = failure_;
  lock.unlock();
  if (over) return end(std::move(over), result);
  for (operation_ptr& each : made) launch(std::move(each));
}

// Without the mutex: the program's trace hook is called, and may cancel the copy.
void copy_workers::launch(operation_ptr made) {
  const bool is_read = operation::in(*made).kind() == operation_kind::read;
  operation_result unwanted;
  static_cast<void>(core_->start(is_read ? *source_ : *target_, made, false, unwanted));
}

int copy_workers::open_both() noexcept {
  try {
    // The files were examined by the worker that opened them: this is a thread of the context,
    // which must not wait.
    const int error = adopt(*source_, copy_->source_facts(), ownership::borrowed, false, false);
    if (error != 0) return error;
    return adopt(*target_, copy_->target_facts(), ownership::borrowed, false, false);
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  }
}

std::vector<operation_ptr> copy_workers::make_first() {
  std::vector<operation_ptr> made;
  made.reserve(workers_.size());
  for (worker& each : workers_) {
    if (!take_piece(each)) break;
    each.buffer = std::make_unique_for_overwrite<std::byte[]>(copied_piece_bytes_max);
    if (operation_ptr first = make_next(each)) made.push_back(std::move(first));
  }
  return made;
}

// Without the mutex: if the service has ended, this destroys the handler.
void copy_workers::end(operation_ptr waited, std::int64_t result) {
  core_->deliver(std::move(waited), result);
}

// A worker whose operation was being run by another thread would never end.
void copy_workers::reset_in_child(operation_queue& aborted) noexcept {
  fail(-ECANCELED);
  if (waiting_) aborted.push_back(operation::in(*waiting_.release()));
}

void copy_workers::stop() noexcept {
  {
    const scoped_lock lock(mutex_);
    fail(-ECANCELED);
  }
  static_cast<void>(cancel_all(*source_));
  static_cast<void>(cancel_all(*target_));
}

void copy_workers::fail(std::int64_t result) noexcept {
  if (failure_ == 0) failure_ = result;
}

bool copy_workers::take_piece(worker& which) noexcept {
  which.piece.bytes = 0;
  which.filled = which.written = 0;
  if (left_.empty() || failure_ != 0) return false;
  extent& next = left_.back();
  which.piece = {next.offset, std::min<std::uint64_t>(next.bytes, copied_piece_bytes_max)};
  next.offset += which.piece.bytes;
  next.bytes -= which.piece.bytes;
  if (next.bytes == 0) left_.pop_back();
  return true;
}

// The next operation of a worker; null if there is nothing left for it.
operation_ptr copy_workers::make_next(worker& which) {
  if (failure_ != 0) return nullptr;
  if (which.written != which.filled) return make_transfer(which, operation_kind::write);
  if (which.piece.bytes == 0 && !take_piece(which)) return nullptr;
  return make_transfer(which, operation_kind::read);
}

operation_ptr copy_workers::make_transfer(worker& which, operation_kind kind) {
  const bool reads = kind == operation_kind::read;
  if (reads)
    which.rest = {which.buffer.get(), static_cast<std::size_t>(which.piece.bytes)};
  else
    which.rest = {which.buffer.get() + which.written, which.filled - which.written};
  operation_ptr made(new transfer(shared_from_this(), which));
  transfer_request request{.kind = kind};
  request.offset = which.piece.offset + (reads ? 0 : which.written);
  request.buffers = &which.rest;
  request.buffer_count = 1;
  request.bytes = which.rest.iov_len;
  prepare(*made, request);
  return made;
}

// A transfer has completed. Called from a dispatch pass, on any thread of the context.
void copy_workers::done(worker& which, operation_kind kind, const operation_result& over) {
  const bool is_moved = over.error == 0 || over.error == end_of_file;
  const std::int64_t result = is_moved ? static_cast<std::int64_t>(over.value) : -over.error;
  scoped_lock lock(mutex_);
  if (result < 0)
    fail(result);
  else if (kind == operation_kind::read)
    note_read(which, result);
  else
    note_written(which, result);
  operation_ptr next;
  try {
    next = make_next(which);
  } catch (const std::bad_alloc&) {
    fail(-ENOMEM);
  }
  // In a forked child it has ended before: null.
  operation_ptr waited;
  if (!next && --in_flight_ == 0) waited = std::move(waiting_);
  const std::int64_t ended_with = failure_;
  lock.unlock();
  if (next) launch(std::move(next));
  if (waited) end(std::move(waited), ended_with);
}

void copy_workers::note_read(worker& which, std::int64_t result) noexcept {
  which.filled = static_cast<std::size_t>(result);
  which.written = 0;
  if (result != 0) return;
  // The source has shrunk: other workers will notice by themselves.
  copy_->note_end(which.piece.offset);
  which.piece.bytes = 0;
}

void copy_workers::note_written(worker& which, std::int64_t result) noexcept {
  which.written += static_cast<std::size_t>(result);
  if (which.written != which.filled) return;
  which.piece.offset += which.filled;
  which.piece.bytes -= which.filled;
  which.filled = which.written = 0;
}

// ---- for the template

std::shared_ptr<copy_workers> make_workers(const file_state& service,
                                       const std::shared_ptr<file_copy>& copy) {
  return std::make_shared<fork_safe<copy_workers>>(service, copy);
}

void start(copy_workers& workers, operation_ptr waiting) { workers.start(std::move(waiting)); }

void stop(copy_workers& workers) noexcept { workers.stop(); }

}  // namespace asiofile::detail
