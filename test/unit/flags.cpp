// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// file_base: the values of its enumerators, and the bitmask's operators.

#include <asiofile/file_base.hpp>

#include <boost/asio/detail/config.hpp>
#if defined(BOOST_ASIO_HAS_FILE)
#include <boost/asio/file_base.hpp>
#endif
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <stdio.h>

#include <type_traits>

using asiofile::file_base;

namespace {

constexpr bool has(file_base::flags value, int posix) {
  return static_cast<unsigned int>(value) == static_cast<unsigned int>(posix);
}

constexpr file_base::flags assigned(file_base::flags start) {
  start |= file_base::create;
  start |= file_base::truncate;
  start &= ~file_base::truncate;
  start ^= file_base::append;
  start ^= file_base::append;
  return start;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(flags)

BOOST_AUTO_TEST_CASE(the_flags_have_the_values_of_open) {
  static_assert(has(file_base::read_only, O_RDONLY));
  static_assert(has(file_base::write_only, O_WRONLY));
  static_assert(has(file_base::read_write, O_RDWR));
  static_assert(has(file_base::append, O_APPEND));
  static_assert(has(file_base::create, O_CREAT));
  static_assert(has(file_base::exclusive, O_EXCL));
  static_assert(has(file_base::truncate, O_TRUNC));
  static_assert(has(file_base::sync_all_on_write, O_SYNC));
  BOOST_TEST(has(file_base::read_write | file_base::create, O_RDWR | O_CREAT));
}

BOOST_AUTO_TEST_CASE(the_seek_bases_have_the_values_of_lseek) {
  static_assert(file_base::seek_set == SEEK_SET);
  static_assert(file_base::seek_cur == SEEK_CUR);
  static_assert(file_base::seek_end == SEEK_END);
  BOOST_TEST(file_base::seek_end == SEEK_END);
}

#if defined(BOOST_ASIO_HAS_FILE)
BOOST_AUTO_TEST_CASE(the_values_are_those_of_boost_asio) {
  using theirs = boost::asio::file_base;
  static_assert(has(file_base::read_only, theirs::read_only));
  static_assert(has(file_base::write_only, theirs::write_only));
  static_assert(has(file_base::read_write, theirs::read_write));
  static_assert(has(file_base::append, theirs::append));
  static_assert(has(file_base::create, theirs::create));
  static_assert(has(file_base::exclusive, theirs::exclusive));
  static_assert(has(file_base::truncate, theirs::truncate));
  static_assert(has(file_base::sync_all_on_write, theirs::sync_all_on_write));
  BOOST_TEST(has(file_base::append, theirs::append));
}
#endif

BOOST_AUTO_TEST_CASE(the_operators_are_those_of_a_bitmask_and_constexpr) {
  constexpr auto both = file_base::write_only | file_base::append;
  static_assert(std::is_same_v<decltype(both), const file_base::flags>);
  static_assert((both & file_base::append) == file_base::append);
  static_assert((both & file_base::create) == file_base::flags{});
  static_assert((both ^ file_base::append) == file_base::write_only);
  static_assert((both & ~file_base::append) == file_base::write_only);
  static_assert(~~both == both);
  static_assert(assigned(file_base::read_write) == (file_base::read_write | file_base::create));
  BOOST_TEST(both == (O_WRONLY | O_APPEND));
}

BOOST_AUTO_TEST_CASE(compound_assignment_gives_its_left_side) {
  auto value = file_base::read_write;
  BOOST_TEST(&(value |= file_base::create) == &value);
  BOOST_TEST(&(value &= file_base::create) == &value);
  BOOST_TEST(value == file_base::create);
  BOOST_TEST(&(value ^= file_base::create) == &value);
  BOOST_TEST(value == file_base::flags{});
}

BOOST_AUTO_TEST_SUITE_END()
