#pragma once

#include "service/descriptor.hpp"

#include <asiofile/io_alignment.hpp>

namespace asiofile::detail {

// What reads and writes of an open file must be aligned to.
[[nodiscard]] io_alignment alignment_of(const descriptor& used) noexcept;

}  // namespace asiofile::detail
