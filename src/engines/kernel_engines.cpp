// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "engines/kernel_engines.hpp"

#include "engines/backend_advice.hpp"
#if defined(ASIOFILE_HAS_LIBURING)
#include "engines/io_uring_engine.hpp"
#endif
#if defined(ASIOFILE_HAS_LIBAIO)
#include "engines/libaio_engine.hpp"
#endif

namespace asiofile::detail {

#if defined(ASIOFILE_HAS_LIBURING)

std::unique_ptr<engine> make_io_uring(const service_options& options, notifier& completed,
                                      backend_report& report) {
  return io_uring_engine::create({.submission_entries = options.ring_size,
                                  .in_flight_max = options.max_in_flight,
                                  .submission_polling = options.submission_polling},
                                 completed, report);
}

backend_report try_io_uring() {
  notifier completed;
  backend_report report;
  io_uring_engine::create({.submission_entries = 2, .in_flight_max = 1}, completed, report);
  return report;
}

#else

std::unique_ptr<engine> make_io_uring(const service_options&, notifier&, backend_report& report) {
  report = try_io_uring();
  return nullptr;
}

backend_report try_io_uring() { return not_built(backend::io_uring, "liburing"); }

#endif

#if defined(ASIOFILE_HAS_LIBAIO)

std::unique_ptr<engine> make_libaio(const service_options& options, notifier& completed,
                                    backend_report& report) {
  return libaio_engine::create(options.max_in_flight, completed, report);
}

backend_report try_libaio() { return libaio_engine::probe(); }

#else

std::unique_ptr<engine> make_libaio(const service_options&, notifier&, backend_report& report) {
  report = try_libaio();
  return nullptr;
}

backend_report try_libaio() { return not_built(backend::libaio, "libaio"); }

#endif

}  // namespace asiofile::detail
