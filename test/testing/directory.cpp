// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// basic_directory on files in memory.

#include "files_in_memory.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <string>
#include <string_view>

using namespace testing_tests;
using test_support::text_found;

namespace {

text_found read(program& its, asiofile::directory& root, const std::string& path) {
  return test_support::run_operation<text_found>(
      its.context, [&](auto handler) { root.async_read_file(path, std::move(handler)); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(testing_directories)

BOOST_AUTO_TEST_CASE(everything_is_done_beneath_it) {
  file_system files;
  program its(files);
  its.make_directory("/srv");
  its.make_directory("/srv/www");
  files.write_file("/srv/secret", "secret");
  files.write_file("/srv/www/page", "page");
  asiofile::directory root(its.context, "/srv/www");
  BOOST_TEST(read(its, root, "page").text == "page");
  BOOST_TEST(
      !its.run([&](auto handler) { root.async_create_directories("a/b", std::move(handler)); }));
  BOOST_TEST(!its.run([&](auto handler) {
    root.async_replace_file("a/b/made", asio::buffer("made", 4), std::move(handler));
  }));
  BOOST_TEST((files.read_file("/srv/www/a/b/made") == "made"));
  BOOST_TEST(test_support::run_transfer(its.context, [&](auto handler) {
               root.async_copy_file("a/b/made", "copy", std::move(handler));
             }).bytes == 4U);
  BOOST_TEST(
      !its.run([&](auto handler) { root.async_symlink("a/b/made", "link", std::move(handler)); }));
  BOOST_TEST(read(its, root, "link").text == "made");
  BOOST_TEST(
      !its.run([&](auto handler) { root.async_rename("copy", "a/moved", std::move(handler)); }));
  BOOST_TEST((files.read_file("/srv/www/a/moved") == "made"));
  BOOST_TEST(!its.run([&](auto handler) { root.async_sync_directory("a", std::move(handler)); }));
  asiofile::directory_reader reader(its.context);
  BOOST_TEST(
      !its.run([&](auto handler) { root.async_open_reader(reader, "a", std::move(handler)); }));
  BOOST_TEST(!its.run([&](auto handler) { root.async_remove("a/moved", std::move(handler)); }));
}

BOOST_AUTO_TEST_CASE(nothing_leads_out_of_it) {
  file_system files;
  program its(files);
  its.make_directory("/srv");
  its.make_directory("/srv/www");
  files.write_file("/srv/secret", "secret");
  asiofile::directory root(its.context, "/srv/www");
  BOOST_TEST(
      !its.run([&](auto handler) { root.async_symlink("../secret", "out", std::move(handler)); }));
  BOOST_TEST(!its.run([&](auto handler) { root.async_symlink("..", "up", std::move(handler)); }));
  for (const char* const path : {"../secret", "/srv/secret", "up/secret", "out"}) {
    BOOST_TEST(read(its, root, path).error == posix_error(EXDEV), path);
    BOOST_TEST(its.run([&](auto handler) {
      root.async_replace_file(path, asio::buffer("bad", 3), std::move(handler));
    }) == posix_error(EXDEV),
               path);
  }
  for (const char* const path : {"../secret", "/srv/secret", "up/secret"}) {
    BOOST_TEST(its.run([&](auto handler) { root.async_remove(path, std::move(handler)); }) ==
                   posix_error(EXDEV),
               path);
  }
  BOOST_TEST((files.read_file("/srv/secret") == "secret"));
}

BOOST_AUTO_TEST_CASE(a_replacement_is_all_or_nothing_in_a_power_cut) {
  for (std::uint64_t step = 0; step != 12; ++step) {
    file_system files({.seed = step});
    {
      program its(files);
      its.make_directory("/srv");
      its.sync_directory("/");
      asiofile::directory root(its.context, "/srv");
      BOOST_TEST(!its.run([&](auto handler) {
        root.async_replace_file("page", asio::buffer("first", 5), std::move(handler));
      }));
      root.async_replace_file("page", asio::buffer("second", 6), [](error_code) {});
      for (std::uint64_t i = 0; i != step; ++i) its.context.run_one();
    }
    files.crash();
    const auto found = files.read_file("/srv/page");
    BOOST_TEST((found == "first" || found == "second"), "step " << step);
  }
}

BOOST_AUTO_TEST_SUITE_END()
