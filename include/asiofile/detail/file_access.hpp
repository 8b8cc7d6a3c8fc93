#pragma once

// What the file class templates ask of the compiled library.

#include <asiofile/config.hpp>
#include <asiofile/detail/native_executor.hpp>
#include <asiofile/detail/operation.hpp>
#include <asiofile/file_base.hpp>
#include <asiofile/file_service.hpp>
#include <asiofile/io_alignment.hpp>
#include <asiofile/io_priority.hpp>

#include <boost/asio/execution_context.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace asiofile::detail {

// What one file object holds: its service, and the open file if there is one. Shared with the
// initiations that the file has handed out (a deferred one may be launched when the file object
// is gone: it then finds the file closed).
class file_state;
using file_state_ptr = std::shared_ptr<file_state>;

enum class ownership : bool { borrowed, owned };

// A closed file on a service, which learns its context's own executor.
ASIOFILE_DECL file_state_ptr make_file(file_service& service, const native_executor& native);

// The same on the service of the executor's context, which is made where there is none yet. Here
// and not in the library: see `context_gate`.
template <typename Executor>
file_state_ptr make_file(const Executor& executor) {
  boost::asio::execution_context& context = context_of(executor);
  return make_file(boost::asio::use_service<file_service>(context), native_executor_of(executor));
}

// A second file object on the same descriptor, with the position that the first has now; closed
// where the first is. The last of them to be closed closes the descriptor.
[[nodiscard]] ASIOFILE_DECL file_state_ptr clone(const file_state& file);

// Closes the file without waiting: operations in flight are cancelled and keep the descriptor
// until they are done. For destructors.
ASIOFILE_DECL void abandon(file_state& file) noexcept;

// Of a file that is created, less the process's umask.
inline constexpr std::uint32_t default_permissions = 0666;

// `path` ends with a zero byte behind its size.
ASIOFILE_DECL void open(file_state& file, const char* path, std::size_t path_size,
                        file_base::flags flags, std::uint32_t permissions,
                        boost::system::error_code& ec);
ASIOFILE_DECL void assign(file_state& file, int fd, ownership owner,
                          boost::system::error_code& ec);
[[nodiscard]] ASIOFILE_DECL bool is_open(const file_state& file) noexcept;
[[nodiscard]] ASIOFILE_DECL int native_handle(const file_state& file) noexcept;
ASIOFILE_DECL void close(file_state& file, boost::system::error_code& ec);
ASIOFILE_DECL int release(file_state& file, boost::system::error_code& ec);
ASIOFILE_DECL void cancel(file_state& file, boost::system::error_code& ec);
[[nodiscard]] ASIOFILE_DECL io_alignment alignment(const file_state& file,
                                                   boost::system::error_code& ec);

// The synchronous operations: plain system calls in the calling thread.
[[nodiscard]] ASIOFILE_DECL std::uint64_t size(const file_state& file,
                                               boost::system::error_code& ec);
[[nodiscard]] ASIOFILE_DECL file_status status(const file_state& file,
                                               boost::system::error_code& ec);
ASIOFILE_DECL void on_range(file_state& file, operation_kind kind, std::uint64_t offset,
                            std::uint64_t length, file_advice advice,
                            boost::system::error_code& ec);
ASIOFILE_DECL void resize(file_state& file, std::uint64_t size, boost::system::error_code& ec);
ASIOFILE_DECL void sync(file_state& file, operation_kind kind, boost::system::error_code& ec);
// `slot`: of `registered_buffers`, where the buffers are in one.
ASIOFILE_DECL std::size_t transfer(file_state& file, operation_kind kind, std::uint64_t offset,
                                   std::span<iovec> buffers, const memory_slot* slot,
                                   boost::system::error_code& ec);

// At the file's position. They wait for the operations there that were started before.
ASIOFILE_DECL std::size_t transfer_at_position(file_state& file, operation_kind kind,
                                               std::span<iovec> buffers, const memory_slot* slot,
                                               boost::system::error_code& ec);
ASIOFILE_DECL std::uint64_t seek(file_state& file, std::int64_t offset,
                                 file_base::seek_basis whence, boost::system::error_code& ec);

// An I/O priority in the kernel's form.
[[nodiscard]] constexpr std::uint16_t encode(io_priority priority) noexcept {
  const auto which = static_cast<unsigned>(priority.priority_class);
  if (which > 3 || priority.level > 7) return operation::invalid_priority;
  if (priority.priority_class == io_priority::scheduling_class::none) return 0;
  return static_cast<std::uint16_t>(which << 13 | priority.level);
}

// Of the descriptor, in the table of the service's ring.
ASIOFILE_DECL void register_descriptor(file_state& file, boost::system::error_code& ec);
[[nodiscard]] ASIOFILE_DECL bool is_registered(const file_state& file) noexcept;

ASIOFILE_DECL void set_priority(file_state& file, std::uint16_t priority,
                                boost::system::error_code& ec);

// Does a read, started in a handler, of what is in memory already. Returns whether it has: it
// then completes as one that was started does.
[[nodiscard]] ASIOFILE_DECL bool read_at_once(file_state& file, operation_ptr& operation);

// Gives an operation to the file's service.
//
// True: the service has it (`operation` is empty) and will complete it exactly once, later.
// False: it is over already (closed file, nothing to transfer, bad argument), and the handler has
// an immediate executor for that. Its result is set, and the caller completes it.
[[nodiscard]] ASIOFILE_DECL bool start(const file_state_ptr& file, operation_ptr& operation);

// Makes the operation known under a ticket, so that a cancellation slot can name it. Before
// `start`.
ASIOFILE_DECL cancellation_ticket issue_ticket(file_state& file, operation& unstarted);
ASIOFILE_DECL void withdraw_ticket(file_state& file, operation& unstarted) noexcept;
ASIOFILE_DECL void cancel(file_state& file, cancellation_ticket ticket) noexcept;

}  // namespace asiofile::detail
