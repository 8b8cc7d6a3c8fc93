// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Handlers that are counted: whatever happens to the context, each is run or destroyed once.

#include <boost/system/error_code.hpp>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <utility>

namespace test_support {

// The fates of handlers: each is run or destroyed, once.
struct fates {
  std::atomic<std::size_t> made = 0;
  std::atomic<std::size_t> run = 0;
  std::atomic<std::size_t> destroyed = 0;
  std::atomic<bool> must_not_run = false;
  std::atomic<std::size_t> wrong = 0;
};

// Destroyed without having been run, unless `operator()` was called before. Move-only: there is
// never a second one.
class counted_handler {
 public:
  explicit counted_handler(fates& all) : all_(&all) { ++all.made; }
  counted_handler(counted_handler&& other) noexcept : all_(std::exchange(other.all_, nullptr)) {}
  counted_handler& operator=(counted_handler&&) = delete;
  ~counted_handler() {
    if (all_ != nullptr) ++all_->destroyed;
  }

  template <typename... Results>
  void operator()(boost::system::error_code, Results&&...) {
    if (all_ == nullptr) std::abort();
    if (all_->must_not_run) ++all_->wrong;
    ++std::exchange(all_, nullptr)->run;
  }

 private:
  fates* all_;
};

}  // namespace test_support
