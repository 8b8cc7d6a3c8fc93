// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Writes a file from a given offset on: data is copied, and written while more is added.

#include "operations/range_check.hpp"
#include "readers/own_transfer.hpp"
#include "service/opening.hpp"
#include "service/service_core.hpp"
#include "system/block_pool.hpp"

#include <asiofile/detail/context_hold.hpp>
#include <asiofile/detail/sources.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace asiofile::detail {

namespace {

class write_behind : public background {
 public:
  write_behind(const background_file& target, const file_writer_options& options);

 private:
  // One buffer. Filled, then queued, then written, in as many pieces as it takes.
  struct part {
    // Empty while there is no data in it.
    memory_block memory;
    iovec place{};
    std::optional<own_transfer> transfer;
    bool is_free = true;
    std::uint64_t offset = 0;
    std::size_t filled = 0;
    std::size_t written = 0;
  };

  void prepare(const operation& call) override ASIOFILE_REQUIRES(mutex_);
  bool advance(operation& call) override ASIOFILE_REQUIRES(mutex_);
  void plan(unstarted_transfers& wanted) override ASIOFILE_REQUIRES(mutex_);
  void take_back(own_transfer& done, std::int64_t result) override ASIOFILE_REQUIRES(mutex_);
  void discard(own_transfer& dropped) noexcept override ASIOFILE_REQUIRES(mutex_);
  void rest() noexcept override ASIOFILE_REQUIRES(mutex_);
  void forget_in_flight() noexcept override ASIOFILE_REQUIRES(mutex_);
  // What is closed stays closed.
  [[nodiscard]] bool is_cancellable() const noexcept override
      ASIOFILE_REQUIRES(mutex_) {
    return !closing_;
  }

  bool take(call_answer& call) noexcept ASIOFILE_REQUIRES(mutex_);
  bool close(operation& call) noexcept ASIOFILE_REQUIRES(mutex_);
  [[nodiscard]] part* find_filling() noexcept ASIOFILE_REQUIRES(mutex_);
  void queue_filling() noexcept ASIOFILE_REQUIRES(mutex_);
  void fail(std::int64_t result) noexcept ASIOFILE_REQUIRES(mutex_);
  [[nodiscard]] bool is_any_in_flight() const noexcept ASIOFILE_REQUIRES(mutex_);

  const std::size_t buffer_bytes_;
  const std::size_t buffer_count_;
  const std::size_t memory_alignment_;
  // Where the writes land depends on the order in which they run.
  const bool is_in_order_;
  std::uint64_t next_offset_ ASIOFILE_GUARDED_BY(mutex_);
  // The first error, as an errno value, negated. Nothing is written after it.
  std::int64_t error_ ASIOFILE_GUARDED_BY(mutex_) = 0;

  // What is in flight may never complete: it belongs to another process.
  bool is_abandoned_ ASIOFILE_GUARDED_BY(mutex_) = false;

  std::vector<std::unique_ptr<part>> parts_ ASIOFILE_GUARDED_BY(mutex_);
  part* filling_ ASIOFILE_GUARDED_BY(mutex_) = nullptr;
  // In the order in which they were filled and are written. Never allocates.
  std::vector<part*> queue_ ASIOFILE_GUARDED_BY(mutex_);

