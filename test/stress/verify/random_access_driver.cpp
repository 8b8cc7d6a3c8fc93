// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "random_access_driver.hpp"

#include "failure.hpp"

#include <asiofile/file_base.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace verify {

using asiofile::file_base;
using asiofile::random_access_file;

namespace {

constexpr std::size_t handle_count = 4;
constexpr std::uint32_t operations_max = 24;
constexpr std::uint32_t places_max = 4;

constexpr std::array operation_types{
    operation_type::read,  operation_type::read,  operation_type::read,
    operation_type::write, operation_type::write, operation_type::write,
    operation_type::write_and_sync_data,          operation_type::size};

}  // namespace

random_access_driver::random_access_driver(const driver_settings& chosen,
                                           asio::io_context& context, future_waiter& waiter)
    : driver(chosen, context, waiter),
      taken_(chosen.places),
      size_(chosen.owns_file ? 0 : chosen.first_place + chosen.places) {
  handles_.push_back(open());
  while (handles_.size() != handle_count)
    handles_.push_back(std::make_shared<handle>(handles_.front()->get().clone()));
}

// ---- file objects

random_access_driver::handle_ptr random_access_driver::open() {
  auto flags = file_base::read_write | file_base::create;
  if (chosen_.is_direct) flags = flags | file_base::direct;
  if (chance(20)) flags = flags | file_base::sync_on_close;
  return std::make_shared<handle>(random_access_file(context_, chosen_.path, flags));
}

random_access_driver::handle_ptr random_access_driver::handle_at(std::size_t index) {
  const std::lock_guard lock(handles_mutex_);
  return handles_.empty() ? nullptr : handles_.at(index);
}

void random_access_driver::replace_handle(std::size_t index, handle_ptr made) {
  const std::lock_guard lock(handles_mutex_);
  handles_.at(index) = std::move(made);
}

void random_access_driver::disturb(std::mt19937& random) {
  const handle_ptr chosen = handle_at(1 + random() % (handle_count - 1));
  if (!chosen) return;
  if (random() % 10 != 0)
    chosen->cancel();
  else
    chosen->close();
}

void random_access_driver::close_handle(std::size_t index) {
  const handle_ptr chosen = handle_at(index);
  if (chance(40)) return chosen->close();
  begin_one();
  chosen->async_close(
      asio::bind_executor(*strand_, [this, self = shared_from_this()](error_code ec) {
        require(!ec, "async_close: " + ec.message());
        end_one();
      }));
}

void random_access_driver::disturb_round() {
  const std::size_t index = 1 + below(handle_count - 1);
  const std::uint32_t dice = below(100);
  if (dice < 50) return emit_to_one();
  if (dice < 75) return handle_at(index)->cancel();
  if (dice < 85) return close_handle(index);
  if (dice < 92) return open_in_vain();
  // The object is destroyed with operations under way, unless another thread is using it now.
  const handle_ptr gone = handle_at(index);
  replace_handle(index, std::make_shared<handle>(handles_.front()->get().clone()));
}

// An open that is abandoned before it has completed.
void random_access_driver::open_in_vain() {
  auto file = std::make_shared<random_access_file>(context_);
  begin_one();
  file->async_open(
      chosen_.path, file_base::read_only,
      asio::bind_executor(*strand_, [this, self = shared_from_this()](error_code ec) {
        require(!ec || ec == asio::error::operation_aborted, "async_open: " + ec.message());
        end_one();
      }));
  if (chance(30)) file->close();
  if (chance(30)) asio::post(*strand_, [file, self = shared_from_this()] { file->close(); });
}

// Between rounds: replaces closed objects by new ones, and occasionally all objects.
void random_access_driver::renew_handles() {
  for (std::size_t i = 0; i != handle_count; ++i) {
    if (!handle_at(i)->history()->is_closed && !chance(3)) continue;
    const bool is_clone = i != 0 && chance(70);
    replace_handle(i, is_clone ? std::make_shared<handle>(handle_at(0)->get().clone()) : open());
  }
}

void random_access_driver::let_go() {
  const std::lock_guard lock(handles_mutex_);
  handles_.clear();
  driver::let_go();
}

// ---- rounds

void random_access_driver::begin_round() {
  renew_handles();
  taken_.assign(taken_.size(), false);
  end_ = model_.end_place();
  least_size_ = size_;
  if (chosen_.owns_file && chance(20)) start_resize();
  const std::uint32_t count = 1 + below(operations_max);
  for (std::uint32_t i = 0; i != count; ++i) {
    start_something();
    if (chance(15)) disturb_round();
  }
  if (chance(30)) read_synchronously();
}

