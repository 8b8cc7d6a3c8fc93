// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "testing/name_changes.hpp"

#include <algorithm>
#include <set>

namespace asiofile::testing::detail {

namespace {

using nodes = std::set<const file_node*>;

bool places(const name_changes_of_call& made, const file_node& node) {
  return std::ranges::any_of(
      made, [&](const name_change& each) { return each.leads_to.get() == &node; });
}

bool moves_a_directory(const name_changes_of_call& made) {
  return std::ranges::any_of(made, [&](const name_change& each) {
    return each.was && each.was->is_directory() && places(made, *each.was);
  });
}

bool is_in(const name_changes_of_call& made, const file_node& directory) {
  return std::ranges::any_of(
      made, [&](const name_change& each) { return each.directory.get() == &directory; });
}

void apply(const name_changes_of_call& made) {
  for (const name_change& each : made) {
    const names& durable = each.directory->durable_entries;
    const auto found = durable.find(each.name);
    if (found != durable.end()) found->second->durable_parent.reset();
  }
  for (const name_change& each : made) {
    names& durable = each.directory->durable_entries;
    if (!each.leads_to) {
      durable.erase(each.name);
      continue;
    }
    durable.insert_or_assign(each.name, each.leads_to);
    if (each.leads_to->is_directory()) each.leads_to->durable_parent = each.directory;
  }
}

// What a later change depends on.
class demands {
 public:
  void add(const name_changes_of_call& made) {
    for (const name_change& each : made) {
      keys_.insert({each.directory.get(), each.name});
      directories_.insert(each.directory.get());
    }
    moves_a_directory_ = moves_a_directory_ || moves_a_directory(made);
  }
  // Adds the directories that `made` removes.
  void add_removed_directories(const name_changes_of_call& made) {
    for (const name_change& each : made) {
      if (each.was && each.was->is_directory() && !places(made, *each.was))
        removed_.insert(each.was.get());
    }
  }

  [[nodiscard]] bool has_name_of(const name_changes_of_call& made) const {
    return std::ranges::any_of(made, [&](const name_change& each) {
      return keys_.contains({each.directory.get(), each.name});
    });
  }
  [[nodiscard]] bool is_moving_directories() const noexcept { return moves_a_directory_; }
  // Whether one of them was made in a directory that `made` removes.
  [[nodiscard]] bool is_inside_removed(const name_changes_of_call& made) const {
    demands of_made;
    of_made.add_removed_directories(made);
    return std::ranges::any_of(
        of_made.removed_, [&](const file_node* each) { return directories_.contains(each); });
  }
  // Whether `made` was made in a directory that one of them removes.
  [[nodiscard]] bool has_removed_directory_of(const name_changes_of_call& made) const {
    return std::ranges::any_of(
        made, [&](const name_change& each) { return removed_.contains(each.directory.get()); });
  }

