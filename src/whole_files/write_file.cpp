// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/fifo_open.hpp"
#include "system/interruptible.hpp"
#include "system/owned_fd.hpp"
#include "whole_files/gathered_write.hpp"

#include <asiofile/detail/whole_file_jobs.hpp>

#include <fcntl.h>

#include <cerrno>
#include <string_view>
#include <utility>

namespace asiofile::detail {

namespace {

class writing_job final : public write_file_job {
 public:
  writing_job(const std::string& path, write_start start, std::vector<iovec> buffers)
      : path_(path), start_(start), content_(std::move(buffers)) {}

  [[nodiscard]] std::string_view name() const noexcept override {
    return start_ == write_start::at_end ? "append_file" : "write_file";
  }

 private:
  std::int64_t step() noexcept override {
    const std::int64_t result = is_stopped() ? -ECANCELED : next();
    // Here, and not in the destructor, which runs on a thread of the context: it may wait.
    if (result != more && result != waits) static_cast<void>(file_.close());
    return result;
  }

  std::int64_t next() noexcept {
    if (!file_.is_open()) return open();
    if (content_.is_complete()) return file_.close();
    if (is_stream_ && !is_ready(file_.get(), POLLOUT)) return when_ready(file_.get(), true);
    const std::int64_t written = content_.write_some(file_);
    answer(content_.written_bytes());
    const bool is_interrupted = written == -EINTR || (is_stream_ && written == -EAGAIN);
    return written < 0 && !is_interrupted ? written : more;
  }

  std::int64_t open() noexcept {
    if (has_zero_byte(path_)) return -EINVAL;
    const int flags =
        O_WRONLY | O_CREAT | O_CLOEXEC | (start_ == write_start::truncated ? O_TRUNC : O_APPEND);
    const std::int64_t fd = call_until_stopped(
        [this] { return is_stopped(); },
        [&] {
          return open_without_peer(*system(), base(), path_.c_str(), flags, default_permissions);
        });
    // A FIFO without a reader.
    if (fd == -EAGAIN) return after_a_while();
    if (fd < 0) return fd;
    file_ = owned_fd(system(), fd);
    is_stream_ = is_stream(*system(), file_.get());
    // With O_NONBLOCK a stream takes as much as it has room for, and does not wait for the rest.
    return more;
  }

  const std::string path_;
  const write_start start_;
  gathered_write content_;
  owned_fd file_;
  bool is_stream_ = false;
};

}  // namespace

std::shared_ptr<write_file_job> make_write_file_job(const std::string& path, write_start start,
                                                    std::vector<iovec> buffers) {
  return std::make_shared<writing_job>(path, start, std::move(buffers));
}

}  // namespace asiofile::detail
