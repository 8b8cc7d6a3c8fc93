// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "engines/ring_set_up.hpp"

#include "engines/host_information.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <bitset>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>

namespace asiofile::detail {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

// When this process last closed a ring; 0: never. The kernel returns the ring's memory to
// RLIMIT_MEMLOCK from a work queue, some 20 ms later (Linux 6.18). Without waiting for that, a
// context that is made right after another was destroyed would get a smaller ring, or none, and the
// next one a full one again.
std::atomic<clock::rep> last_closed{0};
constexpr auto memory_return_max = 500ms;
constexpr auto memory_poll_interval = 2ms;

bool may_memory_return() noexcept {
  const clock::rep closed = last_closed.load(std::memory_order_relaxed);
  const auto since_closed = clock::now().time_since_epoch() - clock::duration(closed);
  return closed != 0 && since_closed < memory_return_max;
}

// Tries one size and kind of ring after the other, until the kernel accepts one.
class ring_attempts {
 public:
  explicit ring_attempts(const ring_options& options) noexcept
      : options_(options),
        submissions_(static_cast<unsigned>(options.submission_entries)),
        completions_(static_cast<unsigned>(
            std::bit_ceil(kernel_ring::completions_per_operation_max * options.in_flight_max))),
        is_polled_(options.submission_polling) {}

  int run(ring_calls& calls, kernel_ring& made) noexcept {
    for (;;) {
      io_uring_params parameters = next_parameters();
      const int error = -calls.set_up(submissions_, made.ring, parameters);
      if (error == 0) {
        made.is_polled = is_polled_;
        made.is_reduced = is_reduced_;
        made.submission_entries = parameters.sq_entries;
        made.completion_entries = parameters.cq_entries;
        return 0;
      }
      if (!step_down(error)) return error;
    }
  }

 private:
  [[nodiscard]] io_uring_params next_parameters() const noexcept {
    io_uring_params parameters{};
    parameters.flags = IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE;
    parameters.cq_entries = std::max(completions_, 2 * std::bit_ceil(submissions_));
    if (is_polled_) {
      parameters.flags |= IORING_SETUP_SQPOLL;
      parameters.sq_thread_idle = options_.polling_idle_milliseconds;
    } else if (is_recent_) {
      // A thread that submitted is not interrupted by another processor for its completions: it
      // posts them when it next enters the kernel, at the latest at the timer's next tick.
      parameters.flags |= IORING_SETUP_COOP_TASKRUN;
    }
    // If the kernel refuses an entry, it still takes those behind it.
    if (is_recent_) parameters.flags |= IORING_SETUP_SUBMIT_ALL;
    return parameters;
  }

  // Asks for less. False if it cannot ask for less.
  bool step_down(int error) noexcept {
    if (error == EINVAL && is_recent_) {
      // Before Linux 5.19.
      is_recent_ = false;
      return true;
    }
    if (error == EPERM && is_polled_) {
      // Before Linux 5.11 the polling thread needs a privilege. A ring without it works, too.
      is_polled_ = false;
      return true;
    }
    // Kernels before 5.12 count the ring against RLIMIT_MEMLOCK, and from 6.14 on again.
    if (error != ENOMEM) return false;
    if (may_memory_return()) {
      std::this_thread::sleep_for(memory_poll_interval);
      return true;
    }
    if (submissions_ <= 2 && completions_ <= 4) return false;
    submissions_ = std::max(2U, submissions_ / 2);
    completions_ = std::max(4U, completions_ / 2);
    return is_reduced_ = true;
  }

  const ring_options& options_;
  unsigned submissions_;
  unsigned completions_;
  bool is_polled_;
  // The kernel may know the flags of Linux 5.18 and 5.19.
  bool is_recent_ = true;
  bool is_reduced_ = false;
};

int round_trip(io_uring& ring, ring_calls& calls) noexcept {
  io_uring_sqe* const sqe = io_uring_get_sqe(&ring);
  if (sqe == nullptr) return EBUSY;
  io_uring_prep_nop(sqe);
  io_uring_sqe_set_data64(sqe, 0);
  int submitted;
  do submitted = calls.submit_and_wait(ring);
  while (submitted == -EINTR);
  if (submitted < 0) return -submitted;
  if (io_uring_cq_ready(&ring) == 0) return EIO;
  const int result = ring.cq.cqes[*ring.cq.khead & ring.cq.ring_mask].res;
  io_uring_cq_advance(&ring, 1);
  return -result;
}

int find_operations(io_uring& ring, ring_calls& calls) noexcept {
  constexpr unsigned count_max = 256;
  alignas(io_uring_probe)
      std::byte memory[sizeof(io_uring_probe) + count_max * sizeof(io_uring_probe_op)] = {};
  auto& found = *reinterpret_cast<io_uring_probe*>(memory);
  if (const int error = -calls.probe(ring, found, count_max)) return error;
  std::bitset<count_max> supported;
  for (unsigned i = 0; i != found.ops_len; ++i) {
    const io_uring_probe_op& each = found.ops[i];
    supported[each.op] = (each.flags & IO_URING_OP_SUPPORTED) != 0;
  }
  for (const std::size_t needed : {IORING_OP_READ, IORING_OP_WRITE, IORING_OP_READV,
                                   IORING_OP_WRITEV, IORING_OP_FSYNC, IORING_OP_ASYNC_CANCEL}) {
    if (!supported[needed]) return EOPNOTSUPP;
  }
  return 0;
}

int try_out(io_uring& ring, int eventfd, ring_calls& calls, const char*& failing_call) noexcept {
  failing_call = "io_uring_enter";
  if (const int error = round_trip(ring, calls)) return error;
  failing_call = "io_uring_register(IORING_REGISTER_PROBE)";
  if (const int error = find_operations(ring, calls)) return error;
  failing_call = "io_uring_register(IORING_REGISTER_EVENTFD)";
  if (const int error = -calls.register_eventfd(ring, eventfd)) return error;
  io_uring_cq_eventfd_toggle(&ring, false);
  failing_call = "";
  return 0;
}

}  // namespace

int make_ring(const ring_options& options, int eventfd, ring_calls& calls, kernel_ring& made,
              const char*& failing_call) noexcept {
  failing_call = "io_uring_setup";
  if (const int error = ring_attempts(options).run(calls, made)) return error;
  const int error = try_out(made.ring, eventfd, calls, failing_call);
  if (error != 0) end_ring(made, calls);
  return error;
}

void end_ring(kernel_ring& ended, ring_calls& calls) noexcept {
  calls.tear_down(ended.ring);
  last_closed.store(clock::now().time_since_epoch().count(), std::memory_order_relaxed);
}

std::string differences(const ring_options& asked, const kernel_ring& made) {
  std::string text;
  if (asked.submission_polling)
    text += made.is_polled ? "; a kernel thread polls for submissions (SQPOLL)"
                           : "; the kernel refused a thread that polls (SQPOLL)";
  if (!made.is_reduced) return text;
  const auto limit = read_host_information().lockable_bytes;
  return text + "; it has " + std::to_string(made.submission_entries) + " entries, not " +
         std::to_string(asked.submission_entries) + ", and room for " +
         std::to_string(std::min(made.capacity(), asked.in_flight_max)) + " operations, not " +
         std::to_string(asked.in_flight_max) +
         ": the kernel has no memory for more that may be locked (RLIMIT_MEMLOCK" +
         (limit ? ", " + std::to_string(*limit) + " bytes here)" : std::string(")"));
}

}  // namespace asiofile::detail
