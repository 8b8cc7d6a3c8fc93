#include "backend_advice.hpp"

#include <cerrno>
#include <fstream>
#include <string>

namespace asiofile::detail {

namespace {

backend_report report_of(backend which, const char* failing_call, int error) {
  backend_report report;
  report.backend = which;
  report.available = error == 0;
  if (error != 0) {
    report.failing_call = failing_call;
    report.error.assign(error, boost::system::system_category());
  }
  return report;
}

// The value of kernel.io_uring_disabled (Linux 6.6 or newer); 0 where there is none.
int io_uring_disabled() {
  std::ifstream setting("/proc/sys/kernel/io_uring_disabled");
  int value = 0;
  return setting >> value ? value : 0;
}

std::string io_uring_advice(int error) {
  switch (error) {
    case EPERM:
      if (io_uring_disabled() != 0)
        return "the administrator has switched io_uring off: "
               "set the sysctl kernel.io_uring_disabled to 0";
      [[fallthrough]];
    case EACCES:
      return "a sandbox forbids it: allow io_uring_setup, io_uring_enter and io_uring_register in "
             "the seccomp profile (docker or podman run --security-opt seccomp=PROFILE.json, "
             "Kubernetes securityContext.seccompProfile)";
    case ENOSYS:
      return "the kernel has no io_uring (it needs Linux 5.6 or newer with CONFIG_IO_URING), or a "
             "seccomp profile hides it";
    case EOPNOTSUPP:
    case EINVAL: return "the kernel's io_uring is too old: Linux 5.6 or newer is needed";
    case ENOMEM:
      return "not enough lockable memory: raise RLIMIT_MEMLOCK (ulimit -l, LimitMEMLOCK= in "
             "systemd, --ulimit memlock= for containers)";
    case EMFILE:
    case ENFILE: return "no file descriptor left: raise RLIMIT_NOFILE (ulimit -n)";
    default: return "the kernel refused to set up a ring";
  }
}

std::string libaio_advice(int error) {
  switch (error) {
    case EPERM:
    case EACCES:
      return "a sandbox forbids it: allow io_setup, io_submit, io_getevents and io_destroy in the "
             "seccomp profile (docker or podman run --security-opt seccomp=PROFILE.json, "
             "Kubernetes securityContext.seccompProfile)";
    case ENOSYS:
      return "the kernel has no asynchronous I/O (CONFIG_AIO), or a seccomp profile hides it";
    case EAGAIN:
      return "the system's limit of operations is used up: raise the sysctl fs.aio-max-nr "
             "(fs.aio-nr tells how many are taken)";
    case EINVAL: return "the kernel's asynchronous I/O is too old: Linux 4.18 or newer is needed";
    case ENOMEM: return "not enough memory for the completion ring";
    default: return "the kernel refused to set up a context";
  }
}

}  // namespace

backend_report io_uring_report(const char* failing_call, int error) {
  backend_report report = report_of(backend::io_uring, failing_call, error);
  report.explanation =
      error == 0 ? "a no-op went through a ring and back" : io_uring_advice(error);
  return report;
}

backend_report libaio_report(const char* failing_call, int error) {
  backend_report report = report_of(backend::libaio, failing_call, error);
  report.explanation =
      error == 0 ? "an operation went through a context and back" : libaio_advice(error);
  return report;
}

backend_report threads_report(const char* failing_call, int error) {
  backend_report report = report_of(backend::threads, failing_call, error);
  report.explanation = error == 0 ? "a thread was started"
                                  : "no thread can be started: raise the limit of processes "
                                    "(ulimit -u, TasksMax= in systemd, --pids-limit for containers)";
  return report;
}

backend_report not_built(backend which, const char* library) {
  backend_report report;
  report.backend = which;
  report.explanation = std::string("this library was built without ") + library;
  return report;
}

}  // namespace asiofile::detail
