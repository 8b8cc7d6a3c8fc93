// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "service/handle_table.hpp"

#include <utility>

namespace asiofile::detail {

cancellation_handle handle_table::issue(operation& holder) {
  if (first_free_ == cancellation_handle::none) {
    entries_.emplace_back();
    first_free_ = static_cast<std::uint32_t>(entries_.size() - 1);
  }
  const std::uint32_t index = first_free_;
  entry& taken = entries_[index];
  first_free_ = taken.next_free;
  taken.holder = &holder;
  holder.handle_index = index;
  return {index, taken.generation};
}

operation* handle_table::holder_of(cancellation_handle handle) const noexcept {
  if (handle.index >= entries_.size()) return nullptr;
  const entry& named = entries_[handle.index];
  return named.generation == handle.generation ? named.holder : nullptr;
}

void handle_table::withdraw(operation& holder) noexcept {
  const std::uint32_t index = std::exchange(holder.handle_index, cancellation_handle::none);
  if (index == cancellation_handle::none) return;
  entry& named = entries_[index];
  named.holder = nullptr;
  ++named.generation;
  named.next_free = first_free_;
  first_free_ = index;
}

}  // namespace asiofile::detail
