// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A file system in user space with one file, kept in memory, which is slow or fails if told to. If
// the tests were built without libfuse, mounting reports that. For forked children with private
// mounts only.

#include "private_mounts.hpp"

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#if defined(ASIOFILE_TEST_HAS_FUSE)
#define FUSE_USE_VERSION 35
#include <fuse3/fuse.h>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <mutex>
#include <new>
#include <thread>
#endif

namespace test_support {

// The faults of a file system. Set before it is mounted.
struct file_system_faults {
  // How long each read, write and sync takes.
  std::chrono::milliseconds delay{0};
  // The kernel caches no pages of the file, so that the program sees what the server does.
  bool bypasses_cache = false;
  // No read, and no write, transfers more.
  std::size_t read_bytes_max = ~std::size_t{0};
  std::size_t write_bytes_max = ~std::size_t{0};
  // Errno values, 0 for none: of reads and writes that touch the byte `bad_byte`, and of the first
  // sync.
  int transfer_error = 0;
  std::uint64_t bad_byte = 0;
  int first_sync_error = 0;
  // Reads end only when they are interrupted.
  bool reads_hang = false;
};

// The requests that it got, in the order in which they were answered.
struct file_system_log {
  std::atomic<int> reads = 0;
  std::atomic<int> writes = 0;
  std::atomic<int> syncs = 0;
  std::atomic<int> interruptions = 0;
  // Bytes written when the last sync began.
  std::atomic<std::uint64_t> written_bytes = 0;
  std::atomic<std::uint64_t> synced_bytes = 0;
};

#if defined(ASIOFILE_TEST_HAS_FUSE)

namespace fuse_server {

// Belongs to the server's process.
inline file_system_faults faults;
inline file_system_log* log = nullptr;
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

inline int open(const char* path, fuse_file_info* opened) {
  if (std::strcmp(path, name) != 0) return -ENOENT;
  opened->direct_io = faults.bypasses_cache;
  return 0;
}

inline bool is_bad(std::size_t size, off_t offset) {
  const auto first = static_cast<std::uint64_t>(offset);
  return faults.transfer_error != 0 && first <= faults.bad_byte && faults.bad_byte - first < size;
}

inline int hang() {
  while (!fuse_interrupted()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  ++log->interruptions;
  return -EINTR;
}

inline int read(const char*, char* bytes, std::size_t size, off_t offset, fuse_file_info*) {
  ++log->reads;
  std::this_thread::sleep_for(faults.delay);
  if (faults.reads_hang) return hang();
  if (is_bad(size, offset)) return -faults.transfer_error;
  size = std::min(size, faults.read_bytes_max);
  const std::lock_guard lock(mutex);
  const auto first = std::min(static_cast<std::size_t>(offset), content.size());
  return static_cast<int>(content.copy(bytes, size, first));
}

inline int write(const char*, const char* bytes, std::size_t size, off_t offset, fuse_file_info*) {
  std::this_thread::sleep_for(faults.delay);
  if (is_bad(size, offset)) return -faults.transfer_error;
  size = std::min(size, faults.write_bytes_max);
  const std::lock_guard lock(mutex);
  const auto first = static_cast<std::size_t>(offset);
  content.resize(std::max(content.size(), first + size));
  content.replace(first, size, bytes, size);
  ++log->writes;
  log->written_bytes += size;
  return static_cast<int>(size);
}

inline int truncate(const char*, off_t size, fuse_file_info*) {
  const std::lock_guard lock(mutex);
  content.resize(static_cast<std::size_t>(size));
  return 0;
}

inline int fsync(const char*, int, fuse_file_info*) {
  log->synced_bytes = log->written_bytes.load();
  const bool is_first = log->syncs++ == 0;
  std::this_thread::sleep_for(faults.delay);
  return is_first ? -faults.first_sync_error : 0;
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
    if (server_ > 0) {
      ::umount2(where_.c_str(), MNT_DETACH);
      end_server();
    }
    if (log_ != nullptr) ::munmap(log_, sizeof *log_);
  }
  fuse_file_system(const fuse_file_system&) = delete;
  fuse_file_system& operator=(const fuse_file_system&) = delete;

  // Mounts it on a folder. `delay`: how long each read, write and sync takes.
  obstacle mount(const std::string& where, std::chrono::milliseconds delay) {
    return mount(where, file_system_faults{.delay = delay});
  }

  obstacle mount(const std::string& where, const file_system_faults& faults) {
    where_ = where;
    void* const shared = ::mmap(nullptr, sizeof *log_, PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return errno_obstacle("mmap");
    log_ = ::new (shared) file_system_log;
    if (::access("/dev/fuse", R_OK | W_OK) == -1) return errno_obstacle("no FUSE: /dev/fuse");
    if (::mkdir(where.c_str(), 0700) == -1 && errno != EEXIST) return errno_obstacle("mkdir");
    server_ = ::fork();
    if (server_ == -1) return errno_obstacle("fork");
    if (server_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      fuse_server::faults = faults;
      fuse_server::log = log_;
      ::_exit(fuse_server::serve(where));
    }
    return wait_until_mounted();
  }

  [[nodiscard]] std::string path() const { return where_ + fuse_server::name; }
  [[nodiscard]] const file_system_log& log() const { return *log_; }

  // The server is gone, like a disk that was pulled out.
  void end_server() {
    ::kill(server_, SIGKILL);
    ::waitpid(server_, nullptr, 0);
    server_ = -1;
  }

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
  file_system_log* log_ = nullptr;
  std::string where_;
};

#else

class fuse_file_system {
 public:
  template <typename Faults>
  obstacle mount(const std::string&, const Faults&) {
    return "the tests were built without libfuse 3";
  }
  [[nodiscard]] std::string path() const { return {}; }
  [[nodiscard]] const file_system_log& log() const { return log_; }
  void end_server() {}

 private:
  file_system_log log_;
};

#endif

}  // namespace test_support
