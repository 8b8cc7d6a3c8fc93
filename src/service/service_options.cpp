#include "service/option_checks.hpp"

#include "operations/range_check.hpp"

namespace asiofile::detail {

void check_options(const service_options& options) {
  check_range("service_options::backend", static_cast<std::size_t>(options.backend), 0,
              static_cast<std::size_t>(backend::threads));
  check_range("service_options::max_in_flight", options.max_in_flight, 1, 65'536);
  check_range("service_options::thread_count", options.thread_count, 1, 128);
  check_range("service_options::ring_size", options.ring_size, 2, 32'768);
}

}  // namespace asiofile::detail
