// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "service/option_checks.hpp"

#include "operations/range_check.hpp"
#include "system/interrupt_signal.hpp"

namespace asiofile::detail {

void check_options(const service_options& options) {
  check_range("service_options::backend", static_cast<std::size_t>(options.backend), 0,
              static_cast<std::size_t>(backend::threads));
  check_range("service_options::max_in_flight", options.max_in_flight, 1, 65'536);
  check_range("service_options::thread_count", options.thread_count, 1, 128);
  check_range("service_options::ring_size", options.ring_size, 2, 32'768);
  const int signal = options.interrupt_signal;
  if (signal != any_interrupt_signal && signal != no_interrupt_signal && !may_interrupt(signal))
    refuse_option("service_options::interrupt_signal", "is no signal that can be handled");
}

}  // namespace asiofile::detail
