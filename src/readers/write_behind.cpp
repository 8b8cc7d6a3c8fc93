// Writes a file from one place on: what it is given is copied, and written while more comes.

#include "operations/range_check.hpp"
#include "readers/own_transfer.hpp"
#include "service/alignment.hpp"
#include "service/file_state.hpp"
#include "service/service_core.hpp"
#include "system/posix_calls.hpp"

#include <asiofile/aligned_buffer.hpp>
#include <asiofile/detail/sources.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <fcntl.h>
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

class write_behind final : public background {
 public:
  write_behind(const file_state_ptr& target, const file_writer_options& options,
               starting_place where);

 private:
  // One buffer. Filled, then queued, then written, in as many pieces as it takes.
  struct part {
    aligned_buffer memory;
    iovec place{};
    std::optional<own_transfer> transfer;
    bool is_free = true;
    std::uint64_t offset = 0;
    std::size_t filled = 0;
    std::size_t written = 0;
  };

  void prepare(const operation& call) override;
  bool advance(operation& call) override;
  void plan(unstarted_transfers& wanted) override;
  void take_back(own_transfer& done, std::int64_t result) override;
  // What is closed stays closed.
  [[nodiscard]] bool is_cancellable() const noexcept override { return !closing_; }

  bool take(operation& call) noexcept;
  bool close(operation& call) noexcept;
  [[nodiscard]] part* find_filling() noexcept;
  void queue_filling() noexcept;
  void fail(std::int64_t result) noexcept;
  [[nodiscard]] bool is_any_in_flight() const noexcept;

  const std::size_t buffer_bytes_;
  const std::size_t buffer_count_;
  std::size_t memory_alignment_ = aligned_buffer::default_alignment_bytes;
  // Where the writes land depends on the order in which they run.
  bool is_in_order_ = false;
  std::uint64_t next_offset_ = 0;
  // The first error, as an errno value, negated. Nothing is written after it.
  std::int64_t error_ = 0;

  std::vector<std::unique_ptr<part>> parts_;
  part* filling_ = nullptr;
  // In the order in which they were filled; the first is written first. Never allocates.
  std::vector<part*> queue_;

  bool is_close_wanted_ = false;
  std::optional<own_transfer> closing_;
  // Is closed, with this result.
  std::optional<std::int64_t> closed_;
};

constexpr std::size_t no_part = ~std::size_t{0};

[[noreturn]] void refuse_buffer_size() {
  throw boost::system::system_error(
      boost::system::error_code(EINVAL, boost::system::system_category()),
      "asiofile: file_writer_options::buffer_bytes is no multiple of what a direct file demands");
}

write_behind::write_behind(const file_state_ptr& target, const file_writer_options& options,
                           starting_place where)
    : background(target), buffer_bytes_(options.buffer_bytes), buffer_count_(options.buffers) {
  check_range("file_writer_options::buffer_bytes", options.buffer_bytes, 1, 1 << 30);
  check_range("file_writer_options::buffers", options.buffers, 1, 1024);
  parts_.reserve(buffer_count_);
  queue_.reserve(buffer_count_);
  next_offset_ = options.offset.value_or(0);
  const auto found = file().core->opening_of(file());
  if (!found) return;
  is_in_order_ = found->descriptor->is_stream() ||
                 (found->descriptor->status_flags() & O_APPEND) != 0;
  const io_alignment needed = alignment_of(*found->descriptor);
  memory_alignment_ = std::max(memory_alignment_, needed.memory_bytes);
  if (!is_aligned(buffer_bytes_, needed.offset_bytes)) refuse_buffer_size();
  if (options.offset || where == starting_place::beginning) return;
  next_offset_ = found->is_at_end
                     ? static_cast<std::uint64_t>(std::max<std::int64_t>(
                           file_size(found->descriptor->fd()), 0))
                     : found->position;
}

void write_behind::prepare(const operation& call) {
  std::size_t needed = 0;
  for (std::size_t i = 0; i != call.buffer_count; ++i) needed += call.buffers[i].iov_len;
  std::size_t room = filling_ != nullptr ? buffer_bytes_ - filling_->filled : 0;
  for (const auto& each : parts_) room += each->is_free ? buffer_bytes_ : 0;
  for (; room < needed && parts_.size() != buffer_count_; room += buffer_bytes_) {
    auto added = std::make_unique<part>();
    added->memory = aligned_buffer(buffer_bytes_, memory_alignment_);
    parts_.push_back(std::move(added));
  }
}

bool write_behind::advance(operation& call) {
  if (only_of_ == nullptr) {
    call.result = -EBADF;
    return true;
  }
  if (answer_of(call).asked == call_answer::request::close) return close(call);
  call.result = error_ == 0 && closed_ ? -EBADF : error_;
  if (call.result != 0) return true;
  if (answer_of(call).asked == call_answer::request::write) return take(call);
  queue_filling();
  return queue_.empty();
}

// Copies as much as there is room for. Over when that is all.
bool write_behind::take(operation& call) noexcept {
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
    answer_of(call).bytes += bytes;
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
    if (!each->is_free) continue;
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
        const auto is_it = [&](const auto& one) { return one.get() == each; };
        const auto index = std::ranges::find_if(parts_, is_it) - parts_.begin();
        own_transfer& next = each->transfer.emplace(operation_kind::write,
                                                    static_cast<std::size_t>(index));
        each->place = {each->memory.data() + each->written, each->filled - each->written};
        next.only_of = only_of_;
        next.offset = each->offset + each->written;
        next.buffers = &each->place;
        next.buffer_count = 1;
        next.requested = each->place.iov_len;
        wanted.add(next, shared_from_this());
      }
      if (is_in_order_) break;
    }
  }
  if (std::exchange(is_close_wanted_, false) && !closing_) {
    closing_.emplace(operation_kind::close, no_part);
    closing_->only_of = only_of_;
    wanted.add(*closing_, shared_from_this());
  }
}

void write_behind::take_back(own_transfer& done, std::int64_t result) {
  if (done.index == no_part) {
    closing_.reset();
    closed_ = result;
    return;
  }
  part& its = *parts_[done.index];
  its.transfer.reset();
  if (result > 0) its.written += static_cast<std::size_t>(result);
  // A file that takes nothing and names no reason.
  if (result <= 0) fail(result == 0 ? -EIO : result);
  if (its.written != its.filled && error_ == 0) return;  // `plan` starts the rest
  std::erase(queue_, &its);
  its.is_free = true;
}

// Nothing more is written: what comes after a hole would be out of place.
void write_behind::fail(std::int64_t result) noexcept {
  if (error_ == 0) error_ = result;
  const auto is_left = [](const part* each) { return !each->transfer; };
  for (part* const each : queue_) each->is_free = is_left(each);
  std::erase_if(queue_, is_left);
  if (filling_ != nullptr) std::exchange(filling_, nullptr)->is_free = true;
}

bool write_behind::is_any_in_flight() const noexcept {
  return std::ranges::any_of(parts_, [](const auto& each) { return each->transfer.has_value(); });
}

}  // namespace

std::shared_ptr<background> make_write_behind(const file_state_ptr& file,
                                              const file_writer_options& options,
                                              starting_place where) {
  return std::make_shared<write_behind>(file, options, where);
}

}  // namespace asiofile::detail
