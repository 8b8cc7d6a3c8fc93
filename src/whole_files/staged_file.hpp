// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A file that is written in the directory of the one that it will replace, and takes its name when
// it is complete. Until then it can be dropped without a trace.
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

// If the file is changed this often, each time between two system calls, it is not replaced.
inline constexpr int changes_max = 16;

class staged_file {
 public:
  staged_file() noexcept;
  // Drops the file if it has not taken its name. A copy in a forked child leaves the parent's file
  // alone.
  ~staged_file();
  staged_file(const staged_file&) = delete;
  staged_file& operator=(const staged_file&) = delete;

  // Finds what is at the path, following symbolic links, which is done only this once; the path
  // begins in the directory `base` (a descriptor of the system's, or AT_FDCWD). -EISDIR if that is
  // a directory.
  std::int64_t locate(const system_calls_ptr& system, int base, const std::string& path) noexcept;

  // The file that is there, or null.
  [[nodiscard]] const struct stat* original() const noexcept {
    return original_.exists() ? &original_.status : nullptr;
  }

  // Whether the original may be replaced: 0 if there is none.
  [[nodiscard]] std::int64_t may_replace() const noexcept;

  // Makes the new file, for writing. `mode` (less the umask) applies if it replaces no file;
  // otherwise only its owner can access it until `keep_identity`. `open_flags`: O_WRONLY or O_RDWR,
  // perhaps with O_DIRECT.
  std::int64_t create(mode_t mode, int open_flags) noexcept;

  [[nodiscard]] const owned_fd& file() const noexcept { return file_; }
  [[nodiscard]] int fd() const noexcept { return file_.get(); }

  // Looks again at what has the name, and gives the new file its owner, mode and attributes, unless
  // it has them already.
  std::int64_t keep_identity() noexcept;

  // Gives it the name if that is free; -EEXIST otherwise.
  std::int64_t take_new_name() noexcept;
  // Gives it the name, even if another file has that. `changed`: `keep_identity` had to be
  // repeated, so the file must be made durable again, and this called again.
  std::int64_t take_any_name(bool& changed) noexcept;

  // Makes the name durable.
  [[nodiscard]] std::int64_t sync_directory() const noexcept;

  void drop() noexcept;

  // Passes the descriptor of the file, which has taken its name, to the caller.
  [[nodiscard]] int release() noexcept { return file_.release(); }

  // Whether this is a forked child, where it is a copy of the parent's.
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
  // The user that owns new files of this process.
  uid_t creator_ = 0;
  // The identity that the file was given.
  std::optional<file_identity> given_;
  // The new file's temporary name, if it has one.
  std::string temporary_name_;
  const unsigned forks_;
};

}  // namespace asiofile::detail
