// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The synchronous functions of file objects.

#include <asiofile/detail/file_access.hpp>

#include "operations/completion.hpp"
#include "service/alignment.hpp"
#include "service/file_guard.hpp"
#include "service/registered_memory.hpp"
#include "service/transfer.hpp"
#include "system/file_look.hpp"
#include "system/owned_fd.hpp"
#include "system/posix_calls.hpp"
#include "system/system_calls.hpp"
#include "system/uninterrupted.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace asiofile::detail {

namespace {

int error_of(std::int64_t result) noexcept { return result < 0 ? static_cast<int>(-result) : 0; }

constexpr bool syncs_on_close(file_base::flags flags) noexcept {
  return (static_cast<unsigned>(flags) & file_base::sync_on_close) != 0;
}

}  // namespace

// ---- what file objects are

file_state::file_state(std::shared_ptr<service_core> owner) : core(std::move(owner)) {
  const core_lock lock(core->mutex());
  core->files().add(*this);
}

file_state::~file_state() {
  core_lock lock(core->mutex(), core->is_forked_copy());
  file_registry& files = core->files();
  files.remove(*this);
  if (opening* const left = files.take(*this)) files.release(*left);
  core->close_unused(lock);
}

file_state_ptr make_file(const std::shared_ptr<service_core>& service, const void* native) {
  service->set_executor(native);
  return std::make_shared<file_state>(service);
}

void abandon(file_state& file) noexcept {
  service_core& core = *file.core;
  core_lock lock(core.mutex(), core.is_forked_copy());
  file.is_abandoned = true;
  opening* const left = core.files().take(file);
  if (left == nullptr) return;
  if (left->state != open_state::closed) {
    left->state = open_state::closed;
    if (core.is_running() && !core.is_forked_copy()) core.cancel_all(*left);
  }
  core.files().release(*left);
  core.close_unused(lock);
}

file_state_ptr clone(const file_state& file) {
  auto copy = std::make_shared<file_state>(file.core);
  const std::optional<opening_view> original = view_of(file);
  if (!original) return copy;
  auto made = std::make_unique<opening>();
  auto positions = std::make_unique<sequencer>();
  const core_lock lock(file.core->mutex());
  const opening* const current = file_registry::open_in(file);
  // A clone of a closed file is closed.
  if (!file.core->is_running() || current == nullptr || current->number != original->number)
    return copy;
  made->descriptor = original->used;
  made->descriptor->add_opening();
  made->facts = original->facts;
  made->speculation = current->speculation;
  made->set_priority(current->priority);
  made->set_uncached(current->is_uncached);
  made->state = open_state::open;
  // A position of its own.
  positions->start_at(original->position, original->is_at_end);
  made->positions = std::move(positions);
  file.core->files().give(*copy, std::move(made));
  return copy;
}

// ---- opening and closing

int adopt(file_state& file, const file_facts& facts, ownership owner, bool syncs_on_close,
          bool uses_descriptor_position) {
  service_core& core = *file.core;
  auto made = std::make_unique<opening>();
  const core_lock lock(core.mutex());
  if (!core.is_running()) return ECANCELED;
  if (file_registry::is_used(file)) return already_open;
  if (const int error = core.set_up()) return error;
  give_descriptor(*made, facts, owner, syncs_on_close);
  made->uses_descriptor_position = uses_descriptor_position;
  made->state = open_state::open;
  core.files().give(file, std::move(made));
  return 0;
}

// Whether the file object can be given a file, and engines can be made for it: asked before there
// is one.
int check_closed(file_state& file) {
  const core_lock lock(file.core->mutex());
  if (!file.core->is_running()) return ECANCELED;
  return file_registry::is_used(file) ? already_open : file.core->set_up();
}

int open(file_state& file, const char* path, std::size_t path_size, file_base::flags flags,
         unsigned permissions) {
  service_core& core = *file.core;
  if (std::strlen(path) != path_size) return EINVAL;
  if (const int error = check_closed(file)) return error;
  const std::int64_t fd =
      open_path(*core.system(), core.base(), path, static_cast<int>(flags), permissions);
  if (fd < 0) return static_cast<int>(-fd);
  return take_opened(file, static_cast<int>(fd), flags);
}

