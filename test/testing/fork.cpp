// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Several contexts on one file system in memory, and a fork.

#include "child_process.hpp"
#include "files_in_memory.hpp"
#include "watchdog.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <thread>

using namespace testing_tests;

namespace {

void notify(program& its, asio::execution_context::fork_event what) {
  its.context.notify_fork(what);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(testing_fork)

BOOST_AUTO_TEST_CASE(each_context_holds_the_files_across_a_fork_and_releases_them) {
  if (!test_support::children_can_be_trusted()) return;
  const test_support::watchdog watchdog(std::chrono::seconds(20));
  file_system files;
  program first(files), second(files);
  write(first, "/a", 0, "a");
  write(second, "/b", 0, "b");
  for (program* const each : {&first, &second})
    notify(*each, asio::execution_context::fork_prepare);
  // The lock is held by this thread, which can nevertheless look.
  BOOST_TEST(files.read_file("/a").value_or("none") == "a");
  test_support::child_process child([&] {
    for (program* const each : {&first, &second})
      notify(*each, asio::execution_context::fork_child);
    write(second, "/a", 0, "child");
    test_support::child_require(files.read_file("/a") == "child", "the files cannot be used");
  });
  notify(first, asio::execution_context::fork_parent);
  BOOST_TEST(files.read_file("/b").value_or("none") == "b");
  notify(second, asio::execution_context::fork_parent);
  // Released by both: another thread can take the lock.
  std::thread([&] { files.advance(std::chrono::seconds(1)); }).join();
  write(second, "/a", 0, "parent");
  BOOST_TEST(files.read_file("/a").value_or("none") == "parent");
  const auto ended = child.wait();
  BOOST_TEST(ended.succeeded(), ended);
}

BOOST_AUTO_TEST_SUITE_END()
