// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The names in a directory, one after the other.

#include <asiofile/config.hpp>
#include <asiofile/directory_entry.hpp>

#include <cstdint>
#include <memory>

namespace asiofile::detail {

class system_calls;

class ASIOFILE_DECL directory_stream {
 public:
  directory_stream() = default;
  directory_stream(const directory_stream&) = delete;
  directory_stream& operator=(const directory_stream&) = delete;
  // Closes it.
  virtual ~directory_stream();

  // 1: there is another name; 0: the end; or an errno value, negated. Without "." and "..". Throws
  // std::bad_alloc.
  virtual std::int64_t next(directory_entry& entry) = 0;
  virtual void rewind() noexcept = 0;
  // Whether closing it does not block: it is local.
  [[nodiscard]] virtual bool closes_quickly() const noexcept = 0;
  // In a forked child, when a thread of the parent may have been using it: closes the descriptor
  // and abandons the rest.
  virtual void give_up() noexcept = 0;
};

// Opens a directory of the kernel, whose calls are `system`. The path begins in the directory
// `base`. Returns 0 or an errno value, negated; throws std::bad_alloc. May wait.
std::int64_t open_kernel_directory(system_calls& system, int base, const char* path,
                                   std::unique_ptr<directory_stream>& opened);

}  // namespace asiofile::detail
