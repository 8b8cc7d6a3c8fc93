// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Shows: lines that are combined to records. Reads comma-separated values (RFC 4180: a field in
// quotes may contain commas, line breaks and doubled quotes) with a header line; each record is a
// map from the header's names to its fields. The file may be larger than memory: one record is held
// at a time.
//
//   csv FILE COLUMN      prints the column, and how many records there are

#include <asiofile/asiofile.hpp>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <iostream>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace asio = boost::asio;
using asio::use_awaitable;

constexpr std::size_t record_bytes_max = 1024 * 1024;

class csv_reader {
 public:
  using record = std::map<std::string, std::string>;

  explicit csv_reader(asiofile::stream_file& file) : lines_(file) {}

  // Returns nothing at the end of the file.
  asio::awaitable<std::optional<record>> next() {
    if (names_.empty()) names_ = split(co_await next_line());
    const std::string line = co_await next_line();
    if (line.empty()) co_return std::nullopt;
    std::vector<std::string> fields = split(line);
    if (fields.size() != names_.size())
      throw std::runtime_error("a record has " + std::to_string(fields.size()) + " fields");
    record found;
    for (std::size_t i = 0; i != fields.size(); ++i) found[names_[i]] = std::move(fields[i]);
    co_return found;
  }

 private:
  // A line, and the following ones while a quote is open; empty at the end of the file.
  asio::awaitable<std::string> next_line() {
    std::string whole;
    bool is_quoted = false;
    while (const auto line = co_await lines_.async_next()) {
      whole += *line;
      // A quote that is never closed must not fill the memory.
      if (whole.size() > record_bytes_max) throw std::runtime_error("a record is too long");
      if (std::count(line->begin(), line->end(), '"') % 2 != 0) is_quoted = !is_quoted;
      if (is_quoted) {
        whole += '\n';
        continue;
      }
      if (whole.ends_with('\r')) whole.pop_back();
      if (!whole.empty()) co_return whole;
    }
    if (!whole.empty()) throw std::runtime_error("a quote is not closed");
    co_return whole;
  }

  static std::vector<std::string> split(std::string_view line) {
    std::vector<std::string> fields(1);
    bool is_quoted = false;
    for (std::size_t i = 0; i != line.size(); ++i) {
      const bool is_doubled = is_quoted && line.substr(i, 2) == "\"\"";
      if (is_doubled) fields.back() += line[i++];
      else if (line[i] == '"') is_quoted = !is_quoted;
      else if (line[i] == ',' && !is_quoted) fields.emplace_back();
      else fields.back() += line[i];
    }
    return fields;
  }

  asiofile::line_reader lines_;
  std::vector<std::string> names_;
};

asio::awaitable<void> print_column(std::string path, std::string column) {
  asiofile::stream_file file(co_await asio::this_coro::executor);
  co_await file.async_open(path, asiofile::file_base::read_only, use_awaitable);
  csv_reader records(file);
  std::uint64_t count = 0;
  while (const auto record = co_await records.next()) {
    std::cout << record->at(column) << '\n';
    ++count;
  }
  std::cerr << count << " records\n";
}

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: csv FILE COLUMN\n";
    return 2;
  }
  try {
    asio::io_context context;
    asio::co_spawn(context, print_column(argv[1], argv[2]), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    context.run();
  } catch (const std::exception& error) {
    std::cerr << "csv: " << error.what() << '\n';
    return 1;
  }
}