// The other operations of the round stay before the new end, so that each has one outcome.
void random_access_driver::start_resize() {
  end_ = model_.first_place() + 1 + below(chosen_.places);
  resized_to_ = end_;
  least_size_ = std::min(size_, end_);
  start(std::make_shared<tracked_operation>(operation_type::resize, end_, 0));
}

// Chooses blocks that no other operation of this round has. False if it has found none.
bool random_access_driver::choose_places(std::uint32_t& place, std::uint32_t& places) {
  const std::uint32_t room = end_ - model_.first_place();
  places = std::min(1 + below(places_max), room);
  const std::uint32_t first = below(room - places + 1);
  for (std::uint32_t i = first; i != first + places; ++i)
    if (taken_[i]) return false;
  for (std::uint32_t i = first; i != first + places; ++i) taken_[i] = true;
  place = model_.first_place() + first;
  return true;
}

void random_access_driver::start_something() {
  operation_type type = operation_types.at(below(operation_types.size()));
  if (chance(1)) type = chance(50) ? operation_type::sync_data : operation_type::sync_all;
  // Syncs take long.
  if (is_chain(type) && chance(90)) type = operation_type::write;
  if (is_chain(type) && chance(30)) type = operation_type::write_and_sync_all;
  std::uint32_t place = 0;
  std::uint32_t places = 0;
  if (is_transfer(type) && !choose_places(place, places)) return;
  const auto operation = std::make_shared<tracked_operation>(type, place, places);
  if (is_write(type)) fill(*operation, true);
  start(operation);
}

void random_access_driver::start(const operation_ptr& operation) {
  const std::size_t index = below(handle_count);
  const handle_ptr used = handle_at(index);
  operation->handle = round_handles_.size();
  round_handles_.emplace_back(*used);
  if (is_transfer(operation->type))
    start_transfer(used, operation);
  else
    start_other(used, operation);
}

// In one piece or in several.
random_access_driver::buffer_list random_access_driver::buffers_of(tracked_operation& operation) {
  const std::size_t piece_bytes =
      chance(70) ? operation.memory.size() : block_bytes / (chance(50) ? 1 : 2);
  // As a direct file requires.
  const std::size_t bytes = chosen_.is_direct ? std::max(piece_bytes, block_bytes) : piece_bytes;
  buffer_list buffers;
  for (std::size_t i = 0; i < operation.memory.size(); i += bytes)
    buffers.push_back(asio::buffer(operation.memory.data() + i,
                                   std::min(bytes, operation.memory.size() - i)));
  return buffers;
}

void random_access_driver::start_transfer(const handle_ptr& used, const operation_ptr& operation) {
  const std::uint64_t offset = std::uint64_t{operation->place} * block_bytes;
  const auto start_with = [&](auto start) {
    start_operation(
        operation, any_token(),
        [used, offset, start, buffers = buffers_of(*operation)](auto&& token) {
          return start(used->get(), offset, buffers, std::forward<decltype(token)>(token));
        },
        [] {});
  };
  switch (operation->type) {
    case operation_type::read:
      return start_with([](auto& file, auto at, const auto& buffers, auto&& token) {
        return file.async_read_some_at(at, buffers, std::forward<decltype(token)>(token));
      });
    case operation_type::write:
      return start_with([](auto& file, auto at, const auto& buffers, auto&& token) {
        return file.async_write_some_at(at, buffers, std::forward<decltype(token)>(token));
      });
    case operation_type::write_and_sync_data:
      return start_with([](auto& file, auto at, const auto& buffers, auto&& token) {
        return file.async_write_and_sync_data_at(at, buffers, std::forward<decltype(token)>(token));
      });
    default:
      return start_with([](auto& file, auto at, const auto& buffers, auto&& token) {
        return file.async_write_and_sync_all_at(at, buffers, std::forward<decltype(token)>(token));
      });
  }
}

void random_access_driver::start_other(const handle_ptr& used, const operation_ptr& operation) {
  const auto start_with = [&](auto start) {
    start_operation(
        operation, any_token(),
        [used, start](auto&& token) {
          return start(used->get(), std::forward<decltype(token)>(token));
        },
        [] {});
  };
  switch (operation->type) {
    case operation_type::sync_data:
      return start_with([](auto& file, auto&& token) {
        return file.async_sync_data(std::forward<decltype(token)>(token));
      });
    case operation_type::sync_all:
      return start_with([](auto& file, auto&& token) {
        return file.async_sync_all(std::forward<decltype(token)>(token));
      });
    case operation_type::size:
      return start_with([](auto& file, auto&& token) {
        return file.async_size(std::forward<decltype(token)>(token));
      });
    default:
      return start_with([size = std::uint64_t{operation->place} * block_bytes](auto& file,
                                                                               auto&& token) {
        return file.async_resize(size, std::forward<decltype(token)>(token));
      });
  }
}

