#pragma once

// From what the system says about a file to what users see.

#include <asiofile/file_status.hpp>

#include <sys/stat.h>

namespace asiofile::detail {

// `mode`: st_mode, of which the permissions do not matter.
file_type type_from(unsigned mode) noexcept;

#if defined(STATX_BASIC_STATS)
file_status status_from(const struct statx& found) noexcept;
#else
file_status status_from(const struct stat& found) noexcept;
#endif

}  // namespace asiofile::detail
