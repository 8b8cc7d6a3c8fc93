// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Chunks of a file, read ahead.

#include "operations/range_check.hpp"
#include "readers/read_ahead.hpp"

#include <asiofile/detail/sources.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>

namespace asiofile::detail {

namespace {

// Smaller chunks are read several at a time: an operation costs as much as copying some 10 KiB.
constexpr std::size_t block_bytes_min = 256 * 1024;

// How many chunks one read is to give.
std::size_t chunks_per_block(const chunk_reader_options& options, const background_file& file) {
  if (options.read_ahead == 0 || file.only_on == 0 || file.is_stream) return 1;
  return (block_bytes_min + options.chunk_bytes - 1) / options.chunk_bytes;
}

read_ahead_plan plan_of(const chunk_reader_options& options, const background_file& file) {
  check_range("chunk_reader_options::chunk_bytes", options.chunk_bytes, 1, 1 << 30);
  check_range("chunk_reader_options::read_ahead", options.read_ahead, 0, 1024);
  const std::size_t per_block = chunks_per_block(options, file);
  read_ahead_plan plan;
  plan.piece_bytes = options.chunk_bytes;
  plan.chunk_bytes = options.chunk_bytes * per_block;
  plan.chunks_ahead = (options.read_ahead + per_block - 1) / per_block;
  plan.length = options.length;
  return plan;
}

class chunk_source : public read_ahead {
 public:
  chunk_source(const background_file& file, const chunk_reader_options& options)
      : read_ahead(file, plan_of(options, file)), chunk_bytes_(options.chunk_bytes) {}

 private:
  bool advance(operation& call) override ASIOFILE_REQUIRES(mutex_) {
    call.result = 0;
    if (in_use_ && given_bytes_ != in_use_->bytes()) {
      give(call);
      return true;
    }
    // The last call's is valid until this one.
    if (in_use_) release(std::move(in_use_));
    call.result = only_on_ == 0 ? -EBADF : 0;
    if (only_on_ == 0) return true;
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
  void give(operation& call) noexcept ASIOFILE_REQUIRES(mutex_) {
    call_answer& answer = answer_of(call);
    answer.is_there = true;
    answer.data = in_use_->data() + given_bytes_;
    // If a direct read had to begin before what is wanted, the first chunk is that much shorter.
    const std::size_t missing = given_bytes_ == 0 ? in_use_->skipped_bytes() % chunk_bytes_ : 0;
    answer.bytes = std::min(chunk_bytes_ - missing, in_use_->bytes() - given_bytes_);
    given_bytes_ += answer.bytes;
  }

  const std::size_t chunk_bytes_;
  // What one read has returned, and how much of that has been delivered.
  chunk_ptr in_use_ ASIOFILE_GUARDED_BY(mutex_);
  std::size_t given_bytes_ ASIOFILE_GUARDED_BY(mutex_) = 0;
};

}  // namespace

background_ptr make_chunk_source(const file_state_ptr& file, const chunk_reader_options& options,
                                 starting_place where) {
  return std::make_shared<fork_safe<chunk_source>>(look_at(file, options.offset, where), options);
}

}  // namespace asiofile::detail
