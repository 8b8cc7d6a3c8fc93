// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Restrictions that a child process puts on itself, to see how the library copes: system calls,
// privileges, limits. None can be undone: they end with the child.

#include "child_process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

#if defined(ASIOFILE_TEST_HAS_SECCOMP)
#include <seccomp.h>
#endif

namespace test_support {

// Why system calls cannot be refused here; empty if they can.
inline std::string no_seccomp_reason() {
#if defined(ASIOFILE_TEST_HAS_SECCOMP)
  return {};
#else
  return "built without libseccomp";
#endif
}

inline std::string not_root_reason() {
  return ::geteuid() == 0 ? std::string() : std::string("only root can become another user");
}

// In a child: from now on these system calls of this thread, and of threads and programs that it
// starts, fail with the errno value.
inline void refuse_calls(const std::vector<int>& calls, int error) {
#if defined(ASIOFILE_TEST_HAS_SECCOMP)
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  child_require(filter != nullptr, "seccomp_init");
  for (const int call : calls) {
    const int refused =
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(static_cast<unsigned>(error)), call, 0);
    child_require(refused == 0, "seccomp_rule_add: " + std::string(std::strerror(-refused)));
  }
  const int loaded = seccomp_load(filter);
  child_require(loaded == 0, "seccomp_load: " + std::string(std::strerror(-loaded)));
  seccomp_release(filter);
#else
  static_cast<void>(calls), static_cast<void>(error);
  child_require(false, "built without libseccomp");
#endif
}

// The same of openat(2) with these flags only.
inline void refuse_open_flags(int flags, int error) {
#if defined(ASIOFILE_TEST_HAS_SECCOMP)
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  child_require(filter != nullptr, "seccomp_init");
  const auto bits = static_cast<scmp_datum_t>(flags);
  const scmp_arg_cmp has_them{.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = bits, .datum_b = bits};
  const int refused = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(static_cast<unsigned>(error)),
                                             SYS_openat, 1, &has_them);
  child_require(refused == 0, "seccomp_rule_add: " + std::string(std::strerror(-refused)));
  const int loaded = seccomp_load(filter);
  child_require(loaded == 0, "seccomp_load: " + std::string(std::strerror(-loaded)));
  seccomp_release(filter);
#else
  static_cast<void>(flags), static_cast<void>(error);
  child_require(false, "built without libseccomp");
#endif
}

// In a child: no thread can be started any more.
inline void refuse_threads() {
  std::vector<int> calls{SYS_clone};
#if defined(SYS_clone3)
  calls.push_back(SYS_clone3);
#endif
  refuse_calls(calls, EAGAIN);
}

// `Resource`: an enumeration in glibc, a number in other C libraries.
template <typename Resource>
void set_limit(Resource resource, rlim_t value) {
  const rlimit limit{value, value};
  child_require(::setrlimit(resource, &limit) == 0, "setrlimit");
}

// In a child: becomes the user nobody, without any privilege.
inline void become_nobody() {
  constexpr uid_t nobody = 65534;
  child_require(::setgroups(0, nullptr) == 0, "setgroups");
  child_require(::setresgid(nobody, nobody, nobody) == 0, "setresgid");
  child_require(::setresuid(nobody, nobody, nobody) == 0, "setresuid");
}

// In a child: becomes another user of these groups, who has no privileges but the capabilities (of
// linux/capability.h), a bit for each.
inline void become_user(uid_t user, gid_t group, const std::vector<gid_t>& groups,
                        std::uint64_t capabilities = 0) {
  child_require(::setgroups(groups.size(), groups.data()) == 0, "setgroups");
  child_require(::setresgid(group, group, group) == 0, "setresgid");
  child_require(::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0, "PR_SET_KEEPCAPS");
  child_require(::setresuid(user, user, user) == 0, "setresuid");
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  for (const int half : {0, 1})
    data[half].effective = data[half].permitted =
        static_cast<std::uint32_t>(capabilities >> (32 * half));
  child_require(::syscall(SYS_capset, &header, data) == 0, "capset");
}

// In a child: takes all that fs.aio-max-nr leaves, for as long as the child lives, even if it
// executes another program.
inline void exhaust_aio() {
  int ends[2];
  child_require(::pipe2(ends, O_CLOEXEC) == 0, "pipe2");
  const pid_t holder = ::fork();
  child_require(holder != -1, "fork");
  if (holder == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (unsigned count = 1U << 20; count != 0;) {
      unsigned long context = 0;
      if (::syscall(SYS_io_setup, count, &context) != 0) count /= 2;
    }
    if (::write(ends[1], "x", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  ::close(ends[1]);
  char taken = 0;
  child_require(::read(ends[0], &taken, 1) == 1, "nobody holds the contexts");
  ::close(ends[0]);
}

}  // namespace test_support
