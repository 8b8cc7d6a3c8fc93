// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Opening FIFOs without waiting for their other end.

#include "system/fifo_open.hpp"

#include "fifo.hpp"
#include "file_contents.hpp"
#include "system/system_calls.hpp"
#include "temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <string>

using namespace asiofile::detail;

namespace {

struct fixture {
  std::int64_t open(const std::string& path, int flags) {
    return open_without_peer(*kernel_calls(), AT_FDCWD, path.c_str(), flags | O_CLOEXEC, 0600);
  }
  test_support::temporary_directory directory;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(fifo_opens, fixture)

BOOST_AUTO_TEST_CASE(a_fifo_is_known_by_its_name) {
  const std::string path = test_support::make_fifo(directory.path("fifo"));
  BOOST_TEST(names_fifo(*kernel_calls(), AT_FDCWD, path.c_str()));
  BOOST_TEST(!names_fifo(*kernel_calls(), AT_FDCWD, directory.root().c_str()));
  BOOST_TEST(!names_fifo(*kernel_calls(), AT_FDCWD, directory.path("missing").c_str()));
}

BOOST_AUTO_TEST_CASE(one_to_be_read_is_open_at_once) {
  const std::string path = test_support::make_fifo(directory.path("fifo"));
  const std::int64_t fd = open(path, O_RDONLY);
  BOOST_REQUIRE(fd >= 0);
  BOOST_TEST((::fcntl(static_cast<int>(fd), F_GETFL) & O_NONBLOCK) != 0);
  ::close(static_cast<int>(fd));
}

BOOST_AUTO_TEST_CASE(one_to_be_written_is_open_when_it_has_a_reader) {
  const std::string path = test_support::make_fifo(directory.path("fifo"));
  BOOST_TEST(open(path, O_WRONLY) == -EAGAIN);
  const std::int64_t reader = open(path, O_RDONLY);
  const std::int64_t writer = open(path, O_WRONLY);
  BOOST_TEST(writer >= 0);
  ::close(static_cast<int>(writer));
  ::close(static_cast<int>(reader));
}

BOOST_AUTO_TEST_CASE(other_files_are_opened_as_ever) {
  const std::int64_t made = open(directory.path("file"), O_WRONLY | O_CREAT);
  BOOST_REQUIRE(made >= 0);
  ::close(static_cast<int>(made));
  BOOST_TEST(open(directory.path("missing"), O_RDONLY) == -ENOENT);
  BOOST_TEST(open(directory.root(), O_WRONLY) == -EISDIR);
}

#if defined(F_SETLEASE)
// With O_NONBLOCK, open(2) fails if another process has a lease.
BOOST_AUTO_TEST_CASE(a_lease_is_waited_for) {
  const std::string path = directory.path("file");
  test_support::write_file(path, "leased");
  const int holder = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  BOOST_REQUIRE(::fcntl(holder, F_SETLEASE, F_RDLCK) == 0);
  static int held;
  held = holder;
  // The signal that asks for the lease.
  const auto before = std::signal(SIGIO, [](int) {
    const int saved = errno;
    ::fcntl(held, F_SETLEASE, F_UNLCK);
    errno = saved;
  });
  const std::int64_t fd = open(path, O_WRONLY);
  BOOST_TEST(fd >= 0);
  std::signal(SIGIO, before);
  ::close(static_cast<int>(fd));
  ::close(holder);
}
#endif

BOOST_AUTO_TEST_SUITE_END()
