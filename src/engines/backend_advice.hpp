// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Explains why a backend could not be set up, and what to do about it.

#include "engines/host_information.hpp"

#include <asiofile/probe.hpp>

namespace asiofile::detail {

// `failing_call`: a system call, perhaps with its purpose in parentheses. `error`: an errno value,
// 0 if the backend works.
backend_report io_uring_report(const char* failing_call, int error);
backend_report libaio_report(const char* failing_call, int error);
backend_report threads_report(const char* failing_call, int error);

// A backend that this library was built without.
backend_report not_built(backend which, const char* library);

// What the first two say about a failure, with the given host information.
std::string io_uring_advice(const char* failing_call, int error, const host_information& seen);
std::string libaio_advice(const char* failing_call, int error, const host_information& seen);
std::string threads_advice(const char* failing_call, int error, const host_information& seen);

}  // namespace asiofile::detail
