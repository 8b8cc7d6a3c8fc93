// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The end of a service, forks, and synchronous functions that wait for operations: in every stage.

#include "fakes/scene.hpp"

#include "engines/operation_place.hpp"
#include "service/engine_set.hpp"

#include "wait_until.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

using namespace asiofile::detail;
using namespace fakes;
using namespace std::chrono_literals;
using enum operation_stage;

namespace {

class position_read : public fake_transfer {
 public:
  position_read() : fake_transfer(operation_kind::read, 100, 0, sync_after::none, true) {}
};

class chain : public fake_transfer {
 public:
  chain() : fake_transfer(operation_kind::write, 100, 0, sync_after::data) {}
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

// Synchronous functions count as users of the opening, too.
[[nodiscard]] std::uint32_t users_of(scene& its, const file_state& file) {
  const core_lock lock(its.core->mutex());
  return file.current == nullptr ? 0 : file.current->users;
}

// A service with an operation in every stage.
struct busy_scene : scene {
  busy_scene() : scene(one_at_a_time()) {
    start(file, in_engine_one);
    start(file, leader);
    start(file, member);
    context.run();
    kernel.complete(leader.get(), 100);
    kernel.complete(member.get(), 100);
    context.run();
    start(other, first);
    start(other, second);
    start(closing, in_flight_there);
    context.run();
    start(closing, close);
    context.run();
    start(other, waiting_one);
    start(closed_file_, completed_one);
    BOOST_REQUIRE((in_engine_one.stage() == in_engine));
    BOOST_REQUIRE((leader.stage() == in_engine));
    BOOST_REQUIRE((member.stage() == grouped));
    BOOST_REQUIRE((first.stage() == in_engine));
    BOOST_REQUIRE((second.stage() == sequenced));
    BOOST_REQUIRE((in_flight_there.stage() == in_engine));
    BOOST_REQUIRE((close.stage() == parked));
    BOOST_REQUIRE((waiting_one.stage() == waiting));
    BOOST_REQUIRE((completed_one.stage() == completed));
  }
  static asiofile::service_options one_at_a_time() { return on_io_uring(); }
  std::vector<fake_operation*> all() {
    return {&in_engine_one,  &leader, &member, &first, &second,
            &in_flight_there, &close, &waiting_one, &completed_one};
  }

