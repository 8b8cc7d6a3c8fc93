// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Schedules dispatch passes on threads of the context. This is the wake-up protocol:
// test/model/wake_up.pml proves it, and doc/wake_up.md maps the steps of the model to functions.
//
// A pass runs because it was posted, or because the reactor found the notifier set. At most one is
// scheduled and at most one reactor wait is armed at a time. Knows nothing of operations.

#include "service/service_lock.hpp"
#include "system/notifier.hpp"

#include <asiofile/detail/context_adapter.hpp>

#include <memory>

namespace asiofile::detail {

class context_link {
 public:
  explicit context_link(std::unique_ptr<context_adapter> adapter) noexcept;
  ~context_link();

  // Opens the notifier, and registers it with the reactor. Returns 0 or an errno value.
  int set_up_notifier() ASIOFILE_REQUIRES(service_lock) { return is_watched_ ? 0 : watch(); }
  // Makes sure that a pass can be scheduled. Returns 0 or an errno value.
  int set_up_schedule() ASIOFILE_REQUIRES(service_lock) {
    return can_post_ ? 0 : set_up_notifier();
  }
  // The notifier that engines set. Outlives them.
  [[nodiscard]] notifier& completions() noexcept { return notifier_; }

  void set_executor(const void* native) noexcept ASIOFILE_REQUIRES(service_lock);
  // The context's own executor is known, so that a pass can be posted.
  [[nodiscard]] bool can_post() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return can_post_;
  }
  // The program has stopped the context.
  [[nodiscard]] bool is_stopped() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return adapter_->stopped();
  }

  // Schedules a pass on a thread of the context, unless one is scheduled. May throw if nothing has
  // been scheduled before and memory is exhausted.
  void schedule(service_core& core) ASIOFILE_REQUIRES(service_lock) {
    if (!is_scheduled_) schedule_first(core);
  }
  [[nodiscard]] bool is_scheduled() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return is_scheduled_;
  }

  // A pass begins.
  void posted_pass_begins() noexcept ASIOFILE_REQUIRES(service_lock) { is_scheduled_ = false; }
  void waited_pass_begins() noexcept ASIOFILE_REQUIRES(service_lock);

  // Makes the reactor wait for the notifier. From here on engines must set it (`engine::notify`),
  // and the caller must check them once more.
  void park(service_core& core) ASIOFILE_REQUIRES(service_lock);
  // The engines need not set the notifier any more, because a thread polls them. Returns whether
  // they had to.
  bool unpark() noexcept ASIOFILE_REQUIRES(service_lock);
  // A pass will run when the reactor sees the notifier, or because its wait is ending; and the
  // engines set the notifier.
  [[nodiscard]] bool is_parked() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return wait_ != wait_state::none && is_notified_;
  }
  // With nothing in flight an armed wait would only keep `run()` from returning.
  void end_wait() noexcept ASIOFILE_REQUIRES(service_lock);
  [[nodiscard]] bool is_waiting() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return wait_ == wait_state::armed;
  }

  // Resets the notifier for a synchronous function that was waiting for it. The reactor may not
  // have seen it: so the caller must check the engines.
  void reset_for_waiter() noexcept ASIOFILE_REQUIRES(service_lock);

  // Whether the context has work that only the service knows of.
  void set_work(bool has_work) noexcept ASIOFILE_REQUIRES(service_lock) {
    if (has_work != has_work_) tell_of_work(has_work);
  }

  // At the end of the service. `is_copy`: in a forked copy of the process, which shares the reactor
  // with the parent.
  void disconnect(bool is_copy) noexcept ASIOFILE_REQUIRES(service_lock);
  // After this, it refers to nothing of the context.
  void leave() noexcept {
    adapter_.reset();
    notifier_.close();
  }
  // In a child after a fork: a notifier of its own.
  int renew_in_child() ASIOFILE_REQUIRES(service_lock);

 private:
  enum class wait_state { none, armed, ending };

  int watch() ASIOFILE_REQUIRES(service_lock);
  void schedule_first(service_core& core) ASIOFILE_REQUIRES(service_lock);
  void tell_of_work(bool has_work) noexcept ASIOFILE_REQUIRES(service_lock);

  std::unique_ptr<context_adapter> adapter_;
  notifier notifier_;
  bool can_post_ ASIOFILE_GUARDED_BY(service_lock) = false;
  // The reactor knows the notifier.
  bool is_watched_ ASIOFILE_GUARDED_BY(service_lock) = false;
  bool is_scheduled_ ASIOFILE_GUARDED_BY(service_lock) = false;
  // ... by setting the notifier, because the context's own executor is not known.
  bool is_signalled_ ASIOFILE_GUARDED_BY(service_lock) = false;
  wait_state wait_ ASIOFILE_GUARDED_BY(service_lock) = wait_state::none;
  bool is_notified_ ASIOFILE_GUARDED_BY(service_lock) = false;
  bool has_work_ ASIOFILE_GUARDED_BY(service_lock) = false;
};

}  // namespace asiofile::detail
