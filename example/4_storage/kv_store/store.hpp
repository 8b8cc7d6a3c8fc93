// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A small database: keys and values, all of them in memory, made durable by a log of all changes
// and a snapshot that replaces the log's beginning.
//
//   snapshot   what there was when a log began: its number, and all pairs (not there at first)
//   log.N      what was done since; the last one is written
//
// What is acknowledged is in the log, and so is everything before it (`append_log`). A snapshot
// takes its name when it is complete (`replacement_file`), and only then are the logs before it
// removed. So after a crash at any moment, the state is: the snapshot, then the logs from its
// number on, in order, up to the first incomplete record.

#include "record.hpp"

#include <asiofile/append_log.hpp>
#include <asiofile/asiofile.hpp>
#include <asiofile/replacement_file.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <list>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace kv {

// All of it runs on the one thread that runs its executor's context. No other process may use the
// directory meanwhile: see `directory_lock`.
class store {
 public:
  // `directory`: made if there is none. A relative path must have the same meaning for as long as
  // the store is used.
  store(const boost::asio::any_io_executor& executor, std::string directory)
      : executor_(executor), directory_(std::move(directory)), changed_(executor) {
    changed_.expires_at(boost::asio::steady_timer::time_point::max());
  }

  // To be called once, before all other functions. Removes what a crash has left incomplete.
  boost::asio::awaitable<void> open() {
    if (co_await is_new()) co_await make_directory();
    co_await read_snapshot();
    asiofile::random_access_file file = co_await open_log(log_number_);
    std::uint64_t end = co_await replay(file);
    // A crash while the logs were changed leaves two.
    while (co_await exists(log_path(log_number_ + 1))) {
      earlier_log_bytes_ += end;
      if (is_cut_off_) cut_.emplace(std::move(file), end);
      ++log_number_;
      file = co_await open_log(log_number_);
      end = co_await replay(file);
    }
    // Only now, when nothing was found to be damaged.
    if (cut_) co_await cut_off(cut_->first, cut_->second);
    cut_.reset();
    if (co_await file.async_size(use_awaitable) != end) co_await cut_off(file, end);
    log_.emplace(std::move(file), asiofile::append_log_options{.offset = end});
    co_await remove_old_logs();
  }

  [[nodiscard]] const std::map<std::string, std::string>& values() const { return values_; }

  // The size of the logs that `open` would read.
  [[nodiscard]] std::uint64_t log_bytes() const {
    return earlier_log_bytes_ + log_->next_offset();
  }

  // Returns when the pair is durable. Any number may be under way: they share writes and syncs, and
  // take effect in order. After an exception the pair may be stored or not, and the store must be
  // reopened.
  boost::asio::awaitable<void> put(std::string key, std::string value) {
    co_await log(record_kind::put, key, value);
    values_.insert_or_assign(std::move(key), std::move(value));
  }

  // Returns when it is durable that there is no such key.
  boost::asio::awaitable<void> erase(std::string key) {
    co_await log(record_kind::erase, key, {});
    values_.erase(key);
  }

  // Replaces the logs by a snapshot. Puts may continue meanwhile. Does nothing if a snapshot is
  // being made.
  boost::asio::awaitable<void> compact() {
    if (is_compacting_) co_return;
    const flag_guard compacting(*this, is_compacting_);
    const std::uint64_t first_number = co_await begin_log();
    co_await write_snapshot(first_number);
    co_await remove_old_logs();
  }

  // To be called when nothing else is under way. Acknowledged changes are durable even without it.
  boost::asio::awaitable<void> close() { co_await log_->async_close(use_awaitable); }

 private:
  static constexpr const auto& use_awaitable = boost::asio::use_awaitable;

  // Sets a flag, and wakes up coroutines that wait for it when it is cleared.
  struct flag_guard {
    flag_guard(store& its, bool& flag) : of(its), set(flag) { set = true; }
    flag_guard(const flag_guard&) = delete;
    flag_guard& operator=(const flag_guard&) = delete;
    ~flag_guard() {
      set = false;
      of.changed_.cancel();
    }
    store& of;
    bool& set;
  };

  // After an append that has not succeeded, the store accepts no more.
  struct append_guard {
    explicit append_guard(store& its) : of(its) { ++of.in_flight_; }
    append_guard(const append_guard&) = delete;
    append_guard& operator=(const append_guard&) = delete;
    ~append_guard() {
      if (!has_succeeded) of.is_failed_ = true;
      if (--of.in_flight_ == 0 && of.is_changing_logs_) of.changed_.cancel();
    }
    store& of;
    bool has_succeeded = false;
  };

