// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// System calls on paths, as jobs.

#include <asiofile/config.hpp>
#include <asiofile/detail/job.hpp>
#include <asiofile/file_status.hpp>

#include <fcntl.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace asiofile::detail {

// What to call, with what, and what came of it.
struct path_call {
  // Returns 0 or an errno value, negated. Throws std::bad_alloc only, and then before it has had
  // an effect.
  using function = std::int64_t (*)(path_call&);

  function make = nullptr;
  std::string path = {};
  std::string other_path = {};
  // What else the function is to know: a mode, permissions.
  std::uint32_t option = 0;

  // Whose calls are made, and the directory that the paths begin in: a descriptor, or AT_FDCWD.
  system_calls* system = nullptr;
  int base = AT_FDCWD;
  // After -EINTR: nothing has happened, so that the call can be made again.
  bool may_repeat = true;
  file_status status = {};
  std::string found_path = {};
};

// The functions. Each is what the public one of a similar name says.
ASIOFILE_DECL std::int64_t find_path_status(path_call& call);
ASIOFILE_DECL std::int64_t rename_path(path_call& call);
ASIOFILE_DECL std::int64_t remove_path(path_call& call);
ASIOFILE_DECL std::int64_t create_directory(path_call& call);
ASIOFILE_DECL std::int64_t create_directories(path_call& call);
ASIOFILE_DECL std::int64_t link_path(path_call& call);
ASIOFILE_DECL std::int64_t create_symlink(path_call& call);
ASIOFILE_DECL std::int64_t read_symlink(path_call& call);
ASIOFILE_DECL std::int64_t sync_directory(path_call& call);
ASIOFILE_DECL std::int64_t create_temporary(path_call& call);

// Makes one call.
class ASIOFILE_DECL path_job : public job {
 public:
  explicit path_job(path_call call) : call_(std::move(call)) {}
  ~path_job() override;

  [[nodiscard]] std::string_view name() const noexcept override;

 protected:
  path_call call_;

 private:
  std::int64_t step() noexcept override;
};

// One whose answer is a file's status.
class path_status_job final : public path_job {
 public:
  using path_job::path_job;
  std::tuple<file_status> take_answer() { return {call_.status}; }
};

// One whose answer is a path.
class found_path_job final : public path_job {
 public:
  using path_job::path_job;
  std::tuple<std::string> take_answer() { return {std::move(call_.found_path)}; }
};

}  // namespace asiofile::detail
