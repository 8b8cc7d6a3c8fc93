// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "readers/tail_generations.hpp"

#include "system/directory_stream.hpp"
#include "system/posix_calls.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <memory>
#include <system_error>
#include <utility>

namespace asiofile::detail {

namespace {

constexpr std::string_view separators = ".-_";
// The suffixes that logrotate(8) and similar programs give to compressed files.
constexpr std::array<std::string_view, 6> compressed = {".gz", ".bz2", ".xz", ".zst", ".lz4", ".Z"};
// A number with more digits is a date or a time.
constexpr std::size_t index_digits_max = 5;
// A number that begins with a year, and has at least as many digits, is one too. Other numbers are
// parts of other names: app-2.log, app-8080.log are no generations of app.log.
constexpr std::size_t year_digits = 4;
constexpr std::ptrdiff_t date_digits_min = 6;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool is_date(std::string_view added) noexcept {
  const std::string_view year = added.substr(0, year_digits);
  return std::ranges::all_of(year, is_digit) &&
         std::ranges::count_if(added, is_digit) >= date_digits_min;
}

// What a rotation has put between a name's two parts, with the separator before it.
std::optional<std::string_view> between(std::string_view entry, std::string_view first,
                                        std::string_view last) noexcept {
  if (entry.size() < first.size() + last.size() + 2) return std::nullopt;
  if (!entry.starts_with(first) || !entry.ends_with(last)) return std::nullopt;
  entry.remove_prefix(first.size());
  entry.remove_suffix(last.size());
  if (separators.find(entry.front()) == separators.npos || !is_digit(entry[1])) return std::nullopt;
  return entry;
}

bool is_compressed(std::string_view entry) noexcept {
  return std::ranges::any_of(compressed,
                             [&](std::string_view end) { return entry.ends_with(end); });
}

// By time, where names do not say. The time of creation distinguishes a later file from copies of
// older ones that were made since; and it was written after the other one was.
bool is_later(const tail_generation& candidate, const tail_identity& which,
              std::int64_t modified) noexcept {
  const std::int64_t created = candidate.identity.created_nanoseconds;
  if (created != 0 && which.created_nanoseconds != 0)
    return created > which.created_nanoseconds && candidate.modified_nanoseconds >= modified;
  return modified != 0 && candidate.modified_nanoseconds > modified;
}

// Whether `a` comes before `b`.
bool is_older(const tail_generation& a, const tail_generation& b) noexcept {
  if (a.named->how == b.named->how) return b.named->is_newer_than(*a.named);
  return a.modified_nanoseconds < b.modified_nanoseconds;
}

}  // namespace

bool generation_name::is_newer_than(const generation_name& other) const noexcept {
  return how == kind::index ? index > other.index : date > other.date;
}

std::string_view name_in(std::string_view path) noexcept {
  const std::size_t slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

std::optional<generation_name> generation_of(std::string_view entry, std::string_view name) {
  if (is_compressed(entry)) return std::nullopt;
  auto added = between(entry, name, {});
  const std::size_t dot = name.rfind('.');
  if (!added && dot != name.npos && dot != 0)
    added = between(entry, name.substr(0, dot), name.substr(dot));
  if (!added) return std::nullopt;
  const char separator = added->front();
  added->remove_prefix(1);
  generation_name found;
  const char* const end = added->data() + added->size();
  std::int64_t number = 0;
  const auto [behind, error] = std::from_chars(added->data(), end, number);
  if (added->size() <= index_digits_max && error == std::errc() && behind == end) {
    if (separator != '.') return std::nullopt;
    found.index = -number;
    return found;
  }
  if (!is_date(*added)) return std::nullopt;
  found.how = generation_name::kind::date;
  found.date = *added;
  return found;
}

namespace {

// Adds what has the entry's name now, if that is a regular file, and a generation or `which`.
// Returns 0 or an errno value, negated.
std::int64_t add_entry(system_calls& system, int base, const std::string& directory,
                       const directory_entry& entry, std::optional<generation_name> named,
                       const tail_identity& which, std::vector<tail_generation>& found) {
  tail_generation its;
  its.path = directory + entry.name;
  file_status status;
  std::int64_t error;
  do {
    error = system.path_status(base, its.path.c_str(), false, status);
  } while (error == -EINTR);
  // It was renamed or removed meanwhile.
  if (error == -ENOENT) return 0;
  if (error < 0) return error;
  if (status.type != file_type::regular) return 0;
  its.identity = identity_of(status);
  its.size = status.size;
  its.modified_nanoseconds = nanoseconds_of(status.modification_time);
  its.named = std::move(named);
  if (its.named || is_same(its.identity, which)) found.push_back(std::move(its));
  return 0;
}

}  // namespace

std::vector<tail_generation> find_generations(const system_calls_ptr& system, int base,
                                              const std::string& path, const tail_identity& which,
                                              std::int64_t& error) {
  const std::string directory = parent_of(path);
  const std::string_view name = name_in(path);
  std::vector<tail_generation> found;
  std::unique_ptr<directory_stream> stream;
  error = system->open_directory(base, directory.c_str(), stream);
  if (error < 0) return found;
  // Some file systems (mostly FUSE) list other inode numbers than their files have: then every
  // entry is looked at.
  bool takes_all = false;
  directory_entry entry;
  for (;;) {
    error = stream->next(entry);
    if (error == -EINTR) continue;
    if (error < 0) return found;
    if (error == 0) {
      const bool is_found = which.inode == 0 || find_generation(found, which) != nullptr;
      if (is_found || takes_all) return found;
      takes_all = true;
      found.clear();
      stream->rewind();
      continue;
    }
    if (entry.name == name) continue;
    if (entry.type != file_type::regular && entry.type != file_type::unknown) continue;
    auto named = generation_of(entry.name, name);
    if (!named && !takes_all && entry.inode != which.inode) continue;
    error = add_entry(*system, base, directory, entry, std::move(named), which, found);
    if (error < 0) return found;
  }
}

const tail_generation* find_generation(const std::vector<tail_generation>& all,
                                       const tail_identity& which) noexcept {
  const auto found = std::ranges::find_if(
      all, [&](const tail_generation& each) { return is_same(each.identity, which); });
  return found == all.end() ? nullptr : &*found;
}

const tail_generation* next_generation(const std::vector<tail_generation>& all,
                                       const tail_identity& which,
                                       std::int64_t modified_nanoseconds) noexcept {
  const tail_generation* const own = find_generation(all, which);
  const tail_generation* next = nullptr;
  for (const tail_generation& each : all) {
    if (&each == own || !each.named || each.size == 0) continue;
    const bool is_candidate =
        own != nullptr && own->named
            ? each.named->how == own->named->how && each.named->is_newer_than(*own->named)
            : is_later(each, which, modified_nanoseconds);
    if (is_candidate && (next == nullptr || is_older(each, *next))) next = &each;
  }
  return next;
}

}  // namespace asiofile::detail
