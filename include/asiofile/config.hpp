// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// What the build has configured: how symbols are exported.
///
/// Nothing here needs to be set by a user: the CMake target and the pkg-config file define
/// `ASIOFILE_SHARED` where the installed library is a shared one.

#if defined(_WIN32)
#error "asiofile runs on POSIX systems"
#endif

#if defined(ASIOFILE_SHARED)
#define ASIOFILE_DECL __attribute__((visibility("default")))
#else
#define ASIOFILE_DECL
#endif

// For a class that is compiled into the program and must be the same class in all of its shared
// libraries.
#define ASIOFILE_VISIBLE __attribute__((visibility("default")))
