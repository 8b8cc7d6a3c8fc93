// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "service/service_counters.hpp"

#include <new>

namespace asiofile::detail {

void service_counters::count_fallback(backend from, std::int64_t result) noexcept {
  const int error = static_cast<int>(-result);
  for (fallback_count& each : so_far_.fallbacks) {
    if (each.from == from && each.reason.value() == error) {
      ++each.operations;
      return;
    }
  }
  try {
    so_far_.fallbacks.push_back({from, {error, boost::system::system_category()}, 1});
  } catch (const std::bad_alloc&) {
    return;
  }
}

}  // namespace asiofile::detail
