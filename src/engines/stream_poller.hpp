// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Where operations wait until their stream is ready (a pipe, socket, FIFO, terminal, eventfd or
// similar). They occupy no worker meanwhile; one thread, started with the first of them, waits for
// all.

#include "engines/engine_thread.hpp"
#include "engines/readiness.hpp"
#include "operations/operation_queue.hpp"
#include "system/thread_safety.hpp"

#include <cstddef>
#include <memory>
#include <thread>
#include <unordered_map>

namespace asiofile::detail {

// What an operation waits for.
struct awaited_stream {
  int fd = -1;
  bool for_writing = false;
};

// For any thread. Its lock is a leaf.
class stream_poller {
 public:
  class client {
   public:
    // Called by the poller's thread, or by the thread that finds a stream gone, without the lock:
    // the client takes these operations, which are to be tried now.
    virtual void ready(engine_queue& operations) noexcept = 0;
    [[nodiscard]] virtual awaited_stream awaited_by(operation& which) const noexcept = 0;

   protected:
    ~client() = default;
  };

  // Starts no thread and has no descriptor yet. `owner` must outlive it.
  stream_poller(client& owner, std::unique_ptr<readiness> waiting,
                thread_starter starter = start_thread) noexcept
      : client_(owner), readiness_(std::move(waiting)), start_thread_(starter) {}
  ~stream_poller();
  stream_poller(const stream_poller&) = delete;
  stream_poller& operator=(const stream_poller&) = delete;

  // Has an operation wait: behind the others of its stream and direction, or before them if it was
  // found ready in vain. For each direction one operation is tried at a time, until `release`.
  // Returns 0, or an errno value, and then the caller keeps the operation: ECANCELED if it is
  // marked as cancelled or the poller has stopped; EPERM if the descriptor is always ready; others
  // if the system has no descriptor, thread or memory to wait with.
  int wait(operation& which) noexcept ASIOFILE_EXCLUDES(mutex_);

  // An operation that was found ready has been tried: the next one may be. Must be called before
  // the operation completes, while its descriptor is open.
  void release(operation& which) noexcept ASIOFILE_EXCLUDES(mutex_);

  // Removes an operation if it is here; returns whether it was.
  bool cancel(operation& which) noexcept ASIOFILE_EXCLUDES(mutex_);

  // Ends the thread. Appends those that waited.
  void stop(engine_queue& waiting) noexcept ASIOFILE_EXCLUDES(mutex_);

  // Around fork(2): nothing changes between them.
  void lock() noexcept ASIOFILE_ACQUIRE(mutex_) { mutex_.lock(); }
  void unlock() noexcept ASIOFILE_RELEASE(mutex_) { mutex_.unlock(); }
  // In a child: closes its descriptors.
  void abandon() noexcept { readiness_->abandon(); }

 private:
  // The operations that wait for one stream, in either direction. An entry lives while one waits or
  // is being tried.
  struct stream {
    engine_queue reading;
    engine_queue writing;
    bool is_read = false;     // one that was ready is being tried
    bool is_written = false;  // likewise
  };
  using streams = std::unordered_map<int, stream>;

  void poll() noexcept;
  int enlist(operation& which, const awaited_stream& awaited, engine_queue& ready) noexcept
      ASIOFILE_REQUIRES(mutex_);
  int start() noexcept ASIOFILE_REQUIRES(mutex_);
  int arm(int fd, const stream& its) noexcept ASIOFILE_REQUIRES(mutex_);
  static void take_all(stream& from, engine_queue& into) noexcept;
  void forget_if_unused(streams::iterator its) noexcept ASIOFILE_REQUIRES(mutex_);
  void arm_again(streams::iterator its, engine_queue& ready) noexcept ASIOFILE_REQUIRES(mutex_);
  void take_ready(const ready_event& event, engine_queue& ready) noexcept ASIOFILE_REQUIRES(mutex_);

  client& client_;
  const std::unique_ptr<readiness> readiness_;
  const thread_starter start_thread_;
  mutex mutex_;
  streams streams_ ASIOFILE_GUARDED_BY(mutex_);
  std::thread thread_ ASIOFILE_GUARDED_BY(mutex_);
  bool is_stopping_ ASIOFILE_GUARDED_BY(mutex_) = false;
};

}  // namespace asiofile::detail
