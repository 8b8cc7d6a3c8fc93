// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Newer system calls, each refused in turn, as by a sandbox that does not know them: with EPERM
// (many do so), or with ENOSYS as a kernel would. Every operation has the same result as with these
// calls.

#include "available_backends.hpp"
#include "child_process.hpp"
#include "file_contents.hpp"
#include "private_mounts.hpp"
#include "restrictions.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read_at.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace filesystem = std::filesystem;
using asiofile::file_base;
using asiofile::rename_mode;
using boost::system::error_code;
using namespace test_support;

namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);

struct refused_call {
  const char* name;
  int number;
  // The errors of a sandbox that does not know it.
  std::vector<int> errors{EPERM, ENOSYS};
};

// Calls that were added since Linux 3.15 and that a program with this library, the C library or
// Boost.Asio may make. Without rseq, without which the C library does not start; and clone3 not
// with EPERM, with which it starts no threads.
const std::vector<refused_call>& newer_calls() {
  static const std::vector<refused_call> all {
    {"renameat2", SYS_renameat2}, {"getrandom", SYS_getrandom}, {"memfd_create", SYS_memfd_create},
        {"membarrier", SYS_membarrier}, {"copy_file_range", SYS_copy_file_range},
        {"preadv2", SYS_preadv2}, {"pwritev2", SYS_pwritev2}, {"statx", SYS_statx},
        {"io_uring_setup", SYS_io_uring_setup}, {"io_uring_enter", SYS_io_uring_enter},
        {"io_uring_register", SYS_io_uring_register},
#if defined(SYS_io_pgetevents)
        {"io_pgetevents", SYS_io_pgetevents},
#endif
#if defined(SYS_clone3)
        {"clone3", SYS_clone3, {ENOSYS}},
#endif
#if defined(SYS_close_range)
        {"close_range", SYS_close_range},
#endif
#if defined(SYS_openat2)
        {"openat2", SYS_openat2},
#endif
#if defined(SYS_faccessat2)
        {"faccessat2", SYS_faccessat2},
#endif
#if defined(SYS_epoll_pwait2)
        {"epoll_pwait2", SYS_epoll_pwait2},
#endif
        // Later than some C libraries' headers; their numbers are those of every architecture.
        {"fchmodat2", 452}, {"setxattrat", 463}, {"getxattrat", 464}, {"listxattrat", 465},
        {"removexattrat", 466},
  };
  return all;
}

// ---- every operation, and its result

class all_operations {
 public:
  all_operations(asio::io_context& context, std::string folder)
      : context_(context), folder_(std::move(folder)) {}

  asio::awaitable<void> run() {
    co_await use_whole_files();
    co_await use_copies();
    co_await use_names();
    co_await use_directories();
    co_await use_file();
    co_await use_stream();
    co_await use_readers();
    co_await use_temporary();
  }

  [[nodiscard]] std::string said() const { return said_.str(); }

 private:
  [[nodiscard]] std::string in(const std::string& name) const { return folder_ + '/' + name; }

  template <typename... Details>
  void say(const char* what, error_code ec, const Details&... details) {
    said_ << what << ": " << ec.value();
    ((said_ << ' ' << details), ...);
    said_ << '\n';
  }

  void say_file(const char* what, error_code ec, const std::string& name) {
    struct stat found {};
    const int error = ::lstat(in(name).c_str(), &found) == 0 ? 0 : errno;
    std::ostringstream mode;
    mode << std::oct << (found.st_mode & 07777U);
    std::string content;
    if (error == 0 && S_ISREG(found.st_mode) && (found.st_mode & 0400U) != 0)
      content = read_file(in(name));
    say(what, ec, error, found.st_nlink, mode.str(), content.size(),
        std::hash<std::string>()(content));
  }

