// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Runs operations on O_DIRECT files through a Linux kernel AIO context.
//
// io_submit(2) runs most operations to their end before it returns. This engine takes only what it
// really starts: O_DIRECT transfers on regular files and block devices, under RWF_NOWAIT so that
// one that would wait after all is refused (-EAGAIN), and syncs, which the kernel hands to a
// worker.

#include "engines/engine.hpp"
#include "system/notifier.hpp"

#include <asiofile/probe.hpp>

#include <libaio.h>

#include <cstddef>
#include <memory>
#include <vector>

namespace asiofile::detail {

class libaio_engine final : public engine {
 public:
  // Whether the process may make the calls; makes no context, because destroying one takes tens of
  // milliseconds. Whether fs.aio-max-nr has room is only known when one is made.
  static backend_report probe();

  // Makes a context, for `in_flight_max` operations or as many as fs.aio-max-nr has room for. Null
  // if that fails; `report` gives the outcome in any case. `completed` is opened if it is not, and
  // must outlive the engine.
  static std::unique_ptr<libaio_engine> create(std::size_t in_flight_max, notifier& completed,
                                               backend_report& report);
  // Waits some 30 ms: io_destroy(2) waits for an RCU grace period of the kernel.
  ~libaio_engine() override;

  [[nodiscard]] backend name() const noexcept override { return backend::libaio; }
  [[nodiscard]] bool accepts(const operation& candidate) const noexcept override;
  [[nodiscard]] std::size_t capacity() const noexcept override { return capacity_; }
  void submit(engine_queue& operations) noexcept override ASIOFILE_REQUIRES(engine_owner);
  void cancel(operation& in_engine) noexcept override ASIOFILE_REQUIRES(engine_owner);
  void reap(engine_queue& over) noexcept override ASIOFILE_REQUIRES(engine_owner);
  bool notify(bool on) noexcept override ASIOFILE_REQUIRES(engine_owner);
  void drain(engine_queue& over) noexcept override ASIOFILE_REQUIRES(engine_owner);
  void prepare_fork() noexcept override ASIOFILE_REQUIRES(engine_owner) {}
  void resume_after_fork() noexcept override ASIOFILE_REQUIRES(engine_owner) {}
  void abandon() noexcept override ASIOFILE_REQUIRES(engine_owner);

 private:
  libaio_engine(std::size_t capacity, notifier& completed)
      : capacity_(capacity), completed_(completed) {}

  // Before the engine is shared with others.
  void make_blocks() ASIOFILE_NO_ANALYSIS;
  int set_up(const char*& failing_call) noexcept;
  int round_trip(const char*& failing_call) noexcept;
  void prepare(operation& next, iocb& block) const noexcept;
  void flush() noexcept ASIOFILE_REQUIRES(engine_owner);
  void refuse(iocb& block, int result) noexcept ASIOFILE_REQUIRES(engine_owner);
  void take(const io_event& event, engine_queue& over) noexcept ASIOFILE_REQUIRES(engine_owner);
  std::size_t take_events(io_event* events, std::size_t count_max) noexcept
      ASIOFILE_REQUIRES(engine_owner);

  std::size_t capacity_;
  notifier& completed_;
  io_context_t context_ = nullptr;
  // One control block for each operation in flight, and those that are free.
  std::vector<iocb> blocks_;
  std::vector<iocb*> free_blocks_ ASIOFILE_GUARDED_BY(engine_owner);
  // The control blocks of a batch; empty outside `submit`.
  std::vector<iocb*> batch_ ASIOFILE_GUARDED_BY(engine_owner);
  std::size_t in_kernel_ ASIOFILE_GUARDED_BY(engine_owner) = 0;
  // Those that the kernel did not take, to be reaped.
  engine_queue refused_ ASIOFILE_GUARDED_BY(engine_owner);
};

}  // namespace asiofile::detail
