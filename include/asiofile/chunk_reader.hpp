// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// A chunk reader on any executor.

#include <asiofile/basic_chunk_reader.hpp>
#include <asiofile/random_access_file.hpp>
#include <asiofile/stream_file.hpp>

namespace asiofile {

/// A chunk reader whose executor is type-erased. See `basic_chunk_reader`.
using chunk_reader = basic_chunk_reader<>;

}  // namespace asiofile
