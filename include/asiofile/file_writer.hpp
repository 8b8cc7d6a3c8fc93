// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// A buffered writer on any executor.

#include <asiofile/basic_file_writer.hpp>
#include <asiofile/random_access_file.hpp>
#include <asiofile/stream_file.hpp>

namespace asiofile {

/// A buffered writer whose executor is type-erased. See `basic_file_writer`.
using file_writer = basic_file_writer<>;

}  // namespace asiofile
