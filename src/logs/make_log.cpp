// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Logs, for the templates.

#include "logs/log_state.hpp"
#include "operations/range_check.hpp"
#include "service/alignment.hpp"
#include "service/file_guard.hpp"
#include "service/service_core.hpp"
#include "system/posix_calls.hpp"

#include <asiofile/detail/context_hold.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <fcntl.h>

#include <cstdint>
#include <memory>

namespace asiofile::detail {

namespace {

constexpr std::uint64_t offset_max = ~std::uint64_t{0} >> 1;
constexpr std::uint64_t preallocated_bytes_max = std::uint64_t{1} << 62;

[[noreturn]] void throw_error(int error, const char* what) {
  throw boost::system::system_error(
      boost::system::error_code(error, boost::system::system_category()), what);
}

void check(const append_log_options& options) {
  check_range("append_log_options::buffer_bytes", options.buffer_bytes, 1, 1 << 30);
  if (options.offset.value_or(0) > offset_max)
    refuse_option("append_log_options::offset", "is above 2^63 - 1");
  if (options.preallocated_bytes > preallocated_bytes_max)
    refuse_option("append_log_options::preallocated_bytes", "is above 2^62");
}

log_file look_at_file(const file_state_ptr& file, const append_log_options& options) {
  log_file seen;
  seen.state = file;
  const auto found = view_of(*file);
  if (!found) return seen;
  const file_facts& facts = found->facts;
  if ((facts.status_flags & O_APPEND) != 0)
    refuse_option("append_log", "on a file opened with append");
  if (!facts.is_storage) refuse_option("append_log", "on what is no regular file or block device");
  seen.only_on = found->number;
  seen.alignment = alignment_of(facts);
  // This may wait for a server, so it is done only if the log begins at the end of the file, or
  // makes the file longer than its records.
  if (!options.offset || options.preallocated_bytes != 0 || facts.is_direct) {
    const std::int64_t size = file_size(*facts.system, facts.fd);
    if (size < 0) throw_error(static_cast<int>(-size), "asiofile: append_log");
    seen.size = static_cast<std::uint64_t>(size);
  }
  // What the first chain would make: a batch should not fail because memory is exhausted.
  const core_lock lock(file->core->mutex());
  static_cast<void>(found->used->commits());
  return seen;
}

}  // namespace

log_state_ptr make_log(const file_state_ptr& file, const append_log_options& options) {
  check(options);
  const auto made = std::make_shared<fork_safe<log_state>>(look_at_file(file, options), options);
  const context_hold held(*file, true);
  if (!held.is_there()) return made;
  // Without a wake-up no call could ever end.
  if (const int error = made->core().set_up_for_engines())
    throw_error(error, "asiofile: append_log");
  // A failed write is final, so it should not fail only because no thread could be started.
  made->core().engines().start_worker();
  return made;
}

service_core& core_of(const log_state& log) noexcept { return log.core(); }

std::uint64_t announce_call(log_state& of) noexcept { return of.announce_call(); }

bool begin_call(log_state& of, operation_ptr& call, const log_request& asked, std::uint64_t number,
                bool wants_result, operation_result& over) {
  return of.begin_call(call, asked, number, wants_result, over);
}

void cancel_call(log_state& of, std::uint64_t number) { of.cancel_call(number); }

void abandon(log_state& left) noexcept { left.abandon(); }

std::uint64_t next_offset(const log_state& of) noexcept { return of.next_offset(); }

std::uint64_t durable_end(const log_state& of) noexcept { return of.durable_end(); }

}  // namespace asiofile::detail
