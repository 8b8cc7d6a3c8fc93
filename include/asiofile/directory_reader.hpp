// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// A directory reader on any executor.

#include <asiofile/basic_directory_reader.hpp>

namespace asiofile {

/// A directory reader whose executor is type-erased. See `basic_directory_reader`.
using directory_reader = basic_directory_reader<>;

}  // namespace asiofile
