// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The reports on tried backends that a process keeps.

#include "child_process.hpp"
#include "restrictions.hpp"
#include "selection/probe_backend.hpp"
#include "skip.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

using asiofile::backend;
using asiofile::backend_report;
using namespace asiofile::detail;
using namespace test_support;

namespace {

backend_report report_of(backend which, int error, const std::string& explanation) {
  backend_report made;
  made.backend = which;
  made.available = error == 0;
  made.failing_call = error == 0 ? "" : "a_call";
  made.error.assign(error, boost::system::system_category());
  made.explanation = explanation;
  return made;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kept_reports_of_backends)

BOOST_AUTO_TEST_CASE(what_was_said_last_of_each_backend_is_kept) {
  kept_reports kept;
  BOOST_TEST(kept.find(backend::io_uring) == nullptr);
  kept.keep(report_of(backend::io_uring, EPERM, "first"));
  kept.keep(report_of(backend::threads, 0, "second"));
  const backend_report* const first = kept.find(backend::io_uring);
  BOOST_REQUIRE(first != nullptr);
  BOOST_TEST(first->explanation == "first");
  BOOST_TEST(kept.find(backend::threads)->explanation == "second");
  BOOST_TEST(kept.find(backend::libaio) == nullptr);
  kept.keep(report_of(backend::io_uring, 0, "third"));
  BOOST_TEST(kept.find(backend::io_uring)->explanation == "third");
  BOOST_TEST(kept.find(backend::io_uring)->available);
  // Another thread may still be reading it.
  BOOST_TEST(first->explanation == "first");
}

BOOST_AUTO_TEST_CASE(what_may_be_otherwise_a_moment_later_is_not_kept) {
  kept_reports kept;
  for (const int error : {EMFILE, ENFILE, ENOMEM, EAGAIN}) {
    kept.keep(report_of(backend::libaio, error, "none left"));
    BOOST_TEST(kept.find(backend::libaio) == nullptr);
  }
  for (const int error : {EPERM, ENOSYS, EACCES, EINVAL, EOPNOTSUPP, 0}) {
    kept.keep(report_of(backend::libaio, error, std::to_string(error)));
    BOOST_REQUIRE(kept.find(backend::libaio) != nullptr);
    BOOST_TEST(kept.find(backend::libaio)->error.value() == error);
  }
  // Nor does it replace a known result.
  kept.keep(report_of(backend::libaio, ENOMEM, "none left"));
  BOOST_TEST(kept.find(backend::libaio)->available);
}

BOOST_AUTO_TEST_CASE(the_same_again_changes_nothing) {
  kept_reports kept;
  kept.keep(report_of(backend::threads, 0, "it works"));
  const backend_report* const first = kept.find(backend::threads);
  kept.keep(report_of(backend::threads, 0, "it works"));
  BOOST_TEST(kept.find(backend::threads) == first);
  kept.keep(report_of(backend::threads, 0, "it still does"));
  BOOST_TEST(kept.find(backend::threads) != first);
}

BOOST_AUTO_TEST_CASE(several_threads_may_keep_and_find_at_once) {
  kept_reports kept;
  std::atomic<bool> is_wrong = false;
  std::vector<std::thread> threads;
  for (int i = 0; i != 4; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round != 500; ++round) {
        kept.keep(report_of(backend::io_uring, EPERM, std::to_string((i + round) % 3)));
        const backend_report* const found = kept.find(backend::io_uring);
        if (found == nullptr || found->explanation.size() != 1) is_wrong = true;
      }
    });
  }
  for (std::thread& each : threads) each.join();
  BOOST_TEST(!is_wrong);
}

BOOST_AUTO_TEST_CASE(a_second_context_does_not_try_again_and_probe_does) {
  if (!children_can_be_trusted()) return;
  if (const auto why = no_seccomp_reason(); !why.empty()) return skip(why);
  child_process child([] {
    for (const backend each : {backend::io_uring, backend::libaio, backend::threads}) {
      const backend_report tried = try_backend(each);
      const backend_report first = probe_backend(each);
      child_require(tried.available == first.available, "it is tried at first");
    }
    refuse_calls({SYS_io_uring_setup, SYS_io_setup, SYS_clone, SYS_clone3}, EPERM);
    for (const backend each : {backend::io_uring, backend::libaio, backend::threads}) {
      const bool was_available = probe_backend(each).available;
      child_require(!try_backend(each).available, "it is refused");
      child_require(probe_backend(each).available == was_available, "it was tried again");
    }
    for (const backend_report& each : asiofile::probe()) {
      child_require(!each.available, "probe() tries it now");
      child_require(!probe_backend(each.backend).available, "and that is kept");
    }
  });
  const auto ended = child.wait();
  BOOST_TEST(ended.succeeded(), ended);
}

BOOST_AUTO_TEST_CASE(a_limit_that_is_raised_is_seen) {
  if (!children_can_be_trusted()) return;
  child_process child([] {
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const rlimit none{0, before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
    const backend_report refused = probe_backend(backend::threads);
    child_require(refused.error.value() == EMFILE, refused.error.message());
    ::setrlimit(RLIMIT_NOFILE, &before);
    child_require(probe_backend(backend::threads).available, "it is tried again");
  });
  const auto ended = child.wait();
  BOOST_TEST(ended.succeeded(), ended);
}

BOOST_AUTO_TEST_SUITE_END()
