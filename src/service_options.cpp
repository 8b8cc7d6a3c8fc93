#include "option_checks.hpp"

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <cerrno>
#include <string>

namespace asiofile::detail {

namespace {

void check(const char* option, std::size_t value, std::size_t least, std::size_t most) {
  if (value >= least && value <= most) return;
  throw boost::system::system_error(
      boost::system::error_code(EINVAL, boost::system::system_category()),
      std::string("asiofile: service_options::") + option + " is " + std::to_string(value) +
          ", not " + std::to_string(least) + " to " + std::to_string(most));
}

}  // namespace

void check_options(const service_options& options) {
  check("backend", static_cast<std::size_t>(options.backend), 0,
        static_cast<std::size_t>(backend::threads));
  check("max_in_flight", options.max_in_flight, 1, 65'536);
  check("thread_count", options.thread_count, 1, 128);
  check("ring_size", options.ring_size, 2, 32'768);
}

}  // namespace asiofile::detail