  // A place in the queue of those that wait for the next log.
  struct place_in_line {
    explicit place_in_line(store& its) : of(its), at(its.line_.insert(its.line_.end(), 0)) {}
    place_in_line(const place_in_line&) = delete;
    place_in_line& operator=(const place_in_line&) = delete;
    ~place_in_line() {
      of.line_.erase(at);
      if (!of.line_.empty()) of.changed_.cancel();
    }
    store& of;
    std::list<char>::iterator at;
  };

  [[nodiscard]] std::string snapshot_path() const { return directory_ + "/snapshot"; }
  [[nodiscard]] std::string log_path(std::uint64_t number) const {
    return directory_ + "/log." + std::to_string(number);
  }

  boost::asio::awaitable<void> wait_for_change() {
    co_await changed_.async_wait(boost::asio::as_tuple(use_awaitable));
  }

  // Waits until the new log exists (see `begin_log`) and all earlier ones have continued: two puts
  // of one key take effect in the order in which they were begun.
  boost::asio::awaitable<void> wait_in_line() {
    const place_in_line own(*this);
    while (is_changing_logs_ || own.at != line_.begin()) co_await wait_for_change();
  }

  boost::asio::awaitable<bool> is_new() {
    co_return !co_await exists(snapshot_path()) && !co_await exists(log_path(log_number_));
  }

  // Also makes its name durable, with those above it: they may be new as well, and the process that
  // made them may have been killed before it did so. Once there is a log, all that has been done.
  boost::asio::awaitable<void> make_directory() {
    co_await asiofile::async_create_directories(executor_, directory_, use_awaitable);
    for (std::filesystem::path made = directory_; made.has_relative_path();) {
      const std::filesystem::path parent = made.has_parent_path() ? made.parent_path() : ".";
      const auto [ec] = co_await asiofile::async_sync_directory(
          executor_, parent.string(), boost::asio::as_tuple(use_awaitable));
      // It belongs to another user, so it was not just made.
      if (ec == boost::system::errc::permission_denied) co_return;
      if (ec) throw boost::system::system_error(ec, parent.string());
      if (!made.has_parent_path()) co_return;
      made = parent;
    }
  }

  boost::asio::awaitable<bool> exists(const std::string& path) {
    const auto [ec, found] = co_await asiofile::async_status(executor_, path,
                                                             boost::asio::as_tuple(use_awaitable));
    if (ec && ec != boost::system::errc::no_such_file_or_directory)
      throw boost::system::system_error(ec, path);
    co_return !ec;
  }

  // ---- writing

  boost::asio::awaitable<void> log(record_kind kind, std::string_view key, std::string_view value) {
    if (key.empty() || key.size() > key_bytes_max || value.size() > value_bytes_max)
      throw std::invalid_argument("a key or value of this size");
    if (is_changing_logs_ || !line_.empty()) co_await wait_in_line();
    if (is_failed_) throw std::runtime_error("the store is to be opened anew");
    std::string record;
    add_record(record, kind, next_number_, key, value);
    // From here on the number belongs to the record, which is written in spite of cancellation: a
    // missing number would count as damage.
    append_guard appending(*this);
    ++next_number_;
    const auto [ec, offset] = co_await log_->async_append(
        boost::asio::buffer(record),
        boost::asio::bind_cancellation_slot(boost::asio::cancellation_slot(),
                                            boost::asio::as_tuple(use_awaitable)));
    if (ec) throw boost::system::system_error(ec, "appending to the log");
    appending.has_succeeded = true;
  }

  // The next log gets its first record when all that is in the last one is durable: at no moment
  // may a later record survive and an earlier one be lost. Returns the number of that first record.
  boost::asio::awaitable<std::uint64_t> begin_log() {
    asiofile::random_access_file file = co_await open_log(log_number_ + 1);
    const flag_guard changing(*this, is_changing_logs_);
    while (in_flight_ != 0) co_await wait_for_change();
    earlier_log_bytes_ += log_->next_offset();
    co_await log_->async_close(use_awaitable);
    asiofile::append_log next(std::move(file));
    *log_ = std::move(next);
    ++log_number_;
    co_return next_number_;
  }

  // Makes it, if there is none, and makes its name durable.
  boost::asio::awaitable<asiofile::random_access_file> open_log(std::uint64_t number) {
    asiofile::random_access_file file(executor_);
    co_await file.async_open(log_path(number), file.read_write | file.create, use_awaitable);
    co_await asiofile::async_sync_directory(executor_, directory_, use_awaitable);
    co_return file;
  }

