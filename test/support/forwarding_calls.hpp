// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The kernel's calls, for tests that answer some of them otherwise.

#include "system/directory_stream.hpp"
#include "system/system_calls.hpp"

#include <memory>

namespace test_support {

// Override what is to be different.
class forwarding_calls : public asiofile::detail::system_calls {
 public:
  std::int64_t close(int fd) noexcept override { return kernel_->close(fd); }
  std::int64_t duplicate(int fd) noexcept override { return kernel_->duplicate(fd); }
  std::int64_t readv(int fd, const iovec* buffers, int count) noexcept override {
    return kernel_->readv(fd, buffers, count);
  }
  std::int64_t writev(int fd, const iovec* buffers, int count) noexcept override {
    return kernel_->writev(fd, buffers, count);
  }
  std::int64_t preadv(int fd, const iovec* buffers, int count, off_t offset) noexcept override {
    return kernel_->preadv(fd, buffers, count, offset);
  }
  std::int64_t pwritev(int fd, const iovec* buffers, int count, off_t offset) noexcept override {
    return kernel_->pwritev(fd, buffers, count, offset);
  }
  std::int64_t lseek(int fd, off_t offset, int whence) noexcept override {
    return kernel_->lseek(fd, offset, whence);
  }
  std::int64_t fsync(int fd) noexcept override { return kernel_->fsync(fd); }
  std::int64_t fdatasync(int fd) noexcept override { return kernel_->fdatasync(fd); }
  std::int64_t syncfs(int fd) noexcept override { return kernel_->syncfs(fd); }
  std::int64_t fallocate(int fd, off_t offset, off_t length) noexcept override {
    return kernel_->fallocate(fd, offset, length);
  }
  std::int64_t fadvise(int fd, off_t offset, off_t length, int advice) noexcept override {
    return kernel_->fadvise(fd, offset, length, advice);
  }
  std::int64_t clone(int to, int from) noexcept override { return kernel_->clone(to, from); }
  std::int64_t copy_file_range(int from, int to, off_t offset,
                               std::size_t length) noexcept override {
    return kernel_->copy_file_range(from, to, offset, length);
  }
  std::int64_t sendfile(int to, int from, off_t offset, std::size_t length) noexcept override {
    return kernel_->sendfile(to, from, offset, length);
  }
  std::int64_t ftruncate(int fd, off_t size) noexcept override {
    return kernel_->ftruncate(fd, size);
  }
  std::int64_t status_flags(int fd) noexcept override { return kernel_->status_flags(fd); }
  void set_blocking(int fd) noexcept override { kernel_->set_blocking(fd); }
  std::int64_t fstat(int fd, struct stat& found) noexcept override {
    return kernel_->fstat(fd, found);
  }
  std::int64_t status(int fd, asiofile::file_status& found) noexcept override {
    return kernel_->status(fd, found);
  }
  std::int64_t fchmod(int fd, mode_t mode) noexcept override { return kernel_->fchmod(fd, mode); }
  std::int64_t fchown(int fd, uid_t owner, gid_t group) noexcept override {
    return kernel_->fchown(fd, owner, group);
  }
  std::int64_t flistxattr(int fd, char* found, std::size_t size) noexcept override {
    return kernel_->flistxattr(fd, found, size);
  }
  std::int64_t fgetxattr(int fd, const char* attribute, void* value,
                         std::size_t size) noexcept override {
    return kernel_->fgetxattr(fd, attribute, value, size);
  }
  std::int64_t fsetxattr(int fd, const char* attribute, const void* value,
                         std::size_t size) noexcept override {
    return kernel_->fsetxattr(fd, attribute, value, size);
  }
  std::int64_t fremovexattr(int fd, const char* attribute) noexcept override {
    return kernel_->fremovexattr(fd, attribute);
  }
  asiofile::io_alignment direct_alignment(int fd) noexcept override {
    return kernel_->direct_alignment(fd);
  }
  asiofile::detail::file_system_facts file_system(int fd) noexcept override {
    return kernel_->file_system(fd);
  }
  [[nodiscard]] bool has_nowait() const noexcept override { return kernel_->has_nowait(); }
  std::int64_t openat(int base, const char* path, int flags, mode_t mode) noexcept override {
    return kernel_->openat(base, path, flags, mode);
  }
  std::int64_t open_beneath(int root, const std::string& path, int open_flags,
                            std::uint32_t permissions) noexcept override {
    return kernel_->open_beneath(root, path, open_flags, permissions);
  }
  std::int64_t open_place(int base, const char* name) noexcept override {
    return kernel_->open_place(base, name);
  }
  std::int64_t link_descriptor(int fd, int to_base, const char* to) noexcept override {
    return kernel_->link_descriptor(fd, to_base, to);
  }
  bool may_link_descriptor(int fd) noexcept override { return kernel_->may_link_descriptor(fd); }
  std::int64_t open_directory(
      int base, const char* path,
      std::unique_ptr<asiofile::detail::directory_stream>& opened) override {
    return kernel_->open_directory(base, path, opened);
  }
  std::int64_t fstatat(int base, const char* path, struct stat& found,
                       int flags) noexcept override {
    return kernel_->fstatat(base, path, found, flags);
  }
  std::int64_t path_status(int base, const char* path, bool follow,
                           asiofile::file_status& found) noexcept override {
    return kernel_->path_status(base, path, follow, found);
  }
  std::int64_t may_write(int fd) noexcept override { return kernel_->may_write(fd); }
  asiofile::detail::inode_flags flags_at(int base, const char* path) noexcept override {
    return kernel_->flags_at(base, path);
  }
  bool has_magic_links(int directory) noexcept override {
    return kernel_->has_magic_links(directory);
  }
  std::int64_t renameat(int from_base, const char* from, int to_base,
                        const char* to) noexcept override {
    return kernel_->renameat(from_base, from, to_base, to);
  }
  std::int64_t renameat2(int from_base, const char* from, int to_base, const char* to,
                         unsigned flags) noexcept override {
    return kernel_->renameat2(from_base, from, to_base, to, flags);
  }
  std::int64_t unlinkat(int base, const char* path, int flags) noexcept override {
    return kernel_->unlinkat(base, path, flags);
  }
  std::int64_t mkdirat(int base, const char* path, mode_t mode) noexcept override {
    return kernel_->mkdirat(base, path, mode);
  }
  std::int64_t linkat(int from_base, const char* from, int to_base, const char* to,
                      int flags) noexcept override {
    return kernel_->linkat(from_base, from, to_base, to, flags);
  }
  std::int64_t symlinkat(const char* target, int base, const char* path) noexcept override {
    return kernel_->symlinkat(target, base, path);
  }
  std::int64_t readlinkat(int base, const char* path, char* into,
                          std::size_t size) noexcept override {
    return kernel_->readlinkat(base, path, into, size);
  }
  std::uint64_t unlikely_number() noexcept override { return kernel_->unlikely_number(); }

 private:
  asiofile::detail::system_calls* const kernel_ = asiofile::detail::kernel_calls().get();
};

}  // namespace test_support
