// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What the template of `async_copy_file` asks of the compiled library. A copy consists of rounds,
// each an operation of its own: a job for a thread, or many reads and writes in flight.

#include <asiofile/config.hpp>
#include <asiofile/detail/file_access.hpp>
#include <asiofile/detail/operation.hpp>

#include <boost/system/error_code.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace asiofile::detail {

class copy_workers;
class file_copy;
class job;

struct copy_settings {
  bool overwrites = false;
  bool syncs = false;
  // A round ends when there is progress to report.
  bool reports = false;
};

[[nodiscard]] ASIOFILE_DECL std::shared_ptr<file_copy> make_copy(const file_state& service,
                                                                 const std::string& from,
                                                                 const std::string& to,
                                                                 const copy_settings& settings);

struct copied_bytes {
  std::uint64_t so_far;
  // 0 if it is not known in advance.
  std::uint64_t total;
};
[[nodiscard]] ASIOFILE_DECL copied_bytes copied(const file_copy& copy) noexcept;

enum class copy_round : std::uint8_t { on_a_thread, by_workers, none };

// Which round follows one that ended with `ec`. None: the copy has completed, and `ec` is its
// result. After an error or a cancellation, a last round on a thread undoes what was done.
[[nodiscard]] ASIOFILE_DECL copy_round next_round(file_copy& copy, bool is_cancelled,
                                                  boost::system::error_code& ec) noexcept;

[[nodiscard]] ASIOFILE_DECL std::shared_ptr<job> make_copy_job(
    const std::shared_ptr<file_copy>& copy);

// Reads and writes on a service, and the operation, of kind `wait`, that completes when they have.
[[nodiscard]] ASIOFILE_DECL std::shared_ptr<copy_workers> make_workers(
    const file_state& service, const std::shared_ptr<file_copy>& copy);
ASIOFILE_DECL void start(copy_workers& workers, operation_ptr waiting);
ASIOFILE_DECL void stop(copy_workers& workers) noexcept;

}  // namespace asiofile::detail
