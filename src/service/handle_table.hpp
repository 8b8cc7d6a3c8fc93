// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Generational handles: finds the operation that a cancellation slot refers to, if it still exists.

#include "operations/operation.hpp"
#include "service/service_lock.hpp"

#include <cstdint>
#include <vector>

namespace asiofile::detail {

class handle_table {
 public:
  // Throws std::bad_alloc.
  cancellation_handle issue(operation& holder) ASIOFILE_REQUIRES(service_lock);

  // The operation that holds the handle; null once that was withdrawn.
  [[nodiscard]] operation* holder_of(cancellation_handle handle) const noexcept
      ASIOFILE_REQUIRES(service_lock);

  // From here on the operation's handle, if it has one, names nothing.
  void withdraw(operation& holder) noexcept ASIOFILE_REQUIRES(service_lock);

 private:
  struct entry {
    operation* holder = nullptr;
    std::uint32_t generation = 0;
    std::uint32_t next_free = cancellation_handle::none;
  };

  std::vector<entry> entries_ ASIOFILE_GUARDED_BY(service_lock);
  std::uint32_t first_free_ ASIOFILE_GUARDED_BY(service_lock) = cancellation_handle::none;
};

}  // namespace asiofile::detail
