// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "readers/line_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace asiofile::detail {

line_buffer::line_buffer(std::string delimiter, std::size_t line_bytes_max,
                         std::uint64_t position) noexcept
    : delimiter_(std::move(delimiter)), line_bytes_max_(line_bytes_max), position_(position) {}

void line_buffer::forget_taken() noexcept {
  taken_bytes_ = 0;
  if (!std::exchange(is_taken_from_begun_, false)) return;
  begun_.clear();
  is_begun_whole_ = false;
}

const char* line_buffer::find_in_block() const noexcept {
  if (searched_ == end_) return nullptr;
  const auto left = static_cast<std::size_t>(end_ - searched_);
  const void* const hit =
      delimiter_.size() == 1
          ? std::memchr(searched_, delimiter_.front(), left)
          : ::memmem(searched_, left, delimiter_.data(), delimiter_.size());
  return static_cast<const char*>(hit);
}

bool line_buffer::take(std::string_view& line) noexcept {
  forget_taken();
  if (too_long_bytes_) return false;
  if (is_begun_whole_) {
    line = std::string_view(begun_).substr(0, begun_.size() - delimiter_.size());
    is_taken_from_begun_ = true;
    taken_bytes_ = begun_.size();
    position_ += taken_bytes_;
    return true;
  }
  const char* const hit = find_in_block();
  if (hit == nullptr) {
    // Everything has been searched; the last bytes may be the beginning of a delimiter.
    const std::size_t kept = std::min(delimiter_.size() - 1, block_bytes());
    searched_ = std::max(searched_, end_ - kept);
    if (block_bytes() > unfinished_bytes_max() || dropped_bytes_ != 0)
      drop_begin_of_block(block_bytes() - kept);
    return false;
  }
  const auto bytes = static_cast<std::size_t>(hit - begin_);
  if (dropped_bytes_ != 0 || bytes > line_bytes_max_) {
    too_long_bytes_ = std::exchange(dropped_bytes_, 0) + bytes;
    begin_ = searched_ = hit + delimiter_.size();
    return false;
  }
  line = {begin_, bytes};
  begin_ = searched_ = hit + delimiter_.size();
  taken_bytes_ = bytes + delimiter_.size();
  position_ += taken_bytes_;
  return true;
}

void line_buffer::drop_begin_of_block(std::size_t bytes) noexcept {
  dropped_bytes_ += bytes;
  begin_ += bytes;
}

std::optional<std::uint64_t> line_buffer::take_too_long() noexcept {
  if (too_long_bytes_) position_ += *too_long_bytes_ + delimiter_.size();
  return std::exchange(too_long_bytes_, std::nullopt);
}

void line_buffer::add(const char* data, std::size_t bytes) {
  if (begin_ != end_) begun_.assign(begin_, end_);
  begin_ = searched_ = end_ = nullptr;
  if (!begun_.empty()) return join(data, bytes);
  begin_ = searched_ = data;
  end_ = data + bytes;
}

// Adds to a line that began in an earlier block.
void line_buffer::join(const char* data, std::size_t bytes) {
  const std::size_t line_bytes = find_in_both(data, bytes);
  const std::size_t all_bytes = begun_.size() + bytes;
  if (line_bytes != std::string::npos) {
    const std::size_t used = line_bytes + delimiter_.size() - begun_.size();
    if (dropped_bytes_ != 0 || line_bytes > line_bytes_max_) {
      too_long_bytes_ = std::exchange(dropped_bytes_, 0) + line_bytes;
      begun_.clear();
    } else {
      begun_.append(data, used);
      is_begun_whole_ = true;
    }
    begin_ = searched_ = data + used;
    end_ = data + bytes;
    return;
  }
  if (dropped_bytes_ == 0 && all_bytes <= unfinished_bytes_max()) {
    begun_.append(data, bytes);
    return;
  }
  const std::size_t kept = std::min(delimiter_.size() - 1, all_bytes);
  if (bytes < kept) {
    begun_.append(data, bytes).erase(0, all_bytes - kept);
  } else {
    begun_.clear();
    begin_ = searched_ = data + bytes - kept;
    end_ = data + bytes;
  }
  dropped_bytes_ += all_bytes - kept;
}

// How many bytes of `begun_` and then `data` come before the first delimiter; npos if there is
// none. `begun_` contains no complete delimiter.
std::size_t line_buffer::find_in_both(const char* data, std::size_t bytes) const noexcept {
  const std::size_t size = delimiter_.size();
  for (std::size_t before = std::min(size - 1, begun_.size()); before != 0; --before) {
    const std::size_t at = begun_.size() - before;
    if (bytes >= size - before && begun_.compare(at, before, delimiter_, 0, before) == 0 &&
        std::memcmp(data, delimiter_.data() + before, size - before) == 0)
      return at;
  }
  const void* const hit = ::memmem(data, bytes, delimiter_.data(), size);
  if (hit == nullptr) return std::string::npos;
  return begun_.size() + static_cast<std::size_t>(static_cast<const char*>(hit) - data);
}

void line_buffer::keep_rest() {
  constexpr std::size_t spare_bytes_max = 64;
  if (!begun_.empty() && begun_.capacity() - begun_.size() <= spare_bytes_max) return;
  std::string kept = begun_.empty() ? std::string(begin_, end_) : begun_;
  begun_.swap(kept);
  begin_ = searched_ = end_ = nullptr;
}

bool line_buffer::take_rest(std::string_view& line,
                            std::optional<std::uint64_t>& too_long_bytes) noexcept {
  const bool is_in_begun = !begun_.empty();
  const std::string_view rest = is_in_begun ? begun_ : std::string_view(begin_, block_bytes());
  const std::uint64_t bytes = dropped_bytes_ + rest.size();
  if (bytes == 0) return false;
  begin_ = searched_ = end_;
  position_ += bytes;
  is_taken_from_begun_ = is_in_begun;
  taken_bytes_ = rest.size();
  if (std::exchange(dropped_bytes_, 0) == 0 && rest.size() <= line_bytes_max_)
    line = rest;
  else
    too_long_bytes = bytes;
  return true;
}

void line_buffer::restart(std::uint64_t position) noexcept {
  forget_taken();
  begun_.clear();
  is_begun_whole_ = false;
  begin_ = searched_ = end_ = nullptr;
  dropped_bytes_ = 0;
  too_long_bytes_.reset();
  position_ = position;
}

void line_buffer::put_back() noexcept {
  position_ -= taken_bytes_;
  if (!std::exchange(is_taken_from_begun_, false)) begin_ = searched_ = begin_ - taken_bytes_;
  taken_bytes_ = 0;
}

}  // namespace asiofile::detail
