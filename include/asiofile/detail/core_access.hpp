// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What `file_service` asks of the compiled library.

#include <asiofile/backend.hpp>
#include <asiofile/config.hpp>
#include <asiofile/detail/context_adapter.hpp>
#include <asiofile/service_options.hpp>
#include <asiofile/statistics.hpp>

#include <boost/system/error_code.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace asiofile::detail {

class service_core;

// `make_error` of the program: see errors.hpp.
using error_maker = boost::system::error_code (*)(int) noexcept;

// Throws boost::system::system_error where an option is out of range.
[[nodiscard]] ASIOFILE_DECL std::shared_ptr<service_core> make_core(
    const service_options& options, std::unique_ptr<context_adapter> adapter,
    error_maker make_error);

[[nodiscard]] ASIOFILE_DECL const service_options& options_of(const service_core& core) noexcept;
[[nodiscard]] ASIOFILE_DECL service_statistics statistics_of(service_core& core);
[[nodiscard]] ASIOFILE_DECL backend active_backend_of(service_core& core);
[[nodiscard]] ASIOFILE_DECL std::string why(service_core& core);

// The context ends: see `execution_context::service::shutdown`, and the service's destructor.
ASIOFILE_DECL void shut_down(service_core& core) noexcept;
ASIOFILE_DECL void leave_context(service_core& core) noexcept;

enum class fork_step : std::uint8_t { prepare, in_parent, in_child };
ASIOFILE_DECL void notify_fork(service_core& core, fork_step step);

}  // namespace asiofile::detail
