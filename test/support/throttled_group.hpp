// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A control group whose members are slowed down on one block device: cgroup version 1, controller
// blkio, or version 2, controller io.

#include "control_group.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <unistd.h>

#include <string>

namespace test_support {

class throttled_group : public control_group {
 public:
  obstacle make() {
    is_version_1_ = ::access("/sys/fs/cgroup/blkio/blkio.throttle.read_iops_device", F_OK) == 0;
    return control_group::make(is_version_1_, "/sys/fs/cgroup/blkio", "io", "throttle");
  }

  // All members together get this many reads and this many writes of the device per second.
  obstacle limit(const std::string& device, unsigned operations_per_second) const {
    struct stat status {};
    if (::stat(device.c_str(), &status) == -1) return errno_obstacle("stat " + device);
    const std::string number = std::to_string(major(status.st_rdev)) + ':' +
                               std::to_string(minor(status.st_rdev)) + ' ';
    const std::string rate = std::to_string(operations_per_second);
    if (!is_version_1_) return set("io.max", number + "riops=" + rate + " wiops=" + rate);
    const obstacle found = set("blkio.throttle.read_iops_device", number + rate);
    return found.empty() ? set("blkio.throttle.write_iops_device", number + rate) : found;
  }

 private:
  bool is_version_1_ = false;
};

}  // namespace test_support
