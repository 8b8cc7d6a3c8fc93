// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// A durable log on any executor.

#include <asiofile/basic_append_log.hpp>
#include <asiofile/random_access_file.hpp>

namespace asiofile {

/// A durable log whose executor is type-erased. See `basic_append_log`.
using append_log = basic_append_log<>;

}  // namespace asiofile
