// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The facts of a file: streams of every kind, storage, file systems and their device numbers.

#include "system/file_look.hpp"

#include "fifo.hpp"
#include "file_contents.hpp"
#include "forwarding_calls.hpp"
#include "system/file_systems.hpp"
#include "linux_only.hpp"
#include "temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

using namespace asiofile::detail;

namespace {

class opened {
 public:
  explicit opened(int fd) : fd_(fd) { BOOST_REQUIRE(fd != -1); }
  opened(const std::string& path, int flags) : opened(::open(path.c_str(), flags, 0600)) {}
  ~opened() { ::close(fd_); }
  opened(const opened&) = delete;
  opened& operator=(const opened&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

file_facts look(int fd, int open_flags = 0) {
  return look_at_file(*kernel_calls(), fd, open_flags);
}

// A system whose file systems and files report what the test sets.
struct scripted_calls : test_support::forwarding_calls {
  file_system_facts file_system(int) noexcept override {
    ++asked;
    return answer;
  }
  std::int64_t fstat(int, struct stat& found) noexcept override {
    ++stats;
    found = status;
    return stat_result;
  }
  int asked = 0;
  int stats = 0;
  file_system_facts answer;
  struct stat status = {};
  std::int64_t stat_result = 0;
};

constexpr file_system_facts local{.is_local = true, .has_positions = true};
constexpr file_system_facts remote;

// For a local file.
struct closed_quickly {
  scripted_calls system;
  file_facts facts;
  explicit closed_quickly(mode_t type, nlink_t links = 1, blkcnt_t blocks = 0) {
    facts.system = &system;
    facts.is_local = true;
    system.status.st_mode = type;
    system.status.st_nlink = links;
    system.status.st_blocks = blocks;
  }
  explicit operator bool() const { return closes_quickly(facts); }
};

constexpr blkcnt_t gigabyte = 2 * 1024 * 1024;

}  // namespace

BOOST_AUTO_TEST_SUITE(file_looks)

BOOST_AUTO_TEST_CASE(what_is_no_descriptor_is_told) {
  const file_facts facts = look(-1);
  BOOST_TEST(facts.fd == -1);
  BOOST_TEST(!facts.is_stream);
}

BOOST_AUTO_TEST_CASE(a_regular_file_is_storage) {
  const test_support::temporary_directory directory;
  const opened file(directory.path("file"), O_RDWR | O_CREAT | O_APPEND);
  const file_facts facts = look(file.get(), O_RDWR | O_CREAT);
  BOOST_TEST(facts.fd == file.get());
  BOOST_TEST((facts.system == kernel_calls().get()));
  BOOST_TEST(bool(facts.is_storage));
  BOOST_TEST(!facts.is_stream);
  BOOST_TEST(!facts.is_direct);
  BOOST_TEST(!facts.was_truncated);
  BOOST_TEST((facts.status_flags & O_APPEND) != 0);
  BOOST_TEST(bool(facts.takes_nowait));
  BOOST_TEST(bool(look(file.get(), O_TRUNC).was_truncated));
}

BOOST_AUTO_TEST_CASE(pipes_fifos_and_sockets_are_streams) {
  const test_support::temporary_directory directory;
  const test_support::fifo fifo(directory.path("fifo"));
  const opened reader(fifo.path(), O_RDONLY | O_NONBLOCK);
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  const opened first(ends[0]), second(ends[1]);
  const opened socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  for (const int fd : {reader.get(), first.get(), second.get(), socket.get()}) {
    BOOST_TEST(bool(look(fd).is_stream));
    BOOST_TEST(!look(fd).is_storage);
    BOOST_TEST(bool(look(fd).takes_nowait));
  }
  BOOST_TEST((look(reader.get()).status_flags & O_NONBLOCK) != 0);
}

// Such as these: lseek(2) succeeds, pread(2) does not.
BOOST_AUTO_TEST_CASE(what_has_no_positions_is_a_stream_whatever_its_lseek_says) {
  sigset_t none;
  sigemptyset(&none);
  const opened event(::eventfd(0, EFD_CLOEXEC));
  const opened timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  const opened notify(::inotify_init1(IN_CLOEXEC));
  const opened signals(::signalfd(-1, &none, SFD_CLOEXEC));
  for (const opened* const each : {&event, &timer, &notify, &signals}) {
    BOOST_TEST(::lseek(each->get(), 0, SEEK_CUR) == 0);
    const file_facts facts = look(each->get());
    BOOST_TEST(bool(facts.is_stream));
    BOOST_TEST(!facts.is_storage);
  }
}

BOOST_AUTO_TEST_CASE(terminals_are_streams) {
  const opened master(::posix_openpt(O_RDWR | O_NOCTTY));
  BOOST_TEST(bool(look(master.get()).is_stream));
}

BOOST_AUTO_TEST_CASE(devices_and_directories_are_neither_stream_nor_storage) {
  for (const char* const path : {"/dev/null", "/dev/zero", "/"}) {
    const opened file(path, O_RDONLY);
    BOOST_TEST(!look(file.get()).is_stream);
    BOOST_TEST(!look(file.get()).is_storage);
  }
  // If it cannot be read, a write is tried instead.
  const opened null("/dev/null", O_WRONLY);
  BOOST_TEST(!look(null.get()).is_stream);
}

BOOST_AUTO_TEST_CASE(what_is_asked_has_no_effect) {
  const opened event(::eventfd(3, EFD_CLOEXEC));
  look(event.get());
  eventfd_t value = 0;
  BOOST_TEST(::eventfd_read(event.get(), &value) == 0);
  BOOST_TEST(value == 3U);
}

BOOST_AUTO_TEST_CASE(memory_is_recognised) {
  if (!test_support::has_linux(test_support::known_file_systems)) return;
  const opened file(::memfd_create("file", MFD_CLOEXEC));
  const file_facts facts = look(file.get());
  BOOST_TEST(bool(facts.is_in_memory));
  BOOST_TEST(bool(facts.is_local));
  BOOST_TEST(bool(facts.is_storage));
  const opened elsewhere("/proc/self/status", O_RDONLY);
  BOOST_TEST(!look(elsewhere.get()).is_in_memory);
  BOOST_TEST(bool(look(elsewhere.get()).is_local));
}

BOOST_AUTO_TEST_CASE(o_direct_of_a_pipe_means_something_else) {
  int ends[2];
  BOOST_REQUIRE(::pipe2(ends, O_DIRECT) == 0);
  const opened first(ends[0]), second(ends[1]);
  BOOST_TEST(!look(second.get()).is_direct);
}

BOOST_AUTO_TEST_CASE(o_direct_of_storage_is_known) {
  struct direct_calls : scripted_calls {
    std::int64_t status_flags(int) noexcept override { return O_RDWR | O_DIRECT; }
  } direct;
  direct.status.st_mode = S_IFREG;
  file_systems known;
  BOOST_TEST(bool(look_at_file(direct, 0, 0, known).is_direct));
}

// ---- file systems

BOOST_AUTO_TEST_CASE(file_systems_of_this_machine_are_known) {
  for (const unsigned long type : {0xef53UL, 0x58465342UL, 0x9123683eUL, 0x01021994UL, 0x858458f6UL,
                                   0x794c7630UL, 0xf2f52010UL, 0x2fc12fc1UL})
    BOOST_TEST(facts_of_type(type).is_local);
  // FUSE, NFS, SMB (three), 9p, Ceph, AFS, autofs, and an unknown type.
  for (const unsigned long type :
       {0x65735546UL, 0x6969UL, 0x517bUL, 0xff534d42UL, 0xfe534d42UL, 0x01021997UL, 0x00c36400UL,
        0x5346414fUL, 0x0187UL, 0UL, 12345UL})
    BOOST_TEST(!facts_of_type(type).is_local);
  for (const unsigned long type : {0x01021994UL, 0x858458f6UL})
    BOOST_TEST(facts_of_type(type).is_in_memory);
  BOOST_TEST(!facts_of_type(0xef53UL).is_in_memory);
  BOOST_TEST(!facts_of_type(0x794c7630UL).is_in_memory);
}

BOOST_AUTO_TEST_CASE(a_file_system_on_a_device_is_asked_once) {
  if (!test_support::has_linux(test_support::known_file_systems)) return;
  scripted_calls system;
  const file_system_id device = id_of_device(makedev(8, 1));
  for (const file_system_facts& each : {local, remote}) {
    file_systems fresh;
    system.asked = 0;
    system.answer = each;
    for (int i = 0; i != 3; ++i) BOOST_TEST((fresh.look(system, 0, device) == each));
    BOOST_TEST(system.asked == 1);
  }
}

// Its number may be reused after an unmount.
BOOST_AUTO_TEST_CASE(of_one_without_a_device_only_that_it_is_remote_is_remembered) {
  file_systems known;
  scripted_calls system;
  const file_system_id device = id_of_device(makedev(0, 42));
  system.answer = local;
  BOOST_TEST((known.look(system, 0, device) == local));
  BOOST_TEST((known.look(system, 0, device) == local));
  BOOST_TEST(system.asked == 2);
  system.answer = remote;
  BOOST_TEST((known.look(system, 0, device) == remote));
  system.answer = local;
  BOOST_TEST((known.look(system, 0, device) == remote));
  BOOST_TEST(system.asked == 3);
}

BOOST_AUTO_TEST_CASE(one_device_is_not_taken_for_another) {
  file_systems known;
  scripted_calls system;
  system.answer = remote;
  static_cast<void>(known.look(system, 0, id_of_device(makedev(8, 1))));
  system.answer = local;
  BOOST_TEST((known.look(system, 0, id_of_device(makedev(8, 2))) == local));
  BOOST_TEST((known.look(system, 0, id_of_device(makedev(8, 1))) == remote));
  BOOST_TEST((known.look(system, 0, id_of_device(0)) == local));
}

BOOST_AUTO_TEST_CASE(the_oldest_are_forgotten) {
  if (!test_support::has_linux(test_support::known_file_systems)) return;
  file_systems known;
  scripted_calls system;
  system.answer = local;
  constexpr unsigned count = file_systems::known_max;
  for (unsigned i = 0; i != count; ++i)
    static_cast<void>(known.look(system, 0, id_of_device(makedev(8, i))));
  for (unsigned i = 0; i != count; ++i)
    static_cast<void>(known.look(system, 0, id_of_device(makedev(8, i))));
  BOOST_TEST(system.asked == static_cast<int>(count));
  static_cast<void>(known.look(system, 0, id_of_device(makedev(8, count))));
  static_cast<void>(known.look(system, 0, id_of_device(makedev(8, 1))));
  BOOST_TEST(system.asked == static_cast<int>(count) + 1);
  static_cast<void>(known.look(system, 0, id_of_device(makedev(8, 0))));
  BOOST_TEST(system.asked == static_cast<int>(count) + 2);
}

BOOST_AUTO_TEST_CASE(what_is_known_of_a_file_is_its_file_systems) {
  file_systems known;
  scripted_calls system;
  const opened file("/proc/self/exe", O_RDONLY);
  system.status.st_mode = S_IFREG;
  system.status.st_dev = makedev(8, 1);
  system.answer = {.is_local = true, .is_in_memory = true, .has_positions = true};
  BOOST_TEST(bool(look_at_file(system, file.get(), 0, known).is_local));
  BOOST_TEST(bool(look_at_file(system, file.get(), 0, known).is_in_memory));
  system.status.st_mode = S_IFDIR;
  BOOST_TEST(!look_at_file(system, file.get(), 0, known).is_in_memory);
  system.status.st_dev = makedev(8, 2);
  system.answer = remote;
  BOOST_TEST(!look_at_file(system, file.get(), 0, known).is_local);
}

// ---- closing

BOOST_AUTO_TEST_CASE(a_remote_file_is_not_even_asked) {
  closed_quickly file(S_IFREG);
  file.facts.is_local = false;
  BOOST_TEST(!file);
  BOOST_TEST(file.system.stats == 0);
}

BOOST_AUTO_TEST_CASE(a_file_with_a_name_or_little_data_closes_quickly) {
  BOOST_TEST(bool(closed_quickly(S_IFREG, 1, gigabyte)));
  BOOST_TEST(bool(closed_quickly(S_IFREG, 0, 8)));
  BOOST_TEST(!closed_quickly(S_IFREG, 0, gigabyte));
  closed_quickly unknown(S_IFREG);
  unknown.system.stat_result = -EIO;
  BOOST_TEST(!unknown);
}

BOOST_AUTO_TEST_CASE(a_large_file_that_was_truncated_is_written_back_when_it_is_closed) {
  closed_quickly large(S_IFREG, 1, gigabyte), small(S_IFREG, 1, 8);
  large.facts.was_truncated = small.facts.was_truncated = true;
  BOOST_TEST(!large);
  BOOST_TEST(bool(small));
}

BOOST_AUTO_TEST_CASE(what_drains_or_lingers_does_not_close_quickly) {
  for (const mode_t type : {mode_t{S_IFSOCK}, mode_t{S_IFCHR}, mode_t{S_IFBLK}})
    BOOST_TEST(!closed_quickly(type));
  for (const mode_t type : {mode_t{S_IFIFO}, mode_t{S_IFDIR}, mode_t{0}})
    BOOST_TEST(bool(closed_quickly(type)));
}

BOOST_AUTO_TEST_SUITE_END()
