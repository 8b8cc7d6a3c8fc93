// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// An allocator for containers whose memory direct files can be read into.

#include <boost/throw_exception.hpp>

#include <cstddef>
#include <limits>
#include <new>

namespace asiofile {

/// A standard allocator whose blocks of memory begin at multiples of `AlignmentBytes`.
///
/// \code
/// std::vector<char, asiofile::aligned_allocator<char>> block(65'536);
/// \endcode
///
/// Where the alignment is known only at run time (`basic_file::alignment`), see `aligned_buffer`.
/// The default is enough for all common devices and file systems.
///
/// \tparam AlignmentBytes a power of two, at least `alignof(T)`.
///
/// \par Thread safety
/// Safe.
template <typename T, std::size_t AlignmentBytes = 4096>
class aligned_allocator {
  static_assert(AlignmentBytes != 0 && (AlignmentBytes & (AlignmentBytes - 1)) == 0,
                "the alignment must be a power of two");
  static_assert(AlignmentBytes >= alignof(T), "the alignment must be at least that of the type");

 public:
  using value_type = T;  ///< What is allocated.

  /// Rebinds the allocator to another type. Required because `AlignmentBytes` is not a type.
  template <typename U>
  struct rebind {
    using other = aligned_allocator<U, AlignmentBytes>;  ///< The allocator when rebound.
  };

  /// The allocator has no state.
  constexpr aligned_allocator() noexcept = default;

  /// The allocator has no state.
  template <typename U>
  constexpr aligned_allocator(const aligned_allocator<U, AlignmentBytes>&) noexcept {}

  /// Allocates room for `count` objects.
  ///
  /// \throws std::bad_array_new_length or std::bad_alloc.
  [[nodiscard]] T* allocate(std::size_t count) {
    if (count > std::numeric_limits<std::size_t>::max() / sizeof(T))
      boost::throw_exception(std::bad_array_new_length());
    return static_cast<T*>(::operator new(count * sizeof(T), std::align_val_t(AlignmentBytes)));
  }

  /// Frees memory.
  ///
  /// \param memory what `allocate` returned.
  void deallocate(T* memory, std::size_t) noexcept {
    ::operator delete(memory, std::align_val_t(AlignmentBytes));
  }

  /// Always true: any instance can free what another has allocated.
  template <typename U>
  constexpr bool operator==(const aligned_allocator<U, AlignmentBytes>&) const noexcept {
    return true;
  }
};

}  // namespace asiofile
