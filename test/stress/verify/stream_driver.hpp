// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A user of a stream_file: in each round it goes to a position and starts writes there, or reads,
// which must follow on each other in the order in which they were started, whatever is cancelled.

#include "disturbed_file.hpp"
#include "driver.hpp"

#include <asiofile/stream_file.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>

namespace verify {

class stream_driver final : public driver {
 public:
  stream_driver(const driver_settings& chosen, asio::io_context& context, future_waiter& waiter);

  void disturb(std::mt19937& random) override;
  void let_go() override;

 private:
  using handle = disturbed_file<asiofile::stream_file>;
  using handle_ptr = std::shared_ptr<handle>;

  void begin_round() override;
  void end_round() override;
  void disturb_round() override;

  handle_ptr open();
  handle_ptr current();
  bool go_to_some_position();
  void start_something();
  void start(const operation_ptr& operation);

  void check_error(const tracked_operation& operation);
  void settle_read(tracked_operation& operation);
  void settle_write(tracked_operation& operation);
  void check_position();

  std::mutex handle_mutex_;
  handle_ptr handle_;
  std::optional<undisturbed_since> round_handle_;
  bool is_writing_ = false;
  // In blocks: the file's size, and where the next operation of the round takes place.
  std::uint32_t size_ = 0;
  std::uint32_t position_ = 0;
  // Blocks that the round may yet write.
  std::uint32_t room_ = 0;
  std::uint64_t last_order_ = 0;
};

}  // namespace verify
