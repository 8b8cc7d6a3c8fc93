// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "service/engine_set.hpp"

#include "engines/backend_advice.hpp"
#include "engines/kernel_engines.hpp"
#include "engines/operation_place.hpp"
#include "engines/threads_engine.hpp"
#include "selection/probe_backend.hpp"
#include "service/opening.hpp"
#include "system/simulation.hpp"

#include <asiofile/detail/job.hpp>

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <new>
#include <system_error>
#include <utility>

namespace asiofile::detail {

const engine_makers& kernel_engine_makers() {
  static const engine_makers makers{make_io_uring, make_libaio, nullptr, probe_backend};
  return makers;
}

engine_set::engine_set(const service_options& options, notifier& completions,
                       const engine_makers& makers)
    : options_(options), completions_(completions), makers_(makers) {
  const scoped_lock lock(setup_mutex_);
  make_threads();
}

engine_set::~engine_set() = default;

// ---- making engines

void engine_set::publish(engine_index at, std::unique_ptr<engine> made) noexcept {
  owned_[at] = std::move(made);
  // The name of an engine that is gone may still be requested.
  if (owned_[at]) names_[at].store(owned_[at]->name(), std::memory_order_relaxed);
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const auto& each : owned_) {
    if (each) least = std::min(least, each->capacity());
  }
  capacity_.store(least, std::memory_order_relaxed);
  engines_[at].store(owned_[at].get(), std::memory_order_release);
}

// The engine that runs everything that no kernel engine does; starts no thread yet.
void engine_set::make_threads() {
  if (makers_.others)
    publish(threads_index, makers_.others(completions_));
  else if (options_.simulation)
    publish(threads_index, options_.simulation->make_engine(completions_));
  else
    make_worker_threads();
}

void engine_set::make_worker_threads() {
  auto made = std::make_unique<threads_engine>(options_, completions_, *this);
  threads_.store(made.get(), std::memory_order_release);
  publish(threads_index, std::move(made));
}

namespace {

// In a forked child a function of the parent's may have a reference to the descriptor forever.
void let_go(std::unique_ptr<opening>& unused) noexcept {
  unused->descriptor->close();
  unused.reset();
}
void let_go(std::shared_ptr<void>& unused) noexcept { unused.reset(); }

// Destroys an object that is no longer used, whose descriptor may take long to close. In memory of
// its own.
template <typename Pointer>
class closing final : public operation_storage, private job {
 public:
  closing(engine_set& engines, Pointer&& unused) noexcept
      : operation_storage(&closing::end), engines_(engines), unused_(std::move(unused)) {
    operation::emplace<job_operation>(*this).task = this;
  }

 private:
  static void end(operation_storage& self, const operation_result*) {
    delete &static_cast<closing&>(self);
  }

  std::int64_t step() noexcept override {
    if (engines_.may_hold_files()) engines_.release_files();
    let_go(unused_);
    return 0;
  }

  engine_set& engines_;
  Pointer unused_;
};

template <typename Pointer>
void run_closing(engine_set& engines, threads_engine* workers, Pointer unused) noexcept {
  if (workers == nullptr) return;
  // Without memory for that, this thread closes it.
  if (auto* const made = new (std::nothrow) closing<Pointer>(engines, std::move(unused)))
    workers->run_detached(*made);
}

}  // namespace

void engine_set::close_on_worker(std::unique_ptr<opening> unused) noexcept {
  run_closing(*this, threads_.load(std::memory_order_acquire), std::move(unused));
}

void engine_set::close_on_worker(std::shared_ptr<void> unused) noexcept {
  run_closing(*this, threads_.load(std::memory_order_acquire), std::move(unused));
}

int engine_set::choose() noexcept {
  const scoped_lock lock(setup_mutex_);
  try {
    return choose_locked();
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  }
}

int engine_set::choose_locked() {
  if (is_ended_) return ECANCELED;
  // A backend that did not work before may work now.
  if (selected_ && selected_->error == 0) return 0;
  selection made;
  if (options_.simulation) {
    made.backend = backend::simulation;
    made.is_as_asked = true;
    made.reason = "asked for by service_options::simulation";
  } else {
    const auto probe = [this](backend which) ASIOFILE_REQUIRES(setup_mutex_) {
      if (which != backend::io_uring) return makers_.probe(which);
      backend_report report;
      publish(kernel_index, makers_.io_uring(options_, completions_, report));
      return report;
    };
    made = select_backend(sources_of(options_), options_.strict, probe);
  }
  wanted_.store(made.backend, std::memory_order_relaxed);
  refusal_.store(made.error, std::memory_order_relaxed);
  selected_ = std::move(made);
  return selected_->error;
}

