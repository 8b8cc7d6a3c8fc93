// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "service/alignment.hpp"

#include "system/system_calls.hpp"

namespace asiofile::detail {

io_alignment alignment_of(const file_facts& facts) noexcept {
  // On a pipe O_DIRECT means packet mode (pipe(2)).
  return facts.is_storage && facts.is_direct ? facts.system->direct_alignment(facts.fd)
                                             : io_alignment();
}

}  // namespace asiofile::detail
