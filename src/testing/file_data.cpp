// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "testing/file_data.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace asiofile::testing::detail {

file_data::file_data(std::shared_ptr<storage> on) : storage_(std::move(on)) {}

file_data::~file_data() { storage_->sectors_used -= now_.content.size(); }

std::uint64_t file_data::allocated_bytes() const noexcept {
  return now_.content.size() * storage_->sector_bytes;
}

// After the number of sectors has changed.
void file_data::count(std::size_t before) noexcept {
  storage_->sectors_used += now_.content.size();
  storage_->sectors_used -= before;
}

std::size_t file_data::read(std::uint64_t offset, char* into, std::size_t size) const {
  if (offset >= now_.size) return 0;
  size = static_cast<std::size_t>(std::min<std::uint64_t>(size, now_.size - offset));
  const std::size_t unit = storage_->sector_bytes;
  for (std::size_t done = 0; done != size;) {
    const std::size_t begin = static_cast<std::size_t>((offset + done) % unit);
    const std::size_t piece = std::min(unit - begin, size - done);
    const auto found = now_.content.find((offset + done) / unit);
    if (found == now_.content.end()) std::memset(into + done, 0, piece);
    else std::memcpy(into + done, found->second->data() + begin, piece);
    done += piece;
  }
  return size;
}

std::optional<std::uint64_t> file_data::find(std::uint64_t offset, bool data) const {
  if (offset >= now_.size) return std::nullopt;
  const std::uint64_t unit = storage_->sector_bytes;
  auto each = now_.content.lower_bound(offset / unit);
  if (data) {
    if (each == now_.content.end() || each->first * unit >= now_.size) return std::nullopt;
    return std::max(offset, each->first * unit);
  }
  std::uint64_t index = offset / unit;
  for (; each != now_.content.end() && each->first == index; ++each) ++index;
  return std::min(now_.size, std::max(offset, index * unit));
}

std::uint64_t file_data::room_for(std::uint64_t offset, std::uint64_t length) const {
  const std::uint64_t unit = storage_->sector_bytes;
  std::uint64_t free = storage_->sectors_free();
  std::uint64_t done = 0;
  while (done < length) {
    const std::uint64_t index = (offset + done) / unit;
    if (!now_.content.contains(index) && free-- == 0) break;
    done = std::min(length, (index + 1) * unit - offset);
  }
  return done;
}

file_data::sector file_data::copy_with(std::uint64_t index, std::size_t begin,
                                       std::string_view bytes) const {
  const auto found = now_.content.find(index);
  std::string copy =
      found == now_.content.end() ? std::string(storage_->sector_bytes, '\0') : *found->second;
  copy.replace(begin, bytes.size(), bytes);
  return std::make_shared<const std::string>(std::move(copy));
}

void file_data::put(std::uint64_t index, sector content, change& made) {
  made.written.emplace_back(index, content);
  replace(now_, index, std::move(content));
}

void file_data::replace(state& in, std::uint64_t index, sector content) {
  if (content) in.content.insert_or_assign(index, std::move(content));
  else in.content.erase(index);
}

void file_data::write(std::uint64_t offset, std::string_view bytes, bool is_untorn) {
  if (bytes.empty()) return;
  const std::size_t unit = storage_->sector_bytes;
  const std::size_t before = now_.content.size();
  change made;
  made.is_untorn = is_untorn;
  for (std::size_t done = 0; done != bytes.size();) {
    const std::uint64_t index = (offset + done) / unit;
    const std::size_t begin = static_cast<std::size_t>((offset + done) % unit);
    const std::size_t piece = std::min(unit - begin, bytes.size() - done);
    put(index, copy_with(index, begin, bytes.substr(done, piece)), made);
    done += piece;
  }
  now_.size = std::max(now_.size, offset + bytes.size());
  made.size_after = now_.size;
  changes_.push_back(std::move(made));
  count(before);
}

void file_data::resize(std::uint64_t size) {
  const std::size_t before = now_.content.size();
  change made{.is_resize = true, .is_untorn = false, .written = {}, .size_after = size};
  if (size < now_.size) zero_behind(size, made);
  shrink(now_, size);
  now_.size = size;
  changes_.push_back(std::move(made));
  count(before);
}

// What file systems write before the size is durable: zeros up to the end of the last block (on
// ext4: ext4_block_truncate_page()), so that no old data appears when the file grows again.
void file_data::zero_behind(std::uint64_t size, change& made) {
  constexpr std::uint64_t block_bytes = 4096;
  const std::uint64_t unit = storage_->sector_bytes;
  const std::uint64_t end = (size + block_bytes - 1) / block_bytes * block_bytes;
  for (auto each = now_.content.lower_bound(size / unit);
       each != now_.content.end() && each->first * unit < end; ++each) {
    const auto kept = static_cast<std::size_t>(size - std::min(size, each->first * unit));
    std::string cut = *each->second;
    std::fill(cut.begin() + static_cast<std::ptrdiff_t>(kept), cut.end(), '\0');
    made.written.emplace_back(each->first, std::make_shared<const std::string>(std::move(cut)));
  }
}

