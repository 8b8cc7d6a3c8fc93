// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// io_uring by hand: everything that is ready is submitted with the call that waits, and reaped in
// one go.

#include "../worker/file_descriptor.hpp"
#include "../worker/slot.hpp"
#include "factories.hpp"

#include <liburing.h>

#include <cerrno>
#include <cstddef>

namespace benchmark {

namespace {

class raw_ring final : public contender {
 public:
  explicit raw_ring(const task& what) : durable_(what.durable), file_(what), slots_(what) {
    const unsigned entries = durable_ == durability::fdatasync ? 2 * what.depth : what.depth;
    // At a device, DEFER_TASKRUN took a fifth more processor time at depth 32 than the others
    // (Linux 6.18), between which no difference could be told. On cached data it was ahead by 6
    // percent at depth 1. Older kernels have neither (Linux 5.19 and 6.1).
    const unsigned flags = what.direct ? IORING_SETUP_COOP_TASKRUN
                                       : IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    int result = ::io_uring_queue_init(entries, &ring_, flags);
    if (result == -EINVAL) result = ::io_uring_queue_init(entries, &ring_, 0);
    if (result != 0) fail("io_uring_queue_init", -result);
    if (durable_ == durability::fdatasync && (ring_.features & IORING_FEAT_CQE_SKIP) == 0)
      fail("this kernel cannot leave out the completions of linked writes (Linux 5.17)");
  }

  ~raw_ring() override { ::io_uring_queue_exit(&ring_); }

  void run(std::uint64_t operations) override {
    slots_.refill(operations);
    std::size_t in_flight = 0;
    for (slot& each : slots_) {
      if (!each.next()) break;
      prepare(each);
      ++in_flight;
    }
    while (in_flight != 0) {
      const int result = ::io_uring_submit_and_wait(&ring_, 1);
      if (result < 0 && result != -EINTR) fail("io_uring_submit_and_wait", -result);
      in_flight -= reap();
    }
  }

  void check_written() override { slots_.check_written(file_.get()); }

 private:
  // How many slots have nothing left to do.
  std::size_t reap() {
    std::size_t ended = 0;
    unsigned head = 0;
    unsigned reaped = 0;
    io_uring_cqe* cqe = nullptr;
    io_uring_for_each_cqe(&ring_, head, cqe) {
      ++reaped;
      slot& each = *static_cast<slot*>(::io_uring_cqe_get_data(cqe));
      if (durable_ == durability::fdatasync) check_linked(*cqe);
      else each.check(cqe->res);
      if (each.next()) prepare(each);
      else ++ended;
    }
    ::io_uring_cq_advance(&ring_, reaped);
    return ended;
  }

  // A write and its sync post only the last completion, unless the write fails or is short: then
  // its own is posted, too, and the sync is cancelled.
  static void check_linked(const io_uring_cqe& cqe) {
    if (cqe.res > 0) fail("short write, linked to a sync");
    slot::check_sync(cqe.res);
  }

  void prepare(slot& each) {
    io_uring_sqe* const sqe = next_sqe();
    const auto size = static_cast<unsigned>(each.size());
    if (each.is_write())
      ::io_uring_prep_write(sqe, file_.get(), each.buffer(), size, each.offset());
    else ::io_uring_prep_read(sqe, file_.get(), each.buffer(), size, each.offset());
    ::io_uring_sqe_set_data(sqe, &each);
    if (durable_ != durability::fdatasync) return;
    sqe->flags |= IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS;
    io_uring_sqe* const sync = next_sqe();
    ::io_uring_prep_fsync(sync, file_.get(), IORING_FSYNC_DATASYNC);
    ::io_uring_sqe_set_data(sync, &each);
  }

  io_uring_sqe* next_sqe() {
    // There are as many as can be in flight, so one is free.
    io_uring_sqe* const sqe = ::io_uring_get_sqe(&ring_);
    if (sqe == nullptr) fail("io_uring_get_sqe: the queue is full");
    return sqe;
  }

  durability durable_;
  file_descriptor file_;
  slot_set slots_;
  io_uring ring_{};
};

}  // namespace

std::unique_ptr<contender> make_liburing(const task& what) {
  return std::make_unique<raw_ring>(what);
}

}  // namespace benchmark
