#include "whole_files/file_location.hpp"

#include "system/system_calls.hpp"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <climits>

namespace asiofile::detail {

namespace {

// As many as Linux follows (path_resolution(7)).
constexpr int links_max = 40;

int open_directory(int base, const std::string& path) noexcept {
  const int fd = system::openat(base, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
#if defined(O_PATH)
  // Files can be made in a directory that may not be listed.
  if (fd == -1 && errno == EACCES)
    return system::openat(base, path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
#endif
  return fd;
}

}  // namespace

std::int64_t find_location(int base, const std::string& path, file_location& found) {
  std::string rest = path;
  std::array<char, PATH_MAX> target;
  for (int links = 0; links <= links_max; ++links) {
    if (rest.empty()) return -ENOENT;
    const std::size_t slash = rest.rfind('/');
    const std::string parent = slash == std::string::npos ? "." : rest.substr(0, slash + 1);
    found.name = slash == std::string::npos ? rest : rest.substr(slash + 1);
    // What open(2) says with O_CREAT.
    if (found.name.empty()) return -EISDIR;
    const int from = found.directory.is_open() ? found.directory.get() : base;
    const int directory = open_directory(from, parent);
    if (directory == -1) return -errno;
    found.directory.adopt(directory);
    const ssize_t size =
        system::readlinkat(directory, found.name.c_str(), target.data(), target.size());
    if (size == -1) return errno == EINVAL || errno == ENOENT ? 0 : -errno;
    rest.assign(target.data(), static_cast<std::size_t>(size));
  }
  return -ELOOP;
}

}  // namespace asiofile::detail
