// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A staged file that the user writes: opened by one job, committed or dropped by another.

#include <asiofile/detail/replacement_access.hpp>

#include "service/opening.hpp"
#include "service/service_core.hpp"
#include "system/posix_calls.hpp"
#include "whole_files/staged_commit.hpp"
#include "whole_files/staged_file.hpp"

#include <fcntl.h>

#include <atomic>
#include <cerrno>
#include <string_view>
#include <utility>

namespace asiofile::detail {

// The open staged file. Keeps itself alive while a `replacement` has it, so that its ownership can
// be transferred by exchanging a pointer, without a lock that might be held during a fork.
struct open_replacement {
  staged_file file;
  std::shared_ptr<open_replacement> self;
};

using open_replacement_ptr = std::shared_ptr<open_replacement>;

class replacement {
 public:
  explicit replacement(std::shared_ptr<service_core> service) noexcept
      : service_(std::move(service)) {}
  replacement(const replacement&) = delete;
  replacement& operator=(const replacement&) = delete;
  ~replacement() { drop(take()); }

  [[nodiscard]] bool is_open() const noexcept { return open_.load() != nullptr; }

  void give(const open_replacement_ptr& opened) noexcept {
    drop(take());
    opened->self = opened;
    open_.store(opened.get());
  }

  // Null if there is none.
  [[nodiscard]] open_replacement_ptr take() noexcept {
    open_replacement* const taken = open_.exchange(nullptr);
    return taken == nullptr ? nullptr : std::move(taken->self);
  }

  // Closing a large file without a name, and removing one that has a name, may wait.
  void drop(open_replacement_ptr unused) noexcept {
    if (unused) service_->drop_on_worker(std::move(unused));
  }

 private:
  const std::shared_ptr<service_core> service_;
  std::atomic<open_replacement*> open_ = nullptr;
};

namespace {

// Base of a job that owns a file while it works on it.
class replacement_job : public job {
 public:
  ~replacement_job() override {
    if (!file_) return;
    // A thread of the parent may have been using it at the time of the fork: it is abandoned.
    if (is_forked_copy() && has_begun()) file_->self = file_;
    else owner_->drop(std::move(file_));
  }

  [[nodiscard]] const replacement_ptr& owner() const noexcept { return owner_; }
  [[nodiscard]] open_replacement_ptr take_file() noexcept { return std::move(file_); }

 protected:
  replacement_job(replacement_ptr owner, open_replacement_ptr file) noexcept
      : owner_(std::move(owner)), file_(std::move(file)) {}

  [[nodiscard]] open_replacement* its() const noexcept { return file_.get(); }

 private:
  const replacement_ptr owner_;
  open_replacement_ptr file_;
};

class opening_job final : public replacement_job {
 public:
  opening_job(const replacement_ptr& owner, const std::string& path,
              const replacement_options& options)
      : replacement_job(owner, std::make_shared<open_replacement>()),
        path_(path),
        options_(options) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "open_replacement"; }

  void accept() noexcept {
    if (is_complete_) owner()->give(take_file());
  }

 private:
  std::int64_t step() noexcept override {
    const std::int64_t result = is_stopped() ? -ECANCELED : open();
    if (result < 0) its()->file.drop();
    is_complete_ = result >= 0;
    return result;
  }

  std::int64_t open() noexcept {
    // Its file object was closed, but the replacement was neither committed nor dropped.
    if (owner()->is_open()) return -already_open;
    if (!are_permissions(options_.permissions)) return -EINVAL;
    int flags = O_RDWR;
#if defined(O_DIRECT)
    if (options_.direct) flags |= O_DIRECT;
#else
    if (options_.direct) return -EOPNOTSUPP;
#endif
    staged_file& made = its()->file;
    std::int64_t result = made.locate(system(), base(), path_);
    if (result == 0) result = made.may_replace();
    if (result == 0) result = made.create(static_cast<mode_t>(options_.permissions), flags);
    // For the file object, which may be closed before the name is taken.
    return result == 0 ? system()->duplicate(made.fd()) : result;
  }

  const std::string path_;
  const replacement_options options_;
  bool is_complete_ = false;
};

class committing_job final : public replacement_job {
 public:
  explicit committing_job(const replacement_ptr& owner) noexcept
      : replacement_job(owner, owner->take()) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "commit_replacement"; }

 private:
  std::int64_t step() noexcept override {
    if (its() == nullptr) return -EBADF;
    std::int64_t result = next(its()->file);
    if (result == more) return result;
    if (result == 0) result = its()->file.release();
    its()->file.drop();
    return result;
  }

  std::int64_t next(staged_file& file) noexcept {
    if (is_stopped()) return -ECANCELED;
    return file.is_forked_copy() ? -EPERM : commit_.step(file);
  }

  staged_commit commit_;
};

class discarding_job final : public replacement_job {
 public:
  discarding_job(const replacement_ptr& owner, open_replacement_ptr file) noexcept
      : replacement_job(owner, std::move(file)) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "discard_replacement"; }

 private:
  std::int64_t step() noexcept override {
    if (its() != nullptr) its()->file.drop();
    return 0;
  }
};

}  // namespace

replacement_ptr make_replacement(const file_state& service) {
  return std::make_shared<replacement>(service.core);
}

bool is_open(const replacement& its) noexcept { return its.is_open(); }

void discard(replacement& its) noexcept { its.drop(its.take()); }

std::shared_ptr<job> make_replacement_open(const replacement_ptr& its, const std::string& path,
                                           const replacement_options& options) {
  return std::make_shared<opening_job>(its, path, options);
}

void accept_opened(job& open) noexcept { static_cast<opening_job&>(open).accept(); }

std::shared_ptr<job> make_replacement_commit(const replacement_ptr& its) {
  return std::make_shared<committing_job>(its);
}

std::shared_ptr<job> make_replacement_discard(const replacement_ptr& its) {
  return std::make_shared<discarding_job>(its, its->take());
}

std::shared_ptr<job> make_replacement_discard(job& commit) {
  auto& its = static_cast<replacement_job&>(commit);
  return std::make_shared<discarding_job>(its.owner(), its.take_file());
}

}  // namespace asiofile::detail
