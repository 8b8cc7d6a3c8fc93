// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "engines/ring_calls.hpp"

#include <poll.h>

#include <new>

namespace asiofile::detail {

int ring_calls::set_up(unsigned entries, io_uring& ring, io_uring_params& parameters) noexcept {
  return io_uring_queue_init_params(entries, &ring, &parameters);
}

void ring_calls::tear_down(io_uring& ring) noexcept { io_uring_queue_exit(&ring); }

// Not io_uring_get_probe_ring(3), which does not say why it fails.
int ring_calls::probe(io_uring& ring, io_uring_probe& found, unsigned count_max) noexcept {
  return io_uring_register_probe(&ring, &found, count_max);
}

int ring_calls::register_eventfd(io_uring& ring, int fd) noexcept {
  return io_uring_register_eventfd(&ring, fd);
}

int ring_calls::submit(io_uring& ring) noexcept { return io_uring_submit(&ring); }

int ring_calls::submit_and_wait(io_uring& ring) noexcept {
  return io_uring_submit_and_wait(&ring, 1);
}

void ring_calls::wait(io_uring& ring, int milliseconds) noexcept {
  pollfd watched{ring.ring_fd, POLLIN, 0};
  ::poll(&watched, 1, milliseconds);
  if (io_uring_cq_has_overflow(&ring)) io_uring_get_events(&ring);
}

int ring_calls::cancel(io_uring& ring, io_uring_sync_cancel_reg& which) noexcept {
  which.timeout = {};
  return io_uring_register_sync_cancel(&ring, &which);
}

ring_calls& kernel_ring_calls() noexcept {
  // Never destroyed: static objects of the program may have contexts.
  alignas(ring_calls) static unsigned char memory[sizeof(ring_calls)];
  static ring_calls& calls = *::new (memory) ring_calls;
  return calls;
}

}  // namespace asiofile::detail
