// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "file_descriptor.hpp"

#include "fail.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace benchmark {

int open_flags(const task& what) {
  int flags = O_CLOEXEC | (what.kind == transfer::write ? O_RDWR : O_RDONLY);
  if (what.direct) flags |= O_DIRECT;
  if (what.durable == durability::dsync) flags |= O_DSYNC;
  return flags;
}

file_descriptor::file_descriptor(const task& what)
    : fd_(::open(what.path.c_str(), open_flags(what))) {
  if (fd_ == -1) fail("open " + what.path, errno);
}

file_descriptor::~file_descriptor() {
  if (fd_ != -1) ::close(fd_);
}

file_descriptor::file_descriptor(file_descriptor&& other) noexcept : fd_(other.release()) {}

int file_descriptor::release() noexcept { return std::exchange(fd_, -1); }

}  // namespace benchmark
