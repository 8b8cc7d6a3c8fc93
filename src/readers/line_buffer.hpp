#pragma once

// Bytes on their way from a file to somebody who wants lines of it. Does no I/O.

#include <asiofile/aligned_buffer.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asiofile::detail {

// A line is what stands between two delimiters. Those given out are views of this object's memory,
// valid until the next call of any member function.
//
// Every byte is searched once (and again up to one less than the delimiter has, where that may have
// begun). A block that is added is not copied: the unfinished line before it is put in front of it,
// where there is room, and it is only a line longer than that room that is put together elsewhere.
class line_buffer {
 public:
  // `delimiter`: not empty. `line_bytes_max`: without the delimiter. `spare`: memory to give in
  // return for the first block.
  line_buffer(std::string delimiter, std::size_t line_bytes_max, aligned_buffer spare);

  // Takes the next line out, without its delimiter. False: it is not there in whole yet, or it is
  // too long.
  bool take(std::string_view& line) noexcept;

  // After `take` has found none: whether that is because the next line is too long. Drops it then,
  // also what is still to come of it.
  bool drop_too_long() noexcept;

  // After `take` has found none: adds the `count` bytes that stand at `first` in a block of memory,
  // with room in front of them. `block` is then other memory, of the same size as all blocks have.
  // Throws std::bad_alloc, and has then changed nothing.
  void add(aligned_buffer& block, std::size_t first, std::size_t count);

  // At the end of all data: takes out what has no delimiter. Nothing where that is nothing.
  std::optional<std::string_view> take_rest() noexcept;

 private:
  [[nodiscard]] const char* find_delimiter() const noexcept;
  void pass_over_searched() noexcept;
  void move_rest_to_long_line(std::size_t count);
  [[nodiscard]] std::size_t rest_bytes() const noexcept {
    return static_cast<std::size_t>(end_ - begin_);
  }

  const std::string delimiter_;
  const std::size_t line_bytes_max_;
  // What is left: from `begin_` to `end_`, in one of the two. No delimiter begins before
  // `searched_`.
  const char* begin_ = nullptr;
  const char* searched_ = nullptr;
  const char* end_ = nullptr;
  aligned_buffer block_;
  std::vector<char> long_line_;
  bool is_in_long_line_ = false;
  // In the middle of a line that is too long.
  bool is_dropping_ = false;
};

}  // namespace asiofile::detail
