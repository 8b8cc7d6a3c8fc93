// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "readers/background_file.hpp"

#include "service/alignment.hpp"
#include "service/file_guard.hpp"
#include "service/service_core.hpp"
#include "system/posix_calls.hpp"

#include <fcntl.h>

#include <algorithm>

namespace asiofile::detail {

namespace {

std::uint64_t position_of(const opening_view& found) noexcept {
  if (!found.is_at_end) return found.position;
  const std::int64_t size = file_size(*found.facts.system, found.facts.fd);
  return static_cast<std::uint64_t>(std::max<std::int64_t>(size, 0));
}

}  // namespace

background_file look_at(const file_state_ptr& file, const std::optional<std::uint64_t>& offset,
                        starting_place where) {
  background_file seen;
  seen.state = file;
  seen.start = offset.value_or(0);
  const auto found = view_of(*file);
  if (!found) return seen;
  const file_facts& facts = found->facts;
  seen.only_on = found->number;
  seen.is_stream = facts.is_stream;
  seen.is_appended = (facts.status_flags & O_APPEND) != 0;
  seen.alignment = alignment_of(facts);
  seen.size_when_opened = facts.size_when_looked_at;
  if (seen.is_stream)
    seen.start = 0;
  else if (!offset && where == starting_place::position)
    seen.start = position_of(*found);
  return seen;
}

}  // namespace asiofile::detail
