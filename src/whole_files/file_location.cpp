// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "whole_files/file_location.hpp"

#include "system/followed_links.hpp"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <climits>
#include <optional>
#include <utility>

namespace asiofile::detail {

namespace {

std::int64_t open_directory(system_calls& system, int base, const std::string& path) noexcept {
  const std::int64_t fd = system.openat(base, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
#if defined(O_PATH)
  // Files can be made in a directory that may not be listed.
  if (fd == -EACCES) return system.openat(base, path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
#endif
  return fd;
}

// One walk along a path.
class location_walk {
 public:
  location_walk(const system_calls_ptr& system, file_location& location, found_file& found)
      : system_(system), location_(location), found_(found) {}

  std::int64_t run(int base, const std::string& path);

 private:
  std::int64_t enter(int base);
  std::int64_t see_name(bool& is_link);
  std::int64_t follow();
  std::int64_t see_magic_target();

  const system_calls_ptr& system_;
  file_location& location_;
  found_file& found_;
  std::string rest_;
  // The beginning of `rest_`, up to the name.
  std::string parent_;
  // The target of a magic link of /proc, whatever its text says.
  std::optional<struct stat> magic_target_;
};

std::int64_t location_walk::run(int base, const std::string& path) {
  rest_ = path;
  for (int links = 0; links <= links_followed_max; ++links) {
    std::int64_t result =
        enter(links == 0 || system_->is_confined() ? base : location_.directory.get());
    bool is_link = false;
    if (result == 0) result = see_name(is_link);
    if (result < 0) return result;
    if (!is_link) {
      const bool is_elsewhere = magic_target_ && !found_.is_same_as(*magic_target_);
      return is_elsewhere ? -EOPNOTSUPP : 0;
    }
    result = follow();
    if (result < 0) return result;
  }
  return -ELOOP;
}

std::int64_t location_walk::enter(int base) {
  if (rest_.empty()) return -ENOENT;
  const std::size_t slash = rest_.rfind('/');
  parent_ = slash == std::string::npos ? "" : rest_.substr(0, slash + 1);
  location_.name = slash == std::string::npos ? rest_ : rest_.substr(slash + 1);
  // The error of open(2) with O_CREAT.
  if (location_.name.empty()) return -EISDIR;
  const std::int64_t directory = open_directory(*system_, base, parent_.empty() ? "." : parent_);
  if (directory < 0) return directory;
  location_.directory = owned_fd(system_, directory);
  return 0;
}

std::int64_t location_walk::see_name(bool& is_link) {
  found_ = found_file();
  const std::int64_t result = look(location_, found_);
  is_link = result == -ELOOP || (result == 0 && found_.exists() && S_ISLNK(found_.status.st_mode));
  return is_link ? 0 : result;
}

// Replaces the path by the link's target.
std::int64_t location_walk::follow() {
  struct stat directory;
  std::int64_t result = system_->fstat(location_.directory.get(), directory);
  if (result < 0) return result;
  // Examined and read through one descriptor, if the system has such descriptors: so both refer to
  // the same link.
  if (found_.exists() && !may_follow(directory, found_.status)) return -EACCES;
  if (system_->has_magic_links(location_.directory.get())) {
    result = see_magic_target();
    if (result < 0) return result;
  }
  std::array<char, PATH_MAX> text;
  const std::int64_t size =
      found_.exists() ? system_->readlinkat(found_.place.get(), "", text.data(), text.size())
                      : system_->readlinkat(location_.directory.get(), location_.name.c_str(),
                                            text.data(), text.size());
  if (size < 0) return size;
  rest_.assign(text.data(), static_cast<std::size_t>(size));
  // In a confined directory the whole path is walked again, because ".." may lead up within it.
  if (system_->is_confined() && !rest_.starts_with('/')) rest_.insert(0, parent_);
  return 0;
}

std::int64_t location_walk::see_magic_target() {
  struct stat target;
  const std::int64_t result =
      system_->fstatat(location_.directory.get(), location_.name.c_str(), target, 0);
  if (result < 0) return result;
  if (S_ISDIR(target.st_mode)) return -EISDIR;
  if (!S_ISREG(target.st_mode)) return -EOPNOTSUPP;
  magic_target_ = target;
  return 0;
}

}  // namespace

std::int64_t find_location(const system_calls_ptr& system, int base, const std::string& path,
                           file_location& location, found_file& found) {
  return location_walk(system, location, found).run(base, path);
}

std::int64_t look(const file_location& location, found_file& found) noexcept {
  const system_calls_ptr& system = location.directory.system();
  found_file seen;
  const std::int64_t fd = system->open_place(location.directory.get(), location.name.c_str());
  if (fd < 0 && fd != -ENOENT) return fd;
  if (fd >= 0) {
    seen.place = owned_fd(system, fd);
    const std::int64_t result = system->fstat(seen.place.get(), seen.status);
    if (result < 0) return result;
  }
  found = std::move(seen);
  return 0;
}

std::int64_t reopen(const file_location& location, const found_file& found,
                    owned_fd& opened) noexcept {
  const system_calls_ptr& system = location.directory.system();
  constexpr int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const auto open = [&](int access) {
    return system->openat(location.directory.get(), location.name.c_str(), access | flags, 0);
  };
  std::int64_t fd = open(O_RDONLY);
  if (fd == -EACCES) fd = open(O_WRONLY);
  if (fd < 0) return fd;
  owned_fd file(system, fd);
  struct stat status;
  const std::int64_t result = system->fstat(file.get(), status);
  if (result < 0) return result;
  if (!found.is_same_as(status)) return -ENOENT;
  opened = std::move(file);
  return 0;
}

}  // namespace asiofile::detail
