// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// A file system in memory for tests: seeded order, short transfers, errors, delays, crashes.

#include <asiofile/config.hpp>
#include <asiofile/detail/executor_of.hpp>
#include <asiofile/file_service.hpp>
#include <asiofile/service_options.hpp>
#include <asiofile/testing/call.hpp>
#include <asiofile/testing/detail/timed_wait.hpp>
#include <asiofile/testing/fault.hpp>
#include <asiofile/testing/file_system_options.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Files in memory that replace the system's, so that tests can show how a program handles errors,
/// unusual orders of completion and power cuts.
namespace asiofile::testing {

/// @cond
namespace detail {
class memory_system;
}  // namespace detail
/// @endcond

/// A file system in memory. On a context that it is attached to, every file object and every
/// function of asiofile uses it instead of the system's files:
///
/// \code
/// asiofile::testing::file_system files({.seed = 42, .short_transfers = 0.1});
/// boost::asio::io_context context;
/// files.attach(context);
/// asiofile::random_access_file file(context);
/// file.open("/log", asiofile::file_base::read_write | asiofile::file_base::create);
/// \endcode
///
/// It initially contains the directory `/`, where relative paths begin. Results are those of Linux.
/// There are no users: everything may be read, written and removed.
///
/// A native handle is a number that has a meaning only to asiofile, on contexts that this file
/// system is attached to. A descriptor of the system that is assigned to a file object there is
/// used as it is, and does not move the clock.
///
/// \par The same seed gives the same run
/// Random choices (see `file_system_options`) depend on the seed and on what the program does, in
/// which order. So a test must make sure that the program does the same each time:
/// - one thread runs all contexts that share the file system;
/// - nothing depends on real time, addresses, threads, sockets, or random numbers without a seed;
///   timers are those of `basic_timer` or `async_wait`, and the time is `clock::now()`.
///
/// \par The virtual clock
/// Operations take time on the file system's own clock, and no real time. The clock moves when the
/// context is idle, that is, after eight rounds in which everything that was ready has run without
/// starting an operation: then the operation or wait that is due first completes. (Eight rounds,
/// not one, because a handler may post others; a limit, so that time passes even if a program keeps
/// posting.) A synchronous function moves the clock by the time that it takes.
///
/// \par Crash
/// `crash` is a power cut. Until `restart`, every call fails with `io_error`. So do the operations
/// in flight, each of which may have taken effect, in part, or not. What was synchronised is left.
/// Of what was not, each write is left, or lost, or some of its sectors are left, and each change
/// of a name is left or lost (`names_in_crash`). Renaming over an existing name is atomic. After
/// `restart`, files that were open still report `io_error`, and the paths lead to what is left:
/// continue with the same context, or make another.
///
/// Timers and waits (`async_wait`) belong to the program, and continue.
///
/// \par Memory
/// A test program that runs out of memory during an operation may be terminated (`std::terminate`).
///
/// \par Lifetimes
/// The object may be destroyed before or after the contexts that it is attached to.
///
/// \par Thread safety
/// All members are safe. The functions given to `on_call` and `on_delay` are called with a lock
/// held: they must use neither this object nor asiofile, and not throw.
class ASIOFILE_DECL file_system {
 public:
  /// An empty file system.
  ///
  /// \param options see `file_system_options`.
  /// \throws boost::system::system_error with `invalid_argument` where an option is out of range.
  explicit file_system(const file_system_options& options = {});
  ~file_system();
  file_system(const file_system&) = delete;
  file_system& operator=(const file_system&) = delete;

  /// \name Using it
  /// @{

  /// Options for a service that uses this file system, for
  /// `boost::asio::make_service<asiofile::file_service>`.
  ///
  /// \param others the other options, such as `trace` or `max_in_flight`.
  [[nodiscard]] asiofile::service_options service_options(
      asiofile::service_options others = {}) const;

  /// Makes the service of a context. Several contexts may use one file system.
  ///
  /// \param context must not have a `file_service` yet: nothing of asiofile was used on it.
  /// \throws boost::asio::service_already_exists otherwise.
  void attach(boost::asio::execution_context& context) const {
    boost::asio::make_service<file_service>(context, service_options());
  }
  /// @}