void random_access_driver::read_synchronously() {
  std::uint32_t place = 0;
  std::uint32_t places = 0;
  if (!choose_places(place, places)) return;
  tracked_operation read(operation_type::read, place, places);
  read.handle = round_handles_.size();
  round_handles_.emplace_back(*handle_at(0));
  error_code ec;
  const std::size_t count = handle_at(0)->get().read_some_at(
      std::uint64_t{place} * block_bytes, asio::buffer(read.memory), ec);
  read.complete(ec, count);
  settle(read);
}

// ---- results

void random_access_driver::end_round() {
  if (chosen_.owns_file) settle_size_of_file();
  for (const operation_ptr& each : round_) settle(*each);
  round_handles_.clear();
}

void random_access_driver::settle_size_of_file() {
  std::uint32_t written_to = 0;
  std::uint32_t perhaps_to = 0;
  for (const operation_ptr& each : round_) {
    if (each->type == operation_type::resize && !each->error) {
      model_.cut(resized_to_);
      size_ = resized_to_;
    }
    const auto count = static_cast<std::uint32_t>(each->result / block_bytes);
    if (is_write(each->type) && count != 0) written_to = std::max(written_to, each->place + count);
    if (each->result_is_lost) perhaps_to = std::max(perhaps_to, each->place + each->places);
  }
  size_ = std::max(size_, written_to);
  error_code ec;
  const std::uint64_t found = handle_at(0)->get().size(ec);
  const std::uint64_t places = found / block_bytes;
  const bool is_right = places == size_ || (places > size_ && places <= perhaps_to);
  require(!ec && found % block_bytes == 0 && is_right,
          "file " + std::to_string(chosen_.file) + " has " + std::to_string(found) +
              " bytes, expected " + std::to_string(size_) + " blocks");
  size_ = static_cast<std::uint32_t>(places);
}

bool random_access_driver::may_be_aborted(const tracked_operation& operation) {
  return operation.is_cancelled || round_handles_.at(operation.handle).was_disturbed();
}

void random_access_driver::check_error(const tracked_operation& operation) {
  const error_code& ec = operation.error;
  if (!ec) return;
  const bool is_closed =
      ec.value() == EBADF && round_handles_.at(operation.handle).was_closed();
  const bool is_aborted = ec == asio::error::operation_aborted && may_be_aborted(operation);
  const bool is_end = ec == asio::error::eof && operation.type == operation_type::read;
  require(is_closed || is_aborted || is_end,
          "file " + std::to_string(chosen_.file) + ": unexpected error: " + operation.describe());
  require(operation.result == 0 || is_chain(operation.type),
          "an error and a count: " + operation.describe());
}

void random_access_driver::settle(tracked_operation& operation) {
  check_error(operation);
  if (operation.type == operation_type::read)
    settle_read(operation);
  else if (is_write(operation.type))
    settle_write(operation);
  else if (operation.type == operation_type::size)
    settle_size(operation);
  claim_buffer(operation);
}

void random_access_driver::settle_read(tracked_operation& operation) {
  if (operation.error && operation.error != asio::error::eof) return;
  const std::size_t count = operation.result;
  // Short only at what may have been the end of the file, or if it was cancelled.
  const std::uint64_t end = std::uint64_t{operation.place} * block_bytes + count;
  const std::uint64_t least = std::uint64_t{least_size_} * block_bytes;
  const bool is_whole = count == operation.memory.size();
  require(is_whole || end >= least || (may_be_aborted(operation) && count != 0),
          "file " + std::to_string(chosen_.file) + ": too short: " + operation.describe());
  model_.check(operation.place, std::span(operation.memory).first(count),
               operation.describe());
}

void random_access_driver::settle_write(tracked_operation& operation) {
  const bool is_whole = operation.result == operation.memory.size();
  require(is_whole || may_be_aborted(operation) || operation.error,
          "file " + std::to_string(chosen_.file) + ": too short: " + operation.describe());
  for (std::uint32_t i = 0; i != operation.places; ++i) {
    const std::uint32_t place = operation.place + i;
    const block_identity written{chosen_.file, place, operation.generations[i]};
    if (operation.result_is_lost)
      model_.may_have(place, written);
    else if (operation.result >= (std::uint64_t{i} + 1) * block_bytes)
      model_.has(place, written);
    else if (operation.result > std::uint64_t{i} * block_bytes)
      model_.may_be_torn(place);
  }
}

void random_access_driver::settle_size(const tracked_operation& operation) {
  if (operation.error || !chosen_.owns_file) return;
  const std::uint64_t places = operation.result / block_bytes;
  require(operation.result % block_bytes == 0 && places <= model_.end_place(),
          "file " + std::to_string(chosen_.file) + ": wrong size: " + operation.describe());
}

}  // namespace verify
