// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The state that a power cut leaves after random sequences of changes on real file systems is one
// that Linux permits, and one that a crash of the files in memory can leave after the same
// sequence: the simulation covers everything that Linux may do.

#if defined(ASIOFILE_TEST_HAS_TESTING)

#include "child_process.hpp"
#include "crash_promises.hpp"
#include "crash_simulation.hpp"
#include "crash_steps.hpp"
#include "cut_power.hpp"
#include "in_private_mounts.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/mount.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

using namespace crash_steps;
using namespace test_support;

namespace {

constexpr std::uint32_t cuts = 5;
constexpr std::uint32_t sequences_each = 6;
constexpr std::uint64_t tries_max = 10'000;

std::vector<step> steps_of(std::uint32_t seed) { return sequence(seed).draw(5 + seed % 7); }

void make_first_files(const std::string& root) {
  for (const auto& [path, content] : first_files()) {
    const std::filesystem::path whole(root + '/' + path);
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole) << content;
  }
}

asiofile::service_options on_threads() {
  asiofile::service_options options;
  options.backend = asiofile::backend::threads;
  return options;
}

// Files without their content.
state names_of(const state& found) {
  state names = found;
  for (auto& [path, what] : names) {
    if (what.starts_with("file ")) what = "file";
  }
  return names;
}

// Whether a crash in memory can leave that. It decides about names and about each file
// independently, so they are searched for independently.
void check_in_memory(const std::vector<step>& steps, const state& left, std::uint32_t seed) {
  const state names = names_of(left);
  bool has_names = false;
  std::set<std::string> missing;
  for (const auto& [path, what] : left) {
    if (what.starts_with("file ")) missing.insert(path);
  }
  promises given;
  for (std::uint64_t i = 1; i <= tries_max && (!has_names || !missing.empty()); ++i) {
    const state found = left_in_memory(steps, i, asiofile::testing::names_in_crash::any_subset,
                                       i == 1 ? &given : nullptr);
    has_names = has_names || names_of(found) == names;
    std::erase_if(missing, [&](const std::string& path) {
      const auto its = found.find(path);
      return its != found.end() && its->second == left.at(path);
    });
  }
  const std::string what =
      "seed " + std::to_string(seed) + ":\n" + describe(steps) + "is left:\n" + describe(left);
  const std::string wrong = given.check(left);
  child_require(wrong.empty(), wrong + ", " + what);
  child_require(has_names, "in memory no crash leaves these names, " + what);
  child_require(missing.empty(),
                missing.empty() ? "" : "in memory no crash leaves this in " + *missing.begin() +
                                           ", " + what);
}

obstacle compare_with_memory(const std::string& type, const temporary_directory& directory) {
  loop_device device;
  const std::string mounted = directory.path("mounted");
  obstacle found = mount_image(type, directory.path("image"), mounted, device);
  if (!found.empty()) return found;
  int losses = 0;
  for (std::uint32_t cut = 0; cut != cuts; ++cut) {
    const auto root_of = [&](std::uint32_t seed) { return mounted + '/' + std::to_string(seed); };
    const std::uint32_t first = 1 + cut * sequences_each;
    for (std::uint32_t seed = first; seed != first + sequences_each; ++seed)
      make_first_files(root_of(seed));
    ::sync();
    std::vector<state> before;
    {
      asio::io_context context;
      asio::make_service<asiofile::file_service>(context, on_threads());
      std::vector<std::unique_ptr<runner>> programs;
      for (std::uint32_t seed = first; seed != first + sequences_each; ++seed) {
        programs.push_back(std::make_unique<runner>(context, root_of(seed), true));
        for (const step& each : steps_of(seed)) programs.back()->run(each);
        before.push_back(programs.back()->look());
      }
      cut_power(mounted);
    }
    child_require(::umount2(mounted.c_str(), 0) == 0, "umount");
    found = mount_new(type.c_str(), device.path(), mounted);
    child_require(found.empty(), found);
    asio::io_context context;
    asio::make_service<asiofile::file_service>(context, on_threads());
    for (std::uint32_t seed = first; seed != first + sequences_each; ++seed) {
      const state left = runner(context, root_of(seed), true).look();
      if (left != before[seed - first]) ++losses;
      check_in_memory(steps_of(seed), left, seed);
    }
  }
  child_require(losses > 0, "no power cut has lost anything");
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(simulated_power_cut)

BOOST_DATA_TEST_CASE(leaves_what_a_crash_in_memory_can_leave,
                     boost::unit_test::data::make({"ext4", "xfs"})) {
  const watchdog limit(std::chrono::seconds(120));
  const temporary_directory directory;
  const std::string type = sample;
  in_private_mounts(directory, [&] { return compare_with_memory(type, directory); });
}

BOOST_AUTO_TEST_SUITE_END()

#endif
