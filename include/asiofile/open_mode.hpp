// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Open modes as in `fopen` and Python.

#include <asiofile/config.hpp>
#include <asiofile/file_base.hpp>

#include <boost/system/error_code.hpp>

#include <string_view>

namespace asiofile {

/// Converts an open mode such as `"r"`, `"w+"` or `"ab"` to flags.
///
/// | mode | flags |
/// |---|---|
/// | `r` | `read_only` |
/// | `w` | `write_only \| create \| truncate` |
/// | `a` | `write_only \| create \| append` |
/// | `x` | `write_only \| create \| exclusive` |
/// | `+` with any of them | `read_write` in place of `read_only` or `write_only` |
///
/// `x` may be combined with `w` (`"wx"`, C11), which is the same as `x` alone. `b` has no effect.
/// The letters may be in any order.
///
/// \param mode the letters, each at most once, with exactly one of `r`, `w`, `a`, `x` (or `w`
///   and `x`).
/// \param ec is cleared, or set to `boost::system::errc::invalid_argument` if the mode is none of
///   these; the result is then `read_only`.
///
/// \par Thread safety
/// Safe.
ASIOFILE_DECL file_base::flags parse_open_mode(std::string_view mode,
                                               boost::system::error_code& ec) noexcept;

/// As above, throwing.
///
/// \throws boost::system::system_error with `invalid_argument`, naming the mode.
[[nodiscard]] ASIOFILE_DECL file_base::flags parse_open_mode(std::string_view mode);

}  // namespace asiofile
