// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A file that is read to its end repeatedly, while others write to it. Makes system calls; used by
// one thread at a time.

#include "system/owned_fd.hpp"
#include "system/system_calls.hpp"

#include <asiofile/file_status.hpp>
#include <asiofile/tail_checkpoint.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace asiofile::detail {

// Which file it is, whatever its name.
struct tail_identity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  // 0: not known.
  std::int64_t created_nanoseconds = 0;

  friend bool operator==(const tail_identity&, const tail_identity&) = default;
};

[[nodiscard]] inline bool is_same(const tail_identity& a, const tail_identity& b) noexcept {
  return a.device == b.device && a.inode == b.inode;
}

[[nodiscard]] tail_identity identity_of(const file_status& found) noexcept;
[[nodiscard]] std::int64_t nanoseconds_of(file_time when) noexcept;

// FNV-1a, as specified by Fowler, Noll and Vo: the hash of nothing, and the hash `before` continued
// with `data`.
inline constexpr std::uint64_t hash_of_nothing = 0xcbf2'9ce4'8422'2325;
[[nodiscard]] std::uint64_t continue_hash(std::uint64_t before,
                                          std::span<const std::byte> data) noexcept;

// The fingerprint of a file's beginning, for any number of its first bytes that is not less than
// what was delivered.
class tail_head {
 public:
  // Everything before `offset` was delivered; `fingerprint`: of that.
  tail_head(std::uint64_t offset, std::uint64_t fingerprint) noexcept;

  // Adds the data that was read next.
  void add(std::span<const std::byte> data) noexcept;
  // The fingerprint of the first `offset` bytes, or of everything that it has.
  [[nodiscard]] std::uint64_t fingerprint(std::uint64_t offset) const noexcept;

  static constexpr std::size_t bytes_max = tail_checkpoint::fingerprint_bytes_max;

 private:
  std::uint64_t fingerprint_;
  // The bytes of which it is, and how many there are behind them.
  std::uint8_t begin_;
  std::uint8_t bytes_ = 0;
  std::array<std::byte, bytes_max> data_;
};

class tail_file {
 public:
  tail_file() noexcept = default;

  // Opens what has the name, if it is a regular file. Returns 0 or an errno value, negated.
  std::int64_t open(const system_calls_ptr& system, int base, const char* path) noexcept;
  [[nodiscard]] bool is_open() const noexcept { return fd_.is_open(); }
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] const tail_identity& identity() const noexcept { return identity_; }
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  [[nodiscard]] std::int64_t status(file_status& found) const noexcept;

  enum class supply : std::uint8_t { data, end, replaced, error };

  // Continues reading. `replaced`: what was read before is not there any more.
  supply read(std::span<std::byte> into, std::size_t& bytes, std::int64_t& error) noexcept;

  // Continues as if everything before `offset` had been read, the end of which it remembers.
  // Returns 0; -ESTALE if the file is shorter; another errno value, negated.
  std::int64_t skip_to(std::uint64_t offset) noexcept;
  // The same; `fingerprint`: of the file's beginning, up to there.
  std::int64_t begin_at(std::uint64_t offset, std::uint64_t& fingerprint) noexcept;
  // The same, if the file begins with what the fingerprint was made of; -ESTALE if it does not.
  std::int64_t resume(std::uint64_t offset, std::uint64_t fingerprint) noexcept;
  // Whether `copy` continues this file: it has the same bytes just before this file's offset. If
  // so, it is left at the same offset.
  [[nodiscard]] bool is_continued_by(tail_file& copy) const noexcept;
  void restart() noexcept {
    offset_ = 0;
    kept_hash_ = hash_of_nothing;
  }

 private:
  static constexpr std::size_t kept_bytes_max = 32;
  using kept_bytes = std::array<std::byte, kept_bytes_max>;

  // How many bytes before `offset_` it remembers.
  [[nodiscard]] std::size_t kept_count() const noexcept {
    return offset_ < kept_bytes_max ? static_cast<std::size_t>(offset_) : kept_bytes_max;
  }
  [[nodiscard]] std::int64_t read_at(std::uint64_t offset, std::span<std::byte> into,
                                     std::span<std::byte> then = {}) const noexcept;

  owned_fd fd_;
  tail_identity identity_;
  std::uint64_t offset_ = 0;
  // The hash of those bytes: whether they are still there shows whether the file was truncated and
  // rewritten.
  std::uint64_t kept_hash_ = hash_of_nothing;
};

}  // namespace asiofile::detail
