// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The operations of a replacement.

#include <asiofile/basic_random_access_file.hpp>
#include <asiofile/detail/beneath_access.hpp>
#include <asiofile/detail/errors.hpp>
#include <asiofile/detail/initiation.hpp>
#include <asiofile/detail/job_initiation.hpp>
#include <asiofile/detail/replacement_access.hpp>
#include <asiofile/detail/shared_state_access.hpp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/core/no_exceptions_support.hpp>
#include <boost/system/error_code.hpp>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace asiofile::detail {

// Of an open: the replacement is open when that has succeeded, not before.
struct opened_replacement_result {
  static auto arguments(const operation_result& result, const kept_job<job>& kept) {
    if (result.error == 0) accept_opened(*kept.task);
    return std::tuple(make_error(result.error));
  }
};

// Opens a file object with a job that returns a descriptor.
template <typename Executor, typename Result>
struct initiate_open_job : file_initiation<Executor> {
  using file_initiation<Executor>::file_initiation;

  template <typename Handler, typename Factory>
  void operator()(Handler&& handler, const Factory& make_job) const {
    this->template launch<Result, kept_job<job>>(
        std::forward<Handler>(handler),
        [](kept_job<job>& kept) { return open_request{.task = kept.task.get()}; }, make_job());
  }
};

struct replacement_open_factory {
  replacement_ptr its;
  // Where the path begins, and which it cannot leave; null if there is none.
  file_state_ptr directory;
  std::string path;
  replacement_options options;

  std::shared_ptr<job> operator()() const {
    std::shared_ptr<job> task = make_replacement_open(its, path, options);
    if (directory) begin_beneath(*task, *directory);
    return task;
  }
};

template <typename Executor>
struct initiate_finish : file_initiation<Executor> {
  using file_initiation<Executor>::file_initiation;

  template <typename Handler>
  void operator()(Handler&& handler) const {
    this->template launch<status_result, nothing_kept>(
        std::forward<Handler>(handler), [](nothing_kept&) { return finish_request(); });
  }
};

// What async_compose calls: the file object is closed when the writes in flight have completed,
// then a job commits and opens the file object that the handler gets.
template <typename Executor>
class commit_operation {
 public:
  using file_type = basic_random_access_file<Executor>;

  commit_operation(const Executor& executor, const file_state_ptr& written,
                   std::shared_ptr<job> commit, file_type committed)
      : executor_(executor),
        written_(written),
        commit_(std::move(commit)),
        committed_(std::move(committed)) {}

  template <typename Self>
  void operator()(Self& self) {
    self.reset_cancellation_state(boost::asio::enable_total_cancellation());
    // What `self` moves away with it.
    const Executor executor = executor_;
    const file_state_ptr written = written_;
    initiate_finish<Executor>(executor, written, operation_kind::close)(std::move(self));
  }

  template <typename Self>
  void operator()(Self& self, boost::system::error_code ec) {
    if (phase_ == phase::finishing) {
      // Some file systems report a failed write only once, when one of the descriptors is closed
      // (FUSE's flush, NFS): the sync that follows would succeed.
      failed_ = ec;
      const bool is_off = ec || self.cancelled() != boost::asio::cancellation_type::none;
      phase_ = is_off ? phase::discarding : phase::committing;
      BOOST_TRY {
        return is_off ? discard(self) : commit(self);
      } BOOST_CATCH(const std::bad_alloc&) {
        if (!commit_) {
          BOOST_RETHROW  // `self` has been moved from
        }
        ec.assign(ENOMEM, boost::system::system_category());
      }
      BOOST_CATCH_END
    } else if (phase_ == phase::discarding) {
      ec = boost::asio::error::operation_aborted;
      if (failed_) ec = failed_;
    }
    // What it holds is gone when the handler runs.
    commit_.reset();
    written_.reset();
    self.complete(ec, std::move(committed_));
  }

 private:
  enum class phase : std::uint8_t { finishing, committing, discarding };

