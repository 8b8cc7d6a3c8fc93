// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Nothing in a path leads out of the directory beneath which a file is opened, on every backend.

#include "fifo.hpp"
#include "file_contents.hpp"
#include "limit_in_flight.hpp"
#include "linux_only.hpp"
#include "open_descriptors.hpp"
#include "run_operation.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace filesystem = std::filesystem;
using asiofile::file_base;
using asiofile::random_access_file;
using asiofile::stream_file;
using test_support::error_code;
using test_support::posix_error;
using namespace std::chrono_literals;

namespace {

using status_handler = std::function<void(error_code)>;

struct fixture {
  test_support::temporary_directory directory;
  test_support::watchdog limit{60s};
  asio::io_context context;
  std::string root = directory.path("root");
  random_access_file file{context};

  fixture() {
    filesystem::create_directories(root + "/dir/sub");
    test_support::write_file(root + "/file", "in the root");
    test_support::write_file(root + "/dir/file", "in dir");
    test_support::write_file(directory.path("outside"), "outside");
    filesystem::create_symlink("dir", root + "/to_dir");
    filesystem::create_symlink("../../outside", root + "/dir/out");
    filesystem::create_symlink("/etc/passwd", root + "/absolute");
    filesystem::create_symlink("..", root + "/up");
    filesystem::create_symlink("../new", root + "/dir/to_new");
    filesystem::create_symlink("loop", root + "/loop");
  }

  error_code open(const std::string& path, file_base::flags flags = file_base::read_only) {
    return test_support::run_status(context, [&](auto handler) {
      file.async_open_beneath(root, path, flags, status_handler(std::move(handler)));
    });
  }
  error_code open(const random_access_file& from, const std::string& path,
                  file_base::flags flags = file_base::read_only) {
    return test_support::run_status(context, [&](auto handler) {
      file.async_open_beneath(from, path, flags, status_handler(std::move(handler)));
    });
  }

  // Opens in every way, closes, and returns the error that all of them reported.
  error_code open_in_every_way(const std::string& path,
                               file_base::flags flags = file_base::read_only) {
    const random_access_file from(context, root, file_base::read_only);
    const error_code expected = open(path, flags);
    file.close();
    BOOST_TEST(open(from, path, flags) == expected);
    file.close();
    error_code ec;
    file.open_beneath(root, path, flags, ec);
    BOOST_TEST(ec == expected);
    BOOST_TEST(file.is_open() == !expected);
    file.close();
    file.open_beneath(from, path, flags, ec);
    BOOST_TEST(ec == expected);
    file.close();
    return expected;
  }

