// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The compiled part of `file_service`.

#include <asiofile/detail/context_hold.hpp>
#include <asiofile/detail/core_access.hpp>

#include "service/option_checks.hpp"
#include "service/service_core.hpp"
#include "system/simulation.hpp"
#include "system/system_calls.hpp"

#include <fcntl.h>

#include <system_error>
#include <utility>

namespace asiofile::detail {

namespace {

const service_options& checked(const service_options& options) {
  check_options(options);
  return options;
}

}  // namespace

service_core::service_core(const service_options& options, std::unique_ptr<context_adapter> adapter,
                           error_maker make_error, const engine_makers& makers)
    : options_(checked(options)),
      make_error_(make_error),
      system_(options_.simulation ? options_.simulation->calls() : kernel_calls()),
      base_(options_.simulation ? options_.simulation->root() : AT_FDCWD),
      link_(std::move(adapter)),
      engines_(options_, link_.completions(), makers),
      counters_(options_.measure_latency),
      pipeline_(engines_, counters_, options_.max_in_flight) {}

service_core::~service_core() = default;

int service_core::set_up() { return link_.set_up_notifier(); }

int service_core::set_up_for_engines() {
  const core_lock lock(mutex_);
  // After shutdown no engines are made.
  return is_running() ? set_up() : 0;
}

void service_core::set_executor(const void* native) noexcept {
  const core_lock lock(mutex_);
  if (is_running()) link_.set_executor(native);
}

service_statistics service_core::statistics() {
  const core_lock lock(mutex_);
  service_statistics now = counters_.so_far();
  now.in_flight = pipeline_.in_flight();
  now.waiting = pipeline_.waiting();
  return now;
}

std::shared_ptr<service_core> make_core(const service_options& options,
                                        std::unique_ptr<context_adapter> adapter,
                                        error_maker make_error) {
  return std::make_shared<service_core>(options, std::move(adapter), make_error);
}

const service_options& options_of(const service_core& core) noexcept { return core.options(); }
service_statistics statistics_of(service_core& core) { return core.statistics(); }
backend active_backend_of(service_core& core) {
  return core.set_up_for_engines() == 0 ? core.engines().preferred() : backend::automatic;
}

std::string why(service_core& core) {
  // Engines keep the descriptor by which they wake the context, so none is made without it.
  if (const int error = core.set_up_for_engines())
    return "no backend: there is no descriptor to wake the context with: " +
           std::system_category().message(error) + '\n';
  return core.engines().why();
}

service_core& core_of(const file_state& file) noexcept { return *file.core; }
bool hold_context(service_core& core) noexcept { return core.hold(); }
void release_context(service_core& core) noexcept { core.release(); }

void shut_down(service_core& core) noexcept { core.shut_down(); }
void leave_context(service_core& core) noexcept { core.leave_context(); }

void notify_fork(service_core& core, fork_step step) {
  switch (step) {
    case fork_step::prepare: return core.prepare_fork();
    case fork_step::in_parent: return core.resume_in_parent();
    case fork_step::in_child: return core.resume_in_child();
  }
}

}  // namespace asiofile::detail
