// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "readers/read_ahead.hpp"

#include "service/opening.hpp"
#include "service/service_core.hpp"
#include "system/posix_calls.hpp"

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

namespace asiofile::detail {

namespace {

// Where the file ended at the last read there is rarely more data, and hardly ever much.
constexpr std::size_t bytes_at_end = 4096;

constexpr auto offset_max = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());

std::uint64_t sum_at_most_max(std::uint64_t first, std::uint64_t second) noexcept {
  const std::uint64_t sum = first + second;
  return sum < first ? std::numeric_limits<std::uint64_t>::max() : sum;
}

}  // namespace

read_ahead::read_ahead(const background_file& of, const read_ahead_plan& plan)
    : background(of),
      chunk_bytes_(plan.chunk_bytes),
      chunks_ahead_(plan.chunks_ahead),
      alignment_(of.alignment),
      is_stream_(of.is_stream),
      size_when_opened_(of.size_when_opened),
      next_offset_(of.start) {
  if (plan.length) end_offset_ = sum_at_most_max(next_offset_, *plan.length);
  // No file extends beyond that (off_t), and a read that would is refused as a whole.
  end_offset_ = std::min(end_offset_, offset_max);
  if (!is_aligned(plan.piece_bytes, alignment_.offset_bytes))
    throw boost::system::system_error(
        boost::system::error_code(EINVAL, boost::system::system_category()),
        "asiofile: reading a direct file in pieces that are not aligned");
  queue_.reserve(chunks_ahead_ + 1);
}

read_ahead::~read_ahead() { drop_spares(); }

void read_ahead::prepare(const operation&) { ++call_; }

read_ahead::supply read_ahead::take(chunk_ptr& taken, std::int64_t& result) noexcept {
  if (std::exchange(is_out_of_memory_, false)) {
    result = -ENOMEM;
    return supply::error;
  }
  if (queue_.empty() && !is_offset(next_offset_)) {
    // What a read there reports. Without this check, that position would be taken for the end.
    result = -EINVAL;
    return supply::error;
  }
  if (queue_.empty()) return next_offset_ < end_offset_ ? supply::none_yet : supply::end;
  chunk& front = *queue_.front();
  if (front.used != chunk::use::queued) return supply::none_yet;
  if (front.error != 0) {
    result = front.error;
    forget_from(0);
    return supply::error;
  }
  if (front.bytes() == 0) {
    // If it was found before this call, the file may have grown since: then it is not the end any
    // more.
    const bool is_end_now = front.call == call_;
    forget_from(0);
    is_at_end_ = true;
    return is_end_now ? supply::end : supply::none_yet;
  }
  taken = std::move(queue_.front());
  queue_.erase(queue_.begin());
  taken->used = chunk::use::taken;
  is_at_end_ = taken->is_last;
  if (taken->is_last) {
    forget_from(0);
    next_offset_ = taken->end();
  } else {
    ahead_now_ = is_stream_ || taken->is_in_pieces ? 0 : chunks_ahead_;
  }
  return supply::chunk;
}

void read_ahead::release(chunk_ptr taken) noexcept {
  taken->used = chunk::use::none;
  taken->next_spare = std::move(spare_);
  spare_ = std::move(taken);
}

void read_ahead::return_chunk(chunk_ptr taken) noexcept {
  taken->used = chunk::use::queued;
  queue_.insert(queue_.begin(), std::move(taken));
}

// With nothing read ahead, it may be a long time until the next call.
void read_ahead::rest() noexcept {
  if (queue_.empty()) drop_spares();
}

void read_ahead::drop_spares() noexcept {
  while (spare_) spare_ = std::move(spare_->next_spare);
}

// Drops what is queued from `index` on. It will be read again.
void read_ahead::forget_from(std::size_t index) noexcept {
  ahead_now_ = 0;
  if (index == queue_.size()) return;
  next_offset_ = queue_[index]->begin();
  for (std::size_t i = index; i != queue_.size(); ++i) {
    chunk_ptr& dropped = queue_[i];
    if (dropped->transfer) {
      // Belongs to its transfer: `take_back`.
      dropped->used = chunk::use::dropped;
      static_cast<void>(dropped.release());
    } else {
      release(std::move(dropped));
    }
  }
  queue_.resize(index);
}

void read_ahead::forget_in_flight() noexcept {
  for (std::size_t i = 0; i != queue_.size(); ++i) {
    if (!queue_[i]->transfer) continue;
    forget_from(i);
    return;
  }
}

read_ahead::chunk_ptr read_ahead::make_chunk() noexcept {
  if (chunk_ptr free = std::move(spare_)) {
    spare_ = std::move(free->next_spare);
    return free;
  }
  return chunk_ptr(new (std::nothrow) chunk);
}

// Points a chunk at the place where the next one begins.
void read_ahead::aim(chunk& next) const noexcept {
  next.offset = align_down(next_offset_, alignment_.offset_bytes);
  next.skipped = static_cast<std::size_t>(next_offset_ - next.offset);
  const std::uint64_t left = end_offset_ - next.offset;
  // The end of the wanted range need not be aligned; the length of a read must be.
  next.last = left < chunk_bytes_ ? static_cast<std::size_t>(left) : chunk_bytes_;
  next.requested = static_cast<std::size_t>(align_up(next.last, alignment_.offset_bytes));
  next.room = 0;
  next.filled = 0;
  next.error = 0;
  next.is_last = false;
  next.is_called_off = false;
  next.was_short = false;
  next.is_in_pieces = false;
  next.call = call_;
}

