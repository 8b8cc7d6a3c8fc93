// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Facts about the machine that explain why a backend does not work.

#include <cstdint>
#include <optional>
#include <string>

namespace asiofile::detail {

// Each member keeps its default value if it cannot be determined.
struct host_information {
  // As printed by `uname -r`, and its first two numbers.
  std::string kernel_release;
  int kernel_major = 0;
  int kernel_minor = 0;
  // The sysctls kernel.io_uring_disabled and kernel.io_uring_group (Linux 6.6 or newer).
  int io_uring_disabled = 0;
  std::int64_t io_uring_group = -1;
  // Whether system calls of this process go through a seccomp filter.
  bool has_seccomp_filter = false;
  // CAP_SYS_ADMIN is in effect.
  bool is_administrator = false;
  // The sysctls fs.aio-nr and fs.aio-max-nr.
  std::optional<std::uint64_t> aio_nr;
  std::optional<std::uint64_t> aio_max_nr;
  // RLIMIT_MEMLOCK; nothing if there is no limit.
  std::optional<std::uint64_t> lockable_bytes;

  // False if the version is not known.
  [[nodiscard]] bool kernel_is_older_than(int major, int minor) const noexcept {
    if (kernel_major == 0) return false;
    return kernel_major < major || (kernel_major == major && kernel_minor < minor);
  }
};

host_information read_host_information();

}  // namespace asiofile::detail
