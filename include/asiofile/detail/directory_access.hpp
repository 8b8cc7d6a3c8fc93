// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What a directory reader asks of the compiled library.

#include <asiofile/config.hpp>
#include <asiofile/detail/job.hpp>
#include <asiofile/directory_entry.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace asiofile::detail {

class service_core;

// What one reader has open. Shared with the initiations that it has handed out.
class directory_state;
using directory_state_ptr = std::shared_ptr<directory_state>;

[[nodiscard]] ASIOFILE_DECL directory_state_ptr make_directory_state(
    const std::shared_ptr<service_core>& service);

[[nodiscard]] ASIOFILE_DECL bool is_open(const directory_state& state) noexcept;
// Does not wait for a job in flight, which is stopped, and then closes the directory.
ASIOFILE_DECL void close(directory_state& state) noexcept;

enum class directory_step : std::uint8_t { open, next, rewind };

// One operation on a reader's directory. While it exists, there can be no other. `path`: for
// `open`.
[[nodiscard]] ASIOFILE_DECL std::shared_ptr<job> make_directory_job(
    const directory_state_ptr& state, directory_step what, const std::string& path);

// What a `next` has read: nothing at the end.
[[nodiscard]] ASIOFILE_DECL std::optional<std::vector<directory_entry>> take_batch(job& next);

}  // namespace asiofile::detail
