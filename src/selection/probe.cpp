#include <asiofile/probe.hpp>

#include "engines/backend_advice.hpp"
#include "engines/threads_engine.hpp"
#include "selection/probe_backend.hpp"
#include "selection/selection.hpp"
#include "system/wake_signal.hpp"
#if defined(ASIOFILE_HAS_LIBURING)
#include "engines/io_uring_engine.hpp"
#endif
#if defined(ASIOFILE_HAS_LIBAIO)
#include "engines/libaio_engine.hpp"
#endif

#include <boost/system/system_error.hpp>

namespace asiofile {

namespace detail {

namespace {

// Starts a thread and ends it. Returns an errno value.
int try_thread(wake_signal& completed) {
  threads_engine tried(1, completed);
  const int error = tried.start_one();
  operation_queue none;
  tried.drain(none);
  return error;
}

backend_report probe_io_uring() {
#if defined(ASIOFILE_HAS_LIBURING)
  try {
    wake_signal completed;
    backend_report report;
    io_uring_engine::create({.submission_entries = 2, .in_flight_max = 1}, completed, report);
    return report;
  } catch (const boost::system::system_error& no_signal) {
    return io_uring_report("eventfd", no_signal.code().value());
  }
#else
  return not_built(backend::io_uring, "liburing");
#endif
}

backend_report probe_libaio() {
#if defined(ASIOFILE_HAS_LIBAIO)
  try {
    wake_signal completed;
    backend_report report;
    libaio_engine::create(1, completed, report);
    if (!report.available) return report;
    // It runs the fewest of all operations itself.
    const int error = try_thread(completed);
    return error == 0 ? report : libaio_report("pthread_create", error);
  } catch (const boost::system::system_error& no_signal) {
    return libaio_report("eventfd", no_signal.code().value());
  }
#else
  return not_built(backend::libaio, "libaio");
#endif
}

backend_report probe_threads() {
  try {
    wake_signal completed;
    return threads_report("pthread_create", try_thread(completed));
  } catch (const boost::system::system_error& no_signal) {
    return threads_report("eventfd", no_signal.code().value());
  }
}

}  // namespace

backend_report probe_backend(backend which) {
  switch (which) {
    case backend::io_uring: return probe_io_uring();
    case backend::libaio: return probe_libaio();
    case backend::threads:
    case backend::simulation:
    case backend::automatic: break;
  }
  return probe_threads();
}

}  // namespace detail

std::vector<backend_report> probe() {
  std::vector<backend_report> reports;
  for (const backend each : detail::usual_order) reports.push_back(detail::probe_backend(each));
  return reports;
}

std::string default_backend_file() { return detail::default_backend_path({}); }

}  // namespace asiofile
