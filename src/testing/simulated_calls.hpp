// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The table of system calls of a simulated file system.

#include "system/system_calls.hpp"

namespace asiofile::testing::detail {

using asiofile::detail::file_system_facts;
using asiofile::detail::space_change;
using asiofile::detail::transfer_flags;

class memory_system;

// A descriptor that does not belong to the file system is one of the kernel's (a program has
// assigned it to a file object), or is not open: the kernel's call is made.
class simulated_calls final : public asiofile::detail::system_calls {
 public:
  // Destroyed with the file system.
  explicit simulated_calls(memory_system& files) noexcept : files_(files) {}

  std::int64_t close(int fd) noexcept override;
  std::int64_t duplicate(int fd) noexcept override;
  std::int64_t readv(int fd, const iovec* buffers, int count) noexcept override;
  std::int64_t writev(int fd, const iovec* buffers, int count) noexcept override;
  std::int64_t preadv(int fd, const iovec* buffers, int count, off_t offset) noexcept override;
  std::int64_t pwritev(int fd, const iovec* buffers, int count, off_t offset) noexcept override;
  std::int64_t preadv2(int fd, const iovec* buffers, int count, off_t offset,
                       transfer_flags flags) noexcept override;
  std::int64_t pwritev2(int fd, const iovec* buffers, int count, off_t offset,
                        transfer_flags flags) noexcept override;
  std::int64_t lseek(int fd, off_t offset, int whence) noexcept override;
  std::int64_t fsync(int fd) noexcept override;
  std::int64_t fdatasync(int fd) noexcept override;
  std::int64_t syncfs(int fd) noexcept override;
  std::int64_t fallocate(int fd, space_change change, off_t offset, off_t length) noexcept override;
  std::int64_t set_lock(int fd, int type, off_t offset, off_t length) noexcept override;
  std::int64_t fadvise(int fd, off_t offset, off_t length, int advice) noexcept override;
  std::int64_t clone(int to, int from) noexcept override;
  std::int64_t copy_file_range(int from, int to, off_t offset,
                               std::size_t length) noexcept override;
  std::int64_t sendfile(int to, int from, off_t offset, std::size_t length) noexcept override;
  std::int64_t ftruncate(int fd, off_t size) noexcept override;
  std::int64_t status_flags(int fd) noexcept override;
  void set_blocking(int fd) noexcept override;
  std::int64_t fstat(int fd, struct stat& found) noexcept override;
  std::int64_t status(int fd, file_status& found) noexcept override;
  std::int64_t fchmod(int fd, mode_t mode) noexcept override;
  std::int64_t fchown(int fd, uid_t owner, gid_t group) noexcept override;
  std::int64_t flistxattr(int fd, char* found, std::size_t size) noexcept override;
  std::int64_t fgetxattr(int fd, const char* attribute, void* value,
                         std::size_t size) noexcept override;
  std::int64_t fsetxattr(int fd, const char* attribute, const void* value,
                         std::size_t size) noexcept override;
  std::int64_t fremovexattr(int fd, const char* attribute) noexcept override;
  io_alignment direct_alignment(int fd) noexcept override;
  untorn_write_limits untorn_writes(int fd) noexcept override;
  file_system_facts file_system(int fd) noexcept override;
  [[nodiscard]] bool has_nowait() const noexcept override { return false; }

  std::int64_t openat(int base, const char* path, int flags, mode_t mode) noexcept override;
  std::int64_t open_beneath(int root, const std::string& path, int open_flags,
                            std::uint32_t permissions) noexcept override;
  std::int64_t open_place(int base, const char* name) noexcept override;
  std::int64_t link_descriptor(int fd, int to_base, const char* to) noexcept override;
  bool may_link_descriptor(int fd) noexcept override;
  std::int64_t open_directory(int base, const char* path,
                              std::unique_ptr<asiofile::detail::directory_stream>& opened) override;
  std::int64_t fstatat(int base, const char* path, struct stat& found, int flags) noexcept override;
  std::int64_t path_status(int base, const char* path, bool follow,
                           file_status& found) noexcept override;
  std::int64_t may_write(int fd) noexcept override;
  asiofile::detail::inode_flags flags_at(int base, const char* path) noexcept override;
  bool has_magic_links(int directory) noexcept override;
  std::int64_t renameat(int from_base, const char* from, int to_base,
                        const char* to) noexcept override;
  std::int64_t renameat2(int from_base, const char* from, int to_base, const char* to,
                         unsigned flags) noexcept override;
  std::int64_t unlinkat(int base, const char* path, int flags) noexcept override;
  std::int64_t mkdirat(int base, const char* path, mode_t mode) noexcept override;
  std::int64_t linkat(int from_base, const char* from, int to_base, const char* to,
                      int flags) noexcept override;
  std::int64_t symlinkat(const char* target, int base, const char* path) noexcept override;
  std::int64_t readlinkat(int base, const char* path, char* into,
                          std::size_t size) noexcept override;

  std::uint64_t unlikely_number() noexcept override;

 private:
  memory_system& files_;
};

}  // namespace asiofile::testing::detail
