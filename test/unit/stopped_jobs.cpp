// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Jobs on names and directories that are stopped early: they have no effect, or the whole effect.

#include "service/directory_job.hpp"

#include "file_contents.hpp"
#include "linux_only.hpp"
#include "open_descriptors.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"

#include <asiofile/detail/beneath.hpp>
#include <asiofile/detail/path_job.hpp>
#include <asiofile/file_base.hpp>

#include <asiofile/detail/directory_job.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <thread>

namespace filesystem = std::filesystem;
using namespace asiofile::detail;

BOOST_AUTO_TEST_SUITE(stopped_jobs)

BOOST_AUTO_TEST_CASE(a_call_that_is_stopped_before_it_is_made_is_not_made) {
  const test_support::temporary_directory directory;
  const std::string path = directory.path("new");
  path_job job({.make = &create_directory, .path = path, .option = 0777});
  job.stop();
  BOOST_TEST(job.run() == -ECANCELED);
  BOOST_TEST(!filesystem::exists(path));

  const auto open =
      make_beneath_open(make_beneath_root(directory.root()), "file",
                        asiofile::file_base::write_only | asiofile::file_base::create,
                        default_permissions);
  open->stop();
  BOOST_TEST(open->run() == -ECANCELED);
  BOOST_TEST(!filesystem::exists(directory.path("file")));
}

BOOST_AUTO_TEST_CASE(a_call_that_is_interrupted_is_made_again_if_it_may_be) {
  static int calls;
  calls = 0;
  const auto interrupted_twice = [](path_call&) -> std::int64_t {
    return ++calls < 3 ? -EINTR : 0;
  };
  BOOST_TEST(path_job({.make = interrupted_twice}).run() == 0);
  BOOST_TEST(calls == 3);
  calls = 0;
  BOOST_TEST(path_job({.make = interrupted_twice, .may_repeat = false}).run() == -EINTR);
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(a_listing_that_is_stopped_at_any_moment_loses_no_name) {
  if (!test_support::has_linux(test_support::known_file_systems)) return;
  const test_support::temporary_directory directory;
  constexpr std::size_t count = 1000;
  for (std::size_t i = 0; i != count; ++i)
    test_support::write_file(directory.path("name" + std::to_string(i)), "");
  boost::asio::io_context context;
  const auto state = make_directory_state(context.get_executor());
  const std::size_t descriptors = test_support::open_descriptor_count();
  BOOST_REQUIRE(directory_job(state, directory_step::open, directory.root()).run() == 0);

  std::atomic<directory_job*> running = nullptr;
  std::atomic<bool> is_over = false;
  std::thread stopping([&] {
    while (!is_over) {
      if (directory_job* const found = running.exchange(nullptr)) {
        found->stop();
        // Returned; until then it is not destroyed.
        running = found;
        while (running == found && !is_over) std::this_thread::yield();
      }
    }
  });
  std::size_t stopped_within = 0;
  // Until one was stopped while it ran: if the other thread rarely runs, that may take a while.
  const test_support::deadline end(std::chrono::minutes(1));
  for (int round = 0; round < 100 || (stopped_within == 0 && !end.has_passed()); ++round) {
    std::set<std::string> names;
    bool is_at_end = false;
    for (int attempt = 0; !is_at_end; ++attempt) {
      directory_job job(state, directory_step::next, "");
      // Every third is not stopped, otherwise none would ever complete.
      if (attempt % 3 != 2) running = &job;
      const std::int64_t result = job.run();
      if (attempt % 3 != 2) {
        while (running.exchange(nullptr) == nullptr) std::this_thread::yield();
      }
      stopped_within += result == -ECANCELED;
      const auto batch = job.take_batch();
      BOOST_TEST_REQUIRE((result == 0 || (result == -ECANCELED && !batch)));
      if (batch) {
        for (const auto& entry : *batch) BOOST_TEST_REQUIRE(names.insert(entry.name).second);
      }
      is_at_end = result == 0 && !batch;
    }
    BOOST_TEST(names.size() == count);
    BOOST_REQUIRE(directory_job(state, directory_step::rewind, "").run() == 0);
  }
  is_over = true;
  stopping.join();
  BOOST_TEST(stopped_within != 0U);
  close(*state);
  BOOST_TEST(test_support::open_descriptor_count() == descriptors);
}

BOOST_AUTO_TEST_SUITE_END()
