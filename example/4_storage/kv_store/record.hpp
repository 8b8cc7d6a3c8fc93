// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The format of the store's files: records, one after the other, each with its length, a sequence
// number and a checksum of everything. Numbers are in the machine's own byte order.

#include <asiofile/random_access_file.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <xxhash.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace kv {

enum class record_kind : std::uint32_t { put = 1, erase, snapshot_begin, snapshot_end };

struct record {
  record_kind kind;
  std::uint64_t number;
  std::string key;
  std::string value;
};

inline constexpr std::size_t key_bytes_max = 64 * 1024;
inline constexpr std::size_t value_bytes_max = 64 * 1024 * 1024;

struct record_header {
  std::uint64_t checksum;  // of what follows it
  std::uint64_t number;
  record_kind kind;
  std::uint32_t key_bytes;
  std::uint32_t value_bytes;
  std::uint32_t unused;
};

inline std::uint64_t checksum_of(std::string_view record) {
  record.remove_prefix(sizeof(std::uint64_t));
  return XXH3_64bits(record.data(), record.size());
}

// Key and value must be within their limits.
inline void add_record(std::string& to, record_kind kind, std::uint64_t number,
                       std::string_view key, std::string_view value) {
  record_header header{.checksum = 0,
                       .number = number,
                       .kind = kind,
                       .key_bytes = static_cast<std::uint32_t>(key.size()),
                       .value_bytes = static_cast<std::uint32_t>(value.size()),
                       .unused = 0};
  const std::size_t start = to.size();
  to.append(reinterpret_cast<const char*>(&header), sizeof header);
  to += key;
  to += value;
  header.checksum = checksum_of(std::string_view(to).substr(start));
  std::memcpy(to.data() + start, &header.checksum, sizeof header.checksum);
}

// Reads records from the start of a file, a piece at a time.
class record_reader {
 public:
  explicit record_reader(asiofile::random_access_file& file) : file_(file) {}

  // The next record. Nothing at the end of the file, or if what follows is not a complete record.
  boost::asio::awaitable<std::optional<record>> next() {
    record_header header;
    if (!co_await have(sizeof header)) co_return std::nullopt;
    std::memcpy(&header, buffer_.data() + used_, sizeof header);
    if (header.key_bytes > key_bytes_max || header.value_bytes > value_bytes_max)
      co_return std::nullopt;
    const std::size_t size = sizeof header + header.key_bytes + header.value_bytes;
    if (!co_await have(size)) co_return std::nullopt;
    const std::string_view whole = std::string_view(buffer_).substr(used_, size);
    if (checksum_of(whole) != header.checksum) co_return std::nullopt;
    used_ += size;
    end_ += size;
    co_return record{.kind = header.kind,
                     .number = header.number,
                     .key = std::string(whole.substr(sizeof header, header.key_bytes)),
                     .value = std::string(whole.substr(sizeof header + header.key_bytes))};
  }

  // Where the last record ends, in bytes from the start of the file.
  [[nodiscard]] std::uint64_t end() const { return end_; }

 private:
  // Whether the file has this many more bytes, which are then in memory.
  boost::asio::awaitable<bool> have(std::size_t bytes) {
    constexpr std::size_t piece_bytes = 256 * 1024;
    while (buffer_.size() - used_ < bytes) {
      buffer_.erase(0, used_);
      used_ = 0;
      const std::size_t before = buffer_.size();
      buffer_.resize(before + piece_bytes);
      const auto [ec, count] = co_await file_.async_read_some_at(
          end_ + before, boost::asio::buffer(buffer_.data() + before, piece_bytes),
          boost::asio::as_tuple(boost::asio::use_awaitable));
      buffer_.resize(before + count);
      if (ec == boost::asio::error::eof) co_return false;
      if (ec) throw boost::system::system_error(ec, "reading records");
    }
    co_return true;
  }

  asiofile::random_access_file& file_;
  std::string buffer_;
  std::size_t used_ = 0;
  std::uint64_t end_ = 0;
};

}  // namespace kv
