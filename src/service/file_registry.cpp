// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "service/file_registry.hpp"

#include <asiofile/file_base.hpp>

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace asiofile::detail {

void file_registry::remove(file_state& file) noexcept {
  files_.erase(file_states::s_iterator_to(file));
  if (file.ending == 0) return;
  for (opening& each : used_) {
    if (each.closed_in == &file) each.closed_in = nullptr;
  }
}

opening& file_registry::give(file_state& file, std::unique_ptr<opening> made) noexcept {
  if (file.current != nullptr) release(*file.current);
  file.current = made.release();
  file.current->number = ++last_number_;
  used_.push_back(*file.current);
  return *file.current;
}

opening* file_registry::take(file_state& file) noexcept {
  return std::exchange(file.current, nullptr);
}

opening* file_registry::take_to_close(file_state& file) noexcept {
  opening* const left = take(file);
  if (left == nullptr) return nullptr;
  left->closed_in = &file;
  ++file.ending;
  return left;
}

opening* file_registry::ending_in(const file_state& file) noexcept {
  if (file.ending == 0) return nullptr;
  const auto found = std::ranges::find_if(used_, [&](const opening& each) {
    return each.closed_in == &file && !each.operations.empty();
  });
  return found == used_.end() ? nullptr : &*found;
}

void file_registry::end(opening& used) noexcept {
  static_cast<void>(leave(used.descriptor));
  if (used.closed_in != nullptr) --std::exchange(used.closed_in, nullptr)->ending;
  used_.erase(openings::s_iterator_to(used));
  unused_.push_back(used);
}

sequencer& positions_of(opening& which) {
  if (!which.positions) {
    which.positions = std::make_unique<sequencer>();
    if (which.uses_descriptor_position) which.positions->use_descriptor_position();
  }
  return *which.positions;
}

bool file_registry::enter_in_order(operation& next, opening& on) {
  sequencer* const positions = is_at_position(next) ? &positions_of(on) : nullptr;
  if (next.is_sync() || is_chain(next) || is_durable(next))
    on.commits = &on.descriptor->commits();
  if (is_chain(next)) on.commits->chain_begins();
  attach(next, on);
  return positions == nullptr || positions->enter(as_transfer(next));
}

void file_registry::leave_in_order(operation& over, operation_queue& next) noexcept {
  opening& its = opening_of(over);
  if (is_chain(over)) its.commits->chain_ends();
  if (!is_at_position(over)) return;
  if (transfer_operation* const resumed = its.positions->leave(as_transfer(over)))
    next.push_back(*resumed);
}

void file_registry::next_closer(opening& of, operation_queue& next) noexcept {
  operation& closer = take_front(of.closers);
  of.operations.push_back(closer);
  next.push_back(closer);
}

bool file_registry::enter_close(close_operation& closer, opening& on) noexcept {
  closer.target = &on;
  closer.fd = on.facts.fd;
  if (!on.operations.empty()) {
    on.closers.push_back(closer);
    return false;
  }
  on.operations.push_back(closer);
  return true;
}

bool file_registry::leave(std::shared_ptr<descriptor>& used) noexcept {
  if (!used || used->openings() == 0) return false;
  used->remove_opening();
  if (used->openings() != 0) {
    // There are other references, so nothing is closed here.
    used.reset();
    return false;
  }
  return descriptor::is_only(used) && used->fd() != -1 && used->is_owned();
}

void file_registry::prepare_close(close_operation& closer) noexcept {
  std::shared_ptr<descriptor>& used = opening_of(closer).descriptor;
  closer.syncs = used && used->openings() != 0 && used->fd() != -1 && used->syncs_on_close();
  closer.keeps_open = true;
  // It leaves once it has synchronised: until then, no other may close.
  if (closer.syncs && used->openings() > 1) return;
  take_descriptor(closer);
}

// The descriptor that the close of the last user is to close.
void file_registry::take_descriptor(close_operation& closer) noexcept {
  std::shared_ptr<descriptor>& used = opening_of(closer).descriptor;
  if (!leave(used)) return;
  closer.keeps_open = false;
  closer.table = used->registered_index() == registered_indices::none ? nullptr
                                                                      : used->registered_with();
  closer.table_index = used->take_place();
  static_cast<void>(used->release());
}

bool file_registry::goes_on_to_close(close_operation& over) noexcept {
  if (!over.syncs || !over.keeps_open) return false;
  take_descriptor(over);
  if (over.keeps_open) return false;
  over.syncs = false;
  over.sync_result = over.result;
  return true;
}

void give_descriptor(opening& to, const file_facts& facts, ownership owner,
                     bool syncs_on_close) noexcept {
  // Not if nothing can have been written, or if the file stores nothing.
  const bool syncs = syncs_on_close && facts.is_storage &&
                     (facts.status_flags & O_ACCMODE) != O_RDONLY;
  to.descriptor->adopt(facts.fd, *facts.system, owner, syncs);
  to.facts = facts;
}

void file_registry::take_kept(operation_queue& into) noexcept {
  for (opening& each : used_) {
    if (each.positions) each.positions->take_queued(into);
    group_commit* const commits = each.descriptor ? each.descriptor->existing_commits() : nullptr;
    if (commits != nullptr) commits->take_all(into);
    while (!each.closers.empty()) {
      operation& closer = take_front(each.closers);
      each.operations.push_back(closer);
      into.push_back(closer);
    }
  }
}

void file_registry::take_running(operation_queue& into) noexcept {
  const auto take = [&](file_operations& from) {
    for (operation& each : from) {
      const operation_stage stage = each.stage();
      if (stage == operation_stage::in_engine || stage == operation_stage::speculating)
        into.push_back(each);
    }
  };
  for (opening& each : used_) take(each.operations);
  take(others_);
}

void file_registry::forget(operation& dropped) noexcept {
  if (dropped.target == nullptr) {
    others_.erase(file_operations::s_iterator_to(dropped));
    return;
  }
  opening& its = opening_of(dropped);
  its.operations.erase(file_operations::s_iterator_to(dropped));
  release(its);
}

void file_registry::forget_others() noexcept {
  for (opening& each : used_) {
    if (each.descriptor) {
      each.descriptor->forget_registered();
      each.descriptor->lose_users();
    }
    if (each.positions) each.positions->drop_placeholders();
  }
}

// The close of the file object, whether it has begun already or comes next, closes the descriptor,
// too.
bool file_registry::end_open(open_operation& over) noexcept {
  opening& its = opening_of(over);
  const bool is_wanted = its.state == open_state::opening;
  its.state = open_state::closed;
  if (over.result < 0) return is_wanted;
  over.fd = over.found.fd;
  const bool syncs = (static_cast<unsigned>(over.flags) & file_base::sync_on_close) != 0;
  give_descriptor(its, over.found, ownership::owned, syncs);
  its.uses_descriptor_position = (over.found.status_flags & O_APPEND) != 0;
  if (is_wanted) its.state = open_state::open;
  return is_wanted;
}

}  // namespace asiofile::detail
