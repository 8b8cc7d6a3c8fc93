// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Tests the kernel's behaviour on which the engine's rules for polled rings are based: for how long
// a ring refers to a file whose operations have completed. A lock on the file (flock(2)) outlives
// its close by that time.
//
// Seen on Linux 6.18, two processors that are busy with other things: of 1,000 syncs by a ring with
// SQPOLL, some 450 held the file after their completion, for up to 20 ms, because a kernel worker
// ran them, and the polling thread freed them when it next ran. Without SQPOLL it was 1 of 1,000,
// for some microseconds: there the thread that submitted frees them when it next enters the kernel,
// and nothing shows when the worker has got that far.

#if defined(ASIOFILE_HAS_LIBURING)

#include "sanitizers.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"
#include "watchdog.hpp"

#include <boost/test/unit_test.hpp>

#include <liburing.h>
#include <sys/file.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <string>

using namespace test_support;

namespace {

struct ring_fixture {
  watchdog limit{std::chrono::seconds(60)};
  temporary_directory directory;
  std::string path = directory.path("file");
  io_uring ring{};
  bool is_made = false;

  // False, and the case is skipped, if there is none.
  bool make(unsigned flags) {
    io_uring_params parameters{};
    parameters.flags = flags;
    parameters.sq_thread_idle = 1000;
    const int error = -io_uring_queue_init_params(8, &ring, &parameters);
    is_made = error == 0;
    if (!is_made) skip("io_uring_setup fails with error " + std::to_string(error));
    return is_made;
  }
  ~ring_fixture() {
    if (is_made) io_uring_queue_exit(&ring);
  }

  // Runs an operation on a file that is locked, closes the file when it has completed, and returns
  // whether it is still locked.
  template <typename Prepare, typename Settle>
  bool holds(Prepare&& prepare, Settle&& settle) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    BOOST_REQUIRE(::flock(fd, LOCK_EX | LOCK_NB) == 0);
    prepare(*io_uring_get_sqe(&ring), fd);
    io_uring_submit(&ring);
    io_uring_cqe* completion = nullptr;
    BOOST_REQUIRE(io_uring_wait_cqe(&ring, &completion) == 0);
    BOOST_REQUIRE(completion->res >= 0);
    io_uring_cqe_seen(&ring, completion);
    settle();
    ::close(fd);
    const int other = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    const auto is_free = [&] { return ::flock(other, LOCK_EX | LOCK_NB) == 0; };
    const bool is_held = !is_free();
    // In the end it is released.
    BOOST_TEST((!is_held || wait_until(is_free)));
    ::close(other);
    return is_held;
  }
};

constexpr int rounds = normally_or_sanitized(300, 50);

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ring_holds_file, ring_fixture)

BOOST_AUTO_TEST_CASE(a_sync_may_hold_its_file_beyond_its_completion_for_a_while) {
  if (!make(IORING_SETUP_SQPOLL)) return;
  int held = 0;
  for (int i = 0; i != rounds; ++i)
    held += holds([](io_uring_sqe& entry, int fd) { io_uring_prep_fsync(&entry, fd, 0); }, [] {});
  BOOST_TEST_MESSAGE("held " << held << " times of " << rounds);
}

BOOST_AUTO_TEST_CASE(a_polling_thread_puts_files_before_it_unlocks_its_ring) {
  if (!make(IORING_SETUP_SQPOLL)) return;
  std::array<char, 512> memory{};
  int held = 0;
  for (int i = 0; i != rounds; ++i) {
    held += holds(
        [&](io_uring_sqe& entry, int fd) {
          io_uring_prep_read(&entry, fd, memory.data(), memory.size(), 0);
        },
        [&] {
          alignas(io_uring_probe)
              std::byte unused[sizeof(io_uring_probe) + sizeof(io_uring_probe_op)] = {};
          io_uring_register_probe(&ring, reinterpret_cast<io_uring_probe*>(unused), 1);
        });
  }
  BOOST_TEST(held == 0);
}

BOOST_AUTO_TEST_SUITE_END()

#endif
