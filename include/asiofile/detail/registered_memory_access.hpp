// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What `registered_buffers` asks of the compiled library.

#include <asiofile/config.hpp>
#include <asiofile/detail/slot_reference.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace asiofile::detail {

class service_core;

// The limits of `registered_buffers`.
inline constexpr std::size_t slot_count_max = 16'384;
inline constexpr std::size_t slot_bytes_max = std::size_t{1} << 30;

class registered_memory;
using registered_memory_ptr = std::shared_ptr<registered_memory>;

// Returns 0 or an errno value, and then there is none. Throws std::bad_alloc only.
[[nodiscard]] ASIOFILE_DECL int make_registered_memory(
    const std::shared_ptr<service_core>& service, const void* native, std::size_t count,
    std::size_t bytes_each, registered_memory_ptr& made);

// None where all are in use.
[[nodiscard]] ASIOFILE_DECL slot_reference take_slot(registered_memory& from) noexcept;
[[nodiscard]] ASIOFILE_DECL std::span<std::byte> bytes_of(const slot_reference& taken) noexcept;

[[nodiscard]] ASIOFILE_DECL std::size_t slot_count(const registered_memory& of) noexcept;
[[nodiscard]] ASIOFILE_DECL std::size_t slot_bytes(const registered_memory& of) noexcept;
[[nodiscard]] ASIOFILE_DECL int registration_errno(const registered_memory& of) noexcept;
[[nodiscard]] ASIOFILE_DECL std::string why(const registered_memory& of);

}  // namespace asiofile::detail
