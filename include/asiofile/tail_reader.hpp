// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// A tail reader on any executor.

#include <asiofile/basic_tail_reader.hpp>

namespace asiofile {

/// A tail reader whose executor is type-erased. See `basic_tail_reader`.
using tail_reader = basic_tail_reader<>;

}  // namespace asiofile
