# shellcheck shell=bash disable=SC2034,SC2154
# Older kernels: this one, without the system calls that came later.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

# old_kernel_plan VERSION: all versions run the same programs.
old_kernel_plan() {
  [[ $(uname -m) == x86_64 ]] || skip_entry "the filter knows the system calls of x86-64 only"
  mkdir -p -- "$matrix/tools"
  "${CC:-cc}" -O1 -Wall -Wextra -Werror "$root/scripts/lib/matrix/old_kernel.c" \
    -o "$matrix/tools/old_kernel"
  plan_build=old-kernel
  plan_launcher=("$matrix/tools/old_kernel" "$1")
  # valgrind needs newer calls than some of these kernels had; packages are not about kernels.
  plan_excluded='^(package|valgrind)$'
}

entry old-kernel-4.18 "the system calls of Linux 4.18: no io_uring, no openat2, no faccessat2"
plan_old_kernel_4_18() { old_kernel_plan 4.18; }

entry old-kernel-5.6 "the system calls of Linux 5.6: no faccessat2, no close_range"
plan_old_kernel_5_6() { old_kernel_plan 5.6; }

entry old-kernel-5.10 "the system calls of Linux 5.10"
plan_old_kernel_5_10() { old_kernel_plan 5.10; }
