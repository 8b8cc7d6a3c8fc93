// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A FIFO, for operations that stay in flight for as long as the test wants.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string>
#include <system_error>
#include <utility>

namespace test_support {

// Makes the name only. Opening it for reading waits for a writer.
inline std::string make_fifo(std::string path) {
  if (::mkfifo(path.c_str(), 0600) != 0)
    throw std::system_error(errno, std::system_category(), "mkfifo " + path);
  return path;
}

// Makes one and keeps both ends open, so that opening it never waits, reading it when empty does,
// and there is never an end of file.
class fifo {
 public:
  explicit fifo(std::string path)
      : path_(make_fifo(std::move(path))),
        fd_(::open(path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)) {
    if (fd_ == -1) throw std::system_error(errno, std::system_category(), "open " + path_);
  }
  ~fifo() { ::close(fd_); }
  fifo(const fifo&) = delete;
  fifo& operator=(const fifo&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  // Puts `count` bytes in. False if there is no room for them.
  bool feed(std::size_t count, char byte = 'f') {
    const std::string bytes(count, byte);
    return ::write(fd_, bytes.data(), count) == static_cast<ssize_t>(count);
  }

  // Takes out what is there.
  std::string drain() {
    std::string bytes(65536, '\0');
    const ssize_t count = ::read(fd_, bytes.data(), bytes.size());
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
  }

 private:
  std::string path_;
  int fd_;
};

}  // namespace test_support
