// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Generational handles.

#include "service/handle_table.hpp"

#include "fakes/fake_operation.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace asiofile::detail;
using fakes::fake_operation;

BOOST_AUTO_TEST_SUITE(core_handle_table)

BOOST_AUTO_TEST_CASE(a_handle_names_its_operation_until_it_is_withdrawn) {
  handle_table table;
  fake_operation its(operation_kind::size);
  const auto handle = table.issue(its.get());
  BOOST_TEST(table.holder_of(handle) == &its.get());
  BOOST_TEST(its.get().handle_index == handle.index);
  table.withdraw(its.get());
  BOOST_TEST(table.holder_of(handle) == nullptr);
  BOOST_TEST(its.get().handle_index == cancellation_handle::none);
}

BOOST_AUTO_TEST_CASE(a_handle_whose_entry_was_reused_names_nothing) {
  handle_table table;
  fake_operation first(operation_kind::size), second(operation_kind::size);
  const auto old = table.issue(first.get());
  table.withdraw(first.get());
  const auto current = table.issue(second.get());
  BOOST_REQUIRE(old.index == current.index);
  BOOST_TEST(old.generation != current.generation);
  BOOST_TEST(table.holder_of(old) == nullptr);
  BOOST_TEST(table.holder_of(current) == &second.get());
}

BOOST_AUTO_TEST_CASE(each_has_an_entry_of_its_own) {
  handle_table table;
  fake_operation a(operation_kind::size), b(operation_kind::size), c(operation_kind::size);
  const auto of_a = table.issue(a.get()), of_b = table.issue(b.get()), of_c = table.issue(c.get());
  BOOST_TEST(table.holder_of(of_a) == &a.get());
  BOOST_TEST(table.holder_of(of_b) == &b.get());
  BOOST_TEST(table.holder_of(of_c) == &c.get());
  table.withdraw(a.get());
  table.withdraw(c.get());
  BOOST_TEST(table.holder_of(of_b) == &b.get());
  // Both are free again, and no more.
  fake_operation d(operation_kind::size), e(operation_kind::size), f(operation_kind::size);
  const std::set<std::uint32_t> reused{table.issue(d.get()).index, table.issue(e.get()).index};
  BOOST_TEST((reused == std::set{of_a.index, of_c.index}));
  BOOST_TEST(table.issue(f.get()).index == 3U);
}

BOOST_AUTO_TEST_CASE(withdrawing_twice_or_without_a_handle_does_nothing) {
  handle_table table;
  fake_operation its(operation_kind::size), other(operation_kind::size);
  table.withdraw(its.get());
  const auto handle = table.issue(its.get());
  table.withdraw(its.get());
  table.withdraw(its.get());
  const auto next = table.issue(other.get());
  BOOST_TEST(next.index == handle.index);
  BOOST_TEST(next.generation == handle.generation + 1);
}

BOOST_AUTO_TEST_CASE(a_handle_of_another_table_names_nothing) {
  handle_table table;
  BOOST_TEST(table.holder_of({0, 0}) == nullptr);
  BOOST_TEST(table.holder_of({}) == nullptr);
  fake_operation its(operation_kind::size);
  table.issue(its.get());
  BOOST_TEST(table.holder_of({1, 0}) == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
