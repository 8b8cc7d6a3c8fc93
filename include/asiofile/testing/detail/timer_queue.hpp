// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What the timers of a context share.

#include <asiofile/config.hpp>
#include <asiofile/detail/job.hpp>
#include <asiofile/file_service.hpp>
#include <asiofile/testing/clock.hpp>

#include <boost/asio/execution_context.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace asiofile::testing::detail {

class memory_system;

// What the context's files are in place of the system's; null where they are the system's. A
// context that has no service yet is not given one. In a header, because Asio's configuration is
// the program's.
inline std::shared_ptr<asiofile::detail::simulation> simulation_of(
    boost::asio::execution_context& context) {
  if (!boost::asio::has_service<file_service>(context)) return nullptr;
  return boost::asio::use_service<file_service>(context).options().simulation;
}

// A timer that is waited for.
class ASIOFILE_DECL queued_timer {
 public:
  queued_timer() = default;
  queued_timer(const queued_timer&) = delete;
  queued_timer& operator=(const queued_timer&) = delete;
  virtual ~queued_timer();

  // Its time has come, or never will (`ec`). Called without a lock.
  virtual void end(boost::system::error_code ec) = 0;
  // Runs a job on the context's service, and calls `timer_queue::driven` with what it ends with.
  virtual void drive(std::shared_ptr<asiofile::detail::job> sleep) = 0;
};

// The virtual clock moves to when an operation of the service's ends. Of all timers of a context
// that are waited for, one operation is in flight: it sleeps until the first is due.
class ASIOFILE_DECL timer_queue : public boost::asio::execution_context::service {
 public:
  static boost::asio::execution_context::id id;

  explicit timer_queue(boost::asio::execution_context& context)
      : timer_queue(context, &simulation_of) {}
  ~timer_queue() override;
  timer_queue(const timer_queue&) = delete;
  timer_queue& operator=(const timer_queue&) = delete;

  // Null where the context's files are not simulated.
  [[nodiscard]] std::shared_ptr<memory_system> files();
  // The epoch where there is no clock.
  [[nodiscard]] clock::time_point now();
  // Moves the clock to a time, unless that is past. False where there is none.
  [[nodiscard]] bool move_to(clock::time_point when);

  // When, and which of those of the same time.
  using place = std::pair<clock::time_point, std::uint64_t>;

  // Ends the timer when it is due. Nothing where there is no clock.
  [[nodiscard]] std::optional<place> add(const std::shared_ptr<queued_timer>& added,
                                         clock::time_point due);
  // Does not wait for an `end` that is running.
  void remove(const place& left) noexcept;
  void driven(boost::system::error_code ec);

 private:
  using simulation_getter =
      std::shared_ptr<asiofile::detail::simulation> (*)(boost::asio::execution_context&);
  struct waits;

  timer_queue(boost::asio::execution_context& context, simulation_getter getter);
  void shutdown() override;

  const simulation_getter simulation_of_;
  const std::unique_ptr<waits> waits_;
};

}  // namespace asiofile::testing::detail
