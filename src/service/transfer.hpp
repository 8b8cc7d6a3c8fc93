#pragma once

// Reading and writing in the calling thread.

#include "service/descriptor.hpp"

#include <asiofile/detail/file_access.hpp>
#include <asiofile/detail/operation.hpp>

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace asiofile::detail {

// Makes up for interruptions and for the limit of one system call, not for any other short
// transfer. `used`: null stands for a closed file.
std::size_t transfer(const descriptor* used, operation_kind kind, std::uint64_t offset,
                     std::span<iovec> buffers, boost::system::error_code& ec);

// Whether the buffers lie in a slot of `registered_buffers` of another service.
[[nodiscard]] bool are_of_another(const file_state& file, std::span<const iovec> buffers,
                                  const memory_slot* slot) noexcept;

}  // namespace asiofile::detail
