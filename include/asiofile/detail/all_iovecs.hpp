// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/buffer.hpp>

#include <sys/uio.h>

#include <vector>

namespace asiofile::detail {

// All non-empty buffers, of any number.
template <typename BufferSequence>
std::vector<iovec> all_iovecs(const BufferSequence& buffers) {
  std::vector<iovec> all;
  const auto end = boost::asio::buffer_sequence_end(buffers);
  for (auto it = boost::asio::buffer_sequence_begin(buffers); it != end; ++it) {
    const boost::asio::const_buffer buffer(*it);
    // writev(2) only reads what the pointer points to.
    if (buffer.size() != 0) all.push_back(iovec{const_cast<void*>(buffer.data()), buffer.size()});
  }
  return all;
}

}  // namespace asiofile::detail
