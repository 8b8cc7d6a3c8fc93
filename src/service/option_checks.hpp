// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <asiofile/service_options.hpp>

namespace asiofile::detail {

// Throws boost::system::system_error with invalid_argument, naming the first option that is out
// of its range.
void check_options(const service_options& options);

}  // namespace asiofile::detail
