// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Directories are listed completely, in parts, and each name once, on every backend.

#include "file_contents.hpp"
#include "limit_in_flight.hpp"
#include "linux_only.hpp"
#include "on_destruction.hpp"
#include "open_descriptors.hpp"
#include "run_operation.hpp"
#include "running_threads.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace filesystem = std::filesystem;
using asiofile::directory_entry;
using asiofile::directory_reader;
using asiofile::file_type;
using test_support::error_code;
using test_support::posix_error;

namespace {

using batch = std::optional<std::vector<directory_entry>>;
using status_handler = std::function<void(error_code)>;
using batch_handler = std::function<void(error_code, batch)>;
using listing = std::map<std::string, directory_entry>;

constexpr std::size_t batch_max = 256;

struct batch_found {
  error_code error;
  batch entries;
  batch_found() = default;
  batch_found(error_code ec, batch found) : error(ec), entries(std::move(found)) {}
};

struct fixture {
  test_support::temporary_directory directory;
  test_support::watchdog limit{std::chrono::seconds(60)};
  asio::io_context context;
  directory_reader reader{context};

  void make_files(int count) {
    for (int i = 0; i != count; ++i)
      test_support::write_file(directory.path("file number " + std::to_string(i)), "");
  }

  error_code open(const std::string& path) {
    return test_support::run_status(context, [&](auto handler) {
      reader.async_open(path, status_handler(std::move(handler)));
    });
  }
  error_code rewind() {
    return test_support::run_status(
        context, [&](auto handler) { reader.async_rewind(status_handler(std::move(handler))); });
  }
  batch_found next() {
    return test_support::run_operation<batch_found>(
        context, [&](auto handler) { reader.async_next(batch_handler(std::move(handler))); });
  }

  static void add(listing& to, const std::vector<directory_entry>& entries) {
    for (const directory_entry& entry : entries)
      BOOST_TEST(to.emplace(entry.name, entry).second, entry.name << " came twice");
  }

