// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/fifo_open.hpp"
#include "system/interruptible.hpp"
#include "system/owned_fd.hpp"

#include <asiofile/detail/whole_file_jobs.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

namespace asiofile::detail {

namespace {

// A piece of this size is filled while it is still in the processor's cache from being zeroed.
constexpr std::uint64_t read_piece_bytes_max = 1024 * 1024;
constexpr std::uint64_t piece_bytes_min = 16 * 1024;

class reading_job final : public read_file_job {
 public:
  reading_job(const std::string& path, std::uint64_t size_limit)
      : path_(path),
        size_limit_(std::min(size_limit, std::numeric_limits<std::uint64_t>::max() - 1)),
        content_(std::make_unique<std::string>()) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "read_file"; }

  ~reading_job() override {
    // A thread of the parent may have been about to change it when the child was forked.
    if (is_forked_copy()) static_cast<void>(content_.release());
  }

 private:
  std::int64_t step() noexcept override {
    const std::int64_t result =
        is_stopped() ? -ECANCELED : file_.is_open() ? read_some() : open();
    if (result == 0) answer(std::move(*content_));
    // Here, and not in the destructor, which runs on a thread of the context: it may wait.
    if (result != more && result != waits) static_cast<void>(file_.close());
    return result;
  }

  std::int64_t open() noexcept {
    if (has_zero_byte(path_)) return -EINVAL;
    const std::int64_t fd = call([&] {
      return open_without_peer(*system(), base(), path_.c_str(), O_RDONLY | O_CLOEXEC, 0);
    });
    if (fd < 0) return fd;
    file_ = owned_fd(system(), fd);
    is_stream_ = is_stream(*system(), file_.get());
    struct stat found;
    if (const std::int64_t result = system()->fstat(file_.get(), found); result < 0) return result;
    // Only a hint: files of /proc report 0, those of /sys too much.
    if (S_ISREG(found.st_mode)) expected_ = static_cast<std::uint64_t>(found.st_size);
    return more;
  }

  // Only a read of 0 bytes shows the end.
  std::int64_t read_some() noexcept {
    // Reading a FIFO that has had no writer yet would return its end.
    if (is_stream_ && !is_ready(file_.get(), POLLIN)) return when_ready(file_.get(), false);
    const std::size_t size = content_->size();
    if (!grow()) return -ENOMEM;
    const iovec piece{content_->data() + size, content_->size() - size};
    const std::int64_t count = call([&] { return system()->readv(file_.get(), &piece, 1); });
    content_->resize(size + static_cast<std::size_t>(std::max<std::int64_t>(count, 0)));
    if (count == -EAGAIN) return when_ready(file_.get(), false);
    if (count < 0) return count;
    if (size == 0 && count == static_cast<std::int64_t>(piece.iov_len)) is_filled_ = true;
    if (content_->size() > size_limit_) return -EFBIG;
    if (count != 0) {
      is_filled_ = is_filled_ && size == 0;
      return more;
    }
    return is_filled_ && expected_ == 0 ? read_anew() : 0;
  }

  // Files of /proc/sys return data only to a read at position 0, and nothing to later ones
  // (proc_sys_call_handler() in Linux's fs/proc/proc_sysctl.c). If the first read filled its
  // buffer, a read with a larger one may return more.
  std::int64_t read_anew() noexcept {
    const std::size_t size = content_->size();
    std::string larger;
    try {
      larger.resize(2 * size);
    } catch (const std::exception&) {
      return -ENOMEM;
    }
    const iovec whole{larger.data(), larger.size()};
    const std::int64_t count = call([&] { return system()->preadv(file_.get(), &whole, 1, 0); });
    if (count == -ECANCELED) return count;
    // It has no more: everything was read.
    if (count <= static_cast<std::int64_t>(size)) return 0;
    larger.resize(static_cast<std::size_t>(count));
    *content_ = std::move(larger);
    if (content_->size() > size_limit_) return -EFBIG;
    return content_->size() == 2 * size ? more : 0;
  }

  // A size that no memory can hold becomes one that `size_t` can represent and no memory can hold
  // either.
  static std::size_t as_size(std::uint64_t bytes) noexcept {
    return static_cast<std::size_t>(
        std::min<std::uint64_t>(bytes, std::numeric_limits<std::size_t>::max()));
  }

  // Makes room for the next piece: one byte more than expected, and than allowed, to see whether
  // the file has more.
  bool grow() noexcept {
    const std::uint64_t size = content_->size();
    const std::uint64_t wanted =
        size < expected_ || is_as_told(size) ? expected_ - size + 1
                                             : std::max(size, piece_bytes_min);
    const std::uint64_t piece = std::min({wanted, read_piece_bytes_max, size_limit_ - size + 1});
    try {
      if (size == 0) content_->reserve(as_size(std::min(expected_, size_limit_) + 1));
      if (content_->capacity() - size < piece) content_->reserve(as_size(2 * size + piece));
      content_->resize(as_size(size + piece));
      return true;
    } catch (const std::exception&) {
      // std::bad_alloc, or std::length_error if no memory can hold it.
      return false;
    }
  }

  // Then one byte more shows whether that is everything. A size of 0 says nothing.
  [[nodiscard]] bool is_as_told(std::uint64_t size) const noexcept {
    return size == expected_ && expected_ != 0;
  }

  template <typename Call>
  std::int64_t call(Call&& made) noexcept {
    return call_until_stopped([this] { return is_stopped(); }, made);
  }

  const std::string path_;
  const std::uint64_t size_limit_;
  owned_fd file_;
  bool is_stream_ = false;
  std::uint64_t expected_ = 0;
  // The first read filled the buffer, and the next one returned nothing.
  bool is_filled_ = false;
  std::unique_ptr<std::string> content_;
};

}  // namespace

std::shared_ptr<read_file_job> make_read_file_job(const std::string& path,
                                                  std::uint64_t size_limit) {
  return std::make_shared<reading_job>(path, size_limit);
}

}  // namespace asiofile::detail
