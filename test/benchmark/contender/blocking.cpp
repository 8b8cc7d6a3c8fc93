// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A loop of pread or pwrite: what the kernel's work costs by itself, one operation at a time.

#include "../worker/file_descriptor.hpp"
#include "blocking_transfer.hpp"
#include "factories.hpp"

namespace benchmark {

namespace {

class blocking final : public contender {
 public:
  explicit blocking(const task& what) : durable_(what.durable), file_(what), slots_(what) {
    if (what.depth != 1) fail("a loop of blocking calls has depth 1");
  }

  void run(std::uint64_t operations) override {
    slots_.refill(operations);
    slot& only = slots_[0];
    while (only.next()) only.check(transfer_and_sync_blocking(file_.get(), only, durable_));
  }

  void check_written() override { slots_.check_written(file_.get()); }

 private:
  durability durable_;
  file_descriptor file_;
  slot_set slots_;
};

}  // namespace

std::unique_ptr<contender> make_blocking(const task& what) {
  return std::make_unique<blocking>(what);
}

}  // namespace benchmark
