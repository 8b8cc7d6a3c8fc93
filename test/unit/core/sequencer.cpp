// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The operations at one file object's position.

#include "service/sequencer.hpp"

#include "fakes/fake_operation.hpp"
#include "plain_operation.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>

#include <memory>
#include <vector>

using namespace asiofile::detail;
using enum operation_stage;

namespace {

class at_position : public fakes::fake_transfer {
 public:
  explicit at_position(operation_target& on, operation_kind kind = operation_kind::read)
      : fake_transfer(kind, 100, 0, sync_after::none, true) {
    get().target = &on;
  }
  transfer_operation* operator&() noexcept { return &get(); }
};

class file_target : public test_support::plain_target {
 public:
  explicit file_target(int flags = 0, bool is_stream = false) : plain_target(file_facts{}) {
    facts.status_flags = flags;
    facts.is_stream = is_stream;
  }
};

void end(sequencer& order, at_position& its, std::uint64_t bytes) {
  its.get().transferred = bytes;
  static_cast<void>(order.leave(its.get()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(core_sequencer)

BOOST_AUTO_TEST_CASE(each_begins_where_the_one_before_it_ended) {
  sequencer order;
  file_target file;
  at_position first(file), second(file), third(file);
  order.move_to_position(1000);
  BOOST_TEST(order.enter(first.get()));
  BOOST_TEST(first.get().offset == 1000U);
  BOOST_TEST(!order.enter(second.get()));
  BOOST_TEST(!order.enter(third.get()));
  BOOST_TEST((second.stage() == sequenced));
  BOOST_TEST((first.stage() == initiating));
  BOOST_TEST(order.is_running(first.get()));
  BOOST_TEST(!order.is_running(second.get()));
  first.get().transferred = 60;
  BOOST_TEST(order.leave(first.get()) == &second);
  BOOST_TEST(second.get().offset == 1060U);
  BOOST_TEST(order.is_running(second.get()));
  // Nothing was transferred: the next one begins at the same position.
  BOOST_TEST(order.leave(second.get()) == &third);
  BOOST_TEST(third.get().offset == 1060U);
  BOOST_TEST(order.leave(third.get()) == nullptr);
  BOOST_TEST(order.position() == 1060U);
}

BOOST_AUTO_TEST_CASE(one_that_did_not_run_lets_nobody_run) {
  sequencer order;
  file_target file;
  at_position first(file), second(file), third(file);
  BOOST_TEST(order.enter(first.get()));
  BOOST_TEST(!order.enter(second.get()));
  BOOST_TEST(!order.enter(third.get()));
  order.take_out(second.get());
  BOOST_TEST(order.leave(second.get()) == nullptr);
  BOOST_TEST(order.is_running(first.get()));
  BOOST_TEST(order.leave(first.get()) == &third);
}

BOOST_AUTO_TEST_CASE(a_position_that_was_neither_used_nor_moved_is_told_apart) {
  sequencer order;
  file_target file;
  order.start_at(50, false);
  BOOST_TEST(!order.has_moved());
  BOOST_TEST(order.position() == 50U);
  at_position nothing(file), something(file);
  order.enter(nothing.get());
  end(order, nothing, 0);
  BOOST_TEST(!order.has_moved());
  order.enter(something.get());
  BOOST_TEST(something.get().offset == 50U);
  end(order, something, 1);
  BOOST_TEST(order.has_moved());
  BOOST_TEST(order.position() == 51U);
  sequencer moved;
  moved.move_to_position(7);
  BOOST_TEST(moved.has_moved());
  BOOST_TEST(moved.position() == 7U);
}

BOOST_AUTO_TEST_CASE(after_an_append_the_position_is_the_end_of_the_file) {
  sequencer order;
  file_target file(O_APPEND | O_RDWR);
  at_position write(file, operation_kind::write), read(file), next(file);
  order.start_at(10, false);
  order.enter(write.get());
  BOOST_TEST(!write.get().is_at_end);
  end(order, write, 5);
  BOOST_TEST(order.is_at_end());
  BOOST_TEST(order.has_moved());
  BOOST_TEST(order.position() == 10U);
  order.enter(read.get());
  BOOST_TEST((read.get().is_at_end == true));
  // A worker has found out where that is.
  read.get().offset = 300;
  end(order, read, 8);
  BOOST_TEST(!order.is_at_end());
  BOOST_TEST(order.position() == 308U);
  order.enter(next.get());
  BOOST_TEST(!next.get().is_at_end);
  BOOST_TEST(next.get().offset == 308U);
}

BOOST_AUTO_TEST_CASE(reading_an_appended_file_does_not_lead_to_its_end) {
  sequencer order;
  file_target file(O_APPEND | O_RDWR);
  at_position read(file);
  order.enter(read.get());
  end(order, read, 5);
  BOOST_TEST(!order.is_at_end());
  BOOST_TEST(order.position() == 5U);
}

BOOST_AUTO_TEST_CASE(writing_a_plain_file_does_not_lead_to_its_end) {
  sequencer order;
  file_target file(O_RDWR);
  at_position write(file, operation_kind::write);
  order.enter(write.get());
  end(order, write, 5);
  BOOST_TEST(!order.is_at_end());
  BOOST_TEST(order.position() == 5U);
}

BOOST_AUTO_TEST_CASE(a_clone_of_an_appended_stream_begins_at_its_end) {
  sequencer clone;
  file_target file(O_APPEND | O_RDWR);
  clone.start_at(40, true);
  BOOST_TEST(clone.is_at_end());
  at_position read(file), write(file, operation_kind::write);
  clone.enter(read.get());
  BOOST_TEST((read.get().is_at_end == true));
  BOOST_TEST(read.get().offset == 40U);
  end(clone, read, 0);
  BOOST_TEST(clone.is_at_end());
  clone.enter(write.get());
  BOOST_TEST(!write.get().is_at_end);
  end(clone, write, 0);
  clone.move_to_position(3);
  BOOST_TEST(!clone.is_at_end());
}

BOOST_AUTO_TEST_CASE(the_descriptors_own_position_is_the_kernels) {
  sequencer order;
  file_target file;
  BOOST_TEST(!order.uses_descriptor_position());
  order.use_descriptor_position();
  BOOST_TEST(order.uses_descriptor_position());
  at_position read(file);
  order.enter(read.get());
  BOOST_TEST(read.get().offset == transfer_operation::descriptor_position);
  read.get().transferred = 8;
  BOOST_TEST(read.get().next_offset() == transfer_operation::descriptor_position);
  end(order, read, 8);
  BOOST_TEST(!order.has_moved());
  BOOST_TEST(order.position() == 0U);
}

BOOST_AUTO_TEST_CASE(readers_of_a_stream_do_not_wait_for_its_writers) {
  sequencer order;
  file_target stream(0, true);
  at_position read(stream), write(stream, operation_kind::write), next(stream);
  write.get().offset = 17;
  BOOST_TEST(order.enter(read.get()));
  BOOST_TEST(order.enter(write.get()));
  BOOST_TEST(write.get().offset == 17U);
  BOOST_TEST(!order.enter(next.get()));
  end(order, write, 9);
  BOOST_TEST(!order.has_moved());
  read.get().transferred = 9;
  BOOST_TEST(order.leave(read.get()) == &next);
  BOOST_TEST(order.position() == 0U);
}

BOOST_AUTO_TEST_CASE(reads_and_writes_of_a_file_wait_for_each_other) {
  sequencer order;
  file_target file;
  at_position read(file), write(file, operation_kind::write);
  BOOST_TEST(order.enter(read.get()));
  BOOST_TEST(!order.enter(write.get()));
}

BOOST_AUTO_TEST_CASE(what_waits_is_taken_but_for_placeholders) {
  sequencer order;
  file_target file, stream(0, true);
  at_position running(file), one(file), place(file), two(file);
  place.get().is_placeholder = true;
  order.enter(running.get());
  for (at_position* each : {std::addressof(one), std::addressof(place), std::addressof(two)})
    order.enter(each->get());
  operation_queue taken;
  order.take_queued(taken);
  BOOST_TEST(taken.size() == 2U);
  BOOST_TEST(&taken.front() == &one);
  BOOST_TEST(&taken.back() == &two);
  // The placeholder is still queued, and is next.
  BOOST_TEST(order.leave(running.get()) == &place);
}

// Their threads do not exist in a forked child.
BOOST_AUTO_TEST_CASE(placeholders_are_dropped_in_a_child) {
  sequencer order;
  file_target file;
  at_position running(file), queued(file), next(file);
  running.get().is_placeholder = queued.get().is_placeholder = true;
  order.enter(running.get());
  order.enter(queued.get());
  order.drop_placeholders();
  BOOST_TEST(!order.is_running(running.get()));
  BOOST_TEST(order.enter(next.get()));
  BOOST_TEST(order.leave(next.get()) == nullptr);
}

BOOST_AUTO_TEST_CASE(operations_are_no_placeholders) {
  sequencer order;
  file_target file;
  at_position running(file), queued(file);
  order.enter(running.get());
  order.enter(queued.get());
  order.drop_placeholders();
  BOOST_TEST(order.is_running(running.get()));
  BOOST_TEST(order.leave(running.get()) == &queued);
}

BOOST_AUTO_TEST_SUITE_END()
