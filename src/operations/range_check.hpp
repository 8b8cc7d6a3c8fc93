// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <asiofile/config.hpp>

#include <cstddef>

namespace asiofile::detail {

// Throws boost::system::system_error with invalid_argument, naming the option, if its value is out
// of range. `option`: for example "line_reader_options::buffer_bytes".
ASIOFILE_DECL void check_range(const char* option, std::size_t value, std::size_t least,
                               std::size_t most);

// Throws the same for a value that is wrong in another way. `problem`: for example "is no signal".
[[noreturn]] ASIOFILE_DECL void refuse_option(const char* option, const char* problem);

}  // namespace asiofile::detail
