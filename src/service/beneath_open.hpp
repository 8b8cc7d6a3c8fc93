#pragma once

// Opening a file beneath a directory, which nothing in the path leads out of.

#include "system/owned_fd.hpp"

#include <asiofile/detail/beneath.hpp>

#include <cstdint>
#include <string>

namespace asiofile::detail {

class beneath_root {
 public:
  // An error (an errno value) in place of the descriptor is what every open reports.
  beneath_root(owned_fd directory, int error) noexcept
      : directory_(std::move(directory)), error_(error) {}
  explicit beneath_root(const std::string& path) : path_(path) {}

  // The directory, or an errno value, negated. `opened` is what has to be kept while it is used.
  [[nodiscard]] std::int64_t fd(owned_fd& opened) const noexcept;

 private:
  owned_fd directory_;
  int error_ = 0;
  std::string path_;
};

// Results are a descriptor or an errno value, negated. `open_flags`: `file_base::flags`.
std::int64_t open_beneath(const beneath_root& root, const std::string& path,
                          int open_flags, std::uint32_t permissions) noexcept;

// By openat2(2), which Linux has since 5.6: -ENOSYS elsewhere. -EAGAIN where something was renamed
// or mounted at the same time.
std::int64_t open_beneath_by_kernel(int root, const char* path, int open_flags,
                                    std::uint32_t permissions = default_permissions) noexcept;

}  // namespace asiofile::detail
