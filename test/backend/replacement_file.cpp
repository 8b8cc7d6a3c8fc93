// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// New content for a file, written in parts: nothing changes before the commit, and then everything.

#include "file_contents.hpp"
#include "open_descriptors.hpp"
#include "run_operation.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"
#include "watchdog.hpp"

#include <asiofile/directory.hpp>
#include <asiofile/file_writer.hpp>
#include <asiofile/replacement_file.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <boost/asio/write_at.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::replacement_file;
using boost::system::error_code;
using namespace std::chrono_literals;
using namespace test_support;

namespace {

struct fixture {
  watchdog time_limit{30s};
  temporary_directory directory;
  asio::io_context context;
  const std::string path = directory.path("file");
  replacement_file replacement{context};
  asiofile::random_access_file committed{context};

  fixture() { write_file(path, "old"); }

  error_code open(const asiofile::replacement_options& options = {}) {
    return run_status(context, [&](auto handler) {
      replacement.async_open(path, options, std::move(handler));
    });
  }

  transfer write(std::string_view text) {
    return run_transfer(context, [&](auto handler) {
      asio::async_write(replacement, asio::buffer(text), std::move(handler));
    });
  }

  error_code commit() {
    return run_status(context, [&](auto handler) {
      replacement.async_commit([&, handler](error_code ec, asiofile::random_access_file file) {
        committed = std::move(file);
        handler(ec);
      });
    });
  }

  error_code discard() {
    return run_status(context,
                      [&](auto handler) { replacement.async_discard(std::move(handler)); });
  }

  // The number of names in the directory.
  [[nodiscard]] std::ptrdiff_t names() const {
    return std::distance(std::filesystem::directory_iterator(directory.root()), {});
  }

