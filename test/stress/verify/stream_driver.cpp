// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "stream_driver.hpp"

#include "failure.hpp"

#include <asiofile/file_base.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <cerrno>
#include <span>
#include <string>
#include <utility>

namespace verify {

using asiofile::file_base;

namespace {

constexpr std::uint32_t operations_max = 16;
constexpr std::uint32_t places_max = 3;

}  // namespace

stream_driver::stream_driver(const driver_settings& chosen, asio::io_context& context,
                             future_waiter& waiter)
    : driver(chosen, context, waiter), handle_(open()) {}

stream_driver::handle_ptr stream_driver::open() {
  auto flags = file_base::read_write | file_base::create;
  if (chosen_.is_direct) flags = flags | file_base::direct;
  return std::make_shared<handle>(asiofile::stream_file(context_, chosen_.path, flags));
}

stream_driver::handle_ptr stream_driver::current() {
  const std::lock_guard lock(handle_mutex_);
  return handle_;
}

void stream_driver::disturb(std::mt19937& random) {
  const handle_ptr chosen = current();
  if (!chosen) return;
  if (random() % 20 != 0)
    chosen->cancel();
  else
    chosen->close();
}

void stream_driver::disturb_round() {
  const std::uint32_t dice = below(100);
  if (dice < 70) return emit_to_one();
  if (dice < 95) return current()->cancel();
  begin_one();
  current()->async_close(
      asio::bind_executor(*strand_, [this, self = shared_from_this()](error_code ec) {
        require(!ec, "async_close: " + ec.message());
        end_one();
      }));
}

void stream_driver::let_go() {
  const std::lock_guard lock(handle_mutex_);
  handle_.reset();
  driver::let_go();
}

// ---- rounds

void stream_driver::begin_round() {
  if (current()->history()->is_closed || chance(3)) {
    handle_ptr opened = open();
    const std::lock_guard lock(handle_mutex_);
    handle_ = std::move(opened);
  }
  round_handle_.emplace(*current());
  is_writing_ = size_ == 0 || chance(50);
  if (!go_to_some_position()) return;
  room_ = model_.end_place() - position_;
  const std::uint32_t count = 1 + below(operations_max);
  for (std::uint32_t i = 0; i != count; ++i) {
    start_something();
    if (!round_.empty() && chance(10)) disturb_round();
  }
}

// False if the file has just been closed.
bool stream_driver::go_to_some_position() {
  position_ = below(std::min(size_ + 1, model_.end_place()));
  error_code ec;
  current()->get().seek(static_cast<std::int64_t>(position_ * block_bytes), file_base::seek_set,
                        ec);
  require(!ec || (ec.value() == EBADF && round_handle_->was_closed()), "seek: " + ec.message());
  return !ec;
}

void stream_driver::start_something() {
  if (is_writing_ && chance(2))
    return start(std::make_shared<tracked_operation>(operation_type::sync_data, any_place, 0));
  operation_type type = is_writing_ ? operation_type::write : operation_type::read;
  if (is_writing_ && chance(2)) type = operation_type::write_and_sync_data;
  const std::uint32_t places = std::min(1 + below(places_max), room_);
  if (places == 0) return;
  if (is_writing_) room_ -= places;
  const auto operation = std::make_shared<tracked_operation>(type, any_place, places);
  if (is_writing_) fill(*operation, false);
  start(operation);
}

void stream_driver::start(const operation_ptr& operation) {
  const auto start_with = [&](auto start) {
    token_kind kind = any_token();
    // A future that fails does not tell how much of a chain was written, and so not where the next
    // one began.
    if (is_chain(operation->type) && kind == token_kind::future) kind = token_kind::callback;
    start_operation(
        operation, kind,
        [used = current(), operation, start](auto&& token) {
          return start(used->get(), asio::buffer(operation->memory),
                       std::forward<decltype(token)>(token));
        },
        [self = shared_from_this(), this, operation] { operation->order = ++last_order_; });
  };
  switch (operation->type) {
    case operation_type::read:
      return start_with([](auto& file, const auto& buffer, auto&& token) {
        return file.async_read_some(buffer, std::forward<decltype(token)>(token));
      });
    case operation_type::write:
      return start_with([](auto& file, const auto& buffer, auto&& token) {
        return file.async_write_some(buffer, std::forward<decltype(token)>(token));
      });
    case operation_type::write_and_sync_data:
      return start_with([](auto& file, const auto& buffer, auto&& token) {
        return file.async_write_and_sync_data(buffer, std::forward<decltype(token)>(token));
      });
    default:
      return start_with([](auto& file, const auto&, auto&& token) {
        return file.async_sync_data(std::forward<decltype(token)>(token));
      });
  }
}

// ---- results

void stream_driver::end_round() {
  std::ranges::sort(round_, {}, [](const operation_ptr& each) { return each->order; });
  for (const operation_ptr& each : round_) {
    check_error(*each);
    if (each->type == operation_type::read) settle_read(*each);
    if (is_write(each->type)) settle_write(*each);
    claim_buffer(*each);
  }
  check_position();
}

void stream_driver::check_error(const tracked_operation& operation) {
  const error_code& ec = operation.error;
  const bool may_be_aborted = operation.is_cancelled || round_handle_->was_disturbed();
  const bool is_closed = ec.value() == EBADF && round_handle_->was_closed();
  const bool is_end = ec == asio::error::eof && operation.type == operation_type::read;
  require(!ec || is_closed || is_end ||
              (ec == asio::error::operation_aborted && may_be_aborted),
          "file " + std::to_string(chosen_.file) + ": unexpected error: " + operation.describe());
  require(operation.result % block_bytes == 0 && (!ec || operation.result == 0 ||
                                                  is_chain(operation.type)),
          "file " + std::to_string(chosen_.file) + ": wrong count: " + operation.describe());
  const bool is_whole = operation.result == operation.memory.size();
  require(ec || is_whole || !is_write(operation.type) || may_be_aborted,
          "file " + std::to_string(chosen_.file) + ": too short: " + operation.describe());
}

void stream_driver::settle_read(tracked_operation& operation) {
  const auto count = static_cast<std::uint32_t>(operation.result / block_bytes);
  const bool is_at_end = position_ + count >= size_;
  require(operation.error != asio::error::eof || is_at_end,
          "file " + std::to_string(chosen_.file) + " ends at block " + std::to_string(position_) +
              ", expected " + std::to_string(size_) + " blocks");
  model_.check(position_, std::span(operation.memory).first(operation.result),
               operation.describe());
  position_ += count;
}

void stream_driver::settle_write(tracked_operation& operation) {
  const auto count = static_cast<std::uint32_t>(operation.result / block_bytes);
  for (std::uint32_t i = 0; i != count; ++i)
    model_.has(position_ + i, {chosen_.file, any_place, operation.generations[i]});
  position_ += count;
  size_ = std::max(size_, position_);
}

void stream_driver::check_position() {
  error_code ec;
  const std::uint64_t found = current()->get().seek(0, file_base::seek_cur, ec);
  if (ec.value() == EBADF && round_handle_->was_closed()) return;
  require(!ec && found == std::uint64_t{position_} * block_bytes,
          "file " + std::to_string(chosen_.file) + " is at " + std::to_string(found) +
              ", expected block " + std::to_string(position_));
}

}  // namespace verify
