#pragma once

// What an engine's result means for an operation.

#include <asiofile/detail/operation.hpp>

#include <boost/system/error_code.hpp>

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace asiofile::detail {

// An error in the form in which engines report theirs, an errno value, for what the system has no
// number for: `boost::asio::error::already_open`.
inline constexpr int already_open = 1 << 20;

// The one place that turns such a number into an error_code; 0 into success.
boost::system::error_code make_error(int error) noexcept;

// As a trace names it.
std::string_view name_of(operation_kind kind) noexcept;

enum class verdict {
  over,      // the result stands
  again,     // interrupted, or one piece of a long transfer: submit it once more
  elsewhere  // this engine cannot run it; another one may
};

// Judges `returned.result`, and takes note of the bytes transferred. `another` says whether there
// is an engine left that could run the operation.
verdict judge(operation& returned, bool another) noexcept;

// What a read or write that moved `transferred` of `requested` bytes, and ended with `result`,
// reports.
boost::system::error_code transfer_error(operation_kind kind, std::uint64_t requested,
                                         std::uint64_t transferred, std::int64_t result) noexcept;

// A result of the operation's: interrupted on request means aborted, whichever way an engine put it.
std::int64_t final_result(const operation& finished, std::int64_t result) noexcept;

// Drops the first `bytes` of the buffers.
void drop_front(iovec*& buffers, std::size_t& count, std::uint64_t bytes) noexcept;

// Takes note that `bytes` more were transferred, and drops them from the buffers.
void advance(operation& moved, std::uint64_t bytes) noexcept;

}  // namespace asiofile::detail
