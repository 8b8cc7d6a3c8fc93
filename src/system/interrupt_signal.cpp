#include "system/interrupt_signal.hpp"

#include <csignal>

namespace asiofile::detail {

namespace {

extern "C" void do_nothing(int) {}

bool claim(int number) noexcept {
  struct sigaction current = {};
  if (::sigaction(number, nullptr, &current) != 0) return false;
  if ((current.sa_flags & SA_SIGINFO) != 0 || current.sa_handler != SIG_DFL) return false;
  struct sigaction ours = {};
  ours.sa_handler = do_nothing;
  sigemptyset(&ours.sa_mask);
  // Without SA_RESTART: the point is that the call ends.
  ours.sa_flags = 0;
  return ::sigaction(number, &ours, nullptr) == 0;
}

int choose() noexcept {
#if defined(SIGRTMIN) && defined(SIGRTMAX)
  // Downwards, because programs count from SIGRTMIN; valgrind keeps SIGRTMAX for itself.
  for (int number = SIGRTMAX - 1; number >= SIGRTMIN; --number) {
    if (claim(number)) return number;
  }
#endif
  return claim(SIGURG) ? SIGURG : -1;
}

}  // namespace

int interrupt_signal() noexcept {
  static const int chosen = choose();
  return chosen;
}

}  // namespace asiofile::detail
