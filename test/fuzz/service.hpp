// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A context on a backend, which all inputs share, and files in memory.

#include "check.hpp"

#include <asiofile/backend.hpp>
#include <asiofile/file_service.hpp>
#include <asiofile/service_options.hpp>

#include <boost/asio/io_context.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <string_view>

namespace fuzz {

// If the backend does not work, another one runs instead, which is acceptable.
inline boost::asio::io_context& context_on(asiofile::backend which) {
  struct running {
    explicit running(asiofile::backend wanted) {
      asiofile::service_options options;
      options.backend = wanted;
      options.thread_count = 2;
      boost::asio::make_service<asiofile::file_service>(context, options);
    }
    boost::asio::io_context context;
  };
  static running uring(asiofile::backend::io_uring);
  static running aio(asiofile::backend::libaio);
  static running threads(asiofile::backend::threads);
  if (which == asiofile::backend::io_uring) return uring.context;
  return which == asiofile::backend::libaio ? aio.context : threads.context;
}

// A file without a name, which can be opened by `path` as often as wanted.
class memory_file {
 public:
  explicit memory_file(std::string_view content)
      : fd_(::memfd_create("fuzz", MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(fd_)) {
    require(fd_ != -1, "there is memory for a file");
    const auto bytes = static_cast<ssize_t>(content.size());
    require(::write(fd_, content.data(), content.size()) == bytes, "there is memory for a file");
  }
  ~memory_file() { ::close(fd_); }
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  int fd_;
  std::string path_;
};

}  // namespace fuzz
