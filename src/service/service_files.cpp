// What file objects have open, and synchronous functions that wait for operations on it.

#include "service/service_core.hpp"

#include "operations/completion.hpp"
#include "service/beneath_open.hpp"
#include "system/owned_fd.hpp"
#include "system/posix_calls.hpp"
#include "system/simulation.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace asiofile::detail {

namespace {

// Whoever waits for operations looks at the engines again after this time, come what may.
constexpr int look_again_milliseconds = 10;

}  // namespace

int service_core::open(file_state& file, const char* path, std::size_t path_size, int flags,
                       std::uint32_t permissions) {
  if (std::strlen(path) != path_size) return EINVAL;
  if (const int error = prepare_open(file)) return error;
  return take_opened(file, open_path(paths_begin_at(), path, flags, permissions), flags);
}

int service_core::open_beneath(file_state& file, const beneath_root& root, const std::string& path,
                               int flags, std::uint32_t permissions) {
  if (const int error = prepare_open(file)) return error;
  // The kernel's directory, and the simulation's file.
  if (options_.simulation) return EOPNOTSUPP;
  return take_opened(file, detail::open_beneath(root, path, flags, permissions), flags);
}

int service_core::paths_begin_at() const noexcept {
  return options_.simulation ? options_.simulation->root() : AT_FDCWD;
}

// Whether the file object can be given a file.
int service_core::prepare_open(const file_state& file) {
  const mutex_lock lock(mutex_);
  if (is_shut_down_) return ECANCELED;
  if (file.current && file.current->status != open_state::closed) return already_open;
  return set_up_engines();
}

int service_core::take_opened(file_state& file, std::int64_t fd, int flags) {
  if (fd < 0) return static_cast<int>(-fd);
  owned_fd opened(static_cast<int>(fd));
  const int error = assign(file, opened.get(), ownership::owned, flags);
  if (error == 0) static_cast<void>(opened.release());
  return error;
}

int service_core::assign(file_state& file, int fd, ownership owner, int open_flags) {
  auto opened = std::make_shared<open_file>();
  const mutex_lock lock(mutex_);
  if (is_shut_down_) return ECANCELED;
  if (file.current && file.current->status != open_state::closed) return already_open;
  if (const int error = set_up_engines()) return error;
  if (!opened->descriptor->adopt(fd, owner, open_flags)) return EBADF;
  opened->order.start_at(current_position(fd));
  opened->status = open_state::open;
  const turns_held held(turns_);
  file.current = std::move(opened);
  return 0;
}

bool service_core::is_open(const file_state& file) noexcept {
  const mutex_lock lock(mutex_);
  return !is_shut_down_ && file.current && file.current->status == open_state::open;
}

std::shared_ptr<descriptor> service_core::use(const file_state& file) noexcept {
  const mutex_lock lock(mutex_);
  if (is_shut_down_ || !file.current || file.current->status != open_state::open) return nullptr;
  return file.current->descriptor;
}

std::optional<opening> service_core::opening_of(const file_state& file) noexcept {
  const mutex_lock lock(mutex_);
  if (is_shut_down_ || !file.current || file.current->status != open_state::open)
    return std::nullopt;
  const open_file& its = *file.current;
  return opening{file.current, its.descriptor, its.order.position(), its.order.is_at_end()};
}

int service_core::clone(const file_state& file, file_state& copy) {
  auto opened = std::make_shared<open_file>();
  const mutex_lock lock(mutex_);
  if (is_shut_down_ || !file.current || file.current->status != open_state::open) return EBADF;
  const open_file& original = *file.current;
  opened->descriptor = original.descriptor;
  opened->status = open_state::open;
  opened->priority = original.priority;
  opened->order.copy_position(original.order);
  const turns_held held(turns_);
  copy.current = std::move(opened);
  return 0;
}

service_core::place service_core::enter_order(const file_state& file,
                                              operation& placeholder) noexcept {
  mutex_lock lock(mutex_);
  place taken{file.current, nullptr};
  const auto is_usable = [&] { return taken.file->status == open_state::open; };
  if (is_shut_down_ || !taken.file || !is_usable()) return {};
  taken.descriptor = taken.file->descriptor;
  placeholder.is_stream = taken.descriptor->is_stream();
  placeholder.open_flags = taken.descriptor->status_flags();
  stream_order& order = taken.file->order;
  if (order.enter(placeholder)) return taken;
  wait_until(lock, [&] { return !is_usable() || order.is_running(placeholder); });
  if (!is_shut_down_ && is_usable()) return taken;
  give_up_place(lock, *taken.file, placeholder);
  return {};
}

void service_core::leave_order(open_file& file, operation& placeholder) noexcept {
  mutex_lock lock(mutex_);
  give_up_place(lock, file, placeholder);
}

