// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Every kind of completion token on every kind of operation, and Boost.Asio's composed operations.

#include "fifo.hpp"
#include "file_contents.hpp"
#include "run_operation.hpp"
#include "running_threads.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/buffers_iterator.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/completion_condition.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_at.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/version.hpp>
#include <boost/asio/write_at.hpp>
#if BOOST_ASIO_VERSION >= 102800
#include <boost/asio/bind_immediate_executor.hpp>
#endif
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <algorithm>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using test_support::error_code;
using test_support::posix_error;
using test_support::run_transfer;
using test_support::transfer;

namespace {

const error_code success;
const error_code eof = asio::error::eof;
const error_code aborted = asio::error::operation_aborted;
const error_code bad_descriptor = asio::error::bad_descriptor;

constexpr auto new_file = file_base::read_write | file_base::create | file_base::truncate;

[[maybe_unused]] constexpr const char* no_immediate_executors =
    "Boost.Asio has immediate executors since 1.28 (Boost 1.82)";

struct fixture {
  test_support::temporary_directory directory;
  asio::io_context context;
  test_support::watchdog limit{std::chrono::seconds(30)};

  std::string make(std::string_view name, std::string_view content) {
    const std::string path = directory.path(name);
    test_support::write_file(path, content);
    return path;
  }

  // Runs a coroutine to its end; an exception that leaves it fails the test.
  void run(asio::awaitable<void> coroutine) {
    std::optional<std::exception_ptr> ended;
    asio::co_spawn(context, std::move(coroutine), [&](std::exception_ptr thrown) {
      ended = thrown;
    });
    context.run();
    BOOST_REQUIRE_MESSAGE(ended.has_value(), "run() returned before the coroutine ended");
    if (*ended) std::rethrow_exception(*ended);
  }
};

// A token that returns a box, which holds the result once there is one.
struct boxed_t {};
constexpr boxed_t boxed;
using result_box = std::shared_ptr<std::optional<transfer>>;

// A token that returns a function, which starts the operation as often as it is called.
struct kept_t {};
constexpr kept_t kept;

}  // namespace

namespace boost::asio {

template <>
class async_result<boxed_t, void(boost::system::error_code, std::size_t)> {
 public:
  using return_type = result_box;

  template <typename Initiation, typename... Arguments>
  static return_type initiate(Initiation&& initiation, boxed_t, Arguments&&... arguments) {
    auto box = std::make_shared<std::optional<transfer>>();
    std::forward<Initiation>(initiation)(
        [box](boost::system::error_code ec, std::size_t n) { box->emplace(ec, n); },
        std::forward<Arguments>(arguments)...);
    return box;
  }
};

template <>
class async_result<kept_t, void(boost::system::error_code, std::size_t)> {
 public:
  using handler = std::function<void(boost::system::error_code, std::size_t)>;
  using return_type = std::function<void(handler)>;

  template <typename Initiation, typename... Arguments>
  static return_type initiate(Initiation&& initiation, kept_t, Arguments&&... arguments) {
    return [initiation = std::forward<Initiation>(initiation),
            arguments = std::tuple<std::decay_t<Arguments>...>(
                std::forward<Arguments>(arguments)...)](handler function) {
      std::apply([&](const auto&... each) { initiation(std::move(function), each...); },
                 arguments);
    };
  }
};

}  // namespace boost::asio

BOOST_FIXTURE_TEST_SUITE(tokens, fixture)

// --- Callbacks -------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_callback_is_called_with_the_result) {
  random_access_file file(context);
  std::string memory(10, '.');
  std::vector<std::string> steps;
  file.async_open(directory.path("file"), new_file, [&](error_code open_error) {
    BOOST_TEST(open_error == success);
    steps.emplace_back("open");
    file.async_write_some_at(2, asio::buffer("content", 7), [&](error_code ec, std::size_t n) {
      BOOST_TEST(transfer(ec, n) == transfer(success, 7));
      steps.emplace_back("write");
      file.async_sync_data([&](error_code sync_error) {
        BOOST_TEST(sync_error == success);
        steps.emplace_back("sync");
        file.async_size([&](error_code size_error, std::uint64_t size) {
          BOOST_TEST(size_error == success);
          BOOST_TEST(size == 9U);
          steps.emplace_back("size");
          file.async_read_some_at(2, asio::buffer(memory), [&](error_code e, std::size_t m) {
            BOOST_TEST(transfer(e, m) == transfer(success, 7));
            BOOST_TEST(memory == "content...");
            steps.emplace_back("read");
            file.async_close([&](error_code close_error) {
              BOOST_TEST(close_error == success);
              steps.emplace_back("close");
            });
          });
        });
      });
    });
  });
  BOOST_TEST(steps.empty());
  context.run();
  const std::vector<std::string> expected = {"open", "write", "sync", "size", "read", "close"};
  BOOST_TEST(steps == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_callback_may_be_move_only) {
  random_access_file file(context, make("file", "content"), file_base::read_write);
  std::string memory(7, '.');
  int calls = 0;
  const auto token = [&] { return std::make_unique<int>(42); };
  file.async_read_some_at(0, asio::buffer(memory),
                          [&, owned = token()](error_code ec, std::size_t n) {
                            BOOST_TEST(transfer(ec, n) == transfer(success, 7));
                            calls += *owned;
                          });
  file.async_sync_all([&, owned = token()](error_code) { calls += *owned; });
  file.async_size([&, owned = token()](error_code, std::uint64_t) { calls += *owned; });
  file.async_resize(7, [&, owned = token()](error_code) { calls += *owned; });
  asio::async_write_at(file, 0, asio::buffer("c", 1),
                       [&, owned = token()](error_code, std::size_t) { calls += *owned; });
  random_access_file closed(context);
  closed.async_read_some_at(0, asio::buffer(memory),
                            [&, owned = token()](error_code, std::size_t) { calls += *owned; });
  closed.async_close([&, owned = token()](error_code) { calls += *owned; });
  closed.async_open(directory.path("file"), file_base::read_only,
                    [&, owned = token()](error_code) { calls += *owned; });
  context.run();
  BOOST_TEST(calls == 8 * 42);
}

