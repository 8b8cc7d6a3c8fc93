// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include <asiofile/testing/call.hpp>

namespace asiofile::testing {

std::string_view to_string(call_kind kind) noexcept {
  switch (kind) {
    case call_kind::open: return "open";
    case call_kind::read: return "read";
    case call_kind::write: return "write";
    case call_kind::sync: return "sync";
    case call_kind::resize: return "resize";
    case call_kind::allocate: return "allocate";
    case call_kind::status: return "status";
    case call_kind::rename: return "rename";
    case call_kind::remove: return "remove";
    case call_kind::create_directory: return "create_directory";
    case call_kind::link: return "link";
    case call_kind::list: return "list";
    case call_kind::lock: return "lock";
  }
  return "unknown";
}

}  // namespace asiofile::testing
