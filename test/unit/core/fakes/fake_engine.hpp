// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// An engine that does nothing by itself: it records what it is given, and each operation ends when
// the test says so, in any order and with any result.

#include "engines/engine.hpp"
#include "operations/operation_queue.hpp"
#include "system/notifier.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace fakes {

namespace detail = asiofile::detail;
using asiofile::backend;

// The test's side. Outlives the engine that it makes, which the service destroys when it ends.
class fake_engine {
 public:
  explicit fake_engine(backend name) : name_(name) {}
  fake_engine(const fake_engine&) = delete;
  fake_engine& operator=(const fake_engine&) = delete;

  [[nodiscard]] std::unique_ptr<detail::engine> make(detail::notifier& completed);

  // ---- how it behaves

  std::function<bool(const detail::operation&)> accepts = [](const auto&) { return true; };
  // The result with which an operation ends as soon as it is submitted; nothing: it is held.
  std::function<std::optional<std::int64_t>(detail::operation&)> refuse;
  // The result with which a held operation ends if it is cancelled; nothing: it continues.
  std::optional<std::int64_t> cancelled_with;
  // Called in the middle of the function, where another thread may do something.
  std::function<void()> during_submit, during_reap, during_notify, during_drain;
  std::size_t capacity = 1024;
  int failure = 0;
  // Whether it sets the notifier for completions when notification is on.
  bool sets_notifier = true;

  // ---- what it was given

  // Operations that have not completed, in the order in which they were submitted.
  [[nodiscard]] std::vector<detail::operation*> held() const {
    const std::lock_guard lock(mutex_);
    return held_;
  }
  [[nodiscard]] bool has(const detail::operation& which) const {
    const std::lock_guard lock(mutex_);
    return std::ranges::find(held_, &which) != held_.end();
  }
  // One entry for each call of `submit`.
  std::vector<std::vector<detail::operation*>> batches;
  std::vector<detail::operation*> cancels;
  std::atomic<unsigned> reaps = 0;
  std::atomic<bool> notifies = false;
  std::atomic<bool> is_drained = false;
  bool is_abandoned = false;
  bool is_prepared = false;
  unsigned resumed = 0;
  unsigned made = 0;
  unsigned destroyed = 0;
  [[nodiscard]] bool exists() const { return made != destroyed; }

  // ---- by any thread

  void complete(detail::operation& which, std::int64_t result) {
    const std::lock_guard lock(mutex_);
    end(which, result);
    if (notifies && sets_notifier) completed_->set();
  }

 private:
  class made_engine;

  void end(detail::operation& which, std::int64_t result) {
    // This may be another thread, where Boost.Test must not be used.
    if (std::erase(held_, &which) != 1) std::abort();
    which.result = result;
    over_.push_back(which);
  }

  const backend name_;
  mutable std::mutex mutex_;
  detail::notifier* completed_ = nullptr;
  std::vector<detail::operation*> held_;
  detail::engine_queue over_;
};

class fake_engine::made_engine final : public detail::engine {
 public:
  explicit made_engine(fake_engine& its) : its_(its) {}
  ~made_engine() override { ++its_.destroyed; }

  [[nodiscard]] backend name() const noexcept override { return its_.name_; }
  [[nodiscard]] bool accepts(const detail::operation& candidate) const noexcept override {
    return its_.failure == 0 && its_.accepts(candidate);
  }
  [[nodiscard]] std::size_t capacity() const noexcept override { return its_.capacity; }
  [[nodiscard]] int failure() const noexcept override { return its_.failure; }

  void submit(detail::engine_queue& operations) noexcept override {
    its_.batches.emplace_back();
    while (!operations.empty()) {
      detail::operation& next = detail::take_front(operations);
      its_.batches.back().push_back(&next);
      const std::lock_guard lock(its_.mutex_);
      its_.held_.push_back(&next);
      const auto refused = its_.refuse ? its_.refuse(next) : std::nullopt;
      if (refused) its_.end(next, *refused);
    }
    call(its_.during_submit);
  }

  void cancel(detail::operation& in_engine) noexcept override {
    its_.cancels.push_back(&in_engine);
    const std::lock_guard lock(its_.mutex_);
    if (its_.cancelled_with && std::ranges::find(its_.held_, &in_engine) != its_.held_.end())
      its_.end(in_engine, *its_.cancelled_with);
  }

  void reap(detail::engine_queue& over) noexcept override {
    ++its_.reaps;
    {
      const std::lock_guard lock(its_.mutex_);
      detail::append(over, its_.over_);
    }
    call(its_.during_reap);
  }

  bool notify(bool on) noexcept override {
    bool is_over = false;
    {
      const std::lock_guard lock(its_.mutex_);
      its_.notifies = on;
      is_over = !its_.over_.empty();
    }
    if (on) call(its_.during_notify);
    return is_over;
  }

  void drain(detail::engine_queue& over) noexcept override {
    call(its_.during_drain);
    const std::lock_guard lock(its_.mutex_);
    its_.is_drained = true;
    while (!its_.held_.empty()) its_.end(*its_.held_.front(), -ECANCELED);
    detail::append(over, its_.over_);
  }

  void prepare_fork() noexcept override { its_.is_prepared = true; }
  void resume_after_fork() noexcept override {
    its_.is_prepared = false;
    ++its_.resumed;
  }
  void abandon() noexcept override {
    const std::lock_guard lock(its_.mutex_);
    its_.is_abandoned = true;
    its_.held_.clear();
    its_.over_.clear();
  }

 private:
  // A copy, because it may replace the function.
  static void call(std::function<void()> hook) {
    if (hook) hook();
  }

  fake_engine& its_;
};

inline std::unique_ptr<detail::engine> fake_engine::make(detail::notifier& completed) {
  completed_ = &completed;
  ++made;
  return std::make_unique<made_engine>(*this);
}

}  // namespace fakes
