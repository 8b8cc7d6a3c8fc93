// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Every kind of file gives the same results on every backend, asynchronously and synchronously:
// one table of cases, run in one process for each available backend. doc/backends.md shows the same
// table.

#include "available_backends.hpp"
#include "child_process.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "fuse_file_system.hpp"
#include "private_mounts.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/mman.h>
#include <sys/prctl.h>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using boost::system::error_code;
using test_support::child_require;
using test_support::obstacle;

namespace {

// What is done with each file, in this order.
enum column : std::size_t {
  open_for_both,
  read,
  read_at_the_end,
  read_past_the_end,
  read_misaligned_offset,
  read_misaligned_length,
  read_misaligned_memory,
  write,
  write_past_the_end,
  write_misaligned_offset,
  write_misaligned_length,
  write_misaligned_memory,
  size_after_writing,
  sync_all,
  sync_data,
  resize,
  size_after_resizing,
  read_if_open_for_writing,
  write_if_open_for_reading,
  resize_if_open_for_reading,
  all_if_closed,
  column_count
};

constexpr std::array<const char*, column_count> column_names = {
    "open for reading and writing",
    "read 4096 at 0",
    "read 4096 at 8192",
    "read 4096 at 2 MiB",
    "read 4096 at 1",
    "read 100 at 0",
    "read 4096 at 0 to a misaligned address",
    "write 4096 at 0",
    "write 4096 at 16384",
    "write 4096 at 1",
    "write 100 at 0",
    "write 4096 at 0 from a misaligned address",
    "size",
    "sync_all",
    "sync_data",
    "resize to 12288",
    "size after that",
    "read, open for writing only",
    "write, open for reading only",
    "resize, open for reading only",
    "read, write, sync_all, resize, size, closed",
};

// A count of bytes, "ok", "eof", or the name of an error. "*": depends on the machine, but is the
// same for all.
using results = std::array<std::string, column_count>;

// Regular files begin with 10,000 bytes; the block device has 1 MiB; FIFO and terminal get 100
// bytes before each read.
constexpr std::size_t content_bytes = 10'000;
constexpr std::uint64_t device_bytes = 1'024 * 1'024;
constexpr std::size_t fed_bytes = 100;
constexpr const char* all_closed = "EBADF EBADF EBADF EBADF EBADF";

const results regular_results = {
    "ok", "4096", "1808", "eof", "4096", "100", "4096",  // open, read
    "4096", "4096", "4096", "100", "4096",               // write
    "20480", "ok", "ok", "ok", "12288",                  // size, sync, resize
    "EBADF", "EBADF", "EINVAL", all_closed};

const results direct_results = {
    "ok", "4096", "1808", "eof", "EINVAL", "EINVAL", "EINVAL",
    "4096", "4096", "EINVAL", "EINVAL", "EINVAL",
    "20480", "ok", "ok", "ok", "12288",
    "EBADF", "EBADF", "EINVAL", all_closed};

const results block_device_results = {
    "ok", "4096", "4096", "eof", "4096", "100", "4096",
    "4096", "4096", "4096", "100", "4096",
    "1048576", "ok", "ok", "EINVAL", "1048576",
    "EBADF", "EBADF", "EINVAL", all_closed};

const results direct_block_device_results = {
    "ok", "4096", "4096", "eof", "EINVAL", "EINVAL", "EINVAL",
    "4096", "4096", "EINVAL", "EINVAL", "EINVAL",
    "1048576", "ok", "ok", "EINVAL", "1048576",
    "EBADF", "EBADF", "EINVAL", all_closed};

const results proc_results = {
    "EACCES", "6", "eof", "eof", "5", "6", "6",
    "EBADF", "EBADF", "EBADF", "EBADF", "EBADF",
    "0", "EINVAL", "EINVAL", "EINVAL", "0",
    "open EACCES", "EBADF", "EINVAL", all_closed};

const results sys_results = {
    "*", "2", "eof", "eof", "1", "2", "2",
    "EBADF", "EBADF", "EBADF", "EBADF", "EBADF",
    "4096", "*", "*", "EINVAL", "4096",
    "*", "EBADF", "EINVAL", all_closed};

// A name of at most 15 bytes and a newline, whatever the offset of the write; zeros make it empty.
const results proc_comm_results = {
    "ok", "5", "eof", "eof", "4", "5", "5",
    "4096", "4096", "4096", "100", "4096",
    "0", "EINVAL", "EINVAL", "*", "0",
    "EBADF", "EBADF", "EINVAL", all_closed};

const results dev_zero_results = {
    "ok", "4096", "4096", "4096", "4096", "100", "4096",
    "4096", "4096", "4096", "100", "4096",
    "0", "EINVAL", "EINVAL", "EINVAL", "0",
    "EBADF", "EBADF", "EINVAL", all_closed};

const results dev_full_results = {
    "ok", "4096", "4096", "4096", "4096", "100", "4096",
    "ENOSPC", "ENOSPC", "ENOSPC", "ENOSPC", "ENOSPC",
    "0", "EINVAL", "EINVAL", "EINVAL", "0",
    "EBADF", "EBADF", "EINVAL", all_closed};

const results stream_results = {
    "ok", "100", "100", "100", "100", "100", "100",
    "4096", "4096", "4096", "100", "4096",
    "0", "EINVAL", "EINVAL", "EINVAL", "0",
    "EBADF", "EBADF", "EINVAL", all_closed};

const results directory_results = {
    "EISDIR", "EISDIR", "EISDIR", "EISDIR", "EISDIR", "EISDIR", "EISDIR",
    "EBADF", "EBADF", "EBADF", "EBADF", "EBADF",
    "*", "ok", "ok", "EINVAL", "*",
    "open EISDIR", "EBADF", "EINVAL", all_closed};

// --- In the child ----------------------------------------------------------------------------

std::string text_of(const error_code& ec) {
  if (!ec) return "ok";
  if (ec == asio::error::eof) return "eof";
  static const std::map<int, const char*> names = {
      {EACCES, "EACCES"}, {EBADF, "EBADF"},   {EINVAL, "EINVAL"}, {EIO, "EIO"},
      {EISDIR, "EISDIR"}, {ENOSPC, "ENOSPC"}, {ESPIPE, "ESPIPE"}, {EEXIST, "EEXIST"}};
  const auto name = names.find(ec.value());
  return name == names.end() ? ec.message() : name->second;
}

// A file that everything is tried on.
struct subject {
  std::string path;
  file_base::flags access = file_base::read_write;
  file_base::flags extra{};
  // Puts it into its initial state.
  std::function<void()> prepare = [] {};
  // A stream: puts bytes in to be read, takes out what is left.
  std::function<void()> feed = [] {};
  std::function<void()> drain = [] {};
  // Objects that must live as long.
  std::vector<std::shared_ptr<void>> kept;
};

// Does one thing after the other, by one backend, or by the synchronous functions.
class surveyor {
 public:
  surveyor(const subject& about, asiofile::backend which, bool is_synchronous)
      : subject_(about), is_synchronous_(is_synchronous) {
    test_support::use_backend(context_, which);
  }

