// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "engines/stream_poller.hpp"

#include "engines/operation_place.hpp"

#include <array>
#include <cerrno>
#include <new>
#include <utility>

namespace asiofile::detail {

namespace {

// How many events one wait reports at most.
constexpr std::size_t events_per_wait_max = 64;

}  // namespace

stream_poller::~stream_poller() {
  engine_queue none;
  stop(none);
}

int stream_poller::start() noexcept {
  if (const int error = readiness_->open()) return error;
  if (thread_.joinable()) return 0;
  const auto run = [](void* self) { static_cast<stream_poller*>(self)->poll(); };
  return start_thread_(thread_, run, this);
}

int stream_poller::arm(int fd, const stream& its) noexcept {
  const bool for_reading = !its.reading.empty() && !its.is_read;
  const bool for_writing = !its.writing.empty() && !its.is_written;
  if (for_reading || for_writing) return readiness_->arm(fd, for_reading, for_writing);
  readiness_->disarm(fd);
  return 0;
}

void stream_poller::take_all(stream& from, engine_queue& into) noexcept {
  for (engine_queue* const queue : {&from.reading, &from.writing}) {
    for (operation& each : *queue) set_place(each, operation_place::nowhere);
    append(into, *queue);
  }
}

void stream_poller::forget_if_unused(streams::iterator its) noexcept {
  const stream& found = its->second;
  if (found.reading.empty() && found.writing.empty() && !found.is_read && !found.is_written)
    streams_.erase(its);
}

// It was possible to wait for the stream before. If it no longer is, the descriptor has been
// closed, or the system has no memory: the operations that wait are tried, which shows the error.
void stream_poller::arm_again(streams::iterator its, engine_queue& ready) noexcept {
  stream& found = its->second;
  if (arm(its->first, found) != 0) take_all(found, ready);
  forget_if_unused(its);
}

int stream_poller::wait(operation& which) noexcept {
  const awaited_stream awaited = client_.awaited_by(which);
  engine_queue ready;
  int error = 0;
  {
    const scoped_lock lock(mutex_);
    error = enlist(which, awaited, ready);
  }
  if (!ready.empty()) client_.ready(ready);
  return error;
}

// If the stream cannot be waited for, the others that wait for it are added to `ready`.
int stream_poller::enlist(operation& which, const awaited_stream& awaited,
                          engine_queue& ready) noexcept {
  if (is_stopping_ || is_cancelled(which)) return ECANCELED;
  if (const int error = start()) return error;
  streams::iterator its;
  try {
    its = streams_.try_emplace(awaited.fd).first;
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  }
  stream& found = its->second;
  engine_queue& queue = awaited.for_writing ? found.writing : found.reading;
  if (was_ready(which)) {
    (awaited.for_writing ? found.is_written : found.is_read) = false;
    clear_bits(which, ready_bit);
    queue.push_front(which);
  } else {
    queue.push_back(which);
  }
  set_place(which, operation_place::polled);
  const int error = arm(awaited.fd, found);
  if (error == 0) return 0;
  remove(queue, which);
  set_place(which, operation_place::nowhere);
  take_all(found, ready);
  forget_if_unused(its);
  return error;
}

void stream_poller::release(operation& which) noexcept {
  if (!was_ready(which)) return;
  const awaited_stream awaited = client_.awaited_by(which);
  engine_queue ready;
  {
    const scoped_lock lock(mutex_);
    clear_bits(which, ready_bit);
    const auto its = streams_.find(awaited.fd);
    if (its == streams_.end()) return;
    (awaited.for_writing ? its->second.is_written : its->second.is_read) = false;
    arm_again(its, ready);
  }
  if (!ready.empty()) client_.ready(ready);
}

bool stream_poller::cancel(operation& which) noexcept {
  const awaited_stream awaited = client_.awaited_by(which);
  engine_queue ready;
  {
    const scoped_lock lock(mutex_);
    if (place_of(which) != operation_place::polled) return false;
    const auto its = streams_.find(awaited.fd);
    remove(awaited.for_writing ? its->second.writing : its->second.reading, which);
    set_place(which, operation_place::nowhere);
    arm_again(its, ready);
  }
  if (!ready.empty()) client_.ready(ready);
  return true;
}

void stream_poller::stop(engine_queue& waiting) noexcept {
  std::thread ended;
  {
    const scoped_lock lock(mutex_);
    is_stopping_ = true;
    for (auto& [fd, its] : streams_) take_all(its, waiting);
    streams_.clear();
    ended = std::exchange(thread_, {});
    readiness_->wake();
  }
  if (ended.joinable()) ended.join();
}

void stream_poller::poll() noexcept {
  std::array<ready_event, events_per_wait_max> events;
  for (;;) {
    const std::size_t count = readiness_->wait(events);
    engine_queue ready;
    {
      const scoped_lock lock(mutex_);
      if (is_stopping_) return;
      for (std::size_t i = 0; i != count; ++i) take_ready(events[i], ready);
    }
    if (!ready.empty()) client_.ready(ready);
  }
}

// The event was the last one before the descriptor is armed again.
void stream_poller::take_ready(const ready_event& event, engine_queue& ready) noexcept {
  const auto its = streams_.find(event.fd);
  if (its == streams_.end()) return;
  stream& found = its->second;
  const auto take_one = [&](engine_queue& from, bool& has_its_try) {
    if (from.empty() || has_its_try) return;
    operation& next = take_front(from);
    has_its_try = true;
    set_bits(next, ready_bit);
    set_place(next, operation_place::nowhere);
    ready.push_back(next);
  };
  if (event.is_readable) take_one(found.reading, found.is_read);
  if (event.is_writable) take_one(found.writing, found.is_written);
  const bool is_waited_for =
      (!found.reading.empty() && !found.is_read) || (!found.writing.empty() && !found.is_written);
  if (is_waited_for) arm_again(its, ready);
}

}  // namespace asiofile::detail
