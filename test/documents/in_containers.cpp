// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "includes_of_documents.hpp"

#include "in_containers.md.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(in_containers_guide)

BOOST_AUTO_TEST_CASE(logs_the_engine) {
  asio::io_context context;
  BOOST_CHECK_NO_THROW(log_file_engine(context));
}

BOOST_AUTO_TEST_CASE(requires_io_uring) {
  asio::io_context context;
  require_io_uring(context);
  const auto backend = asio::use_service<asiofile::file_service>(context).active_backend();
  const bool is_there = asiofile::probe().front().available;
  BOOST_TEST((backend == asiofile::backend::io_uring) == is_there);
}

BOOST_AUTO_TEST_SUITE_END()
