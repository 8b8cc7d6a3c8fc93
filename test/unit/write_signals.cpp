// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/write_signals.hpp"

#include "engines/engine_thread.hpp"

#include <boost/test/unit_test.hpp>

#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <thread>

namespace {

using namespace asiofile::detail;

struct outcome {
  bool has_failed = false;
  bool is_left_pending = false;
  bool is_mask_kept = false;
};

bool is_pipe_signal_blocked() {
  sigset_t mask;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  return sigismember(&mask, SIGPIPE) == 1;
}

// Writes to a pipe without readers.
outcome write_in_vain() {
  int ends[2];
  if (::pipe(ends) != 0) return {};
  ::close(ends[0]);
  outcome seen;
  const bool was_blocked = is_pipe_signal_blocked();
  {
    const write_signals_blocked while_writing;
    seen.has_failed = ::write(ends[1], "x", 1) == -1 && errno == EPIPE;
  }
  seen.is_mask_kept = is_pipe_signal_blocked() == was_blocked;
  sigset_t pending;
  ::sigpending(&pending);
  seen.is_left_pending = sigismember(&pending, SIGPIPE) == 1;
  ::close(ends[1]);
  return seen;
}

void note_outcome(void* into) { *static_cast<outcome*>(into) = write_in_vain(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(write_signals)

BOOST_AUTO_TEST_CASE(a_write_in_vain_leaves_no_signal_to_a_thread_of_the_programs) {
  const outcome seen = write_in_vain();
  BOOST_TEST(seen.has_failed);
  BOOST_TEST(seen.is_mask_kept);
  BOOST_TEST(!seen.is_left_pending);
}

BOOST_AUTO_TEST_CASE(on_a_thread_of_the_librarys_it_is_left_pending_and_ends_nothing) {
  outcome seen;
  std::thread started;
  BOOST_REQUIRE_EQUAL(start_thread(started, note_outcome, &seen), 0);
  started.join();
  BOOST_TEST(seen.has_failed);
  BOOST_TEST(seen.is_mask_kept);
  BOOST_TEST(seen.is_left_pending);
}

BOOST_AUTO_TEST_SUITE_END()
