// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "served_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace benchmark::server {

namespace {

std::string make_content(std::size_t bytes) {
  std::string content(bytes, '\0');
  // Each byte is its offset modulo a prime number, so that missing or repeated data is noticed.
  for (std::size_t index = 0; index != bytes; ++index)
    content[index] = static_cast<char>('a' + index % 23);
  return content;
}

// Calls visit(fd) for the file.
template <typename Visit>
void with_file(const std::filesystem::path& path, Visit visit) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const int error = fd == -1 ? errno : visit(fd);
  if (fd != -1) ::close(fd);
  if (error != 0) throw std::system_error(error, std::generic_category(), path.string());
}

}  // namespace

served_files::served_files(const std::filesystem::path& root, const std::string& name,
                           std::size_t bytes, std::size_t count)
    : root_(root), folder_(root / name), content_(make_content(bytes)) {
  std::filesystem::create_directories(folder_);
  for (std::size_t index = 0; index != count; ++index) {
    targets_.push_back('/' + name + '/' + std::to_string(index));
    const std::filesystem::path path = folder_ / std::to_string(index);
    std::ofstream out(path, std::ios::binary);
    out << content_ << std::flush;
    if (!out) throw std::runtime_error("cannot write " + path.string());
  }
}

served_files::~served_files() {
  std::error_code ec;
  std::filesystem::remove_all(folder_, ec);
  if (ec) std::cerr << "asiofile-benchmark-server: " << folder_.string() << " was left behind\n";
}

void served_files::bring_into_cache() const {
  for (const std::string& target : targets_) {
    std::ifstream in(root_.string() + target, std::ios::binary);
    const std::string read((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (read != content_) throw std::runtime_error("cannot read " + root_.string() + target);
  }
}

void served_files::drop_from_cache() const {
  for (const std::string& target : targets_) {
    with_file(root_.string() + target, [](int fd) {
      // Dirty pages cannot be dropped.
      if (::fdatasync(fd) != 0) return errno;
      return ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    });
  }
}

}  // namespace benchmark::server
