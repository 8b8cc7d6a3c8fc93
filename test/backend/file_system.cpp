// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Operations on names: each does what its system call does, and reports what that reports, on every
// backend.

#include "file_contents.hpp"
#include "limit_in_flight.hpp"
#include "linux_only.hpp"
#include "on_destruction.hpp"
#include "open_descriptors.hpp"
#include "run_operation.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace filesystem = std::filesystem;
using asiofile::file_status;
using asiofile::file_type;
using asiofile::rename_mode;
using asiofile::symlinks;
using test_support::error_code;
using test_support::posix_error;
using test_support::status_found;

namespace {

using status_handler = std::function<void(error_code)>;
using found_handler = std::function<void(error_code, file_status)>;
using path_handler = std::function<void(error_code, std::string)>;

struct path_found {
  error_code error;
  std::string path;
  path_found() = default;
  path_found(error_code ec, std::string found) : error(ec), path(std::move(found)) {}
};

struct fixture {
  test_support::temporary_directory directory;
  test_support::watchdog limit{std::chrono::seconds(60)};
  asio::io_context context;
  std::string file = in("file");
  std::string other = in("other");
  std::string missing = in("missing");
  std::string folder = in("folder");

  fixture() {
    test_support::write_file(file, "content");
    filesystem::create_directory(folder);
  }

  [[nodiscard]] std::string in(const std::string& name) const { return directory.path(name); }

  template <typename Start>
  error_code run(Start&& start) {
    return test_support::run_status(
        context, [&](auto handler) { start(status_handler(std::move(handler))); });
  }

  status_found status(const std::string& path, symlinks links = symlinks::follow) {
    return test_support::run_operation<status_found>(context, [&](auto handler) {
      asiofile::async_status(context, path, links, found_handler(std::move(handler)));
    });
  }
  error_code rename(const std::string& from, const std::string& to,
                    rename_mode mode = rename_mode::replace) {
    return run([&](status_handler handler) {
      asiofile::async_rename(context, from, to, mode, std::move(handler));
    });
  }
  error_code remove(const std::string& path) {
    return run(
        [&](status_handler handler) { asiofile::async_remove(context, path, std::move(handler)); });
  }
  error_code create_directory(const std::string& path, std::uint32_t permissions = 0777) {
    return run([&](status_handler handler) {
      asiofile::async_create_directory(context, path, permissions, std::move(handler));
    });
  }
  error_code create_directories(const std::string& path) {
    return run([&](status_handler handler) {
      asiofile::async_create_directories(context, path, std::move(handler));
    });
  }
  error_code link(const std::string& existing, const std::string& path) {
    return run([&](status_handler handler) {
      asiofile::async_link(context, existing, path, std::move(handler));
    });
  }
  error_code symlink(const std::string& target, const std::string& path) {
    return run([&](status_handler handler) {
      asiofile::async_symlink(context, target, path, std::move(handler));
    });
  }
  path_found read_symlink(const std::string& path) {
    return test_support::run_operation<path_found>(context, [&](auto handler) {
      asiofile::async_read_symlink(context, path, path_handler(std::move(handler)));
    });
  }
  error_code sync_directory(const std::string& path) {
    return run([&](status_handler handler) {
      asiofile::async_sync_directory(context, path, std::move(handler));
    });
  }
  path_found create_temporary(const std::string& where, const std::string& prefix) {
    return test_support::run_operation<path_found>(context, [&](auto handler) {
      asiofile::async_create_temporary(context, where, prefix, path_handler(std::move(handler)));
    });
  }

