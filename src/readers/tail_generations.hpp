// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The files that have had a name before: what log rotation renamed them to, and their order.

#include "readers/tail_file.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asiofile::detail {

// The name that rotation gave a file. Among names of one kind, the newer one compares greater.
struct generation_name {
  enum class kind : std::uint8_t { index, date };
  kind how = kind::index;
  // index: the number, negated, because NAME.1 is newer than NAME.2.
  std::int64_t index = 0;
  // date: what comes between, as it is: NAME-20261128, NAME.2026-11-28-13.
  std::string date;

  [[nodiscard]] bool is_newer_than(const generation_name& other) const noexcept;
};

// Nothing if `entry` is no name that a rotation of `name` gives, or that of a compressed file.
[[nodiscard]] std::optional<generation_name> generation_of(std::string_view entry,
                                                           std::string_view name);

// An earlier file, which is in the name's directory under another name.
struct tail_generation {
  std::string path;
  tail_identity identity;
  std::uint64_t size = 0;
  std::int64_t modified_nanoseconds = 0;
  std::optional<generation_name> named;
};

// Regular files in the name's directory: those with names of generations, and the one that is
// `which`, whatever its name (if it has no inode: none). `error`: an errno value, negated, if the
// directory cannot be listed, or a file's status cannot be read. Throws std::bad_alloc. Waits.
[[nodiscard]] std::vector<tail_generation> find_generations(const system_calls_ptr& system,
                                                            int base, const std::string& path,
                                                            const tail_identity& which,
                                                            std::int64_t& error);

// The first one that came after `which` and holds data. `modified_nanoseconds`: when `which` was
// written last; 0: not known. Null if there is none but the one that has the name now.
[[nodiscard]] const tail_generation* next_generation(const std::vector<tail_generation>& all,
                                                     const tail_identity& which,
                                                     std::int64_t modified_nanoseconds) noexcept;

[[nodiscard]] const tail_generation* find_generation(const std::vector<tail_generation>& all,
                                                     const tail_identity& which) noexcept;

// The last component of a path.
[[nodiscard]] std::string_view name_in(std::string_view path) noexcept;

}  // namespace asiofile::detail
