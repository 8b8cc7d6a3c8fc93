// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Lines of a file: chunks that are read ahead, cut at delimiters.

#include "operations/range_check.hpp"
#include "readers/line_buffer.hpp"
#include "readers/read_ahead.hpp"

#include <asiofile/detail/sources.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

namespace asiofile::detail {

namespace {

constexpr auto line_bytes_most = static_cast<std::size_t>(
    std::min<std::uint64_t>(std::uint64_t{1} << 40, std::numeric_limits<std::size_t>::max()));

// Programs may still set the option by its former name.
std::size_t max_line_bytes_of(const line_reader_options& options) noexcept {
  return options.line_bytes_max != 0 ? options.line_bytes_max : options.max_line_bytes;
}

read_ahead_plan plan_of(const line_reader_options& options) {
  check_range("line_reader_options::delimiter: size", options.delimiter.size(), 1, 1 << 20);
  check_range("line_reader_options::max_line_bytes", max_line_bytes_of(options), 1, line_bytes_most);
  check_range("line_reader_options::buffer_bytes", options.buffer_bytes, 1, 1 << 30);
  check_range("line_reader_options::read_ahead", options.read_ahead, 0, 64);
  read_ahead_plan plan;
  plan.chunk_bytes = plan.piece_bytes = options.buffer_bytes;
  plan.chunks_ahead = options.read_ahead;
  return plan;
}

class line_source : public read_ahead {
 public:
  line_source(const background_file& file, const line_reader_options& options)
      : read_ahead(file, plan_of(options)),
        is_following_(options.follow),
        lines_(options.delimiter, max_line_bytes_of(options), file.start),
        position_(file.start) {}

  // Between calls, nobody else touches `lines_`: no mutex.
  bool take(std::string_view& line) noexcept {
    if (is_in_call() || !lines_.take(line)) return false;
    note_position();
    return true;
  }

  // The call is refused after its `take`: its line counts as not read.
  void put_back() noexcept override { lines_.put_back(); }

  [[nodiscard]] std::uint64_t position() const noexcept {
    return position_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t too_long_bytes() const noexcept {
    return too_long_bytes_.load(std::memory_order_relaxed);
  }

 private:
  bool advance(operation& call) override ASIOFILE_REQUIRES(mutex_) {
    if (only_on_ == 0) return end(call, -EBADF);
    for (;;) {
      std::string_view line;
      if (lines_.take(line)) return give(call, line);
      if (const auto bytes = lines_.take_too_long()) return end_too_long(call, *bytes);
      chunk_ptr next;
      std::int64_t result = 0;
      switch (read_ahead::take(next, result)) {
        case supply::none_yet: return false;
        case supply::error: return end(call, result);
        case supply::end: return end_of_file(call);
        case supply::chunk: break;
      }
      try {
        lines_.add(next->data(), next->bytes());
      } catch (const std::bad_alloc&) {
        return_chunk(std::move(next));
        return end(call, -ENOMEM);
      }
      if (in_use_) release(std::move(in_use_));
      in_use_ = std::move(next);
    }
  }

  bool end_of_file(operation& call) noexcept ASIOFILE_REQUIRES(mutex_) {
    std::string_view line;
    std::optional<std::uint64_t> too_long;
    if (!is_following_ && lines_.take_rest(line, too_long))
      return too_long ? end_too_long(call, *too_long) : give(call, line);
    keep_rest();
    return end(call, 0);
  }

  // It may be a long time until the next call.
  void keep_rest() noexcept ASIOFILE_REQUIRES(mutex_) {
    if (in_use_ == nullptr) return;
    try {
      lines_.keep_rest();
      release(std::move(in_use_));
    } catch (const std::bad_alloc&) {
      // Then it stays in the block.
    }
  }

  static bool give(operation& call, std::string_view line) noexcept {
    call_answer& answer = answer_of(call);
    answer.is_there = true;
    answer.data = line.data();
    answer.bytes = line.size();
    return end(call, 0);
  }

  bool end_too_long(operation& call, std::uint64_t bytes) noexcept {
    too_long_bytes_.store(bytes, std::memory_order_relaxed);
    return end(call, -EMSGSIZE);
  }

  static bool end(operation& call, std::int64_t result) noexcept {
    call.result = result;
    return true;
  }

  void call_delivered() noexcept override { note_position(); }
  void note_position() noexcept {
    position_.store(lines_.position(), std::memory_order_relaxed);
  }

  const bool is_following_;
  // Guarded by the mutex while a call waits; otherwise the call's, or nobody's.
  line_buffer lines_;
  // The block that holds the data in `lines_`.
  chunk_ptr in_use_ ASIOFILE_GUARDED_BY(mutex_);
  // The position of the next line that has not been delivered to a handler.
  std::atomic<std::uint64_t> position_;
  std::atomic<std::uint64_t> too_long_bytes_ = 0;
};

line_source& lines_of(background& source) noexcept { return static_cast<line_source&>(source); }

}  // namespace

background_ptr make_line_source(const file_state_ptr& file, const line_reader_options& options,
                                starting_place where) {
  return std::make_shared<fork_safe<line_source>>(look_at(file, options.offset, where), options);
}

bool take_line(background& source, std::string_view& line) noexcept {
  return lines_of(source).take(line);
}

std::uint64_t position_of_lines(background& source) noexcept {
  return lines_of(source).position();
}

std::uint64_t too_long_line_bytes(background& source) noexcept {
  return lines_of(source).too_long_bytes();
}

}  // namespace asiofile::detail