  /// \name Errors
  /// @{

  /// Makes calls fail from now on. If several rules apply to a call, it fails with the error of the
  /// first.
  ///
  /// \param rule see `fault`.
  void add_fault(const fault& rule);

  /// Sets a function that decides about each call that no rule makes fail.
  ///
  /// \param predicate returns the error that the call fails with, or success. An empty function
  ///   removes it.
  void on_call(std::function<boost::system::error_code(const call&)> predicate);

  /// Removes all rules, and the function of `on_call`.
  void clear_faults();

  /// Changes how many bytes of data there is room for.
  ///
  /// \param bytes as `file_system_options::capacity_bytes`. Existing data stays even if it is more.
  void set_capacity(std::uint64_t bytes);

  /// How many bytes the data takes, in whole sectors, including that of removed files that are
  /// open.
  [[nodiscard]] std::uint64_t used_bytes() const;
  /// @}

  /// \name Time
  /// @{

  /// The virtual time since the file system was made.
  [[nodiscard]] std::chrono::nanoseconds now() const;

  /// Moves the clock; what is due by then completes afterwards, without moving it further.
  ///
  /// \param by how far. Negative: not at all.
  void advance(std::chrono::nanoseconds by);

  /// Sets a function that decides how long each operation takes.
  ///
  /// \param rule returns the time on the virtual clock, at least 0, or nothing to leave it to the
  ///   seed. An operation that has no `call_kind` (closing, the status of an open file) is passed
  ///   as `call_kind::status`. An empty function removes it.
  void on_delay(std::function<std::optional<std::chrono::nanoseconds>(const call&)> rule);

  /// Waits on the virtual clock, for time limits in tests. `basic_timer` is for programs that have
  /// timers.
  ///
  /// \param source an executor, an execution context, or anything that has an executor, of a
  ///   context that this file system is attached to.
  /// \param duration how long.
  /// \param token completes with `void(error_code)`: success when the time has passed;
  ///   `operation_aborted` if it was cancelled by the token's slot (every type);
  ///   `operation_not_supported` on a context that this file system is not attached to.
  template <asiofile::detail::executor_source Source,
            boost::asio::completion_token_for<void(boost::system::error_code)> WaitToken =
                boost::asio::default_completion_token_t<asiofile::detail::executor_of_t<Source>>>
  auto async_wait(Source&& source, std::chrono::nanoseconds duration,
                  WaitToken&& token = boost::asio::default_completion_token_t<
                      asiofile::detail::executor_of_t<Source>>()) {
    return detail::wait_on(system_, asiofile::detail::executor_of(source), duration, token);
  }
  /// @}

  /// \name Crashes
  /// @{

  /// Cuts the power: see above. No effect if it is off.
  void crash();

  /// Cuts the power at one of the next calls. That call takes effect or not, as the seed decides,
  /// and fails with `io_error`.
  ///
  /// \param calls 1 for the next. `call_count` tells how many there are in a run.
  void crash_at_call(std::uint64_t calls);

  /// Whether the power is off.
  [[nodiscard]] bool is_down() const;

  /// Switches the power on again.
  void restart();
  /// @}

  /// \name Looking and preparing, past clock, faults and seed
  /// @{

  /// Makes a file and the directories above it, all durable at once.
  ///
  /// \param path the file; one that exists is replaced.
  /// \param content its content.
  /// \throws boost::system::system_error if that is not possible.
  void write_file(const std::string& path, std::string_view content);

  /// The present content of a file, durable or not; nothing if there is no such file.
  ///
  /// \param path the file.
  [[nodiscard]] std::optional<std::string> read_file(const std::string& path) const;

  /// All names, as absolute paths, in order.
  [[nodiscard]] std::vector<std::string> paths() const;

  /// How many calls were made.
  [[nodiscard]] std::uint64_t call_count() const;

  /// What has happened, a line for each call, completion and crash, if
  /// `file_system_options::history` is set. Two runs with the same seed have the same history.
  [[nodiscard]] std::vector<std::string> history() const;
  /// @}

 private:
  using system_ptr = std::shared_ptr<detail::memory_system>;
  const system_ptr system_;
};

}  // namespace asiofile::testing
