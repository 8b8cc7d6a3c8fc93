// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A test in a child with file systems of its own.

#include "child_process.hpp"
#include "private_mounts.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <fstream>
#include <functional>
#include <string>

namespace test_support {

// Runs `body` in a child with private mounts; `body` returns the reason if it could not run.
// Returns whether it has run to its end.
inline bool in_private_mounts(const temporary_directory& directory,
                              const std::function<obstacle()>& body,
                              std::chrono::seconds limit = std::chrono::seconds(120)) {
  const std::string report = directory.path("obstacle");
  const auto child = child_process([&] {
                       obstacle found = enter_private_mounts();
                       if (found.empty()) found = body();
                       std::ofstream(report) << found;
                     }).wait(limit);
  const bool nothing_left = wait_until(
      [&] { return loop_devices_below(directory.root()) == 0; });
  BOOST_TEST(nothing_left, "a loop device is still attached");
  BOOST_TEST(child.succeeded(), child);
  std::string why;
  std::getline(std::ifstream(report), why);
  if (!why.empty()) skip(why);
  return child.succeeded() && why.empty();
}

}  // namespace test_support
