// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A file system in user space that shows a folder of another one, and delays every call. For forked
// children with private mounts only.

#include "private_mounts.hpp"

#include <sys/types.h>

#include <chrono>
#include <string>

#if defined(ASIOFILE_TEST_HAS_FUSE)
#if !defined(FUSE_USE_VERSION)
#define FUSE_USE_VERSION 35
#endif
#include <fuse3/fuse.h>

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#endif

namespace test_support {

#if defined(ASIOFILE_TEST_HAS_FUSE)

namespace mirror_server {

// Belongs to the server's process.
inline std::string root;
inline std::chrono::milliseconds delay{0};

inline std::string real(const char* path) {
  std::this_thread::sleep_for(delay);
  return root + path;
}
inline int result_of(long result) { return result == -1 ? -errno : static_cast<int>(result); }
inline int descriptor(const fuse_file_info* file) {
  std::this_thread::sleep_for(delay);
  return static_cast<int>(file->fh);
}

inline int getattr(const char* path, struct stat* status, fuse_file_info*) {
  return result_of(::lstat(real(path).c_str(), status));
}
inline int readlink(const char* path, char* into, std::size_t size) {
  const ssize_t found = ::readlink(real(path).c_str(), into, size - 1);
  if (found == -1) return -errno;
  into[found] = '\0';
  return 0;
}
inline int mknod(const char* path, mode_t mode, dev_t device) {
  return result_of(::mknod(real(path).c_str(), mode, device));
}
inline int mkdir(const char* path, mode_t mode) {
  return result_of(::mkdir(real(path).c_str(), mode));
}
inline int unlink(const char* path) { return result_of(::unlink(real(path).c_str())); }
inline int rmdir(const char* path) { return result_of(::rmdir(real(path).c_str())); }
inline int symlink(const char* to, const char* path) {
  return result_of(::symlink(to, real(path).c_str()));
}
inline int rename(const char* from, const char* to, unsigned flags) {
  return result_of(::renameat2(AT_FDCWD, real(from).c_str(), AT_FDCWD, (root + to).c_str(), flags));
}
inline int link(const char* from, const char* to) {
  return result_of(::link(real(from).c_str(), (root + to).c_str()));
}
inline int chmod(const char* path, mode_t mode, fuse_file_info*) {
  return result_of(::chmod(real(path).c_str(), mode));
}
inline int chown(const char* path, uid_t user, gid_t group, fuse_file_info*) {
  return result_of(::lchown(real(path).c_str(), user, group));
}
inline int truncate(const char* path, off_t size, fuse_file_info*) {
  return result_of(::truncate(real(path).c_str(), size));
}
inline int utimens(const char* path, const timespec times[2], fuse_file_info*) {
  return result_of(::utimensat(AT_FDCWD, real(path).c_str(), times, AT_SYMLINK_NOFOLLOW));
}
inline int open_with(const char* path, int flags, mode_t mode, fuse_file_info* file) {
  // The server's buffers are not aligned.
  const int fd = ::open(real(path).c_str(), (flags & ~(O_DIRECT | O_APPEND)) | O_CLOEXEC, mode);
  if (fd == -1) return -errno;
  file->fh = static_cast<std::uint64_t>(fd);
  return 0;
}
inline int open(const char* path, fuse_file_info* file) {
  return open_with(path, file->flags & ~(O_CREAT | O_EXCL), 0, file);
}
inline int create(const char* path, mode_t mode, fuse_file_info* file) {
  return open_with(path, file->flags | O_CREAT, mode, file);
}
inline int read(const char*, char* bytes, std::size_t size, off_t offset, fuse_file_info* file) {
  return result_of(::pread(descriptor(file), bytes, size, offset));
}
inline int write(const char*, const char* bytes, std::size_t size, off_t offset,
                 fuse_file_info* file) {
  return result_of(::pwrite(descriptor(file), bytes, size, offset));
}
inline int statfs(const char* path, struct statvfs* status) {
  return result_of(::statvfs(real(path).c_str(), status));
}
inline int flush(const char*, fuse_file_info* file) { return descriptor(file) < 0 ? -EBADF : 0; }
inline int release(const char*, fuse_file_info* file) {
  return result_of(::close(descriptor(file)));
}
inline int fsync(const char*, int, fuse_file_info* file) {
  return result_of(::fsync(descriptor(file)));
}
inline int fsyncdir(const char* path, int, fuse_file_info*) {
  return real(path).empty() ? -EIO : 0;
}
inline int fallocate(const char*, int mode, off_t offset, off_t length, fuse_file_info* file) {
  return result_of(::fallocate(descriptor(file), mode, offset, length));
}
inline int readdir(const char* path, void* into, fuse_fill_dir_t add, off_t, fuse_file_info*,
                   fuse_readdir_flags) {
  DIR* const folder = ::opendir(real(path).c_str());
  if (folder == nullptr) return -errno;
  while (const dirent* const each = ::readdir(folder)) {
    struct stat status {};
    status.st_ino = each->d_ino;
    status.st_mode = static_cast<mode_t>(each->d_type << 12);
    if (add(into, each->d_name, &status, 0, fuse_fill_dir_flags{}) != 0) break;
  }
  ::closedir(folder);
  return 0;
}

inline void* start(fuse_conn_info*, fuse_config* settings) {
  // Nothing is cached: every request waits.
  settings->attr_timeout = settings->entry_timeout = settings->negative_timeout = 0;
  return nullptr;
}

inline int serve(const std::string& where) {
  fuse_operations operations{};
  operations.init = start;
  operations.getattr = getattr;
  operations.readlink = readlink;
  operations.mknod = mknod;
  operations.mkdir = mkdir;
  operations.unlink = unlink;
  operations.rmdir = rmdir;
  operations.symlink = symlink;
  operations.rename = rename;
  operations.link = link;
  operations.chmod = chmod;
  operations.chown = chown;
  operations.truncate = truncate;
  operations.utimens = utimens;
  operations.open = open;
  operations.create = create;
  operations.read = read;
  operations.write = write;
  operations.statfs = statfs;
  operations.flush = flush;
  operations.release = release;
  operations.fsync = fsync;
  operations.fsyncdir = fsyncdir;
  operations.fallocate = fallocate;
  operations.readdir = readdir;
  char program[] = "asiofile-test";
  char* arguments[] = {program, nullptr};
  fuse_args parsed = FUSE_ARGS_INIT(1, arguments);
  fuse* const server = fuse_new(&parsed, &operations, sizeof operations, nullptr);
  if (server == nullptr || fuse_mount(server, where.c_str()) != 0) return 1;
  fuse_loop_config config{};
  config.max_idle_threads = 10;
  return fuse_loop_mt(server, &config);
}

}  // namespace mirror_server

class mirror_file_system {
 public:
  mirror_file_system() = default;
  ~mirror_file_system() {
    if (server_ <= 0) return;
    ::umount2(where_.c_str(), MNT_DETACH);
    ::kill(server_, SIGKILL);
    ::waitpid(server_, nullptr, 0);
  }
  mirror_file_system(const mirror_file_system&) = delete;
  mirror_file_system& operator=(const mirror_file_system&) = delete;

