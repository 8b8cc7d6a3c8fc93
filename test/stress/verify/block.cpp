// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "block.hpp"

#include <xxhash.h>

#include <cstring>

namespace verify {

namespace {

struct header {
  std::uint64_t magic = 0;
  // The checksum of everything that follows it.
  std::uint64_t checksum = 0;
  std::uint32_t file = 0;
  std::uint32_t place = 0;
  std::uint32_t generation = 0;
  std::uint32_t unused = 0;
};

constexpr std::uint64_t magic = 0x6b636f6c62656c69;
constexpr std::size_t unchecked_bytes = offsetof(header, file);

std::uint64_t checksum_of(std::span<const std::byte, block_bytes> block) {
  return XXH64(block.data() + unchecked_bytes, block_bytes - unchecked_bytes, magic);
}

}  // namespace

std::string to_string(const block_identity& identity) {
  if (identity.generation == 0) return "nothing";
  const std::string place =
      identity.place == any_place ? std::string("of a stream") : std::to_string(identity.place);
  return "file " + std::to_string(identity.file) + ", block " + place + ", generation " +
         std::to_string(identity.generation);
}

bool all_are(std::span<const std::byte> bytes, std::byte value) noexcept {
  return bytes.empty() || (bytes.front() == value &&
                           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

void fill_block(std::span<std::byte, block_bytes> block, const block_identity& identity) {
  header written{magic, 0, identity.file, identity.place, identity.generation, 0};
  std::uint64_t bits = (std::uint64_t{identity.file} << 48) ^
                       (std::uint64_t{identity.place} << 24) ^ identity.generation;
  std::uint64_t body[(block_bytes - sizeof written) / 8];
  for (std::uint64_t& each : body) {
    bits += 0x9e3779b97f4a7c15U;
    each = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
  }
  std::memcpy(block.data(), &written, sizeof written);
  std::memcpy(block.data() + sizeof written, body, sizeof body);
  written.checksum = checksum_of(block);
  std::memcpy(block.data(), &written, sizeof written);
}

block_finding inspect_block(std::span<const std::byte, block_bytes> block) {
  block_finding found;
  if (all_are(block, std::byte{})) {
    found.what = block_finding::kind::zeros;
    return found;
  }
  header read;
  std::memcpy(&read, block.data(), sizeof read);
  found.identity = {read.file, read.place, read.generation};
  if (read.magic == magic && read.checksum == checksum_of(block))
    found.what = block_finding::kind::whole;
  return found;
}

}  // namespace verify
