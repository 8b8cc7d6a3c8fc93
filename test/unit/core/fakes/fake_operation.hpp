// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Operations that record how they ended.

#include "operations/operation.hpp"

#include <asiofile/detail/file_access.hpp>

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace fakes {

namespace detail = asiofile::detail;
using detail::operation_kind;
using detail::operation_stage;
using detail::sync_after;

class fake_operation {
  struct body : detail::operation_storage {
    body() : operation_storage(&body::end) {}
    static void end(detail::operation_storage& self, const detail::operation_result* result) {
      auto& its = static_cast<body&>(self);
      if (result == nullptr) {
        ++its.destroyed;
        return;
      }
      ++its.completed;
      its.result = *result;
      if (its.handler) its.handler();
    }

    unsigned completed = 0;
    unsigned destroyed = 0;
    detail::operation_result result;
    std::function<void()> handler;
    std::array<std::byte, 4096> memory{};
    std::array<iovec, 2> buffers{};
  };
  std::unique_ptr<body> body_ = std::make_unique<body>();
  bool was_given_away_ = false;

 public:
  // sync_all, sync_data, close, size, wait.
  explicit fake_operation(operation_kind kind) { detail::prepare(*body_, kind); }
  explicit fake_operation(const detail::open_request& request) { detail::prepare(*body_, request); }
  explicit fake_operation(const detail::range_request& request) {
    detail::prepare(*body_, request);
  }
  explicit fake_operation(detail::job& task) { detail::prepare(*body_, task); }
  // A service that is destroyed later may still have it.
  ~fake_operation() {
    static std::vector<std::unique_ptr<body>> in_flight;
    if (was_given_away_ && !is_over()) in_flight.push_back(std::move(body_));
  }
  fake_operation(const fake_operation&) = delete;
  fake_operation& operator=(const fake_operation&) = delete;

  [[nodiscard]] detail::operation& get() noexcept { return detail::operation::in(*body_); }
  [[nodiscard]] operation_stage stage() noexcept { return get().stage(); }
  [[nodiscard]] detail::operation_storage& storage() noexcept { return *body_; }
  // For a service.
  [[nodiscard]] detail::operation_ptr pointer() noexcept {
    was_given_away_ = true;
    return detail::operation_ptr(body_.get());
  }

  // How often its handler was called, or destroyed without that.
  unsigned& completed = body_->completed;
  unsigned& destroyed = body_->destroyed;
  detail::operation_result& result = body_->result;
  std::function<void()>& handler = body_->handler;
  [[nodiscard]] bool is_over() const noexcept { return completed + destroyed != 0; }

 protected:
  fake_operation() = default;
  [[nodiscard]] std::byte* memory() noexcept { return body_->memory.data(); }
  [[nodiscard]] iovec* buffers() noexcept { return body_->buffers.data(); }
};

// A read or write of `bytes` bytes, in two buffers if there are at least two bytes.
class fake_transfer : public fake_operation {
 public:
  explicit fake_transfer(operation_kind kind, std::size_t bytes = 100, std::uint64_t offset = 0,
                         sync_after sync = sync_after::none, bool is_at_position = false) {
    buffers()[0] = {memory(), bytes / 2};
    buffers()[1] = {memory() + bytes / 2, bytes - bytes / 2};
    detail::transfer_request request{kind};
    request.sync = sync;
    request.is_at_position = is_at_position;
    request.offset = offset;
    request.buffers = bytes < 2 ? buffers() + 1 : buffers();
    request.buffer_count = bytes < 2 ? bytes : 2;
    request.bytes = bytes;
    detail::prepare(storage(), request);
  }

  [[nodiscard]] detail::transfer_operation& get() noexcept {
    return detail::as_transfer(fake_operation::get());
  }
};

}  // namespace fakes
