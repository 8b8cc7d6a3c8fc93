// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/confined_calls.hpp"

#include "system/beneath_open.hpp"
#include "system/followed_links.hpp"
#include "system/forwarding_calls.hpp"
#include "system/owned_fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace asiofile::detail {

namespace {

// Where the last component begins, ignoring trailing slashes.
std::size_t name_position(std::string_view path) noexcept {
  const std::size_t end = path.find_last_not_of('/');
  const std::size_t slash = end == path.npos ? path.npos : path.rfind('/', end);
  return slash == path.npos ? 0 : slash + 1;
}

// Whether the path can only be a directory's, so that the kernel follows it to its end.
bool names_directory(std::string_view path) noexcept {
  const std::string_view name = path.substr(name_position(path));
  return name == "." || name == ".." || name.ends_with('/');
}

// A name in a directory, which is opened for this unless it is the base.
class place {
 public:
  place(const system_calls_ptr& system, int base, const char* path) noexcept
      : directory_(base), name_(path) {
    try {
      error_ = find(system, base, path);
    } catch (const std::bad_alloc&) {
      error_ = -ENOMEM;
    }
  }

  // 0, or an errno value, negated.
  [[nodiscard]] std::int64_t error() const noexcept { return error_; }
  [[nodiscard]] int directory() const noexcept { return directory_; }
  [[nodiscard]] const char* name() const noexcept { return name_; }
  // A trailing slash would make the kernel follow it; the error says that it is no directory.
  [[nodiscard]] bool is_link_with_slash() const noexcept { return is_link_with_slash_; }

 private:
  std::int64_t find(const system_calls_ptr& system, int base, std::string_view path) {
    if (base == -1) return -EBADF;
    if (path.starts_with('/')) return -EXDEV;
    const std::size_t position = name_position(path);
    name_ += position;
    const std::string_view name = path.substr(position);
    plain_name_ = name.substr(0, name.find('/'));
    // It names a directory that may be above the root.
    if (plain_name_ == "..") {
      const std::int64_t above =
          system->open_beneath(base, std::string(path), directory_place_flags, 0);
      if (above < 0) return above;
      system->close(static_cast<int>(above));
    }
    if (position != 0) {
      const std::int64_t parent = system->open_beneath(base, std::string(path.substr(0, position)),
                                                       directory_place_flags, 0);
      if (parent < 0) return parent;
      opened_ = owned_fd(system, parent);
      directory_ = opened_.get();
    }
    return name.size() == plain_name_.size() ? 0 : look_at_slash(*system);
  }

  std::int64_t look_at_slash(system_calls& system) noexcept {
    struct stat found;
    const bool is_there =
        system.fstatat(directory_, plain_name_.c_str(), found, AT_SYMLINK_NOFOLLOW) == 0;
    is_link_with_slash_ = is_there && S_ISLNK(found.st_mode);
#if !defined(__linux__)
    // Systems other than Linux follow a link if a slash follows its name: so the name is used
    // without the slash, in case a link takes it from here on.
    name_ = plain_name_.c_str();
    if (is_there && !S_ISDIR(found.st_mode)) return -ENOTDIR;
#endif
    return is_link_with_slash_ ? -ENOTDIR : 0;
  }

  std::int64_t error_ = 0;
  int directory_;
  const char* name_;
  std::string plain_name_;
  owned_fd opened_;
  bool is_link_with_slash_ = false;
};

class confined_calls final : public forwarding_calls {
 public:
  confined_calls(system_calls_ptr system, std::shared_ptr<const void> keeps_open) noexcept
      : forwarding_calls(std::move(system)), keeps_open_(std::move(keeps_open)) {}

  [[nodiscard]] bool is_confined() const noexcept override { return true; }
  void let_go() noexcept override { keeps_open_.reset(); }

  // ---- names that are opened

  std::int64_t openat(int base, const char* path, int flags, mode_t mode) noexcept override {
    // A path that cannot lead out of the directory may have flags that openat2(2) and a walk treat
    // differently.
    const std::string_view text(path);
    const bool follows =
        (flags & O_NOFOLLOW) == 0 && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
    const bool is_name = !text.empty() && text.find('/') == text.npos && text != "..";
    if (text == "." || (is_name && !follows)) return system()->openat(base, path, flags, mode);
    try {
      return system()->open_beneath(base, path, flags, mode);
    } catch (const std::bad_alloc&) {
      return -ENOMEM;
    }
  }

  std::int64_t open_place(int base, const char* name) noexcept override {
    const place at(system(), base, name);
    return at.error() != 0 ? at.error() : system()->open_place(at.directory(), at.name());
  }

  std::int64_t open_directory(int base, const char* path,
                              std::unique_ptr<directory_stream>& opened) override {
    const std::int64_t fd =
        system()->open_beneath(base, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0) return fd;
    const owned_fd directory(system(), fd);
    return system()->open_directory(directory.get(), ".", opened);
  }

  // ---- names that are looked at

  std::int64_t fstatat(int base, const char* path, struct stat& found,
                       int flags) noexcept override {
    if (*path == '\0') return system()->fstatat(base, path, found, flags);
    return ask_about(base, path, (flags & AT_SYMLINK_NOFOLLOW) == 0,
                     [&](int directory, const char* name) {
                       return system()->fstatat(directory, name, found, flags | AT_SYMLINK_NOFOLLOW);
                     });
  }

