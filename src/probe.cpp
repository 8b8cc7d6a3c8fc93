#include <asiofile/probe.hpp>

#include "backend_advice.hpp"
#include "threads_engine.hpp"
#if defined(ASIOFILE_HAS_LIBURING)
#include "io_uring_engine.hpp"
#endif
#if defined(ASIOFILE_HAS_LIBAIO)
#include "libaio_engine.hpp"
#endif

#include <boost/system/system_error.hpp>

namespace asiofile {

namespace {

using namespace detail;

backend_report probe_io_uring(wake_signal* completed, int no_signal) {
#if defined(ASIOFILE_HAS_LIBURING)
  if (completed == nullptr) return io_uring_report("eventfd", no_signal);
  backend_report report;
  io_uring_engine::create(2, 1, *completed, report);
  return report;
#else
  static_cast<void>(completed), static_cast<void>(no_signal);
  return not_built(backend::io_uring, "liburing");
#endif
}

backend_report probe_libaio(wake_signal* completed, int no_signal) {
#if defined(ASIOFILE_HAS_LIBAIO)
  if (completed == nullptr) return libaio_report("eventfd", no_signal);
  backend_report report;
  libaio_engine::create(1, *completed, report);
  return report;
#else
  static_cast<void>(completed), static_cast<void>(no_signal);
  return not_built(backend::libaio, "libaio");
#endif
}

backend_report probe_threads(wake_signal* completed, int no_signal) {
  if (completed == nullptr) return threads_report("eventfd", no_signal);
  threads_engine tried(1, *completed);
  const int error = tried.start_one();
  operation_queue none;
  tried.drain(none);
  return threads_report("pthread_create", error);
}

}  // namespace

std::vector<backend_report> probe() {
  std::unique_ptr<wake_signal> completed;
  int no_signal = 0;
  try {
    completed = std::make_unique<wake_signal>();
  } catch (const boost::system::system_error& failure) {
    no_signal = failure.code().value();
  }
  return {probe_io_uring(completed.get(), no_signal), probe_libaio(completed.get(), no_signal),
          probe_threads(completed.get(), no_signal)};
}

}  // namespace asiofile
