// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Whether the program was built with a sanitizer, which makes it some ten times slower.

namespace test_support {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool under_sanitizer = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool under_sanitizer = true;
#else
inline constexpr bool under_sanitizer = false;
#endif
#else
inline constexpr bool under_sanitizer = false;
#endif

// The number of rounds, operations or milliseconds to use, without or with a sanitizer.
template <typename T>
constexpr T normally_or_sanitized(T normally, T sanitized) {
  return under_sanitizer ? sanitized : normally;
}

}  // namespace test_support
