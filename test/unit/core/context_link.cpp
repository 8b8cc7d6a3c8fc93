// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// When passes run: because they were posted, or by the reactor.

#include "service/context_link.hpp"

#include "fakes/fake_context.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <new>

using namespace asiofile::detail;
using fakes::fake_context;

namespace {

// The link only passes it on; no pass is run here.
service_core& some_core() {
  static char place[1];
  return *reinterpret_cast<service_core*>(place);
}

struct linked {
  fake_context context;
  context_link link{context.make_adapter()};
  service_core& core = some_core();

  explicit linked(bool can_post = true) {
    context.can_post = can_post;
    link.set_executor(nullptr);
  }
  bool is_set() const { return context.is_readable(); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_context_link)

BOOST_AUTO_TEST_CASE(the_reactor_is_told_of_the_notifier_once) {
  linked its;
  BOOST_TEST(its.link.set_up_notifier() == 0);
  const int fd = its.context.watched;
  BOOST_TEST(fd == its.link.completions().read_fd());
  BOOST_TEST(fd != -1);
  its.context.watched = -2;
  BOOST_TEST(its.link.set_up_notifier() == 0);
  BOOST_TEST(its.context.watched == -2);
}

BOOST_AUTO_TEST_CASE(without_a_reactor_there_is_no_notifier_and_it_is_tried_again) {
  linked its(false);
  its.context.watch_error = ENOSPC;
  BOOST_TEST(its.link.set_up_notifier() == ENOSPC);
  BOOST_TEST(!its.link.completions().is_open());
  BOOST_TEST(its.link.set_up_schedule() == ENOSPC);
  its.context.watch_error = 0;
  BOOST_TEST(its.link.set_up_schedule() == 0);
  BOOST_TEST(its.link.completions().is_open());
}

BOOST_AUTO_TEST_CASE(what_is_posted_needs_no_notifier) {
  linked its;
  its.context.watch_error = EMFILE;
  BOOST_TEST(its.link.set_up_schedule() == 0);
  BOOST_TEST(!its.link.completions().is_open());
  its.link.schedule(its.core);
  BOOST_TEST(its.context.posts == 1U);
}

BOOST_AUTO_TEST_CASE(one_pass_is_scheduled_at_a_time) {
  linked its;
  BOOST_TEST(!its.link.is_scheduled());
  its.link.schedule(its.core);
  its.link.schedule(its.core);
  BOOST_TEST(its.link.is_scheduled());
  BOOST_TEST(its.context.posts == 1U);
  its.link.posted_pass_begins();
  BOOST_TEST(!its.link.is_scheduled());
}

BOOST_AUTO_TEST_CASE(where_there_is_no_memory_nothing_is_scheduled) {
  linked its;
  its.context.has_memory = false;
  BOOST_CHECK_THROW(its.link.schedule(its.core), std::bad_alloc);
  BOOST_TEST(!its.link.is_scheduled());
}

BOOST_AUTO_TEST_CASE(without_an_executor_the_notifier_schedules) {
  linked its(false);
  BOOST_REQUIRE_EQUAL(its.link.set_up_schedule(), 0);
  its.link.schedule(its.core);
  BOOST_TEST(its.link.is_scheduled());
  BOOST_TEST(its.context.posts == 0U);
  BOOST_TEST(its.context.waits == 1U);
  BOOST_TEST(its.is_set());
  its.link.schedule(its.core);
  BOOST_TEST(its.context.waits == 1U);
  its.link.waited_pass_begins();
  BOOST_TEST(!its.link.is_scheduled());
  BOOST_TEST(!its.is_set());
}

BOOST_AUTO_TEST_CASE(a_waited_pass_that_was_not_scheduled_leaves_the_posted_one) {
  linked its;
  BOOST_REQUIRE_EQUAL(its.link.set_up_notifier(), 0);
  its.link.park(its.core);
  its.link.schedule(its.core);
  its.link.waited_pass_begins();
  BOOST_TEST(its.link.is_scheduled());
}

BOOST_AUTO_TEST_CASE(parked_is_with_a_wait_and_engines_that_notify) {
  linked its;
  BOOST_REQUIRE_EQUAL(its.link.set_up_notifier(), 0);
  BOOST_TEST(!its.link.is_parked());
  BOOST_TEST(!its.link.is_waiting());
  its.link.park(its.core);
  BOOST_TEST(its.link.is_parked());
  BOOST_TEST(its.link.is_waiting());
  BOOST_TEST(its.context.waits == 1U);
  BOOST_TEST(its.link.unpark());
  BOOST_TEST(!its.link.is_parked());
  BOOST_TEST(its.link.is_waiting());
  BOOST_TEST(!its.link.unpark());
  // The wait is still there.
  its.link.park(its.core);
  BOOST_TEST(its.context.waits == 1U);
  BOOST_TEST(its.link.is_parked());
}

BOOST_AUTO_TEST_CASE(a_waited_pass_ends_the_wait_and_resets_the_notifier) {
  linked its;
  BOOST_REQUIRE_EQUAL(its.link.set_up_notifier(), 0);
  its.link.park(its.core);
  its.link.completions().set();
  BOOST_TEST(its.is_set());
  its.link.waited_pass_begins();
  BOOST_TEST(!its.is_set());
  BOOST_TEST(!its.link.is_waiting());
  BOOST_TEST(!its.link.is_parked());
}

BOOST_AUTO_TEST_CASE(a_wait_is_ended_once) {
  linked its;
  BOOST_REQUIRE_EQUAL(its.link.set_up_notifier(), 0);
  its.link.end_wait();
  BOOST_TEST(its.context.cancelled_waits == 0U);
  its.link.park(its.core);
  its.link.end_wait();
  its.link.end_wait();
  BOOST_TEST(its.context.cancelled_waits == 1U);
  BOOST_TEST(!its.link.is_waiting());
  // The pass will still run: no second one is started, and it counts for parking.
  its.link.unpark();
  its.link.park(its.core);
  BOOST_TEST(its.context.waits == 1U);
  BOOST_TEST(its.link.is_parked());
}

BOOST_AUTO_TEST_CASE(a_wait_that_schedules_is_not_ended) {
  linked its(false);
  BOOST_REQUIRE_EQUAL(its.link.set_up_schedule(), 0);
  its.link.schedule(its.core);
  its.link.end_wait();
  BOOST_TEST(its.context.cancelled_waits == 0U);
  BOOST_TEST(its.link.is_waiting());
}

BOOST_AUTO_TEST_CASE(a_waiting_function_resets_the_notifier_and_nobody_is_parked) {
  linked its;
  BOOST_REQUIRE_EQUAL(its.link.set_up_notifier(), 0);
  its.link.park(its.core);
  its.link.completions().set();
  its.link.reset_for_waiter();
  BOOST_TEST(!its.is_set());
  BOOST_TEST(!its.link.is_parked());
}

BOOST_AUTO_TEST_CASE(a_waiting_function_leaves_what_schedules_a_pass) {
  linked its(false);
  BOOST_REQUIRE_EQUAL(its.link.set_up_schedule(), 0);
  its.link.schedule(its.core);
  its.link.reset_for_waiter();
  BOOST_TEST(its.is_set());
  BOOST_TEST(its.link.is_scheduled());
}

BOOST_AUTO_TEST_CASE(work_is_told_where_it_changes) {
  linked its;
  its.link.set_work(false);
  BOOST_TEST(!its.context.has_work);
  its.link.set_work(true);
  BOOST_TEST(its.context.has_work);
  // Reported once, because the adapter counts.
  its.context.has_work = false;
  its.link.set_work(true);
  BOOST_TEST(!its.context.has_work);
  // An executor that becomes known later is notified as well.
  int native = 0;
  its.link.set_executor(&native);
  BOOST_TEST(its.context.executor == &native);
  BOOST_TEST(its.context.has_work);
  its.link.set_work(false);
  BOOST_TEST(!its.context.has_work);
  its.link.set_executor(&native);
  BOOST_TEST(!its.context.has_work);
}

BOOST_AUTO_TEST_CASE(the_context_is_left) {
  linked its;
  BOOST_REQUIRE_EQUAL(its.link.set_up_notifier(), 0);
  BOOST_TEST(!its.link.is_stopped());
  its.context.is_stopped = true;
  BOOST_TEST(its.link.is_stopped());
  its.link.disconnect(false);
  BOOST_TEST(its.context.watched == -1);
  // Engines may still set it.
  BOOST_TEST(its.link.completions().is_open());
  its.link.leave();
  BOOST_TEST(!its.context.is_referred_to());
  BOOST_TEST(!its.link.completions().is_open());
}

// The reactor's epoll instance is the parent's as well, which still has the descriptor.
BOOST_AUTO_TEST_CASE(a_forked_copy_closes_its_descriptor_before_the_reactor_lets_go) {
  linked its;
  BOOST_REQUIRE_EQUAL(its.link.set_up_notifier(), 0);
  its.link.disconnect(true);
  BOOST_TEST(!its.link.completions().is_open());
  BOOST_TEST(its.context.watched == -1);
}

BOOST_AUTO_TEST_CASE(a_child_has_a_notifier_of_its_own) {
  linked its;
  BOOST_REQUIRE_EQUAL(its.link.set_up_notifier(), 0);
  its.link.park(its.core);
  its.link.completions().set();
  BOOST_TEST(its.link.renew_in_child() == 0);
  BOOST_TEST(its.link.completions().is_open());
  BOOST_TEST(its.context.watched == its.link.completions().read_fd());
  BOOST_TEST(!its.is_set());
  BOOST_TEST(!its.link.is_parked());
  // The parent's wait ends here.
  BOOST_TEST(!its.link.is_waiting());
}

BOOST_AUTO_TEST_CASE(a_child_of_a_service_without_a_notifier_needs_none) {
  linked its;
  BOOST_TEST(its.link.renew_in_child() == 0);
  BOOST_TEST(!its.link.completions().is_open());
}

BOOST_AUTO_TEST_CASE(a_child_schedules_anew_what_the_notifier_had_scheduled) {
  linked its(false);
  BOOST_REQUIRE_EQUAL(its.link.set_up_schedule(), 0);
  its.link.schedule(its.core);
  BOOST_TEST(its.link.renew_in_child() == 0);
  BOOST_TEST(!its.link.is_scheduled());
}

BOOST_AUTO_TEST_CASE(a_child_without_descriptors_is_told_why) {
  linked its;
  BOOST_REQUIRE_EQUAL(its.link.set_up_notifier(), 0);
  its.context.watch_error = EMFILE;
  BOOST_TEST(its.link.renew_in_child() == EMFILE);
  BOOST_TEST(!its.link.completions().is_open());
  its.context.watch_error = 0;
  BOOST_TEST(its.link.set_up_notifier() == 0);
}

BOOST_AUTO_TEST_CASE(what_was_posted_stays_posted_in_a_child) {
  linked its;
  BOOST_REQUIRE_EQUAL(its.link.set_up_notifier(), 0);
  its.link.schedule(its.core);
  BOOST_TEST(its.link.renew_in_child() == 0);
  BOOST_TEST(its.link.is_scheduled());
}

BOOST_AUTO_TEST_SUITE_END()
