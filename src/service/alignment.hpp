// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "system/file_facts.hpp"

#include <asiofile/io_alignment.hpp>

namespace asiofile::detail {

// What transfers of an open file demand of offsets, lengths and addresses.
[[nodiscard]] io_alignment alignment_of(const file_facts& facts) noexcept;

}  // namespace asiofile::detail
