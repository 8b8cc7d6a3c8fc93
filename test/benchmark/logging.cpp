// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// How many small records become durable in a second: by `append_log`, by chains of each appender's,
// and by the loop that a program without either would have, pwritev2(2) of a batch and
// fdatasync(2).
//
//   logging <directory> [seconds of each run] [rounds]
//
// Makes its files in the directory. The ways take turns; printed are the medians of the rounds, and
// the medians of each round's ratio to the loop.

#include <asiofile/append_log.hpp>
#include <asiofile/asiofile.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace {

using clock = std::chrono::steady_clock;
using asiofile::file_base;

constexpr std::size_t record_bytes = 128;
constexpr std::size_t file_bytes = 64 << 20;

// The file that the records go to.
struct target {
  std::string path;
  // Its blocks have been written before.
  bool is_filled = false;
  bool is_direct = false;
};

struct load {
  std::size_t appenders = 1;
  clock::duration duration{};
};

using way = std::function<std::uint64_t(const target&, const load&)>;

void rethrow(const std::exception_ptr& thrown) {
  if (thrown) std::rethrow_exception(thrown);
}

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

void make(const target& where) {
  const int fd = ::open(where.path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd == -1) fail("open");
  const std::string zeros(1 << 20, '\0');
  for (std::size_t at = 0; where.is_filled && at != file_bytes; at += zeros.size())
    if (::write(fd, zeros.data(), zeros.size()) != static_cast<ssize_t>(zeros.size()))
      fail("write");
  if (::fsync(fd) != 0) fail("fsync");
  ::close(fd);
}

file_base::flags flags_of(const target& where) {
  return where.is_direct ? file_base::read_write | file_base::direct : file_base::read_write;
}

std::uint64_t by_log(const target& where, const load& wanted) {
  asio::io_context context(1);
  asiofile::append_log_options options;
  options.offset = 0;
  asiofile::append_log log(asiofile::random_access_file(context, where.path, flags_of(where)),
                           options);
  const std::string record(record_bytes, 'r');
  std::uint64_t records = 0;
  const auto end = clock::now() + wanted.duration;
  const auto appender = [&]() -> asio::awaitable<void> {
    while (clock::now() < end) {
      co_await log.async_append(asio::buffer(record), asio::use_awaitable);
      ++records;
    }
  };
  for (std::size_t i = 0; i != wanted.appenders; ++i) asio::co_spawn(context, appender, rethrow);
  context.run();
  return records;
}

// At offsets one behind the other, in any order of acknowledgement. Buffered only.
std::uint64_t by_chains(const target& where, const load& wanted) {
  asio::io_context context(1);
  asiofile::random_access_file file(context, where.path, file_base::read_write);
  const std::string record(record_bytes, 'r');
  std::uint64_t records = 0;
  std::uint64_t next_offset = 0;
  const auto end = clock::now() + wanted.duration;
  const auto appender = [&]() -> asio::awaitable<void> {
    while (clock::now() < end) {
      const std::uint64_t offset = std::exchange(next_offset, next_offset + record_bytes);
      co_await file.async_write_and_sync_data_at(offset, asio::buffer(record), asio::use_awaitable);
      ++records;
    }
  };
  for (std::size_t i = 0; i != wanted.appenders; ++i) asio::co_spawn(context, appender, rethrow);
  context.run();
  return records;
}

std::uint64_t by_loop(const target& where, const load& wanted) {
  const int fd = ::open(where.path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd == -1) fail("open");
  std::string record(record_bytes, 'r');
  const std::vector<iovec> batch(wanted.appenders, iovec{record.data(), record.size()});
  const auto bytes = static_cast<ssize_t>(record_bytes * wanted.appenders);
  std::uint64_t records = 0;
  off_t offset = 0;
  for (const auto end = clock::now() + wanted.duration; clock::now() < end; offset += bytes) {
    if (::pwritev2(fd, batch.data(), static_cast<int>(batch.size()), offset, 0) != bytes)
      fail("pwritev2");
    if (::fdatasync(fd) != 0) fail("fdatasync");
    records += wanted.appenders;
  }
  ::close(fd);
  return records;
}

struct candidate {
  std::string name;
  way run;
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// The first is what the others are compared with.
void compare(const std::string& what, const target& where, const load& wanted, int rounds,
             const std::vector<candidate>& candidates) {
  std::vector<std::vector<double>> rates(candidates.size());
  std::vector<std::vector<double>> ratios(candidates.size());
  for (int i = 0; i != rounds; ++i) {
    for (std::size_t k = 0; k != candidates.size(); ++k) {
      make(where);
      const auto begin = clock::now();
      const std::uint64_t records = candidates[k].run(where, wanted);
      const std::chrono::duration<double> took = clock::now() - begin;
      rates[k].push_back(static_cast<double>(records) / took.count());
      ratios[k].push_back(rates[k].back() / rates[0].back());
    }
  }
  std::printf("%s, %zu appenders\n", what.c_str(), wanted.appenders);
  for (std::size_t k = 0; k != candidates.size(); ++k)
    std::printf("  %-28s %9.0f records/s   x %.2f\n", candidates[k].name.c_str(), median(rates[k]),
                median(ratios[k]));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: logging <directory> [seconds of each run] [rounds]\n");
    return 2;
  }
  const std::string path = std::string(argv[1]) + "/logging.data";
  const std::chrono::duration<double> seconds(argc > 2 ? std::atof(argv[2]) : 1);
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 5;
  for (const std::size_t appenders : {1, 64}) {
    const load wanted{appenders, std::chrono::duration_cast<clock::duration>(seconds)};
    for (const bool is_filled : {false, true}) {
      const std::string what = is_filled ? "a file written before" : "a growing file";
      compare(what, {path, is_filled, false}, wanted, rounds,
              {{"pwritev2 + fdatasync", by_loop}, {"append_log", by_log}, {"chains", by_chains}});
      compare(what + ", the log direct", {path, is_filled, true}, wanted, rounds,
              {{"pwritev2 + fdatasync", by_loop}, {"append_log", by_log}});
    }
  }
  ::unlink(path.c_str());
}
