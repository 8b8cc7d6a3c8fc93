// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The contenders of asiofile-benchmark-main-worker: all but Boost.Asio's own files.

#include "../worker/contender.hpp"
#include "../worker/task.hpp"

#include <memory>

namespace benchmark {

std::unique_ptr<contender> make_blocking(const task& what);
std::unique_ptr<contender> make_liburing(const task& what);
std::unique_ptr<contender> make_libaio(const task& what);
std::unique_ptr<contender> make_thread_pool(const task& what);
std::unique_ptr<contender> make_libuv(const task& what);
std::unique_ptr<contender> make_asiofile_callback(const task& what);
std::unique_ptr<contender> make_asiofile_coroutine(const task& what);

}  // namespace benchmark
