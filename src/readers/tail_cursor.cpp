// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "readers/tail_cursor.hpp"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <limits>
#include <span>
#include <utility>

namespace asiofile::detail {

namespace {

// Rotation may continue while the directory is read: it is listed at most this many times.
constexpr int listings_max = 8;

bool is_absent(std::int64_t error) noexcept { return error == -ENOENT || error == -ENOTDIR; }

// The file that a checkpoint was made of. A device may have another number after a restart.
bool is_meant(const tail_identity& found, const tail_identity& meant) noexcept {
  const bool is_created_known = found.created_nanoseconds != 0 && meant.created_nanoseconds != 0;
  const bool is_created_same = found.created_nanoseconds == meant.created_nanoseconds;
  return found.inode == meant.inode && (is_created_same || !is_created_known) &&
         (found.device == meant.device || (is_created_known && is_created_same));
}

// A copy of a file is not: it is made later.
bool is_earlier(const tail_identity& candidate, const tail_identity& than) noexcept {
  return candidate.created_nanoseconds != 0 && than.created_nanoseconds != 0 &&
         candidate.created_nanoseconds < than.created_nanoseconds;
}

// Names were changed during the look, which must be repeated. No call reports it.
constexpr std::int64_t names_changed = -(std::int64_t{1} << 32);

// It belongs to another user, or cannot be read: it is no copy of a file that is followed.
bool is_out_of_reach(std::int64_t error) noexcept { return error == -EACCES || error == -EPERM; }

// Whether nothing was renamed, made or removed between two listings.
bool are_same(const std::vector<tail_generation>& before,
              const std::vector<tail_generation>& after) noexcept {
  return before.size() == after.size() && std::ranges::all_of(after, [&](const auto& each) {
           const tail_generation* const then = find_generation(before, each.identity);
           return then != nullptr && then->path == each.path;
         });
}

// Whether a directory could not be listed for a reason that may pass.
bool is_failure(std::int64_t unlisted) noexcept {
  return unlisted < 0 && !is_absent(unlisted) && unlisted != -EACCES;
}

}  // namespace

void tail_cursor::look(const tail_view& with, tail_finding& found) {
  found.what = tail_finding::kind::nothing;
  found.is_timed = false;
  if (is_finished_) move_on(found);
  if (!found.block) found.block = with.blocks.take(with.buffer_bytes);
  const std::span<std::byte> into(found.block.data(), with.buffer_bytes);
  then next = then::go_on;
  while (next == then::go_on) {
    if (!file_.is_open()) {
      next = begin(with, found);
      continue;
    }
    switch (file_.read(into, found.bytes, found.error)) {
      case tail_file::supply::data:
        found.what = tail_finding::kind::data;
        has_name_ = true;
        return;
      case tail_file::supply::error: found.what = tail_finding::kind::error; return;
      case tail_file::supply::replaced: next = replaced(with, found); break;
      case tail_file::supply::end: next = at_end(with, found); break;
    }
    if (found.what != tail_finding::kind::nothing) return;
  }
}

// Opens what was found, unless another file has its name by now.
std::int64_t tail_cursor::open_as(const tail_view& with, const std::string& path,
                                  const tail_identity& wanted, tail_file& opened) noexcept {
  tail_file candidate;
  const std::int64_t error = candidate.open(with.system, with.base, path.c_str());
  if (is_absent(error) || error == -ESTALE) return names_changed;
  if (error < 0) return error;
  if (!is_same(candidate.identity(), wanted)) return names_changed;
  opened = std::move(candidate);
  return 0;
}

// Opens the copy of a truncated file: one that holds `bytes_min`, was written at `written_min` or
// later, and `is_copy`. Of several, the one that was written last. -ESTALE if there is none.
template <typename IsCopy>
std::int64_t tail_cursor::open_copy(const tail_view& with, std::vector<tail_generation>& all,
                                    std::uint64_t bytes_min, std::int64_t written_min,
                                    tail_file& opened, IsCopy is_copy) const {
  std::ranges::sort(all, std::greater(), &tail_generation::modified_nanoseconds);
  for (const tail_generation& each : all) {
    if (each.size < bytes_min || each.modified_nanoseconds < written_min) continue;
    if (is_same(each.identity, file_.identity())) continue;
    if (is_earlier(each.identity, file_.identity())) continue;
    tail_file copy;
    const std::int64_t error = open_as(with, each.path, each.identity, copy);
    if (is_out_of_reach(error)) continue;
    if (error < 0) return error;
    if (!is_copy(copy)) continue;
    opened = std::move(copy);
    return 0;
  }
  return -ESTALE;
}

// ---- the first file

tail_cursor::then tail_cursor::begin(const tail_view& with, tail_finding& found) {
  const bool has_checkpoint = checkpoint_ && checkpoint_->inode != 0;
  return has_checkpoint ? begin_at_checkpoint(with, found) : begin_by_name(with, found);
}

tail_cursor::then tail_cursor::begin_by_name(const tail_view& with, tail_finding& found) {
  if (const std::int64_t error = file_.open(with.system, with.base, with.path.c_str()); error < 0) {
    // A file that appears later is read from its beginning.
    if (is_absent(error)) start_ = tail_reader_options::place::beginning;
    return fail_to_open(error, found);
  }
  const auto start = std::exchange(start_, tail_reader_options::place::beginning);
  open_error_ = 0;
  announce(found);
  file_status status;
  if (start != tail_reader_options::place::end || file_.status(status) < 0) return then::go_on;
  // The file may have become shorter meanwhile: then it is read from its new end.
  if (file_.begin_at(status.size, found.fingerprint) < 0) restart(found);
  found.offset = file_.offset();
  return then::go_on;
}

tail_cursor::then tail_cursor::begin_at_checkpoint(const tail_view& with, tail_finding& found) {
  std::int64_t result = names_changed;
  std::optional<std::vector<tail_generation>> lacking;
  for (int listing = 0; result == names_changed && listing != listings_max; ++listing)
    result = find_checkpoint(with, lacking, found);
  if (result == names_changed) found.is_timed = true;
  if (result < 0) return result == names_changed ? then::stop : fail_to_open(result, found);
  announce(found);
  checkpoint_.reset();
  open_error_ = 0;
  return then::go_on;
}

// Lists the directory once. A listing may leave out a file that is renamed meanwhile: it counts as
// gone only if two in a row, `lacking` and this one, are the same and lack it.
std::int64_t tail_cursor::find_checkpoint(const tail_view& with,
                                          std::optional<std::vector<tail_generation>>& lacking,
                                          tail_finding& found) {
  const tail_identity meant{checkpoint_->device, checkpoint_->inode,
                            checkpoint_->created_nanoseconds};
  tail_file by_name;
  const std::int64_t unnamed = by_name.open(with.system, with.base, with.path.c_str());
  std::int64_t unlisted = 0;
  auto all = find_generations(with.system, with.base, with.path, meant, unlisted);
  if (unnamed == 0 && is_meant(by_name.identity(), meant)) {
    file_ = std::move(by_name);
    return resume_at_checkpoint(with, all, found);
  }
  const auto listed = std::ranges::find_if(
      all, [&](const tail_generation& each) { return is_meant(each.identity, meant); });
  if (listed != all.end()) {
    const std::int64_t error = open_as(with, listed->path, listed->identity, file_);
    return error < 0 ? error : resume_at_checkpoint(with, all, found);
  }
  // A failed listing does not mean that the file is gone.
  if (is_failure(unlisted)) return unlisted;
  if (unnamed < 0 && !is_absent(unnamed)) return unnamed;
  if (unlisted == 0 && !(lacking && are_same(*lacking, all))) {
    lacking = std::move(all);
    return names_changed;
  }
  // Those that came after it are gone, too, unless their time of creation is known.
  if (const tail_generation* const later = next_generation(all, meant, 0)) {
    if (const std::int64_t error = open_as(with, later->path, later->identity, file_); error < 0)
      return error;
  } else if (unnamed < 0) {
    return unnamed;
  } else {
    file_ = std::move(by_name);
  }
  restart(found);
  return 0;
}

// The file of the checkpoint is open.
std::int64_t tail_cursor::resume_at_checkpoint(const tail_view& with,
                                               std::vector<tail_generation>& all,
                                               tail_finding& found) {
  const auto resume = [this](tail_file& its) {
    return its.resume(checkpoint_->offset, checkpoint_->fingerprint);
  };
  std::int64_t resumed = resume(file_);
  // It was truncated since. The rest may be in a copy, which begins with the same data.
  if (resumed == -ESTALE && checkpoint_->offset != 0)
    resumed = open_copy(with, all, checkpoint_->offset, std::numeric_limits<std::int64_t>::min(),
                        file_, [&](tail_file& its) { return resume(its) == 0; });
  if (resumed < 0 && resumed != -ESTALE) {
    file_ = tail_file();
    return resumed;
  }
  if (resumed == 0) found.fingerprint = checkpoint_->fingerprint;
  else restart(found);
  return 0;
}

void tail_cursor::restart(tail_finding& found) noexcept {
  file_.restart();
  found.fingerprint = hash_of_nothing;
}

// ---- the end of the file, as it is now

tail_cursor::then tail_cursor::at_end(const tail_view& with, tail_finding& found) {
  file_status by_name;
  const std::int64_t error = with.system->path_status(with.base, with.path.c_str(), true, by_name);
  if (error < 0 && !is_absent(error)) return fail_to_open(error, found);
  if (error == 0 && is_same(identity_of(by_name), file_.identity())) {
    has_name_ = true;
    open_error_ = 0;
    modified_nanoseconds_ = nanoseconds_of(by_name.modification_time);
    return then::stop;
  }
  tail_file next;
  if (const std::int64_t result = find_next(with, error == 0 ? &by_name : nullptr, next);
      result < 0)
    return fail_to_open(result, found);
  open_error_ = 0;
  if (!next.is_open()) {
    // Nobody writes to another one yet.
    const bool is_quiet = with.is_due && !has_name_ && quiet_at_ == file_.offset();
    has_name_ = false;
    quiet_at_ = file_.offset();
    found.is_timed = true;
    if (is_quiet && with.has_unfinished) found.what = tail_finding::kind::line_end;
    return then::stop;
  }
  // What its writer wrote before it switched to the next file is visible now.
  const std::span<std::byte> into(found.block.data(), with.buffer_bytes);
  switch (file_.read(into, found.bytes, found.error)) {
    case tail_file::supply::data: found.what = tail_finding::kind::data; return then::stop;
    case tail_file::supply::error: found.what = tail_finding::kind::error; return then::stop;
    case tail_file::supply::replaced: return then::go_on;  // is found again
    case tail_file::supply::end: break;
  }
  finish(std::make_unique<tail_file>(std::move(next)), with, found);
  return found.what == tail_finding::kind::nothing ? then::go_on : then::stop;
}

// A listing may leave out a file that is renamed meanwhile, under both of its names. So the next
// file is the one that two listings in a row agree on, between which this file was not renamed.
bool tail_cursor::is_still_next(const tail_view& with, const tail_generation& own_now,
                                const tail_identity& wanted, const file_status& own) const {
  std::int64_t unlisted = 0;
  const auto all = find_generations(with.system, with.base, with.path, file_.identity(), unlisted);
  const tail_generation* const own_then = find_generation(all, file_.identity());
  if (own_then == nullptr || own_then->path != own_now.path) return false;
  const tail_generation* const next =
      next_generation(all, file_.identity(), nanoseconds_of(own.modification_time));
  if (next != nullptr) return is_same(next->identity, wanted);
  file_status named;
  return with.system->path_status(with.base, with.path.c_str(), true, named) == 0 &&
         is_same(identity_of(named), wanted);
}

// The first file after this one that holds data: under the name (as `by_name` was, if there was
// one) or one of those that it has had. Names may change during the search: a rotation moves the
// older file first, so nothing has come between if this file still has the name under which it was
// found.
std::int64_t tail_cursor::find_next(const tail_view& with, const file_status* by_name,
                                    tail_file& opened) const {
  file_status own;
  if (const std::int64_t error = file_.status(own); error < 0) return error;
  file_status named;
  if (by_name != nullptr) named = *by_name;
  bool has_name = by_name != nullptr;
  // A file that was removed is in no directory.
  const tail_identity listed = own.link_count != 0 ? file_.identity() : tail_identity();
  for (int listing = 0; listing != listings_max; ++listing) {
    if (listing != 0)
      has_name = with.system->path_status(with.base, with.path.c_str(), true, named) == 0;
    if (has_name && is_same(identity_of(named), file_.identity())) return 0;
    std::int64_t unlisted = 0;
    const auto all = find_generations(with.system, with.base, with.path, listed, unlisted);
    if (is_failure(unlisted)) return unlisted;
    const tail_generation* const own_now = find_generation(all, file_.identity());
    // It may have been moved to a place in the directory that the listing had already passed.
    if (own_now == nullptr && unlisted == 0 && own.link_count != 0 && listing == 0) continue;
    const tail_generation* const before =
        next_generation(all, file_.identity(), nanoseconds_of(own.modification_time));
    if (before == nullptr && (!has_name || named.size == 0)) return 0;
    const std::string& path = before != nullptr ? before->path : with.path;
    const tail_identity& wanted = before != nullptr ? before->identity : identity_of(named);
    tail_file candidate;
    const std::int64_t error = open_as(with, path, wanted, candidate);
    if (error == names_changed) continue;
    if (error < 0) return error;
    if (own_now != nullptr && !is_still_next(with, *own_now, wanted, own)) continue;
    opened = std::move(candidate);
    return 0;
  }
  return 0;
}

// ---- truncation

// The copy is then one of those files that the name has had. It holds what this one held before it
// was truncated, as far as it had been copied.
tail_cursor::then tail_cursor::replaced(const tail_view& with, tail_finding& found) {
  std::int64_t error = 0;
  auto all = find_generations(with.system, with.base, with.path, file_.identity(), error);
  tail_file copy;
  if (!is_failure(error))
    error = open_copy(with, all, file_.offset(), modified_nanoseconds_, copy,
                      [this](tail_file& its) { return file_.is_continued_by(its); });
  if (error < 0 && error != -ESTALE) return fail_to_open(error == names_changed ? 0 : error, found);
  open_error_ = 0;
  if (!copy.is_open()) {
    finish(nullptr, with, found);
    return then::go_on;
  }
  file_ = std::move(copy);
  modified_nanoseconds_ = 0;
  // Unless lines have to start afresh already.
  found.is_continued = !found.is_new_file;
  announce(found);
  return then::go_on;
}

// ---- from one file to the next

void tail_cursor::finish(std::unique_ptr<tail_file> next, const tail_view& with,
                         tail_finding& found) {
  next_ = std::move(next);
  is_finished_ = true;
  if (with.has_unfinished) found.what = tail_finding::kind::line_end;
  else move_on(found);
}

void tail_cursor::move_on(tail_finding& found) noexcept {
  if (next_) file_ = std::move(*next_);
  next_.reset();
  restart(found);
  is_finished_ = false;
  has_name_ = true;
  modified_nanoseconds_ = 0;
  found.is_continued = false;
  announce(found);
}

void tail_cursor::announce(tail_finding& found) const noexcept {
  found.is_new_file = true;
  found.identity = file_.identity();
  found.offset = file_.offset();
}

tail_cursor::then tail_cursor::fail_to_open(std::int64_t error, tail_finding& found) noexcept {
  found.is_timed = true;
  if (is_absent(error)) error = 0;
  if (std::exchange(open_error_, static_cast<int>(error)) == error || error == 0) return then::stop;
  found.what = tail_finding::kind::error;
  found.error = error;
  return then::stop;
}

}  // namespace asiofile::detail
