// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// System calls made by synchronous functions.

#include "system/write_signals.hpp"

#include <cerrno>
#include <cstdint>

namespace asiofile::detail {

// Makes a system call that returns an errno value, negated, on error, and repeats it while signals
// interrupt it.
template <typename Call>
std::int64_t uninterrupted(Call&& call) {
  std::int64_t result;
  do {
    result = call();
  } while (result == -EINTR);
  return result;
}

// The same for a call that writes or allocates space: it may raise signals.
template <typename Call>
std::int64_t writing(Call&& call) {
  const write_signals_blocked while_calling;
  return uninterrupted(call);
}

}  // namespace asiofile::detail
