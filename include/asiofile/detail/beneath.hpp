// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Opening files beneath a directory.

#include <asiofile/detail/beneath_access.hpp>
#include <asiofile/detail/errors.hpp>
#include <asiofile/detail/initiation.hpp>

#include <boost/system/error_code.hpp>

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace asiofile::detail {

inline void open_beneath(file_state& file, const beneath_root_ptr& root, const std::string& path,
                         file_base::flags flags, std::uint32_t permissions,
                         boost::system::error_code& ec) {
  ec = make_error(open_beneath(file, root, path, flags, permissions));
}

// A path, or a file object.
template <typename Root>
concept directory_source =
    std::convertible_to<const Root&, std::string> || std::derived_from<Root, file_base>;

// The job of an open.
struct kept_open_job {
  explicit kept_open_job(std::shared_ptr<job> made) noexcept : task(std::move(made)) {}
  std::shared_ptr<job> task;
};

struct kept_open_job_and_status : kept_open_job, kept_status {
  using kept_open_job::kept_open_job;
};

template <typename Executor, typename Result = status_result, typename Kept = kept_open_job>
struct initiate_open_beneath : file_initiation<Executor> {
  using file_initiation<Executor>::file_initiation;

  template <typename Handler>
  void operator()(Handler&& handler, const beneath_root_ptr& root, const std::string& path,
                  file_base::flags flags, std::uint32_t permissions) const {
    this->template launch<Result, Kept>(
        std::forward<Handler>(handler),
        [&](Kept& kept) {
          return open_request{.flags = flags, .task = kept.task.get(), .status = status_in(kept)};
        },
        make_beneath_open(root, path, flags, permissions));
  }
};

template <typename Executor>
using initiate_open_beneath_with_status =
    initiate_open_beneath<Executor, file_status_result, kept_open_job_and_status>;

}  // namespace asiofile::detail
