#include "service/stream_order.hpp"

#include <fcntl.h>

namespace asiofile::detail {

namespace {

bool appends(const operation& which) noexcept {
  return which.kind == operation_kind::write && (which.open_flags & O_APPEND) != 0;
}

}  // namespace

std::size_t stream_order::lane_of(const operation& which) noexcept {
  return which.is_stream && which.kind == operation_kind::write ? 1 : 0;
}

bool stream_order::enter(operation& next) noexcept {
  lane& its = lanes_[lane_of(next)];
  if (its.running != nullptr) {
    next.stage = operation_stage::queued;
    its.queued.push_back(next);
    return false;
  }
  its.running = &next;
  give_position(next);
  return true;
}

operation* stream_order::leave(operation& over) noexcept {
  lane& its = lanes_[lane_of(over)];
  if (its.running != &over) {
    remove(its.queued, over);
    return nullptr;
  }
  take_position(over);
  run_next(its);
  return its.running;
}

void stream_order::run_next(lane& its) noexcept {
  its.running = nullptr;
  if (its.queued.empty()) return;
  its.running = &take_front(its.queued);
  give_position(*its.running);
}

bool stream_order::is_running(const operation& which) const noexcept {
  return lanes_[lane_of(which)].running == &which;
}

operation_queue stream_order::drop_placeholders() noexcept {
  operation_queue resumed;
  for (lane& each : lanes_) {
    each.queued.remove_if([](const operation& queued) { return queued.is_placeholder; });
    if (each.running == nullptr || !each.running->is_placeholder) continue;
    run_next(each);
    if (each.running != nullptr) resumed.push_back(*each.running);
  }
  return resumed;
}

void stream_order::copy_position(const stream_order& other) noexcept {
  position_ = other.position_;
  is_at_end_ = other.is_at_end_;
}

void stream_order::move_to(std::uint64_t position) noexcept {
  position_ = position;
  is_at_end_ = false;
  has_moved_ = true;
}

void stream_order::give_position(operation& next) noexcept {
  next.offset = position_;
  next.is_at_end = is_at_end_ && next.kind == operation_kind::read && !next.is_stream;
}

void stream_order::take_position(const operation& over) noexcept {
  if (over.is_stream || over.transferred == 0) return;
  has_moved_ = true;
  // Where an appended write landed, only the kernel knows: after it, the position is the end
  // (write(2), O_APPEND).
  is_at_end_ = appends(over);
  if (!is_at_end_) position_ = over.offset + over.transferred;
}

}  // namespace asiofile::detail
