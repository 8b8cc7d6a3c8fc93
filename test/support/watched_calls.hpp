// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Lets a test act between two system calls of the library: it sees each call before the kernel
// makes it, and can change files meanwhile. So races are deterministic: what could happen between
// any two calls is made to happen between each pair in turn.
//
// By seccomp's user notification (seccomp_unotify(2)). For forked children only.

#include "child_process.hpp"
#include "restrictions.hpp"

#include <sys/syscall.h>

#include <cerrno>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#if defined(ASIOFILE_TEST_HAS_SECCOMP)
#include <seccomp.h>
#endif

namespace test_support {

// The calls by which the library finds, makes, describes and names files.
inline const std::vector<int>& calls_on_names() {
  static const std::vector<int> calls{
      SYS_openat,          SYS_readlinkat, SYS_newfstatat, SYS_faccessat2, SYS_write,
      SYS_writev,          SYS_pwrite64,   SYS_pwritev,    SYS_ioctl,      SYS_fchown,
      SYS_fchmod,          SYS_fsync,      SYS_fsetxattr,  SYS_getxattr,   SYS_listxattr,
      SYS_copy_file_range, SYS_linkat,     SYS_renameat,   SYS_renameat2};
  return calls;
}

// In a child: from now on, `before` is called before each of the calls that this thread makes, and
// threads that it starts; the call is made when it returns. It gets the call's number, on a thread
// of its own that is not watched.
inline void watch_calls(const std::vector<int>& calls, std::function<void(int)> before) {
#if defined(ASIOFILE_TEST_HAS_SECCOMP)
  auto listener = std::make_shared<std::promise<int>>();
  std::thread([before = std::move(before), opened = listener->get_future()]() mutable {
    const int fd = opened.get();
    seccomp_notif* request = nullptr;
    seccomp_notif_resp* response = nullptr;
    child_require(seccomp_notify_alloc(&request, &response) == 0, "seccomp_notify_alloc");
    for (;;) {
      *request = {};
      const int received = seccomp_notify_receive(fd, request);
      // The thread was interrupted meanwhile.
      if (received == -EINTR || received == -ENOENT || received == -ECANCELED) continue;
      if (received != 0) ::_exit(98);
      before(request->data.nr);
      *response = {};
      response->id = request->id;
      response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
      seccomp_notify_respond(fd, response);
    }
  }).detach();
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  child_require(filter != nullptr, "seccomp_init");
  for (const int call : calls)
    child_require(seccomp_rule_add(filter, SCMP_ACT_NOTIFY, call, 0) == 0, "seccomp_rule_add");
  child_require(seccomp_load(filter) == 0, "seccomp_load");
  listener->set_value(seccomp_notify_fd(filter));
#else
  static_cast<void>(calls), static_cast<void>(before);
  child_require(false, "built without libseccomp");
#endif
}

}  // namespace test_support
