#pragma once

// A file object's side of the service: what it has open, and what is in flight on it.

#include "operations/at_once.hpp"
#include "operations/operation_queue.hpp"
#include "service/descriptor.hpp"
#include "service/stream_order.hpp"

#include <boost/intrusive/list.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace asiofile::detail {

class service_core;

enum class open_state : std::uint8_t { opening, open, closed };

// One opening of a file by one file object, from `open` to the last operation. Guarded by the
// service's mutex.
class open_file {
 public:
  open_state status = open_state::opening;
  std::shared_ptr<detail::descriptor> descriptor = std::make_shared<detail::descriptor>();
  // Of its reads and writes, as ioprio_set(2) has it; 0 for none.
  std::uint16_t priority = 0;
  // Those that are not over.
  file_operations operations;
  // Which operations are tried without an engine.
  detail::at_once at_once;
  // Of those at the file object's position.
  stream_order order;
  // An asynchronous close, which runs when `operations` is empty.
  operation* closer = nullptr;
};

// What a file object had open, and where its position was, at one moment.
struct opening {
  std::shared_ptr<open_file> file;
  std::shared_ptr<detail::descriptor> descriptor;
  // Bytes from the start of the file; or its end, wherever that is.
  std::uint64_t position = 0;
  bool is_at_end = false;
};

// What a file object and its deferred initiations share.
class file_state {
 public:
  explicit file_state(std::shared_ptr<service_core> owner);
  ~file_state();
  file_state(const file_state&) = delete;
  file_state& operator=(const file_state&) = delete;

  const std::shared_ptr<service_core> core;
  // The service's list of files. This and the following are guarded by the service's mutex.
  intrusive_hook service_hook;
  // Null or closed: the file object has nothing open.
  std::shared_ptr<open_file> current;
  // The file object is gone.
  bool is_abandoned = false;
};

// The file object has closed what the operation was meant for, and perhaps opened something else.
[[nodiscard]] inline bool is_of_another(const operation& candidate,
                                        const file_state& file) noexcept {
  return candidate.only_of != nullptr && candidate.only_of != file.current.get();
}

using file_states = boost::intrusive::list<
    file_state, boost::intrusive::member_hook<file_state, intrusive_hook, &file_state::service_hook>,
    boost::intrusive::constant_time_size<false>>;

}  // namespace asiofile::detail
