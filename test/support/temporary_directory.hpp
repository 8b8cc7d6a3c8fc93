// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A test's own directory, below $TMPDIR or else the working directory: not below /tmp by default,
// which is often a tmpfs and does not behave as disks do. Removed with everything in it.

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace test_support {

class temporary_directory {
 public:
  temporary_directory() {
    const char* const base = std::getenv("TMPDIR");
    std::string name = base != nullptr && *base != '\0' ? std::string(base) : std::string(".");
    name += "/asiofile-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr)
      throw std::system_error(errno, std::system_category(), "mkdtemp " + name);
    root_ = std::filesystem::absolute(name).string();
  }

  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  // The directory itself, absolute.
  [[nodiscard]] const std::string& root() const noexcept { return root_; }

  // The absolute path of a name in it.
  [[nodiscard]] std::string path(std::string_view name) const {
    return root_ + '/' + std::string(name);
  }

 private:
  std::string root_;
};

}  // namespace test_support
