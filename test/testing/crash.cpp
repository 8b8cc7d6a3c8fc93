// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// What a crash leaves, and what happens to the program that it interrupts.

#include "files_in_memory.hpp"
#include "watchdog.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

using namespace testing_tests;
using asiofile::testing::names_in_crash;

namespace {

using texts = std::vector<std::string>;

// Crashes after `run`, once for each seed, and collects what is left of a file.
std::set<std::string> left_of(const std::string& path, file_system_options options,
                              const std::function<void(file_system&, program&)>& run) {
  std::set<std::string> left;
  for (options.seed = 1; options.seed <= 300; ++options.seed) {
    file_system files(options);
    program its(files);
    run(files, its);
    files.crash();
    files.restart();
    left.insert(files.read_file(path).value_or("none"));
  }
  return left;
}

const std::set<std::string> old_or_new{"new", "old"};

}  // namespace

BOOST_AUTO_TEST_SUITE(testing_crash)

BOOST_AUTO_TEST_CASE(what_was_synchronised_is_there_and_nothing_else_is_certain) {
  const auto left = left_of("/a", {}, [](file_system& files, program& its) {
    files.write_file("/a", "old");
    asiofile::random_access_file file(its.context, "/a", file_base::read_write);
    file.write_some_at(0, asio::buffer("sync", 4));
    file.sync_data();
    file.write_some_at(4, asio::buffer("more", 4));
  });
  // The size may be durable without the data, which is then zeros; here both are in one sector.
  BOOST_TEST(left.contains("sync"));
  BOOST_TEST(left.contains("syncmore"));
  for (const std::string& each : left) BOOST_TEST(each.starts_with("sync"));
}

BOOST_AUTO_TEST_CASE(a_write_that_was_not_synchronised_is_kept_lost_or_torn_between_sectors) {
  const auto left = left_of("/a", {}, [](file_system& files, program& its) {
    files.write_file("/a", std::string(1536, 'o'));
    write(its, "/a", 100, std::string(1300, 'n'));
  });
  std::set<std::string> sectors;
  for (const std::string& each : left) {
    BOOST_REQUIRE(each.size() == 1536U);
    std::string which;
    for (const std::size_t at : {100U, 600U, 1100U}) which += each[at];
    sectors.insert(which);
    BOOST_TEST(each.substr(0, 100) == std::string(100, 'o'));
    // A sector is written whole.
    BOOST_TEST(each.substr(100, 412) == std::string(412, each[100]));
    BOOST_TEST(each.substr(512, 512) == std::string(512, each[600]));
  }
  BOOST_TEST(sectors.contains("ooo"));
  BOOST_TEST(sectors.contains("nnn"));
  BOOST_TEST(sectors.size() == 8U);
}

BOOST_AUTO_TEST_CASE(a_later_write_may_be_kept_and_an_earlier_one_lost) {
  const auto left = left_of("/a", {}, [](file_system& files, program& its) {
    files.write_file("/a", std::string(1024, 'o'));
    write(its, "/a", 0, "first");
    write(its, "/a", 512, "second");
  });
  bool has_second_alone = false;
  for (const std::string& each : left)
    has_second_alone = has_second_alone || (each[0] == 'o' && each[512] == 's');
  BOOST_TEST(has_second_alone);
}

BOOST_AUTO_TEST_CASE(a_new_size_may_be_kept_without_the_data) {
  const auto left = left_of("/a", {}, [](file_system& files, program& its) {
    files.write_file("/a", "");
    write(its, "/a", 0, std::string(700, 'n'));
  });
  BOOST_TEST(left.contains(""));
  BOOST_TEST(left.contains(std::string(700, '\0')));
  BOOST_TEST(left.contains(std::string(700, 'n')));
  BOOST_TEST(left.contains(std::string(512, 'n')));
}

