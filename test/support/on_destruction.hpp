// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Calls a function when the last handler that holds this is destroyed, so that tests need no
// handler class of their own for what a handler's destructor does.

#include <functional>
#include <memory>
#include <utility>

namespace test_support {

using destruction_hook = std::shared_ptr<void>;

inline destruction_hook on_destruction(std::function<void()> function) {
  struct caller {
    explicit caller(std::function<void()> call) : function(std::move(call)) {}
    caller(const caller&) = delete;
    caller& operator=(const caller&) = delete;
    ~caller() { function(); }
    std::function<void()> function;
  };
  return std::make_shared<caller>(std::move(function));
}

}  // namespace test_support
