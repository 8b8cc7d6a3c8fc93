#include "system/posix_calls.hpp"

#include <asiofile/detail/path_job.hpp>

#include <cerrno>
#include <new>

namespace asiofile::detail {

path_job::~path_job() = default;

std::int64_t path_job::step() noexcept {
  // It would name another file.
  if (has_zero_byte(call_.path) || has_zero_byte(call_.other_path)) return -EINVAL;
  call_.base = base();
  try {
    for (;;) {
      if (is_stopped()) return -ECANCELED;
      const std::int64_t result = call_.make(call_);
      if (result != -EINTR || !call_.may_repeat) return result;
    }
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
}

}  // namespace asiofile::detail
