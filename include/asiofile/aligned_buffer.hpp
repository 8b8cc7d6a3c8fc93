// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Memory for files that are opened with `file_base::direct`.

#include <asiofile/config.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace asiofile {

/// Owns a block of memory at an aligned address, zero-filled when it is made.
///
/// A contiguous container of bytes, so that `boost::asio::buffer(block)`, with or without a size,
/// and `std::span(block)` take it:
///
/// \code
/// asiofile::random_access_file file(context, "data.bin",
///                                   asiofile::file_base::read_only | asiofile::file_base::direct);
/// const asiofile::io_alignment needed = file.alignment();
/// asiofile::aligned_buffer block(asiofile::align_up(100'000, needed.offset_bytes),
///                                needed.memory_bytes);
/// file.async_read_some_at(0, boost::asio::buffer(block), handler);
/// \endcode
///
/// Moving leaves the memory where it is: operations in flight on it are not disturbed.
///
/// \par Thread safety
/// Distinct objects: safe. One object: as a `std::vector`.
class aligned_buffer {
 public:
  using value_type = std::byte;                ///< A byte.
  using size_type = std::size_t;               ///< Counts bytes.
  using difference_type = std::ptrdiff_t;      ///< Between two iterators.
  using reference = std::byte&;                ///< To a byte.
  using const_reference = const std::byte&;    ///< To a byte that is only read.
  using iterator = std::byte*;                 ///< Contiguous.
  using const_iterator = const std::byte*;     ///< Contiguous.

  /// Enough for most devices and file systems: a page, and the largest sector size in use.
  static constexpr std::size_t default_alignment_bytes = 4096;

  /// Owns nothing; its size is 0.
  aligned_buffer() noexcept = default;

  /// Allocates a block.
  ///
  /// \param size_bytes the exact size. For a direct file: a multiple of
  ///   `io_alignment::offset_bytes`, see `align_up`.
  /// \param alignment_bytes a power of two, such as `io_alignment::memory_bytes`.
  /// \throws std::bad_alloc, or boost::system::system_error with `invalid_argument` for an
  ///   alignment that is no power of two.
  ASIOFILE_DECL explicit aligned_buffer(std::size_t size_bytes,
                                        std::size_t alignment_bytes = default_alignment_bytes);

  /// Takes ownership of the memory. `other` is left as if default-constructed.
  aligned_buffer(aligned_buffer&& other) noexcept
      : memory_(std::move(other.memory_)), size_bytes_(std::exchange(other.size_bytes_, 0)) {}

  /// Frees what it owns and takes ownership of the memory of `other`.
  aligned_buffer& operator=(aligned_buffer&& other) noexcept {
    memory_ = std::move(other.memory_);
    size_bytes_ = std::exchange(other.size_bytes_, 0);
    return *this;
  }

  /// The first byte; null where the object owns nothing.
  [[nodiscard]] std::byte* data() noexcept { return memory_.get(); }
  /// \copydoc data()
  [[nodiscard]] const std::byte* data() const noexcept { return memory_.get(); }

  /// The size in bytes.
  [[nodiscard]] std::size_t size() const noexcept { return size_bytes_; }
  /// Whether the size is 0.
  [[nodiscard]] bool empty() const noexcept { return size_bytes_ == 0; }

  /// The first byte.
  [[nodiscard]] iterator begin() noexcept { return data(); }
  /// \copydoc begin()
  [[nodiscard]] const_iterator begin() const noexcept { return data(); }
  /// One past the last byte.
  [[nodiscard]] iterator end() noexcept { return data() + size_bytes_; }
  /// \copydoc end()
  [[nodiscard]] const_iterator end() const noexcept { return data() + size_bytes_; }

  /// A byte. `index` is less than the size.
  [[nodiscard]] std::byte& operator[](std::size_t index) noexcept { return data()[index]; }
  /// \copydoc operator[](std::size_t)
  [[nodiscard]] const std::byte& operator[](std::size_t index) const noexcept {
    return data()[index];
  }

 private:
  /// @cond
  struct release {
    std::size_t alignment_bytes;
    ASIOFILE_DECL void operator()(std::byte* memory) const noexcept;
  };
  /// @endcond

  std::unique_ptr<std::byte, release> memory_;
  std::size_t size_bytes_ = 0;
};

}  // namespace asiofile
