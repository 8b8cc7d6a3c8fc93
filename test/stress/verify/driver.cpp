// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "driver.hpp"

#include "failure.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace verify {

namespace {

constexpr std::byte claimed{0xa5};

}  // namespace

driver::driver(const driver_settings& chosen, asio::io_context& context, future_waiter& waiter)
    : chosen_(chosen),
      context_(context),
      waiter_(waiter),
      strand_(asio::make_strand(context)),
      random_(chosen.seed),
      model_(chosen.file, chosen.first_place, chosen.places) {}

void driver::start(std::function<void()> finished) {
  finished_ = std::move(finished);
  asio::post(*strand_, [self = shared_from_this()] { self->run_round(); });
}

void driver::run_round() {
  if (is_stopping_) return finished_();
  ++rounds_;
  begin_one();
  begin_round();
  // Steps between the completions of this round, in which something may be disturbed.
  hop(chance(50) ? 0 : below(12));
}

void driver::hop(unsigned hops) {
  if (hops == 0) return end_one();
  if (under_way_ > 1 && chance(30)) disturb_round();
  asio::post(*strand_, [self = shared_from_this(), hops] { self->hop(hops - 1); });
}

void driver::end_one() {
  if (--under_way_ != 0) return;
  for (const operation_ptr& each : round_) {
    require(each->completions == 1, "no handler: " + each->describe());
    if (each->error == asio::error::operation_aborted) ++aborted_;
  }
  end_round();
  for (const operation_ptr& each : round_) {
    require(all_are(each->memory, claimed),
            "a buffer was written to after the handler: " + each->describe());
  }
  round_.clear();
  asio::post(*strand_, [self = shared_from_this()] { self->run_round(); });
}

void driver::end_one_from_elsewhere() {
  if (strand_) asio::post(*strand_, [self = shared_from_this()] { self->end_one(); });
}

void driver::claim_buffer(tracked_operation& operation) {
  if (operation.memory.empty()) return;
  std::memset(operation.memory.data(), static_cast<int>(claimed), operation.memory.size());
}

void driver::fill(tracked_operation& operation, bool place_is_known) {
  for (std::uint32_t i = 0; i != operation.places; ++i) {
    const std::uint32_t generation = model_.next_generation();
    operation.generations.push_back(generation);
    const std::span<std::byte, block_bytes> block(operation.memory.data() + i * block_bytes,
                                                  block_bytes);
    fill_block(block,
               {chosen_.file, place_is_known ? operation.place + i : any_place, generation});
  }
}

void driver::emit_to_one() {
  constexpr asio::cancellation_type types[] = {asio::cancellation_type::terminal,
                                               asio::cancellation_type::partial,
                                               asio::cancellation_type::total};
  const operation_ptr chosen = round_.at(below(static_cast<std::uint32_t>(round_.size())));
  if (!chosen->has_slot) return;
  chosen->is_cancelled = true;
  chosen->signal.emit(types[below(3)]);
}

token_kind driver::any_token() {
  const std::uint32_t dice = below(100);
  if (dice < 40) return token_kind::callback;
  if (dice < 55) return token_kind::callback_anywhere;
  if (dice < 75) return token_kind::awaitable;
  if (dice < 90) return token_kind::deferred;
  return token_kind::future;
}

void driver::let_go() {
  // What is left in the slot of a coroutine refers to the strand.
  for (const operation_ptr& each : round_) each->signal.slot().clear();
  strand_.reset();
  finished_ = nullptr;
}

// One of the blocks of a write whose result is unknown. That of a stream may be anywhere.
void driver::may_have_written(const tracked_operation& operation, std::uint32_t index) {
  const bool is_anywhere = operation.place == any_place;
  const std::uint32_t first = is_anywhere ? model_.first_place() : operation.place + index;
  const std::uint32_t end = is_anywhere ? model_.end_place() : first + 1;
  const std::uint32_t named = is_anywhere ? any_place : first;
  for (std::uint32_t place = first; place != end; ++place)
    model_.may_have(place, {chosen_.file, named, operation.generations[index]});
}

void driver::settle_dropped() {
  for (const operation_ptr& each : round_) {
    const bool is_held = each.use_count() != 1;
    require(!is_held, "a handler was neither run nor destroyed: " + each->describe());
    if (each->completions == 0) ++dropped_;
    if (each->type == operation_type::resize)
      for (std::uint32_t i = each->place; i < model_.end_place(); ++i) model_.may_have(i, {});
    for (std::uint32_t i = 0; i != each->generations.size(); ++i) may_have_written(*each, i);
  }
  round_.clear();
}

void driver::check_file() {
  const int fd = ::open(chosen_.path.c_str(), O_RDONLY | O_CLOEXEC);
  require(fd != -1, "cannot open " + chosen_.path);
  std::vector<std::byte> block(block_bytes);
  for (std::uint32_t place = model_.first_place(); place != model_.end_place(); ++place) {
    const ssize_t count =
        ::pread(fd, block.data(), block_bytes, static_cast<off_t>(place) * block_bytes);
    require(count == 0 || count == static_cast<ssize_t>(block_bytes),
            chosen_.path + " ends within block " + std::to_string(place));
    if (count == 0) std::ranges::fill(block, std::byte{});
    model_.check(place, block, "the check at the end");
  }
  ::close(fd);
}

std::string driver::describe() const {
  std::string text = "file " + std::to_string(chosen_.file) + ", round " +
                     std::to_string(rounds_) + ", " + std::to_string(under_way_) + " under way:";
  for (const operation_ptr& each : round_) {
    if (each->completions == 0)
      text += ' ' + std::string(name_of(each->type)) + " at " + std::to_string(each->place) + ';';
  }
  return text;
}

}  // namespace verify
