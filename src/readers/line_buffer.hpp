// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Splits blocks of a file's data into lines. Does no I/O.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace asiofile::detail {

// A line is what stands between two delimiters. The lines taken out are views, valid until the next
// call of a non-const member function.
//
// The data stays in the caller's blocks. Only a line that continues in another block is assembled
// here, and only as much of it as `line_bytes_max` allows. Every byte is searched once, except that
// up to one byte less than the delimiter's length is searched once more where a delimiter may have
// begun.
class line_buffer {
 public:
  // `delimiter`: not empty. `line_bytes_max`: without the delimiter. `position`: in the file, of
  // the first byte that will be added.
  line_buffer(std::string delimiter, std::size_t line_bytes_max, std::uint64_t position) noexcept;

  // Takes the next line out, without its delimiter. False: it is not complete yet, or it is too
  // long.
  bool take(std::string_view& line) noexcept;

  // After `take` has found none: whether that is because the next line, which is complete, is too
  // long. If so, takes it out and returns its length.
  std::optional<std::uint64_t> take_too_long() noexcept;

  // After both have found none: adds data, which must stay valid until `add` or `keep_rest` is
  // called. What was added before is no longer needed. Throws std::bad_alloc, and has then added
  // nothing.
  void add(const char* data, std::size_t bytes);

  // After both have found none: copies what is left, so that none of the data added is needed any
  // more. Afterwards it holds no more memory than that. Throws std::bad_alloc, and has then changed
  // nothing.
  void keep_rest();

  // At the end of all data, after both have found none: takes out what has no delimiter, which may
  // be too long. False if nothing is left.
  bool take_rest(std::string_view& line, std::optional<std::uint64_t>& too_long_bytes) noexcept;

  // Drops what is left: what is added next is from another place, or another file.
  void restart(std::uint64_t position) noexcept;

  // Undoes the last `take`.
  void put_back() noexcept;

  // The file offset of the first byte of the next line.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }

 private:
  void forget_taken() noexcept;
  [[nodiscard]] const char* find_in_block() const noexcept;
  [[nodiscard]] std::size_t find_in_both(const char* data, std::size_t bytes) const noexcept;
  void drop_begin_of_block(std::size_t bytes) noexcept;
  void join(const char* data, std::size_t bytes);
  [[nodiscard]] std::size_t block_bytes() const noexcept {
    return static_cast<std::size_t>(end_ - begin_);
  }
  // More bytes than this without a delimiter make the line too long, even if a delimiter has begun.
  [[nodiscard]] std::size_t unfinished_bytes_max() const noexcept {
    return line_bytes_max_ + delimiter_.size() - 1;
  }

  const std::string delimiter_;
  const std::size_t line_bytes_max_;
  std::uint64_t position_;

  // The next line begins with this many bytes that were dropped, because it is too long.
  std::uint64_t dropped_bytes_ = 0;
  // Then come these, from earlier blocks; with the delimiter, if the line ends here.
  std::string begun_;
  bool is_begun_whole_ = false;
  // The length, without the delimiter, of a line that is too long and ends where `begin_` is.
  std::optional<std::uint64_t> too_long_bytes_;
  // Then comes what is left of the block. No delimiter begins before `searched_`.
  const char* begin_ = nullptr;
  const char* searched_ = nullptr;
  const char* end_ = nullptr;

  // How many bytes were taken out last, with the delimiter, and whether they are in `begun_`.
  std::size_t taken_bytes_ = 0;
  bool is_taken_from_begun_ = false;
};

}  // namespace asiofile::detail
