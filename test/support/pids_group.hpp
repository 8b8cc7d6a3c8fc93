// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A control group that lets its members start no more threads and processes: controller pids.

#include "control_group.hpp"

#include <unistd.h>

namespace test_support {

class pids_group : public control_group {
 public:
  obstacle make() {
    const bool is_version_1 = ::access("/sys/fs/cgroup/pids/cgroup.procs", W_OK) == 0;
    return control_group::make(is_version_1, "/sys/fs/cgroup/pids", "pids", "limit threads");
  }

  // Existing threads and processes may stay; none can be added.
  obstacle close() const { return set("pids.max", "0"); }
};

}  // namespace test_support