  asio::awaitable<void> use_whole_files() {
    const std::string large(300'000, 'l');
    auto [written, n] = co_await asiofile::async_write_file(context_, in("file"),
                                                            asio::buffer("content", 7), token);
    say_file("write_file", written, "file");
    auto [appended, m] =
        co_await asiofile::async_append_file(context_, in("file"), asio::buffer(large), token);
    say_file("append_file", appended, "file");
    auto [read, text] = co_await asiofile::async_read_file(context_, in("file"), token);
    say("read_file", read, text.size(), std::hash<std::string>()(text));
    ::chmod(in("file").c_str(), 0640);
    auto [replaced] =
        co_await asiofile::async_replace_file(context_, in("file"), asio::buffer(large), token);
    say_file("replace_file", replaced, "file");
    auto [made] =
        co_await asiofile::async_replace_file(context_, in("new"), asio::buffer("new", 3), token);
    say_file("replace_file of none", made, "new");
    ::chmod(in("new").c_str(), 0444);
    auto [refused] =
        co_await asiofile::async_replace_file(context_, in("new"), asio::buffer("x", 1), token);
    say_file("replace_file of a read-only one", refused, "new");
    ::chmod(in("new").c_str(), 0644);
    auto [proc, version] = co_await asiofile::async_read_file(context_, "/proc/version", token);
    say("read_file of /proc", proc, version.size());
  }

  asio::awaitable<void> use_copies() {
    using existing = asiofile::copy_options::existing_target;
    for (const existing which : {existing::fail, existing::replace}) {
      for (const bool syncs : {false, true}) {
        asiofile::copy_options options;
        options.existing = which;
        options.sync = syncs;
        auto [copied, n] =
            co_await asiofile::async_copy_file(context_, in("file"), in("copy"), options, token);
        say("copy_file", copied, n);
        say_file("copy_file", copied, "copy");
      }
    }
    ::close(::open(in("sparse").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    (void)!::truncate(in("sparse").c_str(), 1'000'000);
    auto [sparse, n] =
        co_await asiofile::async_copy_file(context_, in("sparse"), in("sparse copy"), token);
    say_file("copy_file of a hole", sparse, "sparse copy");
    auto [proc, m] =
        co_await asiofile::async_copy_file(context_, "/proc/version", in("proc copy"), token);
    say_file("copy_file of /proc", proc, "proc copy");
  }

  asio::awaitable<void> use_names() {
    auto [found, status] = co_await asiofile::async_status(context_, in("file"), token);
    say("status", found, status.size, status.permissions, static_cast<int>(status.type),
        status.link_count, status.inode != 0, status.device != 0, status.allocated_bytes != 0,
        status.modification_time.time_since_epoch().count() > 0);
    for (const char* const to : {"renamed", "copy"}) {
      auto [renamed] = co_await asiofile::async_rename(context_, in("new"), in(to),
                                                       rename_mode::no_replace, token);
      say_file("rename, no_replace", renamed, to);
    }
    auto [back] = co_await asiofile::async_rename(context_, in("renamed"), in("new"), token);
    say_file("rename", back, "new");
    auto [exchanged] = co_await asiofile::async_rename(context_, in("new"), in("copy"),
                                                       rename_mode::exchange, token);
    // No older call can do it.
    if (exchanged.value() == EOPNOTSUPP)
      exchanged = std::get<0>(co_await swap_names(in("new"), in("copy")));
    say_file("rename, exchange", exchanged, "new");
    auto [linked] = co_await asiofile::async_link(context_, in("new"), in("link"), token);
    say_file("link", linked, "new");
    auto [made] = co_await asiofile::async_symlink(context_, "new", in("symlink"), token);
    say("symlink", made);
    auto [read, text] = co_await asiofile::async_read_symlink(context_, in("symlink"), token);
    say("read_symlink", read, text);
    auto [itself, link] = co_await asiofile::async_status(context_, in("symlink"),
                                                          asiofile::symlinks::no_follow, token);
    say("status of a link", itself, static_cast<int>(link.type), link.size);
    auto [missing, none] = co_await asiofile::async_status(context_, in("missing"), token);
    say("status of none", missing);
    auto [replaced] = co_await asiofile::async_replace_file(context_, in("symlink"),
                                                            asio::buffer("by link", 7), token);
    say_file("replace_file behind a link", replaced, "new");
    say_file("its link", replaced, "symlink");
    auto [removed] = co_await asiofile::async_remove(context_, in("symlink"), token);
    say("remove", removed);
    auto [temporary, path] = co_await asiofile::async_create_temporary(context_, folder_, token);
    say("create_temporary", temporary, path.size());
    ::unlink(path.c_str());
  }

  asio::awaitable<std::tuple<error_code>> swap_names(const std::string& one,
                                                     const std::string& other) {
    const std::string between = in("between");
    (void)!::rename(one.c_str(), between.c_str());
    (void)!::rename(other.c_str(), one.c_str());
    (void)!::rename(between.c_str(), other.c_str());
    co_return std::tuple(error_code());
  }

  asio::awaitable<void> use_directories() {
    auto [made] = co_await asiofile::async_create_directory(context_, in("directory"), token);
    say_file("create_directory", made, "directory");
    auto [deep] = co_await asiofile::async_create_directories(context_, in("directory/a/b"), token);
    say("create_directories", deep);
    auto [renamed] = co_await asiofile::async_rename(context_, in("directory/a"), in("moved"),
                                                     rename_mode::no_replace, token);
    say_file("rename of a directory", renamed, "moved");
    auto [refused] = co_await asiofile::async_rename(context_, in("directory"), in("moved"),
                                                     rename_mode::no_replace, token);
    say("rename to an existing one", refused);
    auto [synced] = co_await asiofile::async_sync_directory(context_, folder_, token);
    say("sync_directory", synced);
    asiofile::directory_reader reader(context_);
    auto [opened] = co_await reader.async_open(folder_, token);
    std::set<std::string> names;
    auto [listed, entries] = co_await reader.async_next(token);
    if (entries)
      for (const asiofile::directory_entry& each : *entries) names.insert(each.name);
    for (const std::string& each : names) said_ << each << ' ';
    say("listed", listed, opened.value());
  }

  asio::awaitable<void> use_file() {
    asiofile::random_access_file file(context_);
    const auto flags = file_base::read_write | file_base::create;
    auto [opened] = co_await file.async_open(in("random"), flags, token);
    say("open", opened);
    const std::string block(5000, 'b');
    auto [written, n] = co_await file.async_write_some_at(100, asio::buffer(block), token);
    say("write_some_at", written, n);
    auto [chained, m] =
        co_await file.async_write_and_sync_data_at(6000, asio::buffer(block), token);
    say("write_and_sync", chained, m.bytes_transferred, m.write_error.value(),
        m.sync_error.value());
    std::string found(11'000, '.');
    auto [read, k] = co_await file.async_read_some_at(0, asio::buffer(found), token);
    say("read_some_at", read, k, std::hash<std::string>()(found));
    auto [end, zero] = co_await file.async_read_some_at(20'000, asio::buffer(found), token);
    say("read_some_at the end", end, zero);
    auto [synced] = co_await file.async_sync_all(token);
    say("sync_all", synced);
    auto [resized] = co_await file.async_resize(4000, token);
    say("resize", resized);
    auto [sized, size] = co_await file.async_size(token);
    say("size", sized, size);
    auto [allocated] = co_await file.async_allocate(0, 100'000, token);
    say("allocate", allocated);
    auto [advised] = co_await file.async_advise(0, 0, asiofile::file_advice::will_need, token);
    say("advise", advised);
    auto [found_status, status] = co_await file.async_status(token);
    say("status of a file", found_status, status.size, status.permissions, status.link_count);
    auto [closed] = co_await file.async_close(token);
    say("close", closed);
    for (const char* const path : {"random", "directory/../random", "../x", "missing"}) {
      asiofile::random_access_file beneath(context_);
      auto [ec] = co_await beneath.async_open_beneath(folder_, path, file_base::read_only, token);
      say("open_beneath", ec);
    }
    error_code ec;
    asiofile::random_access_file here(context_);
    here.open(in("random"), file_base::read_only, ec);
    say("synchronous open", ec, here.read_some_at(0, asio::buffer(found), ec));
    say("synchronous status", ec, here.status(ec).size);
    here.close(ec);
    say("synchronous close", ec);
    co_await use_direct();
  }

  asio::awaitable<void> use_direct() {
    asiofile::random_access_file file(context_);
    auto [opened] =
        co_await file.async_open(in("file"), file_base::read_only | file_base::direct, token);
    if (opened) co_return;
    asiofile::aligned_buffer block(4096, 4096);
    auto [read, n] = co_await file.async_read_some_at(4096, asio::buffer(block), token);
    say("direct read", read, n, file.alignment().offset_bytes != 0);
  }

  asio::awaitable<void> use_stream() {
    asiofile::stream_file file(context_);
    const auto flags = file_base::read_write | file_base::create | file_base::truncate;
    auto [opened] = co_await file.async_open(in("stream"), flags, token);
    auto [written, n] =
        co_await file.async_write_some(asio::buffer("line one\nline two\n", 18), token);
    say("stream write", written, n, opened.value());
    error_code ec;
    file.seek(0, file_base::seek_set, ec);
    std::string found(100, '.');
    auto [read, m] = co_await file.async_read_some(asio::buffer(found), token);
    say("stream read", read, m, found);
    int ends[2];
    child_require(::pipe2(ends, O_CLOEXEC) == 0, "pipe2");
    asiofile::stream_file in_end(context_), out_end(context_);
    in_end.assign(ends[0], ec);
    out_end.assign(ends[1], ec);
    auto [sent, s] = co_await out_end.async_write_some(asio::buffer("pipe", 4), token);
    auto [received, r] = co_await in_end.async_read_some(asio::buffer(found), token);
    say("pipe", received, s, r, sent.value());
  }

  asio::awaitable<void> use_readers() {
    asiofile::stream_file lines_of(context_);
    auto [opened] = co_await lines_of.async_open(in("stream"), file_base::read_only, token);
    asiofile::line_reader lines(lines_of);
    auto [read, line] = co_await lines.async_next_string(token);
    say("line", read, line.value_or("none"), opened.value());
    asiofile::stream_file chunks_of(context_);
    auto [opened_too] = co_await chunks_of.async_open(in("file"), file_base::read_only, token);
    asiofile::chunk_reader chunks(chunks_of);
    std::size_t bytes = 0;
    for (;;) {
      auto [ec, chunk] = co_await chunks.async_next(token);
      if (ec || !chunk) {
        say("chunks", ec, bytes, opened_too.value());
        break;
      }
      bytes += chunk->size();
    }
    asiofile::stream_file written_to(context_);
    const auto flags = file_base::write_only | file_base::create | file_base::truncate;
    auto [made] = co_await written_to.async_open(in("written"), flags, token);
    asiofile::file_writer writer(written_to);
    auto [written, n] = co_await writer.async_write(asio::buffer("buffered", 8), token);
    auto [flushed] = co_await writer.async_flush(token);
    say("writer", written, n, flushed.value(), made.value());
    auto [closed] = co_await writer.async_close(token);
    say_file("written", closed, "written");
  }

  asio::awaitable<void> use_temporary() {
    asiofile::random_access_file file(context_);
    const auto flags = file_base::read_write | file_base::temporary;
    auto [opened] = co_await file.async_open(folder_, flags, token);
    auto [written, n] = co_await file.async_write_some_at(0, asio::buffer("t", 1), token);
    say("temporary", opened, written.value(), n);
    asiofile::random_access_file named(context_);
    auto [opened_too] = co_await named.async_open(in("temporary"), flags, token);
    say("temporary of a name", opened_too, filesystem::exists(in("temporary")));
    say("names at the end", {}, std::distance(filesystem::directory_iterator(folder_), {}));
  }

  asio::io_context& context_;
  const std::string folder_;
  std::ostringstream said_;
};

struct fixture {
  watchdog time_limit{std::chrono::seconds(300)};
  temporary_directory directory;
  int runs = 0;

  // The results of every operation in a child that first restricted itself. Empty if the child
  // failed, which is an error.
  std::string transcript(asiofile::backend which, const std::string& what,
                         const std::function<void()>& prepare) {
    const std::string folder = directory.path("run " + std::to_string(runs++ % 10));
    const std::string report = directory.path("report");
    filesystem::remove_all(folder);
    filesystem::create_directory(folder);
    write_file(report, "");
    const auto ended = child_process([&] {
                         ::umask(022);
                         ::unsetenv("ASIOFILE_BACKEND");
                         prepare();
                         asiofile::service_options options;
                         options.backend = which;
                         asio::io_context context;
                         asio::make_service<asiofile::file_service>(context, options);
                         all_operations operations(context, folder);
                         asio::co_spawn(context, operations.run(), [](std::exception_ptr error) {
                           if (error) std::rethrow_exception(error);
                         });
                         context.run();
                         std::ofstream(report) << operations.said();
                       }).wait(std::chrono::seconds(20));
    BOOST_TEST(ended.succeeded(), what << ": " << ended);
    return ended.succeeded() ? read_file(report) : std::string();
  }

  // The operations have the same results after `refuse` as without.
  void compare(asiofile::backend which, const std::string& what,
               const std::function<void()>& refuse) {
    const std::string name = std::string(asiofile::to_string(which)) + ", " + what;
    std::string& wanted = wanted_[which];
    if (wanted.empty()) wanted = transcript(which, "all calls", [] {});
    BOOST_REQUIRE(!wanted.empty());
    const std::string found = transcript(which, name, refuse);
    if (found == wanted || found.empty()) return;
    // Line by line, so that a difference can be read.
    std::istringstream from_wanted(wanted), from_found(found);
    for (std::string one, other; std::getline(from_wanted, one) && std::getline(from_found, other);)
      if (one != other) BOOST_ERROR(name << ": \"" << other << "\" in place of \"" << one << '"');
  }

 private:
  std::map<asiofile::backend, std::string> wanted_;
};

std::string describe(const char* call, int error) {
  return std::string(call) + ": " + std::strerror(error);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(refused_calls, fixture)

BOOST_AUTO_TEST_CASE(of_newer_kinds_are_not_missed) {
  if (const auto why = no_seccomp_reason(); !why.empty()) return skip(why);
  for (const asiofile::backend which : available_backends()) {
    for (const refused_call& each : newer_calls()) {
      for (const int error : each.errors)
        compare(which, describe(each.name, error), [&] { refuse_calls({each.number}, error); });
    }
  }
}

BOOST_AUTO_TEST_CASE(of_newer_kinds_are_not_missed_all_at_a_time) {
  if (const auto why = no_seccomp_reason(); !why.empty()) return skip(why);
  for (const asiofile::backend which : available_backends()) {
    for (const int error : {EPERM, ENOSYS}) {
      compare(which, describe("all", error), [&] {
        std::vector<int> numbers;
        for (const refused_call& each : newer_calls())
          if (std::ranges::find(each.errors, error) != each.errors.end())
            numbers.push_back(each.number);
        refuse_calls(numbers, error);
      });
    }
  }
}

BOOST_AUTO_TEST_CASE(of_copying_within_the_kernel_are_not_missed_whatever_they_say) {
  if (const auto why = no_seccomp_reason(); !why.empty()) return skip(why);
  for (const int error : {EIO, EOVERFLOW, EACCES, ENOENT, EINVAL, EXDEV, EBADF, ETXTBSY, ENOMEM,
                          EISDIR, EOPNOTSUPP}) {
    compare(asiofile::backend::threads, describe("copy_file_range", error),
            [&] { refuse_calls({SYS_copy_file_range}, error); });
  }
}

BOOST_AUTO_TEST_CASE(of_files_without_a_name_are_not_missed) {
  if (const auto why = no_seccomp_reason(); !why.empty()) return skip(why);
  constexpr int unnamed = O_TMPFILE & ~O_DIRECTORY;
  for (const int error : {EINVAL, ENOENT, EISDIR, EOPNOTSUPP, ENOSYS, EPERM}) {
    compare(asiofile::backend::threads, describe("O_TMPFILE", error),
            [&] { refuse_open_flags(unnamed, error); });
  }
}

BOOST_AUTO_TEST_CASE(by_the_file_itself_are_told) {
  // If EPERM is the error for the file itself, the older call returns it too.
  if (const auto why = not_root_reason(); !why.empty()) return skip(why);
  const std::string file = directory.path("immutable");
  write_file(file, "old");
  if (std::system(("chattr +i '" + file + "' 2>/dev/null").c_str()) != 0)
    return skip("the file system has no immutable files (chattr)");
  std::vector<std::vector<int>> missing{{}};
  if (no_seccomp_reason().empty())
    missing.push_back({SYS_faccessat2, SYS_renameat2, SYS_statx, SYS_copy_file_range});
  for (const std::vector<int>& calls : missing) {
    const auto ended =
        child_process([&] {
          if (!calls.empty()) refuse_calls(calls, EPERM);
          const auto fails = [&](const char* what, auto&& start) {
            asio::io_context context;
            error_code result;
            start(context, [&](error_code ec, auto...) { result = ec; });
            context.run();
            child_require(result.value() == EPERM, std::string(what) + ": " + result.message());
          };
          const std::string to = directory.path("to");
          fails("replace", [&](auto& context, auto handler) {
            asiofile::async_replace_file(context, file, asio::buffer("n", 1), handler);
          });
          fails("rename", [&](auto& context, auto handler) {
            asiofile::async_rename(context, file, to, rename_mode::no_replace, handler);
          });
          fails("link", [&](auto& context, auto handler) {
            asiofile::async_link(context, file, to, handler);
          });
          fails("remove", [&](auto& context, auto handler) {
            asiofile::async_remove(context, file, handler);
          });
        }).wait();
    BOOST_TEST(ended.succeeded(), ended);
  }
  BOOST_TEST(std::system(("chattr -i '" + file + '\'').c_str()) == 0);
  BOOST_TEST(read_file(file) == "old");
}

BOOST_AUTO_TEST_SUITE_END()
