// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// sendfile(2), as jobs: a round each, until the socket has no room.

#include <asiofile/config.hpp>
#include <asiofile/detail/answering_job.hpp>
#include <asiofile/detail/file_access.hpp>

#include <cstdint>
#include <memory>

namespace asiofile::detail {

enum class send_end : std::uint8_t {
  all,     // what was asked for is sent
  eof,     // the file ends before
  full,    // the socket has no room
  refused  // this file, or this system, has to be read
};

struct send_round {
  std::uint64_t bytes = 0;
  send_end end = send_end::all;
  // Here or in a round before, the file's data were waited for.
  bool was_slow = false;
};

using send_file_job = answering_job<send_round>;

// A descriptor of the socket for all rounds of an operation, so that the socket need not stay open.
// Closed by the round that is not followed by another.
class owned_fd;
using sending_socket = std::shared_ptr<owned_fd>;

// `socket`: does not block; -1: it is not open. `own`: null before the first round. `was_slow`: as
// the round before has ended.
[[nodiscard]] ASIOFILE_DECL std::shared_ptr<send_file_job> make_send_file_job(
    const file_state& file, int socket, sending_socket& own, std::uint64_t offset,
    std::uint64_t bytes, bool was_slow);

// Where no round follows one that has ended as `full`: on a worker, since closing the last
// descriptor of a socket may wait for its peer (SO_LINGER of socket(7)).
ASIOFILE_DECL void drop(const file_state& file, sending_socket&& own) noexcept;

}  // namespace asiofile::detail
