// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A file that is replaced while the power fails has the old content or the new one, and the new one
// if the operation had completed. The power cut is the file system's own simulation: nothing that
// it has not written by then reaches the device (FS_IOC_GOINGDOWN, without flushing the log).

#include "child_process.hpp"
#include "cut_power.hpp"
#include "in_private_mounts.hpp"
#include "replacing.hpp"
#include "shared_value.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"
#include "watchdog.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/mount.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <thread>

namespace asio = boost::asio;
using boost::system::error_code;
using namespace test_support;

namespace {

constexpr int rounds = 25;
constexpr std::size_t number_digits = 8;

// Shared with the child: the number of the last content that it knows to be durable.
using shared_counter = std::atomic<std::uint32_t>;

// About 160 KiB, filled with the number; the length depends on it.
std::string content(std::uint32_t number) {
  std::string digits = std::to_string(number);
  digits.insert(0, number_digits - digits.size(), '0');
  std::string text;
  for (std::uint32_t i = 0; i != 20'000 + number % 1000; ++i) text += digits;
  return text;
}

// Replaces the file until that fails.
void replace_until_the_end(const std::string& path, replacing replace, std::uint32_t number,
                           shared_counter& durable) {
  asio::io_context context;
  for (error_code failed; !failed; ++number) {
    failed = replace(context, path, content(number));
    if (!failed) durable = number;
  }
}

std::string read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  child_require(file.good(), "there is no file");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The content after a power cut must be complete, and not older than what was durable.
std::uint32_t check_content(const std::string& path, std::uint32_t durable) {
  const std::string found = read_all(path);
  child_require(found.size() > number_digits, "the file is empty");
  const auto number = static_cast<std::uint32_t>(std::stoul(found.substr(0, number_digits)));
  child_require(found == content(number), "the file is a mixture");
  child_require(number == durable || number == durable + 1,
                "content " + std::to_string(number) + ", durable was " + std::to_string(durable));
  return number;
}

obstacle cut_power_again_and_again(const std::string& type, replacing replace,
                                   const temporary_directory& directory) {
  loop_device device;
  const std::string mounted = directory.path("mounted");
  obstacle found = mount_image(type, directory.path("image"), mounted, device);
  if (!found.empty()) return found;
  const std::string path = mounted + "/file";
  std::ofstream(path) << content(0);
  ::sync();
  const shared_value<shared_counter> durable;
  std::mt19937 random(1);
  std::uint32_t number = 0;
  for (int i = 0; i != rounds; ++i) {
    child_process child([&] { replace_until_the_end(path, replace, number + 1, *durable); });
    // On a busy machine a child takes a while to begin; for some, does not wait.
    if (i % 4 != 0) wait_until([&] { return *durable != number; });
    std::this_thread::sleep_for(std::chrono::microseconds(5'000 + random() % 40'000));
    cut_power(mounted);
    child_require(child.wait().succeeded(), "the child did not end by itself");
    child_require(::umount2(mounted.c_str(), 0) == 0, "umount");
    found = mount_new(type.c_str(), device.path(), mounted);
    child_require(found.empty(), found);
    number = check_content(path, *durable);
    *durable = number;
    for (const auto& entry : std::filesystem::directory_iterator(mounted))
      if (entry.path().filename().string().rfind(".asiofile-", 0) == 0)
        std::filesystem::remove(entry.path());
  }
  child_require(number > rounds, "the file was hardly replaced");
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(replace_power_cut)

BOOST_DATA_TEST_CASE(leaves_the_old_or_the_new_content,
                     boost::unit_test::data::make({"ext4", "xfs"}) *
                         boost::unit_test::data::make({&replace_at_once, &replace_in_pieces}),
                     type, replace) {
  const watchdog limit(std::chrono::seconds(120));
  const temporary_directory directory;
  in_private_mounts(directory,
                    [&] { return cut_power_again_and_again(type, replace, directory); });
}

BOOST_AUTO_TEST_SUITE_END()
