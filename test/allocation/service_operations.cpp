// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The functions of the service.

#include "scene.hpp"

#include <asiofile/file_service.hpp>

namespace allocation_test {

namespace {

asiofile::file_service& service_of(scene& in) {
  return boost::asio::use_service<asiofile::file_service>(in.context());
}

error_code is_active(asiofile::file_service& service) {
  return service.active_backend() == asiofile::backend::automatic
             ? error_code(ENOMEM, boost::system::system_category())
             : error_code();
}

}  // namespace

std::vector<tested_operation> service_operations() {
  return {calls("use_service", [](scene& in) { return is_active(service_of(in)); }),
          calls("make_service",
                [](scene& in) {
                  if (boost::asio::has_service<asiofile::file_service>(in.context()))
                    return is_active(service_of(in));
                  asiofile::service_options options;
                  options.max_in_flight = 16;
                  options.measure_latency = true;
                  return is_active(
                      boost::asio::make_service<asiofile::file_service>(in.context(), options));
                }),
          calls("file_service::why",
                [](scene& in) {
                  static_cast<void>(service_of(in).why());
                  return error_code();
                }),
          calls("file_service::statistics",
                [](scene& in) {
                  static_cast<void>(service_of(in).statistics());
                  return error_code();
                }),
          calls("probe",
                [](scene&) {
                  static_cast<void>(asiofile::probe());
                  return error_code();
                }),
          calls("default_backend_file",
                [](scene&) {
                  static_cast<void>(asiofile::default_backend_file());
                  return error_code();
                }),
          calls("aligned_buffer",
                [](scene&) {
                  const asiofile::aligned_buffer made(10'000);
                  return error_code();
                })};
}

}  // namespace allocation_test
