// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// SIGINT, SIGTERM and SIGHUP as an exception, so that temporary files are removed on the way out.

namespace demo {

// From now on these signals only set a flag.
void watch_for_interruption();

// Throws std::runtime_error if one of the signals has arrived. To be called once per block.
void throw_if_interrupted();

}  // namespace demo