  bool is_close_wanted_ ASIOFILE_GUARDED_BY(mutex_) = false;
  std::optional<own_transfer> closing_ ASIOFILE_GUARDED_BY(mutex_);
  // Set once it is closed: the result.
  std::optional<std::int64_t> closed_ ASIOFILE_GUARDED_BY(mutex_);
};

[[noreturn]] void refuse_buffer_size() {
  throw boost::system::system_error(
      boost::system::error_code(EINVAL, boost::system::system_category()),
      "asiofile: file_writer_options::buffer_bytes is no multiple of what a direct file demands");
}

write_behind::write_behind(const background_file& target, const file_writer_options& options)
    : background(target),
      buffer_bytes_(options.buffer_bytes),
      buffer_count_(options.buffers),
      memory_alignment_(target.alignment.memory_bytes),
      is_in_order_(target.is_stream || target.is_appended),
      next_offset_(target.start) {
  check_range("file_writer_options::buffer_bytes", options.buffer_bytes, 1, 1 << 30);
  check_range("file_writer_options::buffers", options.buffers, 1, 1024);
  parts_.reserve(buffer_count_);
  queue_.reserve(buffer_count_);
  if (!is_aligned(buffer_bytes_, target.alignment.offset_bytes)) refuse_buffer_size();
  // A write that fails is the last one, so it should not fail only because no thread could be
  // started.
  const context_hold held(file(), true);
  if (held.is_there()) file().core->engines().start_worker();
}

// Allocates memory for all of the call's data, as far as the limit allows.
void write_behind::prepare(const operation& call) {
  const call_answer& asked = answer_of(call);
  std::size_t needed = 0;
  for (std::size_t i = 0; i != asked.buffer_count; ++i) needed += asked.buffers[i].iov_len;
  std::size_t room = filling_ != nullptr ? buffer_bytes_ - filling_->filled : 0;
  for (std::size_t i = 0; room < needed && i != buffer_count_; ++i) {
    if (i == parts_.size()) parts_.push_back(std::make_unique<part>());
    part& next = *parts_[i];
    if (!next.is_free) continue;
    if (!next.memory)
      next.memory = file().core->blocks().take(buffer_bytes_, memory_alignment_);
    room += buffer_bytes_;
  }
}

// It may be a long time until the next call.
void write_behind::rest() noexcept {
  for (const auto& each : parts_) {
    if (each->is_free && !each->transfer) each->memory = {};
  }
}

bool write_behind::advance(operation& call) {
  if (only_on_ == 0) {
    call.result = -EBADF;
    return true;
  }
  call_answer& answer = answer_of(call);
  if (answer.asked == call_answer::request::close) return close(call);
  call.result = error_ == 0 && closed_ ? -EBADF : error_;
  if (call.result != 0) return true;
  if (answer.asked == call_answer::request::write) return take(answer);
  queue_filling();
  return queue_.empty();
}

// Copies as much as there is room for. Returns whether that was everything.
bool write_behind::take(call_answer& call) noexcept {
  while (call.buffer_count != 0) {
    if (call.buffers->iov_len == 0) {
      ++call.buffers;
      --call.buffer_count;
      continue;
    }
    part* const into = find_filling();
    if (into == nullptr) return false;
    const std::size_t bytes = std::min(call.buffers->iov_len, buffer_bytes_ - into->filled);
    std::memcpy(into->memory.data() + into->filled, call.buffers->iov_base, bytes);
    into->filled += bytes;
    call.buffers->iov_base = static_cast<std::byte*>(call.buffers->iov_base) + bytes;
    call.buffers->iov_len -= bytes;
    call.bytes += bytes;
    if (into->filled == buffer_bytes_) queue_filling();
  }
  return true;
}

// Everything else comes first. An error does not keep the file from being closed.
bool write_behind::close(operation& call) noexcept {
  queue_filling();
  const bool is_idle = error_ == 0 ? queue_.empty() : !is_any_in_flight();
  is_close_wanted_ = is_idle && !closed_;
  if (!closed_) return false;
  call.result = error_ != 0 ? error_ : *closed_;
  return true;
}

write_behind::part* write_behind::find_filling() noexcept {
  if (filling_ != nullptr) return filling_;
  for (const auto& each : parts_) {
    if (!each->is_free || !each->memory) continue;
    filling_ = each.get();
    filling_->is_free = false;
    filling_->filled = filling_->written = 0;
    break;
  }
  return filling_;
}

void write_behind::queue_filling() noexcept {
  if (filling_ == nullptr) return;
  filling_->offset = next_offset_;
  next_offset_ += filling_->filled;
  queue_.push_back(std::exchange(filling_, nullptr));
}

void write_behind::plan(unstarted_transfers& wanted) {
  if (error_ == 0) {
    for (part* const each : queue_) {
      if (!each->transfer) {
        own_transfer& next = each->transfer.emplace(operation_kind::write, only_on_, each);
        each->place = {each->memory.data() + each->written, each->filled - each->written};
        next.set_buffer(each->offset + each->written, each->place);
        wanted.add(next, shared_from_this());
      }
      if (is_in_order_) break;
    }
  }
  if (std::exchange(is_close_wanted_, false) && !closing_) {
    closing_.emplace(operation_kind::close, only_on_, nullptr);
    wanted.add(*closing_, shared_from_this());
  }
}

void write_behind::take_back(own_transfer& done, std::int64_t result) {
  if (done.of == nullptr) {
    closing_.reset();
    // In a forked child it is known already: `forget_in_flight`.
    if (!closed_) closed_ = result;
    return;
  }
  part& its = *static_cast<part*>(done.of);
  its.transfer.reset();
  if (result > 0) its.written += static_cast<std::size_t>(result);
  // A write of 0 bytes without an error: the file accepts nothing.
  if (result <= 0) fail(result == 0 ? -EIO : result);
  if (its.written != its.filled && error_ == 0) return;  // `plan` starts the rest
  std::erase(queue_, &its);
  its.is_free = true;
}

void write_behind::discard(own_transfer& dropped) noexcept {
  if (dropped.of == nullptr)
    closing_.reset();
  else
    static_cast<part*>(dropped.of)->transfer.reset();
}

// What was in flight is the parent's to write. The error also stops further writes, and waiting for
// buffers that may never be returned.
void write_behind::forget_in_flight() noexcept {
  if (closing_ && !closed_) closed_ = -ECANCELED;
  if (!is_any_in_flight()) return;
  fail(-ECANCELED);
  is_abandoned_ = true;
}

// Nothing more is written: it would follow a hole.
void write_behind::fail(std::int64_t result) noexcept {
  if (error_ == 0) error_ = result;
  const auto is_left = [](const part* each) { return !each->transfer; };
  for (part* const each : queue_) each->is_free = is_left(each);
  std::erase_if(queue_, is_left);
  if (filling_ != nullptr) std::exchange(filling_, nullptr)->is_free = true;
}

bool write_behind::is_any_in_flight() const noexcept {
  const auto is_in_flight = [](const auto& each) { return each->transfer.has_value(); };
  return !is_abandoned_ && std::ranges::any_of(parts_, is_in_flight);
}

}  // namespace

background_ptr make_write_behind(const file_state_ptr& file, const file_writer_options& options,
                                 starting_place where) {
  return std::make_shared<fork_safe<write_behind>>(look_at(file, options.offset, where), options);
}

}  // namespace asiofile::detail
