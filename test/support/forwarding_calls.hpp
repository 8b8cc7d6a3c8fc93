// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The kernel's calls, for tests that answer some of them otherwise.

#include "system/forwarding_calls.hpp"

namespace test_support {

// Override what is to be different.
struct forwarding_calls : asiofile::detail::forwarding_calls {
  forwarding_calls() noexcept
      : asiofile::detail::forwarding_calls(asiofile::detail::kernel_calls()) {}
};

}  // namespace test_support
