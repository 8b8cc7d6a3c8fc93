// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Forwards to the calls of another system; a derived class overrides some of them.

#include "system/directory_stream.hpp"
#include "system/system_calls.hpp"

#include <memory>
#include <string>
#include <utility>

namespace asiofile::detail {

class forwarding_calls : public system_calls {
 public:
  explicit forwarding_calls(system_calls_ptr system) noexcept : system_(std::move(system)) {}

  std::int64_t close(int fd) noexcept override { return system_->close(fd); }
  std::int64_t duplicate(int fd) noexcept override { return system_->duplicate(fd); }
  std::int64_t readv(int fd, const iovec* buffers, int count) noexcept override {
    return system_->readv(fd, buffers, count);
  }
  std::int64_t writev(int fd, const iovec* buffers, int count) noexcept override {
    return system_->writev(fd, buffers, count);
  }
  std::int64_t preadv(int fd, const iovec* buffers, int count, off_t offset) noexcept override {
    return system_->preadv(fd, buffers, count, offset);
  }
  std::int64_t pwritev(int fd, const iovec* buffers, int count, off_t offset) noexcept override {
    return system_->pwritev(fd, buffers, count, offset);
  }
  std::int64_t preadv2(int fd, const iovec* buffers, int count, off_t offset,
                       transfer_flags flags) noexcept override {
    return system_->preadv2(fd, buffers, count, offset, flags);
  }
  std::int64_t pwritev2(int fd, const iovec* buffers, int count, off_t offset,
                        transfer_flags flags) noexcept override {
    return system_->pwritev2(fd, buffers, count, offset, flags);
  }
  std::int64_t lseek(int fd, off_t offset, int whence) noexcept override {
    return system_->lseek(fd, offset, whence);
  }
  std::int64_t fsync(int fd) noexcept override { return system_->fsync(fd); }
  std::int64_t fdatasync(int fd) noexcept override { return system_->fdatasync(fd); }
  std::int64_t syncfs(int fd) noexcept override { return system_->syncfs(fd); }
  std::int64_t fallocate(int fd, space_change change, off_t offset,
                         off_t length) noexcept override {
    return system_->fallocate(fd, change, offset, length);
  }
  std::int64_t set_lock(int fd, int type, off_t offset, off_t length) noexcept override {
    return system_->set_lock(fd, type, offset, length);
  }
  std::int64_t fadvise(int fd, off_t offset, off_t length, int advice) noexcept override {
    return system_->fadvise(fd, offset, length, advice);
  }
  std::int64_t clone(int to, int from) noexcept override { return system_->clone(to, from); }
  std::int64_t copy_file_range(int from, int to, off_t offset,
                               std::size_t length) noexcept override {
    return system_->copy_file_range(from, to, offset, length);
  }
  std::int64_t sendfile(int to, int from, off_t offset, std::size_t length) noexcept override {
    return system_->sendfile(to, from, offset, length);
  }
  std::int64_t ftruncate(int fd, off_t size) noexcept override {
    return system_->ftruncate(fd, size);
  }
  std::int64_t status_flags(int fd) noexcept override { return system_->status_flags(fd); }
  void set_blocking(int fd) noexcept override { system_->set_blocking(fd); }
  std::int64_t fstat(int fd, struct stat& found) noexcept override {
    return system_->fstat(fd, found);
  }
  std::int64_t status(int fd, file_status& found) noexcept override {
    return system_->status(fd, found);
  }
  std::int64_t fchmod(int fd, mode_t mode) noexcept override { return system_->fchmod(fd, mode); }
  std::int64_t fchown(int fd, uid_t owner, gid_t group) noexcept override {
    return system_->fchown(fd, owner, group);
  }
  std::int64_t flistxattr(int fd, char* found, std::size_t size) noexcept override {
    return system_->flistxattr(fd, found, size);
  }
  std::int64_t fgetxattr(int fd, const char* attribute, void* value,
                         std::size_t size) noexcept override {
    return system_->fgetxattr(fd, attribute, value, size);
  }
  std::int64_t fsetxattr(int fd, const char* attribute, const void* value,
                         std::size_t size) noexcept override {
    return system_->fsetxattr(fd, attribute, value, size);
  }
  std::int64_t fremovexattr(int fd, const char* attribute) noexcept override {
    return system_->fremovexattr(fd, attribute);
  }
  io_alignment direct_alignment(int fd) noexcept override { return system_->direct_alignment(fd); }
  untorn_write_limits untorn_writes(int fd) noexcept override {
    return system_->untorn_writes(fd);
  }
  file_system_facts file_system(int fd) noexcept override { return system_->file_system(fd); }
  [[nodiscard]] bool has_nowait() const noexcept override { return system_->has_nowait(); }
  std::int64_t openat(int base, const char* path, int flags, mode_t mode) noexcept override {
    return system_->openat(base, path, flags, mode);
  }
  std::int64_t open_beneath(int root, const std::string& path, int open_flags,
                            std::uint32_t permissions) noexcept override {
    return system_->open_beneath(root, path, open_flags, permissions);
  }
  std::int64_t open_place(int base, const char* name) noexcept override {
    return system_->open_place(base, name);
  }
  std::int64_t link_descriptor(int fd, int to_base, const char* to) noexcept override {
    return system_->link_descriptor(fd, to_base, to);
  }
  bool may_link_descriptor(int fd) noexcept override { return system_->may_link_descriptor(fd); }
  std::int64_t open_directory(int base, const char* path,
                              std::unique_ptr<directory_stream>& opened) override {
    return system_->open_directory(base, path, opened);
  }
  std::int64_t fstatat(int base, const char* path, struct stat& found,
                       int flags) noexcept override {
    return system_->fstatat(base, path, found, flags);
  }
  std::int64_t path_status(int base, const char* path, bool follow,
                           file_status& found) noexcept override {
    return system_->path_status(base, path, follow, found);
  }
  std::int64_t may_write(int fd) noexcept override { return system_->may_write(fd); }
  inode_flags flags_at(int base, const char* path) noexcept override {
    return system_->flags_at(base, path);
  }
  bool has_magic_links(int directory) noexcept override {
    return system_->has_magic_links(directory);
  }
  std::int64_t renameat(int from_base, const char* from, int to_base,
                        const char* to) noexcept override {
    return system_->renameat(from_base, from, to_base, to);
  }
  std::int64_t renameat2(int from_base, const char* from, int to_base, const char* to,
                         unsigned flags) noexcept override {
    return system_->renameat2(from_base, from, to_base, to, flags);
  }
  std::int64_t unlinkat(int base, const char* path, int flags) noexcept override {
    return system_->unlinkat(base, path, flags);
  }
  std::int64_t mkdirat(int base, const char* path, mode_t mode) noexcept override {
    return system_->mkdirat(base, path, mode);
  }
  std::int64_t linkat(int from_base, const char* from, int to_base, const char* to,
                      int flags) noexcept override {
    return system_->linkat(from_base, from, to_base, to, flags);
  }
  std::int64_t symlinkat(const char* target, int base, const char* path) noexcept override {
    return system_->symlinkat(target, base, path);
  }
  std::int64_t readlinkat(int base, const char* path, char* into,
                          std::size_t size) noexcept override {
    return system_->readlinkat(base, path, into, size);
  }
  std::uint64_t unlikely_number() noexcept override { return system_->unlikely_number(); }

 protected:
  [[nodiscard]] const system_calls_ptr& system() const noexcept { return system_; }

 private:
  const system_calls_ptr system_;
};

}  // namespace asiofile::detail
