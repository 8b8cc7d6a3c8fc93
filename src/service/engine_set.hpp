// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The engines of a service, and which of them runs an operation: one of the kernel's, which is made
// when a file is opened that needs it, and the threads, which run everything else.

#include "engines/engine.hpp"
#include "engines/open_hook.hpp"
#include "selection/selection.hpp"
#include "service/service_lock.hpp"
#include "system/notifier.hpp"
#include "system/thread_safety.hpp"

#include <asiofile/service_options.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace asiofile::detail {

class opening;
class threads_engine;

// Functions that make engines and try backends.
struct engine_makers {
  using maker = std::function<std::unique_ptr<engine>(const service_options&, notifier& completions,
                                                      backend_report&)>;
  maker io_uring;
  maker libaio;
  // What runs everything else, without threads of the library's. Empty: worker threads, or what
  // `service_options::simulation` has.
  std::function<std::unique_ptr<engine>(notifier& completions)> others;
  std::function<backend_report(backend)> probe;
};

// The kernel's engines. Tests have others.
[[nodiscard]] const engine_makers& kernel_engine_makers();

class engine_set final : public open_hook {
 public:
  static constexpr std::size_t count_max = 2;
  using batches = std::array<engine_queue, count_max>;

  // All must outlive it.
  engine_set(const service_options& options, notifier& completions,
             const engine_makers& makers = kernel_engine_makers());
  ~engine_set();

  // ---- for workers and synchronous functions: they may wait, and hold no lock

  // Decides which backend runs, by trying, the first time. Returns 0, or an errno value where
  // `strict` allows none that works.
  int choose() noexcept ASIOFILE_EXCLUDES(setup_mutex_);
  // Makes the kernel's engine if such a file needs it and there is none.
  int opened(const file_facts& found) noexcept override ASIOFILE_EXCLUDES(setup_mutex_);
  // The engine that reads and writes are given to first.
  [[nodiscard]] backend preferred() noexcept ASIOFILE_EXCLUDES(setup_mutex_);
  // For people: see `file_service::why`. Also tries the backends that `choose` did not need to try.
  [[nodiscard]] std::string why() ASIOFILE_EXCLUDES(setup_mutex_);
  // Of the ring that runs; null where none does.
  [[nodiscard]] std::shared_ptr<detail::registry> registry() noexcept
      ASIOFILE_EXCLUDES(setup_mutex_);

  // Makes sure that there is a worker, if the system can start one. Called by a thread that keeps
  // the context alive.
  void start_worker() noexcept;

  // Whether the ring may have a thread of its own, which holds a file open for a moment after its
  // operations have completed: then `release_files` is called before the file is closed.
  [[nodiscard]] bool may_hold_files() const noexcept { return options_.submission_polling; }
  void release_files() noexcept override ASIOFILE_EXCLUDES(setup_mutex_);

  // Has a worker destroy the opening, or whatever else, and close its descriptor. By any thread
  // that keeps the service from ending meanwhile (`service_core::close_unused`); where there is no
  // worker, it does so itself.
  void close_on_worker(std::unique_ptr<opening> unused) noexcept;
  void close_on_worker(std::shared_ptr<void> unused) noexcept;

  // ---- under the service's lock

  // The engine that is to run an operation; `no_engine` if there is none.
  [[nodiscard]] engine_index route(const operation& next) noexcept ASIOFILE_REQUIRES(service_lock);
  // Whether there is an engine that accepts the operation and has not refused it, other than the
  // one that has just returned it.
  [[nodiscard]] bool has_another(const operation& returned) const noexcept
      ASIOFILE_REQUIRES(service_lock);
  // What an operation reports that no engine accepts: an errno value.
  [[nodiscard]] int refusal() const noexcept { return refusal_.load(std::memory_order_relaxed); }
  // Of an operation's engine; `automatic` for `no_engine`.
  [[nodiscard]] backend name_of(engine_index which) const noexcept {
    return which < count_max ? names_[which].load(std::memory_order_relaxed) : backend::automatic;
  }
  // How many operations the engines can have at a time.
  [[nodiscard]] std::size_t capacity() const noexcept {
    return capacity_.load(std::memory_order_relaxed);
  }
  // Whether a file that is opened with these flags needs no engine to be made.
  [[nodiscard]] bool is_ready_for(int open_flags) const noexcept;
  // The engine that reads and writes of the page cache are given to.
  [[nodiscard]] engine_index usual_engine() const noexcept {
    return names_[kernel_index].load(std::memory_order_relaxed) == backend::io_uring
               ? kernel_index
               : threads_index;
  }
  // That engine ends reads of cached data in the system call that submits them.
  [[nodiscard]] bool completes_cached_reads() const noexcept {
    return usual_engine() == kernel_index;
  }
  // Whether the operation may send a signal to the thread that makes its system call.
  [[nodiscard]] bool may_signal(const operation& next) noexcept ASIOFILE_REQUIRES(service_lock);
  // Must be called before the operations of a batch are routed.
  void begin_batch() noexcept ASIOFILE_REQUIRES(service_lock) { file_size_limit_.reset(); }