  // Lists the rest, and checks the size of each part.
  listing rest() {
    listing all;
    for (;;) {
      const batch_found found = next();
      BOOST_TEST(found.error == error_code());
      if (!found.entries) return all;
      BOOST_TEST(!found.entries->empty());
      BOOST_TEST(found.entries->size() <= batch_max);
      add(all, *found.entries);
    }
  }
};

asio::awaitable<void> list(const std::string& path, listing& into) {
  directory_reader reader(co_await asio::this_coro::executor);
  co_await reader.async_open(path, asio::use_awaitable);
  while (const auto found = co_await reader.async_next(asio::use_awaitable))
    fixture::add(into, *found);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(directory_listing, fixture)

BOOST_AUTO_TEST_CASE(a_large_directory_comes_in_parts) {
  make_files(2000);
  BOOST_TEST(open(directory.root()) == error_code());
  BOOST_TEST(reader.is_open());
  const batch_found first = next();
  BOOST_REQUIRE(first.entries.has_value());
  BOOST_TEST(first.entries->size() == batch_max);
  listing all = rest();
  add(all, *first.entries);
  BOOST_TEST(all.size() == 2000U);
  for (int i = 0; i != 2000; ++i)
    BOOST_TEST_REQUIRE(all.count("file number " + std::to_string(i)) == 1U);
  // The end stays the end.
  BOOST_TEST(rest().empty());
  BOOST_TEST(rewind() == error_code());
  BOOST_TEST(rest().size() == 2000U);
}

BOOST_AUTO_TEST_CASE(entries_say_what_they_are) {
  test_support::write_file(directory.path("file"), "");
  filesystem::create_directory(directory.path("folder"));
  filesystem::create_symlink("file", directory.path("link"));
  BOOST_REQUIRE(::mkfifo(directory.path("fifo").c_str(), 0600) == 0);
  BOOST_TEST(open(directory.root()) == error_code());
  const listing all = rest();
  BOOST_TEST(all.size() == 4U);
  const std::map<std::string, file_type> types{{"file", file_type::regular},
                                               {"folder", file_type::directory},
                                               {"link", file_type::symbolic_link},
                                               {"fifo", file_type::fifo}};
  for (const auto& [name, type] : types) {
    BOOST_TEST_REQUIRE(all.count(name) == 1U);
    const directory_entry& entry = all.at(name);
    // Not every file system reports types.
    BOOST_TEST((entry.type == type || entry.type == file_type::unknown));
    struct stat found;
    BOOST_REQUIRE(::lstat(directory.path(name).c_str(), &found) == 0);
    BOOST_TEST(entry.inode == found.st_ino);
  }
}

BOOST_AUTO_TEST_CASE(an_empty_directory_ends_at_once) {
  BOOST_TEST(open(directory.root()) == error_code());
  BOOST_TEST(rest().empty());
  make_files(3);
  // Not before it is rewound.
  BOOST_TEST(rest().empty());
  BOOST_TEST(rewind() == error_code());
  BOOST_TEST(rest().size() == 3U);
}

BOOST_AUTO_TEST_CASE(what_is_no_directory_is_refused) {
  make_files(1);
  BOOST_TEST(open(directory.path("file number 0")) == posix_error(ENOTDIR));
  BOOST_TEST(open(directory.path("missing")) == posix_error(ENOENT));
  BOOST_TEST(open(directory.path(std::string(256, 'n'))) == posix_error(ENAMETOOLONG));
  BOOST_TEST(open(directory.root() + std::string("\0x", 2)) == posix_error(EINVAL));
  BOOST_TEST(open("") == posix_error(ENOENT));
  BOOST_TEST(!reader.is_open());
  BOOST_TEST(next().error == posix_error(EBADF));
  BOOST_TEST(rewind() == posix_error(EBADF));
  BOOST_TEST(open(directory.root()) == error_code());
  BOOST_TEST(open(directory.root()) == asio::error::already_open);
  BOOST_TEST(rest().size() == 1U);
  reader.close();
  reader.close();
  BOOST_TEST(next().error == posix_error(EBADF));
}

BOOST_AUTO_TEST_CASE(who_has_no_permission_is_told_so) {
  if (::geteuid() != 0) return test_support::skip("only root can become another user");
  filesystem::create_directory(directory.path("closed"));
  BOOST_REQUIRE(::chmod(directory.path("closed").c_str(), 0700) == 0);
  BOOST_REQUIRE(::seteuid(65534) == 0);
  const error_code refused = open(directory.path("closed"));
  BOOST_REQUIRE(::seteuid(0) == 0);
  BOOST_TEST(refused == posix_error(EACCES));
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_removed_ends) {
  filesystem::create_directory(directory.path("gone"));
  BOOST_TEST(open(directory.path("gone")) == error_code());
  filesystem::remove(directory.path("gone"));
  BOOST_TEST(rest().empty());
}

BOOST_AUTO_TEST_CASE(only_one_call_is_under_way) {
  make_files(300);
  BOOST_TEST(open(directory.root()) == error_code());
  std::vector<error_code> errors;
  listing all;
  const batch_handler store = [&](error_code ec, const batch& found) {
    errors.push_back(ec);
    if (found) add(all, *found);
  };
  for (int i = 0; i != 5; ++i) reader.async_next(store);
  context.restart();
  context.run();
  BOOST_TEST(errors.size() == 5U);
  std::size_t refused = 0;
  for (const error_code& ec : errors) refused += ec == asio::error::already_started;
  BOOST_TEST(refused == 4U);
  for (const auto& [name, entry] : rest()) BOOST_TEST(all.emplace(name, entry).second);
  BOOST_TEST(all.size() == 300U);
}

BOOST_AUTO_TEST_CASE(the_next_call_may_be_started_in_the_handler) {
  make_files(1000);
  BOOST_TEST(open(directory.root()) == error_code());
  listing all;
  batch_handler go_on = [&](error_code ec, const batch& found) {
    BOOST_TEST(ec == error_code());
    if (!found) return;
    add(all, *found);
    reader.async_next(batch_handler(go_on));
  };
  reader.async_next(batch_handler(go_on));
  context.restart();
  context.run();
  BOOST_TEST(all.size() == 1000U);
}

BOOST_AUTO_TEST_CASE(a_coroutine_loops_to_the_end) {
  make_files(600);
  listing all;
  asio::co_spawn(context, list(directory.root(), all), asio::detached);
  context.run();
  BOOST_TEST(all.size() == 600U);
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_loses_no_entries) {
  make_files(1500);
  BOOST_TEST(open(directory.root()) == error_code());
  listing all;
  bool is_over = false;
  std::size_t aborted = 0;
  for (int round = 0; !is_over; ++round) {
    asio::cancellation_signal signal;
    const batch_handler store = [&](error_code ec, const batch& found) {
      aborted += ec == asio::error::operation_aborted;
      if (found) add(all, *found);
      is_over = !ec && !found;
    };
    reader.async_next(asio::bind_cancellation_slot(signal.slot(), store));
    context.restart();
    if (round % 3 == 1) context.poll_one();
    if (round % 3 != 2) signal.emit(asio::cancellation_type::total);
    context.run();
  }
  BOOST_TEST(aborted != 0U);
  BOOST_TEST(all.size() == 1500U);
}

BOOST_AUTO_TEST_CASE(closing_or_destroying_the_reader_leaves_nothing_behind) {
  if (!test_support::has_linux(test_support::known_file_systems)) return;
  make_files(300);
  std::size_t descriptors = 0;
  for (int round = 0; round != 40; ++round) {
    int run = 0;
    std::optional<directory_reader> own(context);
    own->async_open(directory.root(), [&](error_code ec) {
      ++run;
      BOOST_TEST((!ec || ec == asio::error::operation_aborted));
    });
    if (round % 4 == 0) own.reset();
    context.restart();
    if (round % 4 == 1) context.poll_one();
    if (round % 4 == 1) own->close();
    context.run();
    BOOST_TEST(run == 1);
    if (own && own->is_open()) {
      own->async_next([&](error_code ec, const batch&) {
        ++run;
        BOOST_TEST((!ec || ec == asio::error::operation_aborted));
      });
      context.restart();
      if (round % 8 < 4) context.poll_one();
      own.reset();
      context.run();
      BOOST_TEST(run == 2);
    }
    own.reset();
    // The first round has set up the service.
    if (round == 0) descriptors = test_support::open_descriptor_count();
  }
  BOOST_TEST(test_support::open_descriptor_count() == descriptors);
}

BOOST_AUTO_TEST_CASE(several_threads_may_use_one_reader) {
  make_files(300);
  BOOST_TEST(open(directory.root()) == error_code());
  std::atomic<int> ran = 0, unexpected = 0;
  constexpr int rounds = 200;
  context.restart();
  auto work = asio::make_work_guard(context);
  test_support::running_threads threads(context, 2);
  const auto count = [&](error_code ec) {
    ++ran;
    const bool is_expected = !ec || ec == asio::error::operation_aborted ||
                             ec == asio::error::already_started || ec == posix_error(EBADF) ||
                             ec == asio::error::already_open;
    if (!is_expected) ++unexpected;
  };
  const status_handler on_status = count;
  const batch_handler on_batch = [&](error_code ec, const batch&) { count(ec); };
  std::thread other([&] {
    for (int i = 0; i != rounds; ++i) {
      reader.async_next(on_batch);
      if (i % 4 == 0) reader.async_rewind(on_status);
    }
  });
  for (int i = 0; i != rounds; ++i) {
    reader.async_next(on_batch);
    if (i % 8 == 0) reader.close();
    static_cast<void>(reader.is_open());
    reader.async_open(directory.root(), on_status);
  }
  other.join();
  work.reset();
  threads.join();
  BOOST_TEST(ran == 3 * rounds + rounds / 4);
  BOOST_TEST(unexpected == 0);
}

BOOST_AUTO_TEST_CASE(a_reader_may_be_moved_and_closed_and_opened_anew) {
  make_files(10);
  BOOST_TEST(open(directory.root()) == error_code());
  directory_reader moved(std::move(reader));
  BOOST_TEST(moved.is_open());
  BOOST_TEST(!reader.is_open());
  BOOST_TEST(next().error == posix_error(EBADF));
  BOOST_TEST(open(directory.root()) == error_code());
  reader = std::move(moved);
  BOOST_TEST(rest().size() == 10U);
  // Immediately, while the first is still being opened.
  directory_reader again(context);
  std::vector<error_code> errors;
  const status_handler store = [&](error_code ec) { errors.push_back(ec); };
  again.async_open(directory.root(), store);
  again.close();
  again.async_open(directory.root(), store);
  context.restart();
  context.run();
  BOOST_TEST(errors.size() == 2U);
  BOOST_TEST(again.is_open());
}

BOOST_AUTO_TEST_CASE(a_context_that_ends_closes_the_directory) {
  make_files(300);
  const std::size_t descriptors = test_support::open_descriptor_count();
  int destroyed = 0;
  for (int round = 0; round != 20; ++round) {
    auto own = std::make_unique<asio::io_context>();
    directory_reader outliving(*own);
    auto guard = test_support::on_destruction([&] { ++destroyed; });
    outliving.async_open(directory.root(), [guard](error_code) {});
    if (round % 2 == 0) own->run();
    own->restart();
    outliving.async_next([guard](error_code, const batch&) {});
    if (round % 4 == 0) own->poll_one();
    guard.reset();
    own.reset();
    outliving.close();
  }
  BOOST_TEST(destroyed == 20);
  BOOST_TEST(test_support::open_descriptor_count() == descriptors);
}

BOOST_AUTO_TEST_SUITE_END()
