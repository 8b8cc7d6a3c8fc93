// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Completion handlers that are a pointer: cheap to move, and small enough for the memory that
// Boost.Asio keeps for the next operation of the thread.

#include <exception>
#include <utility>

namespace http_file_server {

// Calls a member function. If that throws, because memory is exhausted, calls `fail()` of the same
// object.
template <auto Member, typename Object>
class member_handler {
 public:
  explicit member_handler(Object& object) : object_(&object) {}

  template <typename... Arguments>
  void operator()(Arguments&&... arguments) const {
    try {
      (object_->*Member)(std::forward<Arguments>(arguments)...);
    } catch (const std::exception&) {
      object_->fail();
    }
  }

 private:
  Object* object_;
};

}  // namespace http_file_server
