// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The results in a machine-readable form.

#include "../../driver/plan.hpp"
#include "targets.hpp"

#include <string>
#include <vector>

namespace benchmark::storage {

// Writes an object {results, targets}. The results are those of the driver beside this one; each
// target is {name, measured, at_least or at_most, met}. Throws.
void write_json(const std::string& path, const plan& measured, const std::vector<target>& targets);

}  // namespace benchmark::storage
