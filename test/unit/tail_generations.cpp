// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Which files are generations of a name, and how a directory is searched for them.

#include "readers/tail_generations.hpp"

#include "file_contents.hpp"
#include "forwarding_calls.hpp"
#include "temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace asiofile::detail;

namespace {

using kind = generation_name::kind;

bool is_generation(std::string_view entry) { return generation_of(entry, "app.log").has_value(); }

struct counting_calls : test_support::forwarding_calls {
  std::int64_t path_status(int base, const char* path, bool follow,
                           asiofile::file_status& found) noexcept override {
    ++statuses;
    return forwarding_calls::path_status(base, path, follow, found);
  }
  int statuses = 0;
};

struct fixture {
  test_support::temporary_directory directory;
  const std::string path = directory.path("app.log");
  const std::shared_ptr<counting_calls> system = std::make_shared<counting_calls>();

  tail_identity make(const std::string& name) {
    test_support::write_file(directory.path(name), "line\n");
    asiofile::file_status found;
    BOOST_REQUIRE(kernel_calls()->path_status(AT_FDCWD, directory.path(name).c_str(), false,
                                              found) == 0);
    return identity_of(found);
  }
  std::vector<tail_generation> find(const tail_identity& which) {
    std::int64_t error = -1;
    system->statuses = 0;
    auto found = find_generations(system, AT_FDCWD, path, which, error);
    BOOST_TEST(error == 0);
    return found;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tail_generations, fixture)

BOOST_AUTO_TEST_CASE(numbers_and_dates_behind_a_name_or_before_its_extension_are_generations) {
  for (const char* each : {"app.log.1", "app.log.12345", "app.1.log", "app.log-20261128",
                           "app-20261128.log", "app.log.2026-11-28-13", "app_2026-11-28.log",
                           "app.log-20261128T130000Z", "app.log.1764300000"})
    BOOST_TEST(is_generation(each), each);
  BOOST_TEST((generation_of("app.log.7", "app.log")->how == kind::index));
  BOOST_TEST((generation_of("app.log-20261128", "app.log")->how == kind::date));
}

BOOST_AUTO_TEST_CASE(names_of_other_logs_are_none) {
  for (const char* each :
       {"app-2.log", "app_2.log", "app-8080.log", "app.log-1", "app-10.0.0.12.log",
        "app-8080-access.log", "app.log.1.gz", "app.log.old", "app.log2", "other.log.1", "app.log"})
    BOOST_TEST(!is_generation(each), each);
}

BOOST_AUTO_TEST_CASE(the_newer_one_has_the_lower_number_or_the_later_date) {
  const auto name = [](std::string_view entry) { return *generation_of(entry, "app.log"); };
  BOOST_TEST(name("app.log.1").is_newer_than(name("app.log.2")));
  BOOST_TEST(name("app.log.9").is_newer_than(name("app.log.10")));
  BOOST_TEST(name("app.log-20261128").is_newer_than(name("app.log-20261127")));
}

BOOST_AUTO_TEST_CASE(only_generations_and_the_file_itself_are_asked_for_their_status) {
  for (int i = 0; i != 20; ++i) make("other-" + std::to_string(i) + ".log");
  make("app.log.1");
  const tail_identity moved = make("moved");
  BOOST_TEST(find(moved).size() == 2U);
  BOOST_TEST(system->statuses == 2);
  BOOST_TEST(find({}).size() == 1U);
  BOOST_TEST(system->statuses == 1);
}

BOOST_AUTO_TEST_CASE(where_the_file_is_not_among_them_every_entry_is_asked) {
  make("other.log");
  make("app.log.1");
  const tail_identity gone = make("gone");
  std::filesystem::remove(directory.path("gone"));
  BOOST_TEST(find(gone).size() == 1U);
  BOOST_TEST(system->statuses == 3);
}

BOOST_AUTO_TEST_SUITE_END()
