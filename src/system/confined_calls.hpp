// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The calls of a system, with confined names: a path must lead to something beneath the directory
// that it begins in, otherwise the call fails with -EXDEV, as openat2(2) does with RESOLVE_BENEATH.
// So every job that works on names also works beneath a directory, unchanged.

#include "system/system_calls.hpp"

#include <memory>

namespace asiofile::detail {

// `keeps_open`: the directory that the paths begin in, which `let_go` releases.
[[nodiscard]] system_calls_ptr make_confined_calls(system_calls_ptr system,
                                                   std::shared_ptr<const void> keeps_open);

}  // namespace asiofile::detail
