// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Finds calls that may wait on the thread of a context, which must make none: a filter on that
// thread (seccomp(2)) passes every call that is not known to be harmless to a supervisor, which
// records it if it may wait, and lets it continue. Threads that the thread starts are under the
// filter, too; their calls pass.
//
// For forked children: a filter cannot be removed.

#include "child_process.hpp"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#if defined(ASIOFILE_TEST_HAS_SECCOMP)
#include <linux/aio_abi.h>
#include <linux/openat2.h>
#include <seccomp.h>

#include <cstdlib>
#endif

namespace test_support {

#if defined(ASIOFILE_TEST_HAS_SECCOMP)

class waiting_calls {
 public:
  // `slow`: the device of files whose `fstat` and `close` may wait; 0 for none.
  explicit waiting_calls(dev_t slow) : slow_(slow), supervisor_([this] { supervise(); }) {}
  ~waiting_calls() {
    // The supervisor waits for the next notification, and goes with the process.
    supervisor_.detach();
  }
  waiting_calls(const waiting_calls&) = delete;
  waiting_calls& operator=(const waiting_calls&) = delete;

  // Puts the calling thread under the filter, permanently.
  void begin() {
    thread_ = static_cast<pid_t>(::syscall(SYS_gettid));
    const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_NOTIFY);
    child_require(filter != nullptr, "seccomp_init");
    for (const int call : harmless) add(filter, call);
    // Transfers that do not wait; waits that do not wait.
    add_if(filter, SYS_preadv2, {5, SCMP_CMP_MASKED_EQ, rwf_nowait, rwf_nowait});
    add_if(filter, SYS_pwritev2, {5, SCMP_CMP_MASKED_EQ, rwf_nowait, rwf_nowait});
    add_if(filter, SYS_io_uring_enter, {2, SCMP_CMP_EQ, 0, 0});
    add_if(filter, SYS_io_getevents, {1, SCMP_CMP_EQ, 0, 0});
    add_if(filter, SYS_fcntl, {1, SCMP_CMP_EQ, F_GETFL, 0});
    add_if(filter, SYS_fcntl, {1, SCMP_CMP_EQ, F_GETFD, 0});
    add_if(filter, SYS_fcntl, {1, SCMP_CMP_EQ, F_SETFL, 0});
    add_if(filter, SYS_ioctl, {1, SCMP_CMP_EQ, FIONBIO, 0});
    const int loaded = seccomp_load(filter);
    child_require(loaded == 0, "seccomp_load: " + std::string(std::strerror(-loaded)));
    // The supervisor must be ready from here on: it may be asked about this thread's next call.
    notifications_ = seccomp_notify_fd(filter);
  }

  // The operation that runs now, for the report.
  void name(const char* what) noexcept { what_ = what; }

