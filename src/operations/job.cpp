// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include <asiofile/detail/job.hpp>

#include "system/forks.hpp"
#include "system/system_calls.hpp"

#include <cerrno>

namespace asiofile::detail {

job::job() noexcept : system_(kernel_calls()), forks_(forks_so_far()) {}

job::~job() = default;

std::int64_t job::try_now(file_facts&, file_status*) noexcept { return -EAGAIN; }

void job::leave_directory() noexcept { system_->let_go(); }

bool job::is_forked_copy() const noexcept { return forks_ != forks_so_far(); }

}  // namespace asiofile::detail
