// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <memory>

namespace asiofile::detail {

class registry;
class service_core;

// The tables of the service's ring. Returns 0, or an errno value if there is none: ECANCELED when
// the context is gone. May block, so it must not be called on a thread of the context.
[[nodiscard]] int find_registry(service_core& core, std::shared_ptr<registry>& found);

}  // namespace asiofile::detail
