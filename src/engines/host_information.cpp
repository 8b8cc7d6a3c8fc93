// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "engines/host_information.hpp"

#include <sys/resource.h>
#include <sys/utsname.h>

#include <cstdio>
#include <fstream>

namespace asiofile::detail {

#if defined(__linux__)
namespace {

constexpr unsigned cap_sys_admin = 21;  // linux/capability.h
constexpr int seccomp_mode_filter = 2;  // linux/seccomp.h

template <typename Number>
std::optional<Number> number_in(const char* path) {
  std::ifstream file(path);
  Number value{};
  if (file >> value) return value;
  return std::nullopt;
}

void read_process_status(host_information& seen) {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    unsigned long long capabilities = 0;
    int mode = 0;
    if (std::sscanf(line.c_str(), "CapEff: %llx", &capabilities) == 1)
      seen.is_administrator = (capabilities >> cap_sys_admin & 1U) != 0;
    else if (std::sscanf(line.c_str(), "Seccomp: %d", &mode) == 1)
      seen.has_seccomp_filter = mode == seccomp_mode_filter;
  }
}

}  // namespace
#endif

host_information read_host_information() {
  host_information seen;
  utsname names{};
  if (::uname(&names) == 0) {
    seen.kernel_release = names.release;
    int major = 0;
    int minor = 0;
    if (std::sscanf(names.release, "%d.%d", &major, &minor) == 2) {
      seen.kernel_major = major;
      seen.kernel_minor = minor;
    }
  }
#if defined(__linux__)
  seen.io_uring_disabled = number_in<int>("/proc/sys/kernel/io_uring_disabled").value_or(0);
  seen.io_uring_group = number_in<std::int64_t>("/proc/sys/kernel/io_uring_group").value_or(-1);
  seen.aio_nr = number_in<std::uint64_t>("/proc/sys/fs/aio-nr");
  seen.aio_max_nr = number_in<std::uint64_t>("/proc/sys/fs/aio-max-nr");
  read_process_status(seen);
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    seen.lockable_bytes = limit.rlim_cur;
#endif
  return seen;
}

}  // namespace asiofile::detail
