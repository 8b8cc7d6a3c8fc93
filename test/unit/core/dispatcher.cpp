// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Operations whose handlers are to be called, and how many one pass calls.

#include "service/dispatcher.hpp"

#include "fakes/fake_operation.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace asiofile::detail;
using fakes::fake_operation;

namespace {

void complete(fake_operation& its) { its.get().set_stage(operation_stage::completed); }

}  // namespace

BOOST_AUTO_TEST_SUITE(core_dispatcher)

BOOST_AUTO_TEST_CASE(handlers_are_called_in_the_order_in_which_operations_ended) {
  dispatcher its;
  fake_operation first(operation_kind::size), second(operation_kind::size);
  complete(first);
  complete(second);
  BOOST_TEST(its.empty());
  BOOST_TEST(its.take() == nullptr);
  its.add(first.get());
  its.add(second.get());
  BOOST_TEST(its.size() == 2U);
  BOOST_TEST(!its.empty());
  BOOST_TEST(its.take() == &first.get());
  BOOST_TEST((first.stage() == operation_stage::delivered));
  BOOST_TEST((second.stage() == operation_stage::completed));
  BOOST_TEST(its.size() == 1U);
  BOOST_TEST(its.take() == &second.get());
  BOOST_TEST(its.size() == 0U);
  BOOST_TEST(its.take() == nullptr);
}

BOOST_AUTO_TEST_CASE(all_are_taken_at_the_end_behind_those_that_were_there) {
  dispatcher its;
  fake_operation first(operation_kind::size), second(operation_kind::size);
  complete(first);
  complete(second);
  operation_queue all;
  all.push_back(first.get());
  its.add(second.get());
  its.take_all(all);
  BOOST_TEST(its.empty());
  BOOST_TEST(its.size() == 0U);
  BOOST_TEST(&all.front() == &first.get());
  BOOST_TEST(&all.back() == &second.get());
}

BOOST_AUTO_TEST_CASE(calls_of_readers_are_no_work_of_the_contexts) {
  fake_operation call(operation_kind::wait), other(operation_kind::size);
  BOOST_TEST(!is_counted(call.get()));
  BOOST_TEST(is_counted(other.get()));
}

BOOST_AUTO_TEST_CASE(a_budget_is_spent_by_handlers) {
  pass_budget budget;
  BOOST_TEST(budget.is_untouched());
  for (unsigned i = 0; i != pass_budget::handlers_max; ++i) {
    BOOST_TEST(!budget.is_spent());
    BOOST_TEST(budget.handlers() == i);
    budget.spend(0);
    BOOST_TEST(!budget.is_untouched());
  }
  BOOST_TEST(budget.is_spent());
}

BOOST_AUTO_TEST_CASE(a_budget_is_spent_by_bytes) {
  pass_budget budget;
  budget.spend(pass_budget::bytes_max - 1);
  BOOST_TEST(!budget.is_spent());
  budget.spend(1);
  BOOST_TEST(budget.is_spent());
}

BOOST_AUTO_TEST_SUITE_END()
