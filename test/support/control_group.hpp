// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A control group, version 1 or 2. Removed with the object.

#include "private_mounts.hpp"

#include <sys/stat.h>

#include <unistd.h>

#include <string>

namespace test_support {

class control_group {
 public:
  control_group() = default;
  ~control_group() {
    if (!folder_.empty()) ::rmdir(folder_.c_str());
  }
  control_group(const control_group&) = delete;
  control_group& operator=(const control_group&) = delete;

  // Makes the calling process a member, for the rest of its life.
  obstacle join() const { return set("cgroup.procs", std::to_string(::getpid())); }

 protected:
  // `version_1`: the folder of the controller's hierarchy, if `is_version_1`; `version_2`: its
  // name. `purpose`: what a control group is for, if there is none.
  obstacle make(bool is_version_1, const std::string& version_1, const std::string& version_2,
                const std::string& purpose) {
    const std::string name = "/asiofile-" + version_2 + '-' + std::to_string(::getpid());
    if (is_version_1) {
      folder_ = version_1 + name;
    } else {
      const obstacle found =
          write_setting("/sys/fs/cgroup/cgroup.subtree_control", '+' + version_2);
      if (!found.empty()) return "no control group can " + purpose + ": " + found;
      folder_ = "/sys/fs/cgroup" + name;
    }
    if (::mkdir(folder_.c_str(), 0700) == 0) return {};
    obstacle found = errno_obstacle("no control group can be made: mkdir " + folder_);
    folder_.clear();
    return found;
  }

  obstacle set(const std::string& name, const std::string& value) const {
    return write_setting(folder_ + '/' + name, value);
  }

 private:
  std::string folder_;
};

}  // namespace test_support
