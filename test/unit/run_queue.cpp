// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// What a worker may take, and when the quick lane is stuck. No threads.

#include "engines/run_queue.hpp"

#include "engines/operation_place.hpp"
#include "plain_operation.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>

#include <deque>
#include <string>

using namespace asiofile::detail;
using test_support::facts_of_file;
using test_support::plain_operation;
using test_support::plain_transfer;

namespace {

struct quick_write : plain_transfer {
  explicit quick_write(const file_facts& facts = facts_of_file(), std::size_t bytes = 100)
      : plain_transfer(operation_kind::write, facts, std::string(bytes, 'q')) {}
};

struct slow_sync : plain_operation<sync_operation> {
  slow_sync() : plain_operation(facts_of_file(), operation_kind::sync_all) {}
};

struct fixture {
  run_queue queue;
  run_queue::lane_ticket ticket = run_queue::no_ticket;
  run_queue::lane_ticket other = run_queue::no_ticket;
};

bool is_quick_with(void (*change)(file_facts&), std::size_t bytes = 100) {
  file_facts facts = facts_of_file();
  change(facts);
  quick_write written(facts, bytes);
  return is_quick(*written);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(run_queues, fixture)

BOOST_AUTO_TEST_CASE(quick_are_small_buffered_writes_on_local_storage) {
  BOOST_TEST(is_quick_with([](file_facts&) {}));
  BOOST_TEST(!is_quick_with([](file_facts&) {}, 65 * 1024));
  BOOST_TEST(!is_quick_with([](file_facts& facts) { facts.is_local = false; }));
  BOOST_TEST(!is_quick_with([](file_facts& facts) { facts.is_storage = false; }));
  BOOST_TEST(!is_quick_with([](file_facts& facts) { facts.is_direct = true; }));
  BOOST_TEST(!is_quick_with([](file_facts& facts) { facts.status_flags = O_RDWR | O_SYNC; }));
  BOOST_TEST(!is_quick_with([](file_facts& facts) { facts.status_flags = O_RDWR | O_DSYNC; }));
  quick_write chained;
  chained->sync = sync_after::data;
  chained->links_sync = true;
  BOOST_TEST(!is_quick(*chained));
}

BOOST_AUTO_TEST_CASE(quick_are_small_reads_of_memory) {
  file_facts facts = facts_of_file();
  plain_transfer on_disk(operation_kind::read, facts, std::string(100, '\0'));
  BOOST_TEST(!is_quick(*on_disk));
  facts.is_in_memory = true;
  facts.status_flags = O_RDWR | O_SYNC;
  plain_transfer in_memory(operation_kind::read, facts, std::string(100, '\0'));
  BOOST_TEST(is_quick(*in_memory));
  plain_transfer large(operation_kind::read, facts, std::string(65 * 1024, '\0'));
  BOOST_TEST(!is_quick(*large));
}

BOOST_AUTO_TEST_CASE(operations_are_taken_first_in_first_out) {
  slow_sync first, second;
  queue.push(*first);
  queue.push(*second);
  BOOST_TEST(queue.demand() == 2U);
  BOOST_TEST((place_of(*first) == operation_place::queued));
  BOOST_TEST(queue.take(ticket) == &*first);
  BOOST_TEST(queue.take(ticket) == &*second);
  BOOST_TEST((queue.take(ticket) == nullptr));
  BOOST_TEST(queue.demand() == 0U);
}

BOOST_AUTO_TEST_CASE(one_worker_has_all_quick_operations) {
  quick_write first, second;
  queue.push(*first);
  queue.push(*second);
  BOOST_TEST((place_of(*first) == operation_place::queued_quick));
  BOOST_TEST(queue.demand() == 1U);
  BOOST_TEST(queue.take(ticket) == &*first);
  BOOST_TEST(queue.demand() == 0U);
  BOOST_TEST((queue.take(other) == nullptr));
  BOOST_TEST(queue.holds_lane(ticket));
  BOOST_TEST(!queue.holds_lane(other));
  BOOST_TEST(queue.take(ticket) == &*second);
}

BOOST_AUTO_TEST_CASE(others_are_not_held_up_by_the_lane) {
  quick_write first, second;
  slow_sync slow;
  queue.push(*first);
  queue.push(*second);
  queue.take(ticket);
  queue.push(*slow);
  BOOST_TEST(queue.demand() == 1U);
  BOOST_TEST(queue.take(other) == &*slow);
}

BOOST_AUTO_TEST_CASE(a_holder_with_nothing_quick_to_do_leaves_the_lane_for_others) {
  quick_write first, second;
  slow_sync slow;
  queue.push(*first);
  queue.take(ticket);
  queue.push(*slow);
  BOOST_TEST(queue.take(ticket) == &*slow);
  BOOST_TEST(!queue.holds_lane(ticket));
  queue.push(*second);
  BOOST_TEST(queue.demand() == 1U);
  BOOST_TEST(queue.take(other) == &*second);
}

BOOST_AUTO_TEST_CASE(what_waits_behind_many_quick_ones_has_its_turn) {
  std::deque<quick_write> many(200);
  slow_sync slow;
  for (quick_write& each : many) queue.push(*each);
  queue.push(*slow);
  unsigned taken_before = 0;
  while (queue.take(ticket) != &*slow) ++taken_before;
  BOOST_TEST(taken_before <= 64U);
  // Another worker has to take the lane.
  BOOST_TEST(queue.demand() == 1U);
  BOOST_TEST((queue.take(other) != nullptr));
  BOOST_TEST(queue.holds_lane(other));
}

BOOST_AUTO_TEST_CASE(a_lane_whose_holder_is_stuck_is_taken_from_it) {
  quick_write stuck, waiting;
  queue.push(*stuck);
  queue.take(ticket);
  BOOST_TEST(!queue.needs_watching());
  queue.push(*waiting);
  BOOST_TEST(queue.needs_watching());
  BOOST_TEST(!queue.tick());  // it may have been pushed just now
  BOOST_TEST(queue.holds_lane(ticket));
  BOOST_TEST(queue.tick());
  BOOST_TEST(!queue.holds_lane(ticket));
  BOOST_TEST(queue.demand() == 1U);
  BOOST_TEST(queue.take(other) == &*waiting);
  // The stuck worker no longer holds the lane.
  quick_write later;
  queue.push(*later);
  BOOST_TEST((queue.take(ticket) == nullptr));
  queue.leave_lane(ticket);
  BOOST_TEST(queue.holds_lane(other));
}

BOOST_AUTO_TEST_CASE(a_lane_that_goes_on_is_not_stuck) {
  std::deque<quick_write> many(10);
  for (quick_write& each : many) queue.push(*each);
  for (int i = 0; i != 9; ++i) {
    queue.take(ticket);
    BOOST_TEST(!queue.tick());
  }
  queue.take(ticket);
  BOOST_TEST(!queue.tick());
  BOOST_TEST(!queue.tick());
  BOOST_TEST(queue.holds_lane(ticket));
}

BOOST_AUTO_TEST_CASE(a_lane_with_nothing_waiting_is_not_stuck) {
  quick_write first, second;
  queue.push(*first);
  queue.take(ticket);
  BOOST_TEST(!queue.tick());
  BOOST_TEST(!queue.tick());
  // Only changes since the last round count.
  queue.push(*second);
  BOOST_TEST(!queue.tick());
  BOOST_TEST(queue.tick());
}

BOOST_AUTO_TEST_CASE(without_a_lane_each_has_a_worker) {
  quick_write first, second, third;
  queue.push(*first);
  queue.push(*second);
  queue.set_lane(false);
  queue.push(*third);
  BOOST_TEST(queue.demand() == 3U);
  BOOST_TEST((place_of(*first) == operation_place::queued));
  BOOST_TEST(queue.take(ticket) == &*first);
  BOOST_TEST(queue.take(other) == &*second);
  queue.remove(*third);
  BOOST_TEST(queue.empty());
  BOOST_TEST(queue.demand() == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_removed_is_not_counted) {
  quick_write quick;
  slow_sync slow;
  queue.push(*quick);
  queue.push(*slow);
  queue.remove(*quick);
  BOOST_TEST((place_of(*quick) == operation_place::nowhere));
  BOOST_TEST(queue.quick_count() == 0U);
  BOOST_TEST(!queue.has_quick());
  BOOST_TEST(queue.demand() == 1U);
  queue.remove(*slow);
  BOOST_TEST(queue.demand() == 0U);
  BOOST_TEST(queue.empty());
}

BOOST_AUTO_TEST_CASE(everything_is_taken_with_nothing_left_to_do) {
  quick_write quick;
  slow_sync slow;
  queue.push(*quick);
  queue.push(*slow);
  engine_queue all;
  queue.take_all(all);
  BOOST_TEST(all.size() == 2U);
  BOOST_TEST((place_of(*quick) == operation_place::nowhere));
  BOOST_TEST((place_of(*slow) == operation_place::nowhere));
  BOOST_TEST(queue.demand() == 0U);
  BOOST_TEST(queue.quick_count() == 0U);
  all.clear();
}

BOOST_AUTO_TEST_CASE(a_place_changes_without_touching_the_marks) {
  slow_sync slow;
  mark_cancelled(*slow);
  set_bits(*slow, ready_bit);
  for (const auto place : {operation_place::polled, operation_place::queued,
                           operation_place::running, operation_place::nowhere}) {
    set_place(*slow, place);
    BOOST_TEST((place_of(*slow) == place));
    BOOST_TEST(is_cancelled(*slow));
    BOOST_TEST(was_ready(*slow));
  }
  clear_bits(*slow, ready_bit);
  BOOST_TEST(is_cancelled(*slow));
  BOOST_TEST(!was_ready(*slow));
}

BOOST_AUTO_TEST_SUITE_END()
