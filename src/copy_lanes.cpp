#include "copy_lanes.hpp"

#include "completion.hpp"
#include "service_core.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

namespace asiofile::detail {

namespace {

constexpr std::size_t lane_count_max = 8;
constexpr std::size_t piece_bytes_max = 256 * 1024;

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
  try {
    start_all();
  } catch (const std::bad_alloc&) {
    fail(-ENOMEM);
  }
  if (in_flight_ == 0) end(lock);
}

void copy_lanes::start_all() {
  int error = core_->assign(*source_, copy_->source_fd(), ownership::borrowed);
  if (error == 0) error = core_->assign(*target_, copy_->target_fd(), ownership::borrowed);
  if (error != 0) fail(-error);
  for (lane& each : lanes_) {
    if (!take_piece(each)) break;
    each.buffer = std::make_unique_for_overwrite<std::byte[]>(piece_bytes_max);
    if (go_on(each)) ++in_flight_;
  }
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
  which.piece = {next.offset, std::min<std::uint64_t>(next.bytes, piece_bytes_max)};
  next.offset += which.piece.bytes;
  next.bytes -= which.piece.bytes;
  if (next.bytes == 0) left_.pop_back();
  return true;
}

// Starts what a lane has to do next. False where there is nothing left for it.
bool copy_lanes::go_on(lane& which) {
  if (failure_ != 0) return false;
  if (which.written != which.filled) {
    start_transfer(which, operation_kind::write);
    return true;
  }
  if (which.piece.bytes == 0 && !take_piece(which)) return false;
  start_transfer(which, operation_kind::read);
  return true;
}

void copy_lanes::start_transfer(lane& which, operation_kind kind) {
  const bool reads = kind == operation_kind::read;
  if (reads)
    which.rest = {which.buffer.get(), which.piece.bytes};
  else
    which.rest = {which.buffer.get() + which.written, which.filled - which.written};
  operation_ptr started(new transfer(kind, shared_from_this(), which));
  started->offset = which.piece.offset + (reads ? 0 : which.written);
  started->buffers = &which.rest;
  started->buffer_count = 1;
  started->requested = which.rest.iov_len;
  static_cast<void>(core_->start(reads ? *source_ : *target_, started));
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
  bool goes_on = false;
  try {
    goes_on = go_on(which);
  } catch (const std::bad_alloc&) {
    fail(-ENOMEM);
  }
  if (!goes_on && --in_flight_ == 0) end(lock);
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
