// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "statuses.hpp"

namespace http_file_server {

namespace errc = boost::system::errc;
using boost::beast::http::status;

bool is_out_of_descriptors(const boost::system::error_code& ec) {
  return ec == errc::too_many_files_open || ec == errc::too_many_files_open_in_system;
}

status status_of(const boost::system::error_code& ec) {
  if (is_out_of_descriptors(ec) || ec == errc::not_enough_memory ||
      ec == errc::resource_unavailable_try_again)
    return status::service_unavailable;
  switch (ec.value()) {
    case errc::no_such_file_or_directory:
    case errc::not_a_directory:
    case errc::filename_too_long:
    case errc::invalid_argument: return status::not_found;
    // Among them links that lead out of the root, and FIFOs, devices and sockets.
    case errc::permission_denied:
    case errc::operation_not_permitted:
    case errc::cross_device_link:
    case errc::too_many_symbolic_link_levels:
    case errc::operation_not_supported:
    case errc::no_such_device_or_address: return status::forbidden;
    default: return status::internal_server_error;
  }
}

}  // namespace http_file_server
