#pragma once

// What readers and writers have in common: operations of their own on the user's file, some of
// them ahead of what the user has asked for, and one call of the user at a time, which waits for
// them.

#include <asiofile/config.hpp>
#include <asiofile/detail/file_access.hpp>
#include <asiofile/detail/operation.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace asiofile::detail {

class background;
class own_transfer;
class unstarted_transfers;

// That a call is under way on a reader or writer: nobody else's may begin. Keeps the object, and so
// the memory that the call's result is in, until the handler has returned.
class call_claim {
 public:
  call_claim() noexcept = default;
  explicit call_claim(std::shared_ptr<background> claimed) noexcept
      : claimed_(std::move(claimed)) {}
  call_claim(call_claim&&) noexcept = default;
  // To one that claims nothing.
  call_claim& operator=(call_claim&&) noexcept = default;
  ~call_claim() { end(); }

  // The next call may begin. The object is kept on.
  void end() noexcept;

 private:
  std::shared_ptr<background> claimed_;
  bool is_ended_ = false;
};

// What a call asks for, and what it is answered: in the memory that follows its operation.
struct call_answer {
  enum class request : std::uint8_t { next, write, flush, close };

  request asked = request::next;
  // Reading: there is something; else it is the end of the file.
  bool is_there = false;
  // Reading: what. Writing: how much has been taken.
  const char* data = nullptr;
  std::size_t bytes = 0;
  call_claim claim;
};

inline call_answer& answer_of(const operation& call) noexcept {
  return *static_cast<call_answer*>(call.trailing);
}

// Owned by the reader or writer object, and by each of its operations in flight.
//
// The mutex guards everything that is not said to be otherwise. It is never held while an operation
// is started or a call ended: either may destroy a handler.
class ASIOFILE_DECL background : public std::enable_shared_from_this<background> {
 public:
  background(const background&) = delete;
  background& operator=(const background&) = delete;
  virtual ~background();

  // Names a call for its cancellation slot, before it begins.
  std::uint64_t announce_call() noexcept {
    return calls_.fetch_add(1, std::memory_order_relaxed) + 1;
  }

  // Begins a call: an operation of kind `wait` with a `call_answer`.
  //
  // True: this object has it (`call` is empty) and ends it exactly once, later. False: it is over
  // already, and the handler has an immediate executor for that; the caller completes it.
  [[nodiscard]] bool begin(operation_ptr& call, std::uint64_t number);

  // The call ends with `operation_aborted`, if it is not over yet.
  void cancel(std::uint64_t number);

  // The reader or writer is gone.
  void abandon() noexcept;

  // From the beginning of a call until its handler is called. While it is not so, the caller of the
  // next one may use what calls use.
  [[nodiscard]] bool is_in_call() const noexcept {
    return is_in_call_.load(std::memory_order_acquire);
  }
  void end_call() noexcept { is_in_call_.store(false, std::memory_order_release); }

 protected:
  explicit background(file_state_ptr file);

  // Makes the memory that the call may need. May throw: then the call has not begun.
  virtual void prepare(const operation& call) = 0;

  // Brings the call that is under way forward, as far as that goes without waiting. Returns true,
  // with the call's result set, where it is over.
  virtual bool advance(operation& call) = 0;

  // Adds the operations that should be started now.
  virtual void plan(unstarted_transfers& wanted) = 0;

  // One of them is over: `result` is how many bytes it moved, 0 at the end of the file, or an errno
  // value, negated.
  virtual void take_back(own_transfer& done, std::int64_t result) = 0;

  // The call may end before what it waits for.
  [[nodiscard]] virtual bool is_cancellable() const noexcept { return true; }

  // Nobody waits any more for what may last for ever.
  virtual void call_off() noexcept {}

  // Names one of the operations that were called off, if any are left.
  [[nodiscard]] virtual cancellation_ticket called_off() const noexcept { return {}; }

  [[nodiscard]] bool is_waited_for() const noexcept { return pending_ != nullptr; }
  [[nodiscard]] file_state& file() const noexcept { return *file_; }

  // The opening that the object was made on, or null where its file was closed then. Only to be
  // compared with: it may be gone.
  const open_file* only_of_ = nullptr;

 private:
  friend class own_transfer;

  using mutex_lock = std::unique_lock<std::mutex>;

  void finish(own_transfer& done, handler_fate fate);
  void leave(mutex_lock& lock, operation_ptr over);
  void abort_call(mutex_lock& lock);
  void cancel_called_off();

  const file_state_ptr file_;
  // Keeps the address that `only_of_` holds from being used for another opening.
  std::weak_ptr<open_file> opening_;
  std::atomic<std::uint64_t> calls_ = 0;
  std::atomic<bool> is_in_call_ = false;

  std::mutex mutex_;
  operation_ptr pending_;
  std::uint64_t pending_number_ = 0;
  // The context is gone, and operations have been dropped: no more of them.
  bool is_dropped_ = false;
};

inline void call_claim::end() noexcept {
  if (claimed_ && !std::exchange(is_ended_, true)) claimed_->end_call();
}

}  // namespace asiofile::detail
