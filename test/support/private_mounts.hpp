// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A test's own file systems: in a mount namespace that ends with the process, together with what is
// mounted in it and the loop devices used. For forked children only.
//
// Functions that may not work on a machine return the reason.

#include <linux/loop.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace test_support {

// Empty if it worked, otherwise the reason.
using obstacle = std::string;

inline obstacle errno_obstacle(const std::string& what) {
  return what + ": " + std::strerror(errno);
}

// Writes to an existing file, such as one in /proc/sys or /sys/fs/cgroup.
inline obstacle write_setting(const std::string& path, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd == -1) return errno_obstacle("open " + path);
  obstacle found;
  if (::write(fd, text.data(), text.size()) == -1) found = errno_obstacle("write to " + path);
  ::close(fd);
  return found;
}

inline obstacle enter_private_mounts() {
  if (::unshare(CLONE_NEWNS) == -1) return errno_obstacle("no mount namespace: unshare");
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == -1)
    return errno_obstacle("no private mounts: mount");
  return {};
}

inline obstacle mount_new(const char* type, const std::string& source, const std::string& where) {
  if (::mkdir(where.c_str(), 0700) == -1 && errno != EEXIST) return errno_obstacle("mkdir");
  if (::mount(source.c_str(), where.c_str(), type, 0, nullptr) == -1)
    return errno_obstacle(std::string("mount -t ") + type);
  return {};
}

// A block device whose data is in a file. Detached when it is closed by its last user: this object,
// a file, a mounted file system (LO_FLAGS_AUTOCLEAR, loop(4)).
class loop_device {
 public:
  loop_device() = default;
  ~loop_device() {
    if (fd_ != -1) ::close(fd_);
  }
  loop_device(const loop_device&) = delete;
  loop_device& operator=(const loop_device&) = delete;

  obstacle attach(const std::string& image) {
    const int image_fd = ::open(image.c_str(), O_RDWR | O_CLOEXEC);
    if (image_fd == -1) return errno_obstacle("open " + image);
    obstacle found = attach_to_a_free_one(image_fd);
    ::close(image_fd);
    return found;
  }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  obstacle attach_to_a_free_one(int image_fd) {
    constexpr int tries = 20;
    const int control = ::open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    if (control == -1) return errno_obstacle("no loop devices: open /dev/loop-control");
    obstacle found = "no free loop device";
    for (int i = 0; i != tries && fd_ == -1; ++i) {
      const int number = ::ioctl(control, LOOP_CTL_GET_FREE);
      if (number == -1) break;
      path_ = "/dev/loop" + std::to_string(number);
      const int fd = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
      if (fd == -1) {
        found = errno_obstacle("open " + path_);
        continue;
      }
      loop_config config{};
      config.fd = static_cast<std::uint32_t>(image_fd);
      config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
      if (::ioctl(fd, LOOP_CONFIGURE, &config) == 0) {
        fd_ = fd;
        found.clear();
        break;
      }
      // EBUSY: another process was faster.
      found = errno_obstacle("LOOP_CONFIGURE (Linux 5.8)");
      ::close(fd);
    }
    ::close(control);
    return found;
  }

  int fd_ = -1;
  std::string path_;
};

// A sparse file of zeros.
inline obstacle make_image(const std::string& path, std::uint64_t bytes) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd == -1) return errno_obstacle("open " + path);
  obstacle found;
  if (::ftruncate(fd, static_cast<off_t>(bytes)) == -1) found = errno_obstacle("ftruncate");
  ::close(fd);
  return found;
}

// Makes a new file system of the type (ext4, xfs, btrfs) in a file and mounts it. `device` is the
// block device in between.
inline obstacle mount_image(const std::string& type, const std::string& image,
                            const std::string& where, loop_device& device) {
  constexpr std::uint64_t bytes = 320U * 1024 * 1024;  // mkfs.xfs demands 300 MB
  const std::string quiet = type == "ext4" ? " -q -F " : " -q ";
  const std::string command = "PATH=$PATH:/usr/sbin:/sbin mkfs." + type + quiet + "'" + image +
                              "' >/dev/null 2>&1";
  obstacle found = make_image(image, bytes);
  if (!found.empty()) return found;
  if (std::system(command.c_str()) != 0) return "mkfs." + type + " is missing or failed";
  if (!(found = device.attach(image)).empty()) return found;
  return mount_new(type.c_str(), device.path(), where);
}

// How many loop devices have their data below a folder.
inline int loop_devices_below(const std::string& folder) {
  int count = 0;
  for (int i = 0; i != 256; ++i) {
    const std::string name = "/sys/block/loop" + std::to_string(i) + "/loop/backing_file";
    std::FILE* const file = std::fopen(name.c_str(), "re");
    if (file == nullptr) continue;
    char text[4096] = {};
    const char* const line = std::fgets(text, sizeof text, file);
    std::fclose(file);
    if (line != nullptr && std::string_view(line).substr(0, folder.size()) == folder) ++count;
  }
  return count;
}

}  // namespace test_support
