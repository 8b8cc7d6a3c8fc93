// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What an engine's result means for an operation, and what its handler gets.

#include "operations/operation.hpp"

#include <asiofile/config.hpp>
#include <asiofile/detail/error_numbers.hpp>

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace asiofile::detail {

// The name used in traces.
ASIOFILE_DECL std::string_view name_of(const operation& which) noexcept;

enum class verdict {
  over,      // the result is final
  resubmit,  // interrupted, or one piece of a long transfer: once more
  fall_back  // this engine cannot run it; another one may
};

// Judges `returned.result`, and counts the bytes transferred. `another`: whether there is an engine
// left that could run the operation.
verdict judge(operation& returned, bool another) noexcept;

// The error of a read or write that transferred `transferred` of `requested` bytes and ended with
// `result`: an errno value, `end_of_file`, or 0.
int transfer_error(operation_kind kind, std::uint64_t requested, std::uint64_t transferred,
                   std::int64_t result) noexcept;

// The error that the handler gets.
operation_result result_of(const operation& over) noexcept;

// The result to report: interrupted on request means aborted, however the engine reported it.
std::int64_t final_result(const operation& over, std::int64_t result) noexcept;

// Whether the sync after a write has run, so that it is known whether the data is durable.
[[nodiscard]] bool has_sync_run(const transfer_operation& which) noexcept;

// Whether an error of a sync (an errno value, negated) says that data may be lost, and not that
// there was no sync.
[[nodiscard]] bool is_sync_failure(std::int64_t result) noexcept;

// Whether the error of a durable write (an errno value, negated) may be that of its sync. Others
// would then not get it, because the kernel reports it only once.
[[nodiscard]] bool is_lost_data(std::int64_t result) noexcept;

// Drops the first `bytes` of the buffers.
void drop_front(iovec*& buffers, std::uint32_t& count, std::uint64_t bytes) noexcept;

// Records that `bytes` more were transferred, and drops them from the buffers.
void advance(transfer_operation& moved, std::uint64_t bytes) noexcept;

}  // namespace asiofile::detail
