// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "whole_files/gathered_write.hpp"
#include "whole_files/staged_commit.hpp"
#include "whole_files/staged_file.hpp"

#include <asiofile/detail/operation.hpp>
#include <asiofile/detail/whole_file_jobs.hpp>

#include <fcntl.h>

#include <cerrno>
#include <string_view>
#include <utility>

namespace asiofile::detail {

namespace {

class replacing_job final : public job {
 public:
  replacing_job(const std::string& path, std::vector<iovec> buffers)
      : path_(path), content_(std::move(buffers)) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "replace_file"; }

 private:
  enum class phase : std::uint8_t { beginning, writing, committing };

  std::int64_t step() noexcept override {
    const std::int64_t result = is_stopped() ? -ECANCELED : next();
    // If the name has been taken, there is nothing to undo.
    if (result != more) new_file_.drop();
    return result;
  }

  std::int64_t next() noexcept {
    switch (phase_) {
      case phase::beginning: return then(phase::writing, begin());
      case phase::writing:
        if (content_.is_complete()) return then(phase::committing, 0);
        return then(phase::writing, write());
      case phase::committing: return commit_.step(new_file_);
    }
    return -ENOSYS;
  }

  // Goes to the next phase after a success.
  std::int64_t then(phase following, std::int64_t result) noexcept {
    phase_ = following;
    return result < 0 ? result : more;
  }

  std::int64_t begin() noexcept {
    std::int64_t result = new_file_.locate(system(), base(), path_);
    if (result == 0) result = new_file_.may_replace();
    return result == 0 ? new_file_.create(default_permissions, O_WRONLY) : result;
  }

  std::int64_t write() noexcept {
    const std::int64_t written = content_.write_some(new_file_.file());
    return written == -EINTR ? 0 : written;
  }

  const std::string path_;
  gathered_write content_;
  staged_file new_file_;
  staged_commit commit_;
  phase phase_ = phase::beginning;
};

}  // namespace

std::shared_ptr<job> make_replace_file_job(const std::string& path, std::vector<iovec> buffers) {
  return std::make_shared<replacing_job>(path, std::move(buffers));
}

}  // namespace asiofile::detail
