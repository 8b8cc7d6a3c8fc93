#pragma once

// A file that is written beside the one whose name it shall have, and takes that name when it is
// complete. Until then it can be dropped without a trace.
//
// Functions return 0 (or a count) or an errno value, negated.

#include "whole_files/file_location.hpp"

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace asiofile::detail {

class staged_file {
 public:
  staged_file() noexcept;
  // Drops what has not taken its name. A forked child's copy lets the parent's be.
  ~staged_file();
  staged_file(const staged_file&) = delete;
  staged_file& operator=(const staged_file&) = delete;

  // Finds out what there is at the path, behind symbolic links; the path begins in the directory
  // `base` (a descriptor, or AT_FDCWD). -EISDIR where that is a directory.
  std::int64_t locate(int base, const std::string& path) noexcept;

  // What is there, if anything.
  [[nodiscard]] const std::optional<struct stat>& original() const noexcept { return original_; }

  // Whether the original may be replaced: 0 where there is none.
  [[nodiscard]] std::int64_t may_replace() const noexcept;

  // Makes the new file, for writing. `mode` (less the umask) is for one that replaces none; others
  // are their owner's only until `take_name`.
  std::int64_t create(mode_t mode) noexcept;

  [[nodiscard]] int fd() const noexcept { return file_.get(); }

  // Gives the new file the original's owner, mode and attributes.
  void keep_identity() const noexcept;

  enum class taking : bool { new_name, any_name };
  // Gives it the name; `new_name`: -EEXIST where somebody else has that now.
  std::int64_t take_name(taking which) noexcept;

  // Makes the name durable.
  [[nodiscard]] std::int64_t sync_directory() const noexcept;

  void drop() noexcept;

 private:
  std::int64_t create_unnamed(mode_t mode);
  std::int64_t create_named(mode_t mode);
  std::int64_t link_unnamed(const std::string& name) const;
  std::int64_t link_temporary();
  std::int64_t rename_to_new_name() noexcept;

  file_location target_;
  std::optional<struct stat> original_;
  owned_fd file_;
  // Where the new file has a name that is not its last.
  std::string temporary_name_;
  const pid_t process_;
};

}  // namespace asiofile::detail
