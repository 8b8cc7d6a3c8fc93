// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What opening files beneath a directory asks of the compiled library.

#include <asiofile/config.hpp>
#include <asiofile/detail/file_access.hpp>
#include <asiofile/detail/job.hpp>
#include <asiofile/file_base.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace asiofile::detail {

// A directory that paths must not leave. Shared by the initiations that open beneath it.
class beneath_root;
using beneath_root_ptr = std::shared_ptr<const beneath_root>;

// `directory`: a file object's; null stands for a closed one. The root has a descriptor of its own,
// so that nothing that is done to the file object afterwards affects it.
ASIOFILE_DECL beneath_root_ptr make_beneath_root(const file_state* directory);
// Opened when it is used.
ASIOFILE_DECL beneath_root_ptr make_beneath_root(const std::string& path);

// Makes the paths of a job that has not begun start in the directory that the file object has open,
// and confines them to it. Closing the object does not close the directory before the job has
// completed.
ASIOFILE_DECL void begin_beneath(job& task, const file_state& directory);

[[nodiscard]] ASIOFILE_DECL int open_beneath(file_state& file, const beneath_root_ptr& root,
                                             const std::string& path, file_base::flags flags,
                                             std::uint32_t permissions);
ASIOFILE_DECL std::shared_ptr<job> make_beneath_open(beneath_root_ptr root, const std::string& path,
                                                     file_base::flags flags,
                                                     std::uint32_t permissions);

}  // namespace asiofile::detail