// Linux writes the zeros behind a new end before the size is durable (ext4_block_truncate_page()).
BOOST_AUTO_TEST_CASE(a_cut_that_was_not_synchronised_may_be_undone_without_what_was_cut_off) {
  const auto left = left_of("/a", {}, [](file_system& files, program& its) {
    files.write_file("/a", "content");
    asiofile::random_access_file file(its.context, "/a", file_base::read_write);
    file.resize(3);
  });
  BOOST_TEST(left == (std::set<std::string>{"con", std::string("con\0\0\0\0", 7), "content"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_cut_zeroes_no_more_than_a_block_of_a_file_that_keeps_its_size) {
  const std::string content(9000, 'o');
  const auto left = left_of("/a", {}, [&](file_system& files, program& its) {
    files.write_file("/a", content);
    asiofile::random_access_file file(its.context, "/a", file_base::read_write);
    file.resize(1000);
  });
  BOOST_TEST(left.contains(content));
  BOOST_TEST(left.contains(content.substr(0, 1000)));
  BOOST_TEST(left.size() > 2U);
  for (const std::string& each : left) {
    BOOST_TEST(each.substr(0, 1000) == content.substr(0, 1000));
    if (each.size() == 1000U) continue;
    BOOST_REQUIRE(each.size() == content.size());
    BOOST_TEST(each.substr(4096) == content.substr(4096));
  }
}

BOOST_AUTO_TEST_CASE(writes_that_synchronise_themselves_are_there) {
  const auto left = left_of("/a", {}, [](file_system& files, program& its) {
    files.write_file("/a", "");
    asiofile::random_access_file file(its.context, "/a",
                                      file_base::read_write | file_base::sync_all_on_write);
    file.write_some_at(0, asio::buffer("new", 3));
  });
  BOOST_TEST(left == std::set<std::string>{"new"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_new_file_needs_its_directory_synchronised_too) {
  for (const bool syncs_directory : {false, true}) {
    const auto left = left_of("/a", {}, [&](file_system&, program& its) {
      asiofile::random_access_file file(its.context, "/a", read_write_create);
      file.write_some_at(0, asio::buffer("new", 3));
      file.sync_all();
      if (syncs_directory) BOOST_TEST(its.sync_directory("/") == error_code());
    });
    BOOST_TEST(left == (syncs_directory ? std::set<std::string>{"new"}
                                        : std::set<std::string>{"new", "none"}),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_synchronised_directory_does_not_make_data_durable) {
  const auto left = left_of("/a", {}, [](file_system&, program& its) {
    write(its, "/a", 0, "new");
    BOOST_TEST(its.sync_directory("/") == error_code());
  });
  BOOST_TEST(left.contains(""));
  BOOST_TEST(left.contains("new"));
  BOOST_TEST(!left.contains("none"));
}

BOOST_AUTO_TEST_CASE(replacing_by_renaming_leaves_the_old_file_or_the_new_one) {
  const auto left = left_of("/a", {}, [](file_system& files, program& its) {
    files.write_file("/a", "old");
    files.write_file("/new", "new");
    BOOST_TEST(its.rename("/new", "/a") == error_code());
  });
  BOOST_TEST(left == old_or_new, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(renaming_a_file_that_was_not_synchronised_may_leave_an_empty_one) {
  const auto left = left_of("/a", {}, [](file_system& files, program& its) {
    files.write_file("/a", "old");
    write(its, "/new", 0, "new");
    BOOST_TEST(its.rename("/new", "/a") == error_code());
    BOOST_TEST(its.sync_directory("/") == error_code());
  });
  BOOST_TEST(left.contains(""));
  BOOST_TEST(!left.contains("old"));
}

BOOST_AUTO_TEST_CASE(async_replace_file_is_durable_when_it_has_completed) {
  const auto left = left_of("/dir/a", {}, [](file_system& files, program& its) {
    files.write_file("/dir/a", "old");
    BOOST_TEST(its.replace("/dir/a", "new") == error_code());
  });
  BOOST_TEST(left == std::set<std::string>{"new"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(async_replace_file_leaves_the_old_or_the_new_content_at_every_call) {
  std::set<std::string> left;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    for (std::uint64_t calls = 1; calls <= 20; ++calls) {
      file_system files({.seed = seed});
      files.write_file("/dir/a", "old");
      program its(files);
      files.crash_at_call(calls);
      const error_code result = its.replace("/dir/a", "new");
      const bool was_cut_off = files.is_down();
      BOOST_TEST(result == (was_cut_off ? posix_error(EIO) : error_code()));
      if (!was_cut_off) files.crash();
      const std::string content = files.read_file("/dir/a").value();
      if (was_cut_off) left.insert(content);
      else BOOST_TEST(content == "new");
    }
  }
  BOOST_TEST(left == old_or_new, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(changes_of_names_are_kept_in_any_subset_or_in_order) {
  const auto names_left = [](names_in_crash kept) {
    std::set<std::string> left;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
      file_system files({.seed = seed, .names = kept});
      program its(files);
      for (const char* const path : {"/a", "/b", "/c"}) write(its, path, 0, "x");
      files.crash();
      std::string names;
      for (const std::string& each : files.paths()) names += each;
      left.insert(names);
    }
    return left;
  };
  BOOST_TEST(names_left(names_in_crash::any_subset).size() == 8U);
  BOOST_TEST(
      names_left(names_in_crash::in_order) == (std::set<std::string>{"", "/a", "/a/b", "/a/b/c"}),
      boost::test_tools::per_element());
  BOOST_TEST(names_left(names_in_crash::none) == std::set<std::string>{""},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_durable_file_is_never_lost_by_moving_it_into_what_is_lost) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    for (const bool syncs_new_place : {false, true}) {
      file_system files({.seed = seed});
      files.write_file("/a", "content");
      program its(files);
      for (const char* const path : {"/d", "/d/e"})
        BOOST_TEST(its.run([&](auto handler) {
          asiofile::async_create_directory(its.context, path, std::move(handler));
        }) == error_code());
      BOOST_TEST(its.rename("/a", "/b") == error_code());
      BOOST_TEST(its.rename("/b", "/d/e/a") == error_code());
      if (syncs_new_place) BOOST_TEST(its.sync_directory("/d/e") == error_code());
      files.crash();
      int found = 0;
      for (const char* const path : {"/a", "/b", "/d/e/a"})
        if (files.read_file(path) == "content") ++found;
      BOOST_TEST(found == 1, "seed " << seed << ": " << found << " of it");
      if (syncs_new_place) BOOST_TEST(files.read_file("/d/e/a").has_value());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_new_directory_needs_the_one_above_synchronised_too) {
  for (const bool syncs_parent : {false, true}) {
    const auto left = left_of("/d/a", {}, [&](file_system&, program& its) {
      BOOST_TEST(its.make_directory("/d") == error_code());
      // Synchronises /d, but not /.
      BOOST_TEST(its.replace("/d/a", "new") == error_code());
      if (syncs_parent) BOOST_TEST(its.sync_directory("/") == error_code());
    });
    BOOST_TEST(left == (syncs_parent ? std::set<std::string>{"new"}
                                     : std::set<std::string>{"new", "none"}),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_new_directory_is_lost_with_all_that_was_synchronised_in_it) {
  std::set<std::string> left;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    file_system files({.seed = seed});
    program its(files);
    BOOST_TEST(its.make_directory("/d") == error_code());
    BOOST_TEST(its.make_directory("/d/e") == error_code());
    BOOST_TEST(its.replace("/d/e/a", "new") == error_code());
    BOOST_TEST(its.sync_directory("/d/e") == error_code());
    BOOST_TEST(its.sync_directory("/d") == error_code());
    files.crash();
    std::string names;
    for (const std::string& each : files.paths()) names += each;
    left.insert(names);
  }
  BOOST_TEST(left == (std::set<std::string>{"", "/d/d/e/d/e/a"}),
             boost::test_tools::per_element());
}

// Whatever happens to the directories: every journaling file system finds the file.
BOOST_AUTO_TEST_CASE(a_durable_file_is_never_lost_by_moving_it_out_of_what_is_removed) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    for (const bool syncs_above : {false, true}) {
      file_system files({.seed = seed});
      files.write_file("/d/a", "content");
      files.write_file("/e/other", "x");
      program its(files);
      BOOST_TEST(its.rename("/d/a", "/e/a") == error_code());
      BOOST_TEST(its.remove("/d") == error_code());
      if (syncs_above) BOOST_TEST(its.sync_directory("/") == error_code());
      files.crash();
      const bool is_there =
          files.read_file("/d/a") == "content" || files.read_file("/e/a") == "content";
      BOOST_TEST(is_there, "seed " << seed);
    }
  }
}

BOOST_AUTO_TEST_CASE(
    a_durable_file_is_never_lost_in_a_new_directory_of_which_only_the_inside_is_durable) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    file_system files({.seed = seed});
    files.write_file("/a", "content");
    program its(files);
    BOOST_TEST(its.make_directory("/d") == error_code());
    BOOST_TEST(its.make_directory("/d/e") == error_code());
    BOOST_TEST(its.sync_directory("/d") == error_code());
    BOOST_TEST(its.rename("/a", "/d/e/a") == error_code());
    files.crash();
    const bool is_there =
        files.read_file("/a") == "content" || files.read_file("/d/e/a") == "content";
    BOOST_TEST(is_there, "seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(durable_directories_are_never_lost_by_moving_one_into_the_other) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    file_system files({.seed = seed});
    files.write_file("/a/b/file", "content");
    program its(files);
    // The parent becomes the child.
    BOOST_TEST(its.rename("/a/b", "/b") == error_code());
    BOOST_TEST(its.rename("/a", "/b/a") == error_code());
    if (seed % 2 == 0) BOOST_TEST(its.sync_directory("/b") == error_code());
    files.crash();
    const bool is_there =
        files.read_file("/a/b/file") == "content" || files.read_file("/b/file") == "content";
    BOOST_TEST(is_there, "seed " << seed);
  }
}

// A journal is written in order: what is durable is durable together with everything before it.
BOOST_AUTO_TEST_CASE(names_in_order_are_synchronised_in_order) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    file_system files({.seed = seed, .names = names_in_crash::in_order});
    files.write_file("/d/old", "x");
    program its(files);
    write(its, "/first", 0, "x");
    write(its, "/d/second", 0, "x");
    BOOST_TEST(its.sync_directory("/d") == error_code());
    files.crash();
    BOOST_TEST(files.read_file("/first").has_value(), "seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(operations_in_flight_end_with_an_error_and_happened_or_not) {
  std::set<std::string> left;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    file_system files({.seed = seed});
    program its(files);
    files.write_file("/a", "old");
    asiofile::random_access_file file(its.context, "/a", file_base::read_write);
    int ended = 0;
    file.async_write_some_at(0, asio::buffer("new", 3), [&](error_code ec, std::size_t) {
      BOOST_TEST(ec == posix_error(EIO));
      ++ended;
    });
    file.async_sync_all([&](error_code ec) {
      BOOST_TEST(ec == posix_error(EIO));
      ++ended;
    });
    its.context.poll_one();
    files.crash();
    its.context.run();
    BOOST_TEST(ended == 2);
    left.insert(files.read_file("/a").value());
  }
  BOOST_TEST(left.contains("old"));
  BOOST_TEST(left.contains("new"));
}

BOOST_AUTO_TEST_CASE(nothing_works_until_the_restart_and_open_files_never_again) {
  file_system files;
  files.write_file("/a", "content");
  program its(files);
  asiofile::random_access_file file(its.context, "/a", file_base::read_write);
  files.crash();
  BOOST_TEST(files.is_down());
  const auto open_new = [&] {
    asiofile::random_access_file other(its.context);
    return its.run(
        [&](auto handler) { other.async_open("/a", file_base::read_only, std::move(handler)); });
  };
  const auto read = [&] {
    char byte = 0;
    error_code ec;
    file.read_some_at(0, asio::buffer(&byte, 1), ec);
    return ec;
  };
  BOOST_TEST(open_new() == posix_error(EIO));
  BOOST_TEST(read() == posix_error(EIO));
  files.restart();
  BOOST_TEST(!files.is_down());
  BOOST_TEST(open_new() == error_code());
  BOOST_TEST(read() == posix_error(EIO));
  error_code ec;
  file.close(ec);
  BOOST_TEST(ec == error_code());
  file.open("/a", file_base::read_only, ec);
  BOOST_TEST(ec == error_code());
  BOOST_TEST(read() == error_code());
}

BOOST_AUTO_TEST_CASE(a_restarted_program_finds_the_files_on_a_context_of_its_own) {
  file_system files;
  auto first = std::make_unique<program>(files);
  write(*first, "/a", 0, "content");
  asiofile::random_access_file file(first->context, "/a", file_base::read_only);
  file.sync_all();
  BOOST_TEST(first->sync_directory("/") == error_code());
  asiofile::async_replace_file(first->context, "/b", asio::buffer("x", 1), [](error_code) {
    BOOST_ERROR("a handler of the program that has crashed");
  });
  first->context.poll_one();
  files.crash();
  first.reset();
  files.restart();
  program second(files);
  asiofile::random_access_file again(second.context, "/a", file_base::read_only);
  BOOST_TEST(again.size() == 7U);
}

BOOST_AUTO_TEST_CASE(contexts_may_share_files_and_outlive_them) {
  asio::io_context late;
  {
    file_system files;
    program one(files);
    files.attach(late);
    write(one, "/a", 0, "content");
  }
  asiofile::random_access_file file(late, "/a", file_base::read_only);
  BOOST_TEST(file.size() == 7U);
}

BOOST_AUTO_TEST_CASE(many_file_systems_come_and_go) {
  for (int i = 0; i != 3000; ++i) {
    file_system files;
    files.write_file("/a", "x");
  }
}

BOOST_AUTO_TEST_SUITE_END()
