// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Keeps an execution context from being destroyed while an operation on its service is made:
// registering outstanding work with an executor uses its context, which another thread may be
// destroying.

#include <asiofile/config.hpp>

namespace asiofile::detail {

class background;
class file_state;
class service_core;

[[nodiscard]] ASIOFILE_DECL service_core& core_of(const file_state& file) noexcept;
[[nodiscard]] ASIOFILE_DECL service_core& core_of(const background& reader) noexcept;

// Returns false if the context is being or has been destroyed; otherwise the context's destructor
// waits for `release_context`.
[[nodiscard]] ASIOFILE_DECL bool hold_context(service_core& core) noexcept;
ASIOFILE_DECL void release_context(service_core& core) noexcept;

// For the scope of an initiating function, but for its calling a handler. `is_needed`: false where
// it does not use the context.
class context_hold {
 public:
  template <typename Owner>
  context_hold(const Owner& owner, bool is_needed) noexcept {
    if (!is_needed) return;
    service_core& core = core_of(owner);
    is_there_ = hold_context(core);
    if (is_there_) held_ = &core;
  }
  context_hold(const context_hold&) = delete;
  context_hold& operator=(const context_hold&) = delete;
  ~context_hold() { end(); }

  // The context is there, or is not used.
  [[nodiscard]] bool is_there() const noexcept { return is_there_; }
  void end() noexcept {
    if (held_ != nullptr) release_context(*held_);
    held_ = nullptr;
  }

 private:
  service_core* held_ = nullptr;
  bool is_there_ = true;
};

}  // namespace asiofile::detail
