#include "readers/read_ahead.hpp"

#include "service/alignment.hpp"
#include "service/file_state.hpp"
#include "service/service_core.hpp"
#include "system/posix_calls.hpp"

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <fcntl.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <limits>
#include <new>
#include <utility>

namespace asiofile::detail {

namespace {

std::uint64_t position_of(const opening& found) noexcept {
  if (!found.is_at_end) return found.position;
  const std::int64_t size = file_size(found.descriptor->fd());
  return size < 0 ? 0 : static_cast<std::uint64_t>(size);
}

std::uint64_t sum_at_most_max(std::uint64_t first, std::uint64_t second) noexcept {
  const std::uint64_t sum = first + second;
  return sum < first ? std::numeric_limits<std::uint64_t>::max() : sum;
}

}  // namespace

read_ahead::read_ahead(file_state_ptr file, const read_ahead_plan& plan)
    : background(std::move(file)),
      chunk_bytes_(plan.chunk_bytes),
      headroom_bytes_(plan.headroom_bytes),
      chunks_ahead_(plan.chunks_ahead),
      memory_alignment_(aligned_buffer::default_alignment_bytes) {
  const auto found = this->file().core->opening_of(this->file());
  if (found) {
    is_stream_ = found->descriptor->is_stream();
    next_offset_ = is_stream_ ? 0 : plan.offset ? *plan.offset : position_of(*found);
    // Nothing but a file that is read past the cache demands it.
    const io_alignment needed = alignment_of(*found->descriptor);
    memory_alignment_ = std::max(memory_alignment_, needed.memory_bytes);
    offset_alignment_ = needed.offset_bytes;
  }
  if (plan.length) end_offset_ = sum_at_most_max(next_offset_, *plan.length);
  if (!is_aligned(plan.piece_bytes, offset_alignment_))
    throw boost::system::system_error(
        boost::system::error_code(EINVAL, boost::system::system_category()),
        "asiofile: reading a direct file in pieces that are not aligned");
  assert(headroom_bytes_ % memory_alignment_ == 0 || offset_alignment_ == 1);
  queue_.reserve(chunks_ahead_ + 1);
  chunks_.reserve(chunks_ahead_ + 1);
}

read_ahead::~read_ahead() = default;

aligned_buffer read_ahead::make_block() const {
  return aligned_buffer(headroom_bytes_ + chunk_bytes_, memory_alignment_);
}

void read_ahead::prepare(const operation&) {
  ++call_;
  while (chunks_.size() < ahead_now_ + 1) {
    auto added = std::make_unique<chunk>();
    added->memory = make_block();
    added->headroom = headroom_bytes_;
    chunks_.push_back(std::move(added));
  }
}

read_ahead::supply read_ahead::take(chunk*& taken, std::int64_t& result) {
  if (queue_.empty()) return next_offset_ < end_offset_ ? supply::none_yet : supply::end;
  chunk& front = *queue_.front();
  if (front.used != chunk::use::queued) return supply::none_yet;
  if (front.error != 0) {
    result = front.error;
    forget_from(0);
    return supply::error;
  }
  if (front.bytes() == 0) {
    forget_from(0);
    // Found ahead of this call, it is the end no more where the file has grown since.
    return front.call == call_ ? supply::end : supply::none_yet;
  }
  queue_.erase(queue_.begin());
  front.used = chunk::use::taken;
  taken = &front;
  if (front.is_last) {
    forget_from(0);
    next_offset_ = front.end();
  } else if (!is_stream_) {
    ahead_now_ = chunks_ahead_;
  }
  return supply::chunk;
}

void read_ahead::put_back(chunk& taken) noexcept {
  taken.used = chunk::use::queued;
  queue_.insert(queue_.begin(), &taken);
}

// Drops what is queued from there on. It will be read again.
void read_ahead::forget_from(std::size_t index) noexcept {
  ahead_now_ = 0;
  if (index == queue_.size()) return;
  next_offset_ = queue_[index]->begin();
  for (std::size_t i = index; i != queue_.size(); ++i) {
    chunk& dropped = *queue_[i];
    dropped.used = dropped.used == chunk::use::reading ? chunk::use::dropped_reading
                                                       : chunk::use::none;
  }
  queue_.resize(index);
}

read_ahead::chunk* read_ahead::find_free() noexcept {
  for (const auto& each : chunks_) {
    if (each->used == chunk::use::none) return each.get();
  }
  return nullptr;
}

// Points a chunk at the place where the next one begins.
void read_ahead::aim(chunk& next) noexcept {
  next.offset = align_down(next_offset_, offset_alignment_);
  next.skipped = static_cast<std::size_t>(next_offset_ - next.offset);
  const std::uint64_t left = end_offset_ - next.offset;
  // The end of what is wanted need not be aligned; the length of a read must be.
  next.last = left < chunk_bytes_ ? static_cast<std::size_t>(left) : chunk_bytes_;
  next.requested = static_cast<std::size_t>(align_up(next.last, offset_alignment_));
  next.filled = 0;
  next.error = 0;
  next.is_last = false;
  next.is_called_off = false;
  next.call = call_;
  next_offset_ = next.offset + next.last;
}

void read_ahead::plan(unstarted_transfers& wanted) {
  // Those of which a part has come.
  for (chunk* const each : queue_) {
    if (each->used == chunk::use::reading && !each->transfer) start_rest(*each, wanted);
  }
  const std::size_t limit = ahead_now_ + (is_waited_for() ? 1 : 0);
  while (queue_.size() < limit && next_offset_ < end_offset_) {
    chunk* const next = find_free();
    if (next == nullptr) return;
    aim(*next);
    next->used = chunk::use::reading;
    queue_.push_back(next);
    start_rest(*next, wanted);
  }
}

void read_ahead::start_rest(chunk& unfinished, unstarted_transfers& wanted) {
  std::size_t index = 0;
  while (chunks_[index].get() != &unfinished) ++index;
  own_transfer& next = unfinished.transfer.emplace(operation_kind::read, index);
  unfinished.place.iov_base =
      unfinished.memory.data() + unfinished.headroom + unfinished.filled;
  unfinished.place.iov_len = unfinished.requested - unfinished.filled;
  next.only_of = only_of_;
  next.offset = unfinished.offset + unfinished.filled;
  next.buffers = &unfinished.place;
  next.buffer_count = 1;
  next.requested = unfinished.place.iov_len;
  if (is_stream_ && !draw_ticket(next)) {
    unfinished.transfer.reset();
    settle(unfinished, -ENOMEM);
    return;
  }
  wanted.add(next, shared_from_this());
}

// A read that nobody could call off might last for ever.
bool read_ahead::draw_ticket(own_transfer& unstarted) const noexcept {
  try {
    file().core->issue_ticket(unstarted);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

void read_ahead::take_back(own_transfer& done, std::int64_t result) {
  chunk& read = *chunks_[done.index];
  read.transfer.reset();
  if (read.used == chunk::use::dropped_reading) {
    read.used = chunk::use::none;
    return;
  }
  const auto place = std::find(queue_.begin(), queue_.end(), &read);
  const auto index = static_cast<std::size_t>(place - queue_.begin());
  const bool is_front = queue_.front() == &read;
  const bool is_reported = is_waited_for() && is_front && !read.is_called_off;
  if (result == -ECANCELED && !is_reported) {
    // Nobody has asked for it yet, or does any more: it is read again when somebody does.
    read.used = chunk::use::none;
    forget_from(index);
  } else if (result < 0 && read.filled > read.skipped) {
    // What came before it is given out first. A read of the rest says it again.
    forget_from(index + 1);
    read.used = chunk::use::queued;
    read.last = std::min(read.last, read.filled);
    next_offset_ = read.end();
  } else {
    settle(read, result);
  }
}

void read_ahead::settle(chunk& read, std::int64_t result) noexcept {
  if (result > 0) read.filled += static_cast<std::size_t>(result);
  const bool is_full = read.filled >= read.last;
  // What ends between two places where a direct read can begin ends there for good (open(2),
  // O_DIRECT).
  const bool is_cut = result > 0 && !is_aligned(read.filled, offset_alignment_);
  if (result > 0 && !is_full && !is_stream_ && !is_cut) return;  // `plan` starts the rest
  read.used = chunk::use::queued;
  if (result < 0) {
    read.error = result;
    return;
  }
  read.is_last = !is_full && !(is_stream_ && result > 0);
  read.last = std::min(read.last, read.filled);
  if (is_stream_ && !read.is_last) next_offset_ = read.end();
}

void read_ahead::call_off() noexcept {
  if (!is_stream_) return;
  for (chunk* const each : queue_) each->is_called_off = each->used == chunk::use::reading;
}

cancellation_ticket read_ahead::called_off() const noexcept {
  for (const chunk* const each : queue_) {
    if (each->is_called_off && each->transfer) return each->transfer->ticket;
  }
  return {};
}

}  // namespace asiofile::detail