// io_destroy(2) takes tens of milliseconds, so there is no kernel AIO context before a file needs
// it.
bool engine_set::is_for_kernel_engine(const file_facts& found) const noexcept {
  return wanted_.load(std::memory_order_relaxed) == backend::libaio && found.is_direct &&
         found.is_storage && found.is_local && at(kernel_index) == nullptr;
}

bool engine_set::is_ready_for(int open_flags) const noexcept {
  const backend wanted = wanted_.load(std::memory_order_relaxed);
  if (wanted == backend::automatic || refusal() != 0) return false;
  const bool is_direct = (static_cast<unsigned>(open_flags) & file_base::direct) != 0;
  return !is_direct || wanted != backend::libaio || at(kernel_index) != nullptr;
}

int engine_set::opened(const file_facts& found) noexcept {
  const scoped_lock lock(setup_mutex_);
  try {
    if (const int error = choose_locked()) return error;
    if (!is_for_kernel_engine(found)) return 0;
    return make_kernel_engine();
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  }
}

// Returns an errno value if there is none and `strict` requires one. Otherwise the threads do its
// work.
int engine_set::make_kernel_engine() {
  if (!kernel_report_.error) {
    const bool is_ring = wanted_.load(std::memory_order_relaxed) == backend::io_uring;
    publish(kernel_index, is_ring ? makers_.io_uring(options_, completions_, kernel_report_)
                                  : makers_.libaio(options_, completions_, kernel_report_));
  }
  return at(kernel_index) == nullptr && options_.strict ? kernel_report_.error.value() : 0;
}

backend engine_set::preferred() noexcept {
  static_cast<void>(choose());
  if (refusal() != 0) return backend::automatic;
  const engine* const kernel = at(kernel_index);
  const bool is_given_up = kernel != nullptr && kernel->failure() != 0;
  return is_given_up ? backend::threads : wanted_.load(std::memory_order_relaxed);
}

std::shared_ptr<registry> engine_set::registry() noexcept {
  static_cast<void>(choose());
  const scoped_lock lock(setup_mutex_);
  const auto& kernel = owned_[kernel_index];
  // Not that of an engine that has failed.
  return kernel && kernel->failure() == 0 ? kernel->registry() : nullptr;
}

void engine_set::start_worker() noexcept {
  threads_engine* const workers = threads_.load(std::memory_order_acquire);
  if (workers != nullptr) static_cast<void>(workers->start_one());
}

void engine_set::release_files() noexcept {
  if (const auto used = registry()) used->release_files();
}

// ---- telling

std::string engine_set::why() {
  static_cast<void>(choose());
  const scoped_lock lock(setup_mutex_);
  selection told = selected_.value_or(selection());
  // A program that got what it asked for may have had a reason not to touch the others: a sandbox
  // may end a process that tries them.
  if (!told.is_as_asked) {
    for (const backend each : usual_order) {
      const auto is_known = [&](const backend_report& report) { return report.backend == each; };
      if (std::ranges::none_of(told.reports, is_known)) told.reports.push_back(makers_.probe(each));
    }
    if (selected_) selected_ = told;
  }
  return describe(told) + failures();
}

std::string engine_set::failures() const {
  std::string lines;
  for (const auto& each : owned_) {
    const int error = each ? each->failure() : 0;
    if (error == 0) continue;
    lines += std::string(to_string(each->name())) +
             ": given up since: the system refuses it (" + std::system_category().message(error) +
             "); operations run on the threads\n";
  }
  if (kernel_report_.error)
    lines += std::string(to_string(kernel_report_.backend)) +
             ": not available when a file needed it: " + kernel_report_.failing_call + ": " +
             kernel_report_.error.message() + ": " + kernel_report_.explanation +
             "; operations run on the threads\n";
  return lines;
}

// ---- routing

std::uint64_t engine_set::file_size_limit() noexcept {
  if (!file_size_limit_) {
    rlimit limit{};
    const bool is_limited =
        ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    file_size_limit_ = is_limited ? limit.rlim_cur : ~std::uint64_t{0};
  }
  return *file_size_limit_;
}

// A write past RLIMIT_FSIZE sends SIGXFSZ to the thread that submits it, which by default ends the
// process (setrlimit(2)). Workers have it blocked, and get EFBIG alone.
bool engine_set::may_signal(const operation& next) noexcept {
  if (next.kind() != operation_kind::write) return false;
  const std::uint64_t limit = file_size_limit();
  if (limit == ~std::uint64_t{0}) return false;
  const transfer_operation& its = as_transfer(next);
  const bool has_offset = (next.facts().status_flags & O_APPEND) == 0 &&
                          its.offset != transfer_operation::descriptor_position;
  return !has_offset || its.offset + its.requested > limit;
}

