// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The files that are read and written: made here, removed at the end.

#include "plan.hpp"

#include <cstddef>
#include <filesystem>

namespace benchmark {

// Each page of 4 KiB begins with its tag: see block_tag.hpp.
class data_file {
 public:
  // Writes `bytes`, with `write_bytes` at a time. The kernel caches what is written in pieces of
  // that size where the file system can, and that matters: see doc/benchmarks.md. Throws.
  data_file(const std::filesystem::path& directory, std::size_t bytes, std::size_t write_bytes);
  ~data_file();
  data_file(const data_file&) = delete;
  data_file& operator=(const data_file&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  // Makes its pages clean, and in the cache or not. They are read into the cache page by page.
  void prepare(cache_state wanted) const;

  // Removes its content. Throws.
  void empty() const;

 private:
  void fill(std::size_t write_bytes) const;
  void bring_into_cache() const;
  void write_back() const;

  std::filesystem::path path_;
  std::size_t bytes_;
  int fd_ = -1;
};

}  // namespace benchmark
