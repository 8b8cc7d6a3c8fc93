// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Exceptions: what a handler throws leaves `run()`, and no other completion is lost; if an
// allocation fails, nothing was started.

#include "completion_counts.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "open_descriptors.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/system/error_code.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace std::chrono_literals;
using namespace test_support;

namespace {

constexpr std::size_t operations = 32;

struct from_handler : std::runtime_error {
  explicit from_handler(std::size_t number) : runtime_error("from a handler"), which(number) {}
  std::size_t which;
};

enum class executor_used { files, strand, any };

// Starts `operations` reads, of which those that are the k-th to run, for k in `throwing`, throw.
// Every other one must run, each once.
void check_that_nothing_is_lost(const std::set<std::size_t>& throwing, executor_used used) {
  const temporary_directory directory;
  const std::string path = make_pattern_file(directory.path("data"), 1, operations * 64);
  asio::io_context context;
  const auto strand = asio::make_strand(context);
  random_access_file file(context, path, asiofile::file_base::read_only);
  std::vector<std::array<char, 64>> buffers(operations);
  completion_counts counts(operations);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i != operations; ++i) {
    auto handler = [&, i](error_code ec, std::size_t n) {
      const std::size_t number = counts.total();
      counts.record(i);
      wrong += !ec && n == 64 && has_pattern(buffers[i], 1, i * 64) ? 0 : 1;
      if (throwing.contains(number)) throw from_handler(number);
    };
    if (used == executor_used::strand) {
      file.async_read_some_at(i * 64, asio::buffer(buffers[i]),
                              asio::bind_executor(strand, handler));
    } else if (used == executor_used::any) {
      file.async_read_some_at(
          i * 64, asio::buffer(buffers[i]),
          asio::bind_executor(asio::any_io_executor(context.get_executor()), handler));
    } else {
      file.async_read_some_at(i * 64, asio::buffer(buffers[i]), handler);
    }
  }
  std::set<std::size_t> caught;
  for (std::size_t calls = 0; calls != throwing.size() + 1; ++calls) {
    try {
      context.run();
      break;
    } catch (const from_handler& thrown) {
      caught.insert(thrown.which);
      // It left `run()` immediately: no other handler has run meanwhile.
      BOOST_TEST(counts.total() == thrown.which + 1);
    }
  }
  BOOST_TEST((caught == throwing));
  BOOST_TEST(counts.each_once());
  BOOST_TEST(wrong == 0u);
  // All work is done, and the context still works.
  context.restart();
  BOOST_TEST(context.run() == 0u);
  bool later = false;
  file.async_read_some_at(0, asio::buffer(buffers[0]),
                          [&](error_code, std::size_t) { later = true; });
  context.restart();
  context.run();
  BOOST_TEST(later);
}

// Throws from the n-th allocation on, while armed; counts the outstanding allocations.
struct allocation_account {
  std::size_t fail_at = 0;  // counted from 1; 0 for never
  std::size_t calls = 0;
  std::size_t outstanding_bytes = 0;
  bool failed = false;
};

template <typename T>
class failing_allocator {
 public:
  using value_type = T;

  explicit failing_allocator(allocation_account& account) : account_(&account) {}
  template <typename U>
  failing_allocator(const failing_allocator<U>& other) : account_(other.account_) {}

  T* allocate(std::size_t count) {
    if (++account_->calls == account_->fail_at) {
      account_->failed = true;
      throw std::bad_alloc();
    }
    account_->outstanding_bytes += count * sizeof(T);
    return std::allocator<T>().allocate(count);
  }
  void deallocate(T* memory, std::size_t count) {
    account_->outstanding_bytes -= count * sizeof(T);
    std::allocator<T>().deallocate(memory, count);
  }
  template <typename U>
  bool operator==(const failing_allocator<U>& other) const {
    return account_ == other.account_;
  }

