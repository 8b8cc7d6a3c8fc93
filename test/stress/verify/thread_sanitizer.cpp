// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// False positives of thread sanitizer in this program.

#if defined(__SANITIZE_THREAD__)

// The reference count of std::exception_ptr is kept inside libstdc++.so, which is not instrumented:
// a future's error looks as if one thread had freed what another one reads.
extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
  return "race:std::__exception_ptr::exception_ptr::_M_release\n";
}

#endif
