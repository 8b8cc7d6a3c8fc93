// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "selection/probe_backend.hpp"

#include "engines/backend_advice.hpp"
#include "engines/engine_thread.hpp"
#include "engines/kernel_engines.hpp"
#include "system/notifier.hpp"

#include <unistd.h>

#include <cerrno>
#include <new>
#include <thread>

namespace asiofile::detail {

namespace {

// Starts a thread and ends it. Returns an errno value.
int try_thread() noexcept {
  std::thread started;
  if (const int error = start_thread(started, [](void*) {}, nullptr)) return error;
  started.join();
  return 0;
}

// The threads need a notifier, which is a descriptor, and at least one of them.
backend_report try_threads() {
  notifier completed;
  if (const int error = completed.open()) return threads_report("eventfd", error);
  return threads_report("pthread_create", try_thread());
}

// The libaio engine runs only few operations itself.
backend_report try_libaio_and_threads() {
  backend_report report = try_libaio();
  if (!report.available) return report;
  const backend_report threads = try_threads();
  return threads.available ? report
                           : libaio_report(threads.failing_call.c_str(), threads.error.value());
}

bool may_change(const backend_report& report) noexcept {
  switch (report.error.value()) {
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN: return true;
    default: return false;
  }
}

bool is_the_same(const backend_report& one, const backend_report& other) noexcept {
  return one.available == other.available && one.error == other.error &&
         one.failing_call == other.failing_call && one.explanation == other.explanation;
}

}  // namespace

backend_report try_backend(backend which) {
  switch (which) {
    case backend::io_uring: return try_io_uring();
    case backend::libaio: return try_libaio_and_threads();
    case backend::threads:
    case backend::simulation:
    case backend::automatic: break;
  }
  return try_threads();
}

backend_report probe_backend(backend which) {
  if (const backend_report* const known = reports_of_process().find(which)) return *known;
  backend_report found = try_backend(which);
  reports_of_process().keep(found);
  return found;
}

kept_reports::~kept_reports() {
  for (auto& newest : newest_) {
    for (entry* each = newest.load(std::memory_order_relaxed); each != nullptr;) {
      entry* const replaced = each->replaced;
      delete each;
      each = replaced;
    }
  }
}

const backend_report* kept_reports::find(backend which) const noexcept {
  const entry* const newest =
      newest_[static_cast<std::size_t>(which)].load(std::memory_order_acquire);
  // A child's limits and sandbox may differ from its parent's.
  return newest != nullptr && newest->process == ::getpid() ? &newest->report : nullptr;
}

void kept_reports::keep(const backend_report& newest) {
  if (may_change(newest)) return;
  auto& place = newest_[static_cast<std::size_t>(newest.backend)];
  entry* replaced = place.load(std::memory_order_acquire);
  const pid_t process = ::getpid();
  const bool is_known = replaced != nullptr && replaced->process == process;
  if (is_known && is_the_same(replaced->report, newest)) return;
  auto* const added = new entry{newest, process, replaced};
  while (!place.compare_exchange_weak(added->replaced, added, std::memory_order_acq_rel)) {
  }
}

kept_reports& reports_of_process() noexcept {
  // Never destroyed: static objects of the program may have contexts.
  alignas(kept_reports) static unsigned char memory[sizeof(kept_reports)];
  static kept_reports& reports = *::new (memory) kept_reports;
  return reports;
}

}  // namespace asiofile::detail
