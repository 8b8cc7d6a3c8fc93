#include "system/data_extents.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace asiofile::detail {

extent find_data(int fd, std::uint64_t begin, std::uint64_t end) noexcept {
  if (begin >= end) return {end, 0};
#if defined(SEEK_DATA) && defined(SEEK_HOLE)
  const off_t data = ::lseek(fd, static_cast<off_t>(begin), SEEK_DATA);
  // ENXIO: from here on there is none (lseek(2)).
  if (data == -1 && errno == ENXIO) return {end, 0};
  if (data == -1) return {begin, end - begin};
  begin = std::min(static_cast<std::uint64_t>(data), end);
  const off_t hole = ::lseek(fd, data, SEEK_HOLE);
  if (hole != -1) end = std::min(static_cast<std::uint64_t>(hole), end);
#endif
  return {begin, end - begin};
}

}  // namespace asiofile::detail
