#include "testing/name_changes.hpp"

#include <algorithm>
#include <set>

namespace asiofile::testing::detail {

namespace {

using key = std::pair<const file_node*, std::string>;

// Moves an existing file: if the directory where it arrives is not there after a crash, the file
// would be lost with it, which no file system does.
bool is_move(const name_changes_of_call& made) {
  const auto removes = [](const name_change& each) { return !each.leads_to; };
  return made.size() > 1 || (!made.empty() && removes(made.front()));
}

// Names and places of directories that changes have to do with.
class concerned {
 public:
  void add_keys(const name_changes_of_call& made) {
    for (const name_change& each : made) keys_.insert({each.directory.get(), each.name});
  }
  void add_directories_of(const name_changes_of_call& made) {
    for (const name_change& each : made) directories_.insert(each.directory.get());
  }
  void add_placed_directories(const name_changes_of_call& made) {
    for (const name_change& each : made) {
      if (each.leads_to && each.leads_to->is_directory()) directories_.insert(each.leads_to.get());
    }
  }

  [[nodiscard]] bool has_key_of(const name_changes_of_call& made) const {
    return std::ranges::any_of(made, [&](const name_change& each) {
      return keys_.contains({each.directory.get(), each.name});
    });
  }
  [[nodiscard]] bool has_directory_of(const name_changes_of_call& made) const {
    return std::ranges::any_of(
        made, [&](const name_change& each) { return directories_.contains(each.directory.get()); });
  }
  [[nodiscard]] bool has_placed_directory_of(const name_changes_of_call& made) const {
    return std::ranges::any_of(made, [&](const name_change& each) {
      return each.leads_to && directories_.contains(each.leads_to.get());
    });
  }

 private:
  std::set<key> keys_;
  std::set<const file_node*> directories_;
};

}  // namespace

void name_changes::make(name_changes_of_call made) {
  for (const name_change& each : made) {
    if (each.leads_to) each.directory->entries.insert_or_assign(each.name, each.leads_to);
    else each.directory->entries.erase(each.name);
  }
  pending_.push_back(std::move(made));
}

void name_changes::apply(const name_changes_of_call& made) {
  for (const name_change& each : made) {
    if (each.leads_to) each.directory->durable_entries.insert_or_assign(each.name, each.leads_to);
    else each.directory->durable_entries.erase(each.name);
  }
}

void name_changes::sync(const file_node& directory) {
  // Backwards: a change depends on earlier ones of the same names, and a moved file on the places
  // of the directories above it.
  concerned needed_names;
  concerned needed_places;
  std::vector<bool> is_needed(pending_.size());
  for (std::size_t i = pending_.size(); i-- != 0;) {
    const name_changes_of_call& made = pending_[i];
    const bool is_inside = std::ranges::any_of(
        made, [&](const name_change& each) { return each.directory.get() == &directory; });
    const bool is_place = needed_places.has_placed_directory_of(made);
    is_needed[i] = is_inside || is_place || needed_names.has_key_of(made);
    if (!is_needed[i]) continue;
    needed_names.add_keys(made);
    if (is_place || is_move(made)) needed_places.add_directories_of(made);
  }
  std::vector<name_changes_of_call> left;
  for (std::size_t i = 0; i != pending_.size(); ++i) {
    if (is_needed[i]) apply(pending_[i]);
    else left.push_back(std::move(pending_[i]));
  }
  pending_ = std::move(left);
}

void name_changes::crash(names_in_crash kept, random& chance) {
  const std::size_t in_order_end = static_cast<std::size_t>(chance.below(pending_.size() + 1));
  concerned lost;
  for (std::size_t i = 0; i != pending_.size(); ++i) {
    const name_changes_of_call& made = pending_[i];
    const bool is_wanted = kept == names_in_crash::any_subset ? chance.coin()
                           : kept == names_in_crash::in_order ? i < in_order_end
                                                              : false;
    const bool is_possible = !lost.has_key_of(made) && !lost.has_directory_of(made);
    if (is_wanted && is_possible) {
      apply(made);
      continue;
    }
    lost.add_keys(made);
    lost.add_placed_directories(made);
  }
  pending_.clear();
}

}  // namespace asiofile::testing::detail
