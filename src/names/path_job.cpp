// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/posix_calls.hpp"

#include <asiofile/detail/path_call.hpp>

#include <cerrno>
#include <new>
#include <utility>

namespace asiofile::detail {

path_job::~path_job() = default;

// The names of the public functions.
std::string_view path_job::name() const noexcept {
  constexpr std::pair<path_call::function, std::string_view> names[] = {
      {find_path_status, "status"},
      {rename_path, "rename"},
      {remove_path, "remove"},
      {create_directory, "create_directory"},
      {create_directories, "create_directories"},
      {link_path, "link"},
      {create_symlink, "symlink"},
      {read_symlink, "read_symlink"},
      {sync_directory, "sync_directory"},
      {create_temporary, "create_temporary"}};
  for (const auto& [function, its_name] : names) {
    if (function == call_.make) return its_name;
  }
  return job::name();
}

std::int64_t path_job::step() noexcept {
  // It would name another file.
  if (has_zero_byte(call_.path) || has_zero_byte(call_.other_path)) return -EINVAL;
  call_.system = system().get();
  call_.base = base();
  try {
    for (;;) {
      if (is_stopped()) return -ECANCELED;
      const std::int64_t result = call_.make(call_);
      if (result != -EINTR || !call_.may_repeat) return result;
    }
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
}

}  // namespace asiofile::detail
