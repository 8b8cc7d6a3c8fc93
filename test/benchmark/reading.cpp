// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// How fast files are read line by line and chunk by chunk, compared with the plain loops that a
// program would use instead: `std::getline` and read(2).
//
//   reading <directory> [MiB] [runs]
//
// Makes its files in the directory. Prints the median of the runs of each way; the ways alternate.

#include <asiofile/asiofile.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace {

// What every way must count, so that none can skip the data.
struct counted {
  std::uint64_t pieces = 0;
  std::uint64_t bytes = 0;

  void add(std::size_t size) noexcept {
    ++pieces;
    bytes += size;
  }
  bool operator==(const counted&) const = default;
};

using way = std::function<counted(const std::string& path)>;

counted by_getline(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  counted seen;
  for (std::string line; std::getline(file, line);) seen.add(line.size());
  return seen;
}

void rethrow(const std::exception_ptr& thrown) {
  if (thrown) std::rethrow_exception(thrown);
}

template <typename Function>
counted with_lines(const std::string& path, Function&& read) {
  asio::io_context context(1);
  asiofile::stream_file file(context, path, asiofile::file_base::read_only);
  asiofile::line_reader lines(file);
  counted seen;
  asio::co_spawn(context, read(lines, seen), rethrow);
  context.run();
  return seen;
}

asio::awaitable<void> loop_with_token(asiofile::line_reader& lines, counted& seen) {
  while (const auto line = co_await lines.async_next(asio::use_awaitable)) seen.add(line->size());
}

asio::awaitable<void> loop_without_token(asiofile::line_reader& lines, counted& seen) {
  while (const auto line = co_await lines.async_next()) seen.add(line->size());
}

asio::awaitable<void> loop_with_try(asiofile::line_reader& lines, counted& seen) {
  while (auto line = co_await lines.async_next()) {
    do seen.add(line->size());
    while ((line = lines.try_next()));
  }
}

// A handler that asks for the next line.
struct callback {
  asiofile::line_reader& lines;
  counted& seen;

  void operator()(boost::system::error_code ec, std::optional<std::string_view> line) const {
    if (ec || !line) return;
    seen.add(line->size());
    lines.async_next(*this);
  }
};

counted by_callback(const std::string& path) {
  asio::io_context context(1);
  asiofile::stream_file file(context, path, asiofile::file_base::read_only);
  asiofile::line_reader lines(file);
  counted seen;
  lines.async_next(callback{lines, seen});
  context.run();
  return seen;
}

counted by_read(const std::string& path, std::size_t chunk_bytes) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const auto memory = std::make_unique<char[]>(chunk_bytes);
  counted seen;
  for (ssize_t size; (size = ::read(fd, memory.get(), chunk_bytes)) > 0;)
    seen.add(static_cast<std::size_t>(size));
  ::close(fd);
  return seen;
}

counted by_chunks(const std::string& path, std::size_t chunk_bytes, std::size_t read_ahead) {
  asio::io_context context(1);
  asiofile::stream_file file(context, path, asiofile::file_base::read_only);
  asiofile::chunk_reader_options options;
  options.chunk_bytes = chunk_bytes;
  options.read_ahead = read_ahead;
  asiofile::chunk_reader chunks(file, options);
  counted seen;
  const auto loop = [&]() -> asio::awaitable<void> {
    while (const auto chunk = co_await chunks.async_next()) seen.add(chunk->size());
  };
  asio::co_spawn(context, loop, rethrow);
  context.run();
  return seen;
}

void make_text(const std::string& path, std::size_t bytes, std::size_t line_bytes) {
  std::ofstream file(path, std::ios::binary);
  std::string block;
  for (std::size_t i = 0; block.size() < 1 << 20; ++i)
    block += std::string(line_bytes / 2 + i * 7919 % line_bytes, static_cast<char>('a' + i % 26)) +
             '\n';
  for (std::size_t done = 0; done < bytes; done += block.size()) file << block;
}

void forget_cached(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  ::fdatasync(fd);
  ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  ::close(fd);
}

double seconds_of(const way& which, const std::string& path, const counted& expected) {
  const auto begin = std::chrono::steady_clock::now();
  const counted seen = which(path);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (seen.bytes != expected.bytes) {
    std::fprintf(stderr, "other data than was to be read\n");
    std::exit(1);
  }
  return took.count();
}

struct candidate {
  std::string name;
  way run;
};

// The first is what the others are compared with.
void compare(const std::string& what, const std::string& path, int runs, bool is_cold,
             const std::vector<candidate>& candidates) {
  const counted expected = candidates.front().run(path);
  std::vector<std::vector<double>> times(candidates.size());
  for (int i = 0; i != runs; ++i) {
    for (std::size_t k = 0; k != candidates.size(); ++k) {
      if (is_cold) forget_cached(path);
      times[k].push_back(seconds_of(candidates[k].run, path, expected));
    }
  }
  std::printf("%s\n", what.c_str());
  double first = 0;
  for (std::size_t k = 0; k != candidates.size(); ++k) {
    std::ranges::sort(times[k]);
    const double median = times[k][times[k].size() / 2];
    if (k == 0) first = median;
    std::printf("  %-36s %7.3f s %8.1f MiB/s %7.2f million pieces/s   x %.2f\n",
                candidates[k].name.c_str(), median,
                static_cast<double>(expected.bytes) / median / (1 << 20),
                static_cast<double>(expected.pieces) / median / 1e6, first / median);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: reading <directory> [MiB] [runs]\n");
    return 2;
  }
  const std::string path = std::string(argv[1]) + "/reading.data";
  const std::size_t bytes = (argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1024) << 20;
  const int runs = argc > 3 ? std::atoi(argv[3]) : 5;
  for (const std::size_t line_bytes : {80, 20}) {
    make_text(path, bytes, line_bytes);
    compare(
        "cached lines of about " + std::to_string(line_bytes) + " bytes", path, runs, false,
        {{"std::getline", by_getline},
         {"async_next() and try_next", [](const auto& p) { return with_lines(p, loop_with_try); }},
         {"async_next()", [](const auto& p) { return with_lines(p, loop_without_token); }},
         {"async_next(use_awaitable)",
          [](const auto& p) { return with_lines(p, loop_with_token); }},
         {"async_next(callback)", by_callback}});
  }
  for (const bool is_cold : {false, true}) {
    for (const std::size_t chunk_bytes : {64 << 10, 128 << 10, 256 << 10, 1 << 20}) {
      std::vector<candidate> candidates{
          {"read(2)", [=](const auto& p) { return by_read(p, chunk_bytes); }}};
      for (const std::size_t ahead : {0, 1, 3, 8})
        candidates.push_back({"chunk_reader, " + std::to_string(ahead) + " ahead",
                              [=](const auto& p) { return by_chunks(p, chunk_bytes, ahead); }});
      compare((is_cold ? "cold" : "cached") + std::string(" chunks of ") +
                  std::to_string(chunk_bytes / 1024) + " KiB",
              path, runs, is_cold, candidates);
    }
  }
  ::unlink(path.c_str());
}
