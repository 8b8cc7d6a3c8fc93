#pragma once

// A file system in user space with one file, kept in memory, which takes its time if told to. Where
// the tests were built without libfuse, it says so. For forked children with private mounts only.

#include "private_mounts.hpp"

#include <sys/types.h>

#include <chrono>
#include <string>

#if defined(ASIOFILE_TEST_HAS_FUSE)
#define FUSE_USE_VERSION 35
#include <fuse3/fuse.h>

#include <sys/prctl.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <thread>
#endif

namespace test_support {

#if defined(ASIOFILE_TEST_HAS_FUSE)

namespace fuse_server {

// Of the server's process.
inline std::chrono::milliseconds delay{0};
inline std::mutex mutex;
inline std::string content;
inline constexpr const char* name = "/file";

inline int getattr(const char* path, struct stat* status, fuse_file_info*) {
  *status = {};
  if (std::strcmp(path, "/") == 0) {
    status->st_mode = S_IFDIR | 0700;
    status->st_nlink = 2;
    return 0;
  }
  if (std::strcmp(path, name) != 0) return -ENOENT;
  const std::lock_guard lock(mutex);
  status->st_mode = S_IFREG | 0600;
  status->st_nlink = 1;
  status->st_size = static_cast<off_t>(content.size());
  return 0;
}

inline int open(const char* path, fuse_file_info*) {
  return std::strcmp(path, name) == 0 ? 0 : -ENOENT;
}

inline int read(const char*, char* bytes, std::size_t size, off_t offset, fuse_file_info*) {
  std::this_thread::sleep_for(delay);
  const std::lock_guard lock(mutex);
  const auto first = std::min(static_cast<std::size_t>(offset), content.size());
  return static_cast<int>(content.copy(bytes, size, first));
}

inline int write(const char*, const char* bytes, std::size_t size, off_t offset, fuse_file_info*) {
  std::this_thread::sleep_for(delay);
  const std::lock_guard lock(mutex);
  const auto first = static_cast<std::size_t>(offset);
  content.resize(std::max(content.size(), first + size));
  content.replace(first, size, bytes, size);
  return static_cast<int>(size);
}

inline int truncate(const char*, off_t size, fuse_file_info*) {
  const std::lock_guard lock(mutex);
  content.resize(static_cast<std::size_t>(size));
  return 0;
}

inline int fsync(const char*, int, fuse_file_info*) {
  std::this_thread::sleep_for(delay);
  return 0;
}

inline int serve(const std::string& where) {
  fuse_operations operations{};
  operations.getattr = getattr;
  operations.open = open;
  operations.read = read;
  operations.write = write;
  operations.truncate = truncate;
  operations.fsync = fsync;
  char program[] = "asiofile-test";
  char* arguments[] = {program, nullptr};
  fuse_args parsed = FUSE_ARGS_INIT(1, arguments);
  fuse* const server = fuse_new(&parsed, &operations, sizeof operations, nullptr);
  if (server == nullptr || fuse_mount(server, where.c_str()) != 0) return 1;
  fuse_loop_config config{};
  config.max_idle_threads = 10;
  return fuse_loop_mt(server, &config);
}

}  // namespace fuse_server

class fuse_file_system {
 public:
  fuse_file_system() = default;
  ~fuse_file_system() {
    if (server_ <= 0) return;
    ::umount2(where_.c_str(), MNT_DETACH);
    ::kill(server_, SIGKILL);
    ::waitpid(server_, nullptr, 0);
  }
  fuse_file_system(const fuse_file_system&) = delete;
  fuse_file_system& operator=(const fuse_file_system&) = delete;

  // Mounts it on a folder. `delay`: how long each read, write and sync takes.
  obstacle mount(const std::string& where, std::chrono::milliseconds delay) {
    where_ = where;
    if (::access("/dev/fuse", R_OK | W_OK) == -1) return errno_obstacle("no FUSE: /dev/fuse");
    if (::mkdir(where.c_str(), 0700) == -1 && errno != EEXIST) return errno_obstacle("mkdir");
    server_ = ::fork();
    if (server_ == -1) return errno_obstacle("fork");
    if (server_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      fuse_server::delay = delay;
      ::_exit(fuse_server::serve(where));
    }
    return wait_until_mounted();
  }

  [[nodiscard]] std::string path() const { return where_ + fuse_server::name; }

 private:
  obstacle wait_until_mounted() {
    constexpr long fuse_magic = 0x65735546;  // FUSE_SUPER_MAGIC, <linux/magic.h>
    constexpr int looks = 5000;
    for (int i = 0; i != looks; ++i) {
      struct statfs status {};
      if (::statfs(where_.c_str(), &status) == 0 &&
          static_cast<long>(status.f_type) == fuse_magic)
        return {};
      if (::waitpid(server_, nullptr, WNOHANG) == server_) {
        server_ = -1;
        return "FUSE cannot be mounted here";
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return "FUSE was not mounted in time";
  }

  pid_t server_ = -1;
  std::string where_;
};

#else

class fuse_file_system {
 public:
  obstacle mount(const std::string&, std::chrono::milliseconds) {
    return "the tests were built without libfuse 3";
  }
  [[nodiscard]] std::string path() const { return {}; }
};

#endif

}  // namespace test_support