engine_index engine_set::route(const operation& next) noexcept {
  if (refusal() != 0) return no_engine;
  const bool had_no_worker = (next.refused_by & (1U << threads_index)) != 0;
  const bool is_for_worker =
      next.is_transfer() &&
      ((as_transfer(next).prefers_worker && !had_no_worker) || may_signal(next));
  const engine_index first = is_for_worker ? threads_index : kernel_index;
  for (engine_index i = first; i != count_max; ++i) {
    const engine* const each = at(i);
    const bool was_refused = (next.refused_by & (1U << i)) != 0;
    if (each != nullptr && !was_refused && each->accepts(next)) return i;
  }
  return no_engine;
}

bool engine_set::has_another(const operation& returned) const noexcept {
  // The result of a worker's system call is final. But for a file on storage, EAGAIN can only mean
  // that the system has no thread left; a write that only preferred a worker can then run on the
  // ring.
  const bool had_no_worker = returned.engine == threads_index && returned.result == -EAGAIN &&
                             returned.is_transfer() && as_transfer(returned).prefers_worker;
  const std::size_t first = had_no_worker ? kernel_index : returned.engine + std::size_t{1};
  for (std::size_t i = first; i < count_max; ++i) {
    const engine* const each = at(i);
    const bool was_refused = i == returned.engine || (returned.refused_by & (1U << i)) != 0;
    if (each != nullptr && !was_refused && each->accepts(returned)) return true;
  }
  return false;
}

// ---- for the engine owner

void engine_set::submit(batches& from) noexcept {
  for (std::size_t i = 0; i != count_max; ++i) {
    if (!from[i].empty()) at(i)->submit(from[i]);
  }
}

void engine_set::cancel(operation& in_engine) noexcept { at(in_engine.engine)->cancel(in_engine); }

void engine_set::reap(engine_queue& over) noexcept {
  for (std::size_t i = 0; i != count_max; ++i) {
    if (engine* const each = at(i)) each->reap(over);
  }
}

bool engine_set::notify(bool on) noexcept {
  bool any = false;
  // The threads first, because they may spin briefly: the others need not set anything meanwhile.
  for (std::size_t i = count_max; i-- != 0;) {
    if (engine* const each = at(i)) any = each->notify(on) || any;
  }
  return any;
}

void engine_set::drain(engine_queue& over) noexcept {
  for (std::size_t i = 0; i != count_max; ++i) {
    if (engine* const each = at(i)) each->drain(over);
  }
}

void engine_set::end() noexcept {
  std::array<std::unique_ptr<engine>, count_max> ended;
  const scoped_lock lock(setup_mutex_);
  is_ended_ = true;
  threads_.store(nullptr, std::memory_order_release);
  for (std::size_t i = 0; i != count_max; ++i) {
    ended[i] = std::move(owned_[i]);
    publish(static_cast<engine_index>(i), nullptr);
  }
}

// ---- fork

void engine_set::prepare_fork() noexcept {
  setup_mutex_.lock();
  for (std::size_t i = 0; i != count_max; ++i) {
    if (engine* const each = at(i)) each->prepare_fork();
  }
}

void engine_set::resume_in_parent() noexcept {
  for (std::size_t i = 0; i != count_max; ++i) {
    if (engine* const each = at(i)) each->resume_after_fork();
  }
  setup_mutex_.unlock();
}

bool engine_set::may_have_begun(operation& running) noexcept {
  if (running.stage() == operation_stage::speculating) return true;
  if (running.stage() != operation_stage::in_engine) return false;
  const bool is_queued = running.engine == threads_index &&
                         (place_of(running) == operation_place::queued ||
                          place_of(running) == operation_place::queued_quick);
  return !is_queued;
}

void engine_set::abandon(bool is_prepared) noexcept {
  had_kernel_engine_ = at(kernel_index) != nullptr;
  for (std::size_t i = 0; i != count_max; ++i) {
    threads_.store(nullptr, std::memory_order_release);
    if (engine* const each = at(i)) each->abandon();
    publish(static_cast<engine_index>(i), nullptr);
  }
  if (is_prepared) setup_mutex_.unlock();
}

void engine_set::remake_in_child() noexcept {
  const scoped_lock lock(setup_mutex_);
  if (is_ended_) return;
  try {
    make_threads();
    if (had_kernel_engine_) static_cast<void>(make_kernel_engine());
  } catch (const std::bad_alloc&) {
    refusal_.store(ENOMEM, std::memory_order_relaxed);
  }
}

}  // namespace asiofile::detail
