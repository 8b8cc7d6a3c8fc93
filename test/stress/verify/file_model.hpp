// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What a part of a file must hold, block by block. If the API leaves open whether a write had an
// effect, a block has several possible contents; the next read decides which one it is.

#include "block.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace verify {

class file_model {
 public:
  // The blocks from `first_place` on of file number `file`, which are zeros or do not exist yet.
  file_model(std::uint32_t file, std::uint32_t first_place, std::uint32_t places)
      : file_(file), first_place_(first_place), contents_(places, {block_identity{}}) {}

  [[nodiscard]] std::uint32_t file() const noexcept { return file_; }
  [[nodiscard]] std::uint32_t first_place() const noexcept { return first_place_; }
  [[nodiscard]] std::uint32_t end_place() const noexcept {
    return first_place_ + static_cast<std::uint32_t>(contents_.size());
  }

  // A number that was never returned before.
  std::uint32_t next_generation() noexcept { return ++generation_; }

  // The content from now on.
  void has(std::uint32_t place, const block_identity& identity) {
    contents_at(place) = {identity};
  }
  // An additional possible content.
  void may_have(std::uint32_t place, const block_identity& identity) {
    if (!is_torn(place)) contents_at(place).push_back(identity);
  }
  // Anything may be there, also parts of several blocks.
  void may_be_torn(std::uint32_t place) { contents_at(place).clear(); }
  [[nodiscard]] bool is_torn(std::uint32_t place) { return contents_at(place).empty(); }
  // Everything from `place` on is cut off, and reads as zeros when the file grows again.
  void cut(std::uint32_t place);

  // Fails the run if the blocks read at `place` are none of the possible contents. `who`: who has
  // read them.
  void check(std::uint32_t place, std::span<const std::byte> blocks, const std::string& who);

 private:
  using possible_contents = std::vector<block_identity>;

  possible_contents& contents_at(std::uint32_t place) { return contents_.at(place - first_place_); }
  void check_one(std::uint32_t place, std::span<const std::byte, block_bytes> block,
                 const std::string& who);

  std::uint32_t file_;
  std::uint32_t first_place_;
  std::uint32_t generation_ = 0;
  std::vector<possible_contents> contents_;
};

}  // namespace verify
