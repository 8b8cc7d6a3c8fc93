// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A file that is written beside the one whose name it shall have, and takes that name when it is
// complete. Until then it can be dropped without a trace.
//
// Functions return 0 (or a count) or an errno value, negated.

#include "whole_files/file_identity.hpp"
#include "whole_files/file_location.hpp"

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace asiofile::detail {

// Who changes a file as often, in the moments between two system calls, does not let it be
// replaced.
inline constexpr int changes_max = 16;

class staged_file {
 public:
  staged_file() noexcept;
  // Drops what has not taken its name. A forked child's copy lets the parent's be.
  ~staged_file();
  staged_file(const staged_file&) = delete;
  staged_file& operator=(const staged_file&) = delete;

  // Finds out what there is at the path, behind symbolic links, which are followed this once; the
  // path begins in the directory `base` (a descriptor of the system's, or AT_FDCWD). -EISDIR where
  // that is a directory.
  std::int64_t locate(const system_calls_ptr& system, int base, const std::string& path) noexcept;

  // What is there; null where there is nothing.
  [[nodiscard]] const struct stat* original() const noexcept {
    return original_.exists() ? &original_.status : nullptr;
  }

  // Whether the original may be replaced: 0 where there is none.
  [[nodiscard]] std::int64_t may_replace() const noexcept;

  // Makes the new file, for writing. `mode` (less the umask) is for one that replaces none; others
  // are their owner's only until `keep_identity`. `open_flags`: O_WRONLY or O_RDWR, perhaps with
  // O_DIRECT.
  std::int64_t create(mode_t mode, int open_flags) noexcept;

  [[nodiscard]] const owned_fd& file() const noexcept { return file_; }
  [[nodiscard]] int fd() const noexcept { return file_.get(); }

  // Looks again at what has the name, and gives the new file its owner, mode and attributes, unless
  // it has them already.
  std::int64_t keep_identity() noexcept;

  // Gives it a name that nobody has; -EEXIST otherwise.
  std::int64_t take_new_name() noexcept;
  // Gives it the name, whoever has that. `changed`: what `keep_identity` does had to be done once
  // more, so that the file is to be made durable again, and this to be called again.
  std::int64_t take_any_name(bool& changed) noexcept;

  // Makes the name durable.
  [[nodiscard]] std::int64_t sync_directory() const noexcept;

  void drop() noexcept;

  // Gives the caller the descriptor of the file, which has its name.
  [[nodiscard]] int release() noexcept { return file_.release(); }

  // In a forked child it is a copy of the parent's.
  [[nodiscard]] bool is_forked_copy() const noexcept;

 private:
  std::int64_t create_unnamed(mode_t mode, int open_flags);
  std::int64_t create_named(mode_t mode, int open_flags);
  [[nodiscard]] std::int64_t may_open_original() const noexcept;
  std::int64_t see_original() noexcept;
  std::int64_t read_original(file_identity& found) const;
  [[nodiscard]] bool is_unchanged() const noexcept;
  std::int64_t see_identity(file_identity& found);
  std::int64_t give_original(bool& changed) noexcept;
  std::int64_t link_unnamed(const std::string& name) const;
  std::int64_t link_temporary();
  std::int64_t rename_to_new_name() noexcept;
  std::int64_t rename_to_old_name() noexcept;
  void remove_temporary() noexcept;

  [[nodiscard]] system_calls& system() const noexcept { return *target_.directory.system(); }

  file_location target_;
  // The file that has the name, or had it last.
  found_file original_;
  bool is_original_gone_ = false;
  owned_fd file_;
  // To whom a new file of this process belongs.
  uid_t creator_ = 0;
  // What the file was given.
  std::optional<file_identity> given_;
  // Where the new file has a name that is not its last.
  std::string temporary_name_;
  const unsigned forks_;
};

}  // namespace asiofile::detail
