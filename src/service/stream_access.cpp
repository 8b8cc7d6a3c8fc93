// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The synchronous functions of a stream file that use its position.

#include "service/file_guard.hpp"
#include "service/transfer.hpp"
#include "system/posix_calls.hpp"
#include "system/system_calls.hpp"

#include <asiofile/detail/file_access.hpp>

#include <unistd.h>

#include <cerrno>
#include <functional>
#include <limits>

namespace asiofile::detail {

namespace {

// The entry of a synchronous function among the operations at a file's position, for which its
// thread waits.
class place_in_order {
 public:
  place_in_order(file_state& file, operation_kind like);
  ~place_in_order();
  place_in_order(const place_in_order&) = delete;
  place_in_order& operator=(const place_in_order&) = delete;

  // False on a closed file.
  explicit operator bool() const noexcept { return opening_ != nullptr; }
  [[nodiscard]] const file_facts& facts() const noexcept { return opening_->facts; }
  [[nodiscard]] descriptor& used() const noexcept { return *descriptor_; }
  [[nodiscard]] transfer_flags default_flags() noexcept {
    const core_lock lock(core_.mutex());
    return opening_->default_flags();
  }
  // The entry in the sequencer, with its offset and progress.
  [[nodiscard]] transfer_operation& place() noexcept { return place_; }
  [[nodiscard]] bool uses_descriptor_position() const noexcept {
    return opening_->uses_descriptor_position;
  }
  void move_to_position(std::uint64_t position) noexcept {
    const core_lock lock(core_.mutex());
    opening_->positions->move_to_position(position);
  }

 private:
  void leave(core_lock& lock, opening& from) noexcept ASIOFILE_REQUIRES(service_lock);

  service_core& core_;
  transfer_operation place_;
  opening* opening_ = nullptr;
  std::shared_ptr<descriptor> descriptor_;
};

place_in_order::place_in_order(file_state& file, operation_kind like)
    : core_(*file.core), place_(like) {
  place_.is_at_position = place_.is_placeholder = true;
  core_lock lock(core_.mutex());
  opening* const on = file_registry::open_in(file);
  if (!core_.is_running() || on == nullptr) return;
  place_.target = on;
  sequencer& positions = positions_of(*on);
  file_registry::retain(*on);
  descriptor_ = on->descriptor;
  opening_ = on;
  if (positions.enter(place_)) return;
  // By reference: an entry in the sequencer must not be lost if memory runs out.
  const auto is_met = [&]() ASIOFILE_REQUIRES(service_lock) {
    return on->state != open_state::open || positions.is_running(place_);
  };
  core_.wait_until(lock, std::ref(is_met));
  if (core_.is_running() && on->state == open_state::open) return;
  opening_ = nullptr;
  leave(lock, *on);
}

place_in_order::~place_in_order() {
  if (opening_ == nullptr) return;
  core_lock lock(core_.mutex());
  leave(lock, *opening_);
}

void place_in_order::leave(core_lock& lock, opening& from) noexcept {
  // While it waits, it is in the sequencer's queue.
  if (!from.positions->is_running(place_)) from.positions->take_out(place_);
  transfer_operation* const next = from.positions->leave(place_);
  // Also if the context is being destroyed: it is found there and dropped.
  if (next != nullptr && !next->is_placeholder) core_.resume(*next);
  core_.ensure_pass();
  core_.tell_of_change();  // look again: L17
  {
    // It may be the last user, which closes it.
    const lock_released meanwhile(lock);
    descriptor_.reset();
  }
  core_.files().release(from);
  core_.close_unused(lock);
}

// The position that a seek leads to, or an errno value, negated.
std::int64_t target_of(place_in_order& order, std::int64_t offset,
                       file_base::seek_basis whence) noexcept {
  system_calls& system = *order.facts().system;
  const int fd = order.facts().fd;
  std::int64_t start = 0;
  switch (whence) {
    case file_base::seek_set: break;
    case file_base::seek_cur:
      start = order.place().is_at_end ? file_size(system, fd)
                                      : static_cast<std::int64_t>(order.place().offset);
      break;
    case file_base::seek_end: start = file_size(system, fd); break;
    default: return -EINVAL;
  }
  if (start < 0) return start;
  if (offset > std::numeric_limits<std::int64_t>::max() - start) return -EOVERFLOW;
  return offset < -start ? -EINVAL : start + offset;
}

}  // namespace

int transfer_at_position(file_state& file, operation_kind kind, std::span<iovec> buffers,
                         const memory_slot* slot, std::size_t& bytes, write_flags flags) {
  bytes = 0;
  place_in_order order(file, kind);
  if (!order) return EBADF;
  if (are_of_another(file, buffers, slot)) return EINVAL;
  transfer_operation& place = order.place();
  if (place.is_at_end) {
    const std::int64_t end = file_size(*order.facts().system, order.facts().fd);
    if (end < 0) return static_cast<int>(-end);
    place.offset = static_cast<std::uint64_t>(end);
  }
  flagged_transfer how(file, order.used(), native_flags(flags), order.default_flags());
  const int error =
      how.tell(transfer_here(order.facts(), kind, place.offset, buffers, bytes, &how.flags));
  place.transferred = bytes;
  return error;
}

int seek(file_state& file, std::int64_t offset, file_base::seek_basis whence,
         std::uint64_t& position) {
  position = 0;
  // Refused immediately: what a FIFO's readers wait for may never come.
  if (const descriptor_use used(file); used && used.facts().is_stream) return ESPIPE;
  place_in_order order(file, operation_kind::read);
  if (!order) return EBADF;
  system_calls& system = *order.facts().system;
  const int fd = order.facts().fd;
  if (order.uses_descriptor_position())
    order.place().offset = current_position(system, fd);
  const std::int64_t target = target_of(order, offset, whence);
  if (target < 0) return static_cast<int>(-target);
  position = static_cast<std::uint64_t>(target);
  const bool is_question = whence == file_base::seek_cur && offset == 0;
  if (is_question) return 0;
  if (order.uses_descriptor_position()) {
    const std::int64_t moved = system.lseek(fd, target, SEEK_SET);
    return moved < 0 ? static_cast<int>(-moved) : 0;
  }
  order.move_to_position(position);
  return 0;
}

}  // namespace asiofile::detail
