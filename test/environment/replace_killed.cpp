// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A process that is killed while it replaces a file leaves the old content or the new one.

#include "child_process.hpp"
#include "file_contents.hpp"
#include "private_mounts.hpp"
#include "replacing.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"
#include "watchdog.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/mount.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <random>
#include <string>
#include <thread>

namespace asio = boost::asio;
using boost::system::error_code;
using namespace test_support;

namespace {

constexpr int rounds = 200;
constexpr std::size_t file_bytes = 100'000;

// Replaces the file repeatedly, each time with another letter.
[[noreturn]] void replace_for_ever(const std::string& path, replacing replace) {
  asio::io_context context;
  for (unsigned i = 0;; ++i) {
    const std::string text(file_bytes, static_cast<char>('a' + i % 26));
    const error_code failed = replace(context, path, text);
    child_require(!failed, failed.message());
  }
}

// Removes all other files, and returns how many there were.
std::size_t remove_temporary_files(const temporary_directory& directory) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory.root())) {
    const std::string name = entry.path().filename().string();
    if (name == "file") continue;
    BOOST_TEST((name.size() == 26 && name.compare(0, 10, ".asiofile-") == 0), name);
    std::filesystem::remove(entry.path());
    ++count;
  }
  return count;
}

// Kills children at random moments. Returns how many left a temporary file behind.
template <typename Prepare>
std::size_t kill_children(const temporary_directory& directory, int count, replacing replace,
                          Prepare&& prepare) {
  const std::string path = directory.path("file");
  write_file(path, std::string(file_bytes, 'o'));
  std::mt19937 random(count);
  std::size_t left_over = 0;
  std::size_t changed = 0;
  for (int i = 0; i != count; ++i) {
    const std::string before = read_file(path);
    {
      const child_process child([&] {
        prepare();
        replace_for_ever(path, replace);
      });
      // On a busy machine a child takes a while to begin; for some, does not wait.
      if (i % 4 != 0) wait_until([&] { return read_file(path) != before; });
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 25'000));
    }
    const std::string found = read_file(path);
    BOOST_TEST(found.size() == file_bytes);
    BOOST_TEST(all_are(found, found.empty() ? 'o' : found[0]));
    if (found != before) ++changed;
    left_over += remove_temporary_files(directory);
  }
  BOOST_TEST_MESSAGE(changed << " of " << count << " children replaced the file before they were "
                             << "killed; " << left_over << " left a temporary file");
  BOOST_TEST(changed > static_cast<std::size_t>(count) / 10);
  return left_over;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(replace_killed)

BOOST_DATA_TEST_CASE(at_any_moment_leaves_the_old_or_the_new_content,
                     boost::unit_test::data::make({&replace_at_once, &replace_in_pieces})) {
  const watchdog limit(std::chrono::seconds(60));
  const temporary_directory directory;
  const std::size_t left_over = kill_children(directory, rounds, sample, [] {});
  // If the file can be unnamed, it has a temporary name only between two system calls.
  BOOST_TEST(left_over < rounds / 10);
}

BOOST_DATA_TEST_CASE(without_proc_leaves_the_old_or_the_new_content,
                     boost::unit_test::data::make({&replace_at_once, &replace_in_pieces})) {
  const watchdog limit(std::chrono::seconds(60));
  const temporary_directory directory;
  const auto can = child_process([] {
                     child_require(enter_private_mounts().empty(), "no private mounts");
                     child_require(::umount2("/proc", MNT_DETACH) == 0, "umount /proc");
                   }).wait();
  if (!can.succeeded()) return skip(can.failure);
  // An unnamed file cannot be given a name there.
  kill_children(directory, rounds / 4, sample, [] {
    enter_private_mounts();
    ::umount2("/proc", MNT_DETACH);
  });
}

BOOST_AUTO_TEST_SUITE_END()
