// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "system/file_facts.hpp"

namespace asiofile::detail {

// The owner of the engines. Called for every file that has been opened, by the thread that has
// opened it, before anything else is done with the file, to make what its operations will need.
class open_hook {
 public:
  open_hook() = default;
  open_hook(const open_hook&) = delete;
  open_hook& operator=(const open_hook&) = delete;

  // May wait, and is called without a lock. Returns 0, or an errno value that the open then
  // reports.
  virtual int opened(const file_facts& found) noexcept = 0;
  // Called before closing a file that a ring's own thread may hold open: waits until that has
  // released it. By workers, without a lock.
  virtual void release_files() noexcept = 0;

 protected:
  ~open_hook() = default;
};

}  // namespace asiofile::detail
