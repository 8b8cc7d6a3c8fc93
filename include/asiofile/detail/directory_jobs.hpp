// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Jobs whose paths begin in a directory that a file object has open.

#include <asiofile/detail/beneath_access.hpp>
#include <asiofile/detail/job_initiation.hpp>

#include <utility>

namespace asiofile::detail {

// Makes a job that another factory makes, and has its paths begin there.
template <typename Factory>
struct beneath_factory {
  file_state_ptr directory;
  Factory make;

  auto operator()() const {
    auto task = make();
    begin_beneath(*task, *directory);
    return task;
  }
};

template <typename Job, typename Signature, typename Result = job_result<Job>, typename Source,
          typename Token, typename Factory>
auto start_beneath(Source& source, Token& token, const file_state_ptr& directory, Factory make) {
  return start_job<Job, Signature, Result>(source, token,
                                           beneath_factory<Factory>{directory, std::move(make)});
}

}  // namespace asiofile::detail
