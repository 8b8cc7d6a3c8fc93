// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// The version of the library.

/// The version of the library's interface: major * 100000 + minor * 100 + patch.
#define ASIOFILE_VERSION 200
/// The same as a string: "major.minor.patch".
#define ASIOFILE_VERSION_STRING "0.2.0"
