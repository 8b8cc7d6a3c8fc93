// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Shows: a write-ahead log. Every record is one write with a sync chained to it: when the handler
// reports success, the record survives a crash, and not a moment earlier. After a crash, recovery
// keeps the records up to the first incomplete one and cuts off the rest.
//
//   wal LOG COUNT     recovers LOG, appends COUNT records, prints "durable N" for each
//   wal LOG           recovers LOG, prints how many records it has
//   wal               both, with a log of its own

#include <asiofile/asiofile.hpp>

#include <boost/system/system_error.hpp>

#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using asio::use_awaitable;
using asiofile::random_access_file;

// Precedes each record. Because of the number, a record that is left of an older, longer log is not
// valid.
struct record_header {
  std::uint64_t checksum;  // of what follows it
  std::uint64_t number;    // 0, 1, 2...
  std::uint64_t size;      // of the record, in bytes
};

constexpr std::size_t size_max = 1 << 20;

class write_ahead_log {
 public:
  explicit write_ahead_log(const asio::any_io_executor& executor) : file_(executor) {}

  [[nodiscard]] std::uint64_t record_count() const { return next_number_; }

  asio::awaitable<void> open(const std::string& path) {
    co_await file_.async_open(path, random_access_file::read_write | random_access_file::create,
                              use_awaitable);
    // Durable data is nevertheless lost if a power cut removes the file's name. Not as an argument:
    // g++ 12 destroys the temporary of a conditional operator there twice.
    std::string folder = std::filesystem::path(path).parent_path().string();
    if (folder.empty()) folder = ".";
    co_await asiofile::async_sync_directory(file_, folder, use_awaitable);
    const std::uint64_t file_size = co_await file_.async_size(use_awaitable);
    while (co_await skip_record(file_size)) ++next_number_;
    if (end_ == file_size) co_return;
    std::cout << "cut off " << file_size - end_ << " bytes of a record that is not whole\n";
    co_await file_.async_resize(end_, use_awaitable);
    co_await file_.async_sync_all(use_awaitable);
  }

  // Returns when the record is durable.
  asio::awaitable<void> append(const std::string& record) {
    std::string bytes(sizeof(record_header), '\0');
    bytes += record;
    record_header header{0, next_number_, record.size()};
    header.checksum = checksum_of(header, record);
    std::memcpy(bytes.data(), &header, sizeof header);
    co_await file_.async_write_and_sync_data_at(end_, asio::buffer(bytes), use_awaitable);
    end_ += bytes.size();
    ++next_number_;
  }

 private:
  static std::uint64_t checksum_of(const record_header& header, const std::string& record) {
    return XXH3_64bits_withSeed(record.data(), record.size(), header.number * 31 + header.size);
  }

  asio::awaitable<bool> skip_record(std::uint64_t file_size) {
    record_header header;
    if (file_size - end_ < sizeof header) co_return false;
    co_await asio::async_read_at(file_, end_, asio::buffer(&header, sizeof header), use_awaitable);
    const std::uint64_t left = file_size - end_ - sizeof header;
    if (header.number != next_number_ || header.size > left || header.size > size_max)
      co_return false;
    std::string record(static_cast<std::size_t>(header.size), '\0');
    co_await asio::async_read_at(file_, end_ + sizeof header, asio::buffer(record), use_awaitable);
    if (checksum_of(header, record) != header.checksum) co_return false;
    end_ += sizeof header + record.size();
    co_return true;
  }

  random_access_file file_;
  std::uint64_t next_number_ = 0;
  std::uint64_t end_ = 0;
};

asio::awaitable<void> run(std::string path, std::uint64_t count) {
  write_ahead_log log(co_await asio::this_coro::executor);
  co_await log.open(path);
  std::cout << path << ": " << log.record_count() << " records" << std::endl;
  for (std::uint64_t i = 0; i != count; ++i) {
    const std::uint64_t number = log.record_count();
    co_await log.append("record " + std::to_string(number) + std::string(number % 5000, '.'));
    std::cout << "durable " << log.record_count() << std::endl;
  }
}

int main(int argc, char** argv) {
  try {
    const std::string path = argc > 1 ? argv[1] : "log";
    const std::uint64_t count = argc > 2 ? std::stoull(argv[2]) : argc > 1 ? 0 : 20;
    asio::io_context context;
    asio::co_spawn(context, run(path, count), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    context.run();
  } catch (const std::exception& error) {
    std::cerr << "wal: " << error.what() << '\n';
    return 1;
  }
}