  [[nodiscard]] bool is_untouched() const { return read_file(path) == "old" && names() == 1; }
};

bool becomes_true(const auto& condition) {
  for (int i = 0; i != 2000 && !condition(); ++i) std::this_thread::sleep_for(1ms);
  return condition();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(replacement_files, fixture)

BOOST_AUTO_TEST_CASE(a_file_gets_what_was_written_when_it_is_committed) {
  BOOST_TEST(!replacement.is_open());
  BOOST_TEST(open() == error_code());
  BOOST_TEST(replacement.is_open());
  BOOST_TEST(write("some ") == transfer({}, 5));
  BOOST_TEST(write("content") == transfer({}, 7));
  BOOST_TEST(read_file(path) == "old");
  BOOST_TEST(commit() == error_code());
  BOOST_TEST(!replacement.is_open());
  BOOST_TEST(read_file(path) == "some content");
  BOOST_TEST(names() == 1);
}

BOOST_AUTO_TEST_CASE(a_commit_gives_the_new_file_for_reading_and_writing) {
  open();
  write("content");
  BOOST_TEST(commit() == error_code());
  BOOST_TEST(committed.is_open());
  std::string found(7, '\0');
  BOOST_TEST(committed.read_some_at(0, asio::buffer(found)) == 7U);
  BOOST_TEST(found == "content");
  BOOST_TEST(committed.write_some_at(0, asio::buffer("C", 1)) == 1U);
  BOOST_TEST(read_file(path) == "Content");
  struct stat its {}, named {};
  BOOST_TEST(::fstat(committed.native_handle(), &its) == 0);
  BOOST_TEST(::stat(path.c_str(), &named) == 0);
  BOOST_TEST(its.st_ino == named.st_ino);
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_created_with_the_permissions_and_the_umask) {
  std::filesystem::remove(path);
  const mode_t before = ::umask(022);
  BOOST_TEST(open({.permissions = 0664}) == error_code());
  write("new");
  BOOST_TEST(commit() == error_code());
  ::umask(before);
  BOOST_TEST(read_file(path) == "new");
  struct stat found {};
  BOOST_TEST(::stat(path.c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 07777) == 0644U);
}

BOOST_AUTO_TEST_CASE(rights_are_those_of_the_file_when_it_is_replaced) {
  ::chmod(path.c_str(), 0640);
  open({.permissions = 0666});
  write("new");
  ::chmod(path.c_str(), 0604);
  BOOST_TEST(commit() == error_code());
  struct stat found {};
  BOOST_TEST(::stat(path.c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 07777) == 0604U);
}

BOOST_AUTO_TEST_CASE(behind_a_symbolic_link_the_file_is_replaced) {
  const std::string link = directory.path("link");
  std::filesystem::create_symlink("file", link);
  BOOST_TEST(run_status(context, [&](auto handler) {
    replacement.async_open(link, std::move(handler));
  }) == error_code());
  write("new");
  BOOST_TEST(commit() == error_code());
  BOOST_TEST(std::filesystem::is_symlink(link));
  BOOST_TEST(read_file(path) == "new");
  BOOST_TEST(names() == 2);
}

BOOST_AUTO_TEST_CASE(writes_at_offsets_and_by_a_writer_are_part_of_it) {
  open();
  BOOST_TEST(run_transfer(context, [&](auto handler) {
    asio::async_write_at(replacement, 4, asio::buffer("tail", 4), std::move(handler));
  }) == transfer({}, 4));
  {
    asiofile::file_writer writer(replacement.file());
    run_transfer(context, [&](auto handler) {
      writer.async_write(asio::buffer("head", 4), std::move(handler));
    });
    // That closes the file object, which is not a commit.
    BOOST_TEST(run_status(context, [&](auto handler) { writer.async_close(std::move(handler)); }) ==
               error_code());
  }
  BOOST_TEST(is_untouched());
  BOOST_TEST(replacement.is_open());
  BOOST_TEST(open() == make_error_code(asio::error::already_open));
  BOOST_TEST(commit() == error_code());
  BOOST_TEST(read_file(path) == "headtail");
}

BOOST_AUTO_TEST_CASE(without_a_commit_nothing_has_happened) {
  const std::size_t descriptors = open_descriptor_count();
  for (const bool is_large : {false, true}) {
    open();
    write(is_large ? std::string(5'000'000, 'n') : "new");
    BOOST_TEST(discard() == error_code());
    BOOST_TEST(!replacement.is_open());
    BOOST_TEST(!replacement.file().is_open());
    BOOST_TEST(is_untouched());
    BOOST_TEST(open_descriptor_count() <= descriptors + 6);
    BOOST_TEST(commit() == posix_error(EBADF));
  }
  BOOST_TEST(discard() == error_code());
  open();
  write("new");
  replacement = replacement_file(context);
  BOOST_TEST(!replacement.is_open());
  BOOST_TEST(becomes_true([&] { return names() == 1; }));
  BOOST_TEST(is_untouched());
}

BOOST_AUTO_TEST_CASE(no_descriptor_stays_open) {
  const auto once = [&] {
    open();
    write("new");
    commit();
    committed.close();
    open();
    write("new");
    discard();
  };
  once();
  const std::size_t before = open_descriptor_count();
  for (int i = 0; i != 5; ++i) once();
  // A worker may still be closing one.
  BOOST_TEST(wait_until([&] { return open_descriptor_count() <= before; }));
}

BOOST_AUTO_TEST_CASE(one_that_is_closed_reports_so) {
  BOOST_TEST(write("new") == transfer(posix_error(EBADF), 0));
  BOOST_TEST(commit() == posix_error(EBADF));
  BOOST_TEST(!committed.is_open());
  BOOST_TEST(is_untouched());
  open();
  BOOST_TEST(open() == make_error_code(asio::error::already_open));
  write("new");
  BOOST_TEST(commit() == error_code());
  BOOST_TEST(commit() == posix_error(EBADF));
  BOOST_TEST(write("more") == transfer(posix_error(EBADF), 0));
  BOOST_TEST(read_file(path) == "new");
}

BOOST_AUTO_TEST_CASE(one_object_replaces_again_and_again) {
  for (const std::string_view text : {"one", "two", "three"}) {
    BOOST_TEST(open() == error_code());
    BOOST_TEST(write(text) == transfer({}, text.size()));
    BOOST_TEST(commit() == error_code());
    BOOST_TEST(read_file(path) == text);
  }
  replacement_file moved(std::move(replacement));
  BOOST_TEST(!moved.is_open());
  BOOST_TEST(open() == error_code());
  moved = std::move(replacement);
  BOOST_TEST(moved.is_open());
  BOOST_TEST(!replacement.is_open());
  replacement = std::move(moved);
  write("four");
  BOOST_TEST(commit() == error_code());
  BOOST_TEST(read_file(path) == "four");
}

BOOST_AUTO_TEST_CASE(mistakes_leave_everything_as_it_was) {
  const auto open_at = [&](const std::string& target) {
    return run_status(context, [&](auto handler) {
      replacement.async_open(target, std::move(handler));
    });
  };
  BOOST_TEST(open_at(directory.root()) == posix_error(EISDIR));
  BOOST_TEST(open_at(directory.path("no/such")) == posix_error(ENOENT));
  BOOST_TEST(open_at("") == posix_error(ENOENT));
  BOOST_TEST(open_at(path + std::string(1, '\0')) == posix_error(EINVAL));
  BOOST_TEST(open_at("/dev/null") == posix_error(EOPNOTSUPP));
  BOOST_TEST(open({.permissions = 010000}) == posix_error(EINVAL));
  BOOST_TEST(!replacement.is_open());
  BOOST_TEST(commit() == posix_error(EBADF));
  BOOST_TEST(is_untouched());
}

BOOST_AUTO_TEST_CASE(what_the_commit_finds_wrong_leaves_nothing) {
  open();
  write("new");
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  BOOST_TEST(commit() == posix_error(EISDIR));
  BOOST_TEST(!committed.is_open());
  BOOST_TEST(!replacement.is_open());
  BOOST_TEST(std::filesystem::is_directory(path));
  BOOST_TEST(names() == 1);
}

BOOST_AUTO_TEST_CASE(a_commit_waits_for_the_writes_in_flight) {
  open();
  const std::string text = pattern(3, 0, 8'000'000);
  constexpr std::size_t pieces = 8;
  std::size_t written = 0;
  for (std::size_t i = 0; i != pieces; ++i) {
    const std::size_t size = text.size() / pieces;
    replacement.async_write_some_at(i * size, asio::buffer(text.data() + i * size, size),
                                    [&, size](error_code ec, std::size_t n) {
                                      BOOST_TEST(!ec);
                                      BOOST_TEST(n == size);
                                      ++written;
                                    });
  }
  std::optional<error_code> late;
  std::optional<error_code> second;
  replacement.async_commit([&](error_code ec, const asiofile::random_access_file&) {
    BOOST_TEST(!ec);
    BOOST_TEST(written == pieces);
    BOOST_TEST((read_file(path) == text));
  });
  replacement.async_write_some(asio::buffer("late", 4),
                               [&](error_code ec, std::size_t) { late = ec; });
  replacement.async_commit(
      [&](error_code ec, const asiofile::random_access_file&) { second = ec; });
  context.restart();
  context.run();
  BOOST_TEST((late == posix_error(EBADF)));
  BOOST_TEST((second == posix_error(EBADF)));
  BOOST_TEST(names() == 1);
}

BOOST_AUTO_TEST_CASE(a_commit_goes_on_without_its_object) {
  open();
  write("new");
  std::optional<error_code> result;
  {
    replacement_file other(std::move(replacement));
    other.async_commit([&](error_code ec, const asiofile::random_access_file&) { result = ec; });
  }
  context.restart();
  context.run();
  BOOST_TEST((result == error_code()));
  BOOST_TEST(read_file(path) == "new");
}

BOOST_AUTO_TEST_CASE(a_clone_stays_open_on_the_committed_file) {
  open();
  write("new");
  asiofile::random_access_file clone = replacement.file().clone();
  BOOST_TEST(commit() == error_code());
  BOOST_TEST(clone.write_some_at(3, asio::buffer("er", 2)) == 2U);
  BOOST_TEST(read_file(path) == "newer");
}

BOOST_AUTO_TEST_CASE(of_two_commits_to_one_name_the_later_wins) {
  replacement_file other(context);
  open();
  write("one");
  run_status(context, [&](auto handler) { other.async_open(path, std::move(handler)); });
  run_transfer(context, [&](auto handler) {
    asio::async_write(other, asio::buffer("two", 3), std::move(handler));
  });
  BOOST_TEST(commit() == error_code());
  BOOST_TEST(read_file(path) == "one");
  run_status(context, [&](auto handler) {
    other.async_commit(
        [handler](error_code ec, const asiofile::random_access_file&) { handler(ec); });
  });
  BOOST_TEST(read_file(path) == "two");
  BOOST_TEST(names() == 1);
}

BOOST_AUTO_TEST_CASE(of_many_at_a_time_one_wins) {
  std::filesystem::remove(path);
  constexpr std::size_t count = 8;
  std::vector<replacement_file> all;
  for (std::size_t i = 0; i != count; ++i) {
    all.emplace_back(context);
    run_status(context, [&](auto handler) { all[i].async_open(path, std::move(handler)); });
    const std::string text(100'000, static_cast<char>('a' + i));
    run_transfer(context, [&](auto handler) {
      asio::async_write(all[i], asio::buffer(text), std::move(handler));
    });
  }
  std::size_t succeeded = 0;
  for (replacement_file& each : all)
    each.async_commit([&](error_code ec, const asiofile::random_access_file&) {
      succeeded += ec ? 0U : 1U;
    });
  context.restart();
  context.run();
  BOOST_TEST(succeeded == count);
  const std::string found = read_file(path);
  BOOST_TEST(found.size() == 100'000U);
  BOOST_TEST(all_are(found, found[0]));
  BOOST_TEST(names() == 1);
}

BOOST_AUTO_TEST_CASE(cancelling_a_commit_is_all_or_nothing) {
  const std::string text(4'000'000, 'n');
  for (int i = 0; i != 12; ++i) {
    write_file(path, "old");
    open();
    write(text);
    asio::cancellation_signal signal;
    std::optional<error_code> given;
    replacement.async_commit(asio::bind_cancellation_slot(
        signal.slot(), [&](error_code ec, const asiofile::random_access_file& file) {
          given = ec;
          BOOST_TEST(file.is_open() == !ec);
        }));
    context.restart();
    context.run_for(std::chrono::microseconds(i * i * 300));
    signal.emit(asio::cancellation_type::total);
    context.run();
    BOOST_REQUIRE(given.has_value());
    const bool is_aborted = *given == asio::error::operation_aborted;
    BOOST_TEST((is_aborted || !*given));
    BOOST_TEST((i != 0 || is_aborted));
    BOOST_TEST((read_file(path) == (is_aborted ? "old" : text)));
    BOOST_TEST(names() == 1);
  }
}

BOOST_AUTO_TEST_CASE(cancelling_an_open_leaves_nothing) {
  asio::cancellation_signal signal;
  std::optional<error_code> given;
  replacement.async_open(path, asio::bind_cancellation_slot(signal.slot(),
                                                            [&](error_code ec) { given = ec; }));
  signal.emit(asio::cancellation_type::terminal);
  context.run();
  BOOST_TEST((given == asio::error::operation_aborted));
  BOOST_TEST(!replacement.is_open());
  BOOST_TEST(open() == error_code());
}

BOOST_AUTO_TEST_CASE(discarding_during_the_open_leaves_nothing) {
  std::optional<error_code> given;
  replacement.async_open(path, [&](error_code ec) { given = ec; });
  std::optional<error_code> discarded;
  replacement.async_discard([&](error_code ec) { discarded = ec; });
  context.run();
  BOOST_TEST((given == asio::error::operation_aborted));
  BOOST_TEST((discarded == error_code()));
  BOOST_TEST(!replacement.is_open());
  BOOST_TEST(becomes_true([&] { return names() == 1; }));
  BOOST_TEST(open() == error_code());
}

BOOST_AUTO_TEST_CASE(the_end_of_the_context_is_all_or_nothing) {
  const std::string text(4'000'000, 'n');
  const std::size_t descriptors = open_descriptor_count();
  for (int i = 0; i != 10; ++i) {
    write_file(path, "old");
    auto other = std::make_unique<asio::io_context>();
    auto its = std::make_unique<replacement_file>(*other);
    run_status(*other, [&](auto handler) { its->async_open(path, std::move(handler)); });
    run_transfer(*other, [&](auto handler) {
      asio::async_write(*its, asio::buffer(text), std::move(handler));
    });
    its->async_commit([](error_code, const asiofile::random_access_file&) {});
    other->restart();
    other->run_for(std::chrono::milliseconds(i * 2));
    if (i % 2 == 0) its.reset();
    other.reset();
    its.reset();
    const std::string found = read_file(path);
    BOOST_TEST((found == "old" || found == text));
    BOOST_TEST(names() == 1);
  }
  BOOST_TEST(open_descriptor_count() == descriptors);
}

BOOST_AUTO_TEST_CASE(beneath_a_directory_nothing_else_is_replaced) {
  asiofile::directory root(context, directory.root());
  const auto open_beneath = [&](const std::string& target) {
    return run_status(context, [&](auto handler) {
      replacement.async_open_beneath(root, target, std::move(handler));
    });
  };
  BOOST_TEST(open_beneath("../file") == posix_error(EXDEV));
  BOOST_TEST(open_beneath("/etc/hostname") == posix_error(EXDEV));
  BOOST_TEST(open_beneath("file") == error_code());
  write("new");
  // The directory object may be closed meanwhile.
  root.close();
  BOOST_TEST(commit() == error_code());
  BOOST_TEST(read_file(path) == "new");
  BOOST_TEST(open_beneath("file") == posix_error(EBADF));
  BOOST_TEST(names() == 1);
}

BOOST_AUTO_TEST_CASE(direct_writes_are_aligned) {
  const error_code ec = open({.direct = true});
  if (ec == posix_error(EINVAL)) return;  // the file system has none
  BOOST_TEST(ec == error_code());
  const auto needed = replacement.file().alignment();
  BOOST_TEST(needed.offset_bytes > 1U);
  BOOST_TEST(discard() == error_code());
}

BOOST_AUTO_TEST_CASE(in_a_child_it_is_the_parents) {
  open();
  write("new");
  context.notify_fork(asio::execution_context::fork_prepare);
  const pid_t child = ::fork();
  if (child == 0) {
    context.notify_fork(asio::execution_context::fork_child);
    std::optional<error_code> given;
    replacement.async_commit(
        [&](error_code ec, const asiofile::random_access_file&) { given = ec; });
    context.restart();
    context.run();
    ::_exit(given == posix_error(EPERM) && read_file(path) == "old" ? 0 : 1);
  }
  context.notify_fork(asio::execution_context::fork_parent);
  int status = -1;
  BOOST_TEST(::waitpid(child, &status, 0) == child);
  BOOST_TEST(status == 0);
  BOOST_TEST(commit() == error_code());
  BOOST_TEST(read_file(path) == "new");
}

BOOST_AUTO_TEST_CASE(tokens_give_the_file) {
  auto opening = replacement.async_open(path, asio::deferred);
  std::move(opening)([](error_code ec) { BOOST_TEST(!ec); });
  context.run();
  write("new");
  auto commit = replacement.async_commit(asio::use_future);
  context.restart();
  context.run();
  const asiofile::random_access_file file = commit.get();
  BOOST_TEST(file.size() == 3U);
  auto closed = replacement.async_commit(asio::use_future);
  context.restart();
  context.run();
  BOOST_CHECK_THROW(closed.get(), boost::system::system_error);
}

BOOST_AUTO_TEST_SUITE_END()