int take_opened(file_state& file, int fd, file_base::flags flags) {
  service_core& core = *file.core;
  owned_fd opened(core.system(), fd);
  const file_facts facts = look_at_file(*core.system(), fd, static_cast<int>(flags));
  int error = core.engines().opened(facts);
  const bool appends = (facts.status_flags & O_APPEND) != 0;
  if (error == 0) error = adopt(file, facts, ownership::owned, syncs_on_close(flags), appends);
  if (error == 0) opened.release();
  return error;
}

int assign(file_state& file, int fd, ownership owner) {
  service_core& core = *file.core;
  if (const int error = check_closed(file)) return error;
  const file_facts facts = look_at_file(*core.system(), fd, 0);
  if (facts.fd == -1) return EBADF;
  if (const int error = core.engines().opened(facts)) return error;
  // Others may use the same open file description, and rely on the same behaviour.
  return adopt(file, facts, owner, false, true);
}

namespace {

// Detaches the file object's opening, cancels its operations and waits for them. The caller must
// pass the returned descriptor to `leaves_last`. Null on a closed file, and if an asynchronous
// close came first.
std::shared_ptr<descriptor> detach(file_state& file, bool leaves_position) {
  service_core& core = *file.core;
  core_lock lock(core.mutex());
  opening* const left = core.files().take_to_close(file);
  if (left == nullptr) {
    // Another thread's close, or an asynchronous one, may be waiting for what still uses buffers.
    core.wait_until(lock, [&file] { return file.ending == 0; });
    return nullptr;
  }
  const bool was_open = left->state == open_state::open;
  left->state = open_state::closed;
  if (core.is_running()) core.cancel_all(*left);
  core.wait_until(lock, [left] { return left->operations.empty(); });
  const bool is_closed = left->descriptor == nullptr || left->descriptor->fd() == -1;
  std::shared_ptr<descriptor> taken =
      was_open && !is_closed ? std::move(left->descriptor) : nullptr;
  std::optional<std::uint64_t> position;
  bool is_at_end = false;
  if (leaves_position && left->positions && left->positions->has_moved()) {
    position = left->positions->position();
    is_at_end = left->positions->is_at_end();
  }
  core.files().release(*left);
  core.close_unused(lock);
  if (taken && position) {
    // The next user of the descriptor continues where the file object ended.
    const lock_released meanwhile(lock);
    set_current_position(taken->system(), taken->fd(), is_at_end, *position);
  }
  return taken;
}

// Clones share the descriptor: the last one closes it, and not before all have synchronised it.
bool leaves_last(service_core& core, std::shared_ptr<descriptor>& used) noexcept {
  const core_lock lock(core.mutex());
  return file_registry::leave(used);
}

int close_last(service_core& core, descriptor& used) noexcept {
  if (core.engines().may_hold_files()) core.engines().release_files();
  return used.close();
}

bool is_shared(service_core& core, const std::shared_ptr<descriptor>& used) noexcept {
  const core_lock lock(core.mutex());
  return used->openings() > 1 || !descriptor::is_only(used);
}

}  // namespace

int close(file_state& file) {
  std::shared_ptr<descriptor> left = detach(file, false);
  if (!left) return 0;
  const std::int64_t synced =
      left->syncs_on_close() ? sync_file(left->system(), left->fd(), operation_kind::sync_all) : 0;
  const int error = leaves_last(*file.core, left) ? close_last(*file.core, *left) : 0;
  return synced < 0 ? static_cast<int>(-synced) : error;
}

int release(file_state& file, int& fd) {
  fd = -1;
  service_core& core = *file.core;
  std::shared_ptr<descriptor> left = detach(file, true);
  if (!left) return EBADF;
  if (!left->is_owned()) {
    fd = left->fd();
    static_cast<void>(leaves_last(core, left));
    return 0;
  }
  // A clone still uses it, so it must not change.
  if (is_shared(core, left)) {
    const std::int64_t duplicate = left->system().duplicate(left->fd());
    // The clone may have been closed meanwhile.
    if (leaves_last(core, left)) close_last(core, *left);
    if (duplicate < 0) return static_cast<int>(-duplicate);
    fd = static_cast<int>(duplicate);
    return 0;
  }
  static_cast<void>(leaves_last(core, left));
  left->unregister();
  fd = left->release();
  return 0;
}

