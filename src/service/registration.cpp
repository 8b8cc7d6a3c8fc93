// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// What a service registers with its ring: files, and the memory of `registered_buffers`.

#include "service/registration.hpp"

#include "engines/registry.hpp"
#include "service/file_guard.hpp"
#include "service/registered_memory.hpp"
#include "service/transfer.hpp"

#include <cerrno>
#include <span>
#include <utility>

namespace asiofile::detail {

int find_registry(service_core& core, std::shared_ptr<registry>& found) {
  {
    const core_lock lock(core.mutex());
    if (!core.is_running()) return ECANCELED;
    if (const int error = core.set_up()) return error;
  }
  found = core.engines().registry();
  return found ? 0 : EOPNOTSUPP;
}

int register_descriptor(file_state& file) {
  service_core& core = *file.core;
  const descriptor_use used(file);
  if (!used) return EBADF;
  if (is_registered(file)) return 0;
  std::shared_ptr<registry> ring;
  if (const int error = find_registry(core, ring)) return error == ECANCELED ? EBADF : error;
  // Without the lock: the ring may be busy with a submission.
  const int index = ring->add_descriptor(used.fd());
  if (index < 0) return -index;
  {
    const core_lock lock(core.mutex());
    // Another thread may have been here first.
    if (used.shared()->registered_index() == registered_indices::none) {
      used.shared()->set_registered(std::move(ring), static_cast<std::uint16_t>(index));
      return 0;
    }
  }
  ring->remove_descriptor(static_cast<std::uint16_t>(index));
  return 0;
}

bool is_registered(const file_state& file) noexcept {
  const core_lock lock(file.core->mutex());
  const opening* const on = file_registry::open_in(file);
  return file.core->is_running() && on != nullptr &&
         on->descriptor->registered_index() != registered_indices::none;
}

bool are_of_another(const file_state& file, std::span<const iovec> buffers,
                    const memory_slot* slot) noexcept {
  return slot != nullptr && !buffers.empty() && !slot->memory->belongs_to(*file.core);
}

}  // namespace asiofile::detail
