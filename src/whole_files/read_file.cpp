#include "system/interruptible.hpp"
#include "system/owned_fd.hpp"
#include "system/system_calls.hpp"

#include <asiofile/detail/whole_file_jobs.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <limits>
#include <memory>
#include <utility>

namespace asiofile::detail {

namespace {

// Memory that is filled while it is still in the processor's cache from being zeroed.
constexpr std::uint64_t read_piece_bytes_max = 1024 * 1024;
constexpr std::uint64_t piece_bytes_min = 16 * 1024;

class reading_job final : public read_file_job {
 public:
  reading_job(const std::string& path, std::uint64_t size_limit)
      : path_(path),
        size_limit_(std::min(size_limit, std::numeric_limits<std::uint64_t>::max() - 1)),
        content_(std::make_unique<std::string>()) {}

  ~reading_job() override {
    // A thread of the parent may have been about to change it when the child was forked.
    if (is_forked_copy()) static_cast<void>(content_.release());
  }

  [[nodiscard]] bool can_begin_elsewhere() const noexcept override { return true; }

 private:
  std::int64_t step() noexcept override {
    if (is_stopped()) return -ECANCELED;
    const std::int64_t result = file_.is_open() ? read_some() : open();
    if (result == 0) answer(std::move(*content_));
    return result;
  }

  std::int64_t open() noexcept {
    if (has_zero_byte(path_)) return -EINVAL;
    const std::int64_t fd =
        call([&] { return system::openat(base(), path_.c_str(), O_RDONLY | O_CLOEXEC); });
    if (fd < 0) return fd;
    file_.adopt(static_cast<int>(fd));
    is_stream_ = is_stream(file_.get());
    struct stat found;
    if (system::fstat(file_.get(), found) == -1) return -errno;
    // A hint and no more: files of /proc say 0, those of /sys too much.
    if (S_ISREG(found.st_mode)) expected_ = static_cast<std::uint64_t>(found.st_size);
    return more;
  }

  // Only a read that gives nothing tells that the end is there.
  std::int64_t read_some() noexcept {
    if (is_stream_ && !becomes_ready(file_.get(), POLLIN)) return more;
    const std::size_t size = content_->size();
    if (!grow()) return -ENOMEM;
    const std::int64_t count = call([&] {
      return system::read(file_.get(), content_->data() + size, content_->size() - size);
    });
    if (count < 0) return count;
    content_->resize(size + static_cast<std::size_t>(count));
    if (content_->size() > size_limit_) return -EFBIG;
    return count == 0 ? 0 : more;
  }

  // Makes room for the next piece: one byte more than is expected, and than is allowed, to see
  // whether the file has it.
  bool grow() noexcept {
    const std::uint64_t size = content_->size();
    const std::uint64_t wanted =
        size <= expected_ ? expected_ - size + 1 : std::max(size, piece_bytes_min);
    const std::uint64_t piece = std::min({wanted, read_piece_bytes_max, size_limit_ - size + 1});
    try {
      if (size == 0) content_->reserve(std::min(expected_, size_limit_) + 1);
      if (content_->capacity() - size < piece) content_->reserve(2 * size + piece);
      content_->resize(size + piece);
      return true;
    } catch (const std::exception&) {
      // std::bad_alloc, or std::length_error where no memory can have it.
      return false;
    }
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
  std::unique_ptr<std::string> content_;
};

}  // namespace

std::shared_ptr<read_file_job> make_read_file_job(const std::string& path,
                                                  std::uint64_t size_limit) {
  return std::make_shared<reading_job>(path, size_limit);
}

}  // namespace asiofile::detail
