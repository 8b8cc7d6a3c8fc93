// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// An open file descriptor, shared by the file objects that are clones of each other and by
// synchronous functions that use it.

#include "engines/registry.hpp"
#include "system/file_facts.hpp"
#include "operations/operation.hpp"
#include "service/group_commit.hpp"
#include "service/service_lock.hpp"

#include <asiofile/detail/file_access.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace asiofile::detail {

class descriptor {
 public:
  // Without a descriptor.
  descriptor() noexcept = default;
  // Closes it, which may block: call `release` before where it must not.
  ~descriptor();
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  // Takes a descriptor; it must have none.
  void adopt(int fd, system_calls& system, ownership owner, bool syncs_on_close) noexcept {
    system_ = &system;
    fd_.store(fd, std::memory_order_relaxed);
    owner_ = owner;
    syncs_on_close_ = syncs_on_close;
  }

  // Openings that use it: the one that it was made for, and those of clones. Each has a reference,
  // which it drops when it leaves. The last opening closes the descriptor, unless synchronous calls
  // still hold references; then the last of those does.
  void add_opening() noexcept ASIOFILE_REQUIRES(service_lock) { ++openings_; }
  void remove_opening() noexcept ASIOFILE_REQUIRES(service_lock) { --openings_; }
  [[nodiscard]] std::uint32_t openings() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return openings_;
  }

  // Synchronous functions that use it: each has a reference, taken under the service's lock.
  void add_user() noexcept { users_.fetch_add(1, std::memory_order_relaxed); }
  void remove_user() noexcept { users_.fetch_sub(1, std::memory_order_relaxed); }
  // In a child after a fork, which has no such threads: their references stay forever.
  void lose_users() noexcept ASIOFILE_REQUIRES(service_lock) {
    lost_users_ += users_.exchange(0, std::memory_order_relaxed);
  }
  // Whether the given reference is the only one.
  [[nodiscard]] static bool is_only(const std::shared_ptr<descriptor>& reference) noexcept {
    return reference.use_count() == 1 + reference->lost_users_;
  }

  [[nodiscard]] int fd() const noexcept { return fd_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool is_owned() const noexcept { return owner_ == ownership::owned; }
  [[nodiscard]] system_calls& system() const noexcept { return *system_; }
  // To be synchronised before it is closed: `file_base::sync_on_close`, if data can have been
  // written and the file stores it.
  [[nodiscard]] bool syncs_on_close() const noexcept { return syncs_on_close_; }

  // It is registered with a ring, whose table keeps the file open as well.
  void set_registered(std::shared_ptr<registry> with, std::uint16_t index) noexcept
      ASIOFILE_REQUIRES(service_lock);
  // In a child after a fork: the table is the parent's.
  void forget_registered() noexcept ASIOFILE_REQUIRES(service_lock);
  // `registered_indices::none` if it is not registered.
  [[nodiscard]] std::uint16_t registered_index() const noexcept { return registered_index_; }

  // The code that closes it also removes it from the table. That must be done only once, because
  // the slot may belong to another file by then. The table exists until the descriptor is gone.
  [[nodiscard]] std::uint16_t take_place() noexcept ASIOFILE_REQUIRES(service_lock) {
    return std::exchange(registered_index_, registered_indices::none);
  }
  // It was not closed after all.
  void put_place_back(std::uint16_t index) noexcept ASIOFILE_REQUIRES(service_lock) {
    registered_index_ = index;
  }

  [[nodiscard]] registry* registered_with() const noexcept { return registered_with_.get(); }

  // Made when the first chain or sync begins. Throws std::bad_alloc.
  group_commit& commits() ASIOFILE_REQUIRES(service_lock);
  [[nodiscard]] group_commit* existing_commits() const noexcept { return commits_.get(); }

  // Releases the descriptor without closing it, leaving -1. The caller must remove it from the
  // ring's table.
  int release() noexcept;
  // Removes it from the ring's table: a system call.
  void unregister() noexcept;

  // Closes it if it is owned. Returns 0 or an errno value; the descriptor is gone either way.
  int close() noexcept;

 private:
  std::uint32_t openings_ ASIOFILE_GUARDED_BY(service_lock) = 1;
  std::atomic<int> users_ = 0;
  // Set while a child has one thread.
  int lost_users_ = 0;
  system_calls* system_ = nullptr;
  // Atomic because the thread that closes it, having found that its reference is the only one, is not
  // ordered after the thread that dropped the last other one: use_count() orders nothing.
  std::atomic<int> fd_ = -1;
  ownership owner_ = ownership::owned;
  bool syncs_on_close_ = false;
  std::uint16_t registered_index_ = registered_indices::none;
  std::shared_ptr<registry> registered_with_;
  std::unique_ptr<group_commit> commits_;
};

}  // namespace asiofile::detail
