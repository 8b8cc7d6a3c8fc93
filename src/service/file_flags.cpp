// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The flags that a file's transfers are made with.

#include "service/file_guard.hpp"
#include "service/service_core.hpp"
#include "system/system_calls.hpp"

#include <asiofile/detail/file_access.hpp>

#include <cerrno>

namespace asiofile::detail {

int set_priority(file_state& file, std::uint16_t priority) {
  const core_lock lock(file.core->mutex());
  opening* const on = file_registry::open_in(file);
  if (!file.core->is_running() || on == nullptr) return EBADF;
  if (priority == invalid_priority) return EINVAL;
  on->set_priority(priority);
  return 0;
}

int set_uncached(file_state& file, bool is_uncached) {
  const core_lock lock(file.core->mutex());
  opening* const on = file_registry::open_in(file);
  if (!file.core->is_running() || on == nullptr) return EBADF;
  on->set_uncached(is_uncached);
  return 0;
}

bool is_uncached(const file_state& file) noexcept {
  const core_lock lock(file.core->mutex());
  const opening* const on = file_registry::open_in(file);
  return file.core->is_running() && on != nullptr && on->is_uncached;
}

int untorn_writes(const file_state& file, untorn_write_limits& found) {
  const descriptor_use used(file);
  if (!used) return EBADF;
  const bool is_possible = used.facts().is_storage && used.facts().is_direct;
  found = is_possible ? used.system().untorn_writes(used.fd()) : untorn_write_limits();
  return 0;
}

}  // namespace asiofile::detail