namespace {

// Callable once, as an rvalue, and only with exactly these types.
struct strict_handler {
  int* calls;

  strict_handler(int& count) : calls(&count) {}
  strict_handler(strict_handler&&) = default;
  strict_handler(const strict_handler&) = delete;

  void operator()(error_code ec, std::size_t n) && {
    BOOST_TEST(transfer(ec, n) == transfer(success, 7));
    ++*calls;
  }
  template <typename... Others>
  void operator()(Others&&...) & = delete;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_callback_is_invoked_as_an_rvalue) {
  random_access_file file(context, make("file", "content"), file_base::read_write);
  std::string memory(7, '.');
  int calls = 0;
  file.async_read_some_at(0, asio::buffer(memory), strict_handler(calls));
  context.run();
  BOOST_TEST(calls == 1);
}

// --- Futures ---------------------------------------------------------------------------------

namespace {

// Opens, writes, reads, closes and fails, each time waiting for the future.
template <typename File>
void check_futures(File& file, const std::string& path) {
  file.async_open(path, new_file, asio::use_future).get();
  BOOST_TEST(file.async_write_some_at(0, asio::buffer("content", 7), asio::use_future).get() == 7U);
  file.async_sync_all(asio::use_future).get();
  file.async_sync_data(asio::use_future).get();
  BOOST_TEST(file.async_size(asio::use_future).get() == 7U);
  file.async_resize(5, asio::use_future).get();
  std::string memory(10, '.');
  BOOST_TEST(file.async_read_some_at(0, asio::buffer(memory), asio::use_future).get() == 5U);
  BOOST_TEST(memory == "conte.....");
  // Errors as values: the C++ library destroys an exception on one thread while another uses it,
  // and is not built for thread sanitizer.
  const auto value = asio::use_future([](error_code ec, std::size_t) { return ec; });
  auto past_the_end = file.async_read_some_at(5, asio::buffer(memory), value);
  BOOST_TEST(past_the_end.get() == eof);
  BOOST_TEST(asio::async_write_at(file, 5, asio::buffer("nt", 2), asio::use_future).get() == 2U);
  auto composed = asio::async_read_at(file, 0, asio::buffer(memory), value);
  BOOST_TEST(composed.get() == eof);
  BOOST_TEST(memory == "content...");
  file.async_close(asio::use_future).get();
  auto on_closed = file.async_read_some_at(0, asio::buffer(memory), value);
  BOOST_TEST(on_closed.get() == bad_descriptor);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_caller_can_wait_for_a_future_while_other_threads_run_the_context) {
  for (const std::size_t threads : {1U, 2U}) {
    BOOST_TEST_CONTEXT(threads << " threads") {
      asio::io_context own;
      auto work = asio::make_work_guard(own);
      test_support::running_threads running(own, threads);
      random_access_file file(own);
      check_futures(file, directory.path("file"));
      work.reset();
      running.join();
    }
  }
}

BOOST_AUTO_TEST_CASE(a_future_throws_the_error) {
  random_access_file file(context, make("file", ""), file_base::read_only);
  char byte;
  auto read = file.async_read_some_at(0, asio::buffer(&byte, 1), asio::use_future);
  auto open = file.async_open(directory.path("missing"), file_base::read_only, asio::use_future);
  context.run();
  BOOST_CHECK_EXCEPTION(read.get(), boost::system::system_error,
                        [](const auto& thrown) { return thrown.code() == eof; });
  BOOST_CHECK_THROW(open.get(), boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(a_caller_can_wait_for_a_future_of_a_thread_pool) {
  asio::thread_pool pool(2);
  asiofile::basic_random_access_file<asio::thread_pool::executor_type> typed(pool);
  check_futures(typed, directory.path("file"));
  random_access_file erased(pool.get_executor());
  check_futures(erased, directory.path("file"));
  pool.join();
}

BOOST_AUTO_TEST_CASE(a_caller_can_wait_for_a_future_of_the_system_executor) {
  random_access_file erased(asio::system_executor{});
  check_futures(erased, directory.path("file"));
  asiofile::basic_random_access_file<asio::system_executor> typed(asio::system_executor{});
  check_futures(typed, directory.path("file"));
}

// --- Coroutines ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_coroutine_waits_for_each_operation) {
  run([](std::string path) -> asio::awaitable<void> {
    random_access_file file(co_await asio::this_coro::executor);
    co_await file.async_open(path, asiofile::parse_open_mode("w+"), asio::use_awaitable);
    co_await asio::async_write_at(file, 0, asio::buffer("Hello world", 11), asio::use_awaitable);
    co_await file.async_sync_data(asio::use_awaitable);
    std::string text(11, '\0');
    co_await asio::async_read_at(file, 0, asio::buffer(text), asio::use_awaitable);
    BOOST_TEST(text == "Hello world");
    co_await file.async_resize(5, asio::use_awaitable);
    BOOST_TEST(co_await file.async_size(asio::use_awaitable) == 5U);
    co_await file.async_sync_all(asio::use_awaitable);
    co_await file.async_close(asio::use_awaitable);
    BOOST_TEST(!file.is_open());
  }(directory.path("file")));
}

BOOST_AUTO_TEST_CASE(an_error_is_an_exception_in_a_coroutine) {
  error_code read_error;
  error_code open_error;
  run([](std::string path, error_code& read, error_code& open) -> asio::awaitable<void> {
    random_access_file file(co_await asio::this_coro::executor);
    try {
      co_await file.async_open(path + "-missing", file_base::read_only, asio::use_awaitable);
    } catch (const boost::system::system_error& thrown) {
      open = thrown.code();
    }
    char byte;
    try {
      co_await file.async_read_some_at(0, asio::buffer(&byte, 1), asio::use_awaitable);
    } catch (const boost::system::system_error& thrown) {
      read = thrown.code();
    }
  }(directory.path("file"), read_error, open_error));
  BOOST_TEST(open_error == posix_error(ENOENT));
  BOOST_TEST(read_error == bad_descriptor);
}

BOOST_AUTO_TEST_CASE(as_tuple_and_redirect_error_give_the_error_as_a_value) {
  run([](std::string path) -> asio::awaitable<void> {
    constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
    random_access_file file(co_await asio::this_coro::executor);
    auto [missing] = co_await file.async_open(path + "-missing", file_base::read_only, tuple);
    BOOST_TEST(missing == posix_error(ENOENT));
    auto [opened] = co_await file.async_open(path, file_base::read_only, tuple);
    BOOST_TEST(opened == success);
    std::string memory(10, '.');
    auto [ec, n] = co_await file.async_read_some_at(3, asio::buffer(memory), tuple);
    BOOST_TEST(transfer(ec, n) == transfer(success, 4));
    auto [end, none] = co_await file.async_read_some_at(7, asio::buffer(memory), tuple);
    BOOST_TEST(transfer(end, none) == transfer(eof, 0));
    auto [size_error, size] = co_await file.async_size(tuple);
    BOOST_TEST(size_error == success);
    BOOST_TEST(size == 7U);

    error_code redirected;
    const std::size_t bytes = co_await file.async_read_some_at(
        7, asio::buffer(memory), asio::redirect_error(asio::use_awaitable, redirected));
    BOOST_TEST(transfer(redirected, bytes) == transfer(eof, 0));
    co_await file.async_resize(0, asio::redirect_error(asio::use_awaitable, redirected));
    BOOST_TEST(redirected == posix_error(EINVAL));
    co_await file.async_close(asio::redirect_error(asio::use_awaitable, redirected));
    BOOST_TEST(redirected == success);
  }(make("file", "content")));
}

BOOST_AUTO_TEST_CASE(callbacks_can_be_adapted_too) {
  random_access_file file(context, make("file", "content"), file_base::read_only);
  std::string memory(7, '.');
  std::optional<std::tuple<error_code, std::size_t>> as_one;
  file.async_read_some_at(0, asio::buffer(memory),
                          asio::as_tuple([&](std::tuple<error_code, std::size_t> result) {
                            as_one = result;
                          }));
  error_code redirected = posix_error(EIO);
  std::size_t bytes = 0;
  file.async_read_some_at(0, asio::buffer(memory),
                          asio::redirect_error([&](std::size_t n) { bytes = n; }, redirected));
  context.run();
  BOOST_REQUIRE(as_one.has_value());
  BOOST_TEST(std::get<0>(*as_one) == success);
  BOOST_TEST(std::get<1>(*as_one) == 7U);
  BOOST_TEST(redirected == success);
  BOOST_TEST(bytes == 7U);
}

BOOST_AUTO_TEST_CASE(many_coroutines_work_on_one_file) {
  constexpr std::size_t block = 1'000;
  constexpr std::size_t blocks = 100;
  random_access_file file(context, directory.path("file"), new_file);
  std::size_t done = 0;
  for (std::size_t i = 0; i != blocks; ++i) {
    asio::co_spawn(
        context,
        [&file, &done, i]() -> asio::awaitable<void> {
          const std::uint64_t offset = i * block;
          const std::string written = test_support::pattern(7, offset, block);
          co_await asio::async_write_at(file, offset, asio::buffer(written), asio::use_awaitable);
          std::string memory(block, '.');
          co_await asio::async_read_at(file, offset, asio::buffer(memory), asio::use_awaitable);
          BOOST_TEST((memory == written));
          ++done;
        },
        [](std::exception_ptr thrown) {
          if (thrown) std::rethrow_exception(thrown);
        });
  }
  context.run();
  BOOST_TEST(done == blocks);
  BOOST_TEST((test_support::read_file(directory.path("file")) ==
              test_support::pattern(7, 0, block * blocks)));
}

// --- Awaitable operators and parallel groups -------------------------------------------------

BOOST_AUTO_TEST_CASE(and_waits_for_all) {
  run([](std::string path) -> asio::awaitable<void> {
    using namespace asio::experimental::awaitable_operators;
    random_access_file file(co_await asio::this_coro::executor, path, file_base::read_only);
    std::array<std::string, 4> memory;
    memory.fill(std::string(100, '.'));
    const auto read = [&](std::size_t i) {
      return file.async_read_some_at(i * 100, asio::buffer(memory[i]), asio::use_awaitable);
    };
    const auto [a, b, c, d] = co_await (read(0) && read(1) && read(2) && read(3));
    BOOST_TEST(a + b + c + d == 400U);
    for (std::size_t i = 0; i != 4; ++i)
      BOOST_TEST(test_support::has_pattern(memory[i], 8, i * 100));
  }(test_support::make_pattern_file(directory.path("file"), 8, 400)));
}

BOOST_AUTO_TEST_CASE(and_ends_at_the_first_error_and_cancels_the_rest) {
  test_support::fifo fifo(directory.path("fifo"));
  error_code failure;
  run([](std::string path, std::string pipe, error_code& failed) -> asio::awaitable<void> {
    using namespace asio::experimental::awaitable_operators;
    random_access_file file(co_await asio::this_coro::executor, path, file_base::read_only);
    random_access_file never(co_await asio::this_coro::executor, pipe, file_base::read_write);
    char bytes[2];
    try {
      co_await (file.async_read_some_at(100, asio::buffer(&bytes[0], 1), asio::use_awaitable) &&
                never.async_read_some_at(0, asio::buffer(&bytes[1], 1), asio::use_awaitable));
    } catch (const asio::multiple_exceptions& thrown) {
      // Both have failed: the left one by itself, the right one because of that.
      try {
        std::rethrow_exception(thrown.first_exception());
      } catch (const boost::system::system_error& first) {
        failed = first.code();
      }
    } catch (const boost::system::system_error& thrown) {
      failed = thrown.code();
    }
  }(make("file", "content"), fifo.path(), failure));
  BOOST_TEST(failure == eof);
}

BOOST_AUTO_TEST_CASE(or_takes_the_first_and_cancels_the_other) {
  test_support::fifo fifo(directory.path("fifo"));
  run([](std::string path, std::string pipe) -> asio::awaitable<void> {
    using namespace asio::experimental::awaitable_operators;
    random_access_file file(co_await asio::this_coro::executor, path, file_base::read_only);
    random_access_file never(co_await asio::this_coro::executor, pipe, file_base::read_write);
    char bytes[2];
    const auto first =
        co_await (never.async_read_some_at(0, asio::buffer(&bytes[0], 1), asio::use_awaitable) ||
                  file.async_read_some_at(0, asio::buffer(&bytes[1], 1), asio::use_awaitable));
    BOOST_REQUIRE(first.index() == 1U);
    BOOST_TEST(std::get<1>(first) == 1U);

    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(20));
    const auto timed =
        co_await (never.async_read_some_at(0, asio::buffer(&bytes[0], 1), asio::use_awaitable) ||
                  timer.async_wait(asio::use_awaitable));
    BOOST_TEST(timed.index() == 1U);
  }(make("file", "content"), fifo.path()));
}

BOOST_AUTO_TEST_CASE(a_parallel_group_runs_32_reads) {
  constexpr std::size_t block = 100;
  constexpr std::size_t count = 32;
  random_access_file file(context,
                          test_support::make_pattern_file(directory.path("file"), 9, block * count),
                          file_base::read_only);
  std::vector<std::string> memory(count, std::string(block, '.'));
  using operation =
      decltype(file.async_read_some_at(0, asio::buffer(memory[0]), asio::deferred));
  std::vector<operation> operations;
  for (std::size_t i = 0; i != count; ++i)
    operations.push_back(
        file.async_read_some_at(i * block, asio::buffer(memory[i]), asio::deferred));
  bool done = false;
  asio::experimental::make_parallel_group(std::move(operations))
      .async_wait(asio::experimental::wait_for_all(),
                  [&](const std::vector<std::size_t>& order, const std::vector<error_code>& errors,
                      const std::vector<std::size_t>& bytes) {
                    BOOST_TEST(order.size() == count);
                    BOOST_TEST(errors == std::vector<error_code>(count),
                               boost::test_tools::per_element());
                    BOOST_TEST(bytes == std::vector<std::size_t>(count, block),
                               boost::test_tools::per_element());
                    done = true;
                  });
  context.run();
  BOOST_TEST(done);
  for (std::size_t i = 0; i != count; ++i)
    BOOST_TEST(test_support::has_pattern(memory[i], 9, i * block));
}

BOOST_AUTO_TEST_CASE(a_parallel_group_that_wants_one_cancels_the_others) {
  test_support::fifo fifo(directory.path("fifo"));
  random_access_file never(context, fifo.path(), file_base::read_write);
  random_access_file file(context, make("file", "content"), file_base::read_only);
  char bytes[3];
  bool done = false;
  asio::experimental::make_parallel_group(
      never.async_read_some_at(0, asio::buffer(&bytes[0], 1), asio::deferred),
      file.async_read_some_at(0, asio::buffer(&bytes[1], 1), asio::deferred),
      never.async_read_some_at(0, asio::buffer(&bytes[2], 1), asio::deferred))
      .async_wait(asio::experimental::wait_for_one(),
                  [&](std::array<std::size_t, 3> order, error_code a, std::size_t, error_code b,
                      std::size_t n, error_code c, std::size_t) {
                    BOOST_TEST(order[0] == 1U);
                    BOOST_TEST(a == aborted);
                    BOOST_TEST(transfer(b, n) == transfer(success, 1));
                    BOOST_TEST(c == aborted);
                    done = true;
                  });
  context.run();
  BOOST_TEST(done);
}

// --- Deferred --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_deferred_operation_starts_when_it_is_launched) {
  random_access_file file(context, directory.path("file"), new_file);
  auto write = file.async_write_some_at(0, asio::buffer("content", 7), asio::deferred);
  auto open_again = file.async_open(directory.path("file"), file_base::read_only, asio::deferred);
  context.run();
  context.restart();
  BOOST_TEST(file.size() == 0U);
  std::vector<transfer> writes;
  std::move(write)([&](error_code ec, std::size_t n) { writes.emplace_back(ec, n); });
  context.run();
  BOOST_TEST(writes == std::vector<transfer>(1, transfer(success, 7)),
             boost::test_tools::per_element());
  context.restart();
  file.close();
  error_code opened = posix_error(EIO);
  std::move(open_again)([&](error_code ec) { opened = ec; });
  context.run();
  BOOST_TEST(opened == success);
  BOOST_TEST(file.size() == 7U);
}

BOOST_AUTO_TEST_CASE(a_deferred_operation_owns_what_it_needs) {
  std::string memory(10, '.');
  const auto read = [&] {
    random_access_file file(context, make("file", "content"), file_base::read_only);
    const std::vector<asio::mutable_buffer> buffers = {asio::buffer(&memory[0], 3),
                                                       asio::buffer(&memory[5], 4)};
    auto operation = file.async_read_some_at(0, buffers, asio::deferred);
    return std::pair(std::move(file), std::move(operation));
  };
  {
    auto [file, operation] = read();
    std::vector<transfer> reads;
    std::move(operation)([&](error_code ec, std::size_t n) { reads.emplace_back(ec, n); });
    context.run();
    BOOST_REQUIRE(reads.size() == 1U);
    BOOST_TEST(reads[0] == transfer(success, 7));
    BOOST_TEST(memory == "con..tent.");
  }
  {
    // Launched after the file object was destroyed.
    context.restart();
    memory.assign(10, '.');
    auto operation = std::move(read().second);
    std::vector<transfer> reads;
    std::move(operation)([&](error_code ec, std::size_t n) { reads.emplace_back(ec, n); });
    context.run();
    BOOST_TEST(reads == std::vector<transfer>(1, transfer(bad_descriptor, 0)),
               boost::test_tools::per_element());
    BOOST_TEST(memory == "..........");
  }
  {
    // Its path is a copy.
    context.restart();
    random_access_file file(context);
    auto operation = [&] {
      const std::string path = directory.path("file") + std::string();
      return file.async_open(path, file_base::read_only, asio::deferred);
    }();
    error_code opened = posix_error(EIO);
    std::move(operation)([&](error_code ec) { opened = ec; });
    context.run();
    BOOST_TEST(opened == success);
  }
}

BOOST_AUTO_TEST_CASE(deferred_operations_can_be_chained) {
  random_access_file file(context, directory.path("file"), new_file);
  std::string memory(7, '.');
  std::vector<transfer> reads;
  auto chain = file.async_write_some_at(0, asio::buffer("content", 7),
                                        asio::deferred([&](error_code ec, std::size_t n) {
                                          BOOST_TEST(transfer(ec, n) == transfer(success, 7));
                                          return file.async_read_some_at(0, asio::buffer(memory),
                                                                         asio::deferred);
                                        }));
  std::move(chain)([&](error_code ec, std::size_t n) { reads.emplace_back(ec, n); });
  context.run();
  BOOST_TEST(reads == std::vector<transfer>(1, transfer(success, 7)),
             boost::test_tools::per_element());
  BOOST_TEST(memory == "content");
}

BOOST_AUTO_TEST_CASE(a_coroutine_can_wait_for_a_deferred_operation) {
  run([](std::string path) -> asio::awaitable<void> {
    random_access_file file(co_await asio::this_coro::executor, path, file_base::read_only);
    std::string memory(7, '.');
    auto operation = file.async_read_some_at(0, asio::buffer(memory), asio::deferred);
    BOOST_TEST(co_await std::move(operation)(asio::use_awaitable) == 7U);
    BOOST_TEST(memory == "content");
  }(make("file", "content")));
}

// --- Bound to a handler ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(bind_executor_says_where_the_handler_runs) {
  asio::io_context other;
  random_access_file file(context, make("file", "content"), file_base::read_only);
  std::string memory(7, '.');
  int calls = 0;
  const auto on_other = [&] {
    BOOST_TEST(other.get_executor().running_in_this_thread());
    BOOST_TEST(!context.get_executor().running_in_this_thread());
    ++calls;
  };
  file.async_read_some_at(0, asio::buffer(memory),
                          asio::bind_executor(other, [&](error_code ec, std::size_t n) {
                            BOOST_TEST(transfer(ec, n) == transfer(success, 7));
                            on_other();
                          }));
  file.async_size(asio::bind_executor(other, [&](error_code, std::uint64_t) { on_other(); }));
  file.async_read_some_at(0, asio::mutable_buffer(),
                          asio::bind_executor(other, [&](error_code, std::size_t) { on_other(); }));
  context.run();
  BOOST_TEST(calls == 0);
  other.run();
  BOOST_TEST(calls == 3);
}