 private:
  std::set<std::pair<const file_node*, std::string>> keys_;
  nodes directories_;
  nodes removed_;
  bool moves_a_directory_ = false;
};

}  // namespace

void name_changes::make(name_changes_of_call made) {
  for (name_change& each : made) each.was = each.directory->find(each.name);
  for (const name_change& each : made) {
    if (each.leads_to) each.directory->entries.insert_or_assign(each.name, each.leads_to);
    else each.directory->entries.erase(each.name);
  }
  pending_.push_back(std::move(made));
}

// Whether the directory would be found after a crash.
bool name_changes::is_durable(const file_node& directory) const noexcept {
  // Unreachable directories could form a cycle.
  nodes passed;
  node_ptr kept;
  for (const file_node* at = &directory; at != &root_; at = kept.get()) {
    if (!passed.insert(at).second) return false;
    kept = at->durable_parent.lock();
    if (!kept) return false;
  }
  return true;
}

bool name_changes::moves_what_is_durable(const name_changes_of_call& made) const {
  return std::ranges::any_of(made, [&](const name_change& each) {
    const auto found = each.directory->durable_entries.find(each.name);
    return found != each.directory->durable_entries.end() && places(made, *found->second) &&
           is_durable(*each.directory);
  });
}

bool name_changes::leads_to_durable_places(const name_changes_of_call& made) const {
  return std::ranges::all_of(made, [&](const name_change& each) {
    return !each.leads_to || is_durable(*each.directory);
  });
}

// ---- sync

// Goes backwards, to add what later changes need.
bool name_changes::add_needed_by_names(std::vector<bool>& is_needed) const {
  bool is_more = false;
  demands later;
  for (std::size_t i = pending_.size(); i-- != 0;) {
    const name_changes_of_call& made = pending_[i];
    if (!is_needed[i]) {
      const bool is_moved_before = later.is_moving_directories() && moves_a_directory(made);
      if (!later.has_name_of(made) && !is_moved_before && !later.has_removed_directory_of(made))
        continue;
      is_needed[i] = is_more = true;
    }
    later.add(made);
    later.add_removed_directories(made);
  }
  return is_more;
}

// A durable file that is moved must still exist afterwards, so the directories to which it is moved
// are needed, too.
bool name_changes::add_needed_by_places(std::vector<bool>& is_needed) const {
  nodes durable;
  for (std::size_t i = 0; i != pending_.size(); ++i) {
    if (!is_needed[i]) continue;
    for (const name_change& each : pending_[i]) {
      const auto found = each.directory->durable_entries.find(each.name);
      if (found != each.directory->durable_entries.end() && is_durable(*each.directory))
        durable.insert(found->second.get());
    }
  }
  bool is_more = false;
  for (std::size_t i = 0; i != pending_.size(); ++i) {
    if (!is_needed[i]) continue;
    for (const name_change& each : pending_[i]) {
      if (each.leads_to && durable.contains(each.leads_to.get()))
        is_more = add_place(each.directory.get(), is_needed) || is_more;
    }
  }
  return is_more;
}

// Adds the changes that have put a directory, and those above it, in their places.
bool name_changes::add_place(const file_node* directory, std::vector<bool>& is_needed) const {
  bool is_more = false;
  nodes passed;
  while (directory != &root_ && passed.insert(directory).second) {
    if (const node_ptr above = directory->durable_parent.lock()) {
      directory = above.get();
      continue;
    }
    const auto made = std::ranges::find_if(
        pending_, [&](const name_changes_of_call& each) { return places(each, *directory); });
    // It was removed meanwhile.
    if (made == pending_.end()) break;
    const auto index = static_cast<std::size_t>(made - pending_.begin());
    is_more = is_more || !is_needed[index];
    is_needed[index] = true;
    const auto place = std::ranges::find(
        *made, directory, [](const name_change& each) { return each.leads_to.get(); });
    directory = place->directory.get();
  }
  return is_more;
}

void name_changes::sync(const file_node& directory) {
  std::vector<bool> is_needed(pending_.size());
  for (std::size_t i = 0; i != pending_.size(); ++i) is_needed[i] = is_in(pending_[i], directory);
  while (add_needed_by_names(is_needed) || add_needed_by_places(is_needed)) {
  }
  if (kept_ == names_in_crash::in_order) {
    const auto last = std::find(is_needed.rbegin(), is_needed.rend(), true);
    std::fill(last, is_needed.rend(), true);
  }
  std::vector<name_changes_of_call> left;
  for (std::size_t i = 0; i != pending_.size(); ++i) {
    if (is_needed[i]) apply(pending_[i]);
    else left.push_back(std::move(pending_[i]));
  }
  pending_ = std::move(left);
}

void name_changes::sync_all() {
  for (const name_changes_of_call& each : pending_) apply(each);
  pending_.clear();
}

// ---- crash

void name_changes::crash(random& chance) {
  const std::size_t in_order_end = static_cast<std::size_t>(chance.below(pending_.size() + 1));
  demands lost;
  for (std::size_t i = 0; i != pending_.size(); ++i) {
    const name_changes_of_call& made = pending_[i];
    const bool is_wanted = kept_ == names_in_crash::any_subset ? chance.coin()
                           : kept_ == names_in_crash::in_order ? i < in_order_end
                                                               : false;
    const bool is_possible =
        !lost.has_name_of(made) && !lost.is_inside_removed(made) &&
        !(lost.is_moving_directories() && moves_a_directory(made)) &&
        (!moves_what_is_durable(made) || leads_to_durable_places(made));
    if (is_wanted && is_possible) apply(made);
    else lost.add(made);
  }
  pending_.clear();
}

}  // namespace asiofile::testing::detail
