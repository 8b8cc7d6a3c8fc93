// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Nothing leaks: no descriptor and no thread is left, whatever a file or a context was used for.

#include "fifo.hpp"
#include "file_contents.hpp"
#include "linux_only.hpp"
#include "open_descriptors.hpp"
#include "running_threads.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using boost::system::error_code;
using test_support::open_descriptors;
using test_support::thread_count;

namespace {

struct fixture {
  test_support::temporary_directory directory;
  test_support::watchdog limit{std::chrono::seconds(30)};
  std::string path = test_support::make_pattern_file(directory.path("file"), 14, 100'000);

  // Runs `use` several times; the first one may leave what is made once per process.
  void check_leaves_nothing(const std::function<void()>& use, int times = 10) {
    const std::size_t threads = check_leaves_no_descriptor(use, times);
    // A joined thread is listed for a moment longer.
    BOOST_TEST(test_support::wait_until([&] { return thread_count() <= threads; }));
  }

  // The same for a context that continues to live: it may start as many threads as it is allowed
  // to. Returns the number of threads after the first use.
  std::size_t check_leaves_no_descriptor(const std::function<void()>& use, int times = 10) {
    use();
    const auto descriptors = open_descriptors();
    const std::size_t threads = thread_count();
    for (int i = 0; i != times; ++i) use();
    BOOST_TEST(open_descriptors() == descriptors, boost::test_tools::per_element());
    BOOST_TEST(thread_count() <= threads + asiofile::service_options().thread_count);
    return threads;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(descriptor_leaks, fixture)

BOOST_AUTO_TEST_CASE(contexts_that_did_nothing_leave_nothing) {
  check_leaves_nothing([] {
    asio::io_context context;
    const random_access_file never_opened(context);
  });
  check_leaves_nothing([] {
    asio::io_context context;
    static_cast<void>(asio::use_service<asiofile::file_service>(context).active_backend());
  });
}

BOOST_AUTO_TEST_CASE(a_closed_file_costs_no_kernel_resources) {
  // "Kernel resources are set up when the first file is opened, not before."
  asio::io_context warm_up;
  const random_access_file first(warm_up);
  asio::io_context context;
  static_cast<void>(asio::use_service<asiofile::file_service>(context));
  const auto descriptors = open_descriptors();
  const std::size_t threads = thread_count();
  std::vector<random_access_file> files;
  for (int i = 0; i != 100; ++i) files.emplace_back(context);
  BOOST_TEST(open_descriptors() == descriptors, boost::test_tools::per_element());
  BOOST_TEST(thread_count() == threads);
}

BOOST_AUTO_TEST_CASE(files_that_were_closed_leave_nothing) {
  check_leaves_nothing([&] {
    asio::io_context context;
    std::string memory(1'000, '.');
    random_access_file synchronous(context, path, file_base::read_only);
    synchronous.async_read_some_at(0, asio::buffer(memory), asio::detached);
    context.run();
    synchronous.close();
    random_access_file asynchronous(context);
    asynchronous.async_open(path, file_base::read_only, asio::detached);
    context.restart();
    context.run();
    asynchronous.async_close(asio::detached);
    context.restart();
    context.run();
    const random_access_file destroyed(context, path, file_base::read_only);
  });
}

BOOST_AUTO_TEST_CASE(an_open_file_is_one_descriptor) {
  if (!test_support::has_linux(test_support::known_file_systems)) return;
  asio::io_context context;
  random_access_file warm_up(context, path, file_base::read_only);
  std::string memory(1'000, '.');
  warm_up.async_read_some_at(0, asio::buffer(memory), asio::detached);
  context.run();
  const std::size_t before = open_descriptors().size();
  {
    std::vector<random_access_file> files;
    for (int i = 0; i != 50; ++i) {
      files.emplace_back(context, path, file_base::read_only);
      files.back().async_read_some_at(0, asio::buffer(memory), asio::detached);
    }
    BOOST_TEST(open_descriptors().size() == before + 50);
    context.restart();
    context.run();
    BOOST_TEST(open_descriptors().size() == before + 50);
  }
  BOOST_TEST(open_descriptors().size() == before);
}

BOOST_AUTO_TEST_CASE(every_descriptor_is_closed_on_exec) {
  const auto before = open_descriptors();
  asio::io_context context;
  random_access_file file(context, path, file_base::read_only);
  random_access_file asynchronous(context);
  asynchronous.async_open(path, file_base::read_only, asio::detached);
  std::string memory(1'000, '.');
  for (int i = 0; i != 100; ++i)
    file.async_read_some_at(0, asio::buffer(memory), asio::detached);
  context.run();
  for (const int fd : open_descriptors()) {
    if (before.contains(fd)) continue;
    BOOST_TEST_CONTEXT("descriptor " << fd << ", " << test_support::descriptor_target(fd))
    BOOST_TEST((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  }
}

BOOST_AUTO_TEST_CASE(contexts_destroyed_with_operations_in_flight_leave_nothing) {
  test_support::fifo fifo(directory.path("fifo"));
  std::string memory(100'000, '.');
  check_leaves_nothing([&] {
    asio::io_context context;
    random_access_file file(context, path, file_base::read_only);
    random_access_file pipe(context, fifo.path(), file_base::read_write);
    for (std::size_t i = 0; i != 20; ++i) {
      file.async_read_some_at(0, asio::buffer(&memory[i * 1'000], 1'000), asio::detached);
      pipe.async_read_some_at(0, asio::buffer(&memory[i * 1'000], 1'000), asio::detached);
    }
    context.poll_one();
  });
  // The files outlive their context.
  check_leaves_nothing([&] {
    std::vector<random_access_file> files;
    asio::io_context context;
    files.emplace_back(context, path, file_base::read_only);
    files.emplace_back(context, fifo.path(), file_base::read_write);
    for (random_access_file& file : files)
      file.async_read_some_at(0, asio::buffer(memory), asio::detached);
    context.poll_one();
  });
}

BOOST_AUTO_TEST_CASE(files_destroyed_with_operations_in_flight_leave_nothing) {
  if (!test_support::has_linux(test_support::known_file_systems)) return;
  test_support::fifo fifo(directory.path("fifo"));
  std::string memory(100'000, '.');
  asio::io_context context;
  check_leaves_no_descriptor([&] {
    {
      random_access_file file(context, path, file_base::read_only);
      random_access_file pipe(context, fifo.path(), file_base::read_write);
      for (std::size_t i = 0; i != 20; ++i) {
        file.async_read_some_at(0, asio::buffer(&memory[i * 1'000], 1'000), asio::detached);
        pipe.async_read_some_at(0, asio::buffer(&memory[i * 1'000], 1'000), asio::detached);
      }
      context.restart();
      context.poll_one();
    }
    context.restart();
    context.run();
  });
}

BOOST_AUTO_TEST_CASE(an_open_that_nobody_waits_for_leaves_nothing) {
  // Never started, started, destroyed before its handler, closed while it is under way.
  check_leaves_nothing([&] {
    asio::io_context context;
    random_access_file file(context);
    file.async_open(path, file_base::read_only, asio::detached);
  });
  check_leaves_nothing([&] {
    asio::io_context context;
    std::vector<random_access_file> files;
    for (int i = 0; i != 20; ++i) {
      files.emplace_back(context);
      files.back().async_open(path, file_base::read_only, asio::detached);
    }
    context.poll_one();
  });
  check_leaves_nothing([&] {
    asio::io_context context;
    {
      random_access_file file(context);
      file.async_open(path, file_base::read_only, asio::detached);
    }
    context.run();
  });
  check_leaves_nothing([&] {
    asio::io_context context;
    random_access_file file(context);
    for (int i = 0; i != 5; ++i) {
      file.async_open(path, file_base::read_only, asio::detached);
      file.close();
      file.async_open(path, file_base::read_only, asio::detached);
      file.async_close(asio::detached);
      context.restart();
      context.poll();
    }
    context.restart();
    context.run();
    BOOST_TEST(!file.is_open());
  });
}

BOOST_AUTO_TEST_CASE(what_fails_leaves_nothing) {
  check_leaves_nothing([&] {
    asio::io_context context;
    random_access_file file(context);
    error_code ec;
    file.open(directory.path("missing"), file_base::read_only, ec);
    file.async_open(directory.path("missing"), file_base::read_only, asio::detached);
    file.assign(-1, ec);
    context.run();
    try {
      const random_access_file thrown(context, directory.path("missing"), file_base::read_only);
    } catch (const boost::system::system_error& expected) {
      BOOST_TEST((expected.code() == boost::system::errc::no_such_file_or_directory));
    }
    try {
      asio::io_context refused;
      asiofile::service_options wrong;
      wrong.thread_count = 0;
      asio::make_service<asiofile::file_service>(refused, wrong);
    } catch (const boost::system::system_error& expected) {
      BOOST_TEST((expected.code() == boost::system::errc::invalid_argument));
    }
    // An object that is open already: a descriptor that was opened in vain is closed.
    random_access_file open_already(context, path, file_base::read_only);
    open_already.open(path, file_base::read_only, ec);
    open_already.async_open(path, file_base::read_only, asio::detached);
    context.restart();
    context.run();
  });
}

BOOST_AUTO_TEST_CASE(two_opens_of_one_object_leave_one_descriptor) {
  asio::io_context context;
  check_leaves_no_descriptor([&] {
    random_access_file file(context);
    int opened = 0;
    for (int i = 0; i != 5; ++i) {
      file.async_open(path, file_base::read_only, [&](error_code ec) { opened += ec ? 0 : 1; });
    }
    context.restart();
    context.run();
    BOOST_TEST(opened == 1);
    BOOST_TEST(file.is_open());
  });
}

BOOST_AUTO_TEST_CASE(adopted_borrowed_released_and_moved_files_leave_nothing) {
  asio::io_context context;
  check_leaves_no_descriptor([&] {
    random_access_file adopted(context, ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    random_access_file moved(std::move(adopted));
    adopted.open(path, file_base::read_only);
    moved = std::move(adopted);
    const int borrowed_fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    {
      random_access_file borrowed(context, borrowed_fd, asiofile::borrowed);
      char byte;
      borrowed.async_read_some_at(0, asio::buffer(&byte, 1), asio::detached);
      context.restart();
      context.run();
    }
    BOOST_TEST(::close(borrowed_fd) == 0);
    BOOST_TEST(::close(moved.release()) == 0);
  });
}

BOOST_AUTO_TEST_CASE(many_contexts_at_once_leave_nothing) {
  check_leaves_nothing(
      [&] {
        std::vector<std::unique_ptr<asio::io_context>> contexts;
        std::vector<random_access_file> files;
        std::string memory(20, '.');
        for (std::size_t i = 0; i != memory.size(); ++i) {
          contexts.push_back(std::make_unique<asio::io_context>());
          files.emplace_back(*contexts.back(), path, file_base::read_only);
          files.back().async_read_some_at(0, asio::buffer(&memory[i], 1), asio::detached);
        }
        for (const auto& context : contexts) context->run();
      },
      3);
}

BOOST_AUTO_TEST_CASE(contexts_that_many_threads_ran_leave_nothing) {
  check_leaves_nothing([&] {
    std::string memory(10'000, '.');
    {
      asio::io_context context;
      random_access_file file(context, path, file_base::read_only);
      for (std::size_t i = 0; i != 100; ++i)
        file.async_read_some_at(i, asio::buffer(&memory[i * 100], 100), asio::detached);
      test_support::running_threads(context, 4).join();
    }
    asio::thread_pool pool(4);
    random_access_file file(pool, path, file_base::read_only);
    for (std::size_t i = 0; i != 100; ++i)
      file.async_read_some_at(i, asio::buffer(&memory[i * 100], 100), asio::detached);
    pool.join();
  });
}

BOOST_AUTO_TEST_CASE(files_of_the_system_context_leave_nothing_but_their_service) {
  check_leaves_no_descriptor([&] {
    random_access_file file(asio::system_executor{}, path, file_base::read_only);
    char byte;
    BOOST_TEST(file.async_read_some_at(0, asio::buffer(&byte, 1), asio::use_future).get() == 1U);
    file.async_sync_all(asio::use_future).get();
    file.async_close(asio::use_future).get();
  });
}

BOOST_AUTO_TEST_SUITE_END()