 private:
  template <typename>
  friend class failing_allocator;
  allocation_account* account_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(exceptions)

BOOST_AUTO_TEST_CASE(a_handler_that_throws_takes_no_other_completion_with_it) {
  const watchdog limit(20s);
  for (const std::size_t k : {0, 1, 7, 15, 30, 31})
    check_that_nothing_is_lost({k}, executor_used::files);
}

BOOST_AUTO_TEST_CASE(several_handlers_may_throw) {
  const watchdog limit(20s);
  check_that_nothing_is_lost({0, 1, 2}, executor_used::files);
  check_that_nothing_is_lost({3, 9, 10, 31}, executor_used::files);
  std::set<std::size_t> all;
  for (std::size_t k = 0; k != operations; ++k) all.insert(k);
  check_that_nothing_is_lost(all, executor_used::files);
  check_that_nothing_is_lost(all, executor_used::strand);
}

BOOST_AUTO_TEST_CASE(a_dispatched_handler_that_throws_takes_no_other_completion_with_it) {
  const watchdog limit(20s);
  for (const auto used : {executor_used::strand, executor_used::any}) {
    for (const std::size_t k : {0, 1, 15, 31}) check_that_nothing_is_lost({k}, used);
  }
}

BOOST_AUTO_TEST_CASE(a_handler_of_a_closed_file_may_throw) {
  const watchdog limit(10s);
  asio::io_context context;
  random_access_file closed(context);
  std::array<char, 16> buffer{};
  int run = 0;
  for (int i = 0; i != 10; ++i) {
    closed.async_read_some_at(0, asio::buffer(buffer), [&](error_code, std::size_t) {
      if (++run % 2 == 1) throw from_handler(0);
    });
  }
  int caught = 0;
  for (int i = 0; i != 11; ++i) {
    try {
      context.run();
    } catch (const from_handler&) {
      ++caught;
    }
  }
  BOOST_TEST(run == 10);
  BOOST_TEST(caught == 5);
}

BOOST_AUTO_TEST_CASE(a_throwing_handler_that_is_cancelled_or_closed_loses_nothing) {
  const watchdog limit(10s);
  const temporary_directory directory;
  fifo pipe(directory.path("fifo"));
  for (const bool close : {false, true}) {
    asio::io_context context;
    random_access_file file(context, pipe.path(), asiofile::file_base::read_write);
    std::vector<std::array<char, 8>> buffers(operations);
    completion_counts counts(operations);
    for (std::size_t i = 0; i != operations; ++i) {
      file.async_read_some_at(0, asio::buffer(buffers[i]), [&, i](error_code, std::size_t) {
        counts.record(i);
        if (i % 5 == 0) throw from_handler(i);
      });
    }
    context.run_for(5ms);
    if (close) file.close();
    else file.cancel();
    std::size_t caught = 0;
    bool returned = false;
    while (!returned) {
      try {
        context.run();
        returned = true;
      } catch (const from_handler&) {
        ++caught;
      }
    }
    BOOST_TEST(caught == 7u);
    BOOST_TEST(counts.each_once());
  }
}

BOOST_AUTO_TEST_CASE(where_the_handlers_allocator_fails_nothing_is_started) {
  const watchdog limit(20s);
  const temporary_directory directory;
  const std::string path = make_pattern_file(directory.path("data"), 1, 4096);
  const std::string created = directory.path("created");
  const std::string original = pattern(1, 0, 4096);
  const std::size_t descriptors = open_descriptor_count();
  {
    asio::io_context context;
    random_access_file file(context, path, asiofile::file_base::read_write);
    random_access_file closed(context);
    std::string buffer(64, 'w');
    std::array<asio::mutable_buffer, 40> many;
    for (auto& one : many) one = asio::buffer(buffer.data(), 1);
    asio::cancellation_signal signal;

    allocation_account account;
    std::size_t run = 0;
    auto held = std::make_shared<int>();
    const auto handler = [&] {
      return asio::bind_allocator(failing_allocator<void>(account),
                                  [&run, held](error_code, auto...) { ++run; });
    };

    const auto held_at_rest = held.use_count();
    const std::vector<std::function<void()>> initiations{
        [&] { file.async_read_some_at(0, asio::buffer(buffer), handler()); },
        [&] { file.async_read_some_at(0, many, handler()); },
        [&] { file.async_read_some_at(0, asio::mutable_buffer(), handler()); },
        [&] {
          file.async_read_some_at(0, asio::buffer(buffer),
                                  asio::bind_cancellation_slot(signal.slot(), handler()));
        },
        [&] { file.async_read_some_at(0, asio::buffer(buffer), asio::deferred)(handler()); },
        [&] { file.async_write_some_at(0, asio::buffer(original), handler()); },
        [&] { file.async_sync_data(handler()); },
        [&] { file.async_size(handler()); },
        [&] { file.async_resize(4096, handler()); },
        [&] { closed.async_read_some_at(0, asio::buffer(buffer), handler()); },
        [&] { closed.async_close(handler()); },
        [&] {
          closed.async_open(created, asiofile::file_base::read_write | asiofile::file_base::create,
                            handler());
        },
        [&] { closed.async_close(handler()); },
    };
    for (std::size_t which = 0; which != initiations.size(); ++which) {
      BOOST_TEST_CONTEXT("initiation " << which) {
        const bool open_before = closed.is_open();
        std::size_t failures = 0;
        for (bool started = false; !started;) {
          account = allocation_account{.fail_at = failures + 1};
          const std::size_t run_before = run;
          try {
            initiations[which]();
            started = true;
          } catch (const std::bad_alloc&) {
            ++failures;
          }
          BOOST_TEST(run == run_before);
          BOOST_TEST(started != account.failed);
          account.fail_at = 0;
          if (!started) {
            BOOST_TEST(held.use_count() == held_at_rest);
            BOOST_TEST(account.outstanding_bytes == 0u);
            BOOST_TEST(!signal.slot().has_handler());
            BOOST_TEST(closed.is_open() == open_before);
          }
          context.restart();
          context.run();
          BOOST_TEST(run == run_before + (started ? 1 : 0));
          BOOST_TEST(account.outstanding_bytes == 0u);
          if (!started && !open_before) BOOST_TEST(!std::filesystem::exists(created));
        }
        // The handler's allocator is used at all.
        BOOST_TEST(failures >= 1u);
      }
    }
    BOOST_TEST(!closed.is_open());
    BOOST_TEST(read_file(path) == original);
  }
  BOOST_TEST(open_descriptor_count() == descriptors);
}

BOOST_AUTO_TEST_CASE(memory_is_released_before_the_handler_runs) {
  const watchdog limit(10s);
  const temporary_directory directory;
  const std::string path = make_pattern_file(directory.path("data"), 1, 4096);
  asio::io_context context;
  random_access_file file(context, path, asiofile::file_base::read_only);
  std::array<char, 64> buffer{};
  allocation_account account;
  std::size_t outstanding_in_handler = 1;
  file.async_read_some_at(
      0, asio::buffer(buffer),
      asio::bind_allocator(failing_allocator<void>(account), [&](error_code, std::size_t) {
        outstanding_in_handler = account.outstanding_bytes;
      }));
  BOOST_TEST(account.outstanding_bytes > 0u);
  context.run();
  BOOST_TEST(outstanding_in_handler == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
