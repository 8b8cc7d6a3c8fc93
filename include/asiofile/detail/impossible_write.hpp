// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <asiofile/detail/iovecs.hpp>
#include <asiofile/write_flags.hpp>

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <cstdint>

namespace asiofile::detail {

// What one call writes at most on Linux (write(2)).
inline constexpr std::uint64_t bytes_per_write_max = 0x7fff'f000;

// Whether no system makes such a write: one with flags that do not exist, or an untorn one of more
// buffers or bytes than one call takes.
template <typename BufferSequence>
[[nodiscard]] bool is_impossible(const BufferSequence& buffers, write_flags flags) {
  if ((flags & (write_flags::durable | write_flags::untorn)) != flags) return true;
  if ((flags & write_flags::untorn) == write_flags::none) return false;
  std::size_t buffer_count = 0;
  std::uint64_t bytes = 0;
  const auto& sequence = as_sequence(buffers);
  for (auto each = boost::asio::buffer_sequence_begin(sequence);
       each != boost::asio::buffer_sequence_end(sequence); ++each) {
    const std::size_t size = boost::asio::const_buffer(*each).size();
    buffer_count += size != 0 ? 1 : 0;
    bytes += size;
  }
  return buffer_count > iovec_count_max || bytes > bytes_per_write_max;
}

}  // namespace asiofile::detail
