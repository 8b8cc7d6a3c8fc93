// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Operations from their start to their handlers: dispatch passes, budget, cancelling and closing in
// every stage.

#include "fakes/scene.hpp"

#include "linux_only.hpp"
#include "temporary_directory.hpp"

#include <asiofile/detail/job.hpp>
#include <asiofile/trace.hpp>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace asiofile::detail;
using namespace fakes;
using enum operation_stage;

namespace {

class position_read : public fake_transfer {
 public:
  position_read() : fake_transfer(operation_kind::read, 100, 0, sync_after::none, true) {}
};

class chain : public fake_transfer {
 public:
  explicit chain(sync_after sync = sync_after::data)
      : fake_transfer(operation_kind::write, 100, 0, sync) {}
};

open_request some_path() {
  open_request request;
  request.path = "/some/path";
  request.path_size = 10;
  return request;
}

void found(fake_operation& open, const file_facts& facts) {
  static_cast<open_operation&>(open.get()).found = facts;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service)

// ---- one operation

BOOST_AUTO_TEST_CASE(an_operation_goes_to_an_engine_and_its_handler_is_called_in_a_pass) {
  scene its;
  const auto file = its.file();
  fake_transfer read(operation_kind::read);
  BOOST_TEST(its.start(file, read));
  BOOST_TEST(its.context.is_posted());
  BOOST_TEST(its.context.has_work);
  BOOST_TEST((read.stage() == waiting));
  BOOST_TEST(its.kernel.batches.empty());
  its.context.run();
  BOOST_TEST(its.kernel.has(read.get()));
  BOOST_TEST(!its.context.is_posted());
  BOOST_TEST(its.context.is_waiting());
  BOOST_TEST(its.kernel.notifies);
  BOOST_TEST(its.threads.notifies);
  its.kernel.complete(read.get(), 60);
  BOOST_TEST(read.completed == 0U);
  its.context.run();
  BOOST_TEST(read.completed == 1U);
  BOOST_TEST(read.result.value == 60U);
  BOOST_TEST((read.stage() == delivered));
  BOOST_TEST(!its.context.has_work);
  // Nothing is in flight: no wait is left that keeps `run` from returning.
  BOOST_TEST(!its.context.is_waiting());
  BOOST_TEST(!its.context.is_posted());
}

BOOST_AUTO_TEST_CASE(a_context_whose_executor_is_not_known_works_by_its_reactor) {
  scene its;
  its.context.can_post = false;
  const auto file = its.file();
  fake_transfer read(operation_kind::read);
  BOOST_TEST(its.start(file, read));
  BOOST_TEST(!its.context.is_posted());
  BOOST_TEST(its.context.is_waiting());
  its.context.run();
  BOOST_TEST(its.kernel.has(read.get()));
  its.complete(read, 100);
  BOOST_TEST(read.completed == 1U);
  BOOST_TEST(its.context.posts == 0U);
  BOOST_TEST(!its.context.is_waiting());
}

BOOST_AUTO_TEST_CASE(without_a_descriptor_for_the_notifier_nothing_starts) {
  scene its;
  its.context.can_post = false;
  const auto file = its.closed_file();
  its.context.watch_error = EMFILE;
  fake_transfer read(operation_kind::read);
  operation_ptr pointer = read.pointer();
  operation_result over;
  BOOST_TEST((start(file, pointer, true, over) == start_outcome::no_notifier));
  BOOST_TEST((pointer.release() == &read.storage()));
  fake_operation open(some_path());
  its.context.can_post = true;
  static_cast<void>(make_file(its.core, nullptr));
  BOOST_TEST(!its.start(file, open, true));
  BOOST_TEST(open.result.error == EMFILE);
}

BOOST_AUTO_TEST_CASE(where_there_is_no_memory_for_a_pass_nothing_starts) {
  scene its;
  const auto file = its.file();
  fake_transfer read(operation_kind::read);
  its.context.has_memory = false;
  operation_ptr pointer = read.pointer();
  operation_result over;
  BOOST_CHECK_THROW(static_cast<void>(start(file, pointer, false, over)), std::bad_alloc);
  BOOST_TEST((pointer.release() == &read.storage()));
  BOOST_TEST(!its.context.has_work);
  its.context.has_memory = true;
  its.submit(file, read);
  its.complete(read, 100);
  BOOST_TEST(read.completed == 1U);
}

// ---- operations that complete at the start

BOOST_AUTO_TEST_CASE(an_operation_on_a_closed_file_is_over) {
  scene its;
  const auto file = its.closed_file();
  fake_transfer at_once(operation_kind::read), posted(operation_kind::read);
  BOOST_TEST(!its.start(file, at_once, true));
  BOOST_TEST(at_once.result.error == EBADF);
  BOOST_TEST(its.start(file, posted, false));
  BOOST_TEST(posted.completed == 0U);
  BOOST_TEST(its.context.has_work);
  its.context.run();
  BOOST_TEST(posted.completed == 1U);
  BOOST_TEST(posted.result.error == EBADF);
  const auto counted = its.core->statistics();
  BOOST_TEST(counted.started == 2U);
  BOOST_TEST(counted.completed == 2U);
  BOOST_TEST(counted.submitted == 0U);
}

namespace {

class trace final : public asiofile::trace_hook {
 public:
  void started(const asiofile::traced_operation& operation) noexcept override {
    events.push_back("started " + std::string(operation.name) + ' ' +
                     std::to_string(operation.number));
  }
  void finished(const asiofile::traced_operation& operation) noexcept override {
    events.push_back("finished " + std::to_string(operation.number) + ' ' +
                     std::to_string(operation.transferred_bytes) + ' ' +
                     std::to_string(operation.error.value()) + ' ' +
                     std::string(to_string(operation.engine)));
  }
  std::vector<std::string> events;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_trace_sees_start_and_end_of_all_operations) {
  asiofile::service_options options = on_io_uring();
  const auto seen = std::make_shared<trace>();
  options.trace = seen;
  scene its(options);
  const auto file = its.file(), closed = its.closed_file();
  fake_transfer read(operation_kind::read);
  fake_operation at_once(operation_kind::size), posted(operation_kind::size);
  its.submit(file, read);
  its.complete(read, 60);
  its.start(closed, at_once, true);
  its.submit(closed, posted);
  fake_operation call(operation_kind::wait);
  its.core->deliver(call.pointer(), 0);
  its.context.run();
  const std::vector<std::string> expected{
      "started read 1", "finished 1 60 0 io_uring",
      "started size 2", "finished 2 0 9 automatic",
      "started size 3", "finished 3 0 9 automatic"};
  BOOST_TEST(seen->events == expected, boost::test_tools::per_element());
  const auto counted = its.core->statistics();
  BOOST_TEST(counted.started == 3U);
  BOOST_TEST(counted.completed == 3U);
}

BOOST_AUTO_TEST_CASE(bad_arguments_are_told_at_once) {
  scene its;
  const auto file = its.file();
  const auto error_of = [&](auto&& next) {
    BOOST_TEST(!its.start(file, next, true));
    return next.result.error;
  };
  constexpr std::uint64_t above = std::uint64_t{1} << 63;
  BOOST_TEST(error_of(fake_transfer(operation_kind::read, 100, above)) == EINVAL);
  BOOST_TEST(error_of(fake_transfer(operation_kind::read, 0, above)) == 0);
  BOOST_TEST(error_of(fake_operation(range_request{operation_kind::resize, above})) == EINVAL);
  BOOST_TEST(error_of(fake_operation(range_request{operation_kind::allocate, 0, 0})) == EINVAL);
  BOOST_TEST(error_of(fake_operation(range_request{operation_kind::advise, above, 1})) == EINVAL);
  fake_transfer with_priority(operation_kind::read);
  with_priority.get().priority = transfer_operation::invalid_priority;
  BOOST_TEST(error_of(with_priority) == EINVAL);
  BOOST_TEST(error_of(fake_operation(some_path())) == already_open);
  open_request zero_byte = some_path();
  zero_byte.path_size = 11;
  BOOST_TEST(error_of(fake_operation(zero_byte)) == EINVAL);
  BOOST_TEST(its.core->statistics().in_flight == 0U);
}

BOOST_AUTO_TEST_CASE(an_empty_write_with_a_sync_is_not_over) {
  scene its;
  const auto file = its.file();
  fake_transfer sync_only(operation_kind::write, 0, 0, sync_after::data);
  its.submit(file, sync_only);
  BOOST_TEST(its.kernel.has(sync_only.get()));
  its.complete(sync_only, 0);
  BOOST_TEST(sync_only.result.error == 0);
}

BOOST_AUTO_TEST_CASE(ranges_are_run) {
  scene its;
  const auto file = its.file();
  for (const auto kind :
       {operation_kind::resize, operation_kind::allocate, operation_kind::advise}) {
    fake_operation next(range_request{kind, 10, 20});
    its.submit(file, next);
    its.complete(next, 0);
    BOOST_TEST(next.completed == 1U);
    BOOST_TEST(next.result.error == 0);
  }
}

BOOST_AUTO_TEST_CASE(offsets_of_streams_mean_nothing) {
  scene its;
  file_facts facts = its.calls.facts(9);
  facts.is_stream = true;
  const auto file = its.file(facts);
  fake_transfer read(operation_kind::read, 100, std::uint64_t{1} << 63);
  BOOST_TEST(its.start(file, read, true));
}

BOOST_AUTO_TEST_CASE(the_files_priority_is_the_transfers_unless_it_has_one) {
  scene its;
  const auto file = its.file();
  BOOST_TEST(set_priority(*file, 0x4001) == 0);
  fake_transfer plain(operation_kind::read), own(operation_kind::read);
  own.get().priority = 0x2000;
  its.start(file, plain);
  its.start(file, own);
  BOOST_TEST(plain.get().priority == 0x4001);
  BOOST_TEST(own.get().priority == 0x2000);
}

BOOST_AUTO_TEST_CASE(an_operation_for_another_opening_finds_the_file_closed) {
  scene its;
  const auto file = its.file();
  const auto number = view_of(*file)->number;
  for (const auto& [only_on, expected] :
       {std::pair{number, 0}, std::pair{number + 1, EBADF}}) {
    fake_transfer read(operation_kind::read, 0);
    operation_ptr pointer = read.pointer();
    operation_result over;
    BOOST_TEST((its.core->start(*file, pointer, true, over, only_on) == start_outcome::over));
    static_cast<void>(pointer.release());
    BOOST_TEST(over.error == expected);
  }
  fake_operation close(operation_kind::close);
  operation_ptr pointer = close.pointer();
  operation_result over;
  BOOST_TEST((its.core->start(*file, pointer, true, over, number + 1) == start_outcome::over));
  static_cast<void>(pointer.release());
  BOOST_TEST(is_open(*file));
}

// ---- passes

BOOST_AUTO_TEST_CASE(a_pass_calls_no_more_handlers_than_its_budget_and_schedules_the_next) {
  scene its;
  const auto file = its.closed_file();
  std::deque<fake_operation> many;
  unsigned called = 0;
  for (unsigned i = 0; i != pass_budget::handlers_max + 1; ++i) {
    fake_operation& next = many.emplace_back(operation_kind::size);
    next.handler = [&] { ++called; };
    its.start(file, next);
  }
  BOOST_TEST(its.context.run_posted());
  BOOST_TEST(called == pass_budget::handlers_max);
  BOOST_TEST(its.context.is_posted());
  BOOST_TEST(its.context.run_posted());
  BOOST_TEST(called == many.size());
  BOOST_TEST(!its.context.is_posted());
}

BOOST_AUTO_TEST_CASE(a_pass_calls_handlers_for_so_many_bytes_at_most) {
  scene its;
  const auto file = its.file();
  std::deque<fake_transfer> reads;
  for (int i = 0; i != 6; ++i) {
    fake_transfer& next = reads.emplace_back(operation_kind::read);
    its.start(file, next);
    next.get().requested = 1024 * 1024;
    next.get().buffers[1].iov_len = 1024 * 1024;
    next.get().buffers[0].iov_len = 0;
  }
  its.context.run();
  for (auto& each : reads) its.kernel.complete(each.get(), 1024 * 1024);
  BOOST_TEST(its.context.run_one());
  BOOST_TEST(reads[3].completed == 1U);
  BOOST_TEST(reads[4].completed == 0U);
  its.context.run();
  BOOST_TEST(reads[5].completed == 1U);
}

// The liveness rule holds while a handler runs: another thread of the context continues the work.
BOOST_AUTO_TEST_CASE(a_pass_is_scheduled_before_a_handler_is_called_where_there_is_more_to_do) {
  scene its;
  const auto file = its.closed_file();
  fake_operation first(operation_kind::size), second(operation_kind::size);
  bool was_posted = false;
  first.handler = [&] {
    was_posted = its.context.is_posted();
    // As another thread.
    its.context.run_posted();
    BOOST_TEST(second.completed == 1U);
  };
  its.start(file, first);
  its.start(file, second);
  its.context.run_posted();
  BOOST_TEST(was_posted);
  BOOST_TEST(first.completed == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_handler_starts_is_submitted_while_it_runs_by_another_thread) {
  scene its;
  const auto file = its.file();
  fake_operation first(operation_kind::size);
  fake_transfer second(operation_kind::read);
  first.handler = [&] {
    its.start(file, second);
    BOOST_TEST(its.context.is_posted());
    its.context.run_posted();
    BOOST_TEST(its.kernel.has(second.get()));
  };
  its.submit(file, first);
  its.complete(first, 0);
  its.complete(second, 100);
  BOOST_TEST(second.completed == 1U);
}

BOOST_AUTO_TEST_CASE(engines_are_polled_also_while_handlers_are_pending) {
  scene its;
  const auto file = its.file();
  fake_transfer started(operation_kind::read);
  std::deque<fake_operation> many;
  bool was_submitted = false;
  its.start(file, started);
  const auto closed = its.closed_file();
  for (int i = 0; i != 20; ++i) {
    fake_operation& next = many.emplace_back(operation_kind::size);
    next.handler = [&] { was_submitted = its.kernel.has(started.get()); };
    its.start(closed, next);
  }
  its.context.run_posted();
  BOOST_TEST(was_submitted);
}

// Once half of the handlers have been called, the device has as much left to do as this thread.
BOOST_AUTO_TEST_CASE(what_handlers_start_is_submitted_when_half_of_them_are_called) {
  // They outlive the service, which holds some of them until it ends.
  std::deque<fake_transfer> started;
  std::deque<fake_operation> many;
  scene its;
  const auto file = its.file();
  const auto closed = its.closed_file();
  for (int i = 0; i != 16; ++i) {
    fake_operation& next = many.emplace_back(operation_kind::size);
    next.handler = [&] { its.start(file, started.emplace_back(operation_kind::read)); };
    its.start(closed, next);
  }
  its.context.run_posted();
  // Half of them, half of the rest, and so on.
  BOOST_REQUIRE(its.kernel.batches.size() >= 2U);
  BOOST_TEST(its.kernel.batches.size() <= 7U);
  BOOST_TEST(its.kernel.batches[0].size() == 8U);
  BOOST_TEST(its.kernel.batches[1].size() == 4U);
}

BOOST_AUTO_TEST_CASE(completions_between_two_looks_are_not_lost) {
  scene its;
  const auto file = its.file();
  fake_transfer read(operation_kind::read);
  its.start(file, read);
  // After the engine was reaped, before it was told to notify: L1.
  its.kernel.during_reap = [&] {
    its.kernel.during_reap = nullptr;
    if (its.kernel.has(read.get())) its.kernel.complete(read.get(), 100);
  };
  its.context.run();
  BOOST_TEST(read.completed == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_started_while_engines_are_told_to_notify_is_submitted) {
  scene its;
  const auto file = its.file();
  fake_transfer first(operation_kind::read), second(operation_kind::read);
  its.start(file, first);
  // By another thread, whose pass leaves it to this one: L2.
  its.kernel.during_notify = [&] {
    its.kernel.during_notify = nullptr;
    its.start(file, second);
    BOOST_TEST(its.context.run_posted());
    BOOST_TEST(!its.kernel.has(second.get()));
  };
  its.context.run_posted();
  BOOST_TEST(its.kernel.has(second.get()));
  BOOST_TEST(its.context.is_waiting());
}

BOOST_AUTO_TEST_CASE(a_wait_that_ends_while_engines_are_told_to_notify_is_begun_again) {
  if (!test_support::has_linux("eventfd(2)")) return;
  scene its;
  const auto file = its.file();
  fake_transfer first(operation_kind::read);
  its.start(file, first);
  its.kernel.during_notify = [&] {
    its.kernel.during_notify = nullptr;
    // The reactor sees the notifier set without a completion.
    const std::uint64_t one = 1;
    BOOST_REQUIRE(::write(its.context.watched, &one, sizeof one) == sizeof one);
    BOOST_TEST(its.context.run_reactor());
  };
  its.context.run_posted();
  BOOST_TEST(its.context.is_waiting());
  its.complete(first, 100);
  BOOST_TEST(first.completed == 1U);
}

BOOST_AUTO_TEST_CASE(a_posted_pass_leaves_parked_engines_alone) {
  scene its;
  const auto file = its.file();
  fake_transfer read(operation_kind::read);
  its.submit(file, read);
  const unsigned reaps = its.kernel.reaps;
  BOOST_TEST(its.context.is_waiting());
  run_posted_pass(*its.core);
  BOOST_TEST(its.kernel.reaps == reaps);
}

BOOST_AUTO_TEST_CASE(a_handlers_exception_leaves_the_pass_and_another_goes_on) {
  scene its;
  const auto file = its.closed_file();
  fake_operation first(operation_kind::size), second(operation_kind::size);
  first.handler = [] { throw std::runtime_error("thrown"); };
  its.start(file, first);
  its.start(file, second);
  BOOST_CHECK_THROW(its.context.run_posted(), std::runtime_error);
  BOOST_TEST(second.completed == 0U);
  BOOST_TEST(its.context.is_posted());
  its.context.run();
  BOOST_TEST(second.completed == 1U);
  BOOST_TEST(!its.context.has_work);
}

BOOST_AUTO_TEST_CASE(a_handler_whose_executor_kept_its_exception_ends_the_pass) {
  scene its;
  const auto file = its.closed_file();
  fake_operation first(operation_kind::size), second(operation_kind::size);
  first.handler = [] { note_thrown_handler(); };
  its.start(file, first);
  its.start(file, second);
  its.context.run_posted();
  BOOST_TEST(second.completed == 0U);
  BOOST_TEST(its.context.is_posted());
  its.context.run();
  BOOST_TEST(second.completed == 1U);
}

BOOST_AUTO_TEST_CASE(a_stopped_context_calls_no_more_handlers) {
  scene its;
  const auto file = its.closed_file();
  fake_operation first(operation_kind::size), second(operation_kind::size);
  first.handler = [&] { its.context.is_stopped = true; };
  its.start(file, first);
  its.start(file, second);
  its.context.run_posted();
  BOOST_TEST(first.completed == 1U);
  BOOST_TEST(second.completed == 0U);
  its.context.is_stopped = false;
  its.context.run();
  BOOST_TEST(second.completed == 1U);
}

BOOST_AUTO_TEST_CASE(statistics_count_what_is_where) {
  asiofile::service_options options = on_io_uring();
  options.max_in_flight = 1;
  options.measure_latency = true;
  scene its(options);
  const auto file = its.file();
  fake_transfer a(operation_kind::read), b(operation_kind::read);
  its.start(file, a);
  its.start(file, b);
  its.context.run();
  auto counted = its.core->statistics();
  BOOST_TEST(counted.started == 2U);
  BOOST_TEST(counted.in_flight == 1U);
  BOOST_TEST(counted.waiting == 1U);
  BOOST_TEST(counted.completed == 0U);
  its.complete(a, 100);
  its.complete(b, 100);
  counted = its.core->statistics();
  BOOST_TEST(counted.completed == 2U);
  BOOST_TEST(counted.in_flight == 0U);
  std::uint64_t measured = 0;
  for (const auto each : counted.latency.buckets) measured += each;
  BOOST_TEST(measured == 2U);
}

// ---- at a position

BOOST_AUTO_TEST_CASE(operations_at_the_position_run_one_after_the_other) {
  scene its;
  const auto file = its.file();
  position_read first, second;
  its.start(file, first);
  its.start(file, second);
  its.context.run();
  BOOST_TEST((second.stage() == sequenced));
  BOOST_TEST(its.kernel.held().size() == 1U);
  its.complete(first, 40);
  BOOST_TEST(its.kernel.has(second.get()));
  BOOST_TEST(second.get().offset == 40U);
  its.complete(second, 100);
  BOOST_TEST(second.completed == 1U);
  std::uint64_t position = 0;
  BOOST_TEST(seek(*file, 0, asiofile::file_base::seek_cur, position) == 0);
  BOOST_TEST(position == 140U);
}

BOOST_AUTO_TEST_CASE(a_clone_begins_where_the_first_is) {
  scene its;
  file_facts facts = its.calls.facts(9);
  facts.status_flags = O_APPEND | O_RDWR;
  const auto file = its.file(facts);
  fake_transfer write(operation_kind::write, 100, 0, sync_after::none, true);
  its.submit(file, write);
  its.complete(write, 100);
  const auto copy = clone(*file);
  BOOST_TEST(is_open(*copy));
  BOOST_TEST(view_of(*copy)->is_at_end);
  position_read read;
  its.submit(copy, read);
  BOOST_TEST((read.get().is_at_end == true));
  its.complete(read, 0);
  const auto of_closed = clone(*its.closed_file());
  BOOST_TEST(!is_open(*of_closed));
}

// ---- cancelling, in every stage

namespace {

// Starts one with a cancellation handle.
cancellation_handle start_with_handle(scene& its, const file_state_ptr& file,
                                      fake_operation& next) {
  const cancellation_handle handle = issue_handle(*file, next.storage());
  its.start(file, next);
  return handle;
}

}  // namespace

BOOST_AUTO_TEST_CASE(one_that_waits_is_cancelled) {
  scene its;
  const auto file = its.file();
  fake_transfer read(operation_kind::read);
  const auto handle = start_with_handle(its, file, read);
  cancel(*file, handle);
  BOOST_TEST(read.completed == 0U);
  its.context.run();
  BOOST_TEST(read.completed == 1U);
  BOOST_TEST(read.result.error == ECANCELED);
  BOOST_TEST(its.kernel.batches.empty());
  // Its handle is invalid now.
  cancel(*file, handle);
  BOOST_TEST(!its.context.run());
}

BOOST_AUTO_TEST_CASE(one_that_an_engine_has_is_cancelled_there) {
  scene its;
  const auto file = its.file();
  its.kernel.cancelled_with = -ECANCELED;
  fake_transfer read(operation_kind::read);
  const auto handle = start_with_handle(its, file, read);
  its.context.run();
  cancel(*file, handle);
  BOOST_TEST(its.context.is_posted());
  its.context.run();
  BOOST_TEST(read.completed == 1U);
  BOOST_TEST(read.result.error == ECANCELED);
}

BOOST_AUTO_TEST_CASE(one_at_a_position_that_waits_is_cancelled_and_lets_the_next_go) {
  scene its;
  const auto file = its.file();
  position_read first, second, third;
  its.start(file, first);
  const auto handle = start_with_handle(its, file, second);
  its.start(file, third);
  its.context.run();
  cancel(*file, handle);
  its.context.run();
  BOOST_TEST(second.result.error == ECANCELED);
  BOOST_TEST(first.completed == 0U);
  its.complete(first, 10);
  BOOST_TEST(its.kernel.has(third.get()));
  BOOST_TEST(third.get().offset == 10U);
}

BOOST_AUTO_TEST_CASE(the_running_one_at_a_position_is_cancelled_and_lets_the_next_go) {
  scene its;
  const auto file = its.file();
  position_read first, second;
  const auto handle = start_with_handle(its, file, first);
  its.start(file, second);
  cancel(*file, handle);
  its.context.run();
  BOOST_TEST(first.result.error == ECANCELED);
  BOOST_TEST(its.kernel.has(second.get()));
}

BOOST_AUTO_TEST_CASE(one_of_a_group_is_cancelled) {
  scene its;
  const auto file = its.file();
  chain leader, member;
  its.start(file, leader);
  const auto handle = start_with_handle(its, file, member);
  its.context.run();
  its.kernel.complete(leader.get(), 100);
  its.kernel.complete(member.get(), 100);
  its.context.run();
  BOOST_TEST((member.stage() == grouped));
  cancel(*file, handle);
  its.context.run();
  BOOST_TEST(member.completed == 1U);
  BOOST_TEST(member.result.sync_error == ECANCELED);
  BOOST_TEST(member.result.write_error == 0);
  its.complete(leader, 0);
  BOOST_TEST(leader.result.error == 0);
}

BOOST_AUTO_TEST_CASE(one_that_is_over_keeps_its_result) {
  scene its;
  const auto file = its.file();
  fake_transfer read(operation_kind::read);
  const auto handle = start_with_handle(its, file, read);
  fake_operation before(operation_kind::size);
  its.start(file, before);
  its.context.run();
  before.handler = [&] { cancel(*file, handle); };
  its.kernel.complete(before.get(), 5);
  its.kernel.complete(read.get(), 100);
  its.context.run();
  BOOST_TEST(read.result.error == 0);
  BOOST_TEST(read.result.value == 100U);
}

BOOST_AUTO_TEST_CASE(one_that_was_never_started_is_named_until_its_handle_is_withdrawn) {
  scene its;
  const auto file = its.file();
  fake_operation never(operation_kind::size), later(operation_kind::size);
  const auto handle = issue_handle(*file, never.storage());
  cancel(*file, handle);
  withdraw_handle(*file, never.storage());
  const auto next = start_with_handle(its, file, later);
  BOOST_REQUIRE(next.index == handle.index);
  cancel(*file, handle);
  its.context.run();
  BOOST_TEST(its.kernel.has(later.get()));
}

BOOST_AUTO_TEST_CASE(a_handle_of_one_that_was_over_at_once_names_nothing) {
  scene its;
  const auto file = its.closed_file();
  fake_operation first(operation_kind::size), second(operation_kind::size);
  const auto handle = issue_handle(*file, first.storage());
  its.start(file, first, true);
  const auto open = its.file();
  const auto next = start_with_handle(its, open, second);
  BOOST_REQUIRE(next.index == handle.index);
  cancel(*file, handle);
  its.context.run();
  BOOST_TEST(second.completed == 0U);
}

BOOST_AUTO_TEST_CASE(all_of_a_file_are_cancelled_in_whichever_stage) {
  scene its;
  its.kernel.cancelled_with = -ECANCELED;
  const auto file = its.file();
  fake_transfer other(operation_kind::read);
  const auto other_file = its.file(101);
  its.start(other_file, other);
  position_read first, second;
  chain leader, member;
  fake_transfer waiting_one(operation_kind::read);
  for (fake_operation* each :
       std::initializer_list<fake_operation*>{&first, &second, &leader, &member})
    its.start(file, *each);
  its.context.run();
  its.kernel.complete(leader.get(), 100);
  its.kernel.complete(member.get(), 100);
  its.context.run();
  its.start(file, waiting_one);
  BOOST_TEST(cancel_all(*file) == 0);
  its.context.run();
  for (fake_operation* each :
       std::initializer_list<fake_operation*>{&first, &second, &leader, &member, &waiting_one}) {
    BOOST_TEST(each->completed == 1U);
    BOOST_TEST(each->result.error == ECANCELED);
  }
  BOOST_TEST(other.completed == 0U);
  BOOST_TEST(cancel_all(*its.closed_file()) == EBADF);
}

// ---- opening and closing

BOOST_AUTO_TEST_CASE(an_open_gives_the_file_what_the_engine_found) {
  scene its;
  const auto file = its.closed_file();
  fake_operation open(some_path());
  its.submit(file, open);
  BOOST_TEST(!is_open(*file));
  found(open, its.calls.facts(55));
  its.complete(open, 55);
  BOOST_TEST(open.result.error == 0);
  BOOST_TEST(is_open(*file));
  BOOST_TEST(native_handle(*file) == 55);
}

BOOST_AUTO_TEST_CASE(an_open_that_fails_leaves_the_file_closed) {
  scene its;
  const auto file = its.closed_file();
  fake_operation open(some_path()), second(some_path());
  its.submit(file, open);
  its.complete(open, -ENOENT);
  BOOST_TEST(open.result.error == ENOENT);
  BOOST_TEST(!is_open(*file));
  BOOST_TEST(its.start(file, second, true));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_closed_while_it_is_opened_is_closed) {
  scene its;
  const auto file = its.closed_file();
  fake_operation open(some_path()), close(operation_kind::close);
  its.submit(file, open);
  its.start(file, close);
  its.context.run();
  BOOST_TEST((close.stage() == parked));
  found(open, its.calls.facts(55));
  its.complete(open, 55);
  BOOST_TEST(open.result.error == ECANCELED);
  BOOST_TEST(close.completed == 1U);
  BOOST_TEST(close.result.error == 0);
  BOOST_TEST(its.calls.has_closed(55));
  BOOST_TEST(!is_open(*file));
}

BOOST_AUTO_TEST_CASE(an_abandoned_file_cannot_be_opened) {
  scene its;
  const auto file = its.closed_file();
  abandon(*file);
  fake_operation open(some_path());
  BOOST_TEST(!its.start(file, open, true));
  BOOST_TEST(open.result.error == ECANCELED);
}

BOOST_AUTO_TEST_CASE(a_file_abandoned_while_it_is_opened_closes_the_descriptor) {
  scene its;
  auto file = its.closed_file();
  fake_operation open(some_path());
  its.submit(file, open);
  abandon(*file);
  its.context.run();
  found(open, its.calls.facts(55));
  its.complete(open, 55);
  BOOST_TEST(open.result.error == ECANCELED);
  BOOST_TEST(its.calls.has_closed(55));
}

BOOST_AUTO_TEST_CASE(closing_cancels_and_waits_for_what_is_in_flight) {
  scene its;
  const auto file = its.file();
  fake_transfer in_flight(operation_kind::read), waiting_one(operation_kind::read);
  position_read first, second;
  its.start(file, in_flight);
  its.start(file, first);
  its.start(file, second);
  its.context.run();
  its.start(file, waiting_one);
  fake_operation close(operation_kind::close), late(operation_kind::size);
  its.start(file, close);
  BOOST_TEST(!is_open(*file));
  BOOST_TEST(!its.start(file, late, true));
  BOOST_TEST(late.result.error == EBADF);
  its.context.run();
  BOOST_TEST(second.result.error == ECANCELED);
  BOOST_TEST(waiting_one.result.error == ECANCELED);
  BOOST_TEST(its.kernel.cancels.size() == 2U);
  BOOST_TEST(its.calls.closed.empty());
  its.complete(first, -ECANCELED);
  BOOST_TEST(close.completed == 0U);
  its.complete(in_flight, 100);
  BOOST_TEST(in_flight.result.value == 100U);
  BOOST_TEST(close.completed == 1U);
  BOOST_TEST(close.result.error == 0);
  BOOST_TEST(its.calls.has_closed(100));
}

BOOST_AUTO_TEST_CASE(two_closes_at_once_close_once) {
  scene its;
  const auto file = its.file();
  fake_transfer read(operation_kind::read);
  its.submit(file, read);
  fake_operation first(operation_kind::close), second(operation_kind::close);
  its.start(file, first);
  its.start(file, second);
  its.context.run();
  // Until then the buffers of what was in flight may be used.
  BOOST_TEST(first.completed == 0U);
  BOOST_TEST(second.completed == 0U);
  its.complete(read, -ECANCELED);
  for (const fake_operation* each : {&first, &second}) {
    BOOST_TEST(each->completed == 1U);
    BOOST_TEST(each->result.error == 0);
  }
  BOOST_TEST(its.calls.closed.size() == 1U);
  BOOST_TEST(its.calls.has_closed(100));
}

BOOST_AUTO_TEST_CASE(an_error_of_the_close_is_told) {
  scene its;
  const auto file = its.file();
  its.calls.close_result = -EIO;
  fake_operation close(operation_kind::close);
  its.start(file, close);
  its.context.run();
  BOOST_TEST(close.result.error == EIO);
}

BOOST_AUTO_TEST_CASE(a_close_that_syncs_is_for_a_worker) {
  scene its;
  file_facts facts = its.calls.facts(9);
  facts.status_flags = O_RDWR;
  const auto file = its.file(facts, true);
  fake_operation close(operation_kind::close);
  its.submit(file, close);
  BOOST_TEST(its.kernel.has(close.get()));
  BOOST_TEST(static_cast<close_operation&>(close.get()).syncs);
  its.complete(close, 0);
  BOOST_TEST(close.completed == 1U);
}

BOOST_AUTO_TEST_CASE(closing_a_clone_leaves_the_descriptor_to_the_other) {
  scene its;
  const auto file = its.file();
  const auto copy = clone(*file);
  fake_operation first(operation_kind::close), second(operation_kind::close);
  its.start(file, first);
  its.context.run();
  BOOST_TEST(first.completed == 1U);
  BOOST_TEST(its.calls.closed.empty());
  BOOST_TEST(is_open(*copy));
  its.start(copy, second);
  its.context.run();
  BOOST_TEST(its.calls.has_closed(100));
}

BOOST_AUTO_TEST_CASE(two_clones_that_are_closed_at_once_close_once) {
  scene its;
  const auto file = its.file();
  const auto copy = clone(*file);
  fake_operation first(operation_kind::close), second(operation_kind::close);
  its.start(file, first);
  its.start(copy, second);
  its.context.run();
  BOOST_TEST(first.completed == 1U);
  BOOST_TEST(second.completed == 1U);
  BOOST_TEST(its.calls.has_closed(100));
}

BOOST_AUTO_TEST_CASE(of_two_clones_that_are_closed_at_once_one_reports_the_error) {
  scene its;
  its.calls.close_result = -EDQUOT;
  const auto file = its.file();
  const auto copy = clone(*file);
  fake_operation first(operation_kind::close), second(operation_kind::close);
  its.start(file, first);
  its.start(copy, second);
  its.context.run();
  BOOST_TEST(first.result.error == 0);
  BOOST_TEST(second.result.error == EDQUOT);
  BOOST_TEST(its.calls.has_closed(100));
}

namespace {

file_state_ptr file_that_syncs(scene& its) {
  file_facts facts = its.calls.facts(100);
  facts.status_flags = O_RDWR;
  return its.file(facts, true);
}

}  // namespace

BOOST_AUTO_TEST_CASE(of_two_clones_that_sync_at_once_the_last_one_closes) {
  for (const int sync_error : {0, EIO}) {
    scene its;
    const auto file = file_that_syncs(its);
    const auto copy = clone(*file);
    fake_operation first(operation_kind::close), second(operation_kind::close);
    its.submit(file, first);
    its.submit(copy, second);
    const auto& closer = static_cast<const close_operation&>(second.get());
    BOOST_TEST(closer.syncs);
    BOOST_TEST(closer.keeps_open);
    its.complete(first, 0);
    BOOST_TEST(first.completed == 1U);
    its.complete(second, -sync_error);
    BOOST_TEST(second.completed == 0U);
    BOOST_REQUIRE((second.stage() == in_engine));
    BOOST_TEST(!closer.syncs);
    BOOST_TEST(!closer.keeps_open);
    BOOST_TEST(closer.sync_result == -sync_error);
    its.complete(second, -EDQUOT);
    BOOST_TEST(second.result.error == EDQUOT);
    // It must not be closed here as well.
    BOOST_TEST(its.calls.closed.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_close_beside_a_synchronous_one_of_a_clone_leaves_the_error_to_it) {
  scene its;
  its.calls.close_result = -EDQUOT;
  const auto file = file_that_syncs(its);
  const auto copy = clone(*file);
  fake_operation beside(operation_kind::close);
  its.calls.during_fsync = [&] {
    its.submit(copy, beside);
    its.complete(beside, 0);
  };
  BOOST_TEST(close(*file) == EDQUOT);
  BOOST_TEST(beside.completed == 1U);
  BOOST_TEST(beside.result.error == 0);
  BOOST_TEST(its.calls.has_closed(100));
}

BOOST_AUTO_TEST_CASE(what_is_released_beside_a_close_of_a_clone_is_not_left_open) {
  scene its;
  const auto file = its.file();
  const auto copy = clone(*file);
  its.calls.during_duplicate = [&] { BOOST_TEST(close(*copy) == 0); };
  int fd = -1;
  BOOST_TEST(release(*file, fd) == 0);
  BOOST_TEST(fd == 4711);
  BOOST_TEST(its.calls.has_closed(100));
}

BOOST_AUTO_TEST_CASE(a_file_object_that_is_destroyed_closes_its_descriptor) {
  scene its;
  auto file = its.file();
  file.reset();
  BOOST_TEST(its.calls.has_closed(100));
}

BOOST_AUTO_TEST_CASE(an_abandoned_file_is_closed_when_its_operations_are_over) {
  scene its;
  auto file = its.file();
  fake_transfer read(operation_kind::read);
  its.submit(file, read);
  abandon(*file);
  file.reset();
  BOOST_TEST(its.calls.closed.empty());
  its.context.run();
  BOOST_TEST((its.kernel.cancels == std::vector<operation*>{&read.get()}));
  its.complete(read, -ECANCELED);
  BOOST_TEST(read.result.error == ECANCELED);
  BOOST_TEST(its.calls.has_closed(100));
}

BOOST_AUTO_TEST_CASE(a_borrowed_descriptor_is_not_closed) {
  scene its;
  auto file = its.closed_file();
  BOOST_TEST(adopt(*file, its.calls.facts(9), ownership::borrowed, false, true) == 0);
  file.reset();
  BOOST_TEST(its.calls.closed.empty());
}

BOOST_AUTO_TEST_CASE(a_job_needs_no_file) {
  class some_job final : public job {
    std::int64_t step() noexcept override { return 0; }
  } task;
  scene its;
  const auto file = its.closed_file();
  fake_operation of_job(task);
  its.submit(file, of_job);
  BOOST_TEST(its.kernel.has(of_job.get()));
  its.complete(of_job, 3);
  BOOST_TEST(of_job.result.value == 3U);
}

// ---- calls of readers and writers

BOOST_AUTO_TEST_CASE(a_call_that_is_answered_is_delivered_in_a_pass) {
  scene its;
  fake_operation call(operation_kind::wait);
  its.core->deliver(call.pointer(), 17);
  BOOST_TEST(call.completed == 0U);
  BOOST_TEST(!its.context.has_work);
  static_cast<void>(make_file(its.core, nullptr));
  its.context.run();
  BOOST_TEST(call.completed == 1U);
  BOOST_TEST(call.result.value == 17U);
  BOOST_TEST(its.core->statistics().completed == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
