// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// When the owner is notified of completed operations: once until it takes them, and not for each of
// many.

#include "engines/completed_list.hpp"

#include "plain_operation.hpp"

#include <boost/test/unit_test.hpp>

#include <poll.h>

#include <deque>

using namespace asiofile::detail;

namespace {

struct fixture {
  struct over_operation : test_support::plain_operation<sync_operation> {
    over_operation() : plain_operation({}, operation_kind::sync_all) {}
  };

  fixture() { BOOST_REQUIRE(completed.open() == 0); }
  ~fixture() { taken.clear(); }

  // Whether the notifier was set since this was last asked.
  bool was_told() {
    pollfd asked{completed.read_fd(), POLLIN, 0};
    const bool is_set = ::poll(&asked, 1, 0) == 1;
    if (is_set) completed.reset();
    return is_set;
  }
  void add(std::size_t to_come = 0) { list.add(*operations[next++], to_come); }

  notifier completed;
  completed_list list{completed};
  std::deque<over_operation> operations{16};
  std::size_t next = 0;
  engine_queue taken;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(completed_lists, fixture)

BOOST_AUTO_TEST_CASE(an_owner_that_does_not_listen_is_not_told) {
  add();
  BOOST_TEST(!was_told());
  BOOST_TEST(list.has_some());
  list.take(taken);
  BOOST_TEST(taken.size() == 1U);
  BOOST_TEST(!list.has_some());
}

BOOST_AUTO_TEST_CASE(an_owner_that_begins_to_listen_hears_of_what_is_there) {
  BOOST_TEST(!list.notify(true));
  BOOST_TEST(!list.notify(false));
  add();
  BOOST_TEST(list.notify(true));
  BOOST_TEST(!was_told());
}

BOOST_AUTO_TEST_CASE(an_owner_is_told_once_until_it_takes_some) {
  list.notify(true);
  add();
  BOOST_TEST(was_told());
  add();
  BOOST_TEST(!was_told());
  list.take(taken);
  add();
  BOOST_TEST(was_told());
  list.notify(false);
  list.take(taken);
  add();
  BOOST_TEST(!was_told());
  list.take(taken);
  BOOST_TEST(taken.size() == 4U);
}

BOOST_AUTO_TEST_CASE(an_owner_is_told_when_as_many_are_over_as_are_to_come) {
  list.notify(true);
  add(5);
  add(4);
  BOOST_TEST(!was_told());
  add(3);
  BOOST_TEST(was_told());
}

BOOST_AUTO_TEST_CASE(the_last_one_tells_of_all) {
  list.notify(true);
  add(9);
  BOOST_TEST(!was_told());
  add(0);
  BOOST_TEST(was_told());
}

BOOST_AUTO_TEST_CASE(what_was_held_back_is_announced) {
  list.notify(true);
  list.announce();
  BOOST_TEST(!was_told());
  // Operations that the owner knew of when it switched notification on are not counted.
  list.notify(false);
  add();
  BOOST_TEST(list.notify(true));
  list.announce();
  BOOST_TEST(!was_told());
  list.take(taken);
  add(9);
  list.announce();
  BOOST_TEST(was_told());
  list.announce();
  BOOST_TEST(!was_told());
}

BOOST_AUTO_TEST_CASE(what_was_taken_is_not_announced) {
  list.notify(true);
  add(9);
  list.take(taken);
  list.announce();
  BOOST_TEST(!was_told());
  // Nor are they counted together with later ones.
  add(2);
  BOOST_TEST(!was_told());
}

BOOST_AUTO_TEST_SUITE_END()
