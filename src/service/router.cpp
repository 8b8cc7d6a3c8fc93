#include "service/router.hpp"

#include "engines/backend_advice.hpp"
#include "engines/threads_engine.hpp"
#include "operations/completion.hpp"
#include "selection/probe_backend.hpp"
#include "system/simulation.hpp"
#if defined(ASIOFILE_HAS_LIBURING)
#include "engines/io_uring_engine.hpp"
#endif
#if defined(ASIOFILE_HAS_LIBAIO)
#include "engines/libaio_engine.hpp"
#endif

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

namespace asiofile::detail {

namespace {

// Null, and a report that tells why, where there is none.
std::unique_ptr<engine> make_kernel_engine(backend which, const service_options& options,
                                           wake_signal& completed, backend_report& report) {
  static_cast<void>(options), static_cast<void>(completed);
  if (which == backend::io_uring) {
#if defined(ASIOFILE_HAS_LIBURING)
    return io_uring_engine::create({.submission_entries = options.ring_size,
                                    .in_flight_max = options.max_in_flight,
                                    .submission_polling = options.submission_polling},
                                   completed, report);
#else
    report = not_built(backend::io_uring, "liburing");
    return nullptr;
#endif
  }
#if defined(ASIOFILE_HAS_LIBAIO)
  return libaio_engine::create(options.max_in_flight, completed, report);
#else
  report = not_built(backend::libaio, "libaio");
  return nullptr;
#endif
}

}  // namespace

int router::set_up(const service_options& options, wake_signal& completed) {
  if (options.simulation) {
    selected_.emplace();
    selected_->backend = backend::simulation;
    selected_->is_as_asked = true;
    selected_->reason = "asked for by service_options::simulation";
    add(options.simulation->make_engine(completed));
    return 0;
  }
  const auto try_out = [&](backend which) { return add_engines(which, options, completed); };
  selected_ = select_backend(sources_of(options), options.strict, try_out);
  return selected_->error;
}

backend_report router::add_engines(backend which, const service_options& options,
                                   wake_signal& completed) {
  backend_report report;
  std::unique_ptr<engine> kernel;
  if (which != backend::threads) {
    kernel = make_kernel_engine(which, options, completed, report);
    if (!kernel) return report;
  }
  auto threads = std::make_unique<threads_engine>(options.thread_count, completed);
  // Beside a ring they start when they are needed. What runs most or all of the operations on
  // them must show that they can.
  const int error = which == backend::io_uring ? 0 : threads->start_one();
  if (which == backend::threads) report = threads_report("pthread_create", error);
  if (which == backend::libaio && error != 0) report = libaio_report("pthread_create", error);
  if (error != 0) return report;
  if (kernel) add(std::move(kernel));
  add(std::move(threads));
  return report;
}

void router::add(std::unique_ptr<engine> added) noexcept {
  names_[count_] = added->name();
  buffered_reads_ = names_[0] == backend::libaio ? 1 : 0;
  if (!registry_) registry_ = added->registry();
  engines_[count_++] = std::move(added);
}

std::string router::why() {
  selection told = selected_.value_or(selection());
  // Who got what he asked for may have had a reason not to touch the others: a sandbox may end a
  // process that tries them.
  if (told.is_as_asked) return describe(told) + failures();
  for (const backend each : usual_order) {
    const auto is_known = [&](const backend_report& report) { return report.backend == each; };
    if (std::ranges::none_of(told.reports, is_known)) told.reports.push_back(probe_backend(each));
  }
  if (selected_) selected_ = told;
  return describe(told) + failures();
}

std::string router::failures() const {
  std::string lines;
  for (std::size_t i = 0; i != count_; ++i) {
    const int error = engines_[i]->failure();
    if (error == 0) continue;
    lines += std::string(to_string(engines_[i]->name())) +
             ": given up since: the system refuses it (" + make_error(error).message() +
             "); operations run on the threads\n";
  }
  return lines;
}

void router::tear_down() noexcept {
  for (auto& each : engines_) each.reset();
  count_ = 0;
  registry_.reset();
}

backend router::preferred() const noexcept {
  for (std::size_t i = 0; i != count_; ++i) {
    if (engines_[i]->failure() == 0) return engines_[i]->name();
  }
  return backend::automatic;
}

std::size_t router::capacity() const noexcept {
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (std::size_t i = 0; i != count_; ++i) least = std::min(least, engines_[i]->capacity());
  return least;
}

std::uint64_t router::file_size_limit() noexcept {
  if (!file_size_limit_) {
    rlimit limit{};
    const bool is_limited =
        ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    file_size_limit_ = is_limited ? limit.rlim_cur : ~std::uint64_t{0};
  }
  return *file_size_limit_;
}

// A write past RLIMIT_FSIZE sends SIGXFSZ to the thread that submits it, which by default ends the
// process (setrlimit(2)). The threads have it blocked, and get EFBIG alone.
bool router::may_signal(const operation& next) noexcept {
  if (next.kind != operation_kind::write && next.kind != operation_kind::allocate) return false;
  const std::uint64_t limit = file_size_limit();
  if (limit == ~std::uint64_t{0}) return false;
  const bool appends = (next.open_flags & O_APPEND) != 0;
  return appends || next.offset + next.requested > limit;
}

std::size_t router::first_engine_for(const operation& next) noexcept {
  if (count_ == 1) return 0;
  return next.prefers_threads || may_signal(next) ? count_ - 1 : 0;
}

void router::put(operation& tried, batches& into) const noexcept {
  if (tried.prefers_threads) tried.engine_index = static_cast<std::uint8_t>(count_ - 1);
  into[tried.engine_index].push_back(tried);
}

bool router::route(operation& next, batches& into) noexcept {
  for (std::size_t i = first_engine_for(next); i < count_; ++i) {
    const bool was_refused = (next.refused_by & (1U << i)) != 0;
    if (was_refused || !engines_[i]->accepts(next)) continue;
    next.engine_index = static_cast<std::uint8_t>(i);
    into[i].push_back(next);
    return true;
  }
  return false;
}

bool router::has_another(const operation& returned) const noexcept {
  for (std::size_t i = returned.engine_index + std::size_t{1}; i < count_; ++i) {
    if ((returned.refused_by & (1U << i)) == 0 && engines_[i]->accepts(returned)) return true;
  }
  return false;
}

void router::submit(batches& from) noexcept {
  for (std::size_t i = 0; i != count_; ++i) {
    if (!from[i].empty()) engines_[i]->submit(from[i]);
  }
}

void router::cancel(operation& in_engine) noexcept {
  engines_[in_engine.engine_index]->cancel(in_engine);
}

void router::reap(operation_queue& finished) noexcept {
  for (std::size_t i = 0; i != count_; ++i) engines_[i]->reap(finished);
}

bool router::watch(bool on) noexcept {
  bool any = false;
  // The threads first, which may linger: meanwhile others need not raise anything.
  for (std::size_t i = count_; i-- != 0;) any = engines_[i]->watch(on) || any;
  return any;
}

void router::drain(operation_queue& finished) noexcept {
  for (std::size_t i = 0; i != count_; ++i) engines_[i]->drain(finished);
}

void router::prepare_fork() noexcept {
  for (std::size_t i = 0; i != count_; ++i) engines_[i]->prepare_fork();
}

void router::resume_after_fork() noexcept {
  for (std::size_t i = 0; i != count_; ++i) engines_[i]->resume_after_fork();
}

void router::abandon(operation_queue& orphans) noexcept {
  for (std::size_t i = 0; i != count_; ++i) engines_[i]->abandon(orphans);
  tear_down();
}

}  // namespace asiofile::detail
