// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Makes operations from requests, and starts them.

#include <asiofile/detail/file_access.hpp>
#include <asiofile/detail/replacement_access.hpp>

#include "operations/operation.hpp"
#include "service/service_core.hpp"
#include "system/lock_type.hpp"

#include <cstring>

namespace asiofile::detail {

void prepare(operation_storage& in, const transfer_request& request) noexcept {
  auto& made = operation::emplace<transfer_operation>(in, request.kind);
  made.offset = request.offset;
  made.buffers = request.buffers;
  made.buffer_count = static_cast<std::uint32_t>(request.buffer_count);
  made.requested = request.bytes;
  made.slot = request.slot;
  made.priority = request.priority;
  made.sync = request.sync;
  made.is_at_position = request.is_at_position;
  made.concerns_others =
      (static_cast<int>(request.sync) | static_cast<int>(request.is_at_position)) != 0;
}

void prepare(operation_storage& in, const flagged_request& request) noexcept {
  prepare(in, static_cast<const transfer_request&>(request));
  transfer_operation& made = as_transfer(operation::in(in));
  made.flags = native_flags(request.flags);
  if (made.flags == 0) return;
  made.concerns_others = true;
  // It would wait for the device.
  made.was_tried = true;
  made.links_sync = is_durable(made);
}

void prepare(operation_storage& in, operation_kind kind) noexcept {
  switch (kind) {
    case operation_kind::close: operation::emplace<close_operation>(in); break;
    case operation_kind::size: operation::emplace<query_operation>(in, kind); break;
    case operation_kind::wait: operation::emplace<call_operation>(in); break;
    default: operation::emplace<sync_operation>(in, kind); break;
  }
}

void prepare(operation_storage& in, finish_request) noexcept {
  operation::emplace<close_operation>(in).lets_finish = true;
}

void prepare(operation_storage& in, const range_request& request) noexcept {
  auto& made = operation::emplace<range_operation>(in, request.kind);
  made.offset = request.offset;
  made.length = request.length;
  made.advice = request.advice;
  made.change = request.change;
}

void prepare(operation_storage& in, const lock_request& request) noexcept {
  auto& made = operation::emplace<lock_operation>(in);
  made.offset = request.offset;
  made.length = request.length;
  made.type = lock_type(request.mode);
}

void prepare(operation_storage& in, file_status& answer) noexcept {
  operation::emplace<query_operation>(in, operation_kind::status).status = &answer;
}

void prepare(operation_storage& in, const open_request& request) noexcept {
  auto& made = operation::emplace<open_operation>(in);
  // A path with a zero byte inside would name another file: see `service_core::admit_open`.
  const bool is_path = std::strlen(request.path) == request.path_size;
  made.path = is_path ? request.path : nullptr;
  made.flags = static_cast<int>(request.flags);
  made.permissions = request.permissions < open_operation::invalid_permissions
                         ? static_cast<std::uint16_t>(request.permissions)
                         : open_operation::invalid_permissions;
  made.task = request.task;
  made.status = request.status;
}

void prepare(operation_storage& in, job& task) noexcept {
  operation::emplace<job_operation>(in).task = &task;
}

cancellation_handle issue_handle(file_state& file, operation_storage& unstarted) {
  return file.core->issue_handle(operation::in(unstarted));
}

void withdraw_handle(file_state& file, operation_storage& unstarted) noexcept {
  file.core->withdraw_handle(operation::in(unstarted));
}

void cancel(file_state& file, cancellation_handle handle) noexcept { file.core->cancel(handle); }

start_outcome start(const file_state_ptr& file, operation_ptr& unstarted, bool wants_result,
                    operation_result& over) {
  return file->core->start(*file, unstarted, wants_result, over);
}

}  // namespace asiofile::detail
