// Chunks of a file, read ahead.

#include "operations/range_check.hpp"
#include "readers/read_ahead.hpp"
#include "service/file_state.hpp"
#include "service/service_core.hpp"

#include <asiofile/detail/sources.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>

namespace asiofile::detail {

namespace {

// Smaller chunks are read several at a time: an operation costs as much as copying some 10 KiB.
constexpr std::size_t block_bytes_min = 256 * 1024;

bool has_positions(const file_state& file) {
  const auto found = file.core->opening_of(file);
  return found && !found->descriptor->is_stream();
}

// How many chunks one read is to give.
std::size_t chunks_per_block(const chunk_reader_options& options, const file_state& file) {
  if (options.read_ahead == 0 || !has_positions(file)) return 1;
  return (block_bytes_min + options.chunk_bytes - 1) / options.chunk_bytes;
}

read_ahead_plan plan_of(const chunk_reader_options& options, starting_place where,
                        const file_state& file) {
  check_range("chunk_reader_options::chunk_bytes", options.chunk_bytes, 1, 1 << 30);
  check_range("chunk_reader_options::read_ahead", options.read_ahead, 0, 1024);
  const std::size_t per_block = chunks_per_block(options, file);
  read_ahead_plan plan;
  plan.piece_bytes = options.chunk_bytes;
  plan.chunk_bytes = options.chunk_bytes * per_block;
  plan.chunks_ahead = (options.read_ahead + per_block - 1) / per_block;
  plan.offset = options.offset;
  if (!plan.offset && where == starting_place::beginning) plan.offset = 0;
  plan.length = options.length;
  return plan;
}

class chunk_source final : public read_ahead {
 public:
  chunk_source(file_state_ptr file, const read_ahead_plan& plan, std::size_t chunk_bytes)
      : read_ahead(std::move(file), plan), chunk_bytes_(chunk_bytes) {}

 private:
  bool advance(operation& call) override {
    call.result = 0;
    if (in_use_ != nullptr && given_bytes_ != in_use_->bytes()) {
      give(call);
      return true;
    }
    // The last call's is valid until this one.
    if (in_use_ != nullptr) release(*in_use_);
    in_use_ = nullptr;
    call.result = only_of_ == nullptr ? -EBADF : 0;
    if (only_of_ == nullptr) return true;
    switch (take(in_use_, call.result)) {
      case supply::none_yet: return false;
      case supply::error:
      case supply::end: return true;
      case supply::chunk: break;
    }
    given_bytes_ = 0;
    give(call);
    return true;
  }

  // The next chunk of the block in use.
  void give(operation& call) noexcept {
    call_answer& answer = answer_of(call);
    answer.is_there = true;
    answer.data = in_use_->data() + given_bytes_;
    // Where a direct read had to begin before what is wanted, the first one is the shorter for it.
    const std::size_t missing = given_bytes_ == 0 ? in_use_->skipped_bytes() % chunk_bytes_ : 0;
    answer.bytes = std::min(chunk_bytes_ - missing, in_use_->bytes() - given_bytes_);
    given_bytes_ += answer.bytes;
  }

  const std::size_t chunk_bytes_;
  // What was read at once, and how much of it has been given out.
  chunk* in_use_ = nullptr;
  std::size_t given_bytes_ = 0;
};

}  // namespace

std::shared_ptr<background> make_chunk_source(const file_state_ptr& file,
                                              const chunk_reader_options& options,
                                              starting_place where) {
  return std::make_shared<chunk_source>(file, plan_of(options, where, *file),
                                        options.chunk_bytes);
}

}  // namespace asiofile::detail
