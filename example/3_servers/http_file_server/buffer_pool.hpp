// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Memory for reading files. The buffer that was returned last is reused first: it is still in the
// processor's cache. A buffer is occupied until it has been sent, which takes long for a slow
// client; a thread that serves quick clients needs a single buffer.

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace http_file_server {

class buffer_pool {
 public:
  using buffer = std::unique_ptr<char[]>;

  // The size of each, in bytes. Larger parts of files are not read by the program, but sent by the
  // kernel: beyond this size, copying twice costs more than having a thread make the call.
  static constexpr std::size_t buffer_bytes = 32 * 1024;

  [[nodiscard]] buffer get() {
    if (free_.empty()) return std::make_unique_for_overwrite<char[]>(buffer_bytes);
    buffer given = std::move(free_.back());
    free_.pop_back();
    return given;
  }

  void release(buffer returned) {
    if (returned && free_.size() < free_max) free_.push_back(std::move(returned));
  }

 private:
  static constexpr std::size_t free_max = 16;

  std::vector<buffer> free_;
};

}  // namespace http_file_server
