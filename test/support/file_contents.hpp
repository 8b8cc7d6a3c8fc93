// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Test files in which every byte shows the file and the offset that it belongs to.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <ios>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace test_support {

// The byte that belongs at `offset` of file number `file`.
constexpr char pattern_byte(std::uint32_t file, std::uint64_t offset) noexcept {
  std::uint64_t bits = (offset / 8 + 1) * 0x9e3779b97f4a7c15U + file * 0xbf58476d1ce4e5b9U;
  bits ^= bits >> 31;
  bits *= 0x94d049bb133111ebU;
  bits ^= bits >> 29;
  return static_cast<char>(bits >> (offset % 8 * 8) & 0xff);
}

inline void fill_pattern(std::span<char> bytes, std::uint32_t file, std::uint64_t offset) {
  for (std::size_t i = 0; i != bytes.size(); ++i) bytes[i] = pattern_byte(file, offset + i);
}

inline std::string pattern(std::uint32_t file, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  fill_pattern(bytes, file, offset);
  return bytes;
}

inline bool has_pattern(std::span<const char> bytes, std::uint32_t file, std::uint64_t offset) {
  for (std::size_t i = 0; i != bytes.size(); ++i) {
    if (bytes[i] != pattern_byte(file, offset + i)) return false;
  }
  return true;
}

inline bool all_are(std::span<const char> bytes, char value) {
  for (const char byte : bytes) {
    if (byte != value) return false;
  }
  return true;
}

// Overwrites an existing file in place: if it were truncated first, ext4 would start writing it
// back, which makes thousands of rounds slow.
inline void write_file(const std::string& path, std::string_view content) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd == -1) throw std::system_error(errno, std::system_category(), "open " + path);
  std::size_t written = 0;
  while (written != content.size()) {
    const ssize_t count = ::write(fd, content.data() + written, content.size() - written);
    if (count <= 0) break;
    written += static_cast<std::size_t>(count);
  }
  const bool complete =
      written == content.size() && ::ftruncate(fd, static_cast<off_t>(written)) == 0;
  ::close(fd);
  if (!complete) throw std::runtime_error("cannot write " + path);
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A file of `size` bytes that holds the pattern of file number `file`.
inline std::string make_pattern_file(const std::string& path, std::uint32_t file,
                                     std::size_t size) {
  write_file(path, pattern(file, 0, size));
  return path;
}

}  // namespace test_support
