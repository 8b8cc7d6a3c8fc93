// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Asio's buffer sequences as the kernel's iovecs.

#include <asiofile/detail/iovec_limit.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/registered_buffer.hpp>

#include <sys/uio.h>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace asiofile::detail {

template <typename Buffers>
concept const_buffers = boost::asio::is_const_buffer_sequence<Buffers>::value;

// One buffer, not a range of them.
template <typename Buffers>
concept single_buffer = std::convertible_to<Buffers, boost::asio::const_buffer>;

// The buffers themselves. Boost.Asio's registered ones are plain memory here: the ring that they
// are registered with is another.
template <typename Buffers>
const auto& as_sequence(const Buffers& buffers) {
  if constexpr (std::same_as<Buffers, boost::asio::mutable_registered_buffer> ||
                std::same_as<Buffers, boost::asio::const_registered_buffer>)
    return buffers.buffer();
  else
    return buffers;
}

// The number of buffers that are not empty, iovec_count_max at most.
template <typename BufferSequence>
std::size_t count_iovecs(const BufferSequence& buffers) {
  const auto& sequence = as_sequence(buffers);
  std::size_t count = 0;
  const auto end = boost::asio::buffer_sequence_end(sequence);
  for (auto it = boost::asio::buffer_sequence_begin(sequence); it != end; ++it) {
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
  for (auto it = boost::asio::buffer_sequence_begin(as_sequence(buffers)); filled != count; ++it) {
    const boost::asio::const_buffer buffer(*it);
    if (buffer.size() == 0) continue;
    // preadv(2) and pwritev(2) share a type: the pointer to a constant buffer is only read.
    iovecs[filled++] = iovec{const_cast<void*>(buffer.data()), buffer.size()};
    total += buffer.size();
  }
  return total;
}

// The iovecs of an operation, in its memory as far as they are few.
template <typename BufferSequence, typename Allocator>
class iovec_store {
  using iovec_allocator = typename std::allocator_traits<Allocator>::template rebind_alloc<iovec>;
  static constexpr std::size_t inline_count = 4;

 public:
  iovec_store(const BufferSequence& buffers, const Allocator& allocator)
      : allocator_(allocator), count_(count_iovecs(buffers)) {
    if (count_ > inline_count)
      more_ = std::allocator_traits<iovec_allocator>::allocate(allocator_, count_);
    bytes_ = fill_iovecs(buffers, data(), count_);
  }
  iovec_store(const iovec_store&) = delete;
  iovec_store& operator=(const iovec_store&) = delete;
  ~iovec_store() {
    if (more_ != nullptr)
      std::allocator_traits<iovec_allocator>::deallocate(allocator_, more_, count_);
  }

  [[nodiscard]] iovec* data() noexcept { return more_ != nullptr ? more_ : few_.data(); }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  [[no_unique_address]] iovec_allocator allocator_;
  std::size_t count_;
  std::uint64_t bytes_ = 0;
  iovec* more_ = nullptr;
  std::array<iovec, inline_count> few_;
};

template <single_buffer Buffer, typename Allocator>
class iovec_store<Buffer, Allocator> {
 public:
  iovec_store(const Buffer& buffer, const Allocator&) noexcept {
    const boost::asio::const_buffer only(buffer);
    only_ = {const_cast<void*>(only.data()), only.size()};
  }
  iovec_store(const iovec_store&) = delete;
  iovec_store& operator=(const iovec_store&) = delete;

  [[nodiscard]] iovec* data() noexcept { return &only_; }
  [[nodiscard]] std::size_t count() const noexcept { return only_.iov_len != 0 ? 1 : 0; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return only_.iov_len; }

 private:
  iovec only_;
};

}  // namespace asiofile::detail
