#pragma once

// Asio's buffer sequences as the kernel's iovecs.

#include <boost/asio/buffer.hpp>

#include <sys/uio.h>

#include <climits>
#include <cstddef>
#include <cstdint>

namespace asiofile::detail {

// readv(2): the kernel takes at most IOV_MAX (1,024 on Linux) buffers at a time. A longer
// sequence is transferred up to there, as a short transfer.
#if defined(IOV_MAX)
inline constexpr std::size_t iovec_count_max = IOV_MAX;
#else
inline constexpr std::size_t iovec_count_max = 1024;
#endif

// The number of buffers that are not empty, iovec_count_max at most.
template <typename BufferSequence>
std::size_t count_iovecs(const BufferSequence& buffers) {
  std::size_t count = 0;
  const auto end = boost::asio::buffer_sequence_end(buffers);
  for (auto it = boost::asio::buffer_sequence_begin(buffers); it != end; ++it) {
    if (boost::asio::const_buffer(*it).size() != 0 && ++count == iovec_count_max) break;
  }
  return count;
}

// Writes the first `count` buffers that are not empty to `iovecs`.
// Returns the sum of their sizes in bytes.
template <typename BufferSequence>
std::uint64_t fill_iovecs(const BufferSequence& buffers, iovec* iovecs, std::size_t count) {
  std::uint64_t total = 0;
  std::size_t filled = 0;
  for (auto it = boost::asio::buffer_sequence_begin(buffers); filled != count; ++it) {
    const boost::asio::const_buffer buffer(*it);
    if (buffer.size() == 0) continue;
    // preadv(2) and pwritev(2) share a type: the pointer to a constant buffer is only read.
    iovecs[filled++] = iovec{const_cast<void*>(buffer.data()), buffer.size()};
    total += buffer.size();
  }
  return total;
}

}  // namespace asiofile::detail
