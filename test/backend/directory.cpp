// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// basic_directory: all operations on names, beneath an open directory and nowhere else.

#include "fifo.hpp"
#include "file_contents.hpp"
#include "open_descriptors.hpp"
#include "run_operation.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace filesystem = std::filesystem;
using asiofile::copy_options;
using asiofile::file_base;
using asiofile::random_access_file;
using asiofile::rename_mode;
using asiofile::symlinks;
using boost::system::error_code;
using namespace std::chrono_literals;
using test_support::posix_error;
using test_support::read_file;
using test_support::status_found;
using test_support::text_found;
using test_support::write_file;

namespace {

struct fixture {
  fixture() {
    filesystem::create_directories(at("dir/deep"));
    write_file(at("file"), "content");
    write_file(at("dir/inner"), "inner");
    write_file(outer.path("outside"), "outside");
    filesystem::create_directory(outer.path("beside"));
    filesystem::create_symlink("dir", at("to_dir"));
    filesystem::create_symlink("../file", at("dir/back"));
    filesystem::create_symlink("..", at("up"));
    filesystem::create_symlink("../outside", at("out"));
    filesystem::create_symlink("../beside", at("out_dir"));
    filesystem::create_symlink("../new", at("out_new"));
    filesystem::create_symlink(outer.path("outside"), at("absolute"));
    filesystem::create_symlink("round", at("round"));
    error_code ec;
    root.open(outer.path("root"), ec);
    BOOST_REQUIRE(!ec);
  }

  // The path of what is beneath the root.
  [[nodiscard]] std::string at(const std::string& path) const { return outer.path("root/" + path); }

  template <typename Start>
  error_code status_of(Start&& start) {
    return test_support::run_status(context, start);
  }

  text_found read(const std::string& path) {
    return test_support::run_operation<text_found>(
        context, [&](auto handler) { root.async_read_file(path, handler); });
  }
  status_found look(const std::string& path, symlinks links = symlinks::follow) {
    return test_support::run_operation<status_found>(
        context, [&](auto handler) { root.async_status(path, links, handler); });
  }
  error_code open(const std::string& path, file_base::flags flags = file_base::read_only) {
    random_access_file file(context);
    return status_of([&](auto handler) { root.async_open_file(file, path, flags, handler); });
  }
  error_code list(const std::string& path, std::set<std::string>* names = nullptr) {
    asiofile::directory_reader reader(context);
    const error_code ec =
        status_of([&](auto handler) { root.async_open_reader(reader, path, handler); });
    if (ec) return ec;
    struct batch {
      error_code error;
      std::optional<std::vector<asiofile::directory_entry>> entries;
      batch(error_code e, std::optional<std::vector<asiofile::directory_entry>> found)
          : error(e), entries(std::move(found)) {}
    };
    for (;;) {
      const batch next = test_support::run_operation<batch>(
          context, [&](auto handler) { reader.async_next(handler); });
      if (next.error || !next.entries) return next.error;
      if (names == nullptr) continue;
      for (const auto& each : *next.entries) names->insert(each.name);
    }
  }

