// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Copies of files: how they are made, what they preserve, progress, cancellation, errors.

#include "fifo.hpp"
#include "file_contents.hpp"
#include "open_descriptors.hpp"
#include "run_operation.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/copy_file.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::copy_options;
using boost::system::error_code;
using namespace std::chrono_literals;
using namespace test_support;

namespace {

constexpr std::uint64_t mebibyte = 1024 * 1024;
constexpr std::uint64_t large_bytes = 80 * mebibyte;

// A directory on a file system of another type than the tests' own: copy_file_range(2) refuses to
// copy between them, so that the copy is made by reads and writes.
class elsewhere {
 public:
  elsewhere() {
    std::string name = "/dev/shm/asiofile-test-XXXXXX";
    struct stat here {};
    struct stat there {};
    if (::mkdtemp(name.data()) == nullptr) return;
    root_ = name;
    is_another_ = ::stat(".", &here) == 0 && ::stat(name.c_str(), &there) == 0 &&
                  here.st_dev != there.st_dev;
  }
  ~elsewhere() {
    std::error_code ignored;
    if (!root_.empty()) std::filesystem::remove_all(root_, ignored);
  }
  elsewhere(const elsewhere&) = delete;
  elsewhere& operator=(const elsewhere&) = delete;

  [[nodiscard]] bool is_there() const { return is_another_; }
  [[nodiscard]] const std::string& root() const { return root_; }
  [[nodiscard]] std::string path(std::string_view name) const {
    return root_ + '/' + std::string(name);
  }

 private:
  std::string root_;
  bool is_another_ = false;
};

std::ptrdiff_t names_in(const std::string& directory) {
  return std::distance(std::filesystem::directory_iterator(directory), {});
}

struct stat status(const std::string& path) {
  struct stat found {};
  BOOST_REQUIRE(::lstat(path.c_str(), &found) == 0);
  return found;
}

copy_options overwriting() {
  copy_options options;
  options.existing = copy_options::existing_target::replace;
  return options;
}

// Blocks of a length that differs from every piece of a copy, so that a misplaced one is noticed.
constexpr std::size_t block_bytes = 1'000'003;

const std::string& block() {
  static const std::string bytes = pattern(2, 0, block_bytes);
  return bytes;
}

void make_large_file(const std::string& path, std::size_t size) {
  std::string all;
  all.reserve(size + block_bytes);
  while (all.size() < size) all += block();
  all.resize(size);
  write_file(path, all);
}

bool is_large_file(const std::string& path, std::uint64_t size) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::string read(block_bytes, '\0');
  std::uint64_t at = 0;
  ssize_t count = 0;
  while ((count = ::pread(fd, read.data(), block_bytes, static_cast<off_t>(at))) > 0) {
    const auto bytes = static_cast<std::size_t>(count);
    if (std::string_view(read).substr(0, bytes) != std::string_view(block()).substr(0, bytes))
      break;
    at += bytes;
  }
  ::close(fd);
  return count == 0 && at == size;
}

