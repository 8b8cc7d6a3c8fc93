// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Files that are read, written and appended to as a whole, in one operation.

#include "child_process.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "open_descriptors.hpp"
#include "run_operation.hpp"
#include "sanitizers.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/stream_file.hpp>
#include <asiofile/whole_file.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using boost::system::error_code;
using namespace std::chrono_literals;
using namespace test_support;

namespace {

struct content {
  error_code error;
  std::string text;
  content() = default;
  content(error_code ec, std::string read) : error(ec), text(std::move(read)) {}
};

constexpr std::uint64_t no_limit = ~std::uint64_t{0};

// Nothing if it cannot be read.
std::optional<std::string> read_in_one_go(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd == -1) return std::nullopt;
  std::string text(1 << 20, '\0');
  const ssize_t size = ::read(fd, text.data(), text.size());
  ::close(fd);
  if (size < 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(size));
  return text;
}

struct fixture {
  watchdog time_limit{30s};
  temporary_directory directory;
  asio::io_context context;

  content read(const std::string& path, std::uint64_t size_limit = no_limit) {
    return run_operation<content>(context, [&](auto handler) {
      asiofile::async_read_file(context, path, size_limit, handler);
    });
  }

  // Whether reading `path` returns the same as one read(2); nothing if that differs before and
  // after.
  std::optional<bool> is_read_whole(const std::string& path) {
    const std::optional<std::string> before = read_in_one_go(path);
    if (!before) return std::nullopt;
    const content got = read(path);
    const content up_to_its_size = read(path, before->size());
    const content up_to_less = before->empty() ? content() : read(path, before->size() - 1);
    if (before != read_in_one_go(path)) return std::nullopt;
    return !got.error && got.text == *before && !up_to_its_size.error &&
           (before->empty() || up_to_less.error == posix_error(EFBIG));
  }

  transfer write(const std::string& path, std::string_view text) {
    return run_transfer(context, [&](auto handler) {
      asiofile::async_write_file(context, path, asio::buffer(text), handler);
    });
  }

  transfer append(const std::string& path, std::string_view text) {
    return run_transfer(context, [&](auto handler) {
      asiofile::async_append_file(context, path, asio::buffer(text), handler);
    });
  }

