#include <asiofile/detail/job.hpp>

#include <unistd.h>

namespace asiofile::detail {

job::job() noexcept : process_(::getpid()) {}

job::~job() = default;

bool job::is_forked_copy() const noexcept { return process_ != ::getpid(); }

}  // namespace asiofile::detail
