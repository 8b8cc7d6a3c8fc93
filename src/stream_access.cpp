// What the synchronous functions of a stream file do, and clones.

#include "completion.hpp"
#include "file_state.hpp"
#include "posix_calls.hpp"
#include "service_core.hpp"
#include "transfer.hpp"

#include <asiofile/detail/file_access.hpp>

#include <cerrno>
#include <limits>

namespace asiofile::detail {

namespace {

// Takes the place of a synchronous function among the operations at a file's position.
class place_in_order final : public operation {
 public:
  place_in_order(file_state& file, operation_kind like)
      : operation(like, [](operation&, handler_fate) {}),
        core_(*file.core),
        entered_(core_.enter_order(file, *this)) {
    is_at_position = true;
  }
  ~place_in_order() {
    if (entered_) core_.leave_order(*entered_, *this);
  }

  // Null on a closed file.
  [[nodiscard]] open_file* file() const noexcept { return entered_.get(); }

 private:
  service_core& core_;
  std::shared_ptr<open_file> entered_;
};

// Where the position of a file is: at its end, or at a number.
std::int64_t position_of(const open_file& file) noexcept {
  return file.order.is_at_end() ? file_size(file.descriptor->fd())
                                : static_cast<std::int64_t>(file.order.position());
}

// The position that a seek leads to, or an errno value, negated.
std::int64_t target_of(const open_file& file, std::int64_t offset,
                       file_base::seek_basis whence) noexcept {
  std::int64_t start = 0;
  switch (whence) {
    case file_base::seek_set: break;
    case file_base::seek_cur: start = position_of(file); break;
    case file_base::seek_end: start = file_size(file.descriptor->fd()); break;
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
                                 boost::system::error_code& ec) {
  place_in_order place(file, kind);
  open_file* const its = place.file();
  const std::int64_t position = its != nullptr && place.is_at_end ? position_of(*its) : 0;
  if (position < 0) {
    ec = make_error(static_cast<int>(-position));
    return 0;
  }
  if (place.is_at_end) place.offset = static_cast<std::uint64_t>(position);
  const std::size_t bytes =
      transfer(its != nullptr ? its->descriptor.get() : nullptr, kind, place.offset, buffers, ec);
  place.transferred = bytes;
  return bytes;
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
      place.file() != nullptr ? target_of(*place.file(), offset, whence) : -EBADF;
  ec = make_error(target < 0 ? static_cast<int>(-target) : 0);
  if (target < 0) return 0;
  const bool is_question = whence == file_base::seek_cur && offset == 0;
  if (!is_question) file.core->move_position(*place.file(), static_cast<std::uint64_t>(target));
  return static_cast<std::uint64_t>(target);
}

}  // namespace asiofile::detail