  // Starts reading, lets it make some progress, cancels, and returns the result.
  error_code cancel_reading(const std::string& path, std::chrono::milliseconds after) {
    asio::cancellation_signal signal;
    std::optional<error_code> given;
    asiofile::async_read_file(context, path,
                              asio::bind_cancellation_slot(
                                  signal.slot(), [&](error_code ec, const std::string& text) {
                                    BOOST_TEST(text.empty());
                                    given = ec;
                                  }));
    context.restart();
    if (after.count() != 0) context.run_for(after);
    BOOST_TEST(!given.has_value());
    signal.emit(asio::cancellation_type::terminal);
    context.run();
    BOOST_REQUIRE(given.has_value());
    return *given;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(whole_files, fixture)

BOOST_AUTO_TEST_CASE(a_file_is_read_whole_whatever_its_size) {
  constexpr std::array<std::size_t, 8> sizes{0, 1, 4096, 16'383, 16'384, 1'048'575, 1'048'576,
                                             5'000'001};
  for (const std::size_t size : sizes) {
    const std::string path = make_pattern_file(directory.path("file"), 1, size);
    const content got = read(path);
    BOOST_TEST(!got.error);
    BOOST_TEST(got.text.size() == size);
    BOOST_TEST(has_pattern(got.text, 1, 0));
  }
}

BOOST_AUTO_TEST_CASE(a_limit_is_what_a_file_may_have_at_most) {
  const std::string path = make_pattern_file(directory.path("file"), 2, 100'000);
  BOOST_TEST(!read(path, 100'000).error);
  BOOST_TEST(read(path, 100'000).text.size() == 100'000U);
  for (const std::uint64_t limit : {std::uint64_t{0}, std::uint64_t{99'999}}) {
    const content got = read(path, limit);
    BOOST_TEST(got.error == posix_error(EFBIG));
    BOOST_TEST(got.text.empty());
  }
  BOOST_TEST(!read(make_pattern_file(directory.path("empty"), 2, 0), 0).error);
}

BOOST_AUTO_TEST_CASE(files_that_tell_no_size_or_a_wrong_one_are_read_to_their_end) {
  const content status = read("/proc/self/status");
  BOOST_TEST(!status.error);
  BOOST_TEST(status.text.find("\nPid:") != std::string::npos);
  BOOST_TEST(status.text.find("\nvoluntary_ctxt_switches:") != std::string::npos);
  struct stat found;
  const std::string odd = "/sys/kernel/mm/transparent_hugepage/enabled";
  if (::stat(odd.c_str(), &found) != 0) return skip("no " + odd);
  BOOST_TEST(found.st_size == 4096);
  const content told = read(odd, 100);
  BOOST_TEST(!told.error);
  BOOST_TEST(told.text == read_file(odd));
}

// Many of them return everything to the first read, and nothing to a later one.
BOOST_AUTO_TEST_CASE(every_file_of_proc_sys_is_read_whole) {
  std::size_t compared = 0;
  std::error_code none;
  using walk = std::filesystem::recursive_directory_iterator;
  for (walk next("/proc/sys", none), end; next != end; next.increment(none)) {
    const std::string path = next->path().string();
    std::optional<bool> is_whole = is_read_whole(path);
    // Some change by themselves, and may change back in between (fs/file-nr), but rarely five
    // times.
    for (int more = 4; is_whole == false && more != 0; --more) is_whole = is_read_whole(path);
    if (!is_whole) continue;
    BOOST_TEST(*is_whole, path);
    ++compared;
  }
  if (compared == 0) return skip("no /proc/sys");
  BOOST_TEST_MESSAGE(compared << " files of /proc/sys");
}

BOOST_AUTO_TEST_CASE(a_file_of_proc_sys_is_read_whole_where_it_fills_the_first_read) {
  if (!test_support::children_can_be_trusted()) return;
  // More ports than the first read has room for, in the file's format.
  const std::string path = "/proc/sys/net/ipv4/ip_local_reserved_ports";
  const std::optional<std::string> original = read_in_one_go(path);
  if (!original || ::access(path.c_str(), W_OK) != 0) return skip("cannot change " + path);
  std::string many;
  for (int port = 20'000; port != 28'000; port += 2) many += std::to_string(port) + ',';
  many.back() = '\n';
  const auto child = child_process([&] {
                       // A network namespace, with settings of its own.
                       if (::unshare(CLONE_NEWNET) != 0) return 77;
                       const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
                       // It takes a page at a time.
                       for (std::size_t done = 0; done != many.size();) {
                         const ssize_t n = ::write(fd, many.data() + done, many.size() - done);
                         child_require(n > 0, "write");
                         done += static_cast<std::size_t>(n);
                       }
                       ::close(fd);
                       asio::io_context own;
                       content got;
                       asiofile::async_read_file(own, path, [&](error_code ec, std::string text) {
                         got = content(ec, std::move(text));
                       });
                       own.run();
                       child_require(!got.error && got.text == many,
                                     std::to_string(got.text.size()));
                       return 0;
                     }).wait();
  if (child.exit_code == 77) return skip("no network namespace");
  BOOST_TEST(child.succeeded(), child);
}

BOOST_AUTO_TEST_CASE(an_endless_file_ends_at_the_limit) {
  const content got = read("/dev/zero", 3'000'000);
  BOOST_TEST(got.error == posix_error(EFBIG));
}

BOOST_AUTO_TEST_CASE(a_file_that_grows_is_read_to_an_end_that_it_had) {
  const std::string path = make_pattern_file(directory.path("file"), 3, 3'000'000);
  std::atomic<bool> is_over = false;
  std::thread grower([&] {
    const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    for (std::uint64_t at = 3'000'000; !is_over && at < 200'000'000; at += 1000) {
      const std::string more = pattern(3, at, 1000);
      if (::write(fd, more.data(), more.size()) != 1000) break;
    }
    ::close(fd);
  });
  const content got = read(path);
  is_over = true;
  grower.join();
  BOOST_TEST(!got.error);
  BOOST_TEST(got.text.size() >= 3'000'000U);
  BOOST_TEST(has_pattern(got.text, 3, 0));
}

BOOST_AUTO_TEST_CASE(a_fifo_is_read_until_its_writers_have_closed_it) {
  const std::string path = make_fifo(directory.path("fifo"));
  std::thread writer([&] {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    for (const std::string_view part : {"one ", "two ", "three"}) {
      if (::write(fd, part.data(), part.size()) < 0) break;
      std::this_thread::sleep_for(15ms);
    }
    ::close(fd);
  });
  const content got = read(path);
  writer.join();
  BOOST_TEST(!got.error);
  BOOST_TEST(got.text == "one two three");
}

BOOST_AUTO_TEST_CASE(reading_can_be_cancelled_at_any_time) {
  const fifo pipe(directory.path("fifo"));
  const std::string unwritten = make_fifo(directory.path("unwritten"));
  // Includes what the service needs to wait for a FIFO.
  for (const std::string& path : {pipe.path(), unwritten, std::string("/dev/zero")})
    BOOST_TEST(cancel_reading(path, 5ms) == asio::error::operation_aborted);
  const std::size_t descriptors = open_descriptor_count();
  for (const auto after : {0ms, 5ms, 40ms}) {
    BOOST_TEST(cancel_reading(pipe.path(), after) == asio::error::operation_aborted);
    BOOST_TEST(cancel_reading(unwritten, after) == asio::error::operation_aborted);
    BOOST_TEST(cancel_reading("/dev/zero", after / 4) == asio::error::operation_aborted);
  }
  BOOST_TEST(open_descriptor_count() == descriptors);
}

BOOST_AUTO_TEST_CASE(a_fifo_that_has_nothing_holds_up_no_thread) {
  const fifo pipe(directory.path("fifo"));
  const std::string path = make_pattern_file(directory.path("file"), 4, 10);
  auto other = std::make_unique<asio::io_context>();
  constexpr int waiting = 20;
  for (int i = 0; i != waiting; ++i)
    asiofile::async_read_file(*other, pipe.path(), [](error_code, const std::string&) {
      BOOST_ERROR("a handler ran after its context was destroyed");
    });
  bool is_read = false;
  asiofile::async_read_file(*other, path, [&](error_code ec, const std::string& text) {
    is_read = !ec && text.size() == 10;
    other->stop();
  });
  other->run();
  BOOST_TEST(is_read);
  other.reset();
}

BOOST_AUTO_TEST_CASE(writing_creates_or_truncates) {
  const std::string path = directory.path("file");
  const mode_t before = ::umask(027);
  BOOST_TEST(write(path, "a longer text") == transfer({}, 13));
  ::umask(before);
  struct stat found;
  BOOST_TEST(::stat(path.c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 07777) == 0640U);
  BOOST_TEST(write(path, "short") == transfer({}, 5));
  BOOST_TEST(read_file(path) == "short");
  BOOST_TEST(write(path, "") == transfer({}, 0));
  BOOST_TEST(read_file(path).empty());
}

BOOST_AUTO_TEST_CASE(appending_creates_or_goes_to_the_end) {
  const std::string path = directory.path("file");
  BOOST_TEST(append(path, "one ") == transfer({}, 4));
  BOOST_TEST(append(path, "two") == transfer({}, 3));
  BOOST_TEST(read_file(path) == "one two");
}

BOOST_AUTO_TEST_CASE(many_buffers_and_large_ones_are_written_in_order) {
  // More buffers and more bytes than one call accepts, with empty buffers in between.
  const std::string text = pattern(5, 0, 20'000'003);
  std::vector<asio::const_buffer> buffers;
  std::size_t at = 0;
  for (std::size_t i = 0; i != 3000; ++i, at += i % 7) buffers.emplace_back(&text[at], (i + 1) % 7);
  buffers.emplace_back(&text[at], text.size() - at);
  const std::string path = directory.path("file");
  const transfer written = run_transfer(context, [&](auto handler) {
    asiofile::async_write_file(context, path, buffers, handler);
  });
  BOOST_TEST(written == transfer({}, text.size()));
  BOOST_TEST((read_file(path) == text));
}

BOOST_AUTO_TEST_CASE(appends_that_run_at_the_same_time_are_each_whole) {
  const std::string path = directory.path("file");
  std::vector<std::string> lines;
  for (char letter = 'a'; letter <= 'z'; ++letter) lines.emplace_back(5000, letter);
  std::size_t succeeded = 0;
  for (const std::string& line : lines)
    asiofile::async_append_file(context, path, asio::buffer(line),
                                [&](error_code ec, std::size_t n) {
                                  if (!ec && n == line.size()) ++succeeded;
                                });
  context.run();
  BOOST_TEST(succeeded == lines.size());
  const std::string all = read_file(path);
  BOOST_TEST(all.size() == 26U * 5000);
  for (std::size_t i = 0; i < all.size(); i += 5000)
    BOOST_TEST(all_are(std::string_view(all).substr(i, 5000), all[i]));
}

BOOST_AUTO_TEST_CASE(a_write_to_a_fifo_waits_for_room_and_can_be_cancelled) {
  fifo pipe(directory.path("fifo"));
  const std::string text(300'000, 'w');
  asio::cancellation_signal signal;
  transfer got;
  asiofile::async_write_file(
      context, pipe.path(), asio::buffer(text),
      asio::bind_cancellation_slot(signal.slot(),
                                   [&](error_code ec, std::size_t n) { got = {ec, n}; }));
  context.run_for(50ms);
  BOOST_TEST(got == transfer());
  signal.emit(asio::cancellation_type::total);
  context.run();
  BOOST_TEST(got.error == asio::error::operation_aborted);
  BOOST_TEST(got.bytes == pipe.drain().size());
}

BOOST_AUTO_TEST_CASE(default_tokens_and_files_as_sources_work) {
  const std::string path = make_pattern_file(directory.path("file"), 1, 10);
  using executor = asio::use_awaitable_t<>::executor_with_default<asio::any_io_executor>;
  std::size_t sizes = 0;
  const auto coroutine = [&]() -> asio::awaitable<void> {
    const executor with_default(co_await asio::this_coro::executor);
    sizes += (co_await asiofile::async_read_file(with_default, path)).size();
    sizes += (co_await asiofile::async_read_file(with_default, path, 10)).size();
    asiofile::stream_file source(context);
    sizes += (co_await asiofile::async_read_file(source, path, asio::use_awaitable)).size();
  };
  asio::co_spawn(context, coroutine, asio::detached);
  context.run();
  BOOST_TEST(sizes == 30U);
}

BOOST_AUTO_TEST_CASE(mistakes_get_the_errors_of_open) {
  const std::string file = make_pattern_file(directory.path("file"), 6, 10);
  const std::string below = file + "/x";
  const std::string missing = directory.path("no/such");
  const std::string long_name = directory.path(std::string(300, 'n'));
  const std::string zero(file + std::string(1, '\0') + "x");
  const auto all = [&](const std::string& path, int error) {
    BOOST_TEST(read(path).error == posix_error(error));
    BOOST_TEST(write(path, "text") == transfer(posix_error(error), 0));
    BOOST_TEST(append(path, "text") == transfer(posix_error(error), 0));
  };
  all(directory.root(), EISDIR);
  all(missing, ENOENT);
  all("", ENOENT);
  all(long_name, ENAMETOOLONG);
  all(below, ENOTDIR);
  all(zero, EINVAL);
  BOOST_TEST(read(directory.path("missing")).error == posix_error(ENOENT));
  BOOST_TEST(write("/dev/full", "text") == transfer(posix_error(ENOSPC), 0));
  BOOST_TEST(read_file(file).size() == 10U);
}

BOOST_AUTO_TEST_CASE(a_file_that_no_memory_can_hold_is_not_enough_memory) {
  if (under_sanitizer) return skip("a sanitizer ends the process where memory is denied");
  const std::string path = make_pattern_file(directory.path("file"), 7, 10);
  if (::truncate(path.c_str(), off_t{1} << 43) != 0) return skip("no sparse file of 8 TiB");
  // A system may overcommit memory.
  rlimit before{};
  BOOST_REQUIRE(::getrlimit(RLIMIT_AS, &before) == 0);
  const rlimit bounded{rlim_t{1} << 36, before.rlim_max};
  BOOST_REQUIRE(::setrlimit(RLIMIT_AS, &bounded) == 0);
  const content got = read(path);
  ::setrlimit(RLIMIT_AS, &before);
  BOOST_TEST(got.error == posix_error(ENOMEM));
  BOOST_TEST(got.text.empty());
  BOOST_TEST(read(path, 1000).error == posix_error(EFBIG));
}

BOOST_AUTO_TEST_SUITE_END()
