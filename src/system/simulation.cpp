// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/simulation.hpp"

namespace asiofile::detail {

simulation::~simulation() = default;

}  // namespace asiofile::detail