bool is_open(const file_state& file) noexcept {
  const core_lock lock(file.core->mutex());
  return file.core->is_running() && file_registry::open_in(file) != nullptr;
}

int native_handle(const file_state& file) noexcept {
  const core_lock lock(file.core->mutex());
  const opening* const on = file_registry::open_in(file);
  return file.core->is_running() && on != nullptr ? on->facts.fd : -1;
}

int cancel_all(file_state& file) {
  service_core& core = *file.core;
  const core_lock lock(core.mutex());
  if (!core.is_running() || !file_registry::is_used(file)) return EBADF;
  core.cancel_all(*file.current);
  return 0;
}

// ---- using

descriptor_use::descriptor_use(const file_state& file) noexcept {
  const core_lock lock(file.core->mutex());
  const opening* const on = file_registry::open_in(file);
  if (!file.core->is_running() || on == nullptr) return;
  descriptor_ = on->descriptor;
  descriptor_->add_user();
  facts_ = on->facts;
  default_flags_ = on->default_flags();
}

descriptor_use::~descriptor_use() {
  if (descriptor_) descriptor_->remove_user();
}

std::optional<opening_view> view_of(const file_state& file) {
  opening_view view;
  bool uses_descriptor_position = false;
  {
    const core_lock lock(file.core->mutex());
    const opening* const on = file_registry::open_in(file);
    if (!file.core->is_running() || on == nullptr) return std::nullopt;
    view.number = on->number;
    view.used = on->descriptor;
    view.facts = on->facts;
    uses_descriptor_position = on->uses_descriptor_position && !on->facts.is_stream;
    if (on->positions) {
      view.position = on->positions->position();
      view.is_at_end = on->positions->is_at_end();
    }
  }
  if (uses_descriptor_position) {
    view.position = current_position(*view.facts.system, view.facts.fd);
    view.is_at_end = false;
  }
  return view;
}

int alignment(const file_state& file, io_alignment& found) {
  const descriptor_use used(file);
  if (!used) return EBADF;
  found = alignment_of(used.facts());
  return 0;
}

int size(const file_state& file, std::uint64_t& bytes) {
  bytes = 0;
  const descriptor_use used(file);
  const std::int64_t result = used ? file_size(used.system(), used.fd()) : -EBADF;
  if (result > 0) bytes = static_cast<std::uint64_t>(result);
  return error_of(result);
}

int status(const file_state& file, file_status& found) {
  const descriptor_use used(file);
  return used ? error_of(find_status(used.system(), used.fd(), found)) : EBADF;
}

int change_space(file_state& file, space_change change, std::uint64_t offset,
                 std::uint64_t length) {
  const descriptor_use used(file);
  if (!used) return EBADF;
  if (!is_range(offset, length)) return EINVAL;
  return error_of(
      writing([&] { return change_space(used.system(), used.fd(), change, offset, length); }));
}

int advise(file_state& file, std::uint64_t offset, std::uint64_t length, file_advice advice) {
  const descriptor_use used(file);
  if (!used) return EBADF;
  if (!is_range(offset, length)) return EINVAL;
  return error_of(advise_range(used.system(), used.fd(), offset, length, advice));
}

int resize(file_state& file, std::uint64_t size) {
  const descriptor_use used(file);
  if (!used) return EBADF;
  if (!is_offset(size)) return EINVAL;
  return error_of(writing([&] { return resize_file(used.system(), used.fd(), size); }));
}

int sync(file_state& file, operation_kind kind) {
  const descriptor_use used(file);
  if (!used) return EBADF;
  service_core& core = *file.core;
  std::uint32_t failures_before = 0;
  {
    const core_lock lock(core.mutex());
    failures_before = used.shared()->commits().failures();
  }
  // Never repeated: an interrupted sync may have consumed the record of a failed write.
  const std::int64_t result = sync_file(used.system(), used.fd(), kind);
  const core_lock lock(core.mutex());
  group_commit& commits = used.shared()->commits();
  if (result == 0) return commits.verdict_since(failures_before);
  if (is_sync_failure(result)) commits.note_failure(static_cast<int>(-result));
  return static_cast<int>(-result);
}

}  // namespace asiofile::detail
