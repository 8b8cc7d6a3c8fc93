// Chunks of a file, read ahead.

#include "range_check.hpp"
#include "read_ahead.hpp"

#include <asiofile/detail/sources.hpp>

#include <cerrno>
#include <utility>

namespace asiofile::detail {

namespace {

read_ahead_plan plan_of(const chunk_reader_options& options, starting_place where) {
  check_range("chunk_reader_options::chunk_bytes", options.chunk_bytes, 1, 1 << 30);
  check_range("chunk_reader_options::read_ahead", options.read_ahead, 0, 1024);
  read_ahead_plan plan;
  plan.chunk_bytes = options.chunk_bytes;
  plan.chunks_ahead = options.read_ahead;
  plan.offset = options.offset;
  if (!plan.offset && where == starting_place::beginning) plan.offset = 0;
  plan.length = options.length;
  return plan;
}

class chunk_source final : public read_ahead {
 public:
  chunk_source(file_state_ptr file, const read_ahead_plan& plan)
      : read_ahead(std::move(file), plan) {}

 private:
  bool advance(operation& call) override {
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
    call_answer& answer = answer_of(call);
    answer.is_there = true;
    answer.data = in_use_->data();
    answer.bytes = in_use_->bytes();
    return true;
  }

  chunk* in_use_ = nullptr;
};

}  // namespace

std::shared_ptr<background> make_chunk_source(const file_state_ptr& file,
                                              const chunk_reader_options& options,
                                              starting_place where) {
  return std::make_shared<chunk_source>(file, plan_of(options, where));
}

}  // namespace asiofile::detail
