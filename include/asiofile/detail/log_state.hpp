// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What the log template asks of the compiled library.

#include <asiofile/append_log_options.hpp>
#include <asiofile/config.hpp>
#include <asiofile/detail/file_access.hpp>
#include <asiofile/detail/operation.hpp>

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace asiofile::detail {

class service_core;

// Owned by the log object, by the initiations that it has handed out, and by its operation in
// flight.
class log_state;
using log_state_ptr = std::shared_ptr<log_state>;

[[nodiscard]] ASIOFILE_DECL service_core& core_of(const log_state& log) noexcept;

// Throws boost::system::system_error with invalid_argument for an option out of its range, or a
// file that no log can be on.
[[nodiscard]] ASIOFILE_DECL log_state_ptr make_log(const file_state_ptr& file,
                                                   const append_log_options& options);

enum class log_call : std::uint8_t { append, flush, close };

// What a call asks for. The buffers and their array stay valid until it has completed.
struct log_request {
  log_call what = log_call::append;
  iovec* buffers = nullptr;
  std::size_t buffer_count = 0;
  std::uint64_t bytes = 0;
};

// Names a call for its cancellation slot, before it begins.
[[nodiscard]] ASIOFILE_DECL std::uint64_t announce_call(log_state& of) noexcept;

// Begins a call. Its result is the offset of an `append`. Throws std::bad_alloc, or, if there is no
// descriptor to wake the context with, boost::system::system_error with EMFILE; it has then begun
// nothing.
//
// True: the log has it (`call` is empty) and completes it exactly once, later. False: its result is
// known, and the caller, who wants that (`wants_result`), completes it.
[[nodiscard]] ASIOFILE_DECL bool begin_call(log_state& of, operation_ptr& call,
                                            const log_request& asked, std::uint64_t number,
                                            bool wants_result, operation_result& over);

// The call ends with `operation_aborted`, if nothing of it is being written.
ASIOFILE_DECL void cancel_call(log_state& of, std::uint64_t number);

// The log object is gone: what waits to be written is aborted.
ASIOFILE_DECL void abandon(log_state& left) noexcept;

// See `basic_append_log`.
[[nodiscard]] ASIOFILE_DECL std::uint64_t next_offset(const log_state& of) noexcept;
[[nodiscard]] ASIOFILE_DECL std::uint64_t durable_end(const log_state& of) noexcept;

}  // namespace asiofile::detail
