// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What a reader or writer knows about the file that it is made on.

#include <asiofile/detail/file_access.hpp>
#include <asiofile/detail/sources.hpp>
#include <asiofile/io_alignment.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace asiofile::detail {

struct background_file {
  file_state_ptr state;
  // The number of what the file object had open then, or 0 where it was closed.
  std::uint64_t only_on = 0;

  // No positions: a FIFO, terminal, socket.
  bool is_stream = false;
  // Written at its end, wherever that is.
  bool is_appended = false;
  io_alignment alignment;
  // Where to begin, in bytes from the start of the file. 0 if the file has no positions.
  std::uint64_t start = 0;
  // In bytes; it may have changed since. 0 if unknown.
  std::uint64_t size_when_opened = 0;
};

// `offset` and `where`: as the user has them.
[[nodiscard]] background_file look_at(const file_state_ptr& file,
                                      const std::optional<std::uint64_t>& offset,
                                      starting_place where);

}  // namespace asiofile::detail
