// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Operations without a service, for tests that drive an engine: on a file of the test, in memory of
// their own.

#include "engines/engine.hpp"
#include "operations/operation.hpp"
#include "system/notifier.hpp"
#include "system/system_calls.hpp"
#include "wait_until.hpp"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

namespace test_support {

namespace detail = asiofile::detail;

class driven_file final : public detail::operation_target {
 public:
  // A file that does not exist: for engines without a kernel.
  explicit driven_file(int fd) noexcept {
    facts.fd = fd;
    facts.is_storage = facts.is_local = facts.takes_nowait = true;
  }

  driven_file(const std::string& path, int flags) : driven_file(::open(path.c_str(), flags, 0600)) {
    if (facts.fd == -1) throw std::system_error(errno, std::system_category(), "open " + path);
    facts.system = detail::kernel_calls().get();
    facts.status_flags = ::fcntl(facts.fd, F_GETFL);
    facts.is_direct = (facts.status_flags & O_DIRECT) != 0;
    is_open_ = true;
  }

  ~driven_file() { close(); }
  driven_file(const driven_file&) = delete;
  driven_file& operator=(const driven_file&) = delete;

  void close() noexcept {
    if (is_open_) ::close(facts.fd);
    is_open_ = false;
  }

 private:
  bool is_open_ = false;
};

template <typename Operation>
class driven final : public detail::operation_storage {
 public:
  driven(driven_file& file, detail::operation_kind kind)
      : operation_storage([](operation_storage&, const detail::operation_result*) {}),
        operation_(detail::operation::emplace<Operation>(*this, kind)) {
    operation_.target = &file;
    // Engines must not rely on its initial value.
    operation_.engine_state = 0xa5;
  }

  Operation* operator->() noexcept { return &operation_; }
  Operation& operator*() noexcept { return operation_; }
  // How often an engine has returned it.
  int returned = 0;

 private:
  Operation& operation_;
};

using driven_sync = driven<detail::sync_operation>;

// A read or write of one buffer, or of several of equal size.
class driven_transfer final {
 public:
  static constexpr std::size_t alignment = 4096;

  driven_transfer(driven_file& file, detail::operation_kind kind, std::uint64_t offset,
                  std::size_t size, std::size_t buffer_count = 1)
      : memory_(size + alignment), vectors_(buffer_count), operation_(file, kind) {
    const auto misaligned = reinterpret_cast<std::uintptr_t>(memory_.data()) % alignment;
    bytes_ = memory_.data() + (misaligned == 0 ? 0 : alignment - misaligned);
    const std::size_t part = size / buffer_count;
    for (std::size_t i = 0; i != buffer_count; ++i) vectors_[i] = {bytes_ + i * part, part};
    operation_->offset = offset;
    operation_->buffers = vectors_.data();
    operation_->buffer_count = static_cast<std::uint32_t>(buffer_count);
    operation_->requested = part * buffer_count;
  }

  // A write that a sync follows.
  driven_transfer& with_sync(detail::sync_after what, bool is_linked = true) noexcept {
    operation_->sync = what;
    operation_->links_sync = is_linked;
    return *this;
  }

  detail::transfer_operation* operator->() noexcept { return &*operation_; }
  detail::transfer_operation& operator*() noexcept { return *operation_; }
  [[nodiscard]] char* bytes() noexcept { return bytes_; }

 private:
  std::vector<char> memory_;
  char* bytes_;
  std::vector<iovec> vectors_;
  driven<detail::transfer_operation> operation_;
};

// Submits operations to an engine and reaps them, as the pipeline does.
class engine_driver {
 public:
  engine_driver(detail::engine& driven, detail::notifier& completed)
      : engine_(driven), completed_(completed) {}

  void submit(const std::vector<detail::operation*>& operations) {
    detail::engine_queue queue;
    for (detail::operation* const each : operations) queue.push_back(*each);
    engine_.submit(queue);
  }

  // Those that have completed.
  std::vector<detail::operation*> reap() {
    detail::engine_queue over;
    engine_.reap(over);
    return listed(over);
  }

  // `count` operations, or as many as complete in time.
  std::vector<detail::operation*> reap(std::size_t count,
                                       std::chrono::milliseconds limit = std::chrono::seconds(20)) {
    const deadline end(limit);
    std::vector<detail::operation*> all;
    while (all.size() < count && !end.has_passed()) {
      if (!engine_.notify(true)) completed_.wait(50);
      completed_.reset();
      engine_.notify(false);
      for (detail::operation* const each : reap()) all.push_back(each);
    }
    return all;
  }

  std::vector<detail::operation*> drain() {
    detail::engine_queue over;
    engine_.drain(over);
    return listed(over);
  }

 private:
  static std::vector<detail::operation*> listed(detail::engine_queue& queue) {
    std::vector<detail::operation*> all;
    while (!queue.empty()) all.push_back(&detail::take_front(queue));
    return all;
  }

  detail::engine& engine_;
  detail::notifier& completed_;
};

// Whether `one` is among them exactly once.
inline bool has_once(const std::vector<detail::operation*>& all, const detail::operation& one) {
  return std::ranges::count(all, &one) == 1;
}

}  // namespace test_support
