#pragma once

// Runs operations through a Linux kernel AIO context.
//
// io_submit(2) runs most operations to their end before it returns. This engine takes only what
// it really starts: O_DIRECT transfers on regular files and block devices, under RWF_NOWAIT so
// that one that would block after all is refused, and syncs, which the kernel hands to a worker.

#include "engines/engine.hpp"
#include "system/wake_signal.hpp"

#include <asiofile/probe.hpp>

#include <libaio.h>

#include <cstddef>
#include <memory>
#include <vector>

namespace asiofile::detail {

class libaio_engine final : public engine {
 public:
  // Sets up a context. Nothing where that fails; `report` then says what and why.
  //
  // `in_flight_max`: how many operations it should be able to have; halved where fs.aio-max-nr
  // does not allow as many. `completed` must outlive the engine.
  static std::unique_ptr<libaio_engine> create(std::size_t in_flight_max, wake_signal& completed,
                                               backend_report& report);
  ~libaio_engine() override;

  [[nodiscard]] backend name() const noexcept override { return backend::libaio; }
  [[nodiscard]] bool accepts(const operation& candidate) const noexcept override;
  [[nodiscard]] std::size_t capacity() const noexcept override { return capacity_; }
  void submit(operation_queue& operations) noexcept override;
  void cancel(operation& in_engine) noexcept override;
  void reap(operation_queue& finished) noexcept override;
  bool watch(bool on) noexcept override;
  void drain(operation_queue& finished) noexcept override;
  void prepare_fork() noexcept override {}
  void resume_after_fork() noexcept override {}
  void abandon(operation_queue& orphans) noexcept override;

 private:
  // Where an operation is: `operation::engine_state`.
  enum whereabouts : std::uint8_t { unsubmitted, in_kernel };

  libaio_engine(std::size_t capacity, wake_signal& completed);

  int set_up(const char*& failing_call) noexcept;
  int round_trip(const char*& failing_call) noexcept;
  void prepare(operation& next, iocb& block) const noexcept;
  void flush() noexcept;
  void finish(const io_event& event, operation_queue& finished) noexcept;
  [[nodiscard]] bool is_reapable() const noexcept;
  std::size_t take_events(io_event* events, std::size_t count_max) noexcept;

  std::size_t capacity_;
  wake_signal& completed_;
  io_context_t context_ = nullptr;
  // One control block for each operation in flight, and those that are free.
  std::vector<iocb> blocks_;
  std::vector<iocb*> free_blocks_;
  // Prepared, in the order in which they are to be submitted.
  std::vector<iocb*> unsubmitted_;
  operation_queue in_engine_;
  // Those that the kernel never took.
  operation_queue refused_;
};

}  // namespace asiofile::detail
