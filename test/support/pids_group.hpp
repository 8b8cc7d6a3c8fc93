#pragma once

// A control group that lets its members start no more threads and processes: cgroup version 1 or 2,
// controller pids. Removed with the object.

#include "private_mounts.hpp"

#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include <string>

namespace test_support {

class pids_group {
 public:
  pids_group() = default;
  ~pids_group() {
    if (!folder_.empty()) ::rmdir(folder_.c_str());
  }
  pids_group(const pids_group&) = delete;
  pids_group& operator=(const pids_group&) = delete;

  obstacle make() {
    const std::string name = "/asiofile-pids-" + std::to_string(::getpid());
    if (::access("/sys/fs/cgroup/pids/cgroup.procs", W_OK) == 0) {
      folder_ = "/sys/fs/cgroup/pids" + name;
    } else {
      const obstacle found = write_to("/sys/fs/cgroup/cgroup.subtree_control", "+pids");
      if (!found.empty()) return "no control group can limit threads: " + found;
      folder_ = "/sys/fs/cgroup" + name;
    }
    if (::mkdir(folder_.c_str(), 0700) == 0) return {};
    obstacle found = errno_obstacle("no control group can be made: mkdir " + folder_);
    folder_.clear();
    return found;
  }

  // Makes the calling process a member, for the rest of its life.
  obstacle join() const { return write_to(folder_ + "/cgroup.procs", std::to_string(::getpid())); }

  // What the members have may stay; nothing is added.
  obstacle close() const { return write_to(folder_ + "/pids.max", "0"); }

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
};

}  // namespace test_support
