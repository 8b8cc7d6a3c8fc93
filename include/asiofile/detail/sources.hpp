#pragma once

// What the reader and writer templates ask of the compiled library.

#include <asiofile/chunk_reader_options.hpp>
#include <asiofile/config.hpp>
#include <asiofile/detail/background.hpp>
#include <asiofile/detail/file_access.hpp>
#include <asiofile/file_writer_options.hpp>
#include <asiofile/line_reader_options.hpp>

#include <memory>
#include <string_view>

namespace asiofile::detail {

// Where reading or writing begins if no offset is given.
enum class starting_place : bool { beginning, position };

// They throw boost::system::system_error with invalid_argument for an option out of its range.
[[nodiscard]] ASIOFILE_DECL std::shared_ptr<background> make_line_source(
    const file_state_ptr& file, const line_reader_options& options, starting_place where);
[[nodiscard]] ASIOFILE_DECL std::shared_ptr<background> make_chunk_source(
    const file_state_ptr& file, const chunk_reader_options& options, starting_place where);
[[nodiscard]] ASIOFILE_DECL std::shared_ptr<background> make_write_behind(
    const file_state_ptr& file, const file_writer_options& options, starting_place where);

// Of what `make_line_source` has made: the next line, if it is in memory and no call is under way.
[[nodiscard]] ASIOFILE_DECL bool take_line(background& source, std::string_view& line) noexcept;

}  // namespace asiofile::detail
