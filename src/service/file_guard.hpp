// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A synchronous function's use of a file object's opening, which other threads may close meanwhile.

#include "service/service_core.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace asiofile::detail {

// The descriptor is not closed while it lives. Null on a closed file.
class descriptor_use {
 public:
  explicit descriptor_use(const file_state& file) noexcept;
  ~descriptor_use();
  descriptor_use(const descriptor_use&) = delete;
  descriptor_use& operator=(const descriptor_use&) = delete;

  explicit operator bool() const noexcept { return descriptor_ != nullptr; }
  [[nodiscard]] const file_facts& facts() const noexcept { return facts_; }
  [[nodiscard]] int fd() const noexcept { return facts_.fd; }
  [[nodiscard]] system_calls& system() const noexcept { return *facts_.system; }
  // The flags that transfers of the file have by default.
  [[nodiscard]] transfer_flags default_flags() const noexcept { return default_flags_; }
  [[nodiscard]] const std::shared_ptr<descriptor>& shared() const noexcept { return descriptor_; }

 private:
  std::shared_ptr<descriptor> descriptor_;
  file_facts facts_;
  transfer_flags default_flags_ = 0;
};

// What a file object had open, and where its position was, at one moment.
struct opening_view {
  // Of the opening: see `opening::number`.
  std::uint64_t number = 0;
  std::shared_ptr<descriptor> used;
  file_facts facts;
  // Bytes from the start of the file; or its end, wherever that is.
  std::uint64_t position = 0;
  bool is_at_end = false;
};
// Nothing for a closed file. May make a system call (lseek).
[[nodiscard]] std::optional<opening_view> view_of(const file_state& file);

// Gives a file object an open descriptor whose facts are known. Returns 0 or an errno value, and
// then it has not taken it.
[[nodiscard]] int adopt(file_state& file, const file_facts& facts, ownership owner,
                        bool syncs_on_close, bool uses_descriptor_position);

}  // namespace asiofile::detail
