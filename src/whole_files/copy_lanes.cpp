#include "whole_files/copy_lanes.hpp"

#include "operations/completion.hpp"
#include "service/service_core.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

namespace asiofile::detail {

namespace {

constexpr std::size_t lane_count_max = 8;
constexpr std::size_t copied_piece_bytes_max = 256 * 1024;

}  // namespace

// One read or write of a lane.
class copy_lanes::transfer final : public operation {
 public:
  transfer(operation_kind what, std::shared_ptr<copy_lanes> owner, lane& which) noexcept
      : operation(what, &transfer::complete_it), owner_(std::move(owner)), lane_(which) {}

 private:
  static void complete_it(operation& base, handler_fate fate) {
    const std::unique_ptr<transfer> self(static_cast<transfer*>(&base));
    if (fate == handler_fate::invoke) self->owner_->done(self->lane_, *self);
  }

  const std::shared_ptr<copy_lanes> owner_;
  lane& lane_;
};

copy_lanes::copy_lanes(const file_state& service, std::shared_ptr<file_copy> copy)
    : copy_(std::move(copy)),
      core_(service.core),
      source_(std::make_shared<file_state>(core_)),
      target_(std::make_shared<file_state>(core_)),
      left_(copy_->take_plan()),
      lanes_(lane_count_max) {
  // The last one is taken first.
  std::ranges::reverse(left_);
}

void copy_lanes::start(operation_ptr waiting) {
  std::unique_lock lock(mutex_);
  waiting_ = std::move(waiting);
  std::vector<operation_ptr> made;
  try {
    made = make_first();
  } catch (const std::bad_alloc&) {
    fail(-ENOMEM);
  }
  in_flight_ = made.size();
  if (in_flight_ == 0) return end(lock);
  lock.unlock();
  for (operation_ptr& each : made) launch(std::move(each));
}

// Without the mutex: a program's trace is told, and may cancel the copy.
void copy_lanes::launch(operation_ptr made) {
  file_state& of = made->kind == operation_kind::read ? *source_ : *target_;
  static_cast<void>(core_->start(of, made));
}

std::vector<operation_ptr> copy_lanes::make_first() {
  std::vector<operation_ptr> made;
  made.reserve(lanes_.size());
  int error = core_->assign(*source_, copy_->source_fd(), ownership::borrowed);
  if (error == 0) error = core_->assign(*target_, copy_->target_fd(), ownership::borrowed);
  if (error != 0) fail(-error);
  for (lane& each : lanes_) {
    if (!take_piece(each)) break;
    each.buffer = std::make_unique_for_overwrite<std::byte[]>(copied_piece_bytes_max);
    if (operation_ptr first = make_next(each)) made.push_back(std::move(first));
  }
  return made;
}

// Without the mutex: where the service has ended, this destroys the handler.
void copy_lanes::end(std::unique_lock<std::mutex>& lock) {
  operation_ptr waited = std::move(waiting_);
  const std::int64_t result = failure_;
  lock.unlock();
  core_->deliver(std::move(waited), result);
}

void copy_lanes::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    fail(-ECANCELED);
  }
  core_->cancel_all(*source_);
  core_->cancel_all(*target_);
}

void copy_lanes::fail(std::int64_t result) noexcept {
  if (failure_ == 0) failure_ = result;
}

bool copy_lanes::take_piece(lane& which) noexcept {
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

// What a lane has to do next; null where there is nothing left for it.
operation_ptr copy_lanes::make_next(lane& which) {
  if (failure_ != 0) return nullptr;
  if (which.written != which.filled) return make_transfer(which, operation_kind::write);
  if (which.piece.bytes == 0 && !take_piece(which)) return nullptr;
  return make_transfer(which, operation_kind::read);
}

operation_ptr copy_lanes::make_transfer(lane& which, operation_kind kind) {
  const bool reads = kind == operation_kind::read;
  if (reads)
    which.rest = {which.buffer.get(), which.piece.bytes};
  else
    which.rest = {which.buffer.get() + which.written, which.filled - which.written};
  operation_ptr made(new transfer(kind, shared_from_this(), which));
  made->offset = which.piece.offset + (reads ? 0 : which.written);
  made->buffers = &which.rest;
  made->buffer_count = 1;
  made->requested = which.rest.iov_len;
  return made;
}

// A transfer is over. Called from a turn of the context, on any of its threads.
void copy_lanes::done(lane& which, const operation& finished) {
  const auto ec = completion_error(finished);
  const std::int64_t result = ec == boost::asio::error::eof ? 0
                              : ec                          ? -ec.value()
                                   : static_cast<std::int64_t>(finished.transferred);
  std::unique_lock lock(mutex_);
  if (result < 0)
    fail(result);
  else if (finished.kind == operation_kind::read)
    note_read(which, result);
  else
    note_written(which, result);
  operation_ptr next;
  try {
    next = make_next(which);
  } catch (const std::bad_alloc&) {
    fail(-ENOMEM);
  }
  if (!next) {
    if (--in_flight_ == 0) end(lock);
    return;
  }
  lock.unlock();
  launch(std::move(next));
}

void copy_lanes::note_read(lane& which, std::int64_t result) noexcept {
  which.filled = static_cast<std::size_t>(result);
  which.written = 0;
  if (result != 0) return;
  // The source has shrunk: others will find out for themselves.
  copy_->note_end(which.piece.offset);
  which.piece.bytes = 0;
}

void copy_lanes::note_written(lane& which, std::int64_t result) noexcept {
  which.written += static_cast<std::size_t>(result);
  if (which.written != which.filled) return;
  which.piece.offset += which.filled;
  which.piece.bytes -= which.filled;
  which.filled = which.written = 0;
}

// ---- for the template

std::shared_ptr<copy_lanes> make_lanes(const file_state& service,
                                       const std::shared_ptr<file_copy>& copy) {
  return std::make_shared<copy_lanes>(service, copy);
}

void start(copy_lanes& lanes, operation_ptr waiting) { lanes.start(std::move(waiting)); }

void stop(copy_lanes& lanes) noexcept { lanes.stop(); }

}  // namespace asiofile::detail