  std::int64_t path_status(int base, const char* path, bool follow,
                           file_status& found) noexcept override {
    return ask_about(base, path, follow, [&](int directory, const char* name) {
      return system()->path_status(directory, name, false, found);
    });
  }

  inode_flags flags_at(int base, const char* path) noexcept override {
    inode_flags found;
    ask_about(base, path, false, [&](int directory, const char* name) {
      found = system()->flags_at(directory, name);
      return 0;
    });
    return found;
  }

  std::int64_t readlinkat(int base, const char* path, char* into,
                          std::size_t size) noexcept override {
    if (*path == '\0') return system()->readlinkat(base, path, into, size);
    const place at(system(), base, path);
    return at.error() != 0 ? at.error()
                           : system()->readlinkat(at.directory(), at.name(), into, size);
  }

  // ---- names that are changed: none is followed at its end

  std::int64_t renameat(int from_base, const char* from, int to_base,
                        const char* to) noexcept override {
    const place old(system(), from_base, from);
    if (old.error() != 0) return old.error();
    const place made(system(), to_base, to);
    if (made.error() != 0) return made.error();
    return system()->renameat(old.directory(), old.name(), made.directory(), made.name());
  }

  std::int64_t renameat2(int from_base, const char* from, int to_base, const char* to,
                         unsigned flags) noexcept override {
    const place old(system(), from_base, from);
    if (old.error() != 0) return old.error();
    const place made(system(), to_base, to);
    if (made.error() != 0) return made.error();
    return system()->renameat2(old.directory(), old.name(), made.directory(), made.name(), flags);
  }

  std::int64_t linkat(int from_base, const char* from, int to_base, const char* to,
                      int flags) noexcept override {
    const place old(system(), from_base, from);
    if (old.error() != 0) return old.error();
    const place made(system(), to_base, to);
    if (made.error() != 0) return made.error();
    return system()->linkat(old.directory(), old.name(), made.directory(), made.name(),
                            flags & ~AT_SYMLINK_FOLLOW);
  }

  std::int64_t link_descriptor(int fd, int to_base, const char* to) noexcept override {
    const place made(system(), to_base, to);
    return made.error() != 0 ? made.error()
                             : system()->link_descriptor(fd, made.directory(), made.name());
  }

  std::int64_t unlinkat(int base, const char* path, int flags) noexcept override {
    const place at(system(), base, path);
    return at.error() != 0 ? at.error() : system()->unlinkat(at.directory(), at.name(), flags);
  }

  std::int64_t mkdirat(int base, const char* path, mode_t mode) noexcept override {
    const place at(system(), base, path);
    // The slash does not matter then: a link with the name already exists.
    if (at.is_link_with_slash()) return -EEXIST;
    if (at.error() != 0) return at.error();
    return system()->mkdirat(at.directory(), at.name(), mode);
  }

  std::int64_t symlinkat(const char* target, int base, const char* path) noexcept override {
    const place at(system(), base, path);
    return at.error() != 0 ? at.error() : system()->symlinkat(target, at.directory(), at.name());
  }

 private:
  // Calls `ask` with the place that the path leads to: a directory and a name in it, which is no
  // link if links are followed.
  template <typename Ask>
  std::int64_t ask_about(int base, const char* path, bool follow, const Ask& ask) noexcept {
    try {
      std::string rest(path);
      for (int links = 0; links <= links_followed_max; ++links) {
        if (names_directory(rest)) {
          const std::int64_t fd = system()->open_beneath(base, rest, directory_place_flags, 0);
          if (fd < 0) return fd;
          const owned_fd directory(system(), fd);
          return ask(directory.get(), ".");
        }
        const place at(system(), base, rest.c_str());
        if (at.error() != 0) return at.error();
        struct stat found;
        if (!follow) return ask(at.directory(), at.name());
        if (const auto result =
                system()->fstatat(at.directory(), at.name(), found, AT_SYMLINK_NOFOLLOW);
            result < 0)
          return result;
        if (!S_ISLNK(found.st_mode)) return ask(at.directory(), at.name());
        if (const auto result = follow_link(at, found, rest); result < 0) return result;
      }
      return -ELOOP;
    } catch (const std::bad_alloc&) {
      return -ENOMEM;
    }
  }

  // Replaces a link's name by its target.
  std::int64_t follow_link(const place& at, const struct stat& link, std::string& path) const {
    struct stat directory;
    if (const auto result = system()->fstatat(at.directory(), ".", directory, 0); result < 0)
      return result;
    if (!may_follow(directory, link)) return -EACCES;
    if (system()->has_magic_links(at.directory())) return -ELOOP;
    char text[PATH_MAX];
    const std::int64_t size = system()->readlinkat(at.directory(), at.name(), text, sizeof text);
    if (size < 0) return size;
    if (static_cast<std::size_t>(size) == sizeof text) return -ENAMETOOLONG;
    path.replace(name_position(path), std::string::npos, text, static_cast<std::size_t>(size));
    return text[0] == '/' ? -EXDEV : 0;
  }

  std::shared_ptr<const void> keeps_open_;
};

}  // namespace

system_calls_ptr make_confined_calls(system_calls_ptr system,
                                     std::shared_ptr<const void> keeps_open) {
  return std::make_shared<confined_calls>(std::move(system), std::move(keeps_open));
}

}  // namespace asiofile::detail