namespace {

// What has been allocated and not yet freed.
struct memory_ledger {
  std::size_t allocations = 0;
  std::size_t outstanding = 0;
};

template <typename T>
struct counting_allocator {
  using value_type = T;

  explicit counting_allocator(memory_ledger& to) : ledger(&to) {}
  template <typename U>
  counting_allocator(const counting_allocator<U>& other) : ledger(other.ledger) {}

  T* allocate(std::size_t count) {
    ++ledger->allocations;
    ++ledger->outstanding;
    return std::allocator<T>().allocate(count);
  }
  void deallocate(T* memory, std::size_t count) {
    --ledger->outstanding;
    std::allocator<T>().deallocate(memory, count);
  }
  template <typename U>
  bool operator==(const counting_allocator<U>& other) const {
    return ledger == other.ledger;
  }

  memory_ledger* ledger;
};

// Starts an operation with a handler that has a counting allocator; the memory must come from it
// and be freed before the handler runs.
template <typename Start>
void check_memory(asio::io_context& context, const char* what, Start start) {
  BOOST_TEST_CONTEXT(what) {
    memory_ledger ledger;
    int calls = 0;
    start(asio::bind_allocator(counting_allocator<char>(ledger), [&](error_code, auto...) {
      BOOST_TEST(ledger.outstanding == 0U);
      ++calls;
    }));
    BOOST_TEST(ledger.allocations != 0U);
    context.restart();
    context.run();
    BOOST_TEST(calls == 1);
    BOOST_TEST(ledger.outstanding == 0U);
  }
}

template <typename File>
void check_memory_of_all_operations(asio::io_context& context, File& file, File& closed,
                                    const std::string& path) {
  std::string memory(1'000, '.');
  std::vector<asio::mutable_buffer> many;
  for (char& byte : memory) many.push_back(asio::buffer(&byte, 1));
  const auto check = [&](const char* what, auto start) { check_memory(context, what, start); };
  check("read", [&](auto h) { file.async_read_some_at(0, asio::buffer(memory), std::move(h)); });
  check("read of many", [&](auto h) { file.async_read_some_at(0, many, std::move(h)); });
  check("write", [&](auto h) { file.async_write_some_at(0, asio::buffer(memory), std::move(h)); });
  check("sync_all", [&](auto h) { file.async_sync_all(std::move(h)); });
  check("sync_data", [&](auto h) { file.async_sync_data(std::move(h)); });
  check("resize", [&](auto h) { file.async_resize(10, std::move(h)); });
  check("size", [&](auto h) { file.async_size(std::move(h)); });
  check("eof", [&](auto h) { file.async_read_some_at(10, asio::buffer(memory), std::move(h)); });
  check("empty", [&](auto h) { file.async_read_some_at(0, asio::mutable_buffer(), std::move(h)); });
  check("bad offset", [&](auto h) {
    file.async_read_some_at(~std::uint64_t{0}, asio::buffer(memory), std::move(h));
  });
  check("already open",
        [&](auto h) { file.async_open(path, file_base::read_only, std::move(h)); });
  check("closed", [&](auto h) {
    closed.async_read_some_at(0, asio::buffer(memory), std::move(h));
  });
  check("close a closed file", [&](auto h) { closed.async_close(std::move(h)); });
  check("open", [&](auto h) { closed.async_open(path, file_base::read_only, std::move(h)); });
  check("close", [&](auto h) { closed.async_close(std::move(h)); });
  check("composed read", [&](auto h) {
    asio::async_read_at(file, 0, asio::buffer(memory), std::move(h));
  });
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_associated_allocator_gives_the_memory_and_has_it_back_first) {
  const std::string path = make("file", "content");
  {
    random_access_file file(context, path, file_base::read_write);
    random_access_file closed(context);
    check_memory_of_all_operations(context, file, closed, path);
  }
  {
    using io_file = asiofile::basic_random_access_file<asio::io_context::executor_type>;
    io_file file(context, path, file_base::read_write);
    io_file closed(context);
    check_memory_of_all_operations(context, file, closed, path);
  }
  {
    using strand_file =
        asiofile::basic_random_access_file<asio::strand<asio::io_context::executor_type>>;
    strand_file file(asio::make_strand(context), path, file_base::read_write);
    strand_file closed(asio::make_strand(context));
    check_memory_of_all_operations(context, file, closed, path);
  }
}

BOOST_AUTO_TEST_CASE(the_memory_of_an_operation_serves_the_next_one) {
  // Only as many blocks as one operation needs, however many follow one another.
  random_access_file file(context, make("file", "content"), file_base::read_only);
  memory_ledger ledger;
  std::size_t most = 0;
  int left = 100;
  std::string memory(7, '.');
  struct repeat {
    random_access_file& file;
    std::string& memory;
    memory_ledger& ledger;
    std::size_t& most;
    int& left;
    void start() {
      file.async_read_some_at(0, asio::buffer(memory),
                              asio::bind_allocator(counting_allocator<char>(ledger), *this));
      most = std::max(most, ledger.outstanding);
    }
    void operator()(error_code, std::size_t) {
      if (--left != 0) start();
    }
  };
  repeat{file, memory, ledger, most, left}.start();
  const std::size_t of_the_first = ledger.outstanding;
  BOOST_TEST(of_the_first != 0U);
  context.run();
  BOOST_TEST(left == 0);
  BOOST_TEST(most == of_the_first);
}

BOOST_AUTO_TEST_CASE(a_cancellation_slot_cancels_its_operation_alone) {
  test_support::fifo fifo(directory.path("fifo"));
  random_access_file file(context, fifo.path(), file_base::read_write);
  for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                          asio::cancellation_type::total, asio::cancellation_type::all}) {
    BOOST_TEST_CONTEXT("type " << static_cast<unsigned>(type)) {
      asio::cancellation_signal signal;
      char bytes[2];
      std::vector<transfer> cancelled;
      std::vector<transfer> other;
      file.async_read_some_at(
          0, asio::buffer(&bytes[0], 1),
          asio::bind_cancellation_slot(signal.slot(), [&](error_code ec, std::size_t n) {
            BOOST_TEST(!signal.slot().has_handler());
            cancelled.emplace_back(ec, n);
          }));
      BOOST_TEST(signal.slot().has_handler());
      file.async_read_some_at(0, asio::buffer(&bytes[1], 1), [&](error_code ec, std::size_t n) {
        other.emplace_back(ec, n);
      });
      context.restart();
      context.poll();
      signal.emit(type);
      BOOST_TEST(cancelled.empty());
      while (cancelled.empty()) context.run_one();
      BOOST_TEST(cancelled == std::vector<transfer>(1, transfer(aborted, 0)),
                 boost::test_tools::per_element());
      BOOST_TEST(other.empty());
      BOOST_TEST(fifo.feed(1));
      context.run();
      BOOST_TEST(other == std::vector<transfer>(1, transfer(success, 1)),
                 boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_slot_is_empty_when_the_handler_runs) {
  random_access_file file(context, make("file", "content"), file_base::read_write);
  random_access_file closed(context);
  asio::cancellation_signal signals[6];
  char bytes[6];
  int calls = 0;
  const auto bound = [&](std::size_t i) {
    return asio::bind_cancellation_slot(signals[i].slot(), [&, i](error_code ec, auto...) {
      BOOST_TEST(ec == (i == 5 ? bad_descriptor : success));
      BOOST_TEST(!signals[i].slot().has_handler());
      signals[i].emit(asio::cancellation_type::all);
      ++calls;
    });
  };
  file.async_read_some_at(0, asio::buffer(&bytes[0], 1), bound(0));
  file.async_write_some_at(1, asio::buffer(&bytes[1], 1), bound(1));
  file.async_sync_all(bound(2));
  file.async_size(bound(3));
  file.async_read_some_at(0, asio::mutable_buffer(), bound(4));
  closed.async_read_some_at(0, asio::buffer(&bytes[5], 1), bound(5));
  context.run();
  BOOST_TEST(calls == 6);
}

BOOST_AUTO_TEST_CASE(a_slot_can_be_used_again_in_the_handler) {
  test_support::fifo fifo(directory.path("fifo"));
  random_access_file file(context, make("file", "content"), file_base::read_only);
  random_access_file empty(context, fifo.path(), file_base::read_write);
  asio::cancellation_signal signal;
  char bytes[2];
  int calls = 0;
  error_code second;
  file.async_read_some_at(
      0, asio::buffer(&bytes[0], 1),
      asio::bind_cancellation_slot(signal.slot(), [&](error_code, std::size_t) {
        ++calls;
        BOOST_TEST(!signal.slot().has_handler());
        empty.async_read_some_at(
            0, asio::buffer(&bytes[1], 1),
            asio::bind_cancellation_slot(signal.slot(), [&](error_code ec, std::size_t) {
              ++calls;
              second = ec;
            }));
        BOOST_TEST(signal.slot().has_handler());
        signal.emit(asio::cancellation_type::total);
      }));
  context.run();
  BOOST_TEST(calls == 2);
  BOOST_TEST(second == aborted);
  BOOST_TEST(!signal.slot().has_handler());
}

BOOST_AUTO_TEST_CASE(a_read_that_is_over_where_it_is_initiated_ignores_its_slot) {
  random_access_file file(context, make("file", "content"), file_base::read_only);
  asio::cancellation_signal signal;
  char bytes[2];
  int calls = 0;
  file.async_read_some_at(0, asio::buffer(&bytes[0], 1), [&](error_code, std::size_t) {
    file.async_read_some_at(
        1, asio::buffer(&bytes[1], 1),
        asio::bind_cancellation_slot(signal.slot(), [&](error_code ec, std::size_t n) {
          ++calls;
          // It was cancelled in time, or it has completed entirely.
          BOOST_TEST((ec == aborted ? n == 0U : !ec && n == 1U && bytes[1] == 'o'));
        }));
    signal.emit(asio::cancellation_type::total);
    BOOST_TEST(calls == 0);
  });
  context.run();
  BOOST_TEST(calls == 1);
  BOOST_TEST(!signal.slot().has_handler());
}

BOOST_AUTO_TEST_CASE(cancelling_a_coroutine_cancels_its_operation) {
  test_support::fifo fifo(directory.path("fifo"));
  random_access_file file(context, fifo.path(), file_base::read_write);
  asio::cancellation_signal signal;
  error_code inside;
  bool ended = false;
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        char byte;
        auto [ec, n] = co_await file.async_read_some_at(0, asio::buffer(&byte, 1),
                                                        asio::as_tuple(asio::use_awaitable));
        inside = ec;
        BOOST_TEST(n == 0U);
      },
      asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr) { ended = true; }));
  context.poll();
  BOOST_TEST(!ended);
  signal.emit(asio::cancellation_type::terminal);
  context.restart();
  context.run();
  BOOST_TEST(ended);
  BOOST_TEST(inside == aborted);
}

