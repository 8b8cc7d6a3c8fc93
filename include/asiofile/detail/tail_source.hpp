// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What the template of tail readers asks of the compiled library.

#include <asiofile/config.hpp>
#include <asiofile/detail/background.hpp>
#include <asiofile/detail/file_access.hpp>
#include <asiofile/tail_checkpoint.hpp>
#include <asiofile/tail_reader_options.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace asiofile::detail {

// `file`: a closed one, on the service that is to do the work. Throws boost::system::system_error
// with invalid_argument for an option out of its range or a path with a zero byte.
[[nodiscard]] ASIOFILE_DECL background_ptr make_tail_source(const file_state_ptr& file,
                                                            const std::string& path,
                                                            const tail_reader_options& options);

// The next line, if it is in memory and no call is in flight.
[[nodiscard]] ASIOFILE_DECL bool take_tail_line(background& source,
                                                std::string_view& line) noexcept;
[[nodiscard]] ASIOFILE_DECL tail_checkpoint checkpoint_of_tail(background& source) noexcept;
[[nodiscard]] ASIOFILE_DECL std::uint64_t too_long_tail_line_bytes(background& source) noexcept;
// Cancels a call in flight.
ASIOFILE_DECL void cancel_tail(background& source);
// For good.
ASIOFILE_DECL void close_tail(background& source);
[[nodiscard]] ASIOFILE_DECL bool is_tail_open(background& source) noexcept;

}  // namespace asiofile::detail
