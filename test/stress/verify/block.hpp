// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Self-describing blocks: the file that they belong to, their place, the number of the write that
// made them, and a checksum of all that.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace verify {

inline constexpr std::size_t block_bytes = 4096;

// For a block that a stream has written: its place was not known then.
inline constexpr std::uint32_t any_place = ~std::uint32_t{0};

struct block_identity {
  std::uint32_t file = 0;
  std::uint32_t place = 0;
  // 1 for the first write; 0 stands for bytes that were never written, which are zeros.
  std::uint32_t generation = 0;

  bool operator==(const block_identity&) const = default;
};

std::string to_string(const block_identity& identity);

void fill_block(std::span<std::byte, block_bytes> block, const block_identity& identity);

// Whether every byte has the value. By the C library's memcmp, which is fast even in builds without
// optimisation.
bool all_are(std::span<const std::byte> bytes, std::byte value) noexcept;

struct block_finding {
  enum class kind { zeros, whole, torn };
  kind what = kind::torn;
  // What the block says; for a torn one, what its beginning says.
  block_identity identity;
};

block_finding inspect_block(std::span<const std::byte, block_bytes> block);

}  // namespace verify