void service_core::give_up_place(mutex_lock& lock, open_file& file,
                                 operation& placeholder) noexcept {
  operation* next = file.order.leave(placeholder);
  if (!is_shut_down_) {
    resume_queued(next);
    if (!is_settled()) schedule_turn();
    return;
  }
  // The context ended meanwhile, and did not see those behind.
  operation_queue dropped;
  for (; next != nullptr && !next->is_placeholder; next = file.order.leave(*next))
    dropped.push_back(*next);
  lock.unlock();
  drop(dropped);
}

// One that waited for others at its file's position.
void service_core::resume_queued(operation* next) noexcept {
  if (next == nullptr) return;
  if (next->is_placeholder) {
    exchange_is_over_.notify_all();
    nudge();
    return;
  }
  next->stage = operation_stage::waiting;
  waiting_.push_back(*next);
}

void service_core::move_position(open_file& file, std::uint64_t position) noexcept {
  const mutex_lock lock(mutex_);
  file.order.move_to(position);
}

void service_core::enlist(file_state& file) noexcept {
  const mutex_lock lock(mutex_);
  files_.push_back(file);
}

void service_core::forget(file_state& file) noexcept {
  const mutex_lock lock(mutex_);
  files_.erase(file_states::s_iterator_to(file));
}

// What the file object has open, which it has no more: no operation begins on it after that.
std::shared_ptr<open_file> service_core::take_current(file_state& file) noexcept {
  if (!file.current) return nullptr;
  const turns_held held(turns_);
  return std::move(file.current);
}

void service_core::abandon(file_state& file) noexcept {
  // The last reference is dropped without the mutex: it closes the descriptor.
  std::shared_ptr<open_file> left;
  const mutex_lock lock(mutex_);
  file.is_abandoned = true;
  left = take_current(file);
  if (!left || left->status == open_state::closed) return;
  left->status = open_state::closed;
  request_cancel_of_all(*left);
}

std::shared_ptr<descriptor> service_core::detach(file_state& file) noexcept {
  mutex_lock lock(mutex_);
  const std::shared_ptr<open_file> left = take_current(file);
  if (!left || left->status == open_state::closed) return nullptr;
  const bool was_open = left->status == open_state::open;
  left->status = open_state::closed;
  request_cancel_of_all(*left);
  wait_until_done(lock, *left);
  if (!was_open) return nullptr;
  leave_position(*left);
  return std::move(left->descriptor);
}

// Whoever goes on with the descriptor does so where the file object ended.
void service_core::leave_position(const open_file& left) noexcept {
  if (left.order.has_moved())
    set_current_position(left.descriptor->fd(), left.order.is_at_end(), left.order.position());
}

int service_core::set_priority(file_state& file, std::uint16_t priority) noexcept {
  const mutex_lock lock(mutex_);
  if (is_shut_down_ || !file.current || file.current->status != open_state::open) return EBADF;
  if (priority == operation::invalid_priority) return EINVAL;
  const turns_held held(turns_);
  file.current->priority = priority;
  return 0;
}

bool service_core::cancel_all(file_state& file) noexcept {
  const mutex_lock lock(mutex_);
  if (is_shut_down_ || !file.current || file.current->status == open_state::closed) return false;
  request_cancel_of_all(*file.current);
  return true;
}

void service_core::wait_until_done(mutex_lock& lock, open_file& file) {
  wait_until(lock, [&] { return file.operations.empty(); });
}

template <typename Condition>
void service_core::wait_until(mutex_lock& lock, Condition&& is_met) {
  while (!is_met() && !is_shut_down_) {
    if (is_exchanging_ || is_waiting_for_signal_) {
      exchange_is_over_.wait(lock);
      continue;
    }
    exchange(lock, until::quiet);
    if (is_met()) break;
    // What is over of others' must not wait for this one: that may depend on their handlers.
    if (gate_->can_post() && !is_settled()) schedule_turn();
    wait_for_signal(lock);
  }
  if (!is_settled()) schedule_turn();
}

void service_core::wait_for_signal(mutex_lock& lock) noexcept {
  is_waiting_for_signal_ = true;
  lock.unlock();
  signal_->wait(look_again_milliseconds, nudge_.get());
  lock.lock();
  is_waiting_for_signal_ = false;
  if (std::exchange(is_nudged_, false)) nudge_->lower();
  exchange_is_over_.notify_all();
  if (is_shut_down_) return;
  signal_->lower();
  // It may have been raised for others' operations, and the reactor does not see it any more: until
  // somebody has looked at the engines, this here or a turn, nothing is settled.
  is_watching_ = false;
  if (turn_is_signalled_) signal_->raise();
}

}  // namespace asiofile::detail
