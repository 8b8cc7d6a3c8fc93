// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "in_own_directory.hpp"
#include "includes_of_documents.hpp"
#include "run_coroutine.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <stdexcept>
#include <string_view>

namespace {

// What a reader of the guide does with a line. The second one ends the test.
std::string sent;
asio::awaitable<void> send(std::string_view line) {
  sent += line;
  if (sent.size() > 3) throw std::runtime_error("enough");
  co_return;
}

}  // namespace

#include "follow_logs.md.hpp"

BOOST_FIXTURE_TEST_SUITE(follow_logs_guide, in_own_directory)

BOOST_AUTO_TEST_CASE(ships_lines) {
  write("log", "one\ntwo\n");
  asio::io_context context;
  BOOST_CHECK_THROW(run_coroutine(context, ship("log", std::nullopt)), std::runtime_error);
  BOOST_TEST(sent == "onetwo");
  BOOST_TEST(read("log.place").starts_with("v1 "));
}

BOOST_AUTO_TEST_SUITE_END()