  // The calls that may wait, and during which operation they were made; empty if there were none.
  [[nodiscard]] std::string found() {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const auto& [call, count] : found_)
      text += call + " (" + std::to_string(count) + " times); ";
    return text;
  }
  // How many calls the supervisor was asked about: 0 if the filter does not work.
  [[nodiscard]] int asked() const noexcept { return asked_; }

 private:
  static constexpr std::uint64_t rwf_nowait = 8;
  // Memory, futexes, clocks, threads, signals to the process itself; and the calls of Boost.Asio's
  // reactor.
  static constexpr int harmless[] = {
      SYS_mmap,
      SYS_munmap,
      SYS_mprotect,
      SYS_madvise,
      SYS_mremap,
      SYS_brk,
      SYS_futex,
      SYS_clock_gettime,
      SYS_gettimeofday,
      SYS_clone,
      SYS_clone3,
      SYS_set_robust_list,
      SYS_rseq,
      SYS_exit,
      SYS_exit_group,
      SYS_rt_sigprocmask,
      SYS_rt_sigaction,
      SYS_rt_sigreturn,
      SYS_tgkill,
      SYS_getpid,
      SYS_gettid,
      SYS_getrandom,
      SYS_sched_yield,
      SYS_sched_getaffinity,
      SYS_prlimit64,
      SYS_getrlimit,
      SYS_restart_syscall,
      SYS_epoll_wait,
      SYS_epoll_pwait,
      SYS_epoll_ctl,
      SYS_timerfd_settime,
      SYS_epoll_create1,
      SYS_eventfd2,
      SYS_io_cancel,
      // Made by a new thread before its own function.
      SYS_set_tid_address,
      SYS_membarrier,
  };

  static void add(scmp_filter_ctx filter, int call) {
    const int added = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
    child_require(added == 0, "seccomp_rule_add: " + std::string(std::strerror(-added)));
  }
  static void add_if(scmp_filter_ctx filter, int call, scmp_arg_cmp condition) {
    const int added = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, condition);
    child_require(added == 0, "seccomp_rule_add: " + std::string(std::strerror(-added)));
  }

  void supervise() {
    while (notifications_ == -1) std::this_thread::yield();
    seccomp_notif* asked = nullptr;
    seccomp_notif_resp* answer = nullptr;
    if (seccomp_notify_alloc(&asked, &answer) != 0) std::abort();
    for (;;) {
      std::memset(asked, 0, sizeof *asked);
      // ENOENT: the thread that made the call is gone.
      if (seccomp_notify_receive(notifications_, asked) != 0) {
        if (errno == ENOENT || errno == EINTR) continue;
        return;
      }
      if (static_cast<pid_t>(asked->pid) == thread_) judge(asked->data);
      *answer = {};
      answer->id = asked->id;
      answer->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
      seccomp_notify_respond(notifications_, answer);
    }
  }

  void judge(const seccomp_data& call) {
    ++asked_;
    const auto first = static_cast<int>(call.args[0]);
    switch (call.nr) {
      case SYS_read:
      case SYS_write:
        if (!is_notifier(first)) note("read or write of " + target_of(first));
        return;
      case SYS_close:
        if (is_slow(first)) note("close of a slow file");
        return;
      case SYS_fstat:
        if (is_slow(first)) note("fstat of a slow file");
        return;
      case SYS_newfstatat: return judge_fstat(call);
      case SYS_statx: return judge_statx(call);
      case SYS_io_submit: return judge_io_submit(call);
      case SYS_openat2:
        return judge_openat2(*pointer<open_how>(call.args[2]), pointer<char>(call.args[1]));
      default: break;
    }
    char* const name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call.nr);
    note(name != nullptr ? name : std::to_string(call.nr));
    std::free(name);
  }

  // Opening a file on a server makes a request whatever the kernel has in its caches; opening with
  // O_PATH does not.
  void judge_openat2(const open_how& how, const char* path) {
    struct stat found {};
    if ((how.resolve & RESOLVE_CACHED) == 0) note("openat2");
    if ((how.flags & O_PATH) == 0 && slow_ != 0 && ::stat(path, &found) == 0 &&
        found.st_dev == slow_)
      note("openat2 of a slow file");
  }

  // glibc's fstat.
  void judge_fstat(const seccomp_data& call) {
    if (*pointer<char>(call.args[1]) != '\0' || (call.args[3] & AT_EMPTY_PATH) == 0)
      note("status by path");
    else if (is_slow(static_cast<int>(call.args[0])))
      note("fstat of a slow file");
  }

  // Allowed on an open file, if no server has to be asked.
  void judge_statx(const seccomp_data& call) {
    constexpr std::uint64_t quiet = AT_EMPTY_PATH | AT_STATX_DONT_SYNC;
    if (*pointer<char>(call.args[1]) != '\0' || (call.args[2] & quiet) != quiet) note("statx");
  }

  // For files without O_DIRECT, io_submit(2) waits for the transfer.
  void judge_io_submit(const seccomp_data& call) {
    iocb* const* const blocks = pointer<iocb*>(call.args[2]);
    for (std::uint64_t i = 0; i != call.args[1]; ++i) {
      const bool is_transfer = blocks[i]->aio_lio_opcode == IOCB_CMD_PREADV ||
                               blocks[i]->aio_lio_opcode == IOCB_CMD_PWRITEV ||
                               blocks[i]->aio_lio_opcode == IOCB_CMD_PREAD ||
                               blocks[i]->aio_lio_opcode == IOCB_CMD_PWRITE;
      const int flags = ::fcntl(static_cast<int>(blocks[i]->aio_fildes), F_GETFL);
      if (is_transfer && (flags & O_DIRECT) == 0) note("io_submit without O_DIRECT");
    }
  }

  // The supervisor lives in the same process.
  template <typename T>
  static const T* pointer(std::uint64_t address) noexcept {
    return reinterpret_cast<const T*>(address);
  }
  static std::string target_of(int fd) {
    char text[256] = {};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    return ::readlink(link.c_str(), text, sizeof text - 1) > 0 ? text : "?";
  }
  static bool is_notifier(int fd) {
    const std::string target = target_of(fd);
    return target == "anon_inode:[eventfd]" || target == "anon_inode:[timerfd]";
  }
  [[nodiscard]] bool is_slow(int fd) const {
    struct stat found {};
    return slow_ != 0 && ::fstat(fd, &found) == 0 && found.st_dev == slow_;
  }

  void note(const std::string& call) {
    const std::lock_guard lock(mutex_);
    ++found_[std::string(what_.load()) + ": " + call];
  }

  const dev_t slow_;
  std::atomic<pid_t> thread_ = -1;
  std::atomic<int> notifications_ = -1;
  std::atomic<int> asked_ = 0;
  std::atomic<const char*> what_ = "?";
  std::mutex mutex_;
  std::map<std::string, int> found_;
  std::thread supervisor_;
};

#endif

}  // namespace test_support
