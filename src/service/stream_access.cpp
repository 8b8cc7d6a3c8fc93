// What the synchronous functions of a stream file do, and clones.

#include "operations/completion.hpp"
#include "service/file_state.hpp"
#include "service/service_core.hpp"
#include "service/transfer.hpp"
#include "system/posix_calls.hpp"

#include <asiofile/detail/file_access.hpp>

#include <cerrno>
#include <limits>

namespace asiofile::detail {

namespace {

// Takes the place of a synchronous function among the operations at a file's position.
class place_in_order final : public operation {
 public:
  place_in_order(file_state& file, operation_kind like)
      : operation(like, [](operation&, handler_fate) {}), core_(*file.core) {
    is_at_position = is_placeholder = true;
    taken_ = core_.enter_order(file, *this);
  }
  ~place_in_order() {
    if (taken_.file) core_.leave_order(*taken_.file, *this);
  }

  // Both null on a closed file.
  [[nodiscard]] open_file* file() const noexcept { return taken_.file.get(); }
  [[nodiscard]] const descriptor* used() const noexcept { return taken_.descriptor.get(); }

 private:
  service_core& core_;
  service_core::place taken_;
};

// The position that a seek leads to, or an errno value, negated.
std::int64_t target_of(const place_in_order& place, std::int64_t offset,
                       file_base::seek_basis whence) noexcept {
  const int fd = place.used()->fd();
  std::int64_t start = 0;
  switch (whence) {
    case file_base::seek_set: break;
    case file_base::seek_cur:
      start = place.is_at_end ? file_size(fd) : static_cast<std::int64_t>(place.offset);
      break;
    case file_base::seek_end: start = file_size(fd); break;
    default: return -EINVAL;
  }
  if (start < 0) return start;
  if (offset > std::numeric_limits<std::int64_t>::max() - start) return -EOVERFLOW;
  return offset < -start ? -EINVAL : start + offset;
}

}  // namespace

file_state_ptr clone(const file_state& file) {
  auto copy = std::make_shared<file_state>(file.core);
  // Of a closed file: a closed one.
  static_cast<void>(file.core->clone(file, *copy));
  return copy;
}

std::size_t transfer_at_position(file_state& file, operation_kind kind, std::span<iovec> buffers,
                                 const memory_slot* slot, boost::system::error_code& ec) {
  place_in_order place(file, kind);
  if (place.used() != nullptr && are_of_another(file, buffers, slot)) {
    ec = make_error(EINVAL);
    return 0;
  }
  if (place.used() != nullptr && place.is_at_end) {
    const std::int64_t end = file_size(place.used()->fd());
    ec = make_error(end < 0 ? static_cast<int>(-end) : 0);
    if (ec) return 0;
    place.offset = static_cast<std::uint64_t>(end);
  }
  place.transferred = transfer(place.used(), kind, place.offset, buffers, ec);
  return static_cast<std::size_t>(place.transferred);
}

std::uint64_t seek(file_state& file, std::int64_t offset, file_base::seek_basis whence,
                   boost::system::error_code& ec) {
  // At once: what a FIFO's readers wait for may never come.
  if (const auto used = file.core->use(file); used && used->is_stream()) {
    ec = make_error(ESPIPE);
    return 0;
  }
  const place_in_order place(file, operation_kind::read);
  const std::int64_t target =
      place.used() != nullptr ? target_of(place, offset, whence) : -EBADF;
  ec = make_error(target < 0 ? static_cast<int>(-target) : 0);
  if (target < 0) return 0;
  const bool is_question = whence == file_base::seek_cur && offset == 0;
  if (!is_question) file.core->move_position(*place.file(), static_cast<std::uint64_t>(target));
  return static_cast<std::uint64_t>(target);
}

}  // namespace asiofile::detail