  fake_transfer in_engine_one{operation_kind::read};
  chain leader, member;
  position_read first, second;
  fake_transfer in_flight_there{operation_kind::read};
  fake_operation close{operation_kind::close};
  fake_transfer waiting_one{operation_kind::read};
  fake_operation completed_one{operation_kind::size};
  file_state_ptr file = scene::file(100), other = scene::file(101), closing = scene::file(102);
  file_state_ptr closed_file_ = closed_file();
};

// With a file that only a worker may close: removed, and large.
struct slow_close_scene : scene {
  slow_close_scene() {
    calls.is_removed = true;
    calls.file_bytes = 1 << 30;
  }
  fake_operation close{operation_kind::close};
  file_state_ptr file = scene::file();
};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_lifetime)

// ---- shutdown

BOOST_AUTO_TEST_CASE(at_the_end_handlers_are_destroyed_in_whichever_stage) {
  busy_scene its;
  its.core->shut_down();
  for (fake_operation* each : its.all()) {
    BOOST_TEST(each->destroyed == 1U);
    BOOST_TEST(each->completed == 0U);
  }
  BOOST_TEST(its.kernel.is_drained);
  BOOST_TEST(!its.kernel.exists());
  BOOST_TEST(!its.threads.exists());
  // Files are closed, each once.
  for (const int fd : {100, 101, 102}) BOOST_TEST(its.calls.has_closed(fd));
  BOOST_TEST(!is_open(*its.file));
  BOOST_TEST(native_handle(*its.file) == -1);
  BOOST_TEST(its.context.watched == -1);
  // The second call does nothing.
  its.core->shut_down();
  BOOST_TEST(its.calls.closed.size() == 3U);
  // The posted pass finds nothing to do.
  its.context.run_posted();
  its.core->leave_context();
  BOOST_TEST(!its.context.is_referred_to());
}

BOOST_AUTO_TEST_CASE(after_the_end_nothing_starts) {
  scene its;
  const auto file = its.file();
  its.core->shut_down();
  fake_transfer read(operation_kind::read);
  BOOST_TEST(its.start(file, read));
  BOOST_TEST(read.destroyed == 1U);
  fake_operation call(operation_kind::wait);
  its.core->deliver(call.pointer(), 0);
  BOOST_TEST(call.destroyed == 1U);
  BOOST_TEST(adopt(*file, its.calls.facts(9), ownership::owned, false, false) == ECANCELED);
  BOOST_TEST(cancel_all(*file) == EBADF);
  BOOST_TEST(!is_open(*clone(*file)));
  int fd = 0;
  BOOST_TEST(release(*file, fd) == EBADF);
  BOOST_TEST(close(*file) == 0);
  asiofile::io_alignment alignment_found;
  BOOST_TEST(alignment(*file, alignment_found) == EBADF);
  BOOST_TEST(!its.context.run());
}

BOOST_AUTO_TEST_CASE(a_handle_of_one_that_is_dropped_at_its_start_names_nothing) {
  scene its;
  const auto file = its.file();
  fake_transfer read(operation_kind::read);
  const auto handle = issue_handle(*file, read.storage());
  its.core->shut_down();
  its.start(file, read);
  BOOST_TEST(read.get().handle_index == cancellation_handle::none);
  cancel(*file, handle);
}

BOOST_AUTO_TEST_CASE(what_a_dropped_handler_starts_is_dropped_as_well) {
  scene its;
  const auto file = its.file();
  fake_transfer first(operation_kind::read), second(operation_kind::read);
  its.submit(file, first);
  its.kernel.during_drain = [&] {
    // Runs on another thread, while the engines are drained.
    its.start(file, second);
    BOOST_TEST(second.destroyed == 1U);
    BOOST_TEST(!is_open(*file));
  };
  its.core->shut_down();
  BOOST_TEST(first.destroyed == 1U);
}

BOOST_AUTO_TEST_CASE(a_descriptor_that_was_opened_at_the_end_is_closed) {
  scene its;
  const auto file = its.closed_file();
  fake_operation open(some_path());
  its.submit(file, open);
  its.kernel.during_drain = [&] {
    found(open, its.calls.facts(55));
    its.kernel.complete(open.get(), 55);
  };
  its.core->shut_down();
  BOOST_TEST(open.destroyed == 1U);
  BOOST_TEST(its.calls.has_closed(55));
}

BOOST_AUTO_TEST_CASE(an_open_that_had_not_begun_has_nothing_to_close) {
  scene its;
  const auto file = its.closed_file();
  fake_operation open(some_path());
  its.start(file, open);
  its.core->shut_down();
  BOOST_TEST(open.destroyed == 1U);
  BOOST_TEST(its.calls.closed.empty());
}

BOOST_AUTO_TEST_CASE(a_close_that_waits_for_an_engine_at_the_end_is_done) {
  slow_close_scene its;
  its.start(its.file, its.close);
  its.core->shut_down();
  BOOST_TEST(its.close.destroyed == 1U);
  BOOST_TEST(its.calls.has_closed(100));
}

BOOST_AUTO_TEST_CASE(a_close_that_an_engine_has_at_the_end_is_done_once) {
  for (const bool was_done : {true, false}) {
    slow_close_scene its;
    its.submit(its.file, its.close);
    BOOST_REQUIRE((its.close.stage() == in_engine));
    if (was_done) its.kernel.during_drain = [&] { its.kernel.complete(its.close.get(), 0); };
    its.core->shut_down();
    BOOST_TEST(its.close.destroyed == 1U);
    BOOST_TEST(its.calls.has_closed(100) == !was_done);
  }
}

BOOST_AUTO_TEST_CASE(a_clone_that_is_being_closed_at_the_end_is_closed_once) {
  scene its;
  const auto file = its.file();
  const auto copy = clone(*file);
  fake_transfer read(operation_kind::read);
  its.submit(copy, read);
  fake_operation close(operation_kind::close);
  its.start(copy, close);
  its.core->shut_down();
  BOOST_TEST(close.destroyed == 1U);
  BOOST_TEST(its.calls.has_closed(100));
}

BOOST_AUTO_TEST_CASE(files_that_outlive_their_context_are_closed_and_can_be_destroyed) {
  auto its = std::make_unique<scene>();
  fake_calls calls;
  auto file = its->file(calls.facts(9));
  auto core = its->core;
  core->leave_context();
  BOOST_TEST(calls.has_closed(9));
  file.reset();
  BOOST_TEST(calls.closed.size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_end_waits_for_the_thread_that_has_the_engines) {
  scene its;
  const auto file = its.file();
  fake_transfer read(operation_kind::read);
  its.start(file, read);
  std::atomic<bool> is_inside = false, may_go_on = false, has_ended = false, had_ended = false;
  its.kernel.during_submit = [&] {
    is_inside = true;
    while (!may_go_on) std::this_thread::yield();
    had_ended = has_ended.load();
  };
  std::thread of_context([&] { its.context.run_posted(); });
  while (!is_inside) std::this_thread::yield();
  std::thread ending([&] {
    its.core->shut_down();
    has_ended = true;
  });
  // Shutdown has begun: nothing is started any more.
  while (is_open(*file)) std::this_thread::yield();
  BOOST_TEST(!its.kernel.is_drained);
  may_go_on = true;
  of_context.join();
  ending.join();
  BOOST_TEST(!had_ended);
  BOOST_TEST(read.destroyed == 1U);
}

// An object that the thread destroys may close a file, and wait for the operations in flight on it.
BOOST_AUTO_TEST_CASE(a_thread_that_holds_the_context_may_close_a_file_at_the_end) {
  scene its;
  const auto file = its.file();
  fake_transfer read(operation_kind::read);
  its.submit(file, read);
  BOOST_REQUIRE(its.core->hold());
  std::atomic<bool> has_ended = false;
  std::thread ending([&] {
    its.core->shut_down();
    has_ended = true;
  });
  while (is_open(*file)) std::this_thread::yield();
  BOOST_TEST(close(*file) == 0);
  BOOST_TEST(its.calls.has_closed(100));
  BOOST_TEST(!has_ended);
  its.core->release();
  ending.join();
  BOOST_TEST(read.destroyed == 1U);
}

BOOST_AUTO_TEST_CASE(the_end_waits_for_the_thread_that_tries_something) {
  scene its;
  const auto file = its.file();
  fake_operation close(operation_kind::close);
  std::atomic<bool> is_inside = false, may_go_on = false, has_ended = false, had_ended = false;
  its.calls.during_fstat = [&] {
    is_inside = true;
    while (!may_go_on) std::this_thread::yield();
    had_ended = has_ended.load();
  };
  its.start(file, close);
  std::thread of_context([&] { its.context.run_posted(); });
  while (!is_inside) std::this_thread::yield();
  std::thread ending([&] {
    its.core->shut_down();
    has_ended = true;
  });
  const auto other = its.closed_file();
  while (!has_ended &&
         adopt(*other, its.calls.facts(9), ownership::borrowed, false, false) != ECANCELED)
    std::this_thread::yield();
  may_go_on = true;
  of_context.join();
  ending.join();
  BOOST_TEST(!had_ended);
  BOOST_TEST(close.is_over());
  BOOST_TEST(its.calls.has_closed(100));
}

// ---- fork

namespace {

// What a reader or writer is to a service: it only shows whether its mutex is held.
class participant_base : public fork_participant {
 public:
  using fork_participant::fork_participant;

  [[nodiscard]] bool is_held() ASIOFILE_NO_ANALYSIS {
    if (!mutex_.try_lock()) return true;
    mutex_.unlock();
    return false;
  }
  [[nodiscard]] bool was_reset() const noexcept { return was_reset_; }

 private:
  void reset_in_child(operation_queue&) noexcept override { was_reset_ = true; }

  bool was_reset_ = false;
};
using participant = fork_safe<participant_base>;

// Simulates a fork in the same process, which acts as the child from here on.
void fork_into_child(scene& its) {
  its.core->prepare_fork();
  its.core->resume_in_child();
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_parent_goes_on_as_if_nothing_had_been) {
  busy_scene its;
  its.core->prepare_fork();
  BOOST_TEST(its.kernel.is_prepared);
  its.core->resume_in_parent();
  BOOST_TEST(its.kernel.resumed == 1U);
  its.context.run();
  BOOST_TEST(its.completed_one.completed == 1U);
  its.complete(its.in_engine_one, 100);
  BOOST_TEST(its.in_engine_one.result.value == 100U);
  its.complete(its.first, 10);
  BOOST_TEST(its.kernel.has(its.second.get()));
  its.complete(its.in_flight_there, 100);
  BOOST_TEST(its.close.completed == 1U);
}

BOOST_AUTO_TEST_CASE(what_has_a_mutex_of_its_own_is_held_across_a_fork) {
  scene its;
  participant one(its.core->participants());
  participant other(its.core->participants());
  its.core->prepare_fork();
  BOOST_TEST(one.is_held());
  BOOST_TEST(other.is_held());
  its.core->resume_in_parent();
  BOOST_TEST(!one.is_held());
  BOOST_TEST(!other.was_reset());
  fork_into_child(its);
  BOOST_TEST(!one.is_held());
  BOOST_TEST(one.was_reset());
  BOOST_TEST(other.was_reset());
}

BOOST_AUTO_TEST_CASE(a_childs_copies_of_operations_end_as_aborted_in_whichever_stage) {
  busy_scene its;
  fork_into_child(its);
  BOOST_TEST(its.kernel.is_abandoned);
  BOOST_TEST(!its.kernel.is_drained);
  BOOST_TEST(its.kernel.made == 2U);
  its.context.run();
  for (fake_operation* each : its.all()) {
    BOOST_TEST_CONTEXT("kind " << static_cast<int>(each->get().kind()) << " number "
                               << each->get().number) {
      BOOST_TEST(each->completed == 1U);
      BOOST_TEST(each->destroyed == 0U);
      if (each == &its.close)
        BOOST_TEST(each->result.error == 0);
      else if (each == &its.completed_one)
        BOOST_TEST(each->result.error == EBADF);
      else
        BOOST_TEST(each->result.error == ECANCELED);
    }
  }
  BOOST_TEST(its.in_engine_one.result.value == 0U);
  // Its copy of the descriptor is closed, as the operation would have done.
  BOOST_TEST(its.calls.has_closed(102));
  BOOST_TEST(its.calls.closed.size() == 1U);
  BOOST_TEST(!its.context.has_work);
  // The files can still be used in the child.
  for (const auto& each : {its.file, its.other}) {
    fake_transfer read(operation_kind::read);
    its.submit(each, read);
    BOOST_TEST(its.kernel.has(read.get()));
    its.complete(read, 100);
    BOOST_TEST(read.result.value == 100U);
  }
  position_read at_position;
  its.submit(its.other, at_position);
  its.complete(at_position, 5);
  BOOST_TEST(at_position.result.value == 5U);
  chain next;
  its.submit(its.file, next);
  next.get().sync_result = 0;
  its.complete(next, 100);
  BOOST_TEST(next.result.error == 0);
}

// The parent's engine has closed it, or may have: the number may be another file's by now.
BOOST_AUTO_TEST_CASE(a_child_does_not_close_what_its_parent_may_have_closed) {
  for (const bool was_done : {true, false}) {
    slow_close_scene its;
    its.submit(its.file, its.close);
    BOOST_REQUIRE((its.close.stage() == in_engine));
    if (was_done) its.kernel.complete(its.close.get(), -EIO);
    fork_into_child(its);
    its.context.run();
    BOOST_TEST(its.close.completed == 1U);
    BOOST_TEST(its.close.result.error == (was_done ? EIO : 0));
    BOOST_TEST(its.calls.closed.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_child_closes_what_waits_for_a_worker_of_its_parents) {
  slow_close_scene its;
  its.kernel.accepts = [](const auto&) { return false; };
  its.submit(its.file, its.close);
  BOOST_REQUIRE(its.threads.has(its.close.get()));
  for (const auto place : {operation_place::queued, operation_place::queued_quick}) {
    set_place(its.close.get(), place);
    BOOST_TEST(!engine_set::may_have_begun(its.close.get()));
  }
  fork_into_child(its);
  its.context.run();
  BOOST_TEST(its.close.completed == 1U);
  BOOST_TEST(its.calls.has_closed(100));
}

// What had completed is completed in both processes.
BOOST_AUTO_TEST_CASE(what_has_completed_before_a_fork_has_its_result_in_parent_and_child) {
  for (const bool is_child : {true, false}) {
    scene its;
    const auto file = its.closed_file();
    fake_operation open(some_path());
    its.submit(file, open);
    found(open, its.calls.facts(55));
    its.kernel.complete(open.get(), 55);
    its.core->prepare_fork();
    if (is_child)
      its.core->resume_in_child();
    else
      its.core->resume_in_parent();
    its.context.run();
    BOOST_TEST(open.completed == 1U);
    BOOST_TEST(open.result.error == 0);
    BOOST_TEST(native_handle(*file) == 55);
  }
}

BOOST_AUTO_TEST_CASE(a_child_ends_an_open_of_its_parent) {
  scene its;
  const auto file = its.closed_file();
  fake_operation open(some_path()), again(some_path());
  its.submit(file, open);
  fork_into_child(its);
  its.context.run();
  BOOST_TEST(open.result.error == ECANCELED);
  BOOST_TEST(!is_open(*file));
  its.submit(file, again);
  found(again, its.calls.facts(55));
  its.complete(again, 55);
  BOOST_TEST(is_open(*file));
}

BOOST_AUTO_TEST_CASE(a_child_of_a_context_that_works_by_its_reactor_goes_on) {
  scene its;
  its.context.can_post = false;
  const auto file = its.file();
  fake_transfer before(operation_kind::read), after(operation_kind::read);
  its.submit(file, before);
  fork_into_child(its);
  its.context.run();
  BOOST_TEST(before.result.error == ECANCELED);
  its.submit(file, after);
  its.complete(after, 100);
  BOOST_TEST(after.result.value == 100U);
}

// RLIMIT_NOFILE, or all descriptors in use.
BOOST_AUTO_TEST_CASE(a_child_without_descriptors_reports_that_and_hangs_nowhere) {
  for (const bool can_post : {true, false}) {
    scene its;
    its.context.can_post = can_post;
    const auto file = its.file();
    fake_transfer before(operation_kind::read), after(operation_kind::read);
    its.submit(file, before);
    its.core->prepare_fork();
    its.context.watch_error = EMFILE;
    its.report_on_ring = {backend::io_uring, false, "io_uring_setup",
                          {EMFILE, boost::system::system_category()}, {}};
    its.core->resume_in_child();
    its.context.run();
    // The parent's `wait` operation ends there as well.
    BOOST_TEST(before.result.error == ECANCELED);
    if (can_post) {
      BOOST_TEST(!its.start(file, after, true));
      BOOST_TEST(after.result.error == EMFILE);
    }
    its.context.watch_error = 0;
    fake_transfer next(operation_kind::read);
    its.submit(file, next);
    BOOST_TEST(its.threads.has(next.get()));
    its.complete(next, 100);
    BOOST_TEST(next.result.value == 100U);
  }
}

BOOST_AUTO_TEST_CASE(a_child_without_descriptors_closes_its_files) {
  slow_close_scene its;
  its.core->prepare_fork();
  its.context.watch_error = EMFILE;
  its.core->resume_in_child();
  its.start(its.file, its.close);
  // Passes look for its end one after the other.
  for (int i = 0; i != 3; ++i) {
    BOOST_TEST(its.context.run_posted());
    BOOST_TEST((its.close.stage() == in_engine));
  }
  its.kernel.complete(its.close.get(), 0);
  its.context.run();
  BOOST_TEST(its.close.completed == 1U);
  BOOST_TEST(!its.context.is_posted());
}

BOOST_AUTO_TEST_CASE(a_child_after_the_end_has_nothing) {
  scene its;
  const auto file = its.file();
  its.core->shut_down();
  fork_into_child(its);
  BOOST_TEST(!its.threads.exists());
  BOOST_TEST(!its.context.run());
  its.core->leave_context();
}

BOOST_AUTO_TEST_CASE(forking_waits_for_the_thread_that_has_the_engines) {
  scene its;
  const auto file = its.file();
  fake_transfer read(operation_kind::read);
  its.start(file, read);
  std::atomic<bool> is_inside = false, may_go_on = false, is_prepared = false, was_prepared = false;
  its.kernel.during_submit = [&] {
    is_inside = true;
    while (!may_go_on) std::this_thread::yield();
    was_prepared = is_prepared.load();
  };
  std::thread of_context([&] { its.context.run_posted(); });
  while (!is_inside) std::this_thread::yield();
  std::thread forking([&] {
    its.core->prepare_fork();
    is_prepared = true;
    its.core->resume_in_parent();
  });
  std::this_thread::sleep_for(2ms);
  may_go_on = true;
  of_context.join();
  forking.join();
  BOOST_TEST(!was_prepared);
  its.context.run();
  its.complete(read, 100);
  BOOST_TEST(read.completed == 1U);
}

// ---- synchronous functions that wait

BOOST_AUTO_TEST_CASE(closing_ends_what_is_in_flight_and_waits_for_it) {
  scene its;
  its.kernel.cancelled_with = -ECANCELED;
  const auto file = its.file();
  fake_transfer in_flight(operation_kind::read), waiting_one(operation_kind::read);
  its.submit(file, in_flight);
  its.start(file, waiting_one);
  // No thread runs the context: this thread works with the engines.
  BOOST_TEST(close(*file) == 0);
  BOOST_TEST(its.calls.has_closed(100));
  BOOST_TEST(in_flight.completed == 0U);
  its.context.run();
  BOOST_TEST(in_flight.result.error == ECANCELED);
  BOOST_TEST(waiting_one.result.error == ECANCELED);
  BOOST_TEST(!its.context.has_work);
  BOOST_TEST(close(*file) == 0);
  BOOST_TEST(its.calls.closed.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_closing_thread_is_woken_by_the_engine) {
  scene its;
  const auto file = its.file();
  fake_transfer read(operation_kind::read);
  its.submit(file, read);
  std::atomic<bool> is_closed = false;
  int error = -1;
  std::thread closing([&] {
    error = close(*file);
    is_closed = true;
  });
  test_support::wait_until([&] { return !is_open(*file) && its.kernel.notifies; });
  BOOST_TEST(!is_closed);
  its.kernel.complete(read.get(), 100);
  closing.join();
  BOOST_TEST(error == 0);
  its.context.run();
  BOOST_TEST(read.result.value == 100U);
}

BOOST_AUTO_TEST_CASE(a_closing_thread_is_woken_by_a_pass_that_is_quicker) {
  scene its;
  const auto file = its.file();
  fake_transfer read(operation_kind::read);
  its.submit(file, read);
  // So that the waiter does not find the completion by itself.
  its.kernel.sets_notifier = false;
  int error = -1;
  std::thread closing([&] { error = close(*file); });
  test_support::wait_until([&] { return !is_open(*file) && its.kernel.notifies; });
  its.kernel.complete(read.get(), 100);
  its.context.run_posted();
  closing.join();
  BOOST_TEST(error == 0);
  its.context.run();
  BOOST_TEST(read.completed == 1U);
}

BOOST_AUTO_TEST_CASE(a_closing_thread_ends_when_the_service_does) {
  scene its;
  const auto file = its.file();
  fake_transfer read(operation_kind::read);
  its.submit(file, read);
  int error = -1;
  std::thread closing([&] { error = close(*file); });
  test_support::wait_until([&] { return !is_open(*file); });
  its.core->shut_down();
  closing.join();
  BOOST_TEST(error == 0);
  BOOST_TEST(read.destroyed == 1U);
  BOOST_TEST(its.calls.has_closed(100));
}

BOOST_AUTO_TEST_CASE(two_threads_that_close_at_once_close_once) {
  scene its;
  const auto file = its.file();
  fake_transfer read(operation_kind::read);
  its.submit(file, read);
  its.kernel.cancelled_with = -ECANCELED;
  int errors[] = {-1, -1};
  std::thread first([&] { errors[0] = close(*file); });
  std::thread second([&] { errors[1] = close(*file); });
  first.join();
  second.join();
  BOOST_TEST(errors[0] == 0);
  BOOST_TEST(errors[1] == 0);
  its.context.run();
  BOOST_TEST(its.calls.has_closed(100));
  BOOST_TEST(read.completed == 1U);
}

BOOST_AUTO_TEST_CASE(closing_two_files_in_two_threads_waits_for_both) {
  scene its;
  const auto file = its.file(), other = its.file(101);
  fake_transfer of_file(operation_kind::read), of_other(operation_kind::read);
  its.submit(file, of_file);
  its.submit(other, of_other);
  int errors[] = {-1, -1};
  std::thread first([&] { errors[0] = close(*file); });
  std::thread second([&] { errors[1] = close(*other); });
  test_support::wait_until([&] { return !is_open(*file) && !is_open(*other); });
  its.kernel.complete(of_other.get(), 1);
  second.join();
  its.kernel.complete(of_file.get(), 1);
  first.join();
  BOOST_TEST(errors[0] == 0);
  BOOST_TEST(errors[1] == 0);
  its.context.run();
  BOOST_TEST(of_file.completed == 1U);
  BOOST_TEST(of_other.completed == 1U);
}

// It has reset the notifier before the reactor saw it.
BOOST_AUTO_TEST_CASE(what_others_completed_meanwhile_is_looked_at) {
  scene its;
  const auto file = its.file(), other = its.file(101);
  fake_transfer of_file(operation_kind::read), of_other(operation_kind::read);
  its.submit(file, of_file);
  its.submit(other, of_other);
  int error = -1;
  std::thread closing([&] { error = close(*file); });
  test_support::wait_until([&] { return !is_open(*file) && its.kernel.notifies; });
  its.kernel.complete(of_other.get(), 7);
  its.kernel.complete(of_file.get(), 1);
  closing.join();
  BOOST_TEST(error == 0);
  its.context.run();
  BOOST_TEST(of_other.completed == 1U);
  BOOST_TEST(of_other.result.value == 7U);
}

BOOST_AUTO_TEST_CASE(releasing_leaves_the_descriptor_open_where_the_file_was) {
  scene its;
  const auto file = its.file();
  int fd = 0;
  position_read read;
  its.submit(file, read);
  its.complete(read, 30);
  BOOST_TEST(release(*file, fd) == 0);
  BOOST_TEST(fd == 100);
  BOOST_TEST(!is_open(*file));
  BOOST_TEST(its.calls.closed.empty());
  BOOST_TEST(release(*file, fd) == EBADF);
  BOOST_TEST(fd == -1);
}

BOOST_AUTO_TEST_CASE(a_clone_keeps_what_the_other_releases) {
  scene its;
  const auto file = its.file();
  const auto copy = clone(*file);
  int fd = 0;
  BOOST_TEST(release(*file, fd) == 0);
  BOOST_TEST(fd == 4711);
  BOOST_TEST(is_open(*copy));
  BOOST_TEST(native_handle(*copy) == 100);
}

BOOST_AUTO_TEST_CASE(a_synchronous_read_at_the_position_waits_for_its_turn) {
  scene its;
  const auto file = its.file();
  position_read before, after;
  its.submit(file, before);
  std::uint64_t position = 0;
  std::atomic<bool> is_over = false;
  int error = -1;
  std::thread seeking([&] {
    error = seek(*file, 5, asiofile::file_base::seek_cur, position);
    is_over = true;
  });
  test_support::wait_until([&] { return users_of(its, *file) == 3; });
  its.start(file, after);
  BOOST_TEST(!is_over);
  its.kernel.complete(before.get(), 30);
  seeking.join();
  BOOST_TEST(error == 0);
  BOOST_TEST(position == 35U);
  its.context.run();
  BOOST_TEST(before.completed == 1U);
  if (its.kernel.has(after.get())) its.complete(after, 1);
  BOOST_TEST(after.completed == 1U);
}

BOOST_AUTO_TEST_CASE(a_synchronous_read_whose_file_is_closed_meanwhile_ends) {
  scene its;
  const auto file = its.file();
  its.kernel.cancelled_with = std::nullopt;
  position_read before;
  its.submit(file, before);
  std::uint64_t position = 0;
  int error = -1;
  std::thread seeking([&] {
    error = seek(*file, 5, asiofile::file_base::seek_cur, position);
  });
  test_support::wait_until([&] { return users_of(its, *file) == 3; });
  fake_operation closing(operation_kind::close);
  its.start(file, closing);
  seeking.join();
  BOOST_TEST(error == EBADF);
  its.context.run();
  its.complete(before, -ECANCELED);
  BOOST_TEST(closing.completed == 1U);
  BOOST_TEST(its.calls.has_closed(100));
}

BOOST_AUTO_TEST_CASE(a_synchronous_read_ends_when_the_service_does) {
  scene its;
  const auto file = its.file();
  position_read before;
  its.submit(file, before);
  std::uint64_t position = 0;
  int error = -1;
  std::thread seeking([&] {
    error = seek(*file, 5, asiofile::file_base::seek_cur, position);
  });
  test_support::wait_until([&] { return users_of(its, *file) == 3; });
  its.core->shut_down();
  seeking.join();
  BOOST_TEST(error == EBADF);
  BOOST_TEST(before.destroyed == 1U);
  BOOST_TEST(its.calls.has_closed(100));
}

BOOST_AUTO_TEST_SUITE_END()
