#pragma once

// The engines of a service, and which of them runs an operation.

#include "engines/engine.hpp"
#include "selection/selection.hpp"
#include "system/wake_signal.hpp"

#include <asiofile/service_options.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace asiofile::detail {

class router {
 public:
  static constexpr std::size_t engine_count_max = 2;
  using batches = std::array<operation_queue, engine_count_max>;

  // Sets up the engines that the options, the environment and the machine together call for.
  // Returns 0 or, where none works (or `strict` allows none that does), an errno value.
  int set_up(const service_options& options, wake_signal& completed);
  [[nodiscard]] bool is_set_up() const noexcept { return count_ != 0; }
  void tear_down() noexcept;

  // The engine that operations are given to first.
  [[nodiscard]] backend preferred() const noexcept;
  // For people: see `file_service::why`. Tries what `set_up` had no need to.
  [[nodiscard]] std::string why();

  // The engine that has an operation, or had it last; `automatic` where none ever had.
  [[nodiscard]] backend engine_of(const operation& which) const noexcept {
    return which.engine_index < count_ ? names_[which.engine_index] : backend::automatic;
  }

  // Of the ring that runs; null where none does.
  [[nodiscard]] const std::shared_ptr<detail::registry>& registry() const noexcept {
    return registry_;
  }

  // How many operations the engines can have at a time.
  [[nodiscard]] std::size_t capacity() const noexcept;

  // Puts an operation into the batch of the engine that is to run it. False where there is none.
  bool route(operation& next, batches& into) noexcept;

  // The same for one that was routed, and tried without its engine.
  void put(operation& tried, batches& into) const noexcept;

  // Whether the operation may send a signal to the thread that submits it.
  [[nodiscard]] bool may_signal(const operation& next) noexcept;

  // The engine that runs the reads of files that are not O_DIRECT.
  [[nodiscard]] backend buffered_reads() const noexcept { return names_[buffered_reads_]; }

  // Whether there is an engine that accepts the operation and has not refused it, other than the
  // one that has just returned it.
  [[nodiscard]] bool has_another(const operation& returned) const noexcept;

  // Must be called before the operations of a turn are routed.
  void begin_turn() noexcept { file_size_limit_.reset(); }

  void submit(batches& from) noexcept;
  void cancel(operation& in_engine) noexcept;
  void reap(operation_queue& finished) noexcept;
  bool watch(bool on) noexcept;
  void drain(operation_queue& finished) noexcept;
  void prepare_fork() noexcept;
  void resume_after_fork() noexcept;
  void abandon(operation_queue& orphans) noexcept;

 private:
  [[nodiscard]] std::string failures() const;
  [[nodiscard]] std::size_t first_engine_for(const operation& next) noexcept;
  [[nodiscard]] std::uint64_t file_size_limit() noexcept;
  void add(std::unique_ptr<engine> added) noexcept;
  // Adds what runs a backend's operations where it can be set up, and tells how that went.
  backend_report add_engines(backend which, const service_options& options,
                             wake_signal& completed);

  std::array<std::unique_ptr<engine>, engine_count_max> engines_;
  std::array<backend, engine_count_max> names_{};
  std::shared_ptr<detail::registry> registry_;
  std::size_t count_ = 0;
  // The index of the engine for reads of files that are not O_DIRECT.
  std::uint8_t buffered_reads_ = 0;
  std::optional<selection> selected_;
  // RLIMIT_FSIZE, once a write of this turn has asked for it.
  std::optional<std::uint64_t> file_size_limit_;
};

}  // namespace asiofile::detail
