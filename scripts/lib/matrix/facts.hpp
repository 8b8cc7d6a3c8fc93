// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Preprocessed, never compiled: the lines that begin with "fact" say what an entry was built with.

#include <boost/version.hpp>
#include <climits>
#include <cstddef>

#if defined(__clang__)
fact compiler clang++ __clang_major__ . __clang_minor__ . __clang_patchlevel__
#else
fact compiler g++ __GNUC__ . __GNUC_MINOR__ . __GNUC_PATCHLEVEL__
#endif

fact boost BOOST_LIB_VERSION

#if defined(__GLIBC__)
fact libc glibc __GLIBC__ . __GLIBC_MINOR__
#elif defined(__APPLE__)
fact libc macOS
#else
fact libc musl
#endif

#if defined(_LIBCPP_VERSION)
fact library libc++
#else
fact library libstdc++
#endif

#if defined(__x86_64__)
fact processor x86-64
#elif defined(__i386__)
fact processor i386
#elif defined(__aarch64__)
fact processor aarch64
#elif defined(__s390x__)
fact processor s390x
#else
fact processor unknown
#endif
