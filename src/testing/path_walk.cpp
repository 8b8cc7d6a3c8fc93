// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "testing/path_walk.hpp"

#include "system/followed_links.hpp"

#include <cerrno>
#include <climits>
#include <utility>

namespace asiofile::testing::detail {

namespace {

constexpr std::size_t name_bytes_max = 255;

// The first component, and what follows it and its slashes. `rest` begins with no slash.
std::string take_component(std::string& rest, bool& has_slash) {
  const std::size_t end = rest.find('/');
  std::string component = rest.substr(0, end);
  has_slash = end != std::string::npos;
  const std::size_t next = has_slash ? rest.find_first_not_of('/', end) : std::string::npos;
  rest = next == std::string::npos ? std::string() : rest.substr(next);
  return component;
}

class walker {
 public:
  walker(node_ptr root, const node_ptr& base, last_link last, reach how_far)
      : root_(std::move(root)), base_(base), at_(base), last_(last), reach_(how_far) {}

  std::int64_t run(std::string_view path, found_path& found) {
    if (const std::int64_t result = enter(std::string(path)); result != 0) return result;
    for (;;) {
      if (rest_.empty()) {
        found = {.parent = at_, .name = {}, .node = at_};
        return 0;
      }
      bool has_slash = false;
      std::string name = take_component(rest_, has_slash);
      if (!at_->is_directory()) return -ENOTDIR;
      const bool is_last = rest_.empty();
      const bool is_too_long = name.size() > name_bytes_max;
      if (is_too_long && !(is_last && last_ == last_link::never)) return -ENAMETOOLONG;
      const bool is_dot = name == ".";
      const bool is_dot_dot = name == "..";
      if (is_dot || is_dot_dot) {
        if (is_dot_dot && reach_ == reach::beneath && at_ == base_) return -EXDEV;
        if (is_dot_dot) at_ = parent_of(*at_);
        if (!is_last) continue;
        found = {at_, {}, at_, has_slash, is_dot, is_dot_dot, false};
        return 0;
      }
      const node_ptr child = at_->find(name);
      if (child && child->type == file_type::symbolic_link && is_followed(is_last, has_slash)) {
        if (++links_ > asiofile::detail::links_followed_max) return -ELOOP;
        std::string onward = child->target;
        if (has_slash) onward += '/' + rest_;
        if (const std::int64_t result = enter(std::move(onward)); result != 0) return result;
        continue;
      }
      if (is_last) {
        found = {at_, std::move(name), child, has_slash, false, false, is_too_long};
        return 0;
      }
      if (!child) return -ENOENT;
      at_ = child;
    }
  }

 private:
  std::int64_t enter(std::string path) {
    if (path.front() == '/') {
      if (reach_ == reach::beneath) return -EXDEV;
      at_ = root_;
    }
    const std::size_t begin = path.find_first_not_of('/');
    rest_ = begin == std::string::npos ? std::string() : path.substr(begin);
    return 0;
  }

  [[nodiscard]] node_ptr parent_of(const file_node& directory) const {
    const node_ptr parent = directory.parent.lock();
    return parent ? parent : root_;
  }

  [[nodiscard]] bool is_followed(bool is_last, bool has_slash) const noexcept {
    switch (last_) {
      case last_link::follow: return true;
      case last_link::create: return !is_last || !has_slash;
      case last_link::stop: return !is_last || has_slash;
      case last_link::never: break;
    }
    return !is_last;
  }

  const node_ptr root_;
  const node_ptr base_;
  node_ptr at_;
  const last_link last_;
  const reach reach_;
  std::string rest_;
  int links_ = 0;
};

}  // namespace

std::int64_t check_path(std::string_view path) noexcept {
  if (path.empty()) return -ENOENT;
  return path.size() >= PATH_MAX ? -ENAMETOOLONG : 0;
}

std::int64_t walk(const node_ptr& root, const node_ptr& base, std::string_view path, last_link last,
                  found_path& found, reach how_far) {
  if (const std::int64_t invalid = check_path(path); invalid != 0) return invalid;
  return walker(root, base, last, how_far).run(path, found);
}

std::string absolute_path(std::string_view base, std::string_view path) {
  std::string rest =
      path.starts_with('/') ? std::string(path) : std::string(base) + '/' + std::string(path);
  rest.erase(0, rest.find_first_not_of('/'));
  std::string absolute;
  while (!rest.empty()) {
    bool has_slash = false;
    const std::string name = take_component(rest, has_slash);
    if (name != ".") absolute += '/' + name;
  }
  return absolute.empty() ? "/" : absolute;
}

}  // namespace asiofile::testing::detail
