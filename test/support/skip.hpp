// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// How a test case reports that it cannot run here:
//
//   if (!facility_is_there()) return test_support::skip("the file system refuses O_DIRECT");

#include <boost/test/unit_test.hpp>

#include <iostream>
#include <string>

namespace test_support {

// Prints the reason at every log level, because skipped is not passed.
inline void skip(const std::string& reason) {
  std::cout << "SKIPPED: " << boost::unit_test::framework::current_test_case().full_name() << ": "
            << reason << std::endl;
  // A case without an assertion would be reported as such.
  BOOST_TEST_MESSAGE("SKIPPED: " << reason);
  BOOST_CHECK(true);
}

}  // namespace test_support
