#pragma once

// A control group whose members are slowed down on one block device: cgroup version 1, controller
// blkio, or version 2, controller io. Removed with the object.

#include "private_mounts.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <fcntl.h>
#include <unistd.h>

#include <string>

namespace test_support {

class throttled_group {
 public:
  throttled_group() = default;
  ~throttled_group() {
    if (!folder_.empty()) ::rmdir(folder_.c_str());
  }
  throttled_group(const throttled_group&) = delete;
  throttled_group& operator=(const throttled_group&) = delete;

  obstacle make() {
    const std::string name = "/asiofile-test-" + std::to_string(::getpid());
    if (::access("/sys/fs/cgroup/blkio/blkio.throttle.read_iops_device", F_OK) == 0) {
      folder_ = "/sys/fs/cgroup/blkio" + name;
    } else {
      const obstacle found = write_to("/sys/fs/cgroup/cgroup.subtree_control", "+io");
      if (!found.empty()) return "no control group can throttle: " + found;
      folder_ = "/sys/fs/cgroup" + name;
      is_version_2_ = true;
    }
    if (::mkdir(folder_.c_str(), 0700) == 0) return {};
    obstacle found = errno_obstacle("no control group can be made: mkdir " + folder_);
    folder_.clear();
    return found;
  }

  // All members together get so many reads and so many writes of the device.
  obstacle limit(const std::string& device, unsigned operations_per_second) const {
    struct stat status {};
    if (::stat(device.c_str(), &status) == -1) return errno_obstacle("stat " + device);
    const std::string number = std::to_string(major(status.st_rdev)) + ':' +
                               std::to_string(minor(status.st_rdev)) + ' ';
    const std::string rate = std::to_string(operations_per_second);
    if (is_version_2_)
      return write_to(folder_ + "/io.max", number + "riops=" + rate + " wiops=" + rate);
    const obstacle found = write_to(folder_ + "/blkio.throttle.read_iops_device", number + rate);
    return found.empty() ? write_to(folder_ + "/blkio.throttle.write_iops_device", number + rate)
                         : found;
  }

  // Makes the calling process a member, for the rest of its life.
  obstacle join() const {
    return write_to(folder_ + "/cgroup.procs", std::to_string(::getpid()));
  }

 private:
  static obstacle write_to(const std::string& path, const std::string& text) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd == -1) return errno_obstacle("open " + path);
    obstacle found;
    if (::write(fd, text.data(), text.size()) == -1) found = errno_obstacle("write to " + path);
    ::close(fd);
    return found;
  }

  std::string folder_;
  bool is_version_2_ = false;
};

}  // namespace test_support