// Data at some places of a large file, and a hole at its end.
std::uint64_t make_sparse_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  BOOST_REQUIRE(fd != -1);
  constexpr std::uint64_t size = 500 * mebibyte;
  for (const std::uint64_t at : {std::uint64_t{0}, 3 * mebibyte, 99 * mebibyte, 400 * mebibyte}) {
    const std::string data = pattern(9, at, 300'000);
    BOOST_REQUIRE(::pwrite(fd, data.data(), data.size(), static_cast<off_t>(at)) == 300'000);
  }
  BOOST_REQUIRE(::ftruncate(fd, size) == 0);
  ::close(fd);
  return size;
}

struct fixture {
  watchdog time_limit{60s};
  temporary_directory directory;
  asio::io_context context;
  const std::string from = directory.path("from");
  const std::string to = directory.path("to");

  size_found copy(const std::string& source, const std::string& target,
                  const copy_options& options = {}) {
    return run_size(context, [&](auto handler) {
      asiofile::async_copy_file(context, source, target, options, handler);
    });
  }

  // Sizes around those of the pieces of a copy.
  void check_sizes(const std::string& target) {
    constexpr std::array<std::size_t, 6> sizes{0, 1, 262'144, 262'145, 9 * mebibyte + 1,
                                               70 * mebibyte + 5};
    for (const std::size_t size : sizes) {
      make_large_file(from, size);
      BOOST_TEST(copy(from, target, overwriting()) == size_found({}, size));
      BOOST_TEST(is_large_file(target, size));
    }
  }

  void check_sparse(const std::string& target) {
    const std::uint64_t size = make_sparse_file(from);
    BOOST_TEST(copy(from, target) == size_found({}, size));
    const struct stat found = status(target);
    BOOST_TEST(static_cast<std::uint64_t>(found.st_size) == size);
    BOOST_TEST(static_cast<std::uint64_t>(found.st_blocks) * 512 < 4 * mebibyte);
    const int fd = ::open(target.c_str(), O_RDONLY | O_CLOEXEC);
    for (const std::uint64_t at : {std::uint64_t{0}, 3 * mebibyte, 400 * mebibyte}) {
      std::string data(300'000, '\0');
      BOOST_TEST(::pread(fd, data.data(), data.size(), static_cast<off_t>(at)) == 300'000);
      BOOST_TEST(has_pattern(data, 9, at));
    }
    ::close(fd);
  }

  // Cancels at many moments, with progress and without.
  void check_cancelling(const std::string& root) {
    const std::string target = root + "/to";
    for (int i = 0; i != 24; ++i) {
      write_file(target, "old");
      const std::ptrdiff_t names = names_in(root);
      copy_options options = overwriting();
      if (i % 2 == 1) options.progress = [](std::uint64_t, std::uint64_t) {};
      asio::cancellation_signal signal;
      std::optional<error_code> given;
      asiofile::async_copy_file(
          context, from, target, options,
          asio::bind_cancellation_slot(signal.slot(),
                                       [&](error_code ec, std::uint64_t) { given = ec; }));
      context.restart();
      context.run_for(std::chrono::milliseconds(i));
      signal.emit(i % 3 == 0 ? asio::cancellation_type::total : asio::cancellation_type::terminal);
      context.run();
      BOOST_REQUIRE(given.has_value());
      const bool is_aborted = *given == asio::error::operation_aborted;
      BOOST_TEST((is_aborted || !*given), *given);
      BOOST_TEST(status(target).st_size == static_cast<off_t>(is_aborted ? 3 : large_bytes));
      if (!is_aborted) BOOST_TEST(is_large_file(target, large_bytes));
      BOOST_TEST(names_in(root) == names);
    }
  }

  // What a copy with progress reports.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> progress_of(const std::string& target) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> told;
    copy_options options;
    options.progress = [&](std::uint64_t copied, std::uint64_t total) {
      told.emplace_back(copied, total);
    };
    BOOST_TEST(copy(from, target, options) == size_found({}, large_bytes));
    return told;
  }

  void check_progress(const std::string& target) {
    const auto told = progress_of(target);
    BOOST_REQUIRE(told.size() >= 3);
    std::uint64_t before = 0;
    for (const auto& [copied, total] : told) {
      BOOST_TEST(copied >= before);
      BOOST_TEST(total == large_bytes);
      before = copied;
    }
    BOOST_TEST(before == large_bytes);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(copying_files, fixture)

BOOST_AUTO_TEST_CASE(a_copy_has_what_the_file_has) {
  check_sizes(to);
  BOOST_TEST(names_in(directory.root()) == 2);
}

BOOST_AUTO_TEST_CASE(a_copy_to_another_file_system_has_what_the_file_has) {
  const elsewhere other;
  if (!other.is_there()) return skip("there is no other file system at /dev/shm");
  check_sizes(other.path("to"));
  BOOST_TEST(names_in(other.root()) == 1);
}

BOOST_AUTO_TEST_CASE(a_sparse_file_stays_sparse) { check_sparse(to); }

BOOST_AUTO_TEST_CASE(a_sparse_file_stays_sparse_on_another_file_system) {
  const elsewhere other;
  if (!other.is_there()) return skip("there is no other file system at /dev/shm");
  check_sparse(other.path("to"));
}

BOOST_AUTO_TEST_CASE(progress_is_told_and_ends_with_everything) {
  make_large_file(from, large_bytes);
  check_progress(to);
  const elsewhere other;
  if (!other.is_there()) return skip("there is no other file system at /dev/shm");
  check_progress(other.path("to"));
}

BOOST_AUTO_TEST_CASE(progress_is_told_on_the_handlers_executor) {
  make_large_file(from, 40 * mebibyte);
  const auto strand = asio::make_strand(context);
  bool all_there = true;
  copy_options options;
  options.progress = [&](std::uint64_t, std::uint64_t) {
    all_there = all_there && strand.running_in_this_thread();
  };
  bool is_done = false;
  asiofile::async_copy_file(context, from, to, options,
                            asio::bind_executor(strand, [&](error_code ec, std::uint64_t) {
                              is_done = !ec && strand.running_in_this_thread();
                            }));
  context.run();
  BOOST_TEST(is_done);
  BOOST_TEST(all_there);
}

BOOST_AUTO_TEST_CASE(an_exception_of_progress_leaves_run_and_no_file) {
  make_large_file(from, 40 * mebibyte);
  copy_options options;
  options.progress = [](std::uint64_t, std::uint64_t) { throw std::runtime_error("enough"); };
  asiofile::async_copy_file(context, from, to, options, [](error_code, std::uint64_t) {
    BOOST_ERROR("the handler was called");
  });
  BOOST_CHECK_THROW(context.run(), std::runtime_error);
  context.run();
  BOOST_TEST(names_in(directory.root()) == 1);
}

BOOST_AUTO_TEST_CASE(files_that_tell_no_size_are_copied_to_their_end) {
  BOOST_TEST(copy("/proc/version", to).bytes == read_file("/proc/version").size());
  BOOST_TEST(read_file(to) == read_file("/proc/version"));
  const std::string odd = "/sys/kernel/mm/transparent_hugepage/enabled";
  if (::access(odd.c_str(), R_OK) != 0) return skip("no " + odd);
  BOOST_TEST(copy(odd, to, overwriting()).bytes == read_file(odd).size());
  BOOST_TEST(read_file(to) == read_file(odd));
}

BOOST_AUTO_TEST_CASE(a_fifo_is_copied_until_its_writers_have_closed_it) {
  const std::string pipe = make_fifo(directory.path("fifo"));
  const std::string text = pattern(3, 0, 500'000);
  std::thread writer([&] {
    const int fd = ::open(pipe.c_str(), O_WRONLY | O_CLOEXEC);
    for (std::size_t at = 0; at != text.size();) {
      const ssize_t count = ::write(fd, &text[at], text.size() - at);
      if (count < 0) break;
      at += static_cast<std::size_t>(count);
    }
    ::close(fd);
  });
  BOOST_TEST(copy(pipe, to) == size_found({}, text.size()));
  writer.join();
  BOOST_TEST((read_file(to) == text));
}

BOOST_AUTO_TEST_CASE(a_new_copy_has_the_sources_mode_less_the_umask) {
  write_file(from, "text");
  ::chmod(from.c_str(), 04775);
  const mode_t before = ::umask(027);
  BOOST_TEST(copy(from, to).bytes == 4U);
  ::umask(before);
  BOOST_TEST((status(to).st_mode & 07777) == 0750U);
  // An overwritten file keeps its own.
  ::chmod(to.c_str(), 0604);
  copy_options durable = overwriting();
  durable.sync = true;
  BOOST_TEST(copy(from, to, durable).bytes == 4U);
  BOOST_TEST((status(to).st_mode & 07777) == 0604U);
}

BOOST_AUTO_TEST_CASE(many_copies_run_on_a_context_of_several_threads) {
  make_large_file(from, 9 * mebibyte);
  const elsewhere other;
  asio::thread_pool pool(4);
  std::atomic<int> succeeded = 0;
  constexpr int count = 12;
  for (int i = 0; i != count; ++i) {
    const std::string name = std::to_string(i);
    const bool is_away = other.is_there() && i % 2 == 0;
    asiofile::async_copy_file(pool, from, is_away ? other.path(name) : directory.path(name),
                              [&](error_code ec, std::uint64_t n) {
                                if (!ec && n == 9 * mebibyte) ++succeeded;
                              });
  }
  pool.join();
  BOOST_TEST(succeeded == count);
  BOOST_TEST(is_large_file(directory.path("1"), 9 * mebibyte));
  if (other.is_there()) BOOST_TEST(is_large_file(other.path("0"), 9 * mebibyte));
}

BOOST_AUTO_TEST_CASE(a_deferred_copy_can_be_launched_twice_and_awaited) {
  write_file(from, "text");
  const auto deferred = asiofile::async_copy_file(context.get_executor(), from, to, asio::deferred);
  std::vector<error_code> given;
  for (int i = 0; i != 2; ++i)
    deferred([&](error_code ec, std::uint64_t) { given.push_back(ec); });
  std::uint64_t awaited = 0;
  const auto coroutine = [&]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    awaited = co_await asiofile::async_copy_file(executor, from, directory.path("third"),
                                                 copy_options(), asio::use_awaitable);
  };
  asio::co_spawn(context, coroutine, asio::detached);
  context.run();
  BOOST_REQUIRE(given.size() == 2U);
  BOOST_TEST((given[0] == error_code()) != (given[1] == error_code()));
  BOOST_TEST((given[0] == posix_error(EEXIST)) != (given[1] == posix_error(EEXIST)));
  BOOST_TEST(read_file(to) == "text");
  BOOST_TEST(awaited == 4U);
}

BOOST_AUTO_TEST_CASE(a_link_is_followed_on_both_sides) {
  write_file(directory.path("source"), "text");
  std::filesystem::create_symlink("source", from);
  std::filesystem::create_symlink("target", to);
  BOOST_TEST(copy(from, to) == size_found({}, 4));
  BOOST_TEST(read_file(directory.path("target")) == "text");
  BOOST_TEST(std::filesystem::is_symlink(to));
}

BOOST_AUTO_TEST_CASE(a_file_copied_onto_itself_is_unharmed) {
  write_file(from, "text");
  std::filesystem::create_symlink("from", directory.path("soft"));
  std::filesystem::create_hard_link(from, directory.path("hard"));
  for (const char* const name : {"from", "soft", "hard"}) {
    BOOST_TEST(copy(from, directory.path(name)).error == posix_error(EEXIST));
    BOOST_TEST(copy(from, directory.path(name), overwriting()).error == posix_error(EINVAL));
  }
  BOOST_TEST(read_file(from) == "text");
  BOOST_TEST(names_in(directory.root()) == 3);
}

BOOST_AUTO_TEST_CASE(mistakes_leave_everything_as_it_was) {
  write_file(from, "text");
  write_file(to, "old");
  const auto fails = [&](const std::string& source, const std::string& target, int error) {
    BOOST_TEST(copy(source, target, overwriting()) == size_found(posix_error(error), 0));
  };
  BOOST_TEST(copy(from, to) == size_found(posix_error(EEXIST), 0));
  fails(directory.path("missing"), to, ENOENT);
  fails(directory.root(), to, EISDIR);
  fails(from, directory.root(), EISDIR);
  fails(from, directory.path("no/such"), ENOENT);
  fails(from, directory.path(std::string(300, 'n')), ENAMETOOLONG);
  fails(directory.path(std::string(300, 'n')), to, ENAMETOOLONG);
  fails(from, to + "/below", ENOTDIR);
  fails(from, to + std::string(1, '\0'), EINVAL);
  fails(from + std::string(1, '\0'), to, EINVAL);
  fails(from, "/dev/null", EOPNOTSUPP);
  BOOST_TEST(read_file(to) == "old");
  BOOST_TEST(names_in(directory.root()) == 2);
}

BOOST_AUTO_TEST_CASE(a_file_that_appears_meanwhile_is_not_overwritten) {
  make_large_file(from, 40 * mebibyte);
  copy_options options;
  options.progress = [&](std::uint64_t copied, std::uint64_t total) {
    if (copied < total && ::access(to.c_str(), F_OK) != 0) write_file(to, "another's");
  };
  BOOST_TEST(copy(from, to, options).error == posix_error(EEXIST));
  BOOST_TEST(read_file(to) == "another's");
  BOOST_TEST(names_in(directory.root()) == 2);
}

BOOST_AUTO_TEST_CASE(a_source_that_shrinks_or_grows_meanwhile_ends) {
  const elsewhere other;
  std::vector<std::string> targets{to};
  if (other.is_there()) targets.push_back(other.path("to"));
  for (const std::string& target : targets) {
    for (const std::uint64_t size : {50 * mebibyte + 3, 90 * mebibyte}) {
      make_large_file(from, large_bytes);
      copy_options options = overwriting();
      options.progress = [&](std::uint64_t copied, std::uint64_t total) {
        if (copied < total) BOOST_TEST(::truncate(from.c_str(), static_cast<off_t>(size)) == 0);
      };
      const std::uint64_t expected = std::min(size, large_bytes);
      BOOST_TEST(copy(from, target, options) == size_found({}, expected));
      BOOST_TEST(is_large_file(target, expected));
    }
  }
}

BOOST_AUTO_TEST_CASE(cancelling_is_all_or_nothing) {
  make_large_file(from, large_bytes);
  check_cancelling(directory.root());
  const elsewhere other;
  if (!other.is_there()) return skip("there is no other file system at /dev/shm");
  // Now the service has what it needs for that.
  BOOST_TEST(!copy(from, other.path("first"), overwriting()).error);
  const std::size_t descriptors = open_descriptor_count();
  check_cancelling(other.root());
  BOOST_TEST(open_descriptor_count() == descriptors);
}

BOOST_AUTO_TEST_CASE(waiting_for_a_fifo_can_be_cancelled) {
  const fifo pipe(directory.path("fifo"));
  for (const std::string& source : {pipe.path(), make_fifo(directory.path("unwritten"))}) {
    asio::cancellation_signal signal;
    error_code given;
    asiofile::async_copy_file(
        context, source, to,
        asio::bind_cancellation_slot(signal.slot(),
                                     [&](error_code ec, std::uint64_t) { given = ec; }));
    context.restart();
    context.run_for(30ms);
    signal.emit(asio::cancellation_type::partial);
    context.run();
    BOOST_TEST(given == asio::error::operation_aborted);
  }
  BOOST_TEST(::access(to.c_str(), F_OK) == -1);
}

BOOST_AUTO_TEST_CASE(the_end_of_the_context_leaves_no_partial_copy) {
  make_large_file(from, large_bytes);
  const elsewhere other;
  const std::size_t descriptors = open_descriptor_count();
  for (int i = 0; i != 20; ++i) {
    const std::string root = i % 2 == 0 || !other.is_there() ? directory.root() : other.root();
    const std::ptrdiff_t names = names_in(root);
    auto ending = std::make_unique<asio::io_context>();
    asiofile::async_copy_file(*ending, from, root + "/to", [](error_code, std::uint64_t) {});
    ending->run_for(std::chrono::milliseconds(2 * i));
    ending.reset();
    if (::access((root + "/to").c_str(), F_OK) == 0) {
      BOOST_TEST(is_large_file(root + "/to", large_bytes));
      std::filesystem::remove(root + "/to");
    }
    BOOST_TEST(names_in(root) == names);
  }
  BOOST_TEST(open_descriptor_count() == descriptors);
}

BOOST_AUTO_TEST_SUITE_END()