  // ---- for the engine owner

  void submit(batches& from) noexcept ASIOFILE_REQUIRES(engine_owner);
  void cancel(operation& in_engine) noexcept ASIOFILE_REQUIRES(engine_owner);
  void reap(engine_queue& over) noexcept ASIOFILE_REQUIRES(engine_owner);
  bool notify(bool on) noexcept ASIOFILE_REQUIRES(engine_owner);
  void drain(engine_queue& over) noexcept ASIOFILE_REQUIRES(engine_owner);

  // Ends all of them, after `drain`. No more are made.
  void end() noexcept ASIOFILE_EXCLUDES(setup_mutex_);

  // Around fork(2). `prepare_fork` waits until no engine is being made, and keeps others from
  // making one.
  void prepare_fork() noexcept ASIOFILE_REQUIRES(engine_owner) ASIOFILE_NO_ANALYSIS;
  void resume_in_parent() noexcept ASIOFILE_REQUIRES(engine_owner) ASIOFILE_NO_ANALYSIS;
  // In the child: whether a thread of the parent's may already have made the system call of an
  // unfinished operation.
  [[nodiscard]] static bool may_have_begun(operation& running) noexcept;
  // Abandons the engines without telling the kernel. `is_prepared`: after `prepare_fork`; engines
  // of the same kinds are then made again, if possible.
  void abandon(bool is_prepared) noexcept ASIOFILE_REQUIRES(engine_owner) ASIOFILE_NO_ANALYSIS;
  void remake_in_child() noexcept ASIOFILE_EXCLUDES(setup_mutex_);

 private:
  int choose_locked() ASIOFILE_REQUIRES(setup_mutex_);
  void make_threads() ASIOFILE_REQUIRES(setup_mutex_);
  void make_worker_threads() ASIOFILE_REQUIRES(setup_mutex_);
  int make_kernel_engine() ASIOFILE_REQUIRES(setup_mutex_);
  void publish(engine_index at, std::unique_ptr<engine> made) noexcept
      ASIOFILE_REQUIRES(setup_mutex_);
  [[nodiscard]] bool is_for_kernel_engine(const file_facts& found) const noexcept;
  [[nodiscard]] std::string failures() const ASIOFILE_REQUIRES(setup_mutex_);
  [[nodiscard]] engine* at(std::size_t index) const noexcept {
    return engines_[index].load(std::memory_order_acquire);
  }
  [[nodiscard]] std::uint64_t file_size_limit() noexcept ASIOFILE_REQUIRES(service_lock);

  static constexpr engine_index kernel_index = 0;
  static constexpr engine_index threads_index = 1;

  const service_options& options_;
  notifier& completions_;
  const engine_makers& makers_;

  // Held while an engine is made. Never taken by a dispatch pass itself.
  mutex setup_mutex_;
  std::optional<selection> selected_ ASIOFILE_GUARDED_BY(setup_mutex_);
  std::array<std::unique_ptr<engine>, count_max> owned_ ASIOFILE_GUARDED_BY(setup_mutex_);
  // Why the kernel's engine could not be made when a file needed it.
  backend_report kernel_report_ ASIOFILE_GUARDED_BY(setup_mutex_);

  // What `owned_` owns, for everybody. No threads in a simulation.
  std::atomic<threads_engine*> threads_ = nullptr;
  std::array<std::atomic<engine*>, count_max> engines_{};
  std::array<std::atomic<backend>, count_max> names_{};
  std::atomic<backend> wanted_{backend::automatic};
  std::atomic<int> refusal_ = 0;
  std::atomic<std::size_t> capacity_ = 0;
  bool had_kernel_engine_ = false;
  bool is_ended_ ASIOFILE_GUARDED_BY(setup_mutex_) = false;
  // RLIMIT_FSIZE, once a write of this batch has asked for it.
  std::optional<std::uint64_t> file_size_limit_ ASIOFILE_GUARDED_BY(service_lock);
};

}  // namespace asiofile::detail
