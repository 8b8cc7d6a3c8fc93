// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "service/descriptor.hpp"

#include "system/system_calls.hpp"

#include <utility>

namespace asiofile::detail {

descriptor::~descriptor() { close(); }

void descriptor::set_registered(std::shared_ptr<registry> with, std::uint16_t index) noexcept {
  registered_with_ = std::move(with);
  registered_index_ = index;
}

void descriptor::forget_registered() noexcept {
  registered_with_.reset();
  registered_index_ = registered_indices::none;
}

group_commit& descriptor::commits() {
  if (!commits_) commits_ = std::make_unique<group_commit>();
  return *commits_;
}

int descriptor::release() noexcept { return fd_.exchange(-1, std::memory_order_relaxed); }

void descriptor::unregister() noexcept {
  const std::uint16_t index = std::exchange(registered_index_, registered_indices::none);
  if (index != registered_indices::none) registered_with_->remove_descriptor(index);
  registered_with_.reset();
}

int descriptor::close() noexcept {
  unregister();
  const int fd = release();
  if (fd == -1 || !is_owned()) return 0;
  return static_cast<int>(-system_->close(fd));
}

}  // namespace asiofile::detail
