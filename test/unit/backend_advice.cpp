// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The messages on a backend that does not work, by errno and host.

#include "engines/backend_advice.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <initializer_list>
#include <string>
#include <string_view>

using namespace asiofile::detail;

namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

void check_names(const std::string& advice, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts)
    BOOST_TEST(contains(advice, part), "no '" << part << "' in: " << advice);
}

host_information linux_version(int major, int minor) {
  host_information seen;
  seen.kernel_major = major;
  seen.kernel_minor = minor;
  seen.kernel_release = std::to_string(major) + '.' + std::to_string(minor) + ".0-test";
  return seen;
}

host_information in_container() {
  host_information seen = linux_version(6, 8);
  seen.has_seccomp_filter = true;
  return seen;
}

const char* const setup = "io_uring_setup";

}  // namespace

BOOST_AUTO_TEST_SUITE(backend_advice)

BOOST_AUTO_TEST_CASE(under_a_seccomp_filter_it_names_the_options_of_the_container_tools) {
  for (const int error : {EPERM, EACCES, ENOSYS}) {
    check_names(io_uring_advice(setup, error, in_container()),
                {"seccomp", "docker run", "podman run", "--security-opt seccomp=PROFILE.json",
                 "Kubernetes", "securityContext.seccompProfile", "localhostProfile",
                 "SystemCallFilter=@aio", "io_uring_setup, io_uring_enter and io_uring_register"});
    check_names(libaio_advice("io_setup", error, in_container()),
                {"seccomp", "--security-opt seccomp=PROFILE.json", "io_submit"});
    check_names(threads_advice("pthread_create", error == EACCES ? EPERM : error, in_container()),
                {"seccomp", "clone3"});
  }
  check_names(io_uring_advice("io_uring_register(IORING_REGISTER_PROBE)", EOPNOTSUPP,
                              in_container()),
              {"seccomp", "io_uring_register"});
}

BOOST_AUTO_TEST_CASE(without_a_filter_it_blames_none) {
  const host_information seen = linux_version(6, 8);
  check_names(io_uring_advice(setup, EPERM, seen), {"no seccomp filter", "SELinux"});
  check_names(io_uring_advice(setup, EACCES, seen), {"SELinux", "AppArmor"});
  check_names(io_uring_advice(setup, ENOSYS, seen), {"CONFIG_IO_URING", "6.8.0-test"});
  check_names(libaio_advice("io_setup", ENOSYS, seen), {"CONFIG_AIO"});
  for (const int error : {EACCES, ENOSYS})
    BOOST_TEST(!contains(io_uring_advice(setup, error, seen), "seccomp"));
}

BOOST_AUTO_TEST_CASE(the_switch_for_everybody_is_named) {
  host_information seen = in_container();
  seen.io_uring_disabled = 2;
  for (const bool is_administrator : {false, true}) {
    seen.is_administrator = is_administrator;
    const std::string advice = io_uring_advice(setup, EPERM, seen);
    check_names(advice, {"kernel.io_uring_disabled is 2", "set it to 0"});
    BOOST_TEST(!contains(advice, "seccomp"));
  }
}

BOOST_AUTO_TEST_CASE(the_switch_for_the_unprivileged_is_named_with_its_group) {
  host_information seen = in_container();
  seen.io_uring_disabled = 1;
  check_names(io_uring_advice(setup, EPERM, seen),
              {"kernel.io_uring_disabled is 1", "CAP_SYS_ADMIN", "kernel.io_uring_group",
               "names none"});
  seen.io_uring_group = 4711;
  check_names(io_uring_advice(setup, EPERM, seen), {"4711", "member"});
  // It does not apply to an administrator: something else refuses.
  seen.is_administrator = true;
  BOOST_TEST(!contains(io_uring_advice(setup, EPERM, seen), "io_uring_disabled"));
  // Nor to a process that has a ring already.
  seen.is_administrator = false;
  check_names(io_uring_advice("io_uring_enter", EPERM, seen), {"seccomp"});
}

BOOST_AUTO_TEST_CASE(an_old_kernel_is_named_even_in_a_container) {
  host_information seen = linux_version(4, 18);
  seen.has_seccomp_filter = true;
  check_names(io_uring_advice(setup, ENOSYS, seen), {"4.18.0-test", "too old", "5.6"});
  seen = linux_version(5, 4);
  check_names(io_uring_advice("io_uring_register(IORING_REGISTER_PROBE)", EOPNOTSUPP, seen),
              {"too old", "5.6"});
  check_names(io_uring_advice(setup, EINVAL, seen), {"too old", "5.6"});
  check_names(libaio_advice("io_submit", EINVAL, linux_version(4, 14)), {"too old", "4.18"});
}

BOOST_AUTO_TEST_CASE(a_limit_is_named_with_its_value) {
  host_information seen = linux_version(6, 8);
  seen.lockable_bytes = 65'536;
  check_names(io_uring_advice(setup, ENOMEM, seen),
              {"RLIMIT_MEMLOCK", "65536 bytes", "ulimit -l", "LimitMEMLOCK=", "--ulimit memlock="});
  seen.lockable_bytes.reset();
  check_names(io_uring_advice(setup, ENOMEM, seen), {"unlimited", "memory limit"});
  seen.aio_nr = 65'500;
  seen.aio_max_nr = 65'536;
  check_names(libaio_advice("io_setup", EAGAIN, seen),
              {"fs.aio-max-nr", "65500 of 65536", "on the host"});
  check_names(threads_advice("pthread_create", EAGAIN, seen),
              {"ulimit -u", "TasksMax=", "--pids-limit", "podPidsLimit"});
  check_names(io_uring_advice("eventfd", EMFILE, seen), {"RLIMIT_NOFILE", "ulimit -n"});
}

BOOST_AUTO_TEST_CASE(libaio_without_threads_names_the_threads) {
  check_names(libaio_advice("pthread_create", EAGAIN, linux_version(6, 8)),
              {"needs threads", "ulimit -u"});
}

BOOST_AUTO_TEST_CASE(every_errno_gets_a_sentence) {
  for (const host_information& seen : {host_information(), in_container(), linux_version(2, 6)}) {
    for (int error = 1; error != 134; ++error) {
      BOOST_TEST(io_uring_advice(setup, error, seen).size() > 15U);
      BOOST_TEST(libaio_advice("io_setup", error, seen).size() > 15U);
      BOOST_TEST(threads_advice("pthread_create", error, seen).size() > 15U);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_was_left_out_of_the_build_is_told) {
  const auto report = not_built(asiofile::backend::io_uring, "liburing");
  BOOST_TEST(!report.available);
  BOOST_TEST(report.failing_call.empty());
  BOOST_TEST(!report.error);
  check_names(report.explanation, {"built without liburing"});
}

BOOST_AUTO_TEST_CASE(the_host_information_of_this_process_is_found) {
  const host_information seen = read_host_information();
  BOOST_TEST(!seen.kernel_release.empty());
#if defined(__linux__)
  BOOST_TEST(seen.kernel_major >= 4);
  BOOST_TEST(seen.aio_max_nr.has_value());
#endif
}

BOOST_AUTO_TEST_SUITE_END()
