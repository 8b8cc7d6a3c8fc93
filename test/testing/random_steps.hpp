// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Sequences of operations on files and names, drawn from a seed.

#include <asiofile/file_base.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace testing_tests {

using asiofile::file_base;

// A step of a sequence: drawn once, executed on all kinds of files.
struct step {
  unsigned what = 0;
  unsigned file = 0;
  unsigned flags = 0;
  std::string path;
  std::string other_path;
  std::uint64_t offset = 0;
  std::size_t length = 0;
  bool is_synchronous = false;
};

enum : unsigned {
  open_file,
  close_file,
  read_at,
  write_at,
  resize,
  size,
  sync,
  status_of_file,
  allocate,
  open_stream,
  close_stream,
  read_stream,
  write_stream,
  seek_stream,
  rename_path,
  remove_path,
  make_directory,
  make_directories,
  status_of_path,
  link_path,
  make_symlink,
  read_symlink,
  list_directory,
  read_whole,
  write_whole,
  append_whole,
  replace_whole,
  make_temporary,
  write_chain,
  open_beneath,
  release_and_assign,
  copy_whole,
  sync_directory,
  step_count
};

class sequence {
 public:
  explicit sequence(std::uint32_t seed) : random_(seed) {}

  step next() {
    step drawn;
    drawn.what = below(step_count);
    drawn.file = below(3);
    drawn.flags = flags();
    drawn.path = path();
    drawn.other_path = path();
    drawn.offset = below(8) == 0 ? below(1 << 20) : below(3000);
    drawn.length = below(10) == 0 ? 0 : below(2500);
    drawn.is_synchronous = below(2) == 0;
    return drawn;
  }

 private:
  // A path of this many bytes that leads to the same directory.
  static std::string dots(std::size_t bytes) {
    std::string path;
    while (path.size() < bytes) path += "./";
    return path;
  }

  unsigned below(unsigned end) { return static_cast<unsigned>(random_() % end); }

  unsigned flags() {
    constexpr std::array<unsigned, 3> access{file_base::read_only, file_base::write_only,
                                             file_base::read_write};
    unsigned drawn = below(2) == 0 ? access[2] : access[below(3)];
    if (below(3) != 0) drawn |= file_base::create;
    if (below(6) == 0) drawn |= file_base::exclusive;
    if (below(6) == 0) drawn |= file_base::truncate;
    if (below(6) == 0) drawn |= file_base::append;
    if (below(10) == 0) drawn |= file_base::sync_all_on_write;
    if (below(10) == 0) drawn |= file_base::sync_on_close;
    if (below(20) == 0) drawn |= file_base::temporary;
    return drawn;
  }

  std::string path() {
    static const std::vector<std::string> usual{"a", "b", "c", "d", "d/x", "d/y", "e", "e/d", "l"};
    static const std::vector<std::string> odd{"a/",
                                              "a/x",
                                              "d/",
                                              "d/.",
                                              "d/..",
                                              ".",
                                              "",
                                              "d/../a",
                                              "d//x",
                                              "./b",
                                              "e/../d/x",
                                              "l/",
                                              "l/x",
                                              "none/x",
                                              "none/",
                                              "..",
                                              "d/l",
                                              std::string(256, 'n'),
                                              std::string(255, 'm'),
                                              dots(5000),
                                              "d/" + std::string(300, 'o')};
    return below(4) == 0 ? odd[below(static_cast<unsigned>(odd.size()))]
                         : usual[below(static_cast<unsigned>(usual.size()))];
  }

  std::mt19937 random_;
};

inline std::string describe(const step& next) {
  return "step " + std::to_string(next.what) + " file " + std::to_string(next.file) + " flags " +
         std::to_string(next.flags) + " path '" + next.path.substr(0, 20) + "' other '" +
         next.other_path.substr(0, 20) + "' offset " + std::to_string(next.offset) + " length " +
         std::to_string(next.length) + (next.is_synchronous ? " synchronous" : "");
}

}  // namespace testing_tests
