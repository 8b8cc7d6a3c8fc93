// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Reading and writing in the calling thread; and descriptors that were opened there.

#include "operations/operation.hpp"
#include "service/descriptor.hpp"
#include "service/opening.hpp"
#include "service/service_core.hpp"

#include <asiofile/detail/file_access.hpp>

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace asiofile::detail {

// Continues after interruptions and beyond the limit of one system call, but not after any other
// short transfer. Stores how many bytes were transferred, and returns the error that a handler
// would get. `flags`: null for none; those that were refused are cleared.
int transfer_here(const file_facts& facts, operation_kind kind, std::uint64_t offset,
                  std::span<iovec> buffers, std::size_t& bytes, transfer_flags* flags = nullptr);

// A transfer in the calling thread with flags, and what these mean for other transfers of its file.
class flagged_transfer {
 public:
  // `own`: of this transfer. `defaults`: of the file's.
  flagged_transfer(file_state& file, descriptor& used, transfer_flags own,
                   transfer_flags defaults);
  flagged_transfer(const flagged_transfer&) = delete;
  flagged_transfer& operator=(const flagged_transfer&) = delete;

  // Called with the transfer's error. Returns the error to report.
  [[nodiscard]] int tell(int error) noexcept;

  transfer_flags flags;

 private:
  file_state& file_;
  descriptor& used_;
  const transfer_flags asked_for_ = flags;
  std::uint32_t failures_before_ = 0;
};

// Whether the buffers lie in a slot of `registered_buffers` of another service.
[[nodiscard]] bool are_of_another(const file_state& file, std::span<const iovec> buffers,
                                  const memory_slot* slot) noexcept;

// Whether the file object can be given a file: asked before there is one. Returns 0 or an errno
// value.
[[nodiscard]] int check_closed(file_state& file);

// Looks at a descriptor that this thread has opened, and gives it to the file object, which closes
// it from then on; closes it if that is not possible. Returns 0 or an errno value.
int take_opened(file_state& file, int fd, file_base::flags flags);

}  // namespace asiofile::detail
