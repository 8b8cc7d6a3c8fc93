// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The signal that ends blocking calls: what is claimed, and what the program keeps.

#include "system/interrupt_signal.hpp"

#include "child_process.hpp"

#include <boost/test/unit_test.hpp>

#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

using namespace asiofile::detail;
using test_support::child_process;
using test_support::child_require;

namespace {

void handle(int) {}

void take(int number) {
  struct sigaction its = {};
  its.sa_handler = handle;
  ::sigaction(number, &its, nullptr);
}

bool is_untouched(int number) {
  struct sigaction current = {};
  ::sigaction(number, nullptr, &current);
  return current.sa_handler == SIG_DFL;
}

// Each in a separate process, because a disposition applies to the whole process.
void in_child(void (*test)()) {
  const auto outcome = child_process(test).wait();
  BOOST_TEST(outcome.succeeded(), outcome);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(interrupt_signals)

BOOST_AUTO_TEST_CASE(the_highest_real_time_signal_but_one_is_chosen) {
  in_child([] {
    for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) std::signal(number, SIG_DFL);
    child_require(choose_interrupt_signal() == SIGRTMAX - 1, "chosen");
    child_require(choose_interrupt_signal() == SIGRTMAX - 1, "chosen again");
    child_require(is_untouched(SIGRTMAX) && is_untouched(SIGRTMIN), "no other");
    child_require(!is_untouched(SIGRTMAX - 1), "handled");
  });
}

BOOST_AUTO_TEST_CASE(it_is_chosen_once_in_a_process) {
  const int chosen = claim_interrupt_signal(any_interrupt_signal);
  BOOST_TEST(chosen != any_interrupt_signal);
  in_child([] {
    const int before = claim_interrupt_signal(any_interrupt_signal);
    take(before);
    child_require(claim_interrupt_signal(any_interrupt_signal) == before, "the same");
  });
}

BOOST_AUTO_TEST_CASE(what_the_program_uses_is_passed_over) {
  in_child([] {
    for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) std::signal(number, SIG_DFL);
    take(SIGRTMAX - 1);
    std::signal(SIGRTMAX - 2, SIG_IGN);
    child_require(choose_interrupt_signal() == SIGRTMAX - 3, "chosen");
  });
}

BOOST_AUTO_TEST_CASE(sigurg_is_used_where_the_program_has_all_real_time_signals) {
  in_child([] {
    for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) take(number);
    child_require(choose_interrupt_signal() == SIGURG, "SIGURG");
  });
}

BOOST_AUTO_TEST_CASE(there_is_none_where_the_program_has_all) {
  in_child([] {
    for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) take(number);
    take(SIGURG);
    child_require(choose_interrupt_signal() == no_interrupt_signal, "none");
    child_require(!interrupt_thread(::pthread_self(), no_interrupt_signal), "not sent");
  });
}

BOOST_AUTO_TEST_CASE(an_option_names_another) {
  in_child([] {
    child_require(claim_interrupt_signal(SIGUSR2) == SIGUSR2, "claimed");
    child_require(claim_interrupt_signal(SIGUSR2) == SIGUSR2, "claimed again");
    take(SIGUSR1);
    child_require(claim_interrupt_signal(SIGUSR1) == no_interrupt_signal, "the program's");
    child_require(claim_interrupt_signal(no_interrupt_signal) == no_interrupt_signal, "none");
    child_require(claim_interrupt_signal(SIGKILL) == no_interrupt_signal, "SIGKILL");
  });
}

BOOST_AUTO_TEST_CASE(only_signals_may_be_named) {
  BOOST_TEST(may_interrupt(SIGUSR1));
  BOOST_TEST(may_interrupt(SIGRTMAX));
  for (const int number : {0, -1, SIGKILL, SIGSTOP, 32, 33, SIGRTMAX + 1, 1000})
    BOOST_TEST(!may_interrupt(number));
}

BOOST_AUTO_TEST_CASE(an_interrupted_call_fails) {
  in_child([] {
    const int number = claim_interrupt_signal(SIGUSR2);
    int ends[2];
    child_require(::pipe(ends) == 0, "pipe");
    ::alarm(20);
    // All signals are blocked, so that it stays pending.
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
    child_require(interrupt_thread(::pthread_self(), number), "sent");
    sigset_t pending;
    ::sigpending(&pending);
    child_require(sigismember(&pending, number) == 1, "pending");
    allow_interrupts(number);
    absorb_interrupt();
    ::sigpending(&pending);
    child_require(sigismember(&pending, number) == 0, "absorbed");
    sigset_t now;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &now);
    child_require(sigismember(&now, number) == 0 && sigismember(&now, SIGUSR1) == 1, "mask");
  });
}

// If a program installs its own handler for the signal later, that must not run on the library's
// threads.
BOOST_AUTO_TEST_CASE(a_handler_of_the_programs_is_never_sent_to) {
  in_child([] {
    const int number = claim_interrupt_signal(SIGUSR2);
    take(SIGUSR2);
    child_require(!interrupt_thread(::pthread_self(), number), "not sent");
  });
}

BOOST_AUTO_TEST_SUITE_END()
