// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Copying, and opening beneath a directory: what file servers do.

#include "files_in_memory.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <set>
#include <string>
#include <vector>

using namespace testing_tests;

namespace {

test_support::transfer copy(program& its, const std::string& from, const std::string& to,
                            const asiofile::copy_options& options = {}) {
  return test_support::run_transfer(its.context, [&](auto handler) {
    asiofile::async_copy_file(its.context, from, to, options, std::move(handler));
  });
}

const asiofile::copy_options durable_replacement{
    .existing = asiofile::copy_options::existing_target::replace, .sync = true};

// Several pieces for each copy worker, all different.
std::string large_content() {
  std::string content;
  for (int i = 0; content.size() < 3'000'000; ++i) content += std::to_string(i) + '\n';
  return content;
}

error_code open_beneath(program& its, const std::string& path,
                        asiofile::file_base::flags flags = file_base::read_only) {
  asiofile::random_access_file file(its.context);
  return its.run(
      [&](auto handler) { file.async_open_beneath("/srv", path, flags, std::move(handler)); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(testing_copies)

BOOST_AUTO_TEST_CASE(a_copy_has_the_content_in_whatever_order_its_pieces_end) {
  const std::string content = large_content();
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    file_system files({.seed = seed, .short_transfers = 0.3});
    program its(files);
    files.write_file("/a", content);
    BOOST_TEST(copy(its, "/a", "/b") == test_support::transfer(error_code(), content.size()));
    const bool is_same = files.read_file("/b") == content;
    BOOST_TEST(is_same, "seed " << seed);
    BOOST_TEST(copy(its, "/a", "/b").error == posix_error(EEXIST));
    BOOST_TEST(copy(its, "/a", "/a", durable_replacement).error == posix_error(EINVAL));
  }
}

BOOST_AUTO_TEST_CASE(holes_stay_holes) {
  file_system files;
  program its(files);
  write(its, "/a", 1'000'000, "end");
  BOOST_TEST(copy(its, "/a", "/b").error == error_code());
  BOOST_TEST((files.read_file("/b") == files.read_file("/a")));
  BOOST_TEST(files.used_bytes() == 1024U);
}

BOOST_AUTO_TEST_CASE(a_copy_that_fails_leaves_nothing) {
  file_system files;
  program its(files);
  files.write_file("/a", std::string(100'000, 'x'));
  const auto before = files.paths();
  for (const call_kind kind :
       {call_kind::open, call_kind::read, call_kind::write, call_kind::link, call_kind::sync}) {
    files.add_fault({.kind = kind, .first = kind == call_kind::open ? 3U : 1U});
    BOOST_TEST(copy(its, "/a", "/b", {.sync = true}).error == posix_error(EIO),
               "call " << to_string(kind));
    files.clear_faults();
    BOOST_TEST(files.paths() == before, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_power_cut_leaves_the_old_file_or_the_copy) {
  std::set<std::string> left;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    for (std::uint64_t calls = 1;; ++calls) {
      file_system files({.seed = seed});
      files.write_file("/dir/old", "old");
      files.write_file("/new", "new");
      program its(files);
      files.crash_at_call(calls);
      const auto done = copy(its, "/new", "/dir/old", durable_replacement);
      const bool was_cut_off = files.is_down();
      if (!was_cut_off) files.crash();
      const std::string content = files.read_file("/dir/old").value_or("none");
      left.insert(content);
      if (was_cut_off) continue;
      BOOST_TEST(done.error == error_code());
      BOOST_TEST(content == "new", "seed " << seed);
      break;
    }
  }
  BOOST_TEST(left == (std::set<std::string>{"new", "old"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_path_beneath_a_directory_does_not_lead_out) {
  file_system files;
  program its(files);
  files.write_file("/srv/dir/file", "content");
  files.write_file("/secret", "x");
  const auto link = [&](const std::string& text, const std::string& path) {
    return its.run([&](auto handler) {
      asiofile::async_symlink(its.context, text, path, std::move(handler));
    });
  };
  BOOST_TEST(link("../secret", "/srv/out") == error_code());
  BOOST_TEST(link("/secret", "/srv/absolute") == error_code());
  BOOST_TEST(link("dir/../dir/file", "/srv/in") == error_code());
  BOOST_TEST(link("loop", "/srv/loop") == error_code());

  for (const char* const inside : {"dir/file", "dir/../dir/file", "in", "./dir/./file"})
    BOOST_TEST(open_beneath(its, inside) == error_code(), inside);
  for (const char* const outside :
       {"../secret", "dir/../../secret", "/secret", "/srv/dir/file", "out", "absolute", ".."})
    BOOST_TEST(open_beneath(its, outside) == posix_error(EXDEV), outside);
  BOOST_TEST(open_beneath(its, "loop") == posix_error(ELOOP));
  BOOST_TEST(open_beneath(its, "missing") == posix_error(ENOENT));
  BOOST_TEST(open_beneath(its, "dir/new", read_write_create) == error_code());
  BOOST_TEST(files.read_file("/srv/dir/new").has_value());
}

BOOST_AUTO_TEST_CASE(a_directory_is_a_root_wherever_it_is_moved) {
  file_system files;
  program its(files);
  files.write_file("/srv/file", "content");
  asiofile::random_access_file root(its.context, "/srv", file_base::read_only);
  BOOST_TEST(its.rename("/srv", "/moved") == error_code());
  asiofile::random_access_file file(its.context);
  const auto open = [&](const std::string& path) {
    error_code ec;
    file.open_beneath(root, path, file_base::read_only, ec);
    return ec;
  };
  BOOST_TEST(open("../moved/file") == posix_error(EXDEV));
  BOOST_TEST(open("file") == error_code());
  BOOST_TEST(file.size() == 7U);
}

BOOST_AUTO_TEST_CASE(a_directory_of_other_files_is_no_root) {
  file_system files;
  file_system other_files;
  program its(files);
  program other(other_files);
  files.write_file("/srv/file", "content");
  other_files.write_file("/srv/file", "other");
  asio::io_context with_the_systems;
  const asiofile::random_access_file real(with_the_systems, "/", file_base::read_only);
  const asiofile::random_access_file elsewhere(other.context, "/srv", file_base::read_only);
  asiofile::random_access_file file(its.context);
  for (const auto* const root : {&real, &elsewhere}) {
    BOOST_TEST(its.run([&](auto handler) {
      file.async_open_beneath(*root, "file", file_base::read_only, std::move(handler));
    }) == posix_error(EBADF));
  }
}

BOOST_AUTO_TEST_CASE(rules_and_delays_are_about_what_is_opened_beneath) {
  using namespace std::chrono_literals;
  file_system files;
  program its(files);
  files.write_file("/srv/file", "content");
  files.on_delay([](const asiofile::testing::call& made) {
    return std::optional<std::chrono::nanoseconds>(made.path == "/srv/file" ? 1h : 1ns);
  });
  BOOST_TEST(open_beneath(its, "file") == error_code());
  BOOST_TEST((files.now() >= 1h));
  files.add_fault({.kind = call_kind::open,
                   .path = "/srv/file",
                   .error = boost::system::errc::operation_not_permitted});
  BOOST_TEST(open_beneath(its, "file") == posix_error(EPERM));
}

BOOST_AUTO_TEST_CASE(a_released_clone_shares_the_position_as_duplicates_do) {
  file_system files;
  program its(files);
  files.write_file("/a", "content");
  asiofile::stream_file first(its.context, "/a", file_base::read_only);
  asiofile::stream_file second = first.clone();
  const int released = second.release();
  BOOST_TEST(released != first.native_handle());
  second.assign(released);
  first.close();
  char bytes[7];
  BOOST_TEST(second.read_some(asio::buffer(bytes)) == 7U);
}

BOOST_AUTO_TEST_SUITE_END()
