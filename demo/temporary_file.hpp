// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Files that are removed when the demo ends.

#include <cstdint>
#include <filesystem>
#include <string>

namespace demo {

// Removes the file of a path at the end of its life.
class temporary_file {
 public:
  // A name in `directory` that no other run of the demo uses at this time. Makes no file.
  temporary_file(const std::filesystem::path& directory, const std::string& purpose);
  ~temporary_file();
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  // To be called by the code that has made the file: an existing file must not be removed.
  void made() noexcept { made_ = true; }

 private:
  std::filesystem::path path_;
  bool made_ = false;
};

// Makes the file, of pseudo-random bytes that no file system can compress. Throws
// std::runtime_error, naming the file.
void fill_with_random_bytes(temporary_file& file, std::uint64_t bytes);

}  // namespace demo
