// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A thread that supervises the workers, and does nothing else, so that it is always available. It
// makes no blocking call. While there is something to supervise it makes rounds, every three
// milliseconds for the quick lane, otherwise every ten; else it sleeps.

#include "engines/engine_thread.hpp"
#include "system/thread_safety.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <thread>

namespace asiofile::detail {

class watchman {
 public:
  // What it supervises. Called by its thread, without its lock.
  class client {
   public:
    // Returns whether quick operations are waiting, so that it must continue its short rounds.
    virtual bool look_at_lane() noexcept = 0;
    // Returns whether it must make another round.
    virtual bool look_around() noexcept = 0;

   protected:
    ~client() = default;
  };

  // Starts no thread yet. `watched` must outlive it.
  watchman(client& watched, thread_starter start) : client_(watched), start_(start) {}
  // Stops it.
  ~watchman() { stop(); }
  watchman(const watchman&) = delete;
  watchman& operator=(const watchman&) = delete;

  enum class round : std::uint8_t { none, around, lane };

  // There is something to supervise. Returns false if the system can start no thread: then there is
  // no supervision. For any thread, also under the client's lock.
  bool call(round wanted) noexcept ASIOFILE_EXCLUDES(mutex_);

  // Ends the thread. Not under the client's lock.
  void stop() noexcept ASIOFILE_EXCLUDES(mutex_);

  // Around fork(2).
  void lock() noexcept ASIOFILE_ACQUIRE(mutex_) { mutex_.lock(); }
  void unlock() noexcept ASIOFILE_RELEASE(mutex_) { mutex_.unlock(); }

  static constexpr std::chrono::milliseconds lane_round{3};
  static constexpr std::chrono::milliseconds long_round{10};
  // It makes this many more short rounds after nothing waits at the lane, because calling it costs
  // more than a round.
  static constexpr unsigned quiet_rounds_max = 16;

 private:
  void watch() noexcept;
  void sleep_or_wait(scoped_lock<mutex>& lock) noexcept ASIOFILE_REQUIRES(mutex_);

  client& client_;
  const thread_starter start_;
  mutex mutex_;
  std::condition_variable_any wanted_;
  std::thread thread_ ASIOFILE_GUARDED_BY(mutex_);
  round round_ ASIOFILE_GUARDED_BY(mutex_) = round::none;
  // Whether it was called since the last round, and must make another in any case.
  bool is_called_ ASIOFILE_GUARDED_BY(mutex_) = false;
  unsigned quiet_rounds_ ASIOFILE_GUARDED_BY(mutex_) = 0;
  bool is_stopping_ ASIOFILE_GUARDED_BY(mutex_) = false;
};

}  // namespace asiofile::detail
