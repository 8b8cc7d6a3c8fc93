// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// One thing done to a reader's directory.

#include <asiofile/detail/directory_access.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asiofile::detail {

// One opening of a directory.
class open_directory;

// While it exists, the reader can have no other.
class directory_job final : public job {
 public:
  // `path`: for `open`.
  directory_job(directory_state_ptr state, directory_step what, const std::string& path);
  ~directory_job() override;

  [[nodiscard]] std::string_view name() const noexcept override;

  [[nodiscard]] std::optional<std::vector<directory_entry>> take_batch() {
    return std::move(batch_);
  }

 private:
  std::int64_t step() noexcept override;
  std::int64_t open_it();
  std::int64_t read_batch();
  void rewind_it() noexcept;

  const directory_state_ptr state_;
  const directory_step what_;
  const std::string path_;
  // Null if it could not be acquired; `refusal_` says why.
  std::shared_ptr<open_directory> directory_;
  std::int64_t refusal_ = 0;
  // next: nothing at the end.
  std::optional<std::vector<directory_entry>> batch_;
};

}  // namespace asiofile::detail
