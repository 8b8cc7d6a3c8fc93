#pragma once

// Runs operations through a Linux io_uring.

#include "engines/engine.hpp"
#include "engines/io_uring_registry.hpp"
#include "system/wake_signal.hpp"

#include <asiofile/probe.hpp>

#include <liburing.h>

#include <atomic>
#include <bitset>
#include <cstddef>
#include <memory>
#include <vector>

namespace asiofile::detail {

// What a ring is made with.
struct ring_options {
  // Entries of the submission queue, 2 to 32,768.
  std::size_t submission_entries = 2;
  // How many operations it should be able to have.
  std::size_t in_flight_max = 1;
  // A kernel thread looks for submissions, and sleeps when there was none for so long.
  bool submission_polling = false;
  unsigned polling_idle_milliseconds = 1000;
};

class io_uring_engine final : public engine {
 public:
  // Sets up a ring and sends a no-op through it: a sandbox may allow the one and refuse the
  // other. Nothing where that fails; `report` says what and why. `completed` must outlive the
  // engine.
  static std::unique_ptr<io_uring_engine> create(const ring_options& options,
                                                 wake_signal& completed, backend_report& report);
  ~io_uring_engine() override;

  [[nodiscard]] backend name() const noexcept override { return backend::io_uring; }
  [[nodiscard]] bool accepts(const operation& candidate) const noexcept override;
  [[nodiscard]] std::size_t capacity() const noexcept override;
  void submit(operation_queue& operations) noexcept override;
  void cancel(operation& in_engine) noexcept override;
  void reap(operation_queue& finished) noexcept override;
  bool watch(bool on) noexcept override;
  void drain(operation_queue& finished) noexcept override;
  [[nodiscard]] int failure() const noexcept override {
    return failure_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::shared_ptr<detail::registry> registry() const noexcept override {
    return registry_;
  }
  void prepare_fork() noexcept override {}
  void resume_after_fork() noexcept override {}
  void abandon(operation_queue& orphans) noexcept override;

 private:
  io_uring_engine() = default;

  int set_up(const ring_options& options, wake_signal& completed,
             const char*& failing_call) noexcept;
  int set_up_ring(const ring_options& options) noexcept;
  int round_trip() noexcept;
  int find_supported_operations() noexcept;

  io_uring_sqe* next_sqe() noexcept;
  void prepare(operation& next, io_uring_sqe& sqe) const noexcept;
  static void use_registered(const operation& next, io_uring_sqe& sqe) noexcept;
  void flush() noexcept;
  [[nodiscard]] bool has_others_in_kernel() const noexcept;
  void give_up(int error) noexcept;
  void collect(operation_queue& finished) noexcept;
  void take_completion(const io_uring_cqe& cqe, operation_queue& finished) noexcept;
  void add_sync(operation& next, io_uring_sqe& write) noexcept;

  io_uring ring_{};
  bool ring_is_set_up_ = false;
  std::shared_ptr<io_uring_registry> registry_;
  bool is_polled_ = false;
  unsigned submission_entries_ = 0;
  unsigned completion_entries_ = 0;
  // The kernel refused to enter the ring after it had worked: a sandbox was put on later.
  bool is_broken_ = false;
  std::atomic<int> failure_ = 0;
  std::bitset<256> supported_;
  // What the kernel has, or will have once the queue is flushed.
  operation_queue in_kernel_;
  // What each entry of the submission queue that is not flushed yet belongs to; null for a
  // cancellation.
  std::vector<operation*> unflushed_;
  // Those that the kernel never saw, and never will.
  operation_queue refused_;
};

}  // namespace asiofile::detail
