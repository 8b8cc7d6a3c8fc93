// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "file_model.hpp"

#include "failure.hpp"

#include <algorithm>

namespace verify {

void file_model::cut(std::uint32_t place) {
  for (std::uint32_t each = place; each < end_place(); ++each) has(each, {});
}

void file_model::check(std::uint32_t place, std::span<const std::byte> blocks,
                       const std::string& who) {
  for (; blocks.size() >= block_bytes; blocks = blocks.subspan(block_bytes))
    check_one(place++, blocks.first<block_bytes>(), who);
}

void file_model::check_one(std::uint32_t place, std::span<const std::byte, block_bytes> block,
                           const std::string& who) {
  possible_contents& possible = contents_at(place);
  if (possible.empty()) return;
  const block_finding found = inspect_block(block);
  const bool is_right = found.what != block_finding::kind::torn &&
                        std::ranges::find(possible, found.identity) != possible.end();
  if (is_right) {
    possible = {found.identity};
    return;
  }
  std::string text = "file " + std::to_string(file_) + ", block " + std::to_string(place) +
                     ", read by " + who + ", is ";
  text += found.what == block_finding::kind::torn ? "torn, beginning with " : "";
  text += to_string(found.identity) + "; expected";
  for (const block_identity& each : possible) text += " (" + to_string(each) + ')';
  fail(text);
}

}  // namespace verify
