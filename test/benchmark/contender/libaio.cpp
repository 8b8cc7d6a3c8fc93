// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Kernel AIO by hand: one io_submit for everything that is ready, one io_getevents for everything
// that is done.

#include "../worker/file_descriptor.hpp"
#include "../worker/slot.hpp"
#include "factories.hpp"

#include <libaio.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace benchmark {

namespace {

class raw_aio final : public contender {
 public:
  explicit raw_aio(const task& what)
      : file_(what), slots_(what), blocks_(what.depth), events_(what.depth) {
    // Kernel AIO has no chains: a write is made durable by the file's O_DSYNC.
    if (what.durable == durability::fdatasync) fail("libaio cannot sync after a write");
    const int result = ::io_setup(static_cast<int>(what.depth), &context_);
    if (result != 0) fail("io_setup", -result);
    ready_.reserve(what.depth);
  }

  ~raw_aio() override { ::io_destroy(context_); }

  void run(std::uint64_t operations) override {
    slots_.refill(operations);
    std::size_t in_flight = 0;
    for (std::size_t index = 0; index != slots_.size() && slots_[index].next(); ++index) {
      prepare(index);
      ++in_flight;
    }
    while (in_flight != 0) {
      submit();
      in_flight -= reap();
    }
  }

  void check_written() override { slots_.check_written(file_.get()); }

 private:
  void prepare(std::size_t index) {
    slot& each = slots_[index];
    iocb& block = blocks_[index];
    const auto offset = static_cast<long long>(each.offset());
    if (each.is_write()) ::io_prep_pwrite(&block, file_.get(), each.buffer(), each.size(), offset);
    else ::io_prep_pread(&block, file_.get(), each.buffer(), each.size(), offset);
    block.data = reinterpret_cast<void*>(index);
    ready_.push_back(&block);
  }

  void submit() {
    std::size_t submitted = 0;
    while (submitted != ready_.size()) {
      const int result = ::io_submit(context_, static_cast<long>(ready_.size() - submitted),
                                     ready_.data() + submitted);
      if (result < 0 && result != -EINTR) fail("io_submit", -result);
      if (result > 0) submitted += static_cast<std::size_t>(result);
    }
    ready_.clear();
  }

  // How many slots have nothing left to do.
  std::size_t reap() {
    const int count =
        ::io_getevents(context_, 1, static_cast<long>(events_.size()), events_.data(), nullptr);
    if (count < 0 && count != -EINTR) fail("io_getevents", -count);
    std::size_t ended = 0;
    for (int event = 0; event < count; ++event) {
      const io_event& done = events_[static_cast<std::size_t>(event)];
      const auto index = reinterpret_cast<std::uintptr_t>(done.data);
      slots_[index].check(static_cast<std::int64_t>(done.res));
      if (slots_[index].next()) prepare(index);
      else ++ended;
    }
    return ended;
  }

  file_descriptor file_;
  slot_set slots_;
  io_context_t context_ = nullptr;
  std::vector<iocb> blocks_;
  std::vector<io_event> events_;
  std::vector<iocb*> ready_;
};

}  // namespace

std::unique_ptr<contender> make_libaio(const task& what) { return std::make_unique<raw_aio>(what); }

}  // namespace benchmark
