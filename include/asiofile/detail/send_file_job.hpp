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

// `socket`: does not block. The job has descriptors of its own, so that neither object has to stay
// open. `was_slow`: as the round before has ended.
[[nodiscard]] ASIOFILE_DECL std::shared_ptr<send_file_job> make_send_file_job(
    const file_state& file, int socket, std::uint64_t offset, std::uint64_t bytes, bool was_slow);

}  // namespace asiofile::detail
