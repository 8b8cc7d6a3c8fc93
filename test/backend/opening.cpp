// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// How files are opened: the permissions of created files, and the error of an open that fails.

#include "cached_opens.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "run_operation.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using asiofile::stream_file;
using test_support::error_code;
using test_support::posix_error;

namespace {

const error_code success;

constexpr auto created = file_base::read_write | file_base::create | file_base::exclusive;

struct fixture {
  test_support::temporary_directory directory;
  asio::io_context context;
  test_support::watchdog limit{std::chrono::seconds(30)};

  std::string path(std::string_view name) { return directory.path(name); }

  // What an asynchronous open completes with.
  template <typename Start>
  error_code run(Start&& start) {
    return test_support::run_operation<error_code>(context, std::forward<Start>(start));
  }
};

class umask_setting {
 public:
  explicit umask_setting(mode_t mask) : before_(::umask(mask)) {}
  umask_setting(const umask_setting&) = delete;
  umask_setting& operator=(const umask_setting&) = delete;
  ~umask_setting() { ::umask(before_); }

 private:
  const mode_t before_;
};

std::uint32_t permissions_of(const std::string& path) {
  struct stat found {};
  BOOST_TEST(::stat(path.c_str(), &found) == 0, path);
  return found.st_mode & 07777U;
}

std::string text_of(const std::function<void()>& failing) {
  try {
    failing();
  } catch (const boost::system::system_error& thrown) {
    return thrown.what();
  }
  return "nothing was thrown";
}

void check_begins(const std::string& text, const std::string& beginning) {
  BOOST_TEST(text.substr(0, beginning.size()) == beginning, text);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(opening, fixture)

BOOST_AUTO_TEST_CASE(a_file_that_is_created_gets_the_permissions_given) {
  for (const mode_t mask : {0U, 022U, 077U}) {
    BOOST_TEST_CONTEXT("umask " << mask) {
      const umask_setting setting(mask);
      const auto expect = [&](const std::string& name, std::uint32_t given) {
        BOOST_TEST(permissions_of(path(name)) == (given & ~mask), name);
        ::unlink(path(name).c_str());
      };
      random_access_file(context).open(path("default"), created);
      expect("default", 0666);
      random_access_file(context, path("constructed"), created, 0640);
      expect("constructed", 0640);
      stream_file(context.get_executor(), path("constructed"), created, 0604);
      expect("constructed", 0604);
      random_access_file file(context);
      file.open(path("opened"), created, 0777);
      expect("opened", 0777);
      file.close();
      error_code ec;
      file.open(path("opened"), created, 0, ec);
      BOOST_TEST(ec == success);
      // They do not limit the open that creates the file.
      BOOST_TEST(file.write_some_at(0, asio::buffer("x", 1)) == 1U);
      expect("opened", 0);
      file.close();

      BOOST_TEST(run([&](auto handler) { file.async_open(path("async"), created, handler); }) ==
                 success);
      expect("async", 0666);
      file.close();
      BOOST_TEST(run([&](auto handler) {
                   file.async_open(path("async"), created, 0750, handler);
                 }) == success);
      expect("async", 0750);
      file.close();

      file.open_beneath(directory.path(""), "beneath", created);
      expect("beneath", 0666);
      file.close();
      file.open_beneath(directory.path(""), "beneath", created, 0600);
      expect("beneath", 0600);
      file.close();
      BOOST_TEST(run([&](auto handler) {
                   file.async_open_beneath(directory.path(""), "beneath", created, 0711, handler);
                 }) == success);
      expect("beneath", 0711);
      file.close();
      const random_access_file root(context, directory.path(""), file_base::read_only);
      BOOST_TEST(run([&](auto handler) {
                   file.async_open_beneath(root, "beneath", created, 0700, handler);
                 }) == success);
      expect("beneath", 0700);
    }
  }
}

BOOST_AUTO_TEST_CASE(permissions_matter_only_where_a_file_is_created) {
  test_support::write_file(path("file"), "content");
  const std::uint32_t before = permissions_of(path("file"));
  random_access_file file(context, path("file"), file_base::read_only | file_base::create, 0777);
  BOOST_TEST(permissions_of(path("file")) == before);
  random_access_file nobodys(context, directory.path(""),
                             file_base::read_write | file_base::temporary, 0777);
  BOOST_TEST(nobodys.status().permissions == 0600U);
}

BOOST_AUTO_TEST_CASE(permissions_out_of_range_are_refused) {
  random_access_file file(context);
  error_code ec;
  for (const std::uint32_t wrong : {010000U, 0100644U, 0xffff'ffffU}) {
    file.open(path("file"), created, wrong, ec);
    BOOST_TEST(ec == posix_error(EINVAL));
    BOOST_TEST(run([&](auto handler) { file.async_open(path("file"), created, wrong, handler); }) ==
               posix_error(EINVAL));
    file.open_beneath(directory.path(""), "file", created, wrong, ec);
    BOOST_TEST(ec == posix_error(EINVAL));
    BOOST_TEST(run([&](auto handler) {
                 file.async_open_beneath(directory.path(""), "file", created, wrong, handler);
               }) == posix_error(EINVAL));
  }
  BOOST_TEST(!file.is_open());
  struct stat found {};
  BOOST_TEST(::stat(path("file").c_str(), &found) == -1, "a file was created");
}

BOOST_AUTO_TEST_CASE(an_open_that_fails_names_operation_and_path) {
  random_access_file file(context);
  const std::string missing = path("missing");
  const auto flags = file_base::read_only;
  const std::string beginning = "open \"" + missing + "\": No such file or directory";
  check_begins(text_of([&] { file.open(missing, flags); }), beginning);
  check_begins(text_of([&] { file.open(missing.c_str(), flags); }), beginning);
  check_begins(text_of([&] { file.open(missing, flags, 0600); }), beginning);
  check_begins(text_of([&] { random_access_file(context, missing, flags); }), beginning);
  check_begins(text_of([&] { random_access_file(context.get_executor(), missing.c_str(), flags); }),
               beginning);
  check_begins(text_of([&] { stream_file(context, missing, flags, 0600); }), beginning);

  const std::string root = directory.path("");
  check_begins(text_of([&] { file.open_beneath(root, "../x", flags); }),
               "open_beneath \"../x\" in \"" + root + "\": ");
  check_begins(text_of([&] { file.open_beneath(random_access_file(context), "x", flags); }),
               "open_beneath \"x\": Bad file descriptor");
  // Characters that could end the quotes, or control a terminal, are escaped.
  check_begins(text_of([&] { file.open(std::string("a\"\\\n\x1b[2J\0b", 10), flags); }),
               R"(open "a\"\\\x0a\x1b[2J\x00b": Invalid argument)");
}

BOOST_AUTO_TEST_CASE(synchronous_functions_return_the_error_code_that_they_set) {
  random_access_file file(context);
  error_code ec;
#if defined(BOOST_ASIO_NO_DEPRECATED)
  static_assert(std::is_void_v<decltype(file.open(std::string(), created, ec))>);
#else
  const auto expect = [&](error_code returned, error_code expected) {
    BOOST_TEST(returned == ec);
    BOOST_TEST(returned == expected);
  };
  const error_code bad_descriptor = posix_error(EBADF);
  expect(file.cancel(ec), bad_descriptor);
  expect(file.resize(0, ec), bad_descriptor);
  expect(file.sync_all(ec), bad_descriptor);
  expect(file.sync_data(ec), bad_descriptor);
  expect(file.allocate(0, 1, ec), bad_descriptor);
  expect(file.advise(0, 1, asiofile::file_advice::normal, ec), bad_descriptor);
  expect(file.set_priority({}, ec), bad_descriptor);
  expect(file.register_descriptor(ec), bad_descriptor);
  expect(file.assign(-1, ec), bad_descriptor);
  expect(file.assign(-1, asiofile::borrowed, ec), bad_descriptor);
  expect(file.open(path("missing"), file_base::read_only, ec), posix_error(ENOENT));
  expect(file.open(path("missing").c_str(), file_base::read_only, ec), posix_error(ENOENT));
  expect(file.open(path("file"), created, 0600, ec), success);
  expect(file.open_beneath(directory.path(""), "x", file_base::read_only, ec),
         asio::error::already_open);
  expect(file.resize(1, ec), success);
  expect(file.sync_all(ec), success);
  expect(file.sync_data(ec), success);
  expect(file.cancel(ec), success);
  expect(file.close(ec), success);
#endif
}

BOOST_AUTO_TEST_CASE(an_open_tells_the_status_with_it) {
  test_support::write_file(path("file"), "content");
  const asiofile::directory root(context, directory.path(""));
  const auto check = [&](auto start) {
    asiofile::file_status told;
    BOOST_TEST(run([&](auto handler) {
                 start([handler, &told](error_code ec, const asiofile::file_status& status) {
                   told = status;
                   handler(ec);
                 });
               }) == success);
    return told;
  };
  // The first one is opened by a worker, the others from the caches.
  for (int i = 0; i != 3; ++i) {
    random_access_file plain(context), beneath(context), inner(context);
    const auto flags = file_base::read_only;
    for (const asiofile::file_status& told :
         {check([&](auto handler) { plain.async_open_with_status(path("file"), flags, handler); }),
          check([&](auto handler) {
            beneath.async_open_beneath_with_status(directory.path(""), "file", flags, handler);
          }),
          check([&](auto handler) {
            root.async_open_file_with_status(inner, "file", flags, handler);
          })}) {
      const asiofile::file_status expected = plain.status();
      BOOST_TEST((told.type == asiofile::file_type::regular));
      BOOST_TEST(told.size == 7U);
      BOOST_TEST(told.inode == expected.inode);
      BOOST_TEST(told.permissions == expected.permissions);
      BOOST_TEST((told.modification_time == expected.modification_time));
      BOOST_TEST((told.creation_time == expected.creation_time));
    }
    char bytes[8];
    for (random_access_file* const each : {&plain, &beneath, &inner})
      BOOST_TEST(each->read_some_at(0, asio::buffer(bytes)) == 7U);
  }
  random_access_file none(context);
  asiofile::file_status told;
  told.size = 1;
  BOOST_TEST(run([&](auto handler) {
               none.async_open_with_status(
                   path("missing"), file_base::read_only,
                   [handler, &told](error_code ec, const asiofile::file_status& status) {
                     told = status;
                     handler(ec);
                   });
             }) == posix_error(ENOENT));
  BOOST_TEST(told.size == 0U);
}

// A cached file needs no worker: the only one waits for a FIFO.
BOOST_AUTO_TEST_CASE(a_cached_file_is_opened_while_all_workers_are_occupied) {
  if (!test_support::has_cached_opens()) return;
  asio::io_context own;
  asiofile::service_options options;
  options.thread_count = 1;
  asio::make_service<asiofile::file_service>(own, options);
  test_support::write_file(path("file"), "content");
  const std::string fifo = test_support::make_fifo(path("fifo"));
  const asiofile::directory root(own, directory.path(""));
  random_access_file first(own), second(own), third(own), waiting(own);
  // By a worker, which determines the file system.
  BOOST_TEST(test_support::run_operation<error_code>(own, [&](auto handler) {
               first.async_open(path("file"), file_base::read_only, handler);
             }) == success);
  error_code waited = success;
  waiting.async_open(fifo, file_base::read_only, [&](error_code ec) { waited = ec; });
  own.poll();
  error_code opened = posix_error(EBUSY), beneath = opened;
  second.async_open(path("file"), file_base::read_only, [&](error_code ec) { opened = ec; });
  root.async_open_file(third, "file", file_base::read_only,
                       [&](error_code ec) { beneath = ec; });
  own.restart();
  BOOST_TEST(test_support::wait_until([&] {
    own.poll();
    return opened == success && beneath == success;
  }));
  waiting.cancel();
  own.restart();
  own.run();
  BOOST_TEST(waited == asio::error::operation_aborted);
}

BOOST_AUTO_TEST_SUITE_END()
