// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The main function of the Boost.Test programs.
//
// If ASIOFILE_BACKEND is set, the whole program tests that backend: it is skipped, with the reason,
// if the machine does not offer it, and fails if another one would run instead.

#define BOOST_TEST_NO_MAIN

#include <asiofile/backend.hpp>
#include <asiofile/file_service.hpp>
#include <asiofile/probe.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

namespace {

constexpr int exit_skipped = 77;  // SKIP_RETURN_CODE in CMakeLists.txt

bool init_tests() {
  boost::unit_test::framework::master_test_suite().p_name.value = "asiofile";
  return true;
}

// The exit code to end with immediately, or 0 if the tests can run on the named backend.
int check_backend(const std::string& name) {
  const auto wanted = asiofile::parse_backend(name);
  if (!wanted) {
    std::cerr << "ASIOFILE_BACKEND: there is no backend " << name << '\n';
    return EXIT_FAILURE;
  }
  for (const auto& report : asiofile::probe()) {
    if (report.backend == *wanted && !report.available) {
      std::cout << "skipped: " << name << " is not available: " << report.explanation << '\n';
      return exit_skipped;
    }
  }
  boost::asio::io_context context;
  auto& service = boost::asio::use_service<asiofile::file_service>(context);
  if (service.active_backend() != *wanted) {
    std::cerr << "another backend runs in place of " << name << ":\n" << service.why() << '\n';
    return EXIT_FAILURE;
  }
  return 0;
}

}  // namespace

int main(int argc, char* argv[]) {
  const char* const backend = std::getenv("ASIOFILE_BACKEND");
  if (backend != nullptr && *backend != '\0') {
    const int exit_code = check_backend(backend);
    if (exit_code != 0) return exit_code;
  }
  return boost::unit_test::unit_test_main(&init_tests, argc, argv);
}
