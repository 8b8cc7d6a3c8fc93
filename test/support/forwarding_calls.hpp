// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Forwards to the kernel's calls, for tests that override some of them.

#include "system/forwarding_calls.hpp"

namespace test_support {

// Override the calls that must behave differently.
struct forwarding_calls : asiofile::detail::forwarding_calls {
  forwarding_calls() noexcept
      : asiofile::detail::forwarding_calls(asiofile::detail::kernel_calls()) {}
};

}  // namespace test_support
