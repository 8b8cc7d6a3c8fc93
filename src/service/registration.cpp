// What a service tells its ring of beforehand: files, and the memory of `registered_buffers`.

#include "engines/registry.hpp"
#include "service/registered_memory.hpp"
#include "service/service_core.hpp"
#include "service/transfer.hpp"

#include <cerrno>
#include <span>
#include <utility>

namespace asiofile::detail {

int service_core::find_registry(std::shared_ptr<registry>& found) {
  const mutex_lock lock(mutex_);
  if (is_shut_down_) return ECANCELED;
  if (const int error = set_up_engines()) return error;
  // Not of one that is given up.
  if (router_.preferred() != backend::io_uring) return EOPNOTSUPP;
  found = router_.registry();
  return found ? 0 : EOPNOTSUPP;
}

int service_core::register_descriptor(file_state& file) {
  const std::shared_ptr<descriptor> used = use(file);
  if (!used) return EBADF;
  if (is_registered(file)) return 0;
  std::shared_ptr<registry> ring;
  if (const int error = find_registry(ring)) return error == ECANCELED ? EBADF : error;
  // Without the mutex: the ring may be busy with a submission.
  const int index = ring->add_descriptor(used->fd());
  if (index < 0) return -index;

  mutex_lock lock(mutex_);
  // Another thread may have been here first.
  if (used->registered_index() == registered_indices::none) {
    used->set_registered(std::move(ring), static_cast<std::uint16_t>(index));
    return 0;
  }
  lock.unlock();
  ring->remove_descriptor(static_cast<std::uint16_t>(index));
  return 0;
}

bool service_core::is_registered(const file_state& file) noexcept {
  const mutex_lock lock(mutex_);
  if (is_shut_down_ || !file.current || file.current->status != open_state::open) return false;
  return file.current->descriptor->registered_index() != registered_indices::none;
}

bool are_of_another(const file_state& file, std::span<const iovec> buffers,
                    const memory_slot* slot) noexcept {
  return slot != nullptr && !buffers.empty() && !slot->memory->belongs_to(*file.core);
}

// Whether the slot that the operation lies in may be used: it is of this service.
bool service_core::admit_registered(operation& candidate) const noexcept {
  const memory_slot& slot = *candidate.slot.get();
  if (!slot.memory->belongs_to(*this)) return false;
  candidate.registered.buffer = slot.memory->index_in(router_.registry().get(), slot);
  return true;
}

}  // namespace asiofile::detail
