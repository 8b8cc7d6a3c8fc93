// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The content of the data file, by which every read and write can be checked: each page of 4 KiB
// begins with its number, followed by its writer.

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace benchmark {

inline constexpr std::size_t page_bytes = 4096;

struct block_tag {
  std::uint64_t page = 0;
  std::uint64_t writer = 0;
};

inline void put_tag(std::byte* page, std::uint64_t offset, std::uint64_t writer) noexcept {
  const block_tag tag{offset / page_bytes, writer};
  std::memcpy(page, &tag, sizeof(tag));
}

[[nodiscard]] inline block_tag get_tag(const std::byte* page) noexcept {
  block_tag tag;
  std::memcpy(&tag, page, sizeof(tag));
  return tag;
}

}  // namespace benchmark
