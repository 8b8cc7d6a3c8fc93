// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "operations/speculation.hpp"

#include "operations/completion.hpp"
#include "operations/nowait_transfer.hpp"
#include "system/cached_open.hpp"
#include "system/file_look.hpp"
#include "system/system_calls.hpp"

#include <asiofile/detail/job.hpp>

#include <fcntl.h>

#include <cerrno>

namespace asiofile::detail {

bool try_close(close_operation& wanted) noexcept {
  const file_facts& facts = wanted.facts();
  if (!closes_quickly(facts)) return false;
  wanted.result = facts.system->close(facts.fd);
  return true;
}

bool try_open(open_operation& wanted) noexcept {
  wanted.result =
      wanted.task != nullptr
          ? wanted.task->try_now(wanted.found, wanted.status)
          : open_cached({.base = AT_FDCWD,
                         .path = wanted.path,
                         .open_flags = wanted.flags,
                         .was_regular = wanted.was_regular},
                        wanted.found, wanted.status);
  wanted.was_regular = wanted.result >= 0;
  return wanted.was_regular;
}

bool is_close_worth_trying(const close_operation& next) noexcept {
  return next.facts().is_local && !next.syncs && next.table == nullptr && !next.may_be_held;
}

bool is_write_worth_trying(const transfer_operation& next) noexcept {
  speculation_history& history = next.target->speculation;
  return is_small_buffered_write(next) && !history.writes_need_worker &&
         (next.facts().status_flags & O_APPEND) == 0 && history.writes.may_try();
}

}  // namespace asiofile::detail
