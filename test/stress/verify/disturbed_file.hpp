// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A file object that several threads use, some of which cancel and close what others have started.
// Counts these disturbances, so that it is known which operations may be aborted.

#include "failure.hpp"
#include "tracked_operation.hpp"

#include <atomic>
#include <cerrno>
#include <memory>
#include <utility>

namespace verify {

// How often a file object was disturbed. Outlives it.
struct disturbances {
  std::atomic<unsigned> begun = 0;
  std::atomic<unsigned> over = 0;
  std::atomic<bool> is_closed = false;
  std::atomic<bool> is_destroyed = false;
};

template <typename File>
class disturbed_file {
 public:
  explicit disturbed_file(File file)
      : file_(std::move(file)), history_(std::make_shared<disturbances>()) {}
  ~disturbed_file() { history_->is_destroyed = true; }
  disturbed_file(const disturbed_file&) = delete;
  disturbed_file& operator=(const disturbed_file&) = delete;

  // For operations, and for nothing that disturbs them.
  [[nodiscard]] File& get() noexcept { return file_; }
  [[nodiscard]] std::shared_ptr<const disturbances> history() const noexcept {
    return history_;
  }

  void cancel() {
    disturb([this] {
      error_code ec;
      file_.cancel(ec);
      require(!ec || (ec.value() == EBADF && history_->is_closed), "cancel: " + ec.message());
    });
  }

  void close() {
    history_->is_closed = true;
    disturb([this] {
      error_code ec;
      file_.close(ec);
      require(!ec, "close: " + ec.message());
    });
  }

  // `closed` is the handler.
  template <typename Handler>
  void async_close(Handler closed) {
    history_->is_closed = true;
    disturb([&] { file_.async_close(std::move(closed)); });
  }

 private:
  template <typename Function>
  void disturb(Function&& function) {
    ++history_->begun;
    function();
    ++history_->over;
  }

  File file_;
  std::shared_ptr<disturbances> history_;
};

// Disturbances of a file object so far, which do not affect an operation that starts now.
class undisturbed_since {
 public:
  template <typename File>
  explicit undisturbed_since(const disturbed_file<File>& file)
      : history_(file.history()), over_(history_->over) {}

  [[nodiscard]] bool was_disturbed() const noexcept {
    return history_->begun != over_ || history_->is_destroyed;
  }
  [[nodiscard]] bool was_closed() const noexcept {
    return history_->is_closed || history_->is_destroyed;
  }

 private:
  std::shared_ptr<const disturbances> history_;
  unsigned over_;
};

}  // namespace verify
