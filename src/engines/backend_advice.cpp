// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "engines/backend_advice.hpp"

#include <cerrno>
#include <string>
#include <string_view>

namespace asiofile::detail {

namespace {

constexpr const char* io_uring_calls = "io_uring_setup, io_uring_enter and io_uring_register";
constexpr const char* libaio_calls = "io_setup, io_submit, io_getevents and io_destroy";

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

std::string kernel_of(const host_information& seen) {
  return seen.kernel_release.empty() ? "the kernel"
                                     : "the kernel, Linux " + seen.kernel_release + ",";
}

// How to install a seccomp profile that allows `calls`, for each program that may have installed
// one.
std::string other_profile(const char* calls) {
  return std::string("use a profile that allows ") + calls +
         " (docker run or podman run: --security-opt seccomp=PROFILE.json; Kubernetes: "
         "securityContext.seccompProfile of type Localhost with a localhostProfile; systemd: "
         "SystemCallFilter=@aio beside what is there)";
}

// Docker's and containerd's default profiles refuse with EPERM, Podman's with ENOSYS.
std::string seccomp_advice(const char* calls, std::string_view defaults) {
  return "a seccomp profile refuses it" + std::string(defaults) + ": " + other_profile(calls);
}

// For a refusal that may be caused by a seccomp filter or by a security module.
std::string forbidden_advice(const char* calls, std::string_view defaults,
                             const host_information& seen) {
  if (seen.has_seccomp_filter) return seccomp_advice(calls, defaults);
  return "a sandbox or security module forbids it (this process has no seccomp filter: look at "
         "SELinux or AppArmor, in the kernel's audit log)";
}

std::string module_advice(const char* calls, const host_information& seen) {
  std::string advice =
      "a security module forbids it: look for SELinux or AppArmor in the kernel's audit log";
  if (seen.has_seccomp_filter)
    advice = "a seccomp profile or a security module (SELinux, AppArmor: see the kernel's audit "
             "log) refuses it: " +
             other_profile(calls);
  return advice;
}

constexpr const char* no_descriptor_advice =
    "no file descriptor is left: raise RLIMIT_NOFILE (ulimit -n; LimitNOFILE= in systemd; --ulimit "
    "nofile= for docker and podman)";

constexpr std::string_view io_uring_defaults =
    ", as the default ones of Docker, Podman and containerd do";

// For refusals due to kernel.io_uring_disabled (Linux 6.6 or newer,
// Documentation/admin-guide/sysctl/kernel.rst); empty if that is not the cause.
std::string switched_off_advice(const host_information& seen) {
  if (seen.io_uring_disabled == 2)
    return "the sysctl kernel.io_uring_disabled is 2, which switches io_uring off for everybody: "
           "set it to 0, on the host where this is a container (or to 1, which leaves io_uring to "
           "CAP_SYS_ADMIN and the group that kernel.io_uring_group names)";
  if (seen.io_uring_disabled != 1 || seen.is_administrator) return {};
  const std::string group = seen.io_uring_group < 0
                                ? "which names none: set it to a group of this user's"
                                : "which is " + std::to_string(seen.io_uring_group) +
                                      ": make this user a member";
  return "the sysctl kernel.io_uring_disabled is 1, which leaves io_uring to processes with "
         "CAP_SYS_ADMIN and to the group that kernel.io_uring_group names (" +
         group + "), or set kernel.io_uring_disabled to 0, on the host where this is a container";
}

std::string memory_advice(const host_information& seen) {
  const std::string limit = seen.lockable_bytes
                                ? "it is " + std::to_string(*seen.lockable_bytes) + " bytes here, "
                                  "for all processes of the user together"
                                : std::string("it is unlimited here, so look at the container's "
                                              "memory limit");
  return "there is no memory for a ring that may be locked: raise RLIMIT_MEMLOCK, which Linux "
         "before 5.12 and again newer ones count rings against without CAP_IPC_LOCK (" +
         limit +
         "; ulimit -l; LimitMEMLOCK= in systemd; --ulimit memlock= for docker and podman)";
}

std::string missing_advice(const char* calls, std::string_view defaults, const char* configuration,
                           const host_information& seen) {
  if (seen.has_seccomp_filter) return seccomp_advice(calls, defaults);
  return kernel_of(seen) + " was built without " + configuration +
         ", or a sandbox (such as gVisor) does not offer it";
}

}  // namespace

std::string io_uring_advice(const char* failing_call, int error, const host_information& seen) {
  const std::string too_old =
      kernel_of(seen) + " is too old for it: Linux 5.6 or newer is needed";
  const bool is_setup = std::string_view(failing_call) == "io_uring_setup";
  switch (error) {
    case EPERM: {
      const std::string switched_off = is_setup ? switched_off_advice(seen) : std::string();
      return switched_off.empty() ? forbidden_advice(io_uring_calls, io_uring_defaults, seen)
                                  : switched_off;
    }
    case EACCES: return module_advice(io_uring_calls, seen);
    case ENOSYS:
      return seen.kernel_is_older_than(5, 1)
                 ? too_old
                 : missing_advice(io_uring_calls, io_uring_defaults, "CONFIG_IO_URING", seen);
    case EOPNOTSUPP:
    case EINVAL:
      if (seen.kernel_is_older_than(5, 6)) return too_old;
      return seen.has_seccomp_filter
                 ? seccomp_advice(io_uring_calls, {})
                 : kernel_of(seen) + " does not offer the operations that are needed, which Linux "
                                     "5.6 and newer do";
    case ENOMEM: return memory_advice(seen);
    case EMFILE:
    case ENFILE: return no_descriptor_advice;
    default:
      return seen.has_seccomp_filter
                 ? "the kernel or a seccomp profile refused it; for the latter, " +
                       other_profile(io_uring_calls)
                 : std::string("the kernel refused it");
  }
}

std::string libaio_advice(const char* failing_call, int error, const host_information& seen) {
  const std::string_view call = failing_call;
  if (call == "pthread_create")
    return "it needs threads beside it, and " + threads_advice(failing_call, error, seen);
  switch (error) {
    case EPERM: return forbidden_advice(libaio_calls, {}, seen);
    case EACCES: return module_advice(libaio_calls, seen);
    case ENOSYS: return missing_advice(libaio_calls, {}, "CONFIG_AIO", seen);
    case EAGAIN: {
      if (call != "io_setup") break;
      const std::string taken =
          seen.aio_nr && seen.aio_max_nr ? ": now " + std::to_string(*seen.aio_nr) + " of " +
                                               std::to_string(*seen.aio_max_nr)
                                         : std::string();
      return "the whole system's limit of such operations is used up (fs.aio-nr of fs.aio-max-nr" +
             taken + "): raise the sysctl fs.aio-max-nr, on the host where this is a container";
    }
    case EINVAL:
      return seen.kernel_is_older_than(4, 18)
                 ? kernel_of(seen) + " is too old for it: Linux 4.18 or newer is needed"
                 : kernel_of(seen) + " does not offer the operations that are needed, which Linux "
                                     "4.18 and newer do";
    case ENOMEM: return "there is no memory for a context";
    case EMFILE:
    case ENFILE: return no_descriptor_advice;
    default: break;
  }
  return seen.has_seccomp_filter ? "the kernel or a seccomp profile refused it; for the latter, " +
                                       other_profile(libaio_calls)
                                 : std::string("the kernel refused it");
}

std::string threads_advice(const char*, int error, const host_information& seen) {
  switch (error) {
    case EMFILE:
    case ENFILE: return no_descriptor_advice;
    case ENOMEM:
      return "there is no memory for a thread's stack: raise RLIMIT_AS or the container's memory "
             "limit, or lower RLIMIT_STACK";
    case EPERM:
    case EACCES:
    case ENOSYS: return forbidden_advice("clone and clone3", {}, seen);
    default:
      return "no thread can be started: raise the limit of processes and threads (ulimit -u; "
             "TasksMax= in systemd; --pids-limit for docker and podman; podPidsLimit of the "
             "kubelet)";
  }
}

backend_report io_uring_report(const char* failing_call, int error) {
  backend_report report = report_of(backend::io_uring, failing_call, error);
  report.explanation = error == 0 ? "a no-op went through a ring and back"
                                  : io_uring_advice(failing_call, error, read_host_information());
  return report;
}

backend_report libaio_report(const char* failing_call, int error) {
  backend_report report = report_of(backend::libaio, failing_call, error);
  report.explanation = error == 0 ? "an operation went through a context and back"
                                  : libaio_advice(failing_call, error, read_host_information());
  return report;
}

backend_report threads_report(const char* failing_call, int error) {
  backend_report report = report_of(backend::threads, failing_call, error);
  report.explanation = error == 0
                           ? "a thread was started"
                           : threads_advice(failing_call, error, read_host_information());
  return report;
}

backend_report not_built(backend which, const char* library) {
  backend_report report;
  report.backend = which;
  report.explanation = std::string("this library was built without ") + library +
                       ": build it where " + library + " is installed";
  return report;
}

}  // namespace asiofile::detail
