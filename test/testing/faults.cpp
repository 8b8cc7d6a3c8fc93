// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Errors by rules, full disks, and the consequences of a failed sync.

#include "files_in_memory.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <string>
#include <vector>

using namespace testing_tests;

namespace {

// The results of repeated syncs of a file.
std::vector<int> results_of_syncs(asiofile::random_access_file& file, int count) {
  std::vector<int> results;
  for (int i = 0; i != count; ++i) {
    error_code ec;
    file.sync_all(ec);
    results.push_back(ec.value());
  }
  return results;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(testing_faults)

BOOST_AUTO_TEST_CASE(the_nth_call_of_a_kind_on_a_path_fails) {
  file_system files;
  program its(files);
  files.add_fault({.kind = call_kind::sync, .path = "/a", .first = 2, .count = 2});
  asiofile::random_access_file one(its.context, "/a", read_write_create);
  asiofile::random_access_file other(its.context, "/b", read_write_create);
  BOOST_TEST(results_of_syncs(other, 3) == (std::vector{0, 0, 0}),
             boost::test_tools::per_element());
  // Lost data is reported once.
  BOOST_TEST(results_of_syncs(one, 5) == (std::vector{0, EIO, EIO, 0, 0}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_rule_for_all_kinds_and_paths_fails_everything_until_it_is_removed) {
  file_system files;
  program its(files);
  files.write_file("/a", "content");
  files.add_fault({.count = 0, .error = boost::system::errc::permission_denied});
  asiofile::random_access_file file(its.context);
  error_code ec;
  file.open("/a", file_base::read_only, ec);
  BOOST_TEST(ec == posix_error(EACCES));
  BOOST_TEST(its.rename("/a", "/b") == posix_error(EACCES));
  files.clear_faults();
  BOOST_TEST(its.rename("/a", "/b") == error_code());
  BOOST_TEST(files.read_file("/b").value() == "content");
}

BOOST_AUTO_TEST_CASE(a_probability_lets_some_calls_fail) {
  file_system files({.seed = 3});
  program its(files);
  files.write_file("/a", "content");
  files.add_fault({.kind = call_kind::read, .count = 0, .probability = 0.25});
  asiofile::random_access_file file(its.context, "/a", file_base::read_only);
  char byte = 0;
  int failed = 0;
  for (int i = 0; i != 400; ++i) {
    const auto done = test_support::run_transfer(its.context, [&](auto handler) {
      file.async_read_some_at(0, asio::buffer(&byte, 1), std::move(handler));
    });
    if (done.error) ++failed;
  }
  BOOST_TEST((failed > 60 && failed < 140), failed << " of 400 failed");
}

BOOST_AUTO_TEST_CASE(a_function_of_the_test_decides_by_offset_and_length) {
  file_system files;
  program its(files);
  files.on_call([](const asiofile::testing::call& made) -> error_code {
    const bool is_bad_sector = made.kind == call_kind::read && made.path == "/a" &&
                               made.offset <= 512 && made.offset + made.length > 512;
    return is_bad_sector ? posix_error(EIO) : error_code();
  });
  files.write_file("/a", std::string(2000, 'x'));
  asiofile::random_access_file file(its.context, "/a", file_base::read_only);
  std::string buffer(512, '\0');
  const auto read_at = [&](std::uint64_t offset) {
    return test_support::run_transfer(its.context,
                                      [&](auto handler) {
                                        file.async_read_some_at(offset, asio::buffer(buffer),
                                                                std::move(handler));
                                      })
        .error;
  };
  BOOST_TEST(read_at(0) == error_code());
  BOOST_TEST(read_at(1) == posix_error(EIO));
  BOOST_TEST(read_at(513) == error_code());
}

BOOST_AUTO_TEST_CASE(a_step_of_replacing_a_file_fails_and_leaves_the_old_content_alone) {
  for (const call_kind kind :
       {call_kind::open, call_kind::write, call_kind::sync, call_kind::rename}) {
    file_system files;
    program its(files);
    files.write_file("/dir/a", "old");
    files.add_fault({.kind = kind, .first = 1});
    BOOST_TEST(its.replace("/dir/a", "new") == posix_error(EIO));
    BOOST_TEST(files.read_file("/dir/a").value() == "old");
    BOOST_TEST(files.paths() == (std::vector<std::string>{"/dir", "/dir/a"}),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_failed_sync_is_told_once_and_what_it_lost_stays_lost) {
  bool has_lost = false;
  bool has_kept = false;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    file_system files({.seed = seed});
    program its(files);
    files.write_file("/a", "old");
    files.add_fault({.kind = call_kind::sync});
    asiofile::random_access_file file(its.context, "/a", file_base::read_write);
    asiofile::random_access_file other(its.context, "/a", file_base::read_only);
    file.write_some_at(0, asio::buffer("new", 3));
    BOOST_TEST(results_of_syncs(file, 3) == (std::vector{EIO, 0, 0}),
               boost::test_tools::per_element());
    // Each descriptor reports it.
    BOOST_TEST(results_of_syncs(other, 2) == (std::vector{EIO, 0}),
               boost::test_tools::per_element());
    BOOST_TEST(files.read_file("/a").value() == "new");
    files.crash();
    const std::string left = files.read_file("/a").value();
    has_lost = has_lost || left == "old";
    has_kept = has_kept || left == "new";
  }
  BOOST_TEST(has_lost);
  BOOST_TEST(has_kept);
}

BOOST_AUTO_TEST_CASE(a_full_disk_takes_what_it_has_room_for) {
  file_system files({.capacity_bytes = 2048});
  program its(files);
  asiofile::random_access_file file(its.context, "/a", read_write_create);
  const std::string bytes(1500, 'x');
  const auto write_at = [&](std::uint64_t offset) {
    return test_support::run_transfer(its.context, [&](auto handler) {
      file.async_write_some_at(offset, asio::buffer(bytes), std::move(handler));
    });
  };
  BOOST_TEST(write_at(0) == test_support::transfer({}, 1500));
  BOOST_TEST(files.used_bytes() == 1536U);
  BOOST_TEST(write_at(1500) == test_support::transfer({}, 548));
  BOOST_TEST(write_at(2048) == test_support::transfer(posix_error(ENOSPC), 0));
  // Existing data can be overwritten.
  BOOST_TEST(write_at(10) == test_support::transfer({}, 1500));
  BOOST_TEST(its.run([&](auto handler) { file.async_allocate(2048, 10, std::move(handler)); }) ==
             posix_error(ENOSPC));
  BOOST_TEST(its.run([&](auto handler) { file.async_resize(100, std::move(handler)); }) ==
             error_code());
  BOOST_TEST(files.used_bytes() == 512U);
  BOOST_TEST(write_at(100) == test_support::transfer({}, 1500));
  files.set_capacity(8192);
  BOOST_TEST(write_at(1600) == test_support::transfer({}, 1500));
}

BOOST_AUTO_TEST_CASE(the_room_of_a_removed_file_is_free_when_it_is_closed) {
  file_system files({.capacity_bytes = 1024});
  program its(files);
  files.write_file("/a", std::string(1024, 'x'));
  {
    asiofile::random_access_file file(its.context, "/a", file_base::read_only);
    BOOST_TEST(its.run([&](auto handler) {
      asiofile::async_remove(its.context, "/a", std::move(handler));
    }) == error_code());
    BOOST_TEST(files.used_bytes() == 1024U);
    BOOST_TEST(its.sync_directory("/") == error_code());
  }
  its.context.restart();
  its.context.run();
  BOOST_TEST(files.used_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(direct_transfers_must_be_aligned) {
  file_system files;
  program its(files);
  files.write_file("/a", std::string(4096, 'x'));
  asiofile::random_access_file file(its.context, "/a", file_base::read_write | file_base::direct);
  error_code ec;
  asiofile::aligned_buffer memory(8192, 4096);
  const auto read_at = [&](std::uint64_t offset, std::size_t size) {
    file.read_some_at(offset, asio::buffer(memory.data(), size), ec);
    return ec;
  };
  BOOST_TEST(read_at(0, 4096) == error_code());
  BOOST_TEST(read_at(512, 512) == error_code());
  BOOST_TEST(read_at(100, 512) == posix_error(EINVAL));
  BOOST_TEST(read_at(512, 100) == posix_error(EINVAL));
  const bool is_what_it_says = file.alignment() == asiofile::io_alignment{512, 512};
  BOOST_TEST(is_what_it_says);
  BOOST_TEST(read_at(4096, 512) == boost::asio::error::eof);
}

BOOST_AUTO_TEST_SUITE_END()
