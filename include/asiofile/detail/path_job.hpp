// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// From a free function to a system call on paths.

#include <asiofile/detail/job_initiation.hpp>
#include <asiofile/detail/path_call.hpp>

#include <memory>
#include <utility>

namespace asiofile::detail {

template <typename Job>
struct path_job_factory {
  path_call call;
  std::shared_ptr<Job> operator()() const { return std::make_shared<Job>(call); }
};

template <typename Job, typename Signature, typename Source, typename Token>
auto start_path_job(Source& source, Token& token, path_call call) {
  return start_job<Job, Signature>(source, token, path_job_factory<Job>{std::move(call)});
}

}  // namespace asiofile::detail
