// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// A file system in memory, for tests: seeded order, short transfers, errors, delays, crashes.

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

/// Files in memory in place of the system's, so that a program's tests can see what it does about
/// errors, odd orders and power cuts.
namespace asiofile::testing {

/// @cond
namespace detail {
class memory_system;
}  // namespace detail
/// @endcond

/// A file system in memory. On a context that it is attached to, every file object and every
/// function of asiofile finds it in place of the system's files:
///
/// \code
/// asiofile::testing::file_system files({.seed = 42, .short_transfers = 0.1});
/// boost::asio::io_context context;
/// files.attach(context);
/// asiofile::random_access_file file(context);
/// file.open("/log", asiofile::file_base::read_write | asiofile::file_base::create);
/// \endcode
///
/// It holds the directory `/` to begin with; relative paths begin there. Results are those of
/// Linux. There are no users: whatever exists may be read, written and removed.
///
/// A native handle is a number that means something to asiofile alone, on contexts that this file
/// system is attached to; one of the system's that is assigned to a file object there is used as it
/// is, and moves no clock.
///
/// \par The same seed gives the same run
/// What is left to chance (see `file_system_options`) depends on the seed and on what the program
/// does, in its order. So a test must see to it that the program does the same each time:
/// - one thread runs all contexts that share the file system;
/// - nothing in it depends on real time, addresses, threads, sockets, or random numbers without a
///   seed; timers are those of `basic_timer` or `async_wait`, and the time is `clock::now()`.
///
/// \par The virtual clock
/// Operations take time on a clock of the file system's own, and none in reality. It moves when the
/// context has gone through everything that was ready, and what that has posted, eight times over
/// without starting an operation: then the operation or wait that is due first ends. So time does
/// pass for a program that posts itself on and on. A synchronous function moves it by the time it
/// takes.
///
/// \par Crash
/// `crash` is a power cut. Nothing can be done with the files until `restart`: every call ends with
/// `io_error`, and so do the operations in flight, of which each may have happened, in part, or
/// not. What is left is what was synchronised; of what was not, each write is there, or not, or
/// some of its sectors, and each change of a name is there or not (`names_in_crash`). Replacing a
/// name by renaming is never done by half. After `restart`, files that were open still give
/// `io_error`, and the paths lead to what is left: go on with the same context, or make another.
///
/// Timers and waits (`async_wait`) belong to the program, and go on.
///
/// \par Memory
/// A test program that runs out of memory in the midst of an operation may be ended
/// (`std::terminate`).
///
/// \par Lifetimes
/// What the contexts use stays as long as they need it: the object may be destroyed before or after
/// them.
///
/// \par Thread safety
/// All members are safe. What `on_call` and `on_delay` are given is called with a lock held: it
/// must use neither this object nor asiofile, and not throw.
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
  /// \param others what is to be said beside that: `trace`, `max_in_flight`.
  [[nodiscard]] asiofile::service_options service_options(
      asiofile::service_options others = {}) const;

  /// Makes the service of a context. Several contexts may use one file system.
  ///
  /// \param context has no `file_service` yet: nothing of asiofile was used on it.
  /// \throws boost::asio::service_already_exists otherwise.
  void attach(boost::asio::execution_context& context) const {
    boost::asio::make_service<file_service>(context, service_options());
  }
  /// @}

  /// \name Errors
  /// @{

  /// Lets calls fail from now on. Where several rules let one fail, it is with the first's error.
  ///
  /// \param rule see `fault`.
  void add_fault(const fault& rule);

  /// Asks a function of the test's about each call that no rule lets fail.
  ///
  /// \param predicate returns the error that the call fails with; none for success. An empty
  ///   function ends it.
  void on_call(std::function<boost::system::error_code(const call&)> predicate);

  /// Removes all rules, and the function of `on_call`.
  void clear_faults();

  /// Changes how many bytes of data there is room for.
  ///
  /// \param bytes as `file_system_options::capacity_bytes`. What is there stays if it is more.
  void set_capacity(std::uint64_t bytes);

  /// How many bytes the data takes, in whole sectors, with that of removed files that are open.
  [[nodiscard]] std::uint64_t used_bytes() const;
  /// @}

  /// \name Time
  /// @{

  /// The virtual time since the file system was made.
  [[nodiscard]] std::chrono::nanoseconds now() const;

  /// Moves the clock; what is due by then ends afterwards, without moving it further.
  ///
  /// \param by how far. Negative: not at all.
  void advance(std::chrono::nanoseconds by);

  /// Asks a function of the test's how long operations shall take.
  ///
  /// \param rule returns the time on the virtual clock, at least 0; nothing where the seed shall
  ///   decide. An operation that is not among the kinds (closing, the status of an open file) is
  ///   shown as a `call_kind::status`. An empty function ends it.
  void on_delay(std::function<std::optional<std::chrono::nanoseconds>(const call&)> rule);

  /// Waits on the virtual clock: for time limits that tests can see. `basic_timer` is for programs
  /// that have timers.
  ///
  /// \param source an executor, an execution context, or anything that has an executor, of a
  ///   context that this file system is attached to.
  /// \param duration how long.
  /// \param token completes with `void(error_code)`: success when it is time; `operation_aborted`
  ///   where it was cancelled by the token's slot (every type); `operation_not_supported` on a
  ///   context that uses other files.
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

  /// Cuts the power: see above. Nothing where it is off.
  void crash();

  /// Cuts the power at one of the next calls. That call takes effect or not, as the seed decides,
  /// and ends with `io_error`.
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
  /// \param content what it shall hold.
  /// \throws boost::system::system_error where that is not possible.
  void write_file(const std::string& path, std::string_view content);

  /// What a file holds now, durable or not; nothing where there is no such file.
  ///
  /// \param path the file.
  [[nodiscard]] std::optional<std::string> read_file(const std::string& path) const;

  /// All names, as absolute paths, in order.
  [[nodiscard]] std::vector<std::string> paths() const;

  /// How many calls were made.
  [[nodiscard]] std::uint64_t call_count() const;

  /// What happened, a line for each call, end of an operation and crash, where
  /// `file_system_options::history` asks for it. Two runs of a seed have the same.
  [[nodiscard]] std::vector<std::string> history() const;
  /// @}

 private:
  using system_ptr = std::shared_ptr<detail::memory_system>;
  const system_ptr system_;
};

}  // namespace asiofile::testing
