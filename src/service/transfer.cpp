// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "service/transfer.hpp"

#include "operations/completion.hpp"
#include "service/file_guard.hpp"
#include "service/registered_memory.hpp"
#include "system/flagged_transfer.hpp"
#include "system/interruptible.hpp"
#include "system/posix_calls.hpp"
#include "system/system_calls.hpp"
#include "system/uninterrupted.hpp"

#include <cerrno>

namespace asiofile::detail {

int transfer(file_state& file, operation_kind kind, std::uint64_t offset,
             std::span<iovec> buffers, const memory_slot* slot, std::size_t& bytes,
             write_flags flags) {
  bytes = 0;
  const descriptor_use used(file);
  if (!used) return EBADF;
  // One invalid offset stands for the descriptor's own position.
  const bool is_valid = buffers.empty() || used.facts().is_stream || is_offset(offset);
  if (!is_valid || are_of_another(file, buffers, slot)) return EINVAL;
  flagged_transfer how(file, *used.shared(), native_flags(flags), used.default_flags());
  return how.tell(transfer_here(used.facts(), kind, offset, buffers, bytes, &how.flags));
}

int transfer_here(const file_facts& facts, operation_kind kind, std::uint64_t offset,
                  std::span<iovec> buffers, std::size_t& bytes, transfer_flags* flags) {
  std::uint64_t requested = 0;
  for (const iovec& each : buffers) requested += each.iov_len;
  const bool has_offset =
      !facts.is_stream && offset != transfer_operation::descriptor_position;
  const bool is_flagged = flags != nullptr && *flags != 0;
  if (is_flagged && facts.is_stream && requested != 0) return EINVAL;
  std::uint64_t done = 0;
  std::int64_t result = 0;
  iovec* rest = buffers.data();
  auto count = static_cast<std::uint32_t>(buffers.size());
  while (result >= 0 && done != requested) {
    const auto call = [&] {
      return is_flagged ? transfer_some_flagged(*facts.system, facts.fd, kind, !has_offset,
                                                offset + done, rest, count, *flags)
                        : transfer_some(*facts.system, facts.fd, kind, !has_offset, offset + done,
                                        rest, count);
    };
    result = kind == operation_kind::read ? uninterrupted(call) : writing(call);
    // As the asynchronous functions do on a descriptor that is open with O_NONBLOCK.
    if (result == -EAGAIN && facts.is_stream &&
        wait_until_ready(facts.fd, kind == operation_kind::write)) {
      result = 0;
      continue;
    }
    if (result <= 0) break;
    done += static_cast<std::uint64_t>(result);
    drop_front(rest, count, static_cast<std::uint64_t>(result));
    // Only the limit of one system call is compensated for.
    if (static_cast<std::uint64_t>(result) != transfer_bytes_max) break;
  }
  bytes = static_cast<std::size_t>(done);
  return transfer_error(kind, requested, done, result);
}

flagged_transfer::flagged_transfer(file_state& file, descriptor& used, transfer_flags own,
                                   transfer_flags defaults)
    : flags(own | defaults), file_(file), used_(used) {
  if ((flags & durable_flag) == 0) return;
  const core_lock lock(file_.core->mutex());
  failures_before_ = used_.commits().failures();
}

int flagged_transfer::tell(int error) noexcept {
  const bool was_refused = (asked_for_ & uncached_flag) != (flags & uncached_flag);
  if (!was_refused && (flags & durable_flag) == 0) return error;
  const core_lock lock(file_.core->mutex());
  opening* const on = file_registry::open_in(file_);
  if (was_refused && on != nullptr && on->descriptor.get() == &used_) on->set_uncached(false);
  if ((flags & durable_flag) == 0) return error;
  group_commit& commits = used_.commits();
  if (error == 0) return commits.verdict_since(failures_before_);
  if (is_lost_data(-error)) commits.note_failure(error);
  return error;
}

}  // namespace asiofile::detail