  // Shows `folder` at `where`. `delay`: how long each call takes. Before any thread is started.
  obstacle mount(const std::string& folder, const std::string& where,
                 std::chrono::milliseconds delay) {
    if (::mkdir(where.c_str(), 0700) == -1 && errno != EEXIST) return errno_obstacle("mkdir");
    // The path as the kernel lists it.
    where_ = std::filesystem::canonical(where).string();
    if (::access("/dev/fuse", R_OK | W_OK) == -1) return errno_obstacle("no FUSE: /dev/fuse");
    server_ = ::fork();
    if (server_ == -1) return errno_obstacle("fork");
    if (server_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::umask(0);
      mirror_server::root = folder;
      mirror_server::delay = delay;
      ::_exit(mirror_server::serve(where));
    }
    return wait_until_mounted();
  }

  // As in `st_dev`. Makes no request to the server.
  [[nodiscard]] dev_t device() const { return device_; }

 private:
  // Checks the kernel's list of mounts: accessing the folder would wait for the server.
  obstacle wait_until_mounted() {
    constexpr int looks = 5000;
    for (int i = 0; i != looks; ++i) {
      std::ifstream mounts("/proc/self/mountinfo");
      for (std::string line; std::getline(mounts, line);) {
        std::istringstream words(line);
        std::string id, parent, numbers, root, at;
        words >> id >> parent >> numbers >> root >> at;
        if (at != where_) continue;
        unsigned major = 0;
        unsigned minor = 0;
        if (std::sscanf(numbers.c_str(), "%u:%u", &major, &minor) != 2) continue;
        device_ = makedev(major, minor);
        return {};
      }
      if (::waitpid(server_, nullptr, WNOHANG) == server_) {
        server_ = -1;
        return "FUSE cannot be mounted here";
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return "FUSE was not mounted in time";
  }

  pid_t server_ = -1;
  dev_t device_ = 0;
  std::string where_;
};

#else

class mirror_file_system {
 public:
  obstacle mount(const std::string&, const std::string&, std::chrono::milliseconds) {
    return "the tests were built without libfuse 3";
  }
  [[nodiscard]] dev_t device() const { return 0; }
};

#endif

}  // namespace test_support
