// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "interruption.hpp"

#include <csignal>
#include <stdexcept>

namespace demo {

namespace {

volatile std::sig_atomic_t interrupted = 0;

void note_interruption(int /*signal*/) { interrupted = 1; }

}  // namespace

void watch_for_interruption() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    // Signals that the parent process had ignored (nohup, a shell's background job) stay ignored.
    if (std::signal(signal, SIG_IGN) != SIG_IGN) std::signal(signal, note_interruption);
  }
}

void throw_if_interrupted() {
  if (interrupted != 0) throw std::runtime_error("interrupted");
}

}  // namespace demo
