#include "service/beneath_open.hpp"

#include "names/beneath_walk.hpp"
#include "operations/completion.hpp"
#include "service/file_state.hpp"
#include "service/service_core.hpp"
#include "system/posix_calls.hpp"

#include <fcntl.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

#include <cerrno>
#include <utility>

namespace asiofile::detail {

namespace {

// A rename anywhere in the system that comes between makes openat2(2) give up a path with "..".
constexpr int attempts_max = 16;

#if defined(O_PATH)
constexpr int directory_flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
#elif defined(O_SEARCH)
constexpr int directory_flags = O_SEARCH | O_DIRECTORY | O_CLOEXEC;
#else
constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
#endif

// Others would mean something to one way of opening and nothing to the other.
constexpr unsigned known_flags =
    O_ACCMODE | file_base::append | file_base::create | file_base::exclusive | file_base::truncate |
    file_base::sync_all_on_write | file_base::direct | file_base::sync_on_close;

class beneath_open final : public job {
 public:
  beneath_open(beneath_root_ptr root, const std::string& path, file_base::flags flags,
               std::uint32_t permissions)
      : root_(std::move(root)),
        path_(path),
        flags_(static_cast<int>(flags)),
        permissions_(permissions) {}

 private:
  std::int64_t step() noexcept override {
    for (;;) {
      if (is_stopped()) return -ECANCELED;
      const std::int64_t result = detail::open_beneath(*root_, path_, flags_, permissions_);
      if (result != -EINTR) return result;
    }
  }

  const beneath_root_ptr root_;
  const std::string path_;
  const int flags_;
  const std::uint32_t permissions_;
};

}  // namespace

std::int64_t beneath_root::fd(owned_fd& opened) const noexcept {
  if (error_ != 0) return -error_;
  if (directory_) return directory_.get();
  if (has_zero_byte(path_)) return -EINVAL;
  opened = owned_fd(::open(path_.c_str(), directory_flags));
  return opened ? opened.get() : -errno;
}

std::int64_t open_beneath_by_kernel([[maybe_unused]] int root, [[maybe_unused]] const char* path,
                                    [[maybe_unused]] int open_flags,
                                    [[maybe_unused]] std::uint32_t permissions) noexcept {
#if defined(__linux__) && defined(SYS_openat2)
  // linux/openat2.h, which not every system has.
  struct {
    std::uint64_t flags;
    std::uint64_t mode;
    std::uint64_t resolve;
  } how{};
  constexpr std::uint64_t no_magic_links = 0x02;
  constexpr std::uint64_t beneath = 0x08;
  how.flags = static_cast<unsigned>(native_open_flags(open_flags));
  how.mode = (open_flags & O_CREAT) != 0 ? permissions : 0;
  how.resolve = beneath | no_magic_links;
  const long fd = ::syscall(SYS_openat2, root, path, &how, sizeof how);
  return fd == -1 ? -errno : fd;
#else
  return -ENOSYS;
#endif
}

std::int64_t open_beneath(const beneath_root& root, const std::string& path, int open_flags,
                          std::uint32_t permissions) noexcept {
  // A path with a zero byte inside would name another file.
  if ((static_cast<unsigned>(open_flags) & ~known_flags) != 0 || has_zero_byte(path) ||
      !are_permissions(permissions))
    return -EINVAL;
  owned_fd opened;
  const std::int64_t directory = root.fd(opened);
  if (directory < 0) return directory;
  const int fd = static_cast<int>(directory);
  std::int64_t result = -EAGAIN;
  for (int i = 0; i != attempts_max && result == -EAGAIN; ++i)
    result = open_beneath_by_kernel(fd, path.c_str(), open_flags, permissions);
  // EPERM is what a sandbox says that does not know the call. If the file's own permissions say so,
  // the walk will hear it too.
  const bool is_missing = result == -ENOSYS || result == -EPERM;
  if (is_missing || result == -EAGAIN) return open_beneath_by_walk(fd, path, open_flags, permissions);
  return result;
}

beneath_root_ptr make_beneath_root(const file_state* directory) {
  const auto used = directory != nullptr ? directory->core->use(*directory) : nullptr;
  if (!used) return std::make_shared<beneath_root>(owned_fd(), EBADF);
  owned_fd own(::fcntl(used->fd(), F_DUPFD_CLOEXEC, 0));
  const int error = own ? 0 : errno;
  return std::make_shared<beneath_root>(std::move(own), error);
}

beneath_root_ptr make_beneath_root(const std::string& path) {
  return std::make_shared<beneath_root>(path);
}

void open_beneath(file_state& file, const beneath_root_ptr& root, const std::string& path,
                  file_base::flags flags, std::uint32_t permissions,
                  boost::system::error_code& ec) {
  ec = make_error(
      file.core->open_beneath(file, *root, path, static_cast<int>(flags), permissions));
}

std::shared_ptr<job> make_beneath_open(beneath_root_ptr root, const std::string& path,
                                       file_base::flags flags, std::uint32_t permissions) {
  return std::make_shared<beneath_open>(std::move(root), path, flags, permissions);
}

}  // namespace asiofile::detail
