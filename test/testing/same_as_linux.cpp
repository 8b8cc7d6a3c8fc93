// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Files in memory behave like the system's files: the same sequences of operations are run on both,
// and every result and the final state are compared. On a disk (such as ext4) and on tmpfs.

#include "on_destruction.hpp"
#include "random_steps.hpp"
#include "skip.hpp"
#include "step_runner.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>
#include <asiofile/testing/file_system.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <linux/magic.h>
#include <sys/vfs.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace asio = boost::asio;
using namespace testing_tests;

namespace {

// Runs a sequence on the system's files in a new directory, and on files in memory.
void compare(std::uint32_t seed, const std::string& directory) {
  constexpr int steps = 400;
  asio::io_context real_context;
  asiofile::service_options options;
  options.backend = asiofile::backend::threads;
  asio::make_service<asiofile::file_service>(real_context, options);
  step_runner real(real_context, directory);

  asiofile::testing::file_system files({.seed = seed});
  asio::io_context memory_context;
  files.attach(memory_context);
  step_runner memory(memory_context, "/root");

  sequence both(seed);
  step first;
  first.what = make_directory;
  first.path = ".";
  BOOST_TEST(real.run(first) == memory.run(first));
  std::string past;
  for (int i = 0; i != steps; ++i) {
    const step next = both.next();
    const std::string expected = real.run(next);
    const std::string found = memory.run(next);
    past += describe(next) + ": " + expected.substr(0, 60) + '\n';
    if (expected != found) BOOST_TEST_MESSAGE(past);
    BOOST_REQUIRE_MESSAGE(expected == found, "seed " << seed << ": " << describe(next)
                                                     << "\nthe system: " << expected
                                                     << "\nin memory: " << found);
  }
  const std::string expected = real.contents();
  const std::string found = memory.contents();
  BOOST_REQUIRE_MESSAGE(expected == found, "seed " << seed << "\nthe system: " << expected
                                                   << "\nin memory: " << found);
}

// The tmpfs that everybody may use, if there is one.
std::string new_directory_on_tmpfs() {
  struct statfs found;
  if (::statfs("/dev/shm", &found) == -1 || found.f_type != TMPFS_MAGIC) return {};
  std::string name = "/dev/shm/asiofile-test-XXXXXX";
  return ::mkdtemp(name.data()) == nullptr ? std::string() : name;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(testing_same_as_linux)

BOOST_AUTO_TEST_CASE(random_sequences_give_the_same_results_and_files_as_the_system) {
  const test_support::watchdog guard(std::chrono::seconds(300));
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    const test_support::temporary_directory directory;
    compare(seed, directory.path("root"));
  }
}

BOOST_AUTO_TEST_CASE(random_sequences_give_the_same_results_and_files_as_tmpfs) {
  const test_support::watchdog guard(std::chrono::seconds(300));
  for (std::uint32_t seed = 1001; seed <= 1060; ++seed) {
    const std::string directory = new_directory_on_tmpfs();
    if (directory.empty()) return test_support::skip("/dev/shm is no tmpfs to write to");
    const auto removal =
        test_support::on_destruction([&] { std::filesystem::remove_all(directory); });
    compare(seed, directory + "/root");
  }
}

BOOST_AUTO_TEST_SUITE_END()
