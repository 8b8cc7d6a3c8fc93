#include "router.hpp"

#include "backend_advice.hpp"
#include "threads_engine.hpp"
#if defined(ASIOFILE_HAS_LIBURING)
#include "io_uring_engine.hpp"
#endif
#if defined(ASIOFILE_HAS_LIBAIO)
#include "libaio_engine.hpp"
#endif

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

namespace asiofile::detail {

namespace {

struct choice {
  backend wanted;
  std::string origin;
};

// Options before environment before the order of preference.
choice choose(const service_options& options) {
  if (options.backend != backend::automatic)
    return {options.backend, "asked for by service_options::backend"};
  const char* const variable = std::getenv("ASIOFILE_BACKEND");
  if (variable == nullptr || *variable == '\0')
    return {backend::automatic, "the first that works here"};
  const std::optional<backend> named = parse_backend(variable);
  if (named) return {*named, "asked for by ASIOFILE_BACKEND"};
  return {backend::automatic, "the first that works here; ASIOFILE_BACKEND=" +
                                  std::string(variable) +
                                  " is unknown (io_uring, libaio, threads)"};
}

std::string line_of(const backend_report& report) {
  std::string line(to_string(report.backend));
  line += report.available ? ": available: " : ": not available: ";
  if (!report.failing_call.empty())
    line += report.failing_call + ": " + report.error.message() + ": ";
  return line + report.explanation + '\n';
}

}  // namespace

int router::set_up(const service_options& options, wake_signal& completed) {
  const choice chosen = choose(options);
  std::string tried;
  const auto wants = [&](backend which) {
    return count_ == 0 && (chosen.wanted == backend::automatic || chosen.wanted == which);
  };
  if (wants(backend::io_uring)) tried += try_io_uring(options, completed);
  if (wants(backend::libaio)) tried += try_libaio(options, completed);

  // Beside the kernel the threads start when they are needed; alone, they must show that they can.
  const int error = add_threads(options, completed, count_ == 0);
  if (error != 0) tried += line_of(threads_report("pthread_create", error));
  why_ = std::string(to_string(preferred())) + ": " + chosen.origin + '\n' + tried;
  return error;
}

std::string router::try_io_uring(const service_options& options, wake_signal& completed) {
#if defined(ASIOFILE_HAS_LIBURING)
  backend_report report;
  auto made =
      io_uring_engine::create(options.ring_size, options.max_in_flight, completed, report);
  if (!made) return line_of(report);
  add(std::move(made));
  return {};
#else
  static_cast<void>(options), static_cast<void>(completed);
  return line_of(not_built(backend::io_uring, "liburing"));
#endif
}

std::string router::try_libaio(const service_options& options, wake_signal& completed) {
#if defined(ASIOFILE_HAS_LIBAIO)
  backend_report report;
  auto made = libaio_engine::create(options.max_in_flight, completed, report);
  if (!made) return line_of(report);
  add(std::move(made));
  return {};
#else
  static_cast<void>(options), static_cast<void>(completed);
  return line_of(not_built(backend::libaio, "libaio"));
#endif
}

int router::add_threads(const service_options& options, wake_signal& completed, bool start_now) {
  auto threads = std::make_unique<threads_engine>(options.thread_count, completed);
  const int error = start_now ? threads->start_one() : 0;
  if (error == 0) add(std::move(threads));
  return error;
}

void router::tear_down() noexcept {
  for (auto& each : engines_) each.reset();
  count_ = 0;
}

backend router::preferred() const noexcept {
  return count_ == 0 ? backend::automatic : engines_[0]->name();
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

std::size_t router::first_engine_for(const operation& next) noexcept {
  if (next.kind != operation_kind::write || count_ == 1) return 0;
  // A write past RLIMIT_FSIZE sends SIGXFSZ to the thread that submits it, which by default ends
  // the process (setrlimit(2)). The threads have it blocked, and get EFBIG alone.
  const std::uint64_t limit = file_size_limit();
  const bool is_unlimited = limit == ~std::uint64_t{0};
  const bool appends = (next.open_flags & O_APPEND) != 0;
  const bool may_signal = !is_unlimited && (appends || next.offset + next.requested > limit);
  return may_signal ? count_ - 1 : 0;
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
  for (std::size_t i = 0; i != count_; ++i) any = engines_[i]->watch(on) || any;
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
