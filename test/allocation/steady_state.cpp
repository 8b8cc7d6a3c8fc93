// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A long series of reads and writes takes no more memory from the heap: each reuses the memory of
// an earlier one. Allocations of a thread that the engine starts meanwhile do not count.

#include "file_contents.hpp"
#include "heap.hpp"
#include "open_descriptors.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/random_access_file.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <ostream>

namespace asio = boost::asio;
using namespace allocation_test;

namespace {

constexpr std::size_t block_bytes = 512;
constexpr std::uint64_t blocks = 64;
constexpr std::uint64_t warm_up_operations = 1000;
constexpr std::uint64_t counted_operations = 5000;

enum class direction { read, write };

std::ostream& operator<<(std::ostream& out, direction what) {
  return out << (what == direction::read ? "reads" : "writes");
}

// An engine starts threads when it needs them, a few at most in its life, and keeps them:
// std::thread's state and the node of a list.
constexpr std::uint64_t allocations_of_thread = 2;

// Counts operations, and the allocations of those after the warm-up.
class allocation_meter {
 public:
  // One more has completed. Returns whether there is to be another.
  bool count() {
    ++operations_;
    if (operations_ == warm_up_operations) {
      threads_before_ = test_support::thread_count();
      before_ = allocation_count();
    }
    if (operations_ == warm_up_operations + counted_operations) {
      after_ = allocation_count();
      threads_after_ = test_support::thread_count();
    }
    return operations_ < warm_up_operations + counted_operations;
  }

  [[nodiscard]] std::uint64_t number() const noexcept { return operations_; }
  [[nodiscard]] std::uint64_t allocations() const noexcept {
    const std::uint64_t all = after_ - before_;
    const std::uint64_t of_threads = allocations_of_thread * (threads_after_ - threads_before_);
    return all - std::min(all, of_threads);
  }

 private:
  std::uint64_t operations_ = 0;
  std::uint64_t before_ = 0;
  std::uint64_t after_ = 0;
  std::size_t threads_before_ = 0;
  std::size_t threads_after_ = 0;
};

template <typename Executor>
class load {
 public:
  using file_type = asiofile::basic_random_access_file<Executor>;

  load(const std::string& path, direction what)
      : what_(what), file_(context_, path, asiofile::file_base::read_write) {}

  // The allocations of the counted operations, as many in flight at a time as `depth`.
  std::uint64_t with_callbacks(std::size_t depth) {
    for (std::size_t i = 0; i != depth; ++i) start(memory_[i]);
    context_.run();
    return meter_.allocations();
  }

  std::uint64_t with_coroutines(std::size_t depth) {
    for (std::size_t i = 0; i != depth; ++i)
      asio::co_spawn(context_, go_on(memory_[i]), asio::detached);
    context_.run();
    return meter_.allocations();
  }

  // The allocations of the token: the coroutines wait for nothing.
  std::uint64_t with_empty_coroutines(std::size_t depth) {
    for (std::size_t i = 0; i != depth; ++i)
      asio::co_spawn(context_, go_on_posting(), asio::detached);
    context_.run();
    return meter_.allocations();
  }

 private:
  using memory = std::array<char, block_bytes>;
  using awaitable = asio::awaitable<void, Executor>;

  template <typename Token>
  auto transfer(memory& block, Token&& token) {
    const std::uint64_t offset = meter_.number() % blocks * block_bytes;
    if (what_ == direction::read)
      return file_.async_read_some_at(offset, asio::buffer(block), std::forward<Token>(token));
    return file_.async_write_some_at(offset, asio::buffer(block), std::forward<Token>(token));
  }

  void start(memory& block) {
    transfer(block, [this, &block](const boost::system::error_code& ec, std::size_t) {
      BOOST_REQUIRE(!ec);
      if (meter_.count()) start(block);
    });
  }

  awaitable go_on(memory& block) {
    do co_await transfer(block, asio::use_awaitable_t<Executor>());
    while (meter_.count());
  }

  awaitable go_on_posting() {
    const Executor executor = context_.get_executor();
    do co_await asio::post(executor, asio::use_awaitable_t<Executor>());
    while (meter_.count());
  }

  const direction what_;
  asio::io_context context_;
  file_type file_;
  std::array<memory, 32> memory_{};
  allocation_meter meter_;
};

template <typename Executor>
void check_executor() {
  const test_support::temporary_directory directory;
  const test_support::watchdog limit(std::chrono::seconds(60));
  const std::string path = directory.path("data");
  test_support::write_file(path, std::string(blocks * block_bytes, 'x'));
  const std::size_t own_threads = test_support::thread_count();
  const auto make_load = [&](direction what) {
    // The threads of the previous load are joined, but listed for a moment longer.
    BOOST_REQUIRE(test_support::settled_thread_count(own_threads) <= own_threads);
    return load<Executor>(path, what);
  };
  for (const std::size_t depth : {1U, 32U}) {
    const std::uint64_t of_token = make_load(direction::read).with_empty_coroutines(depth);
    for (const auto what : {direction::read, direction::write}) {
      BOOST_TEST_CONTEXT(what << ", " << depth << " in flight, " << of_token
                              << " allocations of the token's own") {
        BOOST_TEST(make_load(what).with_callbacks(depth) == 0U);
        BOOST_TEST(make_load(what).with_coroutines(depth) <= of_token);
      }
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(steady_state)

BOOST_AUTO_TEST_CASE(takes_no_memory_on_a_plain_executor) {
  check_executor<asio::io_context::executor_type>();
}

BOOST_AUTO_TEST_CASE(takes_no_memory_on_any_executor) { check_executor<asio::any_io_executor>(); }

BOOST_AUTO_TEST_SUITE_END()
