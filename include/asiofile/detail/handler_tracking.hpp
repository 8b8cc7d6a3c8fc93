// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// How operations show in Boost.Asio's handler tracking (BOOST_ASIO_ENABLE_HANDLER_TRACKING): as
// Asio's own do, with their object and the name of the function. Asio has no other means for that
// than the macros that it uses itself. They are the same from Boost 1.81 to 1.92, and nothing where
// tracking is off; a test reads what they print.

#include <asiofile/detail/file_access.hpp>
#include <asiofile/detail/job.hpp>
#include <asiofile/detail/operation.hpp>

#include <boost/asio/detail/handler_tracking.hpp>

namespace asiofile::detail {

constexpr const char* tracked_name(operation_kind kind) noexcept {
  switch (kind) {
    case operation_kind::read: return "async_read_some";
    case operation_kind::write: return "async_write_some";
    case operation_kind::sync_all: return "async_sync_all";
    case operation_kind::sync_data: return "async_sync_data";
    case operation_kind::resize: return "async_resize";
    case operation_kind::size: return "async_size";
    case operation_kind::status: return "async_status";
    case operation_kind::allocate: return "async_allocate";
    case operation_kind::advise: return "async_advise";
    case operation_kind::lock: return "async_lock";
    case operation_kind::open: return "async_open";
    case operation_kind::close: return "async_close";
    case operation_kind::run_job:
    case operation_kind::wait: break;
  }
  return "async_call";
}

constexpr const char* tracked_name(const transfer_request& request) noexcept {
  switch (request.sync) {
    case sync_after::data:
      return request.is_at_position ? "async_write_and_sync_data" : "async_write_and_sync_data_at";
    case sync_after::all:
      return request.is_at_position ? "async_write_and_sync_all" : "async_write_and_sync_all_at";
    case sync_after::none: break;
  }
  if (request.is_at_position) return tracked_name(request.kind);
  return request.kind == operation_kind::read ? "async_read_some_at" : "async_write_some_at";
}

constexpr const char* tracked_name(const range_request& request) noexcept {
  if (request.kind != operation_kind::allocate) return tracked_name(request.kind);
  switch (request.change) {
    case space_change::punch_hole: return "async_punch_hole";
    case space_change::zero:
    case space_change::zero_keep_size: return "async_zero_range";
    default: return tracked_name(request.kind);
  }
}

constexpr const char* tracked_name(const lock_request&) noexcept {
  return tracked_name(operation_kind::lock);
}

constexpr const char* tracked_name(const file_status&) noexcept {
  return tracked_name(operation_kind::status);
}

constexpr const char* tracked_name(const open_request&) noexcept {
  return tracked_name(operation_kind::open);
}

// The name that traces have for it: a literal.
inline const char* tracked_name(const job& task) noexcept { return task.name().data(); }

}  // namespace asiofile::detail
