// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The legal transitions between stages; an assertion stops all others.

#include "fakes/fake_operation.hpp"

#include "child_process.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <array>
#include <csignal>
#include <set>
#include <utility>

using asiofile::detail::is_legal_step;
using asiofile::detail::move_to;
using asiofile::detail::operation_kind;
using asiofile::detail::operation_stage;

namespace {

using enum operation_stage;

constexpr std::array stages{initiating, sequenced, parked,    waiting,  speculating,
                            in_engine,  grouped,   completed, delivered};

// Written out, so that a mistake in the function shows.
const std::set<std::pair<operation_stage, operation_stage>> legal{
    {initiating, sequenced}, {initiating, parked},    {initiating, waiting},
    {initiating, completed}, {sequenced, waiting},    {sequenced, completed},
    {parked, waiting},       {waiting, speculating},  {waiting, in_engine},
    {waiting, completed},    {speculating, waiting},  {speculating, completed},
    {speculating, grouped},  {in_engine, waiting},    {in_engine, grouped},
    {in_engine, completed},  {grouped, waiting},      {grouped, completed},
    {completed, delivered}};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_stage)

BOOST_AUTO_TEST_CASE(only_the_steps_of_the_table_are_legal) {
  for (const auto from : stages) {
    for (const auto to : stages) {
      BOOST_TEST_CONTEXT("from " << static_cast<int>(from) << " to " << static_cast<int>(to))
      BOOST_TEST(is_legal_step(from, to) == legal.contains({from, to}));
    }
  }
}

BOOST_AUTO_TEST_CASE(an_operation_moves_along_legal_steps) {
  fakes::fake_operation its(operation_kind::size);
  BOOST_TEST((its.stage() == initiating));
  for (const auto next : {waiting, in_engine, completed, delivered}) {
    move_to(its.get(), next);
    BOOST_TEST((its.stage() == next));
  }
}

#if !defined(NDEBUG)
BOOST_AUTO_TEST_CASE(an_illegal_step_ends_the_program) {
  for (const auto from : stages) {
    for (const auto to : stages) {
      if (from == to || legal.contains({from, to})) continue;
      // One of each kind is enough, because each needs a process, which is slow.
      if (to != delivered && to != initiating) continue;
      test_support::child_process child([&] {
        ::close(2);
        std::signal(SIGABRT, SIG_DFL);
        fakes::fake_operation its(operation_kind::size);
        its.get().set_stage(from);
        move_to(its.get(), to);
      });
      BOOST_TEST_CONTEXT("from " << static_cast<int>(from) << " to " << static_cast<int>(to))
      BOOST_TEST(child.wait().signal == SIGABRT);
    }
  }
}
#endif

BOOST_AUTO_TEST_SUITE_END()
