// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What the file objects of a service have open: openings, their operations in flight, their
// positions, and who closes. Knows nothing of engines.

#include "service/opening.hpp"
#include "service/service_lock.hpp"

#include <cstdint>
#include <memory>

namespace asiofile::detail {

class file_registry {
 public:
  file_registry() = default;
  file_registry(const file_registry&) = delete;
  file_registry& operator=(const file_registry&) = delete;

  // ---- file objects

  void add(file_state& file) noexcept ASIOFILE_REQUIRES(service_lock) { files_.push_back(file); }
  void remove(file_state& file) noexcept ASIOFILE_REQUIRES(service_lock);

  // The file object's opening; null if it is closed.
  [[nodiscard]] static opening* open_in(const file_state& file) noexcept
      ASIOFILE_REQUIRES(service_lock) {
    return file.current != nullptr && file.current->state == open_state::open ? file.current
                                                                              : nullptr;
  }
  // The same, only if the opening has that number; 0: any.
  [[nodiscard]] static opening* open_in(const file_state& file, std::uint64_t number) noexcept
      ASIOFILE_REQUIRES(service_lock) {
    opening* const found = open_in(file);
    return found != nullptr && (number == 0 || number == found->number) ? found : nullptr;
  }
  // It has something open, or is opening it.
  [[nodiscard]] static bool is_used(const file_state& file) noexcept
      ASIOFILE_REQUIRES(service_lock) {
    return file.current != nullptr && file.current->state != open_state::closed;
  }

  // Gives the file object a new opening that was made for it.
  opening& give(file_state& file, std::unique_ptr<opening> made) noexcept
      ASIOFILE_REQUIRES(service_lock);
  // Detaches the opening: no operation can begin on it any more. Null if there is none. The caller
  // becomes its user.
  opening* take(file_state& file) noexcept ASIOFILE_REQUIRES(service_lock);
  // The same to close it: `file.ending` counts it until nobody uses it any more.
  opening* take_to_close(file_state& file) noexcept ASIOFILE_REQUIRES(service_lock);
  // An opening that was taken with `take_to_close` and still has operations; null if there is none.
  [[nodiscard]] opening* ending_in(const file_state& file) noexcept ASIOFILE_REQUIRES(service_lock);

  // ---- users

  static void retain(opening& used) noexcept ASIOFILE_REQUIRES(service_lock) { ++used.users; }
  // The last release moves it to the list of unused openings.
  void release(opening& used) noexcept ASIOFILE_REQUIRES(service_lock) {
    if (--used.users == 0) end(used);
  }
  // Openings that nobody uses any more, for the caller to close and destroy without the lock.
  void take_unused(openings& into) noexcept ASIOFILE_REQUIRES(service_lock) {
    into.splice(into.end(), unused_);
  }
  [[nodiscard]] bool has_unused() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return !unused_.empty();
  }

  // ---- operations

