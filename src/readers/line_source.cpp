// Lines of a file: chunks that are read ahead, cut at delimiters.

#include "operations/range_check.hpp"
#include "readers/line_buffer.hpp"
#include "readers/read_ahead.hpp"

#include <asiofile/detail/sources.hpp>

#include <cerrno>
#include <new>

namespace asiofile::detail {

namespace {

// Unfinished lines up to this size are put in front of the data that continues them. A multiple of
// what direct reads demand of addresses.
constexpr std::size_t headroom_bytes = 64 * 1024;

// Programs that still use the option's former name mean that one.
std::size_t max_line_bytes_of(const line_reader_options& options) noexcept {
  return options.line_bytes_max != 0 ? options.line_bytes_max : options.max_line_bytes;
}

read_ahead_plan plan_of(const line_reader_options& options, starting_place where) {
  check_range("line_reader_options::delimiter: size", options.delimiter.size(), 1, 1 << 20);
  check_range("line_reader_options::max_line_bytes", max_line_bytes_of(options), 1,
              std::size_t{1} << 40);
  check_range("line_reader_options::buffer_bytes", options.buffer_bytes, 1, 1 << 30);
  check_range("line_reader_options::read_ahead", options.read_ahead, 0, 64);
  read_ahead_plan plan;
  plan.chunk_bytes = plan.piece_bytes = options.buffer_bytes;
  plan.headroom_bytes = headroom_bytes;
  plan.chunks_ahead = options.read_ahead;
  plan.offset = options.offset;
  if (!plan.offset && where == starting_place::beginning) plan.offset = 0;
  return plan;
}

class line_source final : public read_ahead {
 public:
  line_source(const file_state_ptr& file, const line_reader_options& options,
              starting_place where)
      : read_ahead(file, plan_of(options, where)),
        line_bytes_max_(max_line_bytes_of(options)),
        is_following_(options.follow),
        lines_(options.delimiter, max_line_bytes_of(options), make_block()) {}

  // Between calls, nobody else touches `lines_`: no mutex.
  bool take(std::string_view& line) noexcept { return !is_in_call() && lines_.take(line); }

 private:
  bool advance(operation& call) override {
    if (only_of_ == nullptr) return end(call, -EBADF);
    for (;;) {
      std::string_view line;
      if (lines_.take(line)) return give(call, line);
      if (lines_.drop_too_long()) return end(call, -EMSGSIZE);
      chunk* next = nullptr;
      std::int64_t result = 0;
      switch (read_ahead::take(next, result)) {
        case supply::none_yet: return false;
        case supply::error: return end(call, result);
        case supply::end: return end_of_file(call);
        case supply::chunk: break;
      }
      try {
        lines_.add(next->memory, next->first(), next->bytes());
      } catch (const std::bad_alloc&) {
        put_back(*next);
        return end(call, -ENOMEM);
      }
      release(*next);
    }
  }

  bool end_of_file(operation& call) noexcept {
    if (is_following_) return end(call, 0);
    const auto rest = lines_.take_rest();
    if (!rest) return end(call, 0);
    return rest->size() > line_bytes_max_ ? end(call, -EMSGSIZE) : give(call, *rest);
  }

  static bool give(operation& call, std::string_view line) noexcept {
    call_answer& answer = answer_of(call);
    answer.is_there = true;
    answer.data = line.data();
    answer.bytes = line.size();
    return end(call, 0);
  }

  static bool end(operation& call, std::int64_t result) noexcept {
    call.result = result;
    return true;
  }

  const std::size_t line_bytes_max_;
  const bool is_following_;
  // Guarded by the mutex during a call.
  line_buffer lines_;
};

}  // namespace

std::shared_ptr<background> make_line_source(const file_state_ptr& file,
                                             const line_reader_options& options,
                                             starting_place where) {
  return std::make_shared<line_source>(file, options, where);
}

bool take_line(background& source, std::string_view& line) noexcept {
  return static_cast<line_source&>(source).take(line);
}

}  // namespace asiofile::detail
