// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The jobs behind the functions for whole files.

#include <asiofile/config.hpp>
#include <asiofile/detail/answering_job.hpp>

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace asiofile::detail {

using read_file_job = answering_job<std::string>;
using write_file_job = answering_job<std::size_t>;

enum class write_start : std::uint8_t { truncated, at_end };

[[nodiscard]] ASIOFILE_DECL std::shared_ptr<read_file_job> make_read_file_job(
    const std::string& path, std::uint64_t size_limit);
[[nodiscard]] ASIOFILE_DECL std::shared_ptr<write_file_job> make_write_file_job(
    const std::string& path, write_start start, std::vector<iovec> buffers);
[[nodiscard]] ASIOFILE_DECL std::shared_ptr<job> make_replace_file_job(const std::string& path,
                                                                       std::vector<iovec> buffers);

}  // namespace asiofile::detail
