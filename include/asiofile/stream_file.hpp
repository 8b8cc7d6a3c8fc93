// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// A stream file on any executor.

#include <asiofile/basic_stream_file.hpp>

namespace asiofile {

/// A stream file whose executor is type-erased. See `basic_stream_file`.
using stream_file = basic_stream_file<>;

}  // namespace asiofile
