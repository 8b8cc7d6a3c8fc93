// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A digest of a file's content, in 16 bytes. Read with plain read(2), so that asiofile is not
// checked by itself.

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

namespace demo {

struct file_digest {
  std::uint64_t bytes = 0;
  // XXH3-128 in its canonical (big-endian) form.
  std::array<unsigned char, 16> xxh3{};

  bool operator==(const file_digest&) const = default;
};

std::string to_string(const file_digest& digest);

// Reads the file to its end. Throws std::runtime_error, naming the file.
file_digest digest_of(const std::filesystem::path& path);

}  // namespace demo
