// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A program that will be interrupted: it writes records to files in every way in which asiofile can
// make them durable, and publishes which ones were reported as durable. The test that interrupts it
// checks that all of those exist.

#include "available_backends.hpp"
#include "child_process.hpp"
#include "file_contents.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace test_support {

// How a record is made durable.
enum class made_durable { by_sync_data, by_chain, by_chain_all, by_sync_on_close };
inline constexpr std::size_t record_log_files = 4;

// For each file: how many records were reported to its writer as durable. Shared with the child.
using durable_counts = std::array<std::atomic<std::uint32_t>, record_log_files>;

inline constexpr std::size_t record_bytes = 4096;

inline std::string record_file(const std::string& folder, std::size_t number) {
  return folder + "/records" + std::to_string(number);
}

// Writes one file, one record after the other, until that fails.
class record_writer : public std::enable_shared_from_this<record_writer> {
 public:
  record_writer(boost::asio::io_context& context, std::string path, bool is_direct,
                std::size_t number, std::atomic<std::uint32_t>& durable)
      : path_(std::move(path)),
        is_direct_(is_direct),
        number_(number),
        how_(static_cast<made_durable>(number)),
        durable_(durable),
        file_(context),
        memory_(record_bytes) {}

  void start() {
    open();
    write_next();
  }

 private:
  using error_code = boost::system::error_code;

  void open() {
    using asiofile::file_base;
    auto flags = file_base::write_only | file_base::create;
    if (is_direct_) flags = flags | file_base::direct;
    if (how_ == made_durable::by_sync_on_close) flags = flags | file_base::sync_on_close;
    error_code ec;
    file_.open(path_, flags, ec);
    is_open_ = !ec;
  }

  void write_next() {
    if (!is_open_) return;
    const std::uint64_t offset = std::uint64_t{durable_} * record_bytes;
    fill_pattern({reinterpret_cast<char*>(memory_.data()), record_bytes},
                 static_cast<std::uint32_t>(number_), offset);
    const auto buffer = boost::asio::buffer(memory_);
    const auto self = shared_from_this();
    const auto chained = [self](error_code ec, const asiofile::write_and_sync_result&) {
      self->is_durable(ec);
    };
    switch (how_) {
      case made_durable::by_chain:
        return file_.async_write_and_sync_data_at(offset, buffer, chained);
      case made_durable::by_chain_all:
        return file_.async_write_and_sync_all_at(offset, buffer, chained);
      default:
        return file_.async_write_some_at(offset, buffer, [self](error_code ec, std::size_t n) {
          if (!ec && n == record_bytes) self->make_durable();
        });
    }
  }

  void make_durable() {
    const auto done = [self = shared_from_this()](error_code ec) { self->is_durable(ec); };
    if (how_ == made_durable::by_sync_data) return file_.async_sync_data(done);
    file_.async_close(done);
  }

  void is_durable(error_code ec) {
    if (ec) return;
    ++durable_;
    if (how_ == made_durable::by_sync_on_close) open();
    write_next();
  }

  std::string path_;
  bool is_direct_;
  std::size_t number_;
  made_durable how_;
  std::atomic<std::uint32_t>& durable_;
  asiofile::random_access_file file_;
  asiofile::aligned_buffer memory_;
  bool is_open_ = false;
};

// In the child: writes all files until nothing can be written any more.
inline void write_records(asiofile::backend which, const std::string& folder, bool is_direct,
                          durable_counts& durable) {
  boost::asio::io_context context;
  use_backend(context, which);
  for (std::size_t i = 0; i != record_log_files; ++i)
    std::make_shared<record_writer>(context, record_file(folder, i), is_direct, i, durable[i])
        ->start();
  context.run();
}

// Afterwards: each record that was durable is there. Throws otherwise.
inline void require_durable_records(const std::string& folder, const durable_counts& durable) {
  for (std::size_t i = 0; i != record_log_files; ++i) {
    const std::string found = read_file(record_file(folder, i));
    const std::size_t bytes = std::size_t{durable[i]} * record_bytes;
    child_require(found.size() >= bytes, "file " + std::to_string(i) + " has " +
                                             std::to_string(found.size() / record_bytes) + " of " +
                                             std::to_string(durable[i]) + " durable records");
    for (std::size_t at = 0; at != bytes; at += record_bytes)
      child_require(has_pattern(std::span(found).subspan(at, record_bytes),
                                static_cast<std::uint32_t>(i), at),
                    "file " + std::to_string(i) + " has lost record " +
                        std::to_string(at / record_bytes));
  }
}

}  // namespace test_support
