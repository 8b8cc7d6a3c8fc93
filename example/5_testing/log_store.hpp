// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A small log-structured store of keys and values: every put appends a record to a log, and is
// durable when it has returned. Opening it reads the log up to the first incomplete record.

#include <asiofile/asiofile.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <xxhash.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <utility>

// Mistakes that the store can make on purpose, to show that the test finds them.
enum class mistake { none, no_sync, no_directory_sync, no_checksum, compaction_in_place };

class log_store {
 public:
  log_store(const boost::asio::any_io_executor& executor, std::string directory, mistake made)
      : file_(executor),
        directory_(std::move(directory)),
        path_(directory_ + "/log"),
        mistake_(made) {}

  [[nodiscard]] const std::map<std::string, std::string>& values() const { return values_; }

  boost::asio::awaitable<void> open() {
    co_await file_.async_open(path_, file_.read_write | file_.create, use_awaitable);
    // The name of a new file, too, must survive.
    if (mistake_ != mistake::no_directory_sync)
      co_await asiofile::async_sync_directory(file_, directory_, use_awaitable);
    const std::string log = co_await asiofile::async_read_file(file_, path_, use_awaitable);
    values_.clear();
    next_number_ = end_ = 0;
    while (take_record(std::string_view(log).substr(end_))) ++next_number_;
    if (end_ == log.size()) co_return;
    co_await file_.async_resize(end_, use_awaitable);
    co_await file_.async_sync_all(use_awaitable);
  }

  // Returns when the value is durable. After an exception it may be there or not.
  boost::asio::awaitable<void> put(const std::string& key, const std::string& value) {
    const std::string record = make_record(next_number_, key, value);
    if (mistake_ == mistake::no_sync)
      co_await boost::asio::async_write_at(file_, end_, boost::asio::buffer(record), use_awaitable);
    else
      co_await file_.async_write_and_sync_data_at(end_, boost::asio::buffer(record), use_awaitable);
    end_ += record.size();
    ++next_number_;
    values_[key] = value;
  }

  // Drops what was overwritten.
  boost::asio::awaitable<void> compact() {
    std::string log;
    std::uint64_t number = 0;
    for (const auto& [key, value] : values_) log += make_record(number++, key, value);
    co_await file_.async_close(use_awaitable);
    if (mistake_ == mistake::compaction_in_place)
      co_await asiofile::async_write_file(file_, path_, boost::asio::buffer(log), use_awaitable);
    else
      co_await asiofile::async_replace_file(file_, path_, boost::asio::buffer(log), use_awaitable);
    co_await open();
  }

 private:
  static constexpr const auto& use_awaitable = boost::asio::use_awaitable;

  struct record_header {
    std::uint64_t checksum;  // of what follows it
    std::uint64_t number;    // 0, 1, 2...: a record of an older log is no valid one
    std::uint32_t key_size;
    std::uint32_t value_size;
  };

  static std::uint64_t checksum_of(std::string_view record) {
    record.remove_prefix(sizeof(std::uint64_t));
    return XXH3_64bits(record.data(), record.size());
  }

  static std::string make_record(std::uint64_t number, const std::string& key,
                                 const std::string& value) {
    record_header header{0, number, static_cast<std::uint32_t>(key.size()),
                         static_cast<std::uint32_t>(value.size())};
    std::string record(sizeof header, '\0');
    record += key + value;
    std::memcpy(record.data(), &header, sizeof header);
    header.checksum = checksum_of(record);
    std::memcpy(record.data(), &header, sizeof header);
    return record;
  }

  bool take_record(std::string_view log) {
    record_header header;
    if (log.size() < sizeof header) return false;
    std::memcpy(&header, log.data(), sizeof header);
    const std::uint64_t size = sizeof header + std::uint64_t{header.key_size} + header.value_size;
    if (header.number != next_number_ || header.key_size == 0 || size > log.size()) return false;
    const bool is_whole = checksum_of(log.substr(0, size)) == header.checksum;
    if (!is_whole && mistake_ != mistake::no_checksum) return false;
    values_[std::string(log.substr(sizeof header, header.key_size))] =
        log.substr(sizeof header + header.key_size, header.value_size);
    end_ += size;
    return true;
  }

  asiofile::random_access_file file_;
  const std::string directory_;
  const std::string path_;
  const mistake mistake_;
  std::map<std::string, std::string> values_;
  std::uint64_t next_number_ = 0;
  std::uint64_t end_ = 0;
};