  results run() {
    results found;
    subject_.prepare();
    random_access_file file(context_);
    found[open_for_both] = open(file, file_base::read_write);
    file.close();
    child_require(open(file, subject_.access) == "ok", "cannot open " + subject_.path);

    found[read] = read_at(file, 0, page());
    found[read_at_the_end] = read_at(file, 8'192, page());
    found[read_past_the_end] = read_at(file, 2 * device_bytes, page());
    found[read_misaligned_offset] = read_at(file, 1, page());
    found[read_misaligned_length] = read_at(file, 0, asio::buffer(page(), 100));
    found[read_misaligned_memory] = read_at(file, 0, misaligned_page());
    found[write] = write_at(file, 0, page());
    found[write_past_the_end] = write_at(file, 16'384, page());
    found[write_misaligned_offset] = write_at(file, 1, page());
    found[write_misaligned_length] = write_at(file, 0, asio::buffer(page(), 100));
    found[write_misaligned_memory] = write_at(file, 0, misaligned_page());
    found[size_after_writing] = size_of(file);
    found[sync_all] = sync(file, true);
    found[sync_data] = sync(file, false);
    found[resize] = resize_to(file, 12'288);
    found[size_after_resizing] = size_of(file);
    file.close();

    const auto only = [&](file_base::flags access, auto operation) {
      const std::string opened = open(file, access);
      const std::string result = opened == "ok" ? operation() : "open " + opened;
      file.close();
      return result;
    };
    found[read_if_open_for_writing] =
        only(file_base::write_only, [&] { return read_at(file, 0, page()); });
    found[write_if_open_for_reading] =
        only(file_base::read_only, [&] { return write_at(file, 0, page()); });
    found[resize_if_open_for_reading] =
        only(file_base::read_only, [&] { return resize_to(file, 0); });

    found[all_if_closed] = read_at(file, 0, page()) + ' ' + write_at(file, 0, page()) + ' ' +
                           sync(file, true) + ' ' + resize_to(file, 0) + ' ' + size_of(file);
    return found;
  }

 private:
  asio::mutable_buffer page() { return asio::buffer(memory_, 4'096); }
  asio::mutable_buffer misaligned_page() { return asio::buffer(asio::buffer(memory_) + 1, 4'096); }

  std::string open(random_access_file& file, file_base::flags access) {
    error_code ec;
    if (is_synchronous_) {
      file.open(subject_.path, access | subject_.extra, ec);
    } else {
      file.async_open(subject_.path, access | subject_.extra, [&](error_code e) { ec = e; });
      finish();
    }
    return text_of(ec);
  }

  std::string read_at(random_access_file& file, std::uint64_t offset, asio::mutable_buffer into) {
    subject_.feed();
    error_code ec;
    std::size_t bytes = 0;
    if (is_synchronous_) {
      bytes = file.read_some_at(offset, into, ec);
    } else {
      file.async_read_some_at(offset, into, [&](error_code e, std::size_t n) {
        ec = e;
        bytes = n;
      });
      finish();
    }
    subject_.drain();
    return transfer_text(ec, bytes);
  }

  std::string write_at(random_access_file& file, std::uint64_t offset, asio::const_buffer from) {
    error_code ec;
    std::size_t bytes = 0;
    if (is_synchronous_) {
      bytes = file.write_some_at(offset, from, ec);
    } else {
      file.async_write_some_at(offset, from, [&](error_code e, std::size_t n) {
        ec = e;
        bytes = n;
      });
      finish();
    }
    subject_.drain();
    return transfer_text(ec, bytes);
  }

  std::string size_of(random_access_file& file) {
    error_code ec;
    std::uint64_t bytes = 0;
    if (is_synchronous_) {
      bytes = file.size(ec);
    } else {
      file.async_size([&](error_code e, std::uint64_t n) {
        ec = e;
        bytes = n;
      });
      finish();
    }
    return transfer_text(ec, bytes);
  }

  std::string sync(random_access_file& file, bool all) {
    error_code ec;
    const auto handler = [&](error_code e) { ec = e; };
    if (is_synchronous_)
      all ? file.sync_all(ec) : file.sync_data(ec);
    else if (all)
      file.async_sync_all(handler);
    else
      file.async_sync_data(handler);
    finish();
    return text_of(ec);
  }

  std::string resize_to(random_access_file& file, std::uint64_t bytes) {
    error_code ec;
    if (is_synchronous_)
      file.resize(bytes, ec);
    else
      file.async_resize(bytes, [&](error_code e) { ec = e; });
    finish();
    return text_of(ec);
  }

  void finish() {
    context_.restart();
    context_.run();
  }

  static std::string transfer_text(const error_code& ec, std::uint64_t bytes) {
    if (!ec) return std::to_string(bytes);
    return bytes == 0 ? text_of(ec) : text_of(ec) + " with " + std::to_string(bytes);
  }

  const subject& subject_;
  const bool is_synchronous_;
  asio::io_context context_;
  asiofile::aligned_buffer memory_{3 * 4'096};
};

// Lines "who <tab> what <tab> result".
void report_all(const subject& about, std::ostream& report) {
  const auto write_down = [&](const std::string& who, const results& found) {
    for (std::size_t i = 0; i != column_count; ++i)
      report << who << '\t' << column_names[i] << '\t' << found[i] << '\n';
  };
  for (const asiofile::backend which : test_support::available_backends()) {
    const std::string name(asiofile::to_string(which));
    write_down(name, surveyor(about, which, false).run());
    write_down("synchronously on " + name, surveyor(about, which, true).run());
  }
}

// Sets a subject up below a folder, or says why that is not possible.
using set_up_function = std::function<obstacle(subject&, const std::string& folder)>;

obstacle refuses_direct(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC);
  if (fd != -1) ::close(fd);
  return fd == -1 ? test_support::errno_obstacle("open with O_DIRECT") : obstacle();
}

obstacle regular_file(subject& about, const std::string& folder) {
  if (about.path.empty()) about.path = folder + "/file";
  const std::string path = about.path;
  about.prepare = [path] {
    test_support::make_pattern_file(path, 1, content_bytes);
    // Written back first: a direct read of dirty pages behaves differently.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    ::fsync(fd);
    ::close(fd);
  };
  about.prepare();
  return {};
}

set_up_function direct(set_up_function of) {
  return [=](subject& about, const std::string& folder) {
    about.extra = file_base::direct;
    obstacle found = of(about, folder);
    return found.empty() ? refuses_direct(about.path) : found;
  };
}

set_up_function special_file(std::string path, file_base::flags access) {
  return [=](subject& about, const std::string&) {
    about.path = path;
    about.access = access;
    return ::access(path.c_str(), R_OK) == 0 ? obstacle() : test_support::errno_obstacle(path);
  };
}

set_up_function on_image(std::string type) {
  return [=](subject& about, const std::string& folder) {
    obstacle found = test_support::enter_private_mounts();
    test_support::loop_device device;
    if (found.empty())
      found = test_support::mount_image(type, folder + "/image", folder + "/mounted", device);
    return found.empty() ? regular_file(about, folder + "/mounted") : found;
  };
}

obstacle on_tmpfs(subject& about, const std::string& folder) {
  obstacle found = test_support::enter_private_mounts();
  if (found.empty()) found = test_support::mount_new("tmpfs", "none", folder + "/mounted");
  return found.empty() ? regular_file(about, folder + "/mounted") : found;
}

obstacle on_fuse(subject& about, const std::string& folder) {
  obstacle found = test_support::enter_private_mounts();
  if (!found.empty()) return found;
  const auto mounted = std::make_shared<test_support::fuse_file_system>();
  about.kept.push_back(mounted);
  found = mounted->mount(folder + "/mounted", std::chrono::milliseconds(0));
  if (!found.empty()) return found;
  about.path = mounted->path();
  return regular_file(about, folder);
}

obstacle block_device(subject& about, const std::string& folder) {
  obstacle found = test_support::make_image(folder + "/image", device_bytes);
  if (!found.empty()) return found;
  const auto device = std::make_shared<test_support::loop_device>();
  about.kept.push_back(device);
  found = device->attach(folder + "/image");
  about.path = device->path();
  return found;
}

// The other end of a stream: takes out what is there.
void take_all(int fd) {
  char bytes[65'536];
  while (::read(fd, bytes, sizeof bytes) > 0) {
  }
}

obstacle fifo(subject& about, const std::string& folder) {
  const auto made = std::make_shared<test_support::fifo>(folder + "/fifo");
  about.kept.push_back(made);
  about.path = made->path();
  about.feed = [made] { child_require(made->feed(fed_bytes), "the FIFO is full"); };
  about.drain = [made] {
    while (!made->drain().empty()) {
    }
  };
  return {};
}

obstacle terminal(subject& about, const std::string&) {
  const int controller = ::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  char name[100];
  if (controller == -1 || ::grantpt(controller) == -1 || ::unlockpt(controller) == -1 ||
      ::ptsname_r(controller, name, sizeof name) != 0)
    return test_support::errno_obstacle("there are no pseudo-terminals");
  about.path = name;
  const int held = ::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  termios settings{};
  if (held == -1 || ::tcgetattr(held, &settings) == -1)
    return test_support::errno_obstacle("the terminal");
  ::cfmakeraw(&settings);
  ::tcsetattr(held, TCSANOW, &settings);
  about.feed = [controller] {
    const std::string bytes(fed_bytes, 'f');
    child_require(::write(controller, bytes.data(), fed_bytes) == ssize_t{fed_bytes},
                  "the terminal takes nothing");
  };
  about.drain = [controller, held] {
    ::tcflush(held, TCIFLUSH);
    take_all(controller);
  };
  return {};
}

obstacle own_name(subject& about, const std::string&) {
  about.path = "/proc/self/comm";
  about.prepare = [] { child_require(::prctl(PR_SET_NAME, "test") == 0, "prctl"); };
  return {};
}

obstacle folder_itself(subject& about, const std::string& folder) {
  about.path = folder;
  about.access = file_base::read_only;
  return {};
}

obstacle memory_file(subject& about, const std::string& folder) {
  const int fd = ::memfd_create("asiofile-test", MFD_CLOEXEC);
  if (fd == -1) return test_support::errno_obstacle("memfd_create");
  about.path = "/proc/self/fd/" + std::to_string(fd);
  return regular_file(about, folder);
}

// --- In the parent ---------------------------------------------------------------------------

struct fixture {
  test_support::temporary_directory directory;

  void check(const set_up_function& set_up, const results& expected) {
    const std::string report_path = directory.path("report");
    const auto child = test_support::child_process([&] {
                         std::ofstream report(report_path);
                         subject about;
                         const obstacle found = set_up(about, directory.root());
                         if (!found.empty()) {
                           report << found << '\n';
                           return;
                         }
                         report << '\n';
                         report_all(about, report);
                       }).wait(std::chrono::seconds(60));
    const bool nothing_left = test_support::wait_until(
        [&] { return test_support::loop_devices_below(directory.root()) == 0; });
    BOOST_TEST(nothing_left, "a loop device is still attached");
    BOOST_REQUIRE_MESSAGE(child.succeeded(), child);

    std::ifstream report(report_path);
    std::string why;
    std::getline(report, why);
    if (!why.empty()) return test_support::skip(why);
    compare(report, expected);
  }

  static void compare(std::istream& report, const results& expected) {
    std::string who;
    std::string what;
    std::string result;
    results first;
    std::size_t lines = 0;
    while (std::getline(report, who, '\t') && std::getline(report, what, '\t') &&
           std::getline(report, result)) {
      const std::size_t i = lines++ % column_count;
      BOOST_TEST_CONTEXT(who << ": " << what) {
        BOOST_TEST(what == column_names[i]);
        if (first[i].empty()) first[i] = result;
        BOOST_TEST(result == first[i]);
        if (expected[i] != "*") BOOST_TEST(result == expected[i]);
      }
    }
    BOOST_TEST(lines >= 2 * column_count);
    BOOST_TEST(lines % column_count == 0U);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(routing, fixture)

BOOST_AUTO_TEST_CASE(regular_file_here) { check(regular_file, regular_results); }

BOOST_AUTO_TEST_CASE(regular_file_on_ext4) { check(on_image("ext4"), regular_results); }
BOOST_AUTO_TEST_CASE(regular_file_on_xfs) { check(on_image("xfs"), regular_results); }
BOOST_AUTO_TEST_CASE(regular_file_on_btrfs) { check(on_image("btrfs"), regular_results); }
BOOST_AUTO_TEST_CASE(regular_file_on_tmpfs) { check(on_tmpfs, regular_results); }
BOOST_AUTO_TEST_CASE(regular_file_on_fuse) { check(on_fuse, regular_results); }
BOOST_AUTO_TEST_CASE(memfd) { check(memory_file, regular_results); }

BOOST_AUTO_TEST_CASE(direct_file_on_ext4) { check(direct(on_image("ext4")), direct_results); }
BOOST_AUTO_TEST_CASE(direct_file_on_xfs) { check(direct(on_image("xfs")), direct_results); }
// These accept any alignment, through the cache if necessary.
BOOST_AUTO_TEST_CASE(direct_file_on_btrfs) { check(direct(on_image("btrfs")), regular_results); }
BOOST_AUTO_TEST_CASE(direct_file_on_tmpfs) { check(direct(on_tmpfs), regular_results); }
BOOST_AUTO_TEST_CASE(direct_file_on_fuse) { check(direct(on_fuse), regular_results); }

BOOST_AUTO_TEST_CASE(block_device_buffered) { check(block_device, block_device_results); }
BOOST_AUTO_TEST_CASE(block_device_direct) {
  check(direct(block_device), direct_block_device_results);
}

BOOST_AUTO_TEST_CASE(file_of_proc) {
  check(special_file("/proc/sys/kernel/ostype", file_base::read_only), proc_results);
}
BOOST_AUTO_TEST_CASE(file_of_proc_without_write_positions) {
  check(own_name, proc_comm_results);
}
BOOST_AUTO_TEST_CASE(file_of_sys) {
  check(special_file("/sys/kernel/fscaps", file_base::read_only), sys_results);
}
BOOST_AUTO_TEST_CASE(dev_zero) {
  check(special_file("/dev/zero", file_base::read_write), dev_zero_results);
}
BOOST_AUTO_TEST_CASE(dev_full) {
  check(special_file("/dev/full", file_base::read_write), dev_full_results);
}
BOOST_AUTO_TEST_CASE(fifo_with_both_ends_open) { check(fifo, stream_results); }
BOOST_AUTO_TEST_CASE(pseudo_terminal) { check(terminal, stream_results); }
BOOST_AUTO_TEST_CASE(directory_opened_as_a_file) { check(folder_itself, directory_results); }

// Linux creates the file and then refuses to open it: a second try would report that it exists.
BOOST_AUTO_TEST_CASE(a_new_exclusive_file_that_cannot_be_direct_is_invalid) {
  const std::string report = directory.path("report");
  const auto child =
      test_support::child_process([&] {
        const std::string mounted = directory.path("mounted");
        obstacle found = test_support::enter_private_mounts();
        // The one common file system without O_DIRECT.
        if (found.empty()) found = test_support::mount_new("ramfs", "none", mounted);
        std::ofstream(report) << found;
        if (!found.empty()) return;
        constexpr auto flags = file_base::read_write | file_base::create | file_base::exclusive |
                               file_base::direct;
        for (const asiofile::backend which : test_support::available_backends()) {
          const std::string name(asiofile::to_string(which));
          asio::io_context context;
          test_support::use_backend(context, which);
          random_access_file file(context);
          error_code ec;
          file.async_open(mounted + "/asynchronous-" + name, flags, [&](error_code e) { ec = e; });
          context.run();
          child_require(text_of(ec) == "EINVAL", name + ": async_open: " + ec.message());
          file.open(mounted + "/synchronous-" + name, flags, ec);
          child_require(text_of(ec) == "EINVAL", name + ": open: " + ec.message());
        }
      }).wait();
  BOOST_TEST(child.succeeded(), child);
  std::string why;
  std::getline(std::ifstream(report), why);
  if (!why.empty()) test_support::skip(why);
}

BOOST_AUTO_TEST_SUITE_END()
