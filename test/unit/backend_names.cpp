// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// to_string and parse_backend.

#include <asiofile/backend.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using asiofile::backend;
using asiofile::parse_backend;
using asiofile::to_string;

BOOST_AUTO_TEST_SUITE(backend_names)

BOOST_AUTO_TEST_CASE(each_backend_has_the_name_that_the_environment_variable_takes) {
  BOOST_TEST(to_string(backend::automatic) == "automatic");
  BOOST_TEST(to_string(backend::io_uring) == "io_uring");
  BOOST_TEST(to_string(backend::libaio) == "libaio");
  BOOST_TEST(to_string(backend::threads) == "threads");
}

BOOST_AUTO_TEST_CASE(a_name_is_read_back_as_its_backend) {
  for (const backend value :
       {backend::automatic, backend::io_uring, backend::libaio, backend::threads}) {
    BOOST_TEST((parse_backend(to_string(value)) == value));
  }
}

BOOST_AUTO_TEST_CASE(the_names_that_caio_uses_are_read_too) {
  BOOST_TEST((parse_backend("uring") == backend::io_uring));
  BOOST_TEST((parse_backend("linux") == backend::libaio));
  BOOST_TEST((parse_backend("thread") == backend::threads));
  BOOST_TEST((parse_backend("python") == backend::threads));
}

BOOST_AUTO_TEST_CASE(anything_else_is_no_backend) {
  for (const std::string_view name :
       {"", " ", "auto", "IO_URING", "Threads", "io-uring", "io_uring ", " io_uring", "threads\n",
        "thread_pool", "aio", "posix", "io_uring,threads", "automatic1", "t"}) {
    BOOST_TEST_CONTEXT("name \"" << name << '"') BOOST_TEST(!parse_backend(name));
  }
  BOOST_TEST(!parse_backend(std::string_view()));
  BOOST_TEST(!parse_backend(std::string_view("threads\0", 8)));
  BOOST_TEST(!parse_backend(std::string(100'000, 'u')));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_view_counts) {
  BOOST_TEST((parse_backend(std::string_view("threadsanitizer").substr(0, 7)) == backend::threads));
  BOOST_TEST((parse_backend(std::string_view("threadsanitizer").substr(0, 6)) == backend::threads));
  BOOST_TEST(!parse_backend(std::string_view("threadsanitizer").substr(0, 5)));
}

BOOST_AUTO_TEST_CASE(a_value_that_is_no_enumerator_still_has_a_text) {
  BOOST_TEST(!to_string(static_cast<backend>(1000)).empty());
  BOOST_TEST(!parse_backend(to_string(static_cast<backend>(1000))));
}

BOOST_AUTO_TEST_SUITE_END()
