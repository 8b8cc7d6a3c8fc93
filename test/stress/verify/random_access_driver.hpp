// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A user of a random_access_file and of clones of it, some of which are cancelled and closed while
// operations of all are in flight.

#include "disturbed_file.hpp"
#include "driver.hpp"

#include <asiofile/random_access_file.hpp>

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace verify {

class random_access_driver final : public driver {
 public:
  random_access_driver(const driver_settings& chosen, asio::io_context& context,
                       future_waiter& waiter);

  void disturb(std::mt19937& random) override;
  void let_go() override;

 private:
  using handle = disturbed_file<asiofile::random_access_file>;
  using handle_ptr = std::shared_ptr<handle>;
  using buffer_list = std::vector<asio::mutable_buffer>;

  void begin_round() override;
  void end_round() override;
  void disturb_round() override;

  handle_ptr open();
  handle_ptr handle_at(std::size_t index);
  void replace_handle(std::size_t index, handle_ptr made);
  void close_handle(std::size_t index);
  void open_in_vain();
  void renew_handles();

  bool choose_places(std::uint32_t& place, std::uint32_t& places);
  void start_something();
  void start_resize();
  void start(const operation_ptr& operation);
  void start_transfer(const handle_ptr& used, const operation_ptr& operation);
  void start_other(const handle_ptr& used, const operation_ptr& operation);
  buffer_list buffers_of(tracked_operation& operation);
  void read_synchronously();

  void settle_size_of_file();
  void settle(tracked_operation& operation);
  void settle_read(tracked_operation& operation);
  void settle_write(tracked_operation& operation);
  void settle_size(const tracked_operation& operation);
  [[nodiscard]] bool may_be_aborted(const tracked_operation& operation);
  void check_error(const tracked_operation& operation);

  std::mutex handles_mutex_;
  // The first is never disturbed.
  std::vector<handle_ptr> handles_;
  // For the file objects that the operations of this round were started on, by number.
  std::vector<undisturbed_since> round_handles_;
  // Blocks that an operation of this round has.
  std::vector<bool> taken_;
  // The file's size in blocks: now, and what a resize of this round makes it.
  std::uint32_t size_ = 0;
  std::uint32_t resized_to_ = 0;
  // Before the round, or what the resize makes it, if that is less.
  std::uint32_t least_size_ = 0;
  // Operations of the round stay below it.
  std::uint32_t end_ = 0;
};

}  // namespace verify
