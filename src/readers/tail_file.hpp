// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A file that is read to its end, again and again, while others write to it. Makes system calls;
// used by one thread at a time.

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

// The bytes at a file's beginning by which it is known again.
class tail_head {
 public:
  // What was read next, from the beginning on.
  void add(std::span<const char> data) noexcept;
  void clear() noexcept { bytes_ = 0; }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_; }
  // Of the first `offset` bytes, or of all that it has.
  [[nodiscard]] std::uint64_t fingerprint(std::uint64_t offset) const noexcept;

  static constexpr std::size_t bytes_max = tail_checkpoint::fingerprint_bytes_max;

 private:
  std::array<char, bytes_max> data_;
  std::uint8_t bytes_ = 0;
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

  // Reads on from where it was. `replaced`: what was read before is not there any more.
  supply read(std::span<std::byte> into, std::size_t& bytes, std::int64_t& error) noexcept;

  // As if all before `offset` had been read, of which it remembers the end. Returns 0; -ESTALE where
  // there are not so many bytes; another errno value, negated.
  std::int64_t skip_to(std::uint64_t offset) noexcept;
  // The same; `head`: what the file begins with, up to there.
  std::int64_t begin_at(std::uint64_t offset, tail_head& head) noexcept;
  // The same, where the file begins with what the fingerprint was made of; -ESTALE where it does
  // not.
  std::int64_t resume(std::uint64_t offset, std::uint64_t fingerprint, tail_head& head) noexcept;
  // Whether another file goes on as this one does, from where this one was. If so, that is at the
  // same place.
  [[nodiscard]] bool is_continued_by(tail_file& copy) const noexcept;
  void restart() noexcept { offset_ = kept_bytes_ = 0; }
  void close() noexcept { static_cast<void>(fd_.close()); }
  // In a child that was forked while a thread of the parent's used it.
  void give_up() noexcept { static_cast<void>(fd_.release()); }

 private:
  void keep_end(std::span<const std::byte> read) noexcept;
  [[nodiscard]] std::int64_t read_at(std::uint64_t offset, std::span<std::byte> into,
                                     std::span<std::byte> then = {}) const noexcept;

  owned_fd fd_;
  tail_identity identity_;
  std::uint64_t offset_ = 0;
  // The bytes before `offset_`: whether they are still there shows whether the file was truncated
  // and written anew.
  static constexpr std::size_t kept_bytes_max = 32;
  std::array<std::byte, kept_bytes_max> kept_;
  std::uint8_t kept_bytes_ = 0;
};

}  // namespace asiofile::detail