  // An operation begins on an opening. Returns whether it may run now; if not it waits for those
  // before it at the position. Throws std::bad_alloc, and then it has not begun.
  bool enter(operation& next, opening& on) ASIOFILE_REQUIRES(service_lock) {
    if (next.concerns_others) return enter_in_order(next, on);
    attach(next, on);
    return true;
  }
  // The same for one without a file.
  void enter(operation& next) noexcept ASIOFILE_REQUIRES(service_lock) { others_.push_back(next); }
  // An operation has completed. What may run because of that is appended to `next`: an operation at
  // the same position, or the file's close, for which `prepare_close` is to be called.
  [[gnu::always_inline]] void leave(operation& over, operation_queue& next) noexcept
      ASIOFILE_REQUIRES(service_lock) {
    if (over.target == nullptr) {
      others_.erase(file_operations::s_iterator_to(over));
      return;
    }
    opening& its = opening_of(over);
    its.operations.erase(file_operations::s_iterator_to(over));
    if (over.concerns_others) leave_in_order(over, next);
    if (!is_empty(its.closers) && is_empty(its.operations)) next_closer(its, next);
    release(its);
  }
  // Begins an asynchronous close of an opening that the caller has taken; it replaces the caller's
  // use. Returns whether it may run now; if not it is parked until the operations have completed.
  bool enter_close(close_operation& closer, opening& on) noexcept ASIOFILE_REQUIRES(service_lock);
  // Decides, when nothing else is in flight, who closes: the last user of a descriptor that is
  // owned.
  static void prepare_close(close_operation& closer) noexcept ASIOFILE_REQUIRES(service_lock);
  // A close has completed. Returns whether it has something left to do: it has synchronised a
  // descriptor that others used at the time, and that it must now close.
  static bool goes_on_to_close(close_operation& over) noexcept ASIOFILE_REQUIRES(service_lock);
  // An opening, or a synchronous close on its behalf, leaves its descriptor. Returns whether the
  // caller is to close it; if not, the reference may have been dropped.
  static bool leave(std::shared_ptr<descriptor>& used) noexcept ASIOFILE_REQUIRES(service_lock);
  // An open has ended, with a descriptor or an error. Returns whether the file object still wants
  // it: not if it was closed meanwhile.
  static bool end_open(open_operation& over) noexcept ASIOFILE_REQUIRES(service_lock);

  // ---- at the end, and in a forked child

  // Takes the operations that wait here: for a position, a group's sync, or to close.
  void take_kept(operation_queue& into) noexcept ASIOFILE_REQUIRES(service_lock);
  // Takes those that an engine has or a thread tries, which are in no list of their stage. Only
  // when neither engine nor thread exists any more.
  void take_running(operation_queue& into) noexcept ASIOFILE_REQUIRES(service_lock);
  // An operation that will never complete leaves its file.
  void forget(operation& dropped) noexcept ASIOFILE_REQUIRES(service_lock);
  // In the child: forgets what belongs to the parent's threads and to its ring.
  void forget_others() noexcept ASIOFILE_REQUIRES(service_lock);

  [[nodiscard]] file_states& files() noexcept ASIOFILE_REQUIRES(service_lock) { return files_; }

 private:
  bool enter_in_order(operation& next, opening& on) ASIOFILE_REQUIRES(service_lock);
  static void leave_in_order(operation& over, operation_queue& next) noexcept
      ASIOFILE_REQUIRES(service_lock);
  static void next_closer(opening& of, operation_queue& next) noexcept
      ASIOFILE_REQUIRES(service_lock);
  void end(opening& used) noexcept ASIOFILE_REQUIRES(service_lock);
  static void attach(operation& next, opening& on) noexcept ASIOFILE_REQUIRES(service_lock) {
    next.target = &on;
    next.fd = on.facts.fd;
    retain(on);
    on.operations.push_back(next);
  }
  static void take_descriptor(close_operation& closer) noexcept ASIOFILE_REQUIRES(service_lock);
  static bool is_at_position(const operation& which) noexcept {
    return which.is_transfer() && as_transfer(which).is_at_position;
  }

  file_states files_ ASIOFILE_GUARDED_BY(service_lock);
  openings used_ ASIOFILE_GUARDED_BY(service_lock);
  openings unused_ ASIOFILE_GUARDED_BY(service_lock);
  // Operations that have no file.
  file_operations others_ ASIOFILE_GUARDED_BY(service_lock);
  std::uint64_t last_number_ ASIOFILE_GUARDED_BY(service_lock) = 0;
};

// An opening that has no descriptor yet is given one.
void give_descriptor(opening& to, const file_facts& facts, ownership owner,
                     bool syncs_on_close) noexcept ASIOFILE_REQUIRES(service_lock);

// The position's sequencer, made if there is none yet. Throws std::bad_alloc.
sequencer& positions_of(opening& which) ASIOFILE_REQUIRES(service_lock);

}  // namespace asiofile::detail
