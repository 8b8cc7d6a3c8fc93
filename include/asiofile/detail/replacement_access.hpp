// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What the template of a replacement asks of the compiled library.

#include <asiofile/config.hpp>
#include <asiofile/detail/file_access.hpp>
#include <asiofile/detail/job.hpp>
#include <asiofile/detail/operation.hpp>
#include <asiofile/replacement_options.hpp>

#include <memory>
#include <string>

namespace asiofile::detail {

// What one replacement object has open, if anything. Shared with the operations that it has
// started. Safe to use from any thread.
class replacement;
using replacement_ptr = std::shared_ptr<replacement>;

[[nodiscard]] ASIOFILE_DECL replacement_ptr make_replacement(const file_state& service);
[[nodiscard]] ASIOFILE_DECL bool is_open(const replacement& its) noexcept;
// Without waiting: on a worker.
ASIOFILE_DECL void discard(replacement& its) noexcept;

// Opens one, and gives a descriptor of the new file. What is opened is the replacement's from
// `accept_opened` on, and is discarded with the job before.
[[nodiscard]] ASIOFILE_DECL std::shared_ptr<job> make_replacement_open(
    const replacement_ptr& its, const std::string& path, const replacement_options& options);
ASIOFILE_DECL void accept_opened(job& open) noexcept;

// These take what is open when they are made. The commit gives the descriptor of the file that has
// the name.
[[nodiscard]] ASIOFILE_DECL std::shared_ptr<job> make_replacement_commit(
    const replacement_ptr& its);
[[nodiscard]] ASIOFILE_DECL std::shared_ptr<job> make_replacement_discard(
    const replacement_ptr& its);

// What a commit would, which is not to be run any more.
[[nodiscard]] ASIOFILE_DECL std::shared_ptr<job> make_replacement_discard(job& commit);

// Closes a file object: no further operation begins on what it has open. Those in flight are not
// cancelled, and this completes when they have.
struct finish_request {};
ASIOFILE_DECL void prepare(operation_storage& in, finish_request) noexcept;

constexpr const char* tracked_name(finish_request) noexcept { return "async_commit"; }

}  // namespace asiofile::detail