  // What each function reports for an invalid path.
  std::vector<error_code> errors_of_all(const std::string& path) {
    return {status(path).error,
            rename(path, other),
            rename(path, other, rename_mode::no_replace),
            remove(path),
            read_symlink(path).error,
            link(path, other),
            sync_directory(path),
            create_directory(path),
            create_temporary(path, "t").error,
            symlink("target", path),
            rename(file, path),
            create_directories(path)};
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(file_system, fixture)

BOOST_AUTO_TEST_CASE(a_status_is_of_the_file_or_of_the_link_to_it) {
  filesystem::create_symlink("file", in("link"));
  const status_found of_file = status(file);
  BOOST_TEST(of_file.error == error_code());
  BOOST_TEST((of_file.status.type == file_type::regular));
  BOOST_TEST(of_file.status.size == 7);
  BOOST_TEST(of_file.status.permissions == 0600);
  BOOST_TEST(status(in("link")).status.inode == of_file.status.inode);
  const status_found of_link = status(in("link"), symlinks::no_follow);
  BOOST_TEST((of_link.status.type == file_type::symbolic_link));
  BOOST_TEST(of_link.status.size == 4);
  BOOST_TEST((status(folder).status.type == file_type::directory));
}

BOOST_AUTO_TEST_CASE(renaming_replaces_spares_or_exchanges) {
  if (!test_support::has_linux("renameat2(2)")) return;
  test_support::write_file(other, "another");
  BOOST_TEST(rename(file, other, rename_mode::no_replace) == posix_error(EEXIST));
  BOOST_TEST(test_support::read_file(other) == "another");
  BOOST_TEST(rename(file, other, rename_mode::exchange) == error_code());
  BOOST_TEST(test_support::read_file(other) == "content");
  BOOST_TEST(test_support::read_file(file) == "another");
  BOOST_TEST(rename(file, other) == error_code());
  BOOST_TEST(test_support::read_file(other) == "another");
  BOOST_TEST(!filesystem::exists(file));
  BOOST_TEST(rename(other, file, rename_mode::no_replace) == error_code());
  BOOST_TEST(test_support::read_file(file) == "another");
  BOOST_TEST(rename(file, missing, rename_mode::exchange) == posix_error(ENOENT));
  BOOST_TEST(rename(file, folder) == posix_error(EISDIR));
  BOOST_TEST(rename(folder, file) == posix_error(ENOTDIR));
  BOOST_TEST(rename(folder, folder + "/below") == posix_error(EINVAL));
  BOOST_TEST(rename(folder, folder + "/below", rename_mode::no_replace) == posix_error(EINVAL));
  BOOST_TEST(filesystem::is_empty(folder));
  BOOST_TEST(rename(folder, other, rename_mode::no_replace) == error_code());
  BOOST_TEST(rename(file, "/proc/file") == posix_error(EXDEV));
  BOOST_TEST(rename(file, other, static_cast<rename_mode>(7)) == posix_error(EINVAL));
}

BOOST_AUTO_TEST_CASE(renaming_to_another_name_of_the_same_file_keeps_both) {
  if (!test_support::has_linux("renameat2(2)")) return;
  filesystem::create_hard_link(file, other);
  const auto rename = [&](rename_mode mode) {
    return test_support::run_status(context, [&](status_handler handler) {
      asiofile::async_rename(context, file, other, mode, std::move(handler));
    });
  };
  BOOST_TEST(rename(rename_mode::replace) == error_code());
  BOOST_TEST(rename(rename_mode::no_replace) == posix_error(EEXIST));
  BOOST_TEST(rename(rename_mode::exchange) == error_code());
  BOOST_TEST((filesystem::exists(file) && filesystem::exists(other)));
}

BOOST_AUTO_TEST_CASE(files_links_and_empty_directories_can_be_removed) {
  filesystem::create_symlink("folder", in("link"));
  test_support::write_file(folder + "/inside", "");
  BOOST_TEST(remove(folder) == posix_error(ENOTEMPTY));
  BOOST_TEST(remove(in("link")) == error_code());
  BOOST_TEST(remove(folder + "/inside") == error_code());
  BOOST_TEST(remove(folder) == error_code());
  BOOST_TEST(remove(file) == error_code());
  BOOST_TEST(remove(file) == posix_error(ENOENT));
  BOOST_TEST(filesystem::is_empty(directory.root()));
}

BOOST_AUTO_TEST_CASE(directories_are_made_with_those_above_them) {
  const mode_t mask = ::umask(022);
  BOOST_TEST(create_directory(in("new"), 0770) == error_code());
  BOOST_TEST(status(in("new")).status.permissions == 0750);
  BOOST_TEST(create_directory(in("new")) == posix_error(EEXIST));
  BOOST_TEST(create_directory(in("a/b")) == posix_error(ENOENT));
  BOOST_TEST(create_directory(in("c"), 010000) == posix_error(EINVAL));
  BOOST_TEST(create_directories(in("a/b//c/../d/")) == error_code());
  BOOST_TEST(status(in("a/b/d")).status.permissions == 0755);
  BOOST_TEST(filesystem::is_directory(in("a/b/c")));
  BOOST_TEST(create_directories(in("a/b/d")) == error_code());
  BOOST_TEST(create_directories("/") == error_code());
  BOOST_TEST(create_directories("") == posix_error(ENOENT));
  BOOST_TEST(create_directories(file) == posix_error(EEXIST));
  BOOST_TEST(create_directories(file + "/x/y") == posix_error(ENOTDIR));
  filesystem::create_symlink("missing", in("dangling"));
  BOOST_TEST(create_directories(in("dangling/x")) == posix_error(EEXIST));
  std::string deep = in("deep");
  for (int i = 0; i != 100; ++i) deep += "/d";
  BOOST_TEST(create_directories(deep) == error_code());
  BOOST_TEST(filesystem::is_directory(deep));
  ::umask(mask);
}

BOOST_AUTO_TEST_CASE(links_and_symbolic_links_are_made_and_read) {
  BOOST_TEST(link(file, other) == error_code());
  BOOST_TEST(status(file).status.link_count == 2);
  BOOST_TEST(link(file, other) == posix_error(EEXIST));
  BOOST_TEST(link(folder, missing) == posix_error(EPERM));
  const std::string target(4000, 't');
  BOOST_TEST(symlink("file", in("link")) == error_code());
  BOOST_TEST(symlink(target, in("long")) == error_code());
  BOOST_TEST(symlink("file", in("link")) == posix_error(EEXIST));
  BOOST_TEST(symlink("", in("empty")) == posix_error(ENOENT));
  BOOST_TEST(read_symlink(in("link")).path == "file");
  BOOST_TEST((read_symlink(in("long")).path == target));
  BOOST_TEST(read_symlink(file).error == posix_error(EINVAL));
  BOOST_TEST(read_symlink(file).path.empty());
  // A link to the link, not to the file.
  BOOST_TEST(link(in("link"), in("second")) == error_code());
  BOOST_TEST(read_symlink(in("second")).path == "file");
}

BOOST_AUTO_TEST_CASE(a_directory_can_be_synchronised) {
  const std::size_t descriptors = test_support::open_descriptor_count();
  BOOST_TEST(sync_directory(folder) == error_code());
  BOOST_TEST(sync_directory(file) == posix_error(ENOTDIR));
  BOOST_TEST(sync_directory("/proc/self/fd") == posix_error(EINVAL));
  // The service's own descriptors are open now.
  const std::size_t with_service = test_support::open_descriptor_count();
  for (int i = 0; i != 10; ++i) BOOST_TEST(sync_directory(folder) == error_code());
  BOOST_TEST(test_support::open_descriptor_count() == with_service);
  BOOST_TEST(with_service < descriptors + 10);
}

BOOST_AUTO_TEST_CASE(temporary_files_have_names_of_their_own) {
  std::set<std::string> names;
  for (int i = 0; i != 20; ++i) {
    const path_found made = create_temporary(folder, i % 2 == 0 ? "part-" : "");
    BOOST_TEST(made.error == error_code());
    BOOST_TEST(names.insert(made.path).second);
    BOOST_TEST(made.path.rfind(i % 2 == 0 ? folder + "/part-" : folder + '/', 0) == 0);
    BOOST_TEST(status(made.path).status.permissions == 0600);
    BOOST_TEST(status(made.path).status.size == 0);
  }
  BOOST_TEST(create_temporary(folder, "../x").error == posix_error(EINVAL));
  BOOST_TEST(create_temporary("", "x").error == posix_error(ENOENT));
  BOOST_TEST(create_temporary(file, "x").error == posix_error(ENOTDIR));
  std::string found;
  asiofile::async_create_temporary(context, folder, path_handler([&](error_code, std::string path) {
                                     found = std::move(path);
                                   }));
  context.restart();
  context.run();
  BOOST_TEST(found.rfind(folder + "/tmp-", 0) == 0);
}

BOOST_AUTO_TEST_CASE(one_mistake_gives_one_error_whatever_is_done) {
  const std::string with_zero = std::string("file\0x", 6);
  for (const error_code& ec : errors_of_all(with_zero)) BOOST_TEST(ec == posix_error(EINVAL));
  for (const error_code& ec : errors_of_all(in(std::string(256, 'n'))))
    BOOST_TEST(ec == posix_error(ENAMETOOLONG));
  for (const error_code& ec : errors_of_all(std::string(5000, 'n')))
    BOOST_TEST(ec == posix_error(ENAMETOOLONG));
  for (const error_code& ec : errors_of_all(file + "/x")) BOOST_TEST(ec == posix_error(ENOTDIR));
  filesystem::create_symlink("loop", in("loop"));
  for (const error_code& ec : errors_of_all(in("loop/x"))) BOOST_TEST(ec == posix_error(ELOOP));
  std::vector<error_code> of_missing = errors_of_all(in("missing/x"));
  BOOST_TEST(of_missing.back() == error_code());  // that makes what is missing
  of_missing.pop_back();
  for (const error_code& ec : of_missing) BOOST_TEST(ec == posix_error(ENOENT));
}

BOOST_AUTO_TEST_CASE(who_has_no_permission_is_told_so) {
  if (::geteuid() != 0) return test_support::skip("only root can become another user");
  // Threads inherit their user from the thread that starts them.
  std::vector<error_code> errors;
  filesystem::create_directory(in("closed"));
  filesystem::create_directory(in("closed/inside"));
  BOOST_REQUIRE(::chmod(in("closed").c_str(), 0700) == 0);
  BOOST_REQUIRE(::seteuid(65534) == 0);
  errors = errors_of_all(in("closed/inside/x"));
  BOOST_REQUIRE(::seteuid(0) == 0);
  for (const error_code& ec : errors) BOOST_TEST(ec == posix_error(EACCES));
}

BOOST_AUTO_TEST_CASE(what_is_cancelled_before_it_begins_never_happens) {
  asio::io_context own;
  test_support::limit_in_flight(own, 1);
  asio::cancellation_signal signal;
  std::vector<error_code> errors(3, posix_error(ENOMSG));
  for (int i = 0; i != 3; ++i) {
    status_handler store = [&errors, i](error_code ec) {
      errors[static_cast<std::size_t>(i)] = ec;
    };
    const std::string path = in("new" + std::to_string(i));
    if (i == 1)
      asiofile::async_create_directory(own, path,
                                       asio::bind_cancellation_slot(signal.slot(), store));
    else asiofile::async_create_directory(own, path, store);
  }
  signal.emit(asio::cancellation_type::total);
  own.run();
  BOOST_TEST(errors[0] == error_code());
  BOOST_TEST(errors[1] == asio::error::operation_aborted);
  BOOST_TEST(errors[2] == error_code());
  BOOST_TEST(!filesystem::exists(in("new1")));
  BOOST_TEST(filesystem::exists(in("new2")));
}

BOOST_AUTO_TEST_CASE(a_context_that_ends_drops_handlers_and_nothing_else) {
  const std::size_t descriptors = test_support::open_descriptor_count();
  int destroyed = 0;
  {
    asio::io_context own;
    for (int i = 0; i != 64; ++i) {
      auto guard = test_support::on_destruction([&] { ++destroyed; });
      asiofile::async_sync_directory(own, folder, status_handler([guard](error_code) {}));
    }
    own.poll_one();
  }
  BOOST_TEST(destroyed == 64);
  BOOST_TEST(test_support::open_descriptor_count() == descriptors);
}

BOOST_AUTO_TEST_CASE(a_deferred_operation_owns_its_paths_and_can_be_launched_twice) {
  std::optional<std::string> from(file), to(other);
  auto operation = asiofile::async_link(context.get_executor(), *from, *to, asio::deferred);
  from.reset();
  to.reset();
  std::vector<error_code> errors;
  const status_handler store = [&](error_code ec) { errors.push_back(ec); };
  auto copy = operation;
  std::move(copy)(store);
  context.run();
  std::move(operation)(store);
  context.restart();
  context.run();
  BOOST_TEST(errors.size() == 2U);
  BOOST_TEST(errors[0] == error_code());
  BOOST_TEST(errors[1] == posix_error(EEXIST));
}

BOOST_AUTO_TEST_SUITE_END()