// How much of a chunk the file probably has. If it has more, further reads follow.
std::uint64_t read_ahead::expected_bytes(const chunk& next) const noexcept {
  if (is_stream_ || next.room != 0) return next.requested;
  if (is_at_end_) return next.skipped + bytes_at_end;
  if (next.begin() >= size_when_opened_) return next.requested;
  // And a byte to find the end with.
  return size_when_opened_ - next.offset + 1;
}

// Allocates memory for that much, or for the whole chunk. False if there is none.
bool read_ahead::make_room(chunk& next) noexcept {
  const std::uint64_t aligned = align_up(expected_bytes(next), alignment_.offset_bytes);
  const std::size_t room = aligned < next.requested ? static_cast<std::size_t>(aligned)
                                                    : next.requested;
  if (next.memory.size() < room) {
    try {
      memory_block larger = file().core->blocks().take(room, alignment_.memory_bytes);
      if (next.filled != 0) std::memcpy(larger.data(), next.memory.data(), next.filled);
      next.memory = std::move(larger);
    } catch (const std::bad_alloc&) {
      return false;
    }
  }
  next.room = room;
  return true;
}

void read_ahead::plan(unstarted_transfers& wanted) {
  // Chunks that have been read in part.
  for (std::size_t i = 0; i != queue_.size(); ++i) {
    const bool is_unfinished = queue_[i]->used == chunk::use::reading && !queue_[i]->transfer;
    if (is_unfinished && !start_rest(i, wanted)) return;
  }
  const std::size_t limit = ahead_now_ + (is_waited_for() ? 1 : 0);
  while (queue_.size() < limit && next_offset_ < end_offset_) {
    chunk_ptr made = make_chunk();
    if (!made) {
      // What no call waits for can be tried again later.
      is_out_of_memory_ = queue_.empty() && is_waited_for();
      return;
    }
    aim(*made);
    made->used = chunk::use::reading;
    next_offset_ = made->end();
    queue_.push_back(std::move(made));
    if (!start_rest(queue_.size() - 1, wanted)) return;
  }
}

// False if there is no memory for it.
bool read_ahead::start_rest(std::size_t index, unstarted_transfers& wanted) noexcept {
  chunk& unfinished = *queue_[index];
  if (unfinished.filled == unfinished.room && !make_room(unfinished)) {
    is_out_of_memory_ = index == 0 && is_waited_for();
    forget_from(index);
    return false;
  }
  own_transfer& next = unfinished.transfer.emplace(operation_kind::read, only_on_, &unfinished);
  unfinished.place.iov_base = unfinished.memory.data() + unfinished.filled;
  unfinished.place.iov_len = unfinished.room - unfinished.filled;
  next.set_buffer(unfinished.offset + unfinished.filled, unfinished.place);
  next.needs_handle = is_stream_;
  wanted.add(next, shared_from_this());
  return true;
}

void read_ahead::discard(own_transfer& dropped) noexcept {
  chunk& its = *static_cast<chunk*>(dropped.of);
  its.transfer.reset();
  if (its.used == chunk::use::dropped) release(chunk_ptr(&its));
}

void read_ahead::take_back(own_transfer& done, std::int64_t result) {
  chunk& read = *static_cast<chunk*>(done.of);
  read.transfer.reset();
  if (read.used == chunk::use::dropped) return release(chunk_ptr(&read));
  const auto is_it = [&](const chunk_ptr& each) { return each.get() == &read; };
  const auto index = static_cast<std::size_t>(
      std::find_if(queue_.begin(), queue_.end(), is_it) - queue_.begin());
  const bool is_reported = is_waited_for() && index == 0 && !read.is_called_off;
  if (result == -ECANCELED && !is_reported) {
    // No call asks for it, not yet or not any more: it is read again when one does.
    forget_from(index);
  } else if (result < 0 && read.filled > read.skipped) {
    // What was read before the error is delivered first. A read of the rest reports the error
    // again.
    forget_from(index + 1);
    read.used = chunk::use::queued;
    read.last = std::min(read.last, read.filled);
    next_offset_ = read.end();
  } else {
    note_result(read, result);
  }
}

void read_ahead::note_result(chunk& read, std::int64_t result) noexcept {
  if (result > 0) {
    read.is_in_pieces = read.was_short;
    read.filled += static_cast<std::size_t>(result);
    read.was_short = read.filled < read.room;
    if (read.is_in_pieces) ahead_now_ = 0;
  }
  const bool is_full = read.filled >= read.last;
  // A read that ends at an offset where no direct read can begin cannot be continued from there
  // (open(2), O_DIRECT).
  const bool is_cut = result > 0 && !is_aligned(read.filled, alignment_.offset_bytes);
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
  for (const chunk_ptr& each : queue_) each->is_called_off = each->used == chunk::use::reading;
}

cancellation_handle read_ahead::called_off() const noexcept {
  for (const chunk_ptr& each : queue_) {
    if (each->is_called_off && each->transfer) return each->transfer->announced_handle;
  }
  return {};
}

}  // namespace asiofile::detail
