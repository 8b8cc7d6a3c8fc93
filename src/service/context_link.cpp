// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "service/context_link.hpp"

#include <utility>

namespace asiofile::detail {

context_link::context_link(std::unique_ptr<context_adapter> adapter) noexcept
    : adapter_(std::move(adapter)) {}

context_link::~context_link() = default;

int context_link::watch() {
  if (const int error = notifier_.open()) return error;
  const int error = adapter_->watch(notifier_.read_fd());
  if (error == 0)
    is_watched_ = true;
  else
    notifier_.close();
  return error;
}

void context_link::set_executor(const void* native) noexcept {
  adapter_->set_executor(native);
  can_post_ = adapter_->can_post();
  // There may have been no executor to notify when the work started.
  if (has_work_) adapter_->work_started();
}

void context_link::schedule_first(service_core& core) {
  if (can_post()) {
    adapter_->post_pass(core);
    is_scheduled_ = true;
    return;
  }
  if (wait_ == wait_state::none) {
    adapter_->start_wait(core);
    wait_ = wait_state::armed;
  }
  is_scheduled_ = is_signalled_ = true;
  notifier_.set();
}

void context_link::waited_pass_begins() noexcept {
  wait_ = wait_state::none;
  if (std::exchange(is_signalled_, false)) is_scheduled_ = false;
  // Before the engines are looked at: what completes after that sets it again.
  if (is_watched_) notifier_.reset();
}

void context_link::park(service_core& core) {
  if (wait_ == wait_state::none) {
    adapter_->start_wait(core);
    wait_ = wait_state::armed;
  }
  is_notified_ = true;
}

bool context_link::unpark() noexcept { return std::exchange(is_notified_, false); }

void context_link::end_wait() noexcept {
  if (wait_ != wait_state::armed || is_signalled_) return;
  wait_ = wait_state::ending;
  adapter_->cancel_wait();
}

void context_link::reset_for_waiter() noexcept {
  notifier_.reset();
  // Nobody is parked any more: look again, L8.
  is_notified_ = false;
  // It may have been set to schedule a pass: look again, L9.
  if (is_signalled_) notifier_.set();
}

void context_link::tell_of_work(bool has_work) noexcept {
  has_work_ = has_work;
  if (has_work)
    adapter_->work_started();
  else
    adapter_->work_finished();
}

void context_link::disconnect(bool is_copy) noexcept {
  is_watched_ = false;
  // Once the descriptor is closed here, it cannot be taken out of the parent's epoll instance,
  // which still has it.
  if (is_copy) notifier_.close();
  static_cast<void>(adapter_->watch(-1));
}

int context_link::renew_in_child() {
  static_cast<void>(adapter_->watch(-1));
  if (wait_ == wait_state::armed) wait_ = wait_state::ending;
  if (std::exchange(is_signalled_, false)) is_scheduled_ = false;
  is_notified_ = false;
  if (!std::exchange(is_watched_, false)) return 0;
  notifier_.close();
  return set_up_notifier();
}

}  // namespace asiofile::detail
