// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The context adapter of Boost.Asio's contexts. It is all of the library that touches Asio's
// scheduler and reactor. It is compiled into the program, not into the library: the program decides
// how Boost.Asio is configured and which version it is.

#include <asiofile/detail/context_adapter.hpp>
#include <asiofile/detail/executor_work.hpp>
#include <asiofile/detail/native_executor.hpp>

#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/posix/descriptor_base.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/core/no_exceptions_support.hpp>
#include <boost/system/error_code.hpp>

#include <cerrno>
#include <cstddef>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace asiofile::detail {

// Memory for one handler at a time, so that neither scheduling a pass nor waiting can run out of
// memory.
class handler_memory {
 public:
  handler_memory() = default;
  handler_memory(const handler_memory&) = delete;
  handler_memory& operator=(const handler_memory&) = delete;

  void* allocate(std::size_t bytes) {
    if (in_use_ || bytes > sizeof storage_) return ::operator new(bytes);
    in_use_ = true;
    return storage_;
  }

  void deallocate(void* memory) noexcept {
    if (memory == storage_)
      in_use_ = false;
    else
      ::operator delete(memory);
  }

 private:
  alignas(std::max_align_t) std::byte storage_[512];
  bool in_use_ = false;
};

template <typename T>
class handler_memory_allocator {
 public:
  using value_type = T;

  explicit handler_memory_allocator(handler_memory& memory) noexcept : memory_(&memory) {}
  template <typename U>
  handler_memory_allocator(const handler_memory_allocator<U>& other) noexcept
      : memory_(other.memory_) {}

  T* allocate(std::size_t count) {
    return static_cast<T*>(memory_->allocate(count * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t) noexcept { memory_->deallocate(memory); }

  template <typename U>
  bool operator==(const handler_memory_allocator<U>& other) const noexcept {
    return memory_ == other.memory_;
  }

 private:
  template <typename>
  friend class handler_memory_allocator;
  handler_memory* memory_;
};

// Runs a function where it is: on the thread on which the reactor found a descriptor ready. That
// thread runs the context, so this is an executor of it, whatever kind of context it is.
class reactor_thread_executor {
 public:
  explicit reactor_thread_executor(boost::asio::execution_context& context) noexcept
      : context_(&context) {}

  [[nodiscard]] boost::asio::execution_context& query(
      boost::asio::execution::context_t) const noexcept {
    return *context_;
  }

  template <typename Function>
  void execute(Function&& function) const {
    std::decay_t<Function> owned(std::forward<Function>(function));
    owned();
  }

  bool operator==(const reactor_thread_executor&) const noexcept = default;

 private:
  boost::asio::execution_context* context_;
};

class asio_adapter final : public context_adapter {
 public:
  explicit asio_adapter(boost::asio::execution_context& context)
      : descriptor_(reactor_thread_executor(context)) {}

  void set_executor(const void* native) noexcept override {
    if (!can_post()) native_ = *static_cast<const native_executor*>(native);
  }

  [[nodiscard]] bool can_post() const noexcept override {
    return !std::holds_alternative<std::monostate>(native_);
  }

  void post_pass(service_core& core) override {
    std::visit(
        [&]<typename Executor>(const Executor& executor) {
          if constexpr (!std::is_same_v<Executor, std::monostate>)
            boost::asio::post(executor, pass_handler{{&core, &post_memory_}});
        },
        native_);
  }

  void start_wait(service_core& core) override {
    descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                           wait_handler{{&core, &wait_memory_}});
  }

  void cancel_wait() noexcept override {
    boost::system::error_code ignored;
    descriptor_.cancel(ignored);
  }

  int watch(int fd) noexcept override {
    boost::system::error_code ec;
    BOOST_TRY {
      if (descriptor_.is_open()) descriptor_.release();
      if (fd != -1) descriptor_.assign(fd, ec);
    } BOOST_CATCH(const std::bad_alloc&) {
      // The reactor has a record of each descriptor, on the heap.
      return ENOMEM;
    }
    BOOST_CATCH_END
    return ec.value();
  }

  // Made once: making it again would first destroy the old one, and the context may stop in
  // between.
  void work_started() noexcept override {
    if (work_) return;
    using plain = boost::asio::io_context::executor_type;
    if (const auto* executor = std::get_if<plain>(&native_)) work_.emplace(*executor);
  }

  void work_finished() noexcept override { work_.reset(); }

  [[nodiscard]] bool stopped() const noexcept override {
    const auto* executor = std::get_if<boost::asio::io_context::executor_type>(&native_);
    return executor != nullptr && context_of(*executor).stopped();
  }

 private:
  struct memory_user {
    using allocator_type = handler_memory_allocator<void>;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type(*memory); }

    service_core* core;
    handler_memory* memory;
  };

  struct pass_handler : memory_user {
    void operator()() const { run_posted_pass(*this->core); }
  };

  struct wait_handler : memory_user {
    // For a wait that completes when it is started: Asio 1.28 and newer require an executor for
    // that, which must not block. A wait for an open descriptor never does.
    using immediate_executor_type = std::decay_t<decltype(boost::asio::require(
        boost::asio::system_executor(), boost::asio::execution::blocking.never))>;
    [[nodiscard]] immediate_executor_type get_immediate_executor() const noexcept {
      return boost::asio::require(boost::asio::system_executor(),
                                  boost::asio::execution::blocking.never);
    }

    void operator()(const boost::system::error_code&) const { run_waited_pass(*this->core); }
  };

  native_executor native_;
  std::optional<executor_work<boost::asio::io_context::executor_type>> work_;
  handler_memory post_memory_;
  handler_memory wait_memory_;
  boost::asio::posix::basic_stream_descriptor<reactor_thread_executor> descriptor_;
};

}  // namespace asiofile::detail
