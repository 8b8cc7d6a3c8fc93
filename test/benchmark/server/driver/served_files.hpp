// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The files that are served: made here, removed at the end.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace benchmark::server {

class served_files {
 public:
  // Makes `count` files of `bytes` each in a new folder `name` of the root. Throws.
  served_files(const std::filesystem::path& root, const std::string& name, std::size_t bytes,
               std::size_t count);
  ~served_files();
  served_files(const served_files&) = delete;
  served_files& operator=(const served_files&) = delete;

  // The request targets: /name/0, /name/1, ...
  [[nodiscard]] const std::vector<std::string>& targets() const noexcept { return targets_; }

  // The content of each of them.
  [[nodiscard]] const std::string& content() const noexcept { return content_; }

  // Throws.
  void bring_into_cache() const;
  void drop_from_cache() const;

 private:
  std::filesystem::path root_;
  std::filesystem::path folder_;
  std::string content_;
  std::vector<std::string> targets_;
};

}  // namespace benchmark::server