BOOST_AUTO_TEST_CASE(detached_operations_are_done_all_the_same) {
  random_access_file file(context, directory.path("file"), new_file);
  file.async_write_some_at(0, asio::buffer("content", 7), asio::detached);
  file.async_sync_all(asio::detached);
  context.run();
  BOOST_TEST(test_support::read_file(directory.path("file")) == "content");
  context.restart();
  file.async_close(asio::detached);
  context.run();
  BOOST_TEST(!file.is_open());
  char byte;
  context.restart();
  file.async_read_some_at(0, asio::buffer(&byte, 1), asio::detached);
  context.run();
}

BOOST_AUTO_TEST_CASE(what_is_over_at_once_goes_to_the_immediate_executor) {
#if BOOST_ASIO_VERSION < 102800
  test_support::skip(no_immediate_executors);
#else
  random_access_file closed(context);
  char byte;
  // The system executor may run a function inside `dispatch`: the user asked for that.
  bool called = false;
  closed.async_read_some_at(
      0, asio::buffer(&byte, 1),
      asio::bind_immediate_executor(asio::system_executor(), [&](error_code ec, std::size_t) {
        BOOST_TEST(ec == bad_descriptor);
        called = true;
      }));
  BOOST_TEST(called);

  asio::io_context other;
  called = false;
  closed.async_read_some_at(
      0, asio::buffer(&byte, 1),
      asio::bind_immediate_executor(other.get_executor(), [&](error_code ec, std::size_t) {
        BOOST_TEST(ec == bad_descriptor);
        BOOST_TEST(other.get_executor().running_in_this_thread());
        called = true;
      }));
  context.run();
  BOOST_TEST(!called);
  other.run();
  BOOST_TEST(called);
#endif
}

