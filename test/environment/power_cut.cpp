// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The power fails while records are written: what was reported as durable is there afterwards,
// through every backend, buffered and direct. The power cut is the file system's own simulation:
// nothing that it has not written by then reaches the device (FS_IOC_GOINGDOWN, without flushing
// the log).
//
// What counts is what was durable before the cut began. The simulation is not a single moment: on
// ext4 and xfs (Linux 6.18) a sync that is under way while the file system shuts down may succeed
// without effect, even a plain fdatasync(2).

#include "available_backends.hpp"
#include "child_process.hpp"
#include "cut_power.hpp"
#include "in_private_mounts.hpp"
#include "private_mounts.hpp"
#include "record_log.hpp"
#include "shared_value.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/mount.h>

#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <random>
#include <string>
#include <thread>

using namespace test_support;

namespace {

constexpr int rounds = 2;

// Makes the files, so that their names are durable.
void make_files(const std::string& mounted) {
  for (std::size_t i = 0; i != record_log_files; ++i) write_file(record_file(mounted, i), "");
  ::sync();
}

obstacle cut_once(const std::string& type, const std::string& device, const std::string& mounted,
                  asiofile::backend which, bool is_direct, std::mt19937& random,
                  std::uint32_t& records) {
  const shared_value<durable_counts> durable;
  make_files(mounted);
  child_process writer([&] { write_records(which, mounted, is_direct, *durable); });
  std::this_thread::sleep_for(std::chrono::microseconds(30'000 + random() % 60'000));
  durable_counts before;
  for (std::size_t i = 0; i != record_log_files; ++i) before[i] = (*durable)[i].load();
  cut_power(mounted);
  const auto ended = writer.wait(std::chrono::seconds(20));
  child_require(ended.succeeded(), "the writer did not end by itself: " + ended.failure);
  child_require(::umount2(mounted.c_str(), 0) == 0, "umount");
  obstacle found = mount_new(type.c_str(), device, mounted);
  if (!found.empty()) return found;
  try {
    require_durable_records(mounted, before);
  } catch (const std::exception& lost) {
    child_require(false, std::string(asiofile::to_string(which)) +
                             (is_direct ? ", direct: " : ", buffered: ") + lost.what());
  }
  for (const auto& each : before) records += each;
  for (std::size_t i = 0; i != record_log_files; ++i) ::unlink(record_file(mounted, i).c_str());
  return {};
}

obstacle cut_again_and_again(const std::string& type, const temporary_directory& directory) {
  loop_device device;
  const std::string mounted = directory.path("mounted");
  obstacle found = mount_image(type, directory.path("image"), mounted, device);
  std::mt19937 random(5);
  for (const asiofile::backend which : available_backends()) {
    for (const bool is_direct : {false, true}) {
      std::uint32_t records = 0;
      for (int i = 0; i != rounds && found.empty(); ++i)
        found = cut_once(type, device.path(), mounted, which, is_direct, random, records);
      child_require(!found.empty() || records != 0, "no record was durable before the cut");
    }
  }
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(power_cut)

BOOST_DATA_TEST_CASE(what_was_reported_as_durable_is_there,
                     boost::unit_test::data::make({"ext4", "xfs"})) {
  const watchdog limit(std::chrono::seconds(150));
  const temporary_directory directory;
  const std::string type = sample;
  in_private_mounts(directory, [&] { return cut_again_and_again(type, directory); });
}

BOOST_AUTO_TEST_SUITE_END()
