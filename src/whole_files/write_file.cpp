#include "system/interruptible.hpp"
#include "system/owned_fd.hpp"
#include "system/system_calls.hpp"
#include "whole_files/gathered_write.hpp"

#include <asiofile/detail/whole_file_jobs.hpp>

#include <fcntl.h>

#include <cerrno>
#include <utility>

namespace asiofile::detail {

namespace {

class writing_job final : public write_file_job {
 public:
  writing_job(const std::string& path, write_start start, std::vector<iovec> buffers)
      : path_(path), start_(start), content_(std::move(buffers)) {}
  [[nodiscard]] bool can_begin_elsewhere() const noexcept override { return true; }

 private:
  std::int64_t step() noexcept override {
    if (is_stopped()) return -ECANCELED;
    if (!file_.is_open()) return open();
    if (content_.is_complete()) return file_.close();
    if (is_stream_ && !becomes_ready(file_.get(), POLLOUT)) return more;
    const std::int64_t written = content_.write_some(file_.get());
    answer(content_.written_bytes());
    const bool is_interrupted = written == -EINTR || (is_stream_ && written == -EAGAIN);
    return written < 0 && !is_interrupted ? written : more;
  }

  std::int64_t open() noexcept {
    if (has_zero_byte(path_)) return -EINVAL;
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC |
                      (start_ == write_start::truncated ? O_TRUNC : O_APPEND);
    const std::int64_t fd = call_until_stopped(
        [this] { return is_stopped(); }, [&] { return system::openat(base(), path_.c_str(), flags, 0666); });
    if (fd < 0) return fd;
    file_.adopt(static_cast<int>(fd));
    is_stream_ = is_stream(file_.get());
    // A stream that has room for a part takes that, and does not wait for the rest.
    if (is_stream_) ::fcntl(file_.get(), F_SETFL, ::fcntl(file_.get(), F_GETFL) | O_NONBLOCK);
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
