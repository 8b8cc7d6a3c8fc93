// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "readers/tail_file.hpp"

#include <asiofile/file_base.hpp>

#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace asiofile::detail {

std::int64_t nanoseconds_of(file_time when) noexcept { return when.time_since_epoch().count(); }

tail_identity identity_of(const file_status& found) noexcept {
  return {found.device, found.inode, nanoseconds_of(found.creation_time)};
}

// ---- the beginning

void tail_head::add(std::span<const char> data) noexcept {
  const std::size_t taken = std::min(data.size(), bytes_max - bytes_);
  std::copy_n(data.data(), taken, data_.data() + bytes_);
  bytes_ = static_cast<std::uint8_t>(bytes_ + taken);
}

// FNV-1a: the specification of Fowler, Noll and Vo.
std::uint64_t tail_head::fingerprint(std::uint64_t offset) const noexcept {
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
  const auto covered = static_cast<std::size_t>(std::min<std::uint64_t>(offset, bytes_));
  for (std::size_t i = 0; i != covered; ++i) {
    hash ^= static_cast<unsigned char>(data_[i]);
    hash *= 0x0000'0100'0000'01b3;
  }
  return hash;
}

// ---- the file

std::int64_t tail_file::open(const system_calls_ptr& system, int base, const char* path) noexcept {
  const int flags = static_cast<int>(file_base::read_only | file_base::regular_only);
  std::int64_t result;
  do {
    result = open_path(*system, base, path, flags, 0);
  } while (result == -EINTR);
  if (result < 0) return result;
  owned_fd opened(system, result);
  file_status found;
  if (result = find_status(*system, opened.get(), found); result < 0) return result;
  fd_ = std::move(opened);
  identity_ = identity_of(found);
  restart();
  return 0;
}

std::int64_t tail_file::status(file_status& found) const noexcept {
  return find_status(*fd_.system(), fd_.get(), found);
}

std::int64_t tail_file::read_at(std::uint64_t offset, std::span<std::byte> into,
                                std::span<std::byte> then) const noexcept {
  std::int64_t bytes;
  do {
    // Changed by the call, where it transfers a part.
    iovec buffers[] = {{into.data(), into.size()}, {then.data(), then.size()}};
    bytes = fd_.system()->preadv(fd_.get(), buffers, then.empty() ? 1 : 2,
                                 static_cast<off_t>(offset));
  } while (bytes == -EINTR);
  return bytes;
}

tail_file::supply tail_file::read(std::span<std::byte> into, std::size_t& bytes,
                                  std::int64_t& error) noexcept {
  std::array<std::byte, kept_bytes_max> before;
  const std::size_t kept = kept_bytes_;
  const std::int64_t result =
      kept == 0 ? read_at(offset_, into) : read_at(offset_ - kept, std::span(before).first(kept), into);
  if (result < 0) {
    error = result;
    return supply::error;
  }
  const auto found = static_cast<std::size_t>(result);
  if (found < kept || std::memcmp(before.data(), kept_.data(), kept) != 0) return supply::replaced;
  bytes = found - kept;
  if (bytes == 0) return supply::end;
  keep_end(into.first(bytes));
  offset_ += bytes;
  return supply::data;
}

void tail_file::keep_end(std::span<const std::byte> read) noexcept {
  const std::size_t of_read = std::min(read.size(), kept_bytes_max);
  const std::size_t of_kept = std::min<std::size_t>(kept_bytes_, kept_bytes_max - of_read);
  std::memmove(kept_.data(), kept_.data() + kept_bytes_ - of_kept, of_kept);
  std::memcpy(kept_.data() + of_kept, read.data() + read.size() - of_read, of_read);
  kept_bytes_ = static_cast<std::uint8_t>(of_kept + of_read);
}

std::int64_t tail_file::skip_to(std::uint64_t offset) noexcept {
  restart();
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(offset, kept_bytes_max));
  if (wanted != 0) {
    const std::int64_t bytes = read_at(offset - wanted, std::span(kept_).first(wanted));
    if (bytes < 0) return bytes;
    if (static_cast<std::size_t>(bytes) != wanted) return -ESTALE;
  }
  kept_bytes_ = static_cast<std::uint8_t>(wanted);
  offset_ = offset;
  return 0;
}

std::int64_t tail_file::begin_at(std::uint64_t offset, tail_head& head) noexcept {
  std::array<std::byte, tail_head::bytes_max> begin;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(offset, begin.size()));
  head.clear();
  if (wanted != 0) {
    const std::int64_t bytes = read_at(0, std::span(begin).first(wanted));
    if (bytes < 0) return bytes;
    if (static_cast<std::size_t>(bytes) != wanted) return -ESTALE;
    head.add({reinterpret_cast<const char*>(begin.data()), wanted});
  }
  return skip_to(offset);
}

std::int64_t tail_file::resume(std::uint64_t offset, std::uint64_t fingerprint,
                               tail_head& head) noexcept {
  const std::int64_t result = begin_at(offset, head);
  if (result < 0) return result;
  return head.fingerprint(offset) == fingerprint ? 0 : -ESTALE;
}

bool tail_file::is_continued_by(tail_file& copy) const noexcept {
  if (copy.skip_to(offset_) != 0 || copy.kept_bytes_ != kept_bytes_) return false;
  return std::memcmp(copy.kept_.data(), kept_.data(), kept_bytes_) == 0;
}

}  // namespace asiofile::detail
