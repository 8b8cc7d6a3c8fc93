// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The loop that a program without the library would have: one pwritev2(2) for a record of each
// appender, and fdatasync(2).

#include "../../worker/fail.hpp"
#include "../../worker/file_descriptor.hpp"
#include "factories.hpp"
#include "record_set.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace benchmark::storage {

namespace {

class batch_loop final : public contender {
 public:
  explicit batch_loop(const task& what)
      : what_(what), file_(what), records_(what), batch_(what.depth) {}

  void run(std::uint64_t operations) override {
    records_.refill(operations);
    while (const std::size_t gathered = gather()) write(gathered);
  }

  void check_written() override { records_.check_written(what_.path); }

 private:
  std::size_t gather() noexcept {
    std::size_t count = 0;
    while (count != batch_.size() && records_.next(count)) {
      batch_[count] = {records_.record(count), records_.record_bytes()};
      ++count;
    }
    return count;
  }

  void write(std::size_t gathered) {
    const auto bytes = static_cast<::ssize_t>(gathered * records_.record_bytes());
    const ::ssize_t written =
        ::pwritev2(file_.get(), batch_.data(), static_cast<int>(gathered), offset_, 0);
    if (written != bytes) fail("pwritev2", written < 0 ? errno : ENOSPC);
    if (::fdatasync(file_.get()) != 0) fail("fdatasync", errno);
    offset_ += written;
  }

  task what_;
  file_descriptor file_;
  record_set records_;
  std::vector<iovec> batch_;
  ::off_t offset_ = 0;
};

}  // namespace

std::unique_ptr<contender> make_batch_loop(const task& what) {
  return std::make_unique<batch_loop>(what);
}

}  // namespace benchmark::storage
