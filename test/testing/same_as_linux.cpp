// The files in memory give what the system's give: the same sequences of operations are run on
// both, and every result and all that is left is compared.

#include "random_steps.hpp"
#include "step_runner.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>
#include <asiofile/testing/file_system.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace asio = boost::asio;
using namespace testing_tests;

BOOST_AUTO_TEST_SUITE(testing_same_as_linux)

BOOST_AUTO_TEST_CASE(random_sequences_give_the_same_results_and_files_as_the_system) {
  const test_support::watchdog guard(std::chrono::seconds(300));
  constexpr std::uint32_t seeds = 60;
  constexpr int steps = 400;
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    const test_support::temporary_directory directory;
    asio::io_context real_context;
    asiofile::service_options options;
    options.backend = asiofile::backend::threads;
    asio::make_service<asiofile::file_service>(real_context, options);
    step_runner real(real_context, directory.path("root"));

    asiofile::testing::file_system files({.seed = seed});
    asio::io_context memory_context;
    files.attach(memory_context);
    step_runner memory(memory_context, "/root");

    sequence both(seed);
    step first;
    first.what = make_directory;
    first.path = ".";
    BOOST_TEST(real.run(first) == memory.run(first));
    std::string past;
    for (int i = 0; i != steps; ++i) {
      const step next = both.next();
      const std::string expected = real.run(next);
      const std::string found = memory.run(next);
      past += describe(next) + ": " + expected.substr(0, 60) + '\n';
      if (expected != found) BOOST_TEST_MESSAGE(past);
      BOOST_REQUIRE_MESSAGE(expected == found, "seed " << seed << ": " << describe(next)
                                                       << "\nthe system: " << expected
                                                       << "\nin memory: " << found);
    }
    const std::string expected = real.contents();
    const std::string found = memory.contents();
    BOOST_REQUIRE_MESSAGE(expected == found, "seed " << seed << "\nthe system: " << expected
                                                     << "\nin memory: " << found);
  }
}

BOOST_AUTO_TEST_SUITE_END()
