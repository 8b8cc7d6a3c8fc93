// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A ring without a kernel: a test says which entries are taken, and when and how they complete.

#include "engines/ring_calls.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

namespace test_support {

class fake_ring final : public asiofile::detail::ring_calls {
 public:
  // ---- what the kernel says

  // Results of setting up, one after the other: errno values, 0 for a ring. After these always a
  // ring.
  std::deque<int> set_up_errors;
  // There is no memory for larger submission queues.
  unsigned entries_max = ~0U;
  unsigned completions_max = ~0U;
  // Errors of the round trip, the probe, and the registration of a notifier.
  int round_trip_error = 0;
  int interrupted_round_trips = 0;
  int probe_error = 0;
  int eventfd_error = 0;
  std::vector<int> missing_operations;
  // Results of submissions, one after the other: how many entries are taken, or an errno value,
  // negated. After these always all.
  std::deque<int> answers;
  // What happens while an engine waits.
  std::function<void()> while_waiting = [] {};

  // ---- what it was asked

  std::vector<io_uring_params> parameters;
  std::vector<unsigned> sizes;
  std::vector<io_uring_sqe> taken;
  std::vector<io_uring_sync_cancel_reg> cancelled;
  int submissions = 0;
  int waits = 0;
  int open_rings = 0;

  // ---- what it does

  // The polling thread takes up to `count_max` entries.
  void take(std::size_t count_max = ~std::size_t{0}) {
    for (; count_max != 0 && sq_head_ != sq_tail_; --count_max) {
      taken.push_back(sqes_[sq_head_ % sqes_.size()]);
      __atomic_store_n(&sq_head_, sq_head_ + 1, __ATOMIC_RELEASE);
    }
  }
  // It sleeps, or wakes up.
  void set_sleeping(bool on) { sq_flags_ = on ? IORING_SQ_NEED_WAKEUP : 0; }

  void complete(std::uint64_t user_data, int result) {
    io_uring_cqe& completion = cqes_[cq_tail_ % cqes_.size()];
    completion.user_data = user_data;
    completion.res = result;
    __atomic_store_n(&cq_tail_, cq_tail_ + 1, __ATOMIC_RELEASE);
  }
  void complete(const io_uring_sqe& entry, int result) { complete(entry.user_data, result); }

  [[nodiscard]] bool notifies() const { return (cq_flags_ & IORING_CQ_EVENTFD_DISABLED) == 0; }
  // How many entries wait in the queue.
  [[nodiscard]] unsigned queued() const { return sq_tail_ - sq_head_; }

  // ---- ring_calls

  int set_up(unsigned entries, io_uring& ring, io_uring_params& wanted) noexcept override {
    sizes.push_back(entries);
    parameters.push_back(wanted);
    if (!set_up_errors.empty()) {
      const int error = set_up_errors.front();
      set_up_errors.pop_front();
      if (error != 0) return -error;
    }
    if (entries > entries_max || wanted.cq_entries > completions_max) return -ENOMEM;
    wanted.sq_entries = std::bit_ceil(entries);
    wanted.cq_entries = std::bit_ceil(wanted.cq_entries);
    make(ring, wanted);
    ++open_rings;
    return 0;
  }

  void tear_down(io_uring&) noexcept override { --open_rings; }

  int probe(io_uring&, io_uring_probe& found, unsigned count_max) noexcept override {
    found.ops_len = static_cast<__u8>(std::min(count_max, 64U));
    for (unsigned i = 0; i != found.ops_len; ++i) {
      const bool is_missing = std::ranges::count(missing_operations, static_cast<int>(i)) != 0;
      found.ops[i].op = static_cast<__u8>(i);
      found.ops[i].flags = is_missing ? 0 : IO_URING_OP_SUPPORTED;
    }
    return -probe_error;
  }

  int register_eventfd(io_uring&, int) noexcept override { return -eventfd_error; }

  int submit(io_uring& ring) noexcept override {
    ++submissions;
    publish(ring);
    int answer = static_cast<int>(queued());
    if (!answers.empty()) {
      answer = answers.front();
      answers.pop_front();
    }
    if (answer > 0 && (ring.flags & IORING_SETUP_SQPOLL) == 0)
      take(static_cast<std::size_t>(answer));
    return answer;
  }

  int submit_and_wait(io_uring& ring) noexcept override {
    if (round_trip_error != 0) return -round_trip_error;
    publish(ring);
    if (interrupted_round_trips != 0) return --interrupted_round_trips, -EINTR;
    take();
    complete(taken.back(), 0);
    taken.clear();
    return 1;
  }

  void wait(io_uring&, int) noexcept override {
    ++waits;
    while_waiting();
  }

  int cancel(io_uring&, io_uring_sync_cancel_reg& which) noexcept override {
    cancelled.push_back(which);
    return -ENOENT;
  }

 private:
  static void publish(io_uring& ring) noexcept {
    ring.sq.sqe_head = ring.sq.sqe_tail;
    *ring.sq.ktail = ring.sq.sqe_tail;
  }

  void make(io_uring& ring, const io_uring_params& wanted) {
    sqes_.assign(wanted.sq_entries, {});
    cqes_.assign(wanted.cq_entries, {});
    array_.assign(wanted.sq_entries, 0);
    for (unsigned i = 0; i != wanted.sq_entries; ++i) array_[i] = i;
    // So that the counters overflow soon.
    sq_head_ = sq_tail_ = ~0U - 3;
    cq_head_ = cq_tail_ = ~0U - 7;
    sq_flags_ = cq_flags_ = 0;
    ring = {};
    ring.flags = wanted.flags;
    ring.ring_fd = ring.enter_ring_fd = -1;
    ring.sq.khead = &sq_head_;
    ring.sq.ktail = &sq_tail_;
    ring.sq.kflags = &sq_flags_;
    ring.sq.array = array_.data();
    ring.sq.sqes = sqes_.data();
    ring.sq.sqe_head = ring.sq.sqe_tail = sq_tail_;
    ring.sq.ring_entries = wanted.sq_entries;
    ring.sq.ring_mask = wanted.sq_entries - 1;
    ring.cq.khead = &cq_head_;
    ring.cq.ktail = &cq_tail_;
    ring.cq.kflags = &cq_flags_;
    ring.cq.cqes = cqes_.data();
    ring.cq.ring_entries = wanted.cq_entries;
    ring.cq.ring_mask = wanted.cq_entries - 1;
  }

  std::vector<io_uring_sqe> sqes_;
  std::vector<io_uring_cqe> cqes_;
  std::vector<unsigned> array_;
  unsigned sq_head_ = 0;
  unsigned sq_tail_ = 0;
  unsigned sq_flags_ = 0;
  unsigned cq_head_ = 0;
  unsigned cq_tail_ = 0;
  unsigned cq_flags_ = 0;
};

}  // namespace test_support
