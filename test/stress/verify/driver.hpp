// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A user of a file: round after round it starts some operations on blocks that do not overlap, with
// any tokens, disturbs them, and compares each result with what the file must hold.

#include "file_model.hpp"
#include "future_waiter.hpp"
#include "tokens.hpp"
#include "tracked_operation.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace verify {

struct driver_settings {
  std::string path;
  std::uint32_t file = 0;
  // This user's blocks. Other users may have those around them.
  std::uint32_t first_place = 0;
  std::uint32_t places = 0;
  // No other user has a block of the file, so that it may be resized.
  bool owns_file = true;
  bool is_direct = false;
  std::uint64_t seed = 0;
};

class driver : public std::enable_shared_from_this<driver> {
 public:
  driver(const driver_settings& chosen, asio::io_context& context, future_waiter& waiter);
  virtual ~driver() = default;
  driver(const driver&) = delete;
  driver& operator=(const driver&) = delete;

  // `finished` is called when the last round has ended.
  void start(std::function<void()> finished);
  // From any thread: the round that is under way is the last.
  void stop() noexcept { is_stopping_ = true; }
  // From any thread, at any time while it runs: cancels or closes something.
  virtual void disturb(std::mt19937& random) = 0;

  // When no thread runs the context any more, and before it is destroyed: releases what needs it.
  virtual void let_go();
  // After the context was destroyed: accounts for the operations that ended without their handlers.
  void settle_dropped();

  // Reads the file by other means and checks every block.
  void check_file();

  [[nodiscard]] const driver_settings& chosen() const noexcept { return chosen_; }
  [[nodiscard]] std::uint64_t operations() const noexcept { return started_; }
  [[nodiscard]] std::uint64_t aborted() const noexcept { return aborted_; }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }
  [[nodiscard]] std::uint64_t futures() const noexcept { return futures_; }
  // For the report of a hang.
  [[nodiscard]] std::string describe() const;

 protected:
  using operation_ptr = std::shared_ptr<tracked_operation>;

  // Starts a round: some operations, at least one.
  virtual void begin_round() = 0;
  // All operations of the round have completed.
  virtual void end_round() = 0;
  // Disturbs what is under way, in a step of its own between the operations' handlers.
  virtual void disturb_round() = 0;

  // True with a probability of `percent` in a hundred.
  bool chance(unsigned percent) { return random_() % 100 < percent; }
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_()) % bound; }

  // One more thing that the round waits for, and one less.
  void begin_one() { ++under_way_; }
  void end_one();

  // Fills the blocks that it writes.
  void fill(tracked_operation& operation, bool place_is_known);
  // Cancels one of the operations under way through its slot.
  void emit_to_one();
  // After its handler has run, the buffer belongs to the user: nothing may write to it.
  void claim_buffer(tracked_operation& operation);

  template <typename Start, typename Launch>
  void start_operation(const operation_ptr& operation, token_kind kind, Start start,
                       Launch launch) {
    round_.push_back(operation);
    begin_one();
    ++started_;
    if (kind == token_kind::future) ++futures_;
    completion done{operation, [self = shared_from_this()] { self->end_one(); },
                    [self = shared_from_this()] { self->end_one_from_elsewhere(); }};
    token_starter(*strand_, waiter_, std::move(done), std::move(start), std::move(launch))
        .with(kind);
  }

  token_kind any_token();

  driver_settings chosen_;
  asio::io_context& context_;
  future_waiter& waiter_;
  std::optional<strand_type> strand_;
  std::mt19937_64 random_;
  file_model model_;
  std::vector<operation_ptr> round_;
  std::uint64_t aborted_ = 0;

 private:
  void end_one_from_elsewhere();
  void run_round();
  void hop(unsigned hops);
  void may_have_written(const tracked_operation& operation, std::uint32_t index);

  std::function<void()> finished_;
  std::atomic<bool> is_stopping_ = false;
  std::size_t under_way_ = 0;
  std::atomic<std::uint64_t> started_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t futures_ = 0;
  std::uint64_t rounds_ = 0;
};

}  // namespace verify
