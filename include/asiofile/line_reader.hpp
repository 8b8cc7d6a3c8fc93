// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// A line reader on any executor.

#include <asiofile/basic_line_reader.hpp>
#include <asiofile/random_access_file.hpp>
#include <asiofile/stream_file.hpp>

namespace asiofile {

/// A line reader whose executor is type-erased. See `basic_line_reader`.
using line_reader = basic_line_reader<>;

}  // namespace asiofile