BOOST_AUTO_TEST_CASE(what_is_not_over_at_once_does_not_use_the_immediate_executor) {
#if BOOST_ASIO_VERSION < 102800
  test_support::skip(no_immediate_executors);
#else
  random_access_file file(context, make("file", "content"), file_base::read_only);
  char byte;
  asio::io_context other;
  bool called = false;
  file.async_read_some_at(
      0, asio::buffer(&byte, 1),
      asio::bind_immediate_executor(other.get_executor(), [&](error_code ec, std::size_t) {
        BOOST_TEST(ec == success);
        BOOST_TEST(context.get_executor().running_in_this_thread());
        called = true;
      }));
  context.run();
  BOOST_TEST(called);
#endif
}

// --- Tokens of the user's own, default tokens ------------------------------------------------

BOOST_AUTO_TEST_CASE(a_type_with_its_own_async_result_is_a_token) {
  random_access_file file(context, make("file", "content"), file_base::read_only);
  std::string memory(10, '.');
  const auto read = file.async_read_some_at(3, asio::buffer(memory), boxed);
  const auto composed = asio::async_read_at(file, 0, asio::buffer(memory.data() + 4, 3), boxed);
  static_assert(std::is_same_v<decltype(read), const result_box>);
  BOOST_TEST(!read->has_value());
  context.run();
  BOOST_REQUIRE(read->has_value());
  BOOST_TEST(read->value() == transfer(success, 4));
  BOOST_REQUIRE(composed->has_value());
  BOOST_TEST(composed->value() == transfer(success, 3));
  BOOST_TEST(memory == "tentcon...");
}

