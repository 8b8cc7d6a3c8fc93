// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "readers/tail_file.hpp"

#include <asiofile/file_base.hpp>

#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace asiofile::detail {

std::int64_t nanoseconds_of(file_time when) noexcept { return when.time_since_epoch().count(); }

tail_identity identity_of(const file_status& found) noexcept {
  return {found.device, found.inode, nanoseconds_of(found.creation_time)};
}

// ---- the beginning

std::uint64_t continue_hash(std::uint64_t before, std::span<const std::byte> data) noexcept {
  for (const std::byte each : data) {
    before ^= static_cast<unsigned char>(each);
    before *= 0x0000'0100'0000'01b3;
  }
  return before;
}

tail_head::tail_head(std::uint64_t offset, std::uint64_t fingerprint) noexcept
    : fingerprint_(fingerprint),
      begin_(static_cast<std::uint8_t>(std::min<std::uint64_t>(offset, bytes_max))) {}

void tail_head::add(std::span<const std::byte> data) noexcept {
  const std::size_t taken = std::min(data.size(), bytes_max - begin_ - bytes_);
  std::copy_n(data.data(), taken, data_.data() + bytes_);
  bytes_ = static_cast<std::uint8_t>(bytes_ + taken);
}

std::uint64_t tail_head::fingerprint(std::uint64_t offset) const noexcept {
  const auto end = static_cast<std::size_t>(std::min<std::uint64_t>(offset, begin_ + bytes_));
  return continue_hash(fingerprint_, std::span(data_).first(end - begin_));
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
  do {
    result = find_status(*system, opened.get(), found);
  } while (result == -EINTR);
  if (result < 0) return result;
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
    bytes =
        fd_.system()->preadv(fd_.get(), buffers, then.empty() ? 1 : 2, static_cast<off_t>(offset));
  } while (bytes == -EINTR);
  return bytes;
}

tail_file::supply tail_file::read(std::span<std::byte> into, std::size_t& bytes,
                                  std::int64_t& error) noexcept {
  kept_bytes before;
  const std::span kept = std::span(before).first(kept_count());
  const std::int64_t result =
      kept.empty() ? read_at(offset_, into) : read_at(offset_ - kept.size(), kept, into);
  if (result < 0) {
    error = result;
    return supply::error;
  }
  const auto found = static_cast<std::size_t>(result);
  if (found < kept.size() || continue_hash(hash_of_nothing, kept) != kept_hash_)
    return supply::replaced;
  bytes = found - kept.size();
  if (bytes == 0) return supply::end;
  const std::size_t of_read = std::min(bytes, kept_bytes_max);
  const std::size_t of_kept = std::min(kept.size(), kept_bytes_max - of_read);
  kept_hash_ = continue_hash(hash_of_nothing, kept.last(of_kept));
  kept_hash_ = continue_hash(kept_hash_, into.subspan(bytes - of_read, of_read));
  offset_ += bytes;
  return supply::data;
}

std::int64_t tail_file::skip_to(std::uint64_t offset) noexcept {
  restart();
  if (offset == 0) return 0;
  kept_bytes before;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(offset, kept_bytes_max));
  const std::span kept = std::span(before).first(wanted);
  const std::int64_t bytes = read_at(offset - kept.size(), kept);
  if (bytes < 0) return bytes;
  if (static_cast<std::size_t>(bytes) != kept.size()) return -ESTALE;
  kept_hash_ = continue_hash(hash_of_nothing, kept);
  offset_ = offset;
  return 0;
}

std::int64_t tail_file::begin_at(std::uint64_t offset, std::uint64_t& fingerprint) noexcept {
  std::array<std::byte, tail_head::bytes_max> begin;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(offset, begin.size()));
  const std::span head = std::span(begin).first(wanted);
  if (wanted != 0) {
    const std::int64_t bytes = read_at(0, head);
    if (bytes < 0) return bytes;
    if (static_cast<std::size_t>(bytes) != wanted) return -ESTALE;
  }
  fingerprint = continue_hash(hash_of_nothing, head);
  return skip_to(offset);
}

std::int64_t tail_file::resume(std::uint64_t offset, std::uint64_t fingerprint) noexcept {
  std::uint64_t found = hash_of_nothing;
  const std::int64_t result = begin_at(offset, found);
  if (result < 0) return result;
  return found == fingerprint ? 0 : -ESTALE;
}

bool tail_file::is_continued_by(tail_file& copy) const noexcept {
  return copy.skip_to(offset_) == 0 && copy.kept_hash_ == kept_hash_;
}

}  // namespace asiofile::detail
