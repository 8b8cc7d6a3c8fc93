// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The files that have had a name before: what log rotation has called them, and their order.

#include "readers/tail_file.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asiofile::detail {

// How rotation has named a file. Of one kind, the newer one is the greater.
struct generation_name {
  enum class kind : std::uint8_t { index, date };
  kind how = kind::index;
  // index: NAME.1 is newer than NAME.2. (That is, less its number.)
  std::int64_t index = 0;
  // date: what comes between, as it is: NAME-20261128, NAME.2026-11-28-13.
  std::string date;

  [[nodiscard]] bool is_newer_than(const generation_name& other) const noexcept;
};

// Nothing where `entry` is no name that a rotation of `name` gives; so for what was compressed.
[[nodiscard]] std::optional<generation_name> generation_of(std::string_view entry,
                                                           std::string_view name);

// One that is in the directory of the name, under another one.
struct tail_generation {
  std::string path;
  tail_identity identity;
  std::uint64_t size = 0;
  std::int64_t modified_nanoseconds = 0;
  std::optional<generation_name> named;
};

// Regular files in the name's directory: those with names of generations, and the one that is
// `which`, whatever its name (without an inode: none is). `error`: an errno value, negated, where
// the directory cannot be listed, or a file not be asked for its status. Throws std::bad_alloc.
// Waits.
[[nodiscard]] std::vector<tail_generation> find_generations(const system_calls_ptr& system,
                                                            int base, const std::string& path,
                                                            const tail_identity& which,
                                                            std::int64_t& error);

// The first one that came after `which` and holds data. `modified_nanoseconds`: when `which` was
// written last; 0: not known. Null where there is none but the one that has the name now.
[[nodiscard]] const tail_generation* next_generation(const std::vector<tail_generation>& all,
                                                     const tail_identity& which,
                                                     std::int64_t modified_nanoseconds) noexcept;

[[nodiscard]] const tail_generation* find_generation(const std::vector<tail_generation>& all,
                                                     const tail_identity& which) noexcept;

// The last component of a path.
[[nodiscard]] std::string_view name_in(std::string_view path) noexcept;

}  // namespace asiofile::detail
