// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What a crash may leave of a sequence of changes, according only to what fsync(2) and rename(2)
// promise, independently of how the simulation keeps files in memory.
//
// - A name refers to what it referred to when its directory was synchronised, or to something that
//   it has referred to since.
// - Each byte of a file is what it was when the file was synchronised, or has been since; if the
//   file was shorter, it may be zero. The size is between the smallest and the largest since then.
// - A file that was durable and was only moved since is found under some name.

#include "crash_steps.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace crash_steps {

class promises {
 public:
  promises() {
    for (const auto& [path, content] : first_files()) {
      const place at = make_way(path);
      at.directory->entries[at.name] = make(kind::file, content);
    }
    keep(*root_);
  }

  // Records a step that was made.
  void note(const step& made) {
    switch (made.what) {
      case action::open: return note_open(made);
      case action::close: slots_[made.slot].reset(); return;
      case action::write: {
        std::string& now = slots_[made.slot]->now;
        now.resize(std::max(now.size(), made.offset + made.length));
        now.replace(made.offset, made.length, std::string(made.length, made.fill));
        return note_version(*slots_[made.slot]);
      }
      case action::resize:
        slots_[made.slot]->now.resize(made.offset);
        return note_version(*slots_[made.slot]);
      case action::sync_data:
      case action::sync_all: slots_[made.slot]->versions = {slots_[made.slot]->now}; return;
      case action::make_directory: return change(find(made.path), make(kind::directory, {}));
      case action::remove: return change(find(made.path), nullptr);
      case action::rename: return note_rename(made);
      case action::exchange: {
        const place one = find(made.path);
        const place other = find(made.other);
        const node_ptr was = value_of(one);
        set(one, value_of(other));
        return set(other, was);
      }
      case action::link: return set(find(made.other), value_of(find(made.path)));
      case action::symlink:
        return change(find(made.path), make(kind::link, std::string(80, made.fill)));
      case action::sync_directory: return note_sync(*directory_at(made.path));
      case action::replace: {
        const place at = find(made.path);
        change(at, make(kind::file, std::string(made.length, made.fill)));
        return note_sync(*at.directory);
      }
      default: return;
    }
  }

  // What is wrong with the state after the crash; empty if nothing is.
  [[nodiscard]] std::string check(const state& left) const {
    std::string wrong = check_directory(*root_, "", left);
    if (!wrong.empty()) return wrong;
    std::set<const node*> seen;
    return check_kept(*root_, left, seen);
  }

 private:
  enum class kind { file, directory, link };
  struct node;
  using node_ptr = std::shared_ptr<node>;
  struct node {
    kind what = kind::file;
    std::string now = {};
    // Since it was synchronised.
    std::vector<std::string> versions = {};
    std::map<std::string, node_ptr> entries = {};
    // For names that were changed since the directory was synchronised: everything that they
    // referred to.
    std::map<std::string, std::vector<node_ptr>> possible = {};
    // It was durable, and none of its names was removed since.
    bool is_kept = false;
  };
  struct place {
    node_ptr directory;
    std::string name;
  };

  static node_ptr make(kind what, std::string content) {
    auto made = std::make_shared<node>();
    made->what = what;
    made->versions = {content};
    // A new file certainly holds only what it was made with.
    made->now = std::move(content);
    return made;
  }

  static void note_version(node& changed) { changed.versions.push_back(changed.now); }

  static void keep(node& durable) {
    durable.is_kept = true;
    for (const auto& [name, each] : durable.entries) keep(*each);
  }

  place make_way(const std::string& path) {
    const std::size_t slash = path.find('/');
    if (slash == std::string::npos) return {root_, path};
    node_ptr& above = root_->entries[path.substr(0, slash)];
    if (!above) above = make(kind::directory, {});
    return {above, path.substr(slash + 1)};
  }

  [[nodiscard]] node_ptr directory_at(const std::string& path) const {
    node_ptr at = root_;
    std::size_t begin = 0;
    while (begin < path.size()) {
      const std::size_t end = std::min(path.find('/', begin), path.size());
      const std::string name = path.substr(begin, end - begin);
      if (name != ".") at = at->entries.at(name);
      begin = end + 1;
    }
    return at;
  }

  [[nodiscard]] place find(const std::string& path) const {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return {root_, path};
    return {directory_at(path.substr(0, slash)), path.substr(slash + 1)};
  }

  static node_ptr value_of(const place& at) {
    const auto found = at.directory->entries.find(at.name);
    return found == at.directory->entries.end() ? nullptr : found->second;
  }

