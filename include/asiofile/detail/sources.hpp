// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What the reader and writer templates ask of the compiled library.

#include <asiofile/chunk_reader_options.hpp>
#include <asiofile/config.hpp>
#include <asiofile/detail/background.hpp>
#include <asiofile/detail/file_access.hpp>
#include <asiofile/file_writer_options.hpp>
#include <asiofile/line_reader_options.hpp>

#include <cstdint>
#include <string_view>

namespace asiofile::detail {

// Where reading or writing begins if no offset is given.
enum class starting_place : bool { beginning, position };

// They throw boost::system::system_error with invalid_argument for an option out of its range.
[[nodiscard]] ASIOFILE_DECL background_ptr make_line_source(
    const file_state_ptr& file, const line_reader_options& options, starting_place where);
[[nodiscard]] ASIOFILE_DECL background_ptr make_chunk_source(
    const file_state_ptr& file, const chunk_reader_options& options, starting_place where);
[[nodiscard]] ASIOFILE_DECL background_ptr make_write_behind(
    const file_state_ptr& file, const file_writer_options& options, starting_place where);

// For what `make_line_source` has made: the next line, if it is in memory and no call is in flight.
[[nodiscard]] ASIOFILE_DECL bool take_line(background& source, std::string_view& line) noexcept;
// For this or a tail reader: called before the handler of a call that has a line, to return that
// line to the reader: the next call delivers it.
ASIOFILE_DECL void put_line_back(background& source) noexcept;
[[nodiscard]] ASIOFILE_DECL std::uint64_t position_of_lines(background& source) noexcept;
[[nodiscard]] ASIOFILE_DECL std::uint64_t too_long_line_bytes(background& source) noexcept;

}  // namespace asiofile::detail
