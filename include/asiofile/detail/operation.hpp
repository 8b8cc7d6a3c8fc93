#pragma once

// One file operation, from its initiation to its handler. The part that knows no handler type:
// what the service and the engines see.

#include <asiofile/config.hpp>
#include <asiofile/detail/slot_reference.hpp>
#include <asiofile/file_advice.hpp>
#include <asiofile/file_status.hpp>

#include <boost/intrusive/list_hook.hpp>
#include <boost/system/error_code.hpp>

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace asiofile::detail {

class job;
class open_file;
class service_core;

enum class operation_kind : std::uint8_t {
  read,
  write,
  sync_all,
  sync_data,
  resize,
  size,
  status,
  allocate,
  advise,
  open,
  close,
  // Whatever `operation::task` does, on a thread.
  run_job,
  // Waits for operations that the library starts itself; no engine ever has it.
  wait
};

// What makes a write durable, as part of the same operation, once all of it is written.
enum class sync_after : std::uint8_t { none, data, all };

// Who owns an operation at the moment. Changes only under the service's mutex, but for a read that is
// over where it is initiated: that is finished before anybody else sees it.
enum class operation_stage : std::uint8_t {
  initiating,         // the initiating function; nobody else has seen it
  queued,             // the file's order: others on the same position come first
  waiting,            // the service, until an engine has room
  in_engine,          // an engine: kernel or thread may touch its buffers
  synced_by_another,  // `shared_syncs`: its data is written, and a sync for several is under way
  finished            // the service again: the result stands, the handler has yet to be called
};

// What an operation's completion function is to do with the handler.
enum class handler_fate : std::uint8_t { invoke, destroy };

// Names one operation for a cancellation slot. Stays valid after the operation is gone: it then
// names nothing.
struct cancellation_ticket {
  static constexpr std::uint32_t none = 0xffff'ffff;
  std::uint32_t index = none;
  std::uint32_t generation = 0;
};

// What of an operation a ring knows beforehand: places in its tables.
struct registered_indices {
  static constexpr std::uint16_t none = 0xffff;
  std::uint16_t buffer = none;
  std::uint16_t file = none;

  [[nodiscard]] bool any() const noexcept { return (buffer & file) != none; }
};

using intrusive_hook = boost::intrusive::list_member_hook<
    boost::intrusive::link_mode<boost::intrusive::normal_link>>;

// What is asked for, and how far it has come. Written by the initiating function, then by whoever
// the stage says owns the operation.
class operation {
 public:
  using completion_function = void (*)(operation&, handler_fate);

  operation(operation_kind what, completion_function when_complete) noexcept
      : kind(what), complete_(when_complete) {}
  operation(const operation&) = delete;
  operation& operator=(const operation&) = delete;

  // Ends the operation: frees its memory, then invokes the handler (through its executor) or
  // destroys it. Whatever the handler throws passes through where its executor runs it at once.
  void complete(handler_fate fate) { complete_(*this, fate); }

  // How many bytes are still to be transferred.
  [[nodiscard]] std::uint64_t remaining() const noexcept { return requested - transferred; }

  const operation_kind kind;
  operation_stage stage = operation_stage::initiating;
  bool cancel_requested = false;
  // The handler has an executor for what is over at once.
  bool wants_immediate = false;
  // The handler's cancellation slot holds something of this operation's.
  bool slot_is_set = false;
  // It is in the service's list of requested cancellations.
  bool cancel_queued = false;
  // Which engine has it, or had it last, and (a bit each) which could not run it: indices of
  // `router`.
  static constexpr std::uint8_t no_engine = 0xff;
  std::uint8_t engine_index = no_engine;
  std::uint8_t refused_by = 0;
  // For an engine's own use while it has the operation.
  std::uint8_t engine_state = 0;

  // The file, and what the engines need of it.
  std::shared_ptr<open_file> file;
  // Where set: only this opening will do, not what the file object has opened since. Whoever sets
  // it sees to it that the address is not used again meanwhile.
  const open_file* only_of = nullptr;
  int fd = -1;
  registered_indices registered;
  // read, write: at the file object's position, after those started before it.
  bool is_at_position = false;
  // It only holds the place of a synchronous function there, whose thread waits for its turn.
  bool is_placeholder = false;
  // read: at the end of the file, wherever that is; `offset` says where, afterwards.
  bool is_at_end = false;
  // read, write: has been tried without an engine, as far as that went.
  bool was_tried_at_once = false;
  // The file lives in memory, not on a device.
  bool is_in_memory = false;
  // The file has no positions (a FIFO, a terminal): offsets mean nothing to it.
  bool is_stream = false;
  // write: the kernel's ring would give it to a thread, which ours do faster.
  bool prefers_threads = false;
  // The file bypasses the page cache.
  bool is_direct = false;
  // A regular file or a block device.
  bool is_storage = false;
  int open_flags = 0;
  // open: of a file that is created.
  std::uint32_t open_permissions = 0;
  // read, write: as ioprio_set(2) has it; 0 stands for the file's, `invalid_priority` for none.
  static constexpr std::uint16_t invalid_priority = 0xffff;
  std::uint16_t priority = 0;

  // read, write: where, and the buffers, in memory that follows the operation. resize: the new
  // size. allocate, advise: where; `requested` is how many bytes.
  std::uint64_t offset = 0;
  iovec* buffers = nullptr;
  std::size_t buffer_count = 0;
  // Whose memory the one buffer is, where that is a slot of `registered_buffers`.
  slot_reference slot;
  std::uint64_t requested = 0;
  std::uint64_t transferred = 0;
  file_advice advice = file_advice::normal;
  // write: what follows it. close: what comes before it.
  sync_after sync = sync_after::none;
  // write: the sync is submitted together with the write, to be done by whoever does that.
  bool links_sync = false;
  // write: whose sync covers this one's data.
  const operation* synced_by = nullptr;
  // close: others still use the descriptor, so it is not closed.
  bool keeps_open = false;
  // open: the path, unless there is a `task`; size, status: a `status_answer`. In memory that follows the operation.
  void* trailing = nullptr;
  // run_job: what to do. open: how to, where open(2) with the path is not.
  std::shared_ptr<job> task;

  // What the last system call said: a count or 0, or an errno value, negated. size: the size.
  std::int64_t result = 0;
  // write: what the sync after it returned, in the same form; `sync_not_run` before it has.
  static constexpr std::int64_t sync_not_run = 1;
  std::int64_t sync_result = sync_not_run;

  cancellation_ticket ticket;

  // Counts the service's operations from 1, and when it was initiated where that is measured.
  std::uint64_t number = 0;
  std::uint64_t started_nanoseconds = 0;

  intrusive_hook queue_hook;   // the queue of whoever owns it
  intrusive_hook file_hook;    // its file's list
  intrusive_hook cancel_hook;  // the service's list of requested cancellations
  intrusive_hook engine_hook;  // the list of an engine whose threads have the queue

 protected:
  ~operation() = default;

 private:
  completion_function complete_;
};

// Where an engine puts what it finds out about a file.
struct status_answer {
  // struct statx is 256 bytes (statx(2)).
  alignas(8) std::byte from_kernel[256];
  file_status status;
};

// Of a write that a sync follows: whether all is written, so that only the sync is left.
[[nodiscard]] inline bool is_sync_left(const operation& which) noexcept {
  return which.sync != sync_after::none && which.remaining() == 0;
}

// Destroys an operation that was never started, with its handler.
struct operation_destroyer {
  void operator()(operation* unstarted) const noexcept {
    unstarted->complete(handler_fate::destroy);
  }
};

using operation_ptr = std::unique_ptr<operation, operation_destroyer>;

// Tells this thread's turn, if it is in one, that the handler it has called ended by an exception.
ASIOFILE_DECL void note_thrown_handler() noexcept;

// Of a write that a sync follows: what became of either.
[[nodiscard]] ASIOFILE_DECL boost::system::error_code write_error(
    const operation& finished) noexcept;
[[nodiscard]] ASIOFILE_DECL boost::system::error_code sync_error(
    const operation& finished) noexcept;

// The one place that turns a finished operation's result into the handler's error_code.
[[nodiscard]] ASIOFILE_DECL boost::system::error_code completion_error(
    const operation& finished) noexcept;

}  // namespace asiofile::detail
