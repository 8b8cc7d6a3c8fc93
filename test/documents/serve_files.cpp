// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "in_own_directory.hpp"
#include "includes_of_documents.hpp"
#include "run_coroutine.hpp"

#include "serve_files.md.hpp"

#include <boost/test/unit_test.hpp>

BOOST_FIXTURE_TEST_SUITE(serve_files_guide, in_own_directory)

BOOST_AUTO_TEST_CASE(opens_what_was_asked_for) {
  write("page", "page");
  asio::io_context context;
  asiofile::directory root(context);
  root.open(".");
  asiofile::random_access_file file(context);
  run_coroutine(context, open_what_was_asked_for(root, file, "page"));
  BOOST_TEST(file.size() == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