  std::string content() {
    std::array<char, 64> buffer{};
    const auto found = test_support::run_transfer(context, [&](auto handler) {
      file.async_read_some_at(0, asio::buffer(buffer), std::move(handler));
    });
    return {buffer.data(), found.bytes};
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(open_beneath, fixture)

BOOST_AUTO_TEST_CASE(what_stays_beneath_the_root_is_opened) {
  for (const char* const path : {"dir/file", "to_dir/file", "dir/../dir/file", "./dir//sub/../file",
                                 "dir/sub/../../to_dir/file"}) {
    BOOST_TEST(open_in_every_way(path) == error_code());
    BOOST_TEST(open(path) == error_code());
    BOOST_TEST(content() == "in dir");
    file.close();
  }
}

BOOST_AUTO_TEST_CASE(what_leads_out_is_not) {
  for (const char* const path :
       {"..", "../outside", "../root/file", "dir/../../outside", "/etc/passwd", "/", "dir/out",
        "to_dir/out", "absolute", "up", "up/outside", "to_dir/../up/root/file"})
    BOOST_TEST(open_in_every_way(path) == posix_error(EXDEV), path);
  const file_base::flags making = file_base::write_only | file_base::create | file_base::truncate;
  for (const char* const path : {"../new", "dir/out", "up/new", "/tmp/new"})
    BOOST_TEST(open_in_every_way(path, making) == posix_error(EXDEV), path);
  BOOST_TEST(test_support::read_file(directory.path("outside")) == "outside");
  BOOST_TEST(!filesystem::exists(directory.path("new")));
  if (!test_support::has_linux("links of /proc that stand for what a process has open")) return;
  root = "/proc/self";
  BOOST_TEST(open_in_every_way("root/etc/passwd") == posix_error(ELOOP));
  BOOST_TEST(open_in_every_way("cwd") == posix_error(ELOOP));
  BOOST_TEST(open_in_every_way("fd/0") == posix_error(ELOOP));
}

BOOST_AUTO_TEST_CASE(mistakes_are_told_as_open_tells_them) {
  BOOST_TEST(open_in_every_way("missing") == posix_error(ENOENT));
  BOOST_TEST(open_in_every_way("") == posix_error(ENOENT));
  BOOST_TEST(open_in_every_way("file/x") == posix_error(ENOTDIR));
  BOOST_TEST(open_in_every_way("loop") == posix_error(ELOOP));
  BOOST_TEST(open_in_every_way("dir", file_base::write_only) == posix_error(EISDIR));
  BOOST_TEST(open_in_every_way(std::string(256, 'n')) == posix_error(ENAMETOOLONG));
  BOOST_TEST(open_in_every_way(std::string(5000, 'n')) == posix_error(ENAMETOOLONG));
  BOOST_TEST(open_in_every_way(std::string("file\0x", 6)) == posix_error(EINVAL));
  BOOST_TEST(open_in_every_way("dir", file_base::read_write | file_base::temporary) ==
             posix_error(EINVAL));
  BOOST_TEST(open_in_every_way("file", static_cast<file_base::flags>(O_ASYNC)) ==
             posix_error(EINVAL));
  const random_access_file closed(context);
  BOOST_TEST(open(closed, "file") == posix_error(EBADF));
  const random_access_file no_directory(context, root + "/file", file_base::read_only);
  BOOST_TEST(open(no_directory, "file") == posix_error(ENOTDIR));
  root = directory.path("outside");
  BOOST_TEST(open("file") == posix_error(ENOTDIR));
  root = directory.path("missing");
  BOOST_TEST(open("file") == posix_error(ENOENT));
  root = std::string("/\0x", 3);
  BOOST_TEST(open("file") == posix_error(EINVAL));
  BOOST_CHECK_THROW(file.open_beneath(root, "file", file_base::read_only),
                    boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(who_has_no_permission_is_told_so) {
  if (::geteuid() != 0) return test_support::skip("only root can become another user");
  BOOST_REQUIRE(::chmod((root + "/dir").c_str(), 0700) == 0);
  const random_access_file from(context, root, file_base::read_only);
  asio::io_context own;
  random_access_file opened(own);
  BOOST_REQUIRE(::seteuid(65534) == 0);
  const error_code refused = test_support::run_status(own, [&](auto handler) {
    opened.async_open_beneath(from, "dir/file", file_base::read_only,
                              status_handler(std::move(handler)));
  });
  BOOST_REQUIRE(::seteuid(0) == 0);
  BOOST_TEST(refused == posix_error(EACCES));
}

BOOST_AUTO_TEST_CASE(files_are_made_and_flags_count_as_for_open) {
  const mode_t mask = ::umask(022);
  const file_base::flags making = file_base::write_only | file_base::create | file_base::exclusive;
  BOOST_TEST(open("dir/made", making) == error_code());
  BOOST_TEST(file.status().permissions == 0644);
  ::umask(mask);
  BOOST_TEST(open("dir/other", making) == asio::error::already_open);
  BOOST_TEST(!filesystem::exists(root + "/dir/other"));
  file.close();
  BOOST_TEST(open_in_every_way("dir/made", making) == posix_error(EEXIST));
  BOOST_TEST(open("to_dir/to_new", file_base::write_only | file_base::create) == error_code());
  BOOST_TEST(filesystem::exists(root + "/new"));
  BOOST_TEST((::fcntl(file.native_handle(), F_GETFD) & FD_CLOEXEC) != 0);
  file.close();
  BOOST_TEST(open("file", file_base::write_only | file_base::truncate) == error_code());
  BOOST_TEST(file.size() == 0);
  file.close();
  BOOST_TEST(open("file", file_base::write_only | file_base::append | file_base::sync_on_close) ==
             error_code());
  BOOST_TEST((::fcntl(file.native_handle(), F_GETFL) & O_APPEND) != 0);
  const error_code synced = test_support::run_status(
      context, [&](auto handler) { file.async_close(status_handler(std::move(handler))); });
  BOOST_TEST(synced == error_code());
  const error_code direct = open("file", file_base::read_write | file_base::direct);
  random_access_file plain(context);
  error_code expected;
  plain.open(root + "/file", file_base::read_write | file_base::direct, expected);
  BOOST_TEST(direct == expected);
  BOOST_TEST(file.alignment(expected).offset_bytes == plain.alignment(expected).offset_bytes);
}

BOOST_AUTO_TEST_CASE(the_root_stays_what_it_was) {
  std::optional<random_access_file> from(std::in_place, context, root, file_base::read_only);
  const std::size_t descriptors = test_support::open_descriptor_count();
  std::vector<error_code> errors;
  file.async_open_beneath(*from, "dir/file", file_base::read_only,
                          [&](error_code ec) { errors.push_back(ec); });
  // The number is reused for another directory before the operation runs.
  const int number = from->release();
  const int other = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  BOOST_REQUIRE(::dup2(other, number) == number);
  from.reset();
  context.run();
  BOOST_TEST(errors.size() == 1U);
  BOOST_TEST(errors[0] == error_code());
  BOOST_TEST(content() == "in dir");
  ::close(other);
  ::close(number);
  file.close();
  BOOST_TEST(test_support::open_descriptor_count() == descriptors - 1);
  // A deferred one keeps what it needs, and releases it.
  {
    from.emplace(context, root, file_base::read_only);
    auto operation = file.async_open_beneath(*from, std::string("dir/file"), file_base::read_only,
                                             asio::deferred);
    from.reset();
    filesystem::rename(root, directory.path("moved"));
    std::move(operation)([&](error_code ec) { errors.push_back(ec); });
    context.restart();
    context.run();
  }
  BOOST_TEST(errors.size() == 2U);
  BOOST_TEST(errors.back() == error_code());
  BOOST_TEST(content() == "in dir");
  file.close();
  BOOST_TEST(test_support::open_descriptor_count() == descriptors - 1);
}

BOOST_AUTO_TEST_CASE(an_open_that_waits_can_be_cancelled_and_leaks_nothing) {
  test_support::make_fifo(root + "/dir/fifo");
  BOOST_TEST(open("file") == error_code());
  file.close();
  std::size_t descriptors = 0;
  for (int round = 0; round != 12; ++round) {
    asio::cancellation_signal signal;
    std::optional<random_access_file> waiting(context);
    std::vector<error_code> errors;
    waiting->async_open_beneath(
        root, "dir/fifo", file_base::read_only,
        asio::bind_cancellation_slot(signal.slot(),
                                     status_handler([&](error_code ec) { errors.push_back(ec); })));
    context.restart();
    if (round % 6 >= 3) context.run_for(10ms);
    if (round % 3 == 0) signal.emit(asio::cancellation_type::terminal);
    if (round % 3 == 1) waiting.reset();
    if (round % 3 == 2) waiting->close();
    context.restart();
    context.run();
    BOOST_TEST(errors.size() == 1U);
    BOOST_TEST(errors[0] == asio::error::operation_aborted);
    // After one of each the service has what it needs, except perhaps the notifier of a `close`
    // that has to wait.
    if (round < 6) descriptors = test_support::open_descriptor_count();
    BOOST_TEST(test_support::open_descriptor_count() <= descriptors + 1);
  }
}

BOOST_AUTO_TEST_CASE(a_context_that_ends_closes_what_was_opened) {
  test_support::make_fifo(root + "/fifo");
  const std::size_t descriptors = test_support::open_descriptor_count();
  for (int round = 0; round != 10; ++round) {
    asio::io_context own;
    random_access_file from(own, root, file_base::read_only);
    std::vector<random_access_file> files;
    for (int i = 0; i != 10; ++i) {
      files.emplace_back(own);
      files.back().async_open_beneath(from, i == 9 ? "fifo" : "file", file_base::read_only,
                                      status_handler([](error_code) {}));
    }
    if (round % 2 == 0) own.poll_one();
    if (round % 3 == 0) std::this_thread::sleep_for(1ms);
  }
  BOOST_TEST(test_support::open_descriptor_count() == descriptors);
}

// Another thread moves a directory out of the root and back repeatedly, while paths go up from it.
BOOST_AUTO_TEST_CASE(renames_meanwhile_do_not_lead_out) {
  test_support::write_file(directory.path("bait"), "outside");
  test_support::write_file(root + "/dir/bait", "inside");
  std::atomic<bool> is_over = false;
  std::thread renaming([&] {
    const std::string inside = root + "/dir/sub", outside = directory.path("sub");
    while (!is_over) {
      filesystem::rename(inside, outside);
      filesystem::rename(outside, inside);
    }
  });
  std::size_t opened = 0;
  for (int round = 0; round != 2000; ++round) {
    const error_code ec = open("dir/sub/../bait");
    if (!ec) {
      ++opened;
      if (content() != "inside") BOOST_ERROR("led out of the root");
      file.close();
    } else {
      BOOST_TEST((ec == posix_error(ENOENT) || ec == posix_error(EXDEV)), ec.message());
    }
  }
  is_over = true;
  renaming.join();
  BOOST_TEST(opened != 0U);
}

BOOST_AUTO_TEST_CASE(stream_files_have_it_too) {
  stream_file stream(context);
  const stream_file from(context, root, file_base::read_only);
  stream.open_beneath(from, "dir/file", file_base::read_only);
  std::array<char, 16> buffer{};
  BOOST_TEST(stream.read_some(asio::buffer(buffer)) == 6U);
  BOOST_CHECK_THROW(stream_file(context).open_beneath(from, "..", file_base::read_only),
                    boost::system::system_error);
}

// Then nothing can interrupt a thread in open(2).
BOOST_AUTO_TEST_CASE(a_fifo_that_waits_for_its_reader_ends_without_an_interrupt_signal_too) {
  test_support::make_fifo(root + "/fifo");
  asio::io_context deaf;
  asiofile::service_options options;
  options.interrupt_signal = -1;  // none
  asio::make_service<asiofile::file_service>(deaf, options);
  asio::cancellation_signal signal;
  stream_file cancelled(deaf), dropped(deaf), opened(deaf);
  error_code ended, found;
  cancelled.async_open_beneath(
      root, "fifo", file_base::write_only,
      asio::bind_cancellation_slot(signal.slot(), [&](error_code ec) {
        ended = ec;
        // A reader opens it.
        const int reader = ::open((root + "/fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        const auto write = [&, reader](error_code result) {
          found = result;
          BOOST_TEST(opened.write_some(asio::buffer("x", 1)) == 1U);
          ::close(reader);
          // And closes it: the next open waits when the context is destroyed.
          dropped.async_open_beneath(root, "fifo", file_base::write_only, [](error_code) {});
        };
        opened.async_open_beneath(root, "fifo", file_base::write_only, write);
      }));
  deaf.run_for(30ms);
  signal.emit(asio::cancellation_type::terminal);
  deaf.restart();
  deaf.run_for(200ms);
  BOOST_TEST(ended == asio::error::operation_aborted);
  BOOST_TEST(!found);
}

// open(2) reports the same error for a FIFO without a reader and for a socket, which never gets
// one.
BOOST_AUTO_TEST_CASE(a_socket_is_refused_at_once_without_an_interrupt_signal_too) {
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = root + "/socket";
  BOOST_REQUIRE(path.size() < sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  BOOST_REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  for (const int signal : {0, -1}) {
    asio::io_context its;
    asiofile::service_options options;
    options.interrupt_signal = signal;
    asio::make_service<asiofile::file_service>(its, options);
    stream_file opened(its);
    error_code found;
    opened.async_open_beneath(root, "socket", file_base::write_only,
                            [&](error_code ec) { found = ec; });
    its.run_for(10s);
    BOOST_TEST(found == posix_error(ENXIO));
  }
  ::close(listener);
}

BOOST_AUTO_TEST_SUITE_END()
