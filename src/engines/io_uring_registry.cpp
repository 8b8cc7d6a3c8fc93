// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "engines/io_uring_registry.hpp"

#include "system/forks.hpp"

#include <sys/uio.h>

#include <cerrno>

namespace asiofile::detail {

io_uring_registry::io_uring_registry(io_uring& ring) noexcept
    : forks_(forks_so_far()), is_polled_((ring.flags & IORING_SETUP_SQPOLL) != 0), ring_(&ring) {}

// Checked before the mutex is taken: in a child it may be held forever by another thread of the
// parent.
bool io_uring_registry::is_of_parent() const noexcept { return forks_ != forks_so_far(); }

bool io_uring_registry::is_in_effect() const noexcept {
  if (is_of_parent()) return false;
  const scoped_lock lock(mutex_);
  return ring_ != nullptr;
}

void io_uring_registry::end() noexcept {
  if (is_of_parent()) return;
  const scoped_lock lock(mutex_);
  if (ring_ == nullptr) return;
  // The kernel frees a ring asynchronously after it is closed. The files must not stay open until
  // then, nor the memory be counted against RLIMIT_MEMLOCK.
  if (descriptors_.entries != 0) io_uring_unregister_files(ring_);
  if (memory_.entries != 0) io_uring_unregister_buffers(ring_);
  ring_ = nullptr;
}

// `set_up` is given a number of entries, `put` an index. Both return 0 or more, or an errno value,
// negated.
template <typename SetUp, typename Put>
int io_uring_registry::add(table& to, SetUp&& set_up, Put&& put) noexcept {
  if (ring_ == nullptr) return -ECANCELED;
  // A table of files may have no more than RLIMIT_NOFILE says (EMFILE).
  for (std::size_t entries = entries_max; to.entries == 0; entries /= 2) {
    const int result = set_up(static_cast<unsigned>(entries));
    if (result >= 0) to.entries = entries;
    else if (entries == 1 || (result != -EMFILE && result != -ENOMEM)) return result;
  }
  std::size_t index = 0;
  while (index != to.entries && to.taken[index]) ++index;
  if (index == to.entries) return -ENOBUFS;
  const int result = put(static_cast<unsigned>(index));
  if (result < 0) return result;
  to.taken[index] = true;
  return static_cast<int>(index);
}

int io_uring_registry::put_memory(unsigned index, void* start, std::size_t bytes) noexcept {
  const iovec part{start, bytes};
  __u64 tag = 0;
  return io_uring_register_buffers_update_tag(ring_, index, &part, &tag, 1);
}

int io_uring_registry::put_descriptor(unsigned index, int fd) noexcept {
  return io_uring_register_files_update(ring_, index, &fd, 1);
}

// Both tables are sparse ones (Linux 5.19): older kernels would wait at each change until nothing
// is in flight.
int io_uring_registry::add_memory(void* start, std::size_t bytes) noexcept {
  if (is_of_parent()) return -EOPNOTSUPP;
  const scoped_lock lock(mutex_);
  const auto set_up = [&](unsigned entries) ASIOFILE_REQUIRES(mutex_) {
    return io_uring_register_buffers_sparse(ring_, entries);
  };
  return add(memory_, set_up, [&](unsigned index) ASIOFILE_REQUIRES(mutex_) {
    return put_memory(index, start, bytes);
  });
}

int io_uring_registry::add_descriptor(int fd) noexcept {
  if (is_of_parent()) return -EOPNOTSUPP;
  const scoped_lock lock(mutex_);
  const auto set_up = [&](unsigned entries) ASIOFILE_REQUIRES(mutex_) {
    return io_uring_register_files_sparse(ring_, entries);
  };
  return add(descriptors_, set_up, [&](unsigned index) ASIOFILE_REQUIRES(mutex_) {
    return put_descriptor(index, fd);
  });
}

void io_uring_registry::remove_memory(std::uint16_t index) noexcept {
  if (is_of_parent()) return;
  const scoped_lock lock(mutex_);
  if (ring_ == nullptr) return;
  // If the kernel refuses (a sandbox that was installed later), the entry does not change, and
  // stays in use.
  if (put_memory(index, nullptr, 0) >= 0) memory_.taken[index] = false;
}

void io_uring_registry::remove_descriptor(std::uint16_t index) noexcept {
  if (is_of_parent()) return;
  const scoped_lock lock(mutex_);
  if (ring_ == nullptr) return;
  if (put_descriptor(index, -1) >= 0) descriptors_.taken[index] = false;
}

// The polling thread posts completions, and then puts the files of the requests, both with the
// ring's lock held (io_uring/io_uring.c, __io_submit_flush_completions). Any io_uring_register(2)
// takes that lock.
void io_uring_registry::release_files() noexcept {
  if (!is_polled_ || is_of_parent()) return;
  const scoped_lock lock(mutex_);
  if (ring_ == nullptr) return;
  alignas(io_uring_probe) std::byte unused[sizeof(io_uring_probe) + sizeof(io_uring_probe_op)] = {};
  io_uring_register_probe(ring_, reinterpret_cast<io_uring_probe*>(unused), 1);
}

}  // namespace asiofile::detail
