// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

/* old_kernel VERSION PROGRAM [ARGUMENT...]: runs a program as if the kernel were older, as far as
   its system calls go: those that came after VERSION (4.18, 5.6 or 5.10) fail with ENOSYS, and flags
   of preadv2 and pwritev2 that came after it with EOPNOTSUPP, as they do there. What an io_uring of
   that version could not do cannot be taken away so.

   The numbers are those of x86-64. From 424 on, system calls are numbered in the order in which they
   came; close_range has a number that was set aside long before it came. */

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if !defined(__x86_64__)
#error "the numbers of the system calls are those of x86-64"
#endif

enum {
  number_preadv2 = 327,
  number_pwritev2 = 328,
  number_pidfd_send_signal = 424, /* the first of Linux 5.1 */
  number_close_range = 436,       /* Linux 5.9 */
  number_faccessat2 = 439,        /* the first of Linux 5.8 */
  number_epoll_pwait2 = 441       /* the first of Linux 5.11 */
};

/* RWF_HIPRI to RWF_APPEND: all that there were from Linux 4.16 to 6.8. */
#define KNOWN_FLAGS 0x1fu

struct kernel {
  const char* version;
  unsigned first_unknown;
};

static const struct kernel kernels[] = {
    {"4.18", number_pidfd_send_signal},
    {"5.6", number_faccessat2},
    {"5.10", number_epoll_pwait2},
};

static int install(const struct kernel* kernel) {
  const int close_range_is_known = kernel->first_unknown == number_epoll_pwait2;
  const struct sock_filter instructions[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kernel->first_unknown, 6, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, close_range_is_known ? ~0u : number_close_range, 5, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number_preadv2, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number_pwritev2, 0, 2),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, ~KNOWN_FLAGS, 2, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
  };
  const struct sock_fprog program = {sizeof(instructions) / sizeof(instructions[0]),
                                     (struct sock_filter*)instructions};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0) return 0;
  /* Without privileges, only with the promise to gain none. */
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

int main(int argc, char* argv[]) {
  const struct kernel* found = NULL;
  for (size_t i = 0; argc > 2 && i != sizeof(kernels) / sizeof(kernels[0]); ++i)
    if (strcmp(argv[1], kernels[i].version) == 0) found = &kernels[i];
  if (found == NULL) {
    fprintf(stderr, "usage: old_kernel 4.18|5.6|5.10 PROGRAM [ARGUMENT...]\n");
    return 2;
  }
  if (install(found) != 0) {
    perror("old_kernel: seccomp");
    return 1;
  }
  execvp(argv[2], argv + 2);
  perror(argv[2]);
  return 127;
}
