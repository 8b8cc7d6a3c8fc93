// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A service with two fake engines on a fake context, and files whose descriptors do not exist.

#include "fake_calls.hpp"
#include "fake_context.hpp"
#include "fake_engine.hpp"
#include "fake_operation.hpp"

#include "service/file_guard.hpp"
#include "service/service_core.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <memory>

namespace fakes {

inline asiofile::service_options on_io_uring() {
  asiofile::service_options options;
  options.backend = backend::io_uring;
  options.strict = true;
  return options;
}

inline boost::system::error_code system_error_of(int error) noexcept {
  return {error, boost::system::system_category()};
}

class scene {
 public:
  explicit scene(const asiofile::service_options& options = on_io_uring())
      : core(std::make_shared<detail::service_core>(options, context.make_adapter(),
                                                    system_error_of, makers)) {
    BOOST_REQUIRE_EQUAL(core->engines().choose(), 0);
  }
  scene(const scene&) = delete;
  scene& operator=(const scene&) = delete;
  ~scene() { core->leave_context(); }

  // A file object that has nothing open.
  [[nodiscard]] detail::file_state_ptr closed_file() { return detail::make_file(core, nullptr); }
  [[nodiscard]] detail::file_state_ptr file(const detail::file_facts& facts,
                                            bool syncs_on_close = false) {
    auto made = closed_file();
    BOOST_REQUIRE_EQUAL(
        detail::adopt(*made, facts, detail::ownership::owned, syncs_on_close, false), 0);
    return made;
  }
  [[nodiscard]] detail::file_state_ptr file(int fd = 100) { return file(calls.facts(fd)); }

  // As an initiating function whose caller accepts immediate results. Returns whether it is
  // pending.
  bool start(const detail::file_state_ptr& on, fake_operation& next) {
    return start(on, next, false);
  }
  bool start(const detail::file_state_ptr& on, fake_operation& next, bool wants_result) {
    detail::operation_ptr pointer = next.pointer();
    detail::operation_result over;
    const auto outcome = detail::start(on, pointer, wants_result, over);
    if (outcome == detail::start_outcome::over) pointer.release()->complete(over);
    if (outcome == detail::start_outcome::no_notifier) static_cast<void>(pointer.release());
    return outcome == detail::start_outcome::pending;
  }
  // ... and has a pass give it to an engine.
  void submit(const detail::file_state_ptr& on, fake_operation& next) {
    BOOST_REQUIRE(start(on, next));
    context.run();
  }
  void complete(fake_operation& which, std::int64_t result) {
    fake_engine& its = kernel.has(which.get()) ? kernel : threads;
    its.complete(which.get(), result);
    context.run();
  }
  // Which engine has it; `automatic`: none.
  [[nodiscard]] backend where(fake_operation& which) {
    if (kernel.has(which.get())) return backend::io_uring;
    return threads.has(which.get()) ? backend::threads : backend::automatic;
  }
  fake_context context;
  fake_engine kernel{backend::io_uring};
  fake_engine threads{backend::threads};
  fake_calls calls;
  detail::engine_makers makers{
      [this](const auto&, detail::notifier& completed, asiofile::backend_report& report) {
        report = report_on_ring;
        return report.available ? kernel.make(completed) : nullptr;
      },
      [](const auto&, detail::notifier&, asiofile::backend_report&) { return nullptr; },
      [this](detail::notifier& completed) { return threads.make(completed); },
      [](backend which) { return asiofile::backend_report{which, true, {}, {}, {}}; }};
  asiofile::backend_report report_on_ring{backend::io_uring, true, {}, {}, {}};
  std::shared_ptr<detail::service_core> core;
};

}  // namespace fakes
