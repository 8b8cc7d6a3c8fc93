// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include <asiofile/aligned_buffer.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <bit>
#include <cerrno>
#include <cstring>
#include <new>

namespace asiofile {

aligned_buffer::aligned_buffer(std::size_t size_bytes, std::size_t alignment_bytes) {
  if (!std::has_single_bit(alignment_bytes)) {
    throw boost::system::system_error(EINVAL, boost::system::system_category(),
                                      "aligned_buffer: alignment_bytes");
  }
  if (size_bytes == 0) return;
  void* const memory = ::operator new(size_bytes, std::align_val_t(alignment_bytes));
  memory_ = {static_cast<std::byte*>(memory), release{alignment_bytes}};
  size_bytes_ = size_bytes;
  // The bytes added by rounding up may be written to a file, too: they must not hold what was in
  // this memory before.
  std::memset(memory, 0, size_bytes);
}

void aligned_buffer::release::operator()(std::byte* memory) const noexcept {
  ::operator delete(memory, std::align_val_t(alignment_bytes));
}

}  // namespace asiofile
