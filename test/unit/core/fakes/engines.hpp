// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// An engine set of two fake engines: a ring, which is the first choice, and threads.

#include "fake_engine.hpp"

#include "service/engine_set.hpp"

#include <boost/test/unit_test.hpp>

namespace fakes {

struct two_engines {
  two_engines() {
    options.backend = backend::io_uring;
    BOOST_REQUIRE_EQUAL(set.choose(), 0);
  }

  asiofile::service_options options;
  detail::notifier completions;
  fake_engine ring{backend::io_uring}, threads{backend::threads};
  detail::engine_makers makers{
      [this](const auto&, detail::notifier& to, asiofile::backend_report& report) {
        report = {backend::io_uring, true, {}, {}, {}};
        return ring.make(to);
      },
      [](const auto&, detail::notifier&, asiofile::backend_report&) { return nullptr; },
      [this](detail::notifier& to) { return threads.make(to); },
      [](backend which) { return asiofile::backend_report{which, true, {}, {}, {}}; }};
  detail::engine_set set{options, completions, makers};
};

}  // namespace fakes
