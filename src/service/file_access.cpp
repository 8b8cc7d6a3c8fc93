#include <asiofile/detail/file_access.hpp>

#include "operations/completion.hpp"
#include "service/alignment.hpp"
#include "service/file_state.hpp"
#include "service/service_access.hpp"
#include "service/service_core.hpp"
#include "service/transfer.hpp"
#include "system/posix_calls.hpp"
#include "system/write_signals.hpp"

#include <fcntl.h>

#include <cerrno>
#include <utility>

namespace asiofile::detail {

namespace {

void set(boost::system::error_code& ec, int error) noexcept { ec = make_error(error); }

// Makes a system call that returns an errno value, negated, again while signals interrupt it.
template <typename Call>
std::int64_t uninterrupted(Call&& call) {
  std::int64_t result;
  do {
    result = call();
  } while (result == -EINTR);
  return result;
}

// The same for a call that writes, or makes room: it may raise signals.
template <typename Call>
std::int64_t writing(Call&& call) {
  const write_signals_blocked while_calling;
  return uninterrupted(call);
}

}  // namespace

file_state::file_state(std::shared_ptr<service_core> owner) : core(std::move(owner)) {
  core->enlist(*this);
}

file_state::~file_state() { core->forget(*this); }

file_state_ptr make_file(file_service& service, const native_executor& native) {
  const auto& core = service_access::core_of(service);
  core->learn(native);
  return std::make_shared<file_state>(core);
}

void abandon(file_state& file) noexcept { file.core->abandon(file); }

void open(file_state& file, const char* path, std::size_t path_size, file_base::flags flags,
          std::uint32_t permissions, boost::system::error_code& ec) {
  set(ec, file.core->open(file, path, path_size, static_cast<int>(flags), permissions));
}

void assign(file_state& file, int fd, ownership owner, boost::system::error_code& ec) {
  set(ec, file.core->assign(file, fd, owner));
}

bool is_open(const file_state& file) noexcept { return file.core->is_open(file); }

int native_handle(const file_state& file) noexcept {
  const auto used = file.core->use(file);
  return used ? used->fd() : -1;
}

void close(file_state& file, boost::system::error_code& ec) {
  const auto left = file.core->detach(file);
  std::int64_t synced = 0;
  if (left && left->is_synced_on_close()) synced = sync_file(left->fd(), operation_kind::sync_all);
  // A clone shares the descriptor: the last one closes it.
  const int error = left && left.use_count() == 1 ? left->close() : 0;
  set(ec, synced < 0 ? static_cast<int>(-synced) : error);
}

int release(file_state& file, boost::system::error_code& ec) {
  const auto left = file.core->detach(file);
  set(ec, left ? 0 : EBADF);
  if (!left) return -1;
  // What a clone still uses must stay what it is.
  if (!left->is_owned()) return left->fd();
  if (left.use_count() == 1) return left->release();
  const int duplicate = ::fcntl(left->fd(), F_DUPFD_CLOEXEC, 0);
  set(ec, duplicate == -1 ? errno : 0);
  return duplicate;
}

void cancel(file_state& file, boost::system::error_code& ec) {
  set(ec, file.core->cancel_all(file) ? 0 : EBADF);
}

void register_descriptor(file_state& file, boost::system::error_code& ec) {
  set(ec, file.core->register_descriptor(file));
}

bool is_registered(const file_state& file) noexcept { return file.core->is_registered(file); }

void set_priority(file_state& file, std::uint16_t priority, boost::system::error_code& ec) {
  set(ec, file.core->set_priority(file, priority));
}

io_alignment alignment(const file_state& file, boost::system::error_code& ec) {
  const auto used = file.core->use(file);
  set(ec, used ? 0 : EBADF);
  return used ? alignment_of(*used) : io_alignment();
}

std::uint64_t size(const file_state& file, boost::system::error_code& ec) {
  const auto used = file.core->use(file);
  const std::int64_t result = used ? file_size(used->fd()) : -EBADF;
  set(ec, result < 0 ? static_cast<int>(-result) : 0);
  return result < 0 ? 0 : static_cast<std::uint64_t>(result);
}

file_status status(const file_state& file, boost::system::error_code& ec) {
  const auto used = file.core->use(file);
  file_status found;
  set(ec, used ? static_cast<int>(-find_status(used->fd(), found)) : EBADF);
  return found;
}

void on_range(file_state& file, operation_kind kind, std::uint64_t offset, std::uint64_t length,
              file_advice advice, boost::system::error_code& ec) {
  const auto used = file.core->use(file);
  std::int64_t result = -EBADF;
  if (used && !is_range(offset, length))
    result = -EINVAL;
  else if (used && kind == operation_kind::allocate)
    result = writing([&] { return allocate_range(used->fd(), offset, length); });
  else if (used)
    result = advise_range(used->fd(), offset, length, advice);
  set(ec, static_cast<int>(-result));
}

void resize(file_state& file, std::uint64_t size, boost::system::error_code& ec) {
  const auto used = file.core->use(file);
  std::int64_t result = -EBADF;
  if (used && !is_offset(size))
    result = -EINVAL;
  else if (used)
    result = writing([&] { return resize_file(used->fd(), size); });
  set(ec, static_cast<int>(-result));
}

void sync(file_state& file, operation_kind kind, boost::system::error_code& ec) {
  const auto used = file.core->use(file);
  // Once: an interrupted sync may have consumed the record of a failed write.
  set(ec, used ? static_cast<int>(-sync_file(used->fd(), kind)) : EBADF);
}

std::size_t transfer(file_state& file, operation_kind kind, std::uint64_t offset,
                     std::span<iovec> buffers, const memory_slot* slot,
                     boost::system::error_code& ec) {
  const auto used = file.core->use(file);
  if (used && are_of_another(file, buffers, slot)) {
    set(ec, EINVAL);
    return 0;
  }
  return transfer(used.get(), kind, offset, buffers, ec);
}

std::size_t transfer(const descriptor* used, operation_kind kind, std::uint64_t offset,
                     std::span<iovec> buffers, boost::system::error_code& ec) {
  std::uint64_t requested = 0;
  for (const iovec& each : buffers) requested += each.iov_len;
  std::uint64_t done = 0;
  std::int64_t result = 0;
  if (used == nullptr)
    result = -EBADF;
  else if (requested != 0 && !used->is_stream() && !is_offset(offset))
    result = -EINVAL;
  iovec* rest = buffers.data();
  std::size_t count = buffers.size();
  while (result >= 0 && done != requested) {
    const auto call = [&] {
      return transfer_some(used->fd(), kind, used->is_stream(), offset + done, rest, count);
    };
    result = kind == operation_kind::read ? uninterrupted(call) : writing(call);
    if (result <= 0) break;
    done += static_cast<std::uint64_t>(result);
    drop_front(rest, count, static_cast<std::uint64_t>(result));
    // Only the limit of one system call is made up for.
    if (static_cast<std::uint64_t>(result) != transfer_bytes_max) break;
  }
  ec = transfer_error(kind, requested, done, result);
  return static_cast<std::size_t>(done);
}

bool read_at_once(file_state& file, operation_ptr& operation) {
  return file.core->read_at_once(file, operation);
}
bool start(const file_state_ptr& file, operation_ptr& operation) {
  return file->core->start(*file, operation);
}

cancellation_ticket issue_ticket(file_state& file, operation& unstarted) {
  return file.core->issue_ticket(unstarted);
}

void withdraw_ticket(file_state& file, operation& unstarted) noexcept {
  file.core->withdraw_ticket(unstarted);
}

void cancel(file_state& file, cancellation_ticket ticket) noexcept { file.core->cancel(ticket); }

}  // namespace asiofile::detail
