// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// How readers and writers come by what a file object holds.

#include <asiofile/detail/file_access.hpp>

namespace asiofile {

template <typename Executor>
class basic_file;

namespace detail {

struct shared_state_access {
  template <typename Executor>
  static const file_state_ptr& of(basic_file<Executor>& file) {
    return file.shared_state();
  }
};

}  // namespace detail
}  // namespace asiofile