  static void set(const place& at, const node_ptr& value) {
    auto& possible = at.directory->possible[at.name];
    if (possible.empty()) possible.push_back(value_of(at));
    possible.push_back(value);
    if (value) at.directory->entries[at.name] = value;
    else at.directory->entries.erase(at.name);
  }

  // The file that the name referred to loses it.
  static void change(const place& at, const node_ptr& value) {
    if (const node_ptr was = value_of(at)) was->is_kept = false;
    set(at, value);
  }

  void note_open(const step& made) {
    const place at = find(made.path);
    if (!value_of(at)) change(at, make(kind::file, {}));
    slots_[made.slot] = value_of(at);
    node& opened = *slots_[made.slot];
    if (!made.truncates || opened.now.empty()) return;
    opened.now.clear();
    note_version(opened);
  }

  void note_rename(const step& made) {
    const place from = find(made.path);
    const place to = find(made.other);
    const node_ptr moved = value_of(from);
    // rename(2): two names of one file stay.
    if (moved == value_of(to)) return;
    change(to, moved);
    set(from, nullptr);
  }

  static void note_sync(node& directory) {
    directory.possible.clear();
    if (!directory.is_kept) return;
    for (const auto& [name, each] : directory.entries) {
      const bool is_new_directory = each->what == kind::directory && !each->is_kept;
      each->is_kept = true;
      // Includes what was synchronised in it before it was durable itself.
      if (is_new_directory && each->possible.empty()) note_sync(*each);
    }
  }

  static bool is_allowed(const node& file, const std::string& content) {
    const auto [least, most] =
        std::ranges::minmax(file.versions, {}, [](const std::string& each) { return each.size(); });
    if (content.size() < least.size() || content.size() > most.size()) return false;
    for (std::size_t i = 0; i != content.size(); ++i) {
      const bool was_there = std::ranges::any_of(file.versions, [&](const std::string& each) {
        return i < each.size() ? each[i] == content[i] : content[i] == '\0';
      });
      if (!was_there) return false;
    }
    return true;
  }

  [[nodiscard]] std::string check_value(const node_ptr& value, const std::string& path,
                                        const state& left) const {
    const auto found = left.find(path);
    if (!value) return found == left.end() ? "" : path + " is there";
    if (found == left.end()) return path + " is lost";
    switch (value->what) {
      case kind::directory:
        return found->second == "directory" ? check_directory(*value, path + '/', left)
                                            : path + " is no directory";
      case kind::link:
        return found->second == "link " + value->now ? "" : path + " is another link, or none";
      case kind::file: break;
    }
    const bool is_file = found->second.starts_with("file ");
    return is_file && is_allowed(*value, found->second.substr(5)) ? ""
                                                                  : path + " has another content";
  }

  [[nodiscard]] std::string check_directory(const node& directory, const std::string& prefix,
                                            const state& left) const {
    std::set<std::string> names;
    for (const auto& [name, value] : directory.entries) names.insert(name);
    for (const auto& [name, values] : directory.possible) names.insert(name);
    for (const auto& [path, what] : left) {
      if (path.starts_with(prefix) && path.find('/', prefix.size()) == std::string::npos)
        names.insert(path.substr(prefix.size()));
    }
    for (const std::string& name : names) {
      const auto changed = directory.possible.find(name);
      const auto now = directory.entries.find(name);
      const std::vector<node_ptr> values =
          changed != directory.possible.end()
              ? changed->second
              : std::vector{now == directory.entries.end() ? nullptr : now->second};
      std::string wrong;
      for (const node_ptr& each : values) {
        wrong = check_value(each, prefix + name, left);
        if (wrong.empty()) break;
      }
      if (!wrong.empty()) return wrong;
    }
    return {};
  }

  // Whatever was moved: some file is it.
  [[nodiscard]] std::string check_kept(const node& at, const state& left,
                                       std::set<const node*>& seen) const {
    if (!seen.insert(&at).second) return {};
    if (at.what == kind::file && at.is_kept) {
      const bool is_there = std::ranges::any_of(left, [&](const auto& each) {
        return each.second.starts_with("file ") && is_allowed(at, each.second.substr(5));
      });
      if (!is_there) return "a file that was durable and moved is lost: now " + at.now.substr(0, 9);
    }
    for (const auto& [name, each] : at.entries) {
      const std::string wrong = check_kept(*each, left, seen);
      if (!wrong.empty()) return wrong;
    }
    return {};
  }

  node_ptr root_ = make(kind::directory, {});
  std::array<node_ptr, 2> slots_;
};

}  // namespace crash_steps