// Fills the part with zeros: whole sectors become holes, unless they are to keep or get space.
void file_data::clear(std::uint64_t offset, std::uint64_t length, bool keeps_space, change& made) {
  const std::size_t unit = storage_->sector_bytes;
  for (std::uint64_t done = 0; done != length;) {
    const std::uint64_t index = (offset + done) / unit;
    const auto begin = static_cast<std::size_t>((offset + done) % unit);
    const auto piece =
        static_cast<std::size_t>(std::min<std::uint64_t>(unit - begin, length - done));
    const bool is_allocated = now_.content.contains(index);
    if (keeps_space || (is_allocated && piece != unit))
      put(index, copy_with(index, begin, std::string(piece, '\0')), made);
    else if (is_allocated)
      put(index, nullptr, made);
    done += piece;
  }
}

void file_data::punch_hole(std::uint64_t offset, std::uint64_t length) {
  const std::size_t before = now_.content.size();
  // Its size has no meaning.
  change made;
  // There are no sectors behind that, however long the file is.
  const std::uint64_t unit = storage_->sector_bytes;
  const std::uint64_t end =
      now_.content.empty() ? 0 : (std::prev(now_.content.end())->first + 1) * unit;
  if (offset < end) clear(offset, std::min(length, end - offset), false, made);
  changes_.push_back(std::move(made));
  count(before);
}

void file_data::zero(std::uint64_t offset, std::uint64_t length, bool grows) {
  const std::size_t before = now_.content.size();
  change made;
  clear(offset, length, true, made);
  if (grows) now_.size = std::max(now_.size, offset + length);
  made.size_after = now_.size;
  changes_.push_back(std::move(made));
  count(before);
}

void file_data::allocate(std::uint64_t offset, std::uint64_t length, bool grows) {
  const std::uint64_t unit = storage_->sector_bytes;
  const std::size_t before = now_.content.size();
  const auto zeros = std::make_shared<const std::string>(storage_->sector_bytes, '\0');
  change made;
  for (std::uint64_t index = offset / unit; index * unit < offset + length; ++index) {
    if (!now_.content.contains(index)) put(index, zeros, made);
  }
  if (grows) now_.size = std::max(now_.size, offset + length);
  made.size_after = now_.size;
  changes_.push_back(std::move(made));
  count(before);
}

// Drops everything behind a new end.
void file_data::shrink(state& which, std::uint64_t size) const {
  if (size >= which.size) {
    // It was allocated before, behind the end: it holds zeros.
    return;
  }
  const std::uint64_t unit = storage_->sector_bytes;
  which.content.erase(which.content.lower_bound((size + unit - 1) / unit), which.content.end());
  const auto last = which.content.find(size / unit);
  if (last == which.content.end()) return;
  std::string cut = *last->second;
  const auto kept = static_cast<std::size_t>(size % unit);
  std::fill(cut.begin() + static_cast<std::ptrdiff_t>(kept), cut.end(), '\0');
  last->second = std::make_shared<const std::string>(std::move(cut));
}

void file_data::apply_sector(const change& made, std::size_t which) {
  const auto& [index, content] = made.written[which];
  const std::uint64_t end = (index + 1) * storage_->sector_bytes;
  replace(durable_, index, content);
  durable_.size = std::max(durable_.size, std::min(end, made.size_after));
}

void file_data::apply_size(const change& made) {
  if (made.is_resize) {
    shrink(durable_, made.size_after);
    durable_.size = made.size_after;
    return;
  }
  durable_.size = std::max(durable_.size, made.size_after);
}

void file_data::apply(const change& made) {
  for (std::size_t i = 0; i != made.written.size(); ++i) apply_sector(made, i);
  apply_size(made);
}

void file_data::apply_some(const change& made, random& chance) {
  enum fate { all, nothing, without_size, torn, fates };
  if (made.is_untorn) {
    if (chance.coin()) apply(made);
    return;
  }
  switch (static_cast<fate>(chance.below(fates))) {
    case all: apply(made); break;
    case without_size:
      for (std::size_t i = 0; i != made.written.size(); ++i) apply_sector(made, i);
      break;
    case torn:
      for (std::size_t i = 0; i != made.written.size(); ++i) {
        if (chance.coin()) apply_sector(made, i);
      }
      // A size may become durable without the data: then the file ends in zeros.
      if (chance.coin()) apply_size(made);
      break;
    default: break;
  }
}

void file_data::sync() {
  for (const change& each : changes_) apply(each);
  changes_.clear();
}

// Other data in its sectors is written with them.
void file_data::sync_last(std::uint64_t end) {
  // The size is in a journal, after all earlier ones.
  const bool has_resize =
      std::ranges::any_of(changes_, [](const change& each) { return each.is_resize; });
  if (has_resize) return sync();
  change last = std::move(changes_.back());
  changes_.pop_back();
  for (change& each : changes_) {
    std::erase_if(each.written, [&](const auto& earlier) {
      return std::ranges::any_of(last.written, [&](const auto& written) {
        return written.first == earlier.first;
      });
    });
  }
  last.size_after = std::min(last.size_after, end);
  apply(last);
}

void file_data::sync_in_vain(random& chance) {
  for (const change& each : changes_) {
    if (chance.coin()) apply(each);
  }
  changes_.clear();
}

void file_data::crash(random& chance) {
  for (const change& each : changes_) apply_some(each, chance);
  changes_.clear();
  const std::size_t before = now_.content.size();
  now_ = durable_;
  count(before);
}

}  // namespace asiofile::testing::detail
