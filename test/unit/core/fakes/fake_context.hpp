// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A context without threads: posted passes and the reactor's wait are run by the test, at any time
// and on any thread.

#include <asiofile/detail/context_adapter.hpp>

#include <poll.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>

namespace fakes {

namespace detail = asiofile::detail;

class fake_context {
 public:
  fake_context() = default;
  fake_context(const fake_context&) = delete;
  fake_context& operator=(const fake_context&) = delete;

  // For one service. The context outlives it for as long as the service needs the context.
  [[nodiscard]] std::unique_ptr<detail::context_adapter> make_adapter() {
    exists_ = true;
    return std::make_unique<adapter>(*this);
  }

  // ---- how it behaves

  bool can_post = true;
  bool is_stopped = false;
  // What `watch` returns, if there is something to watch.
  int watch_error = 0;
  bool has_memory = true;

  // ---- what it was asked for

  unsigned posts = 0;
  unsigned waits = 0;
  unsigned cancelled_waits = 0;
  int watched = -1;
  bool has_work = false;
  const void* executor = nullptr;
  [[nodiscard]] bool is_posted() const { return posted_ != nullptr; }
  [[nodiscard]] bool is_waiting() const { return waiting_ != nullptr; }
  // The service still refers to it.
  [[nodiscard]] bool is_referred_to() const { return exists_; }

  // ---- running it. The functions return whether there was anything to run.

  bool run_posted() {
    detail::service_core* const core = take(posted_);
    if (core != nullptr) detail::run_posted_pass(*core);
    return core != nullptr;
  }
  // The reactor polls what it watches.
  bool run_reactor() {
    if (!is_waiting()) return false;
    if (!is_ending_ && !is_readable()) return false;
    detail::service_core* const core = take(waiting_);
    detail::run_waited_pass(*core);
    return true;
  }
  bool run_one() { return run_posted() || run_reactor(); }
  // Until there is nothing to do.
  unsigned run() {
    unsigned passes = 0;
    while (run_one()) {
      if (++passes == 1000) std::abort();
    }
    return passes;
  }
  [[nodiscard]] bool is_readable() const {
    pollfd asked{watched, POLLIN, 0};
    return watched != -1 && ::poll(&asked, 1, 0) == 1;
  }

 private:
  class adapter final : public detail::context_adapter {
   public:
    explicit adapter(fake_context& its) : its_(its) {}
    ~adapter() override { its_.exists_ = false; }
    void set_executor(const void* native) noexcept override { its_.executor = native; }
    [[nodiscard]] bool can_post() const noexcept override { return its_.can_post; }
    void post_pass(detail::service_core& core) override {
      const std::lock_guard lock(its_.mutex_);
      if (!its_.has_memory) throw std::bad_alloc();
      refuse_unless(its_.posted_ == nullptr, "a pass is posted beside another");
      ++its_.posts;
      its_.posted_ = &core;
    }
    void start_wait(detail::service_core& core) override {
      const std::lock_guard lock(its_.mutex_);
      refuse_unless(its_.waiting_ == nullptr, "a wait is started beside another");
      refuse_unless(its_.watched != -1, "a wait for nothing");
      ++its_.waits;
      its_.waiting_ = &core;
      its_.is_ending_ = false;
    }
    void cancel_wait() noexcept override {
      ++its_.cancelled_waits;
      its_.is_ending_ = true;
    }
    int watch(int fd) noexcept override {
      its_.is_ending_ = true;
      if (fd != -1 && its_.watch_error != 0) return its_.watch_error;
      its_.watched = fd;
      return 0;
    }
    void work_started() noexcept override { its_.has_work = true; }
    void work_finished() noexcept override { its_.has_work = false; }
    [[nodiscard]] bool stopped() const noexcept override { return its_.is_stopped; }

   private:
    // This may be another thread, where Boost.Test must not be used.
    static void refuse_unless(bool holds, const char* what) {
      if (holds) return;
      std::fprintf(stderr, "%s\n", what);
      std::abort();
    }

    fake_context& its_;
  };

  detail::service_core* take(detail::service_core*& from) {
    const std::lock_guard lock(mutex_);
    detail::service_core* const taken = from;
    from = nullptr;
    return taken;
  }

  std::mutex mutex_;
  detail::service_core* posted_ = nullptr;
  detail::service_core* waiting_ = nullptr;
  bool is_ending_ = false;
  bool exists_ = false;
};

}  // namespace fakes