  // Both move from the object that these members are in.
  template <typename Self>
  void discard(Self& self) {
    const Executor executor = executor_;
    const file_state_ptr service = written_;
    const std::shared_ptr<job> task = make_replacement_discard(*commit_);
    initiate_job<Executor, job>(executor, service, operation_kind::run_job)(std::move(self),
                                                                            [&] { return task; });
  }

  template <typename Self>
  void commit(Self& self) {
    const Executor executor = executor_;
    const file_state_ptr committed = shared_state_access::of(committed_);
    const std::shared_ptr<job> task = commit_;
    initiate_open_job<Executor, status_result>(executor, committed, operation_kind::open)(
        std::move(self), [&] { return task; });
  }

  Executor executor_;
  file_state_ptr written_;
  std::shared_ptr<job> commit_;
  file_type committed_;
  phase phase_ = phase::finishing;
  // The result of closing the file object.
  boost::system::error_code failed_;
};

// What async_compose calls: the file object is closed, then a job drops what there is.
template <typename Executor>
class discard_operation {
 public:
  discard_operation(const Executor& executor, const file_state_ptr& written,
                    std::shared_ptr<job> drop)
      : executor_(executor), written_(written), drop_(std::move(drop)) {}

  template <typename Self>
  void operator()(Self& self) {
    const Executor executor = executor_;
    const file_state_ptr written = written_;
    initiate_plain<Executor>(executor, written, operation_kind::close)(std::move(self));
  }

  template <typename Self>
  void operator()(Self& self, boost::system::error_code) {
    BOOST_TRY {
      if (drop_) return drop(self);
    } BOOST_CATCH(const std::bad_alloc&) {
      if (!written_) {
        BOOST_RETHROW  // `self` has been moved from
      }
      // The job's destructor has it dropped.
    }
    BOOST_CATCH_END
    written_.reset();
    self.complete(boost::system::error_code());
  }

 private:
  template <typename Self>
  void drop(Self& self) {
    const Executor executor = executor_;
    const file_state_ptr service = written_;
    const std::shared_ptr<job> task = std::move(drop_);
    initiate_job<Executor, job>(executor, service, operation_kind::run_job)(std::move(self),
                                                                            [&] { return task; });
  }

  Executor executor_;
  file_state_ptr written_;
  std::shared_ptr<job> drop_;
};

// A deferred operation takes what is open when it is launched.
template <typename Executor>
class initiate_on_replacement {
 public:
  using executor_type = Executor;

  initiate_on_replacement(const Executor& executor, const file_state_ptr& written,
                          const replacement_ptr& its)
      : executor_(executor), written_(written), its_(its) {}

  [[nodiscard]] const executor_type& get_executor() const noexcept { return executor_; }

 protected:
  Executor executor_;
  file_state_ptr written_;
  replacement_ptr its_;
};

template <typename Executor>
struct initiate_commit : initiate_on_replacement<Executor> {
  using initiate_on_replacement<Executor>::initiate_on_replacement;

  template <typename Handler>
  void operator()(Handler&& handler) const {
    using token_type = std::decay_t<Handler>;
    using file_type = basic_random_access_file<Executor>;
    token_type token(std::forward<Handler>(handler));
    file_type committed(this->executor_);
    boost::asio::async_compose<token_type, void(boost::system::error_code, file_type)>(
        commit_operation<Executor>(this->executor_, this->written_,
                                   make_replacement_commit(this->its_), std::move(committed)),
        token, this->executor_);
  }
};

template <typename Executor>
struct initiate_discard : initiate_on_replacement<Executor> {
  using initiate_on_replacement<Executor>::initiate_on_replacement;

  template <typename Handler>
  void operator()(Handler&& handler) const {
    using token_type = std::decay_t<Handler>;
    token_type token(std::forward<Handler>(handler));
    boost::asio::async_compose<token_type, void(boost::system::error_code)>(
        discard_operation<Executor>(this->executor_, this->written_,
                                    make_replacement_discard(this->its_)),
        token, this->executor_);
  }
};

}  // namespace asiofile::detail
