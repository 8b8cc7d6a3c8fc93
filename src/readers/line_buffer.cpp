#include "readers/line_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace asiofile::detail {

line_buffer::line_buffer(std::string delimiter, std::size_t line_bytes_max, aligned_buffer spare)
    : delimiter_(std::move(delimiter)),
      line_bytes_max_(line_bytes_max),
      block_(std::move(spare)) {}

const char* line_buffer::find_delimiter() const noexcept {
  if (searched_ == end_) return nullptr;
  const auto left = static_cast<std::size_t>(end_ - searched_);
  const void* const hit =
      delimiter_.size() == 1
          ? std::memchr(searched_, delimiter_.front(), left)
          : ::memmem(searched_, left, delimiter_.data(), delimiter_.size());
  return static_cast<const char*>(hit);
}

// All is searched; the last bytes may be the beginning of a delimiter.
void line_buffer::pass_over_searched() noexcept {
  const std::size_t kept = std::min(delimiter_.size() - 1, rest_bytes());
  searched_ = std::max(searched_, end_ - kept);
}

bool line_buffer::take(std::string_view& line) noexcept {
  const char* hit = find_delimiter();
  if (is_dropping_ && hit != nullptr) {
    is_dropping_ = false;
    begin_ = searched_ = hit + delimiter_.size();
    hit = find_delimiter();
  }
  if (hit == nullptr) {
    pass_over_searched();
    if (is_dropping_) begin_ = searched_;
    return false;
  }
  const auto bytes = static_cast<std::size_t>(hit - begin_);
  if (bytes > line_bytes_max_) {
    searched_ = hit;
    return false;
  }
  line = {begin_, bytes};
  begin_ = searched_ = hit + delimiter_.size();
  return true;
}

bool line_buffer::drop_too_long() noexcept {
  if (is_dropping_ || rest_bytes() <= line_bytes_max_) return false;
  // With room for a whole delimiter behind the longest line: there is none.
  const bool is_endless = rest_bytes() - line_bytes_max_ >= delimiter_.size();
  const char* const hit = find_delimiter();
  if (hit != nullptr) {
    begin_ = searched_ = hit + delimiter_.size();
    return true;
  }
  if (!is_endless) return false;
  is_dropping_ = true;
  begin_ = searched_;
  return true;
}

void line_buffer::add(aligned_buffer& block, std::size_t first, std::size_t count) {
  const std::size_t rest = rest_bytes();
  const auto searched = static_cast<std::size_t>(searched_ - begin_);
  char* const memory = reinterpret_cast<char*>(block.data());
  char* start = memory + first - std::min(rest, first);
  if (rest <= first) {
    if (rest != 0) std::memcpy(start, begin_, rest);
    std::swap(block_, block);
    is_in_long_line_ = false;
  } else {
    move_rest_to_long_line(count);
    long_line_.insert(long_line_.end(), memory + first, memory + first + count);
    start = long_line_.data();
  }
  begin_ = start;
  searched_ = start + searched;
  end_ = start + rest + count;
}

// Leaves room for `count` bytes behind it.
void line_buffer::move_rest_to_long_line(std::size_t count) {
  const std::size_t needed = rest_bytes() + count;
  if (needed > long_line_.capacity()) {
    std::vector<char> longer;
    longer.reserve(std::max(needed, 2 * long_line_.capacity()));
    longer.assign(begin_, end_);
    long_line_.swap(longer);
  } else if (is_in_long_line_) {
    long_line_.erase(long_line_.begin(), long_line_.begin() + (begin_ - long_line_.data()));
  } else {
    long_line_.assign(begin_, end_);
  }
  is_in_long_line_ = true;
}

std::optional<std::string_view> line_buffer::take_rest() noexcept {
  const std::string_view rest(begin_, rest_bytes());
  begin_ = searched_ = end_;
  if (std::exchange(is_dropping_, false) || rest.empty()) return std::nullopt;
  return rest;
}

}  // namespace asiofile::detail
