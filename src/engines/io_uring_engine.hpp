// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Runs reads, writes and syncs of files on storage through a Linux io_uring.
//
// How a batch runs: an entry is filled for each operation, one io_uring_enter(2) submits them all,
// and completions are read from memory that the kernel shares. Everything else here handles
// failures.
//
// Results are the kernel's. Besides the file's own errors:
//
//   -ECANCELED   the operation was cancelled, or could not be begun: its thread ended, or no kernel
//                worker could be started. Nothing was done.
//   -EFAULT      of a read or write: the buffer is not the process's memory, or its thread ended
//                before the operation was begun. A plain system call tells which.
//   -EAGAIN      the kernel has no memory for more submissions, or the operation would wait where a
//                polling thread makes it
//   -EOPNOTSUPP  the kernel takes no submissions any more
//
// `sync_result` of a write with a linked sync stays `sync_not_run` where that is certain.

#include "engines/engine.hpp"
#include "engines/io_uring_registry.hpp"
#include "engines/ring_calls.hpp"
#include "engines/ring_set_up.hpp"
#include "system/notifier.hpp"

#include <asiofile/probe.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace asiofile::detail {

class io_uring_engine final : public engine {
 public:
  // Null if a ring cannot be made or does not work; `report` gives the outcome in any case. May
  // wait (see `make_ring`). `completed` is opened if it is not, and must outlive the engine.
  static std::unique_ptr<io_uring_engine> create(const ring_options& options, notifier& completed,
                                                 backend_report& report,
                                                 ring_calls& calls = kernel_ring_calls());
  ~io_uring_engine() override;

  [[nodiscard]] backend name() const noexcept override { return backend::io_uring; }
  [[nodiscard]] bool accepts(const operation& candidate) const noexcept override;
  [[nodiscard]] std::size_t capacity() const noexcept override { return ring_.capacity(); }
  void submit(engine_queue& operations) noexcept override ASIOFILE_REQUIRES(engine_owner);
  void cancel(operation& in_engine) noexcept override ASIOFILE_REQUIRES(engine_owner);
  void reap(engine_queue& over) noexcept override ASIOFILE_REQUIRES(engine_owner);
  bool notify(bool on) noexcept override ASIOFILE_REQUIRES(engine_owner);
  void drain(engine_queue& over) noexcept override ASIOFILE_REQUIRES(engine_owner);
  [[nodiscard]] int failure() const noexcept override {
    return failure_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::shared_ptr<detail::registry> registry() const noexcept override {
    return registry_;
  }
  void prepare_fork() noexcept override ASIOFILE_REQUIRES(engine_owner) {}
  void resume_after_fork() noexcept override ASIOFILE_REQUIRES(engine_owner) {}
  void abandon() noexcept override ASIOFILE_REQUIRES(engine_owner);

 private:
  explicit io_uring_engine(ring_calls& calls) noexcept : calls_(calls) {}

  [[nodiscard]] bool accepts_transfer(const transfer_operation& candidate) const noexcept;

  void submit_waiting() noexcept ASIOFILE_REQUIRES(engine_owner);
  bool put(operation& next) noexcept ASIOFILE_REQUIRES(engine_owner);
  void put_linked_sync(transfer_operation& write, io_uring_sqe& entry) noexcept
      ASIOFILE_REQUIRES(engine_owner);
  void put_cancellation(std::uint64_t of) noexcept ASIOFILE_REQUIRES(engine_owner);
  void refuse(engine_queue& operations, int result) noexcept ASIOFILE_REQUIRES(engine_owner);

  [[nodiscard]] bool has_entries() const noexcept ASIOFILE_REQUIRES(engine_owner) {
    return ring_.ring.sq.sqe_head != ring_.ring.sq.sqe_tail;
  }
  void flush() noexcept ASIOFILE_REQUIRES(engine_owner);
  [[nodiscard]] bool is_taken(int submitted) const noexcept ASIOFILE_REQUIRES(engine_owner);
  void flush_refused(int submitted) noexcept ASIOFILE_REQUIRES(engine_owner);
  void drop_parted_sync() noexcept ASIOFILE_REQUIRES(engine_owner);
  void withdraw(int result) noexcept ASIOFILE_REQUIRES(engine_owner);

  void collect(engine_queue& over) noexcept ASIOFILE_REQUIRES(engine_owner);
  operation* take(const io_uring_cqe& completion) noexcept ASIOFILE_REQUIRES(engine_owner);
  operation* take_tagged(const io_uring_cqe& completion) noexcept ASIOFILE_REQUIRES(engine_owner);
  void cancel_all() noexcept ASIOFILE_REQUIRES(engine_owner);

  ring_calls& calls_;
  // Its queues are used only by the engine owner; the rest does not change.
  kernel_ring ring_;
  bool has_ring_ = false;
  std::shared_ptr<io_uring_registry> registry_;
  // An errno value: the kernel refused to enter a ring that had worked before, because a sandbox
  // was installed later.
  std::atomic<int> failure_ = 0;
  std::uint32_t submitters_ended_before_ = 0;

  // Operations that the kernel has, or will have when the queue is flushed.
  std::size_t in_kernel_ ASIOFILE_GUARDED_BY(engine_owner) = 0;
  // Operations for which there was no room: a polling thread empties the queue asynchronously.
  engine_queue waiting_ ASIOFILE_GUARDED_BY(engine_owner);
  // Those that the kernel did not take, to be reaped.
  engine_queue refused_ ASIOFILE_GUARDED_BY(engine_owner);
};

}  // namespace asiofile::detail
