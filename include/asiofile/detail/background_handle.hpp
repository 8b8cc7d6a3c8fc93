// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What a reader or writer object holds.

#include <asiofile/detail/background.hpp>
#include <asiofile/detail/call_initiation.hpp>

#include <utility>

namespace asiofile::detail {

template <typename Executor>
class background_handle {
 public:
  background_handle(const Executor& executor, background_ptr source)
      : executor_(executor), source_(std::move(source)) {}
  background_handle(background_handle&&) noexcept = default;
  background_handle& operator=(background_handle&& other) noexcept {
    if (this == &other) return *this;
    leave();
    executor_ = other.executor_;
    source_ = std::move(other.source_);
    return *this;
  }
  ~background_handle() { leave(); }

  [[nodiscard]] const Executor& get_executor() const noexcept { return executor_; }
  [[nodiscard]] background& source() const noexcept { return *source_; }

  // What starts a call.
  template <typename Result>
  auto call(call_answer::request asked = call_answer::request::next) const {
    return initiate_call<Executor, Result>(executor_, source_, asked);
  }
  auto call_taking() const {
    return initiate_taking<Executor>(executor_, source_, call_answer::request::write);
  }

 private:
  void leave() noexcept {
    if (source_) abandon(*source_);
  }

  Executor executor_;
  background_ptr source_;
};

}  // namespace asiofile::detail
