// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The kernel's engines, as far as the library was built with them.

#include "engines/engine.hpp"
#include "system/notifier.hpp"

#include <asiofile/probe.hpp>
#include <asiofile/service_options.hpp>

#include <memory>

namespace asiofile::detail {

// Each returns null if the engine cannot be made; `report` gives the outcome in any case: what
// failed and what to do about it, or how the engine differs from what the options ask for.
// `completed` is opened if it is not, and must outlive the engine.
//
// For workers and synchronous functions: they may wait. Making a ring takes up to half a second if
// this process has just closed one and RLIMIT_MEMLOCK is low.
std::unique_ptr<engine> make_io_uring(const service_options& options, notifier& completed,
                                      backend_report& report);
std::unique_ptr<engine> make_libaio(const service_options& options, notifier& completed,
                                    backend_report& report);

// Whether they could be made: io_uring by making a small ring, libaio by asking the kernel without
// making a context.
backend_report try_io_uring();
backend_report try_libaio();

}  // namespace asiofile::detail
