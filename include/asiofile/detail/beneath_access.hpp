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

// A directory that is not to be left. Shared by the initiations that go beneath it.
class beneath_root;
using beneath_root_ptr = std::shared_ptr<const beneath_root>;

// `directory`: a file object's; null stands for a closed one. The root has a descriptor of its own,
// so that nothing which is done to the file object afterwards changes what it is.
ASIOFILE_DECL beneath_root_ptr make_beneath_root(const file_state* directory);
// Opened when it is used.
ASIOFILE_DECL beneath_root_ptr make_beneath_root(const std::string& path);

// The paths of a job that has not begun will begin in the directory that the file object has open,
// and lead nowhere but beneath it. Closing the object does not close the directory before the job
// is over.
ASIOFILE_DECL void begin_beneath(job& task, const file_state& directory);

[[nodiscard]] ASIOFILE_DECL int open_beneath(file_state& file, const beneath_root_ptr& root,
                                             const std::string& path, file_base::flags flags,
                                             std::uint32_t permissions);
ASIOFILE_DECL std::shared_ptr<job> make_beneath_open(beneath_root_ptr root, const std::string& path,
                                                     file_base::flags flags,
                                                     std::uint32_t permissions);

}  // namespace asiofile::detail
