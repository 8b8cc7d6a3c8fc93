// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Memory for the buffers of readers and writers: blocks that are no longer used are kept for the
// next user, a few of each size. They are not zeroed.

#include <array>
#include <atomic>
#include <cstddef>
#include <utility>

namespace asiofile::detail {

class block_pool;

// Owns a block, or nothing. Returns it to its pool, which outlives it.
class memory_block {
 public:
  memory_block() noexcept = default;
  memory_block(memory_block&& other) noexcept
      : pool_(other.pool_),
        data_(std::exchange(other.data_, nullptr)),
        bytes_(std::exchange(other.bytes_, 0)),
        alignment_bytes_(other.alignment_bytes_) {}
  memory_block& operator=(memory_block&& other) noexcept {
    memory_block old(std::move(*this));
    pool_ = other.pool_;
    data_ = std::exchange(other.data_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
    alignment_bytes_ = other.alignment_bytes_;
    return *this;
  }
  ~memory_block();

  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  // At least as much as was requested.
  [[nodiscard]] std::size_t size() const noexcept { return bytes_; }
  explicit operator bool() const noexcept { return data_ != nullptr; }

 private:
  friend class block_pool;
  memory_block(block_pool& pool, std::byte* data, std::size_t bytes,
               std::size_t alignment_bytes) noexcept
      : pool_(&pool), data_(data), bytes_(bytes), alignment_bytes_(alignment_bytes) {}

  block_pool* pool_ = nullptr;
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t alignment_bytes_ = 0;
};

// For any thread. Without a lock, so that a child forked at any moment has a consistent copy.
class block_pool {
 public:
  block_pool() = default;
  block_pool(const block_pool&) = delete;
  block_pool& operator=(const block_pool&) = delete;
  ~block_pool();

  // At least `bytes`, aligned to a page, or to `alignment_bytes` if that is more. Throws
  // std::bad_alloc.
  [[nodiscard]] memory_block take(std::size_t bytes, std::size_t alignment_bytes = 1);

 private:
  friend class memory_block;

  // Sizes are powers of two, from a page on. Larger blocks are not kept.
  static constexpr std::size_t page_bytes = 4096;
  static constexpr std::size_t kept_bytes_max = 512 * 1024;
  static constexpr std::size_t size_count = 8;
  // As many of each size are kept as fit here, but no more than `kept_max`.
  static constexpr std::size_t kept_bytes_of_size = 1024 * 1024;
  static constexpr std::size_t kept_max = 8;

  [[nodiscard]] static std::size_t index_of(std::size_t bytes) noexcept;
  [[nodiscard]] static std::size_t kept_of(std::size_t bytes) noexcept;
  void put(std::byte* data, std::size_t bytes, std::size_t alignment_bytes) noexcept;

  std::array<std::array<std::atomic<std::byte*>, kept_max>, size_count> kept_{};
};

inline memory_block::~memory_block() {
  if (data_ != nullptr) pool_->put(data_, bytes_, alignment_bytes_);
}

}  // namespace asiofile::detail