  test_support::watchdog time_limit{60s};
  test_support::temporary_directory outer;
  asio::io_context context;
  asiofile::directory root{(filesystem::create_directory(outer.path("root")), context)};
};

constexpr auto making = file_base::write_only | file_base::create;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(directories, fixture)

BOOST_AUTO_TEST_CASE(names_are_those_beneath_it) {
  BOOST_TEST(read("file").text == "content");
  BOOST_TEST(read("dir/../file").text == "content");
  BOOST_TEST(read("to_dir/inner").text == "inner");
  BOOST_TEST(read("dir/back").text == "content");
  BOOST_TEST(read("to_dir/back").text == "content");
  BOOST_TEST(look("file").status.size == 7U);
  BOOST_TEST(look("dir/back").status.size == 7U);
  BOOST_TEST(bool(look("dir").status.type == asiofile::file_type::directory));
  BOOST_TEST(bool(look(".").status.type == asiofile::file_type::directory));
  BOOST_TEST(bool(look("dir/..").status.type == asiofile::file_type::directory));
  BOOST_TEST(bool(look("to_dir").status.type == asiofile::file_type::directory));
  BOOST_TEST(bool(look("to_dir/").status.type == asiofile::file_type::directory));
  BOOST_TEST(
      bool(look("to_dir", symlinks::no_follow).status.type == asiofile::file_type::symbolic_link));
  BOOST_TEST(!open("to_dir/inner"));
  std::set<std::string> names;
  BOOST_TEST(!list("dir", &names));
  BOOST_TEST((names == std::set<std::string>{"deep", "inner", "back"}));
  BOOST_TEST(!list("."));
  BOOST_TEST(!list("to_dir"));
}

BOOST_AUTO_TEST_CASE(everything_is_done_beneath_it) {
  using test_support::run_operation;
  const auto buffer = asio::buffer(std::string_view("new"));
  const auto written = test_support::run_transfer(
      context, [&](auto handler) { root.async_write_file("dir/written", buffer, handler); });
  BOOST_TEST(written.bytes == 3U);
  BOOST_TEST(read_file(at("dir/written")) == "new");
  test_support::run_transfer(
      context, [&](auto handler) { root.async_append_file("to_dir/written", buffer, handler); });
  BOOST_TEST(read_file(at("dir/written")) == "newnew");
  // Through a link that leads up and down again: it stays a link.
  BOOST_TEST(
      !status_of([&](auto handler) { root.async_replace_file("to_dir/back", buffer, handler); }));
  BOOST_TEST(read_file(at("file")) == "new");
  BOOST_TEST(filesystem::is_symlink(at("dir/back")));
  const auto copied = test_support::run_size(
      context, [&](auto handler) { root.async_copy_file("dir/inner", "dir/deep/copy", handler); });
  BOOST_TEST(copied.bytes == 5U);
  BOOST_TEST(read_file(at("dir/deep/copy")) == "inner");
  copy_options options;
  options.existing = copy_options::existing_target::replace;
  options.sync = true;
  options.progress = [](std::uint64_t, std::uint64_t) {};
  BOOST_TEST(!test_support::run_size(context, [&](auto handler) {
                root.async_copy_file("dir/inner", "dir/back", options, handler);
              }).error);
  BOOST_TEST(read_file(at("file")) == "inner");
  BOOST_TEST(!status_of([&](auto handler) { root.async_rename("file", "dir/file", handler); }));
  BOOST_TEST(read_file(at("dir/file")) == "inner");
  BOOST_TEST(status_of([&](auto handler) {
               root.async_rename("dir/file", "dir/inner", rename_mode::no_replace, handler);
             }) == posix_error(EEXIST));
  BOOST_TEST(!status_of([&](auto handler) { root.async_link("dir/file", "file", handler); }));
  BOOST_TEST(look("file").status.link_count == 2U);
  BOOST_TEST(!status_of([&](auto handler) { root.async_symlink("file", "dir/link", handler); }));
  BOOST_TEST(run_operation<text_found>(context, [&](auto handler) {
               root.async_read_symlink("dir/link", handler);
             }).text == "file");
  BOOST_TEST(!status_of([&](auto handler) { root.async_create_directory("dir/a/", handler); }));
  BOOST_TEST(!status_of(
      [&](auto handler) { root.async_create_directories("dir/../dir/a/b/c", handler); }));
  BOOST_TEST(filesystem::is_directory(at("dir/a/b/c")));
  const std::string temporary = run_operation<text_found>(context, [&](auto handler) {
                                  root.async_create_temporary("dir", "temporary-", handler);
                                }).text;
  BOOST_TEST(temporary.starts_with("dir/temporary-"));
  BOOST_TEST(filesystem::exists(at(temporary)));
  for (const std::string& path : {temporary, std::string("dir/a/b/c"), std::string("up")})
    BOOST_TEST(!status_of([&](auto handler) { root.async_remove(path, handler); }), path);
  BOOST_TEST(!filesystem::exists(at("dir/a/b/c")));
  BOOST_TEST(filesystem::exists(outer.path("outside")));
  BOOST_TEST(!status_of([&](auto handler) { root.async_sync_directory("dir", handler); }));
  asiofile::directory below(context);
  BOOST_TEST(!status_of([&](auto handler) { root.async_open_directory(below, "dir", handler); }));
  BOOST_TEST(test_support::run_operation<text_found>(context, [&](auto handler) {
               below.async_read_file("inner", handler);
             }).text == "inner");
  // It is a root of its own.
  BOOST_TEST(test_support::run_operation<text_found>(context, [&](auto handler) {
               below.async_read_file("../file", handler);
             }).error == posix_error(EXDEV));
}

BOOST_AUTO_TEST_CASE(nothing_leads_out_of_it) {
  const auto buffer = asio::buffer(std::string_view("bad"));
  using call = std::function<error_code(const std::string&)>;
  // What follows a link at the end of the path, and what does not.
  const std::pair<const char*, call> following[] = {
      {"open", [&](const std::string& path) { return open(path); }},
      {"create", [&](const std::string& path) { return open(path, making); }},
      {"list", [&](const std::string& path) { return list(path); }},
      {"read", [&](const std::string& path) { return read(path).error; }},
      {"status", [&](const std::string& path) { return look(path).error; }},
      {"write",
       [&](const std::string& path) {
         return test_support::run_transfer(
                    context, [&](auto handler) { root.async_write_file(path, buffer, handler); })
             .error;
       }},
      {"append",
       [&](const std::string& path) {
         return test_support::run_transfer(
                    context, [&](auto handler) { root.async_append_file(path, buffer, handler); })
             .error;
       }},
      {"replace",
       [&](const std::string& path) {
         return status_of([&](auto handler) { root.async_replace_file(path, buffer, handler); });
       }},
      {"copy from",
       [&](const std::string& path) {
         return test_support::run_size(
                    context, [&](auto handler) { root.async_copy_file(path, "copied", handler); })
             .error;
       }},
      {"copy to",
       [&](const std::string& path) {
         copy_options options;
         options.existing = copy_options::existing_target::replace;
         return test_support::run_size(
                    context,
                    [&](auto handler) { root.async_copy_file("file", path, options, handler); })
             .error;
       }},
      {"sync_directory",
       [&](const std::string& path) {
         return status_of([&](auto handler) { root.async_sync_directory(path, handler); });
       }},
      {"create_temporary",
       [&](const std::string& path) {
         return test_support::run_operation<text_found>(
                    context,
                    [&](auto handler) { root.async_create_temporary(path, "t-", handler); })
             .error;
       }},
      {"open_directory", [&](const std::string& path) {
         asiofile::directory below(context);
         return status_of([&](auto handler) { root.async_open_directory(below, path, handler); });
       }}};
  const std::pair<const char*, call> others[] = {
      {"status of a link",
       [&](const std::string& path) { return look(path, symlinks::no_follow).error; }},
      {"rename from",
       [&](const std::string& path) {
         return status_of([&](auto handler) { root.async_rename(path, "renamed", handler); });
       }},
      {"rename to",
       [&](const std::string& path) {
         return status_of([&](auto handler) { root.async_rename("file", path, handler); });
       }},
      {"rename to new",
       [&](const std::string& path) {
         return status_of([&](auto handler) {
           root.async_rename("file", path, rename_mode::no_replace, handler);
         });
       }},
      {"exchange",
       [&](const std::string& path) {
         return status_of([&](auto handler) {
           root.async_rename("file", path, rename_mode::exchange, handler);
         });
       }},
      {"remove",
       [&](const std::string& path) {
         return status_of([&](auto handler) { root.async_remove(path, handler); });
       }},
      {"create_directory",
       [&](const std::string& path) {
         return status_of([&](auto handler) { root.async_create_directory(path, handler); });
       }},
      {"create_directories",
       [&](const std::string& path) {
         return status_of([&](auto handler) { root.async_create_directories(path, handler); });
       }},
      {"link from",
       [&](const std::string& path) {
         return status_of([&](auto handler) { root.async_link(path, "linked", handler); });
       }},
      {"link to",
       [&](const std::string& path) {
         return status_of([&](auto handler) { root.async_link("file", path, handler); });
       }},
      {"symlink",
       [&](const std::string& path) {
         return status_of([&](auto handler) { root.async_symlink("file", path, handler); });
       }},
      {"read_symlink", [&](const std::string& path) {
         return test_support::run_operation<text_found>(
                    context, [&](auto handler) { root.async_read_symlink(path, handler); })
             .error;
       }}};
  const auto is_untouched = [&] {
    std::set<std::string> names;
    for (const auto& each : filesystem::directory_iterator(outer.root()))
      names.insert(each.path().filename().string());
    return names == std::set<std::string>{"root", "outside", "beside"} &&
           read_file(outer.path("outside")) == "outside" &&
           filesystem::is_empty(outer.path("beside"));
  };
  for (const std::string& path :
       {std::string("../outside"), outer.path("outside"), std::string("up/outside"),
        std::string("dir/../../outside"), std::string("out_dir/new"), std::string("up/new"),
        std::string("dir/deep/../../../new"), outer.path("new"), std::string("up/root/file")}) {
    for (const auto& [name, made] : following)
      BOOST_TEST(made(path) == posix_error(EXDEV), name << ' ' << path);
    for (const auto& [name, made] : others)
      BOOST_TEST(made(path) == posix_error(EXDEV), name << ' ' << path);
    BOOST_TEST(is_untouched(), path);
  }
  for (const char* const path :
       {"out", "out_dir", "out_new", "absolute", "up", "..", "../", "up/"}) {
    for (const auto& [name, made] : following) {
      const error_code ec = made(path);
      // A directory's name is refused by operations that need a file.
      const bool is_other_refusal =
          ec == posix_error(EISDIR) && !std::string_view(path).starts_with('o');
      BOOST_TEST((ec == posix_error(EXDEV) || is_other_refusal), name << ' ' << path << ' ' << ec);
    }
    BOOST_TEST(is_untouched(), path);
  }
  BOOST_TEST(look("round").error == posix_error(ELOOP));
  BOOST_TEST(read("round").error == posix_error(ELOOP));
  // The links themselves are beneath it, whatever their targets.
  BOOST_TEST(!look("out", symlinks::no_follow).error);
  for (const auto& [name, made] : others)
    static_cast<void>(made("..")), static_cast<void>(made("up/"));
  BOOST_TEST(is_untouched());
  for (const char* const path : {"out", "out_dir", "absolute"})
    BOOST_TEST(!status_of([&](auto handler) { root.async_remove(path, handler); }), path);
  BOOST_TEST(is_untouched());
}

// In every way that a file is opened: beneath a directory, and by itself.
BOOST_AUTO_TEST_CASE(what_strangers_name_can_be_kept_from_having_effects) {
  BOOST_REQUIRE(::mkfifo(at("fifo").c_str(), 0600) == 0);
  filesystem::create_symlink("fifo", at("to_fifo"));
  filesystem::create_symlink("file", at("to_file"));
  const auto in_every_way = [&](const std::string& path, file_base::flags flags) {
    std::vector<error_code> results{open(path, flags)};
    random_access_file file(context);
    results.push_back(status_of([&](auto handler) { file.async_open(at(path), flags, handler); }));
    file = random_access_file(context);
    error_code ec;
    file.open(at(path), flags, ec);
    results.push_back(ec);
    file = random_access_file(context);
    file.open_beneath(root, path, flags, ec);
    results.push_back(ec);
    for (const error_code& each : results) BOOST_TEST(each == results.front(), path);
    return results.front();
  };
  const auto regular = file_base::read_only | file_base::regular_only;
  BOOST_TEST(!in_every_way("file", regular));
  BOOST_TEST(!in_every_way("to_file", regular));
  BOOST_TEST(!in_every_way("made", making | file_base::regular_only));
  BOOST_TEST(in_every_way("missing", regular) == posix_error(ENOENT));
  BOOST_TEST(in_every_way("dir", regular) == posix_error(EISDIR));
  for (const char* const path : {"fifo", "to_fifo"}) {
    for (const auto access : {file_base::read_only, file_base::write_only, file_base::read_write})
      BOOST_TEST(in_every_way(path, access | file_base::regular_only) == posix_error(EOPNOTSUPP),
                 path);
  }
  if (::mknod(at("device").c_str(), S_IFCHR | 0600, makedev(1, 3)) == 0)
    BOOST_TEST(in_every_way("device", regular) == posix_error(EOPNOTSUPP));
  const int listening = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const std::string beneath = "s" + std::to_string(::getpid());
  // A relative name, so that it fits into the structure.
  const filesystem::path working = filesystem::current_path();
  filesystem::current_path(at(""));
  beneath.copy(name.sun_path, sizeof name.sun_path - 1);
  BOOST_REQUIRE(::bind(listening, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
  filesystem::current_path(working);
  BOOST_TEST(in_every_way(beneath, regular) == posix_error(EOPNOTSUPP));
  ::close(listening);

  const auto last = file_base::read_only | file_base::no_follow;
  BOOST_TEST(!in_every_way("file", last));
  BOOST_TEST(in_every_way("to_file", last) == posix_error(ELOOP));
  BOOST_TEST(in_every_way("to_file", last | file_base::regular_only) == posix_error(ELOOP));
  BOOST_TEST(open("to_dir/inner", last) == error_code());

  const auto at_once = file_base::non_blocking;
  BOOST_TEST(!in_every_way("fifo", file_base::read_only | at_once));
  BOOST_TEST(in_every_way("fifo", file_base::write_only | at_once) == posix_error(ENXIO));
  BOOST_TEST(!in_every_way("file", file_base::read_only | at_once));
  // Reading waits nevertheless.
  random_access_file reader(context, at("fifo"), file_base::read_only | at_once);
  random_access_file writer(context, at("fifo"), file_base::write_only | at_once);
  std::string memory(3, '.');
  std::optional<test_support::transfer> got;
  reader.async_read_some_at(0, asio::buffer(memory),
                            [&](error_code ec, std::size_t n) { got.emplace(ec, n); });
  context.restart();
  context.run_for(20ms);
  BOOST_TEST(!got.has_value());
  writer.write_some_at(0, asio::buffer("abc", 3));
  context.run();
  BOOST_TEST(memory == "abc");
  // A file that was opened this way behaves like any other afterwards.
  random_access_file plain(context, at("file"), regular);
  BOOST_TEST((::fcntl(plain.native_handle(), F_GETFL) & O_NONBLOCK) == 0);
}

BOOST_AUTO_TEST_CASE(bad_paths_have_the_errors_of_the_system) {
  BOOST_TEST(read("").error == posix_error(ENOENT));
  BOOST_TEST(look("").error == posix_error(ENOENT));
  BOOST_TEST(look("missing").error == posix_error(ENOENT));
  BOOST_TEST(look("missing/x").error == posix_error(ENOENT));
  BOOST_TEST(look("file/x").error == posix_error(ENOTDIR));
  BOOST_TEST(look("file/").error == posix_error(ENOTDIR));
  const auto create = [&](const std::string& path) {
    return status_of([&](auto handler) { root.async_create_directory(path, handler); });
  };
  BOOST_TEST(create("file/sub") == posix_error(ENOTDIR));
  BOOST_TEST(create("missing/sub") == posix_error(ENOENT));
  BOOST_TEST(create("to_dir/") == posix_error(EEXIST));
  BOOST_TEST(look(std::string("file\0x", 6)).error == posix_error(EINVAL));
  BOOST_TEST(read(std::string("file\0x", 6)).error == posix_error(EINVAL));
  BOOST_TEST(look(std::string(5'000, 'x')).error == posix_error(ENAMETOOLONG));
  BOOST_TEST(read(std::string(5'000, 'x')).error == posix_error(ENAMETOOLONG));
  BOOST_TEST(look(std::string(300, 'x')).error == posix_error(ENAMETOOLONG));
  BOOST_TEST(list("file") == posix_error(ENOTDIR));
  BOOST_TEST(status_of([&](auto handler) { root.async_remove("to_dir/", handler); }) ==
             posix_error(ENOTDIR));
  BOOST_TEST(filesystem::is_symlink(at("to_dir")));
  asiofile::directory other(context);
  error_code ec;
  other.open(at("file"), ec);
  BOOST_TEST(ec == posix_error(ENOTDIR));
  BOOST_TEST(status_of([&](auto handler) { other.async_open(at("missing"), handler); }) ==
             posix_error(ENOENT));
  BOOST_TEST(status_of([&](auto handler) { root.async_open(outer.root(), handler); }) ==
             asio::error::already_open);
}

BOOST_AUTO_TEST_CASE(a_closed_one_is_a_bad_descriptor) {
  root.close();
  BOOST_TEST(read("file").error == posix_error(EBADF));
  BOOST_TEST(look("file").error == posix_error(EBADF));
  BOOST_TEST(look("dir/x").error == posix_error(EBADF));
  BOOST_TEST(open("file") == posix_error(EBADF));
  BOOST_TEST(list(".") == posix_error(EBADF));
  BOOST_TEST(status_of([&](auto handler) { root.async_remove("file", handler); }) ==
             posix_error(EBADF));
  BOOST_TEST(status_of([&](auto handler) {
               root.async_replace_file("file", asio::buffer("x", 1), handler);
             }) == posix_error(EBADF));
  BOOST_TEST(test_support::run_size(context, [&](auto handler) {
               root.async_copy_file("file", "copied", handler);
             }).error == posix_error(EBADF));
}

BOOST_AUTO_TEST_CASE(operations_keep_the_directory_that_they_were_started_on) {
  const std::size_t before = test_support::open_descriptor_count();
  filesystem::create_directory(outer.path("second"));
  write_file(outer.path("second/file"), "second");
  std::vector<std::string> texts;
  for (int i = 0; i != 100; ++i)
    root.async_read_file("file", [&](error_code, std::string text) { texts.push_back(text); });
  root.close();
  root.open(outer.path("second"));
  for (int i = 0; i != 100; ++i)
    root.async_read_file("file", [&](error_code, std::string text) { texts.push_back(text); });
  context.run();
  BOOST_TEST(texts.size() == 200U);
  BOOST_TEST(std::count(texts.begin(), texts.end(), "content") == 100);
  BOOST_TEST(std::count(texts.begin(), texts.end(), "second") == 100);
  root.close();
  BOOST_TEST(test_support::wait_until(
      [&] { return test_support::open_descriptor_count() == before - 1; }));
}

BOOST_AUTO_TEST_CASE(it_stays_itself_where_it_is_moved_to) {
  filesystem::rename(outer.path("root"), outer.path("moved"));
  filesystem::create_directory(outer.path("root"));
  write_file(outer.path("root/file"), "another");
  BOOST_TEST(read("file").text == "content");
  BOOST_TEST(!status_of([&](auto handler) { root.async_rename("file", "dir/file", handler); }));
  BOOST_TEST(filesystem::exists(outer.path("moved/dir/file")));
}

BOOST_AUTO_TEST_CASE(an_operation_can_be_cancelled) {
  const test_support::fifo fifo(at("fifo"));
  asio::cancellation_signal signal;
  std::optional<error_code> given;
  root.async_read_file(
      "fifo", asio::bind_cancellation_slot(signal.slot(),
                                           [&](error_code ec, const std::string&) { given = ec; }));
  context.run_for(20ms);
  BOOST_TEST(!given.has_value());
  signal.emit(asio::cancellation_type::total);
  context.run();
  BOOST_TEST((given == error_code(asio::error::operation_aborted)));
}

BOOST_AUTO_TEST_CASE(one_that_is_destroyed_with_its_context_leaves_nothing) {
  const std::size_t before = test_support::open_descriptor_count();
  for (int i = 0; i != 20; ++i) {
    asio::io_context own;
    asiofile::directory directory(own, outer.path("root"));
    for (int k = 0; k != 20; ++k)
      directory.async_read_file("file", [](error_code, const std::string&) {});
    own.run_one();
  }
  BOOST_TEST(
      test_support::wait_until([&] { return test_support::open_descriptor_count() == before; }));
}

BOOST_AUTO_TEST_CASE(it_moves_as_files_do) {
  asiofile::directory other(std::move(root));
  BOOST_TEST(!root.is_open());
  root = std::move(other);
  BOOST_TEST(read("file").text == "content");
  using typed = asiofile::basic_directory<asio::io_context::executor_type>;
  typed own(context, outer.path("root"));
  root = std::move(own);
  BOOST_TEST(read("file").text == "content");
}

BOOST_AUTO_TEST_SUITE_END()