  // Writes each pair as it is at that moment: later changes are also in the log that follows the
  // snapshot, and replaying them has the same effect.
  boost::asio::awaitable<void> write_snapshot(std::uint64_t first_number) {
    constexpr std::size_t piece_bytes = 256 * 1024;
    asiofile::replacement_file snapshot(executor_);
    co_await snapshot.async_open(snapshot_path(), use_awaitable);
    std::string piece;
    add_record(piece, record_kind::snapshot_begin, first_number, std::to_string(log_number_), {});
    std::uint64_t count = 0;
    for (auto next = values_.begin(); next != values_.end();) {
      const std::string key = next->first;
      add_record(piece, record_kind::put, count++, key, next->second);
      if (piece.size() < piece_bytes) {
        ++next;
        continue;
      }
      co_await boost::asio::async_write(snapshot, boost::asio::buffer(piece), use_awaitable);
      piece.clear();
      next = values_.upper_bound(key);
    }
    add_record(piece, record_kind::snapshot_end, count, {}, {});
    co_await boost::asio::async_write(snapshot, boost::asio::buffer(piece), use_awaitable);
    co_await snapshot.async_commit(use_awaitable);
    first_log_ = log_number_;
    earlier_log_bytes_ = 0;
  }

  // Removes logs that the snapshot replaces, including those that a crash has left or restored.
  boost::asio::awaitable<void> remove_old_logs() {
    asiofile::directory_reader reader(executor_);
    co_await reader.async_open(directory_, use_awaitable);
    std::vector<std::string> old;
    while (const auto batch = co_await reader.async_next(use_awaitable)) {
      for (const asiofile::directory_entry& each : *batch)
        if (is_old_log(each.name)) old.push_back(directory_ + '/' + each.name);
    }
    for (const std::string& path : old)
      co_await asiofile::async_remove(executor_, path, use_awaitable);
  }

  [[nodiscard]] bool is_old_log(std::string_view name) const {
    std::uint64_t number = 0;
    if (!name.starts_with("log.")) return false;
    name.remove_prefix(4);
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    return error == std::errc() && end == name.data() + name.size() && number < first_log_;
  }

  // ---- reading

  boost::asio::awaitable<void> read_snapshot() {
    if (!co_await exists(snapshot_path())) co_return;
    asiofile::random_access_file file(executor_);
    co_await file.async_open(snapshot_path(), file.read_only, use_awaitable);
    record_reader reader(file);
    const std::optional<record> begin = co_await reader.next();
    if (!begin || begin->kind != record_kind::snapshot_begin) throw damaged("the snapshot");
    next_number_ = begin->number;
    log_number_ = first_log_ = std::stoull(begin->key);
    for (std::uint64_t count = 0;; ++count) {
      std::optional<record> next = co_await reader.next();
      if (!next || next->number != count) throw damaged("the snapshot");
      if (next->kind == record_kind::snapshot_end) co_return;
      values_.insert_or_assign(std::move(next->key), std::move(next->value));
    }
  }

  // Applies the log, and returns where its last complete record ends.
  boost::asio::awaitable<std::uint64_t> replay(asiofile::random_access_file& file) {
    record_reader reader(file);
    for (;;) {
      std::optional<record> next = co_await reader.next();
      if (!next) break;
      // Nothing is appended to a log before everything in the previous one is durable.
      if (next->number != next_number_ || is_cut_off_) throw damaged(log_path(log_number_));
      ++next_number_;
      if (next->kind == record_kind::put)
        values_.insert_or_assign(std::move(next->key), std::move(next->value));
      else
        values_.erase(next->key);
    }
    if (co_await file.async_size(use_awaitable) != reader.end()) is_cut_off_ = true;
    co_return reader.end();
  }

  boost::asio::awaitable<void> cut_off(asiofile::random_access_file& file, std::uint64_t end) {
    co_await file.async_resize(end, use_awaitable);
    // Before anything is appended: the removed part must not reappear after it.
    co_await file.async_sync_all(use_awaitable);
  }

  static std::runtime_error damaged(const std::string& what) {
    return std::runtime_error(what + " is damaged");
  }

  boost::asio::any_io_executor executor_;
  const std::string directory_;
  std::map<std::string, std::string> values_;
  std::optional<asiofile::append_log> log_;
  std::uint64_t log_number_ = 1;
  // That of the snapshot.
  std::uint64_t first_log_ = 1;
  // Of those before the last one.
  std::uint64_t earlier_log_bytes_ = 0;
  // Of the next record.
  std::uint64_t next_number_ = 0;
  // Appends, of the last log.
  std::size_t in_flight_ = 0;
  bool is_changing_logs_ = false;
  bool is_compacting_ = false;
  bool is_failed_ = false;
  // A log has ended with an incomplete record: nothing can have been acknowledged after that.
  bool is_cut_off_ = false;
  // That log, if others follow it, which are empty; and where it ends.
  std::optional<std::pair<asiofile::random_access_file, std::uint64_t>> cut_;
  std::list<char> line_;
  // Never expires; cancelled to wake those that wait.
  boost::asio::steady_timer changed_;
};

}  // namespace kv