BOOST_AUTO_TEST_CASE(a_token_may_keep_the_initiation_for_later) {
  std::string memory(10, '.');
  std::function<void(std::function<void(error_code, std::size_t)>)> launch;
  {
    const std::vector<asio::mutable_buffer> buffers = {asio::buffer(memory)};
    random_access_file file(context, make("file", "content"), file_base::read_only);
    launch = file.async_read_some_at(3, buffers, kept);
    std::vector<transfer> reads;
    for (int i = 0; i != 3; ++i)
      launch([&](error_code ec, std::size_t n) { reads.emplace_back(ec, n); });
    context.run();
    BOOST_TEST(reads == std::vector<transfer>(3, transfer(success, 4)),
               boost::test_tools::per_element());
    BOOST_TEST(memory == "tent......");
  }
  std::vector<transfer> reads;
  launch([&](error_code ec, std::size_t n) { reads.emplace_back(ec, n); });
  context.restart();
  context.run();
  BOOST_TEST(reads == std::vector<transfer>(1, transfer(bad_descriptor, 0)),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_default_token_need_not_be_written) {
  run([](std::string path) -> asio::awaitable<void> {
    using file_type = asio::use_awaitable_t<>::as_default_on_t<random_access_file>;
    file_type file(co_await asio::this_coro::executor);
    co_await file.async_open(path, new_file);
    BOOST_TEST(co_await file.async_write_some_at(0, asio::buffer("content", 7)) == 7U);
    co_await file.async_sync_all();
    co_await file.async_sync_data();
    co_await file.async_resize(5);
    BOOST_TEST(co_await file.async_size() == 5U);
    std::string memory(10, '.');
    BOOST_TEST(co_await file.async_read_some_at(0, asio::buffer(memory)) == 5U);
    BOOST_TEST(memory == "conte.....");
    BOOST_TEST(co_await asio::async_write_at(file, 5, asio::buffer("nt", 2)) == 2U);
    BOOST_TEST(co_await asio::async_read_at(file, 0, asio::buffer(memory, 7)) == 7U);
    BOOST_TEST(memory == "content...");
    co_await file.async_close();
  }(directory.path("file")));
}

BOOST_AUTO_TEST_CASE(a_default_token_may_be_a_tuple) {
  run([](std::string path) -> asio::awaitable<void> {
    using token = asio::as_tuple_t<asio::use_awaitable_t<>>;
    auto file = token::as_default_on(random_access_file(co_await asio::this_coro::executor));
    auto [opened] = co_await file.async_open(path, file_base::read_only);
    BOOST_TEST(opened == success);
    std::string memory(10, '.');
    auto [ec, n] = co_await file.async_read_some_at(7, asio::buffer(memory));
    BOOST_TEST(transfer(ec, n) == transfer(eof, 0));
  }(make("file", "content")));
}

// --- Boost.Asio's composed operations --------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_composed_read_ends_when_its_condition_says_so) {
  const std::string path = test_support::make_pattern_file(directory.path("file"), 10, 100'000);
  random_access_file file(context, path, file_base::read_only);
  std::string memory(200'000, '.');
  const auto read = [&](std::uint64_t offset, std::size_t size, auto condition) {
    memory.assign(memory.size(), '.');
    return run_transfer(context, [&](auto handler) {
      asio::async_read_at(file, offset, asio::buffer(memory, size), condition, handler);
    });
  };
  BOOST_TEST(read(5, 99'995, asio::transfer_all()) == transfer(success, 99'995));
  BOOST_TEST(test_support::has_pattern({memory.data(), 99'995}, 10, 5));
  BOOST_TEST(read(5, 100'000, asio::transfer_all()) == transfer(eof, 99'995));
  BOOST_TEST(test_support::has_pattern({memory.data(), 99'995}, 10, 5));
  BOOST_TEST(read(5, 100'000, asio::transfer_exactly(70'000)) == transfer(success, 70'000));
  const transfer at_least = read(5, 100'000, asio::transfer_at_least(70'000));
  BOOST_TEST(at_least.error == success);
  BOOST_TEST(at_least.bytes >= 70'000U);
  BOOST_TEST(test_support::has_pattern({memory.data(), at_least.bytes}, 10, 5));
  BOOST_TEST(read(99'999, 10, asio::transfer_at_least(1)) == transfer(success, 1));
  BOOST_TEST(read(100'000, 10, asio::transfer_at_least(1)) == transfer(eof, 0));
  BOOST_TEST(read(0, 10, asio::transfer_at_least(0)) == transfer(success, 0));
}

BOOST_AUTO_TEST_CASE(a_composed_write_writes_everything) {
  random_access_file file(context, directory.path("file"), new_file);
  const std::string content = test_support::pattern(11, 0, 300'000);
  const std::vector<asio::const_buffer> buffers = {asio::buffer(content.data(), 100'000),
                                                   asio::const_buffer(),
                                                   asio::buffer(content.data() + 100'000, 200'000)};
  BOOST_TEST(run_transfer(context, [&](auto handler) {
               asio::async_write_at(file, 0, buffers, handler);
             }) == transfer(success, content.size()));
  BOOST_TEST((test_support::read_file(directory.path("file")) == content));
  BOOST_TEST(run_transfer(context, [&](auto handler) {
               asio::async_write_at(file, 300'000, buffers, asio::transfer_exactly(123'456),
                                    handler);
             }) == transfer(success, 123'456));
  BOOST_TEST(file.size() == 423'456U);
}

BOOST_AUTO_TEST_CASE(a_streambuf_takes_what_is_read_and_gives_what_is_written) {
  const std::string content = test_support::pattern(12, 0, 100'000);
  test_support::write_file(directory.path("file"), content);
  random_access_file file(context, directory.path("file"), file_base::read_write);
  asio::streambuf all;
  BOOST_TEST(run_transfer(context, [&](auto handler) {
               asio::async_read_at(file, 10, all, handler);
             }) == transfer(eof, content.size() - 10));
  BOOST_TEST(all.size() == content.size() - 10);
  BOOST_TEST((std::string(asio::buffers_begin(all.data()), asio::buffers_end(all.data())) ==
              content.substr(10)));
  asio::streambuf some;
  const transfer part = run_transfer(context, [&](auto handler) {
    asio::async_read_at(file, 0, some, asio::transfer_at_least(1'000), handler);
  });
  BOOST_TEST(part.error == success);
  BOOST_TEST(part.bytes >= 1'000U);
  BOOST_TEST(some.size() == part.bytes);

  BOOST_TEST(run_transfer(context, [&](auto handler) {
               asio::async_write_at(file, 0, all, handler);
             }) == transfer(success, content.size() - 10));
  BOOST_TEST(all.size() == 0U);
  BOOST_TEST((test_support::read_file(directory.path("file")) ==
              content.substr(10) + content.substr(content.size() - 10)));
}

BOOST_AUTO_TEST_SUITE_END()
