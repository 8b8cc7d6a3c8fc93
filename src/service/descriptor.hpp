#pragma once

// An open file descriptor, closed when its last user lets go of it.

#include "engines/registry.hpp"

#include <asiofile/detail/file_access.hpp>
#include <asiofile/detail/operation.hpp>

#include <fcntl.h>

#include <cstdint>
#include <memory>

namespace asiofile::detail {

class descriptor {
 public:
  // None yet.
  descriptor() noexcept = default;
  ~descriptor();
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  // Takes `fd`, and asks the system what kind of file it is. Returns false, and takes nothing,
  // where it is no open descriptor. `open_flags`: the `file_base::flags` that it was opened with, as
  // far as they matter later.
  bool adopt(int fd, ownership owner, int open_flags = 0) noexcept;

  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] bool is_owned() const noexcept { return owner_ == ownership::owned; }

  // The file has no positions: FIFO, terminal, socket.
  [[nodiscard]] bool is_stream() const noexcept { return is_stream_; }

  // A regular file or a block device.
  [[nodiscard]] bool is_storage() const noexcept { return is_storage_; }

  // A regular file of a file system that has no device (tmpfs): to read it is to copy memory.
  [[nodiscard]] bool is_in_memory() const noexcept { return is_in_memory_; }

  // How it is open: fcntl(2), F_GETFL, when it was adopted.
  [[nodiscard]] int status_flags() const noexcept { return status_flags_; }

  // Tells an operation on it what its path depends on.
  void describe(operation& user) const noexcept {
    user.fd = fd_;
    user.is_stream = is_stream_;
    user.is_storage = is_storage_;
    user.is_in_memory = is_in_memory_;
    user.open_flags = status_flags_;
#if defined(O_DIRECT)
    user.is_direct = (status_flags_ & O_DIRECT) != 0;
#endif
  }

  // To be synchronised before it is closed: `file_base::sync_on_close`. Not where nothing can have
  // been written, or nothing of it be kept.
  [[nodiscard]] bool is_synced_on_close() const noexcept;

  // It has a place in a ring's table, which holds the file open. Lost before the descriptor is closed
  // or released.
  void set_registered(std::shared_ptr<registry> with, std::uint16_t index) noexcept;
  // In a child after a fork: the table is the parent's.
  void forget_registered() noexcept;
  // `registered_indices::none` where there is none.
  [[nodiscard]] std::uint16_t registered_index() const noexcept { return registered_index_; }

  // The write whose sync is under way, for others as well: see `shared_syncs`.
  const operation* syncing = nullptr;

  // Lets go of the descriptor without closing it.
  int release() noexcept;

  // Closes it if it is owned. Returns 0 or an errno value; the descriptor is gone either way.
  int close() noexcept;

 private:
  int fd_ = -1;
  ownership owner_ = ownership::owned;
  bool is_stream_ = false;
  bool is_storage_ = false;
  bool is_in_memory_ = false;
  int status_flags_ = 0;
  bool is_synced_on_close_ = false;
  std::uint16_t registered_index_ = registered_indices::none;
  std::shared_ptr<registry> registered_with_;
};

}  // namespace asiofile::detail
