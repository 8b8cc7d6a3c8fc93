// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "data_file.hpp"

#include "../worker/block_tag.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <iostream>
#include <string>
#include <system_error>
#include <vector>

namespace benchmark {

namespace {

[[noreturn]] void throw_errno(const std::string& what, int error) {
  throw std::system_error(error, std::generic_category(), what);
}

std::filesystem::path next_path(const std::filesystem::path& directory) {
  static std::atomic<unsigned> made = 0;
  return directory / ("asiofile-benchmark-" + std::to_string(::getpid()) + '-' +
                      std::to_string(++made) + ".data");
}

}  // namespace

data_file::data_file(const std::filesystem::path& directory, std::size_t bytes,
                     std::size_t write_bytes)
    : path_(next_path(directory)), bytes_(bytes) {
  fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd_ == -1) throw_errno("make " + path_.string(), errno);
  try {
    fill(write_bytes);
  } catch (...) {
    ::close(fd_);
    ::unlink(path_.c_str());
    throw;
  }
}

data_file::~data_file() {
  ::close(fd_);
  if (::unlink(path_.c_str()) != 0)
    std::cerr << "asiofile-benchmark: " << path_.string() << " was left behind\n";
}

void data_file::fill(std::size_t write_bytes) const {
  std::vector<std::byte> block(write_bytes, std::byte{'a'});
  for (std::size_t offset = 0; offset < bytes_; offset += write_bytes) {
    for (std::size_t page = 0; page < write_bytes; page += page_bytes)
      put_tag(block.data() + page, offset + page, 0);
    const auto written = ::pwrite(fd_, block.data(), write_bytes, static_cast<::off_t>(offset));
    if (written != static_cast<::ssize_t>(write_bytes))
      throw_errno("write " + path_.string(), written < 0 ? errno : ENOSPC);
  }
  write_back();
}

void data_file::prepare(cache_state wanted) const {
  write_back();
  if (wanted == cache_state::all_in_cache) bring_into_cache();
  else if (const int error = ::posix_fadvise(fd_, 0, 0, POSIX_FADV_DONTNEED); error != 0)
    throw_errno("drop " + path_.string() + " from the cache", error);
}

void data_file::empty() const {
  if (::ftruncate(fd_, 0) != 0) throw_errno("empty " + path_.string(), errno);
  write_back();
}

void data_file::bring_into_cache() const {
  // Without read-ahead, which would make large folios.
  if (const int error = ::posix_fadvise(fd_, 0, 0, POSIX_FADV_RANDOM); error != 0)
    throw_errno("advise about " + path_.string(), error);
  std::byte page[page_bytes];
  for (std::size_t offset = 0; offset < bytes_; offset += page_bytes) {
    if (::pread(fd_, page, page_bytes, static_cast<::off_t>(offset)) !=
        static_cast<::ssize_t>(page_bytes))
      throw_errno("read " + path_.string(), errno);
  }
}

void data_file::write_back() const {
  if (::fdatasync(fd_) != 0) throw_errno("write back " + path_.string(), errno);
}

}  // namespace benchmark
