// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// From a started operation to its result, with engines that end operations when the test says so.

#include "service/pipeline.hpp"

#include "fakes/engines.hpp"
#include "fakes/fake_calls.hpp"
#include "fakes/fake_operation.hpp"

#include "operations/speculation.hpp"
#include "service/file_registry.hpp"
#include "temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <memory>
#include <string>
#include <vector>

using namespace asiofile::detail;
using asiofile::write_flags;
using namespace fakes;
using enum operation_stage;

namespace {

class pipe_scene {
 public:
  explicit pipe_scene(std::size_t in_flight_max = 512) : in_flight_max_(in_flight_max) {
    file.descriptor->adopt(9, calls, ownership::borrowed, false);
    file.facts = calls.facts(9);
    file.commits = &file.descriptor->commits();
  }
  // Adds operations as the service does: chains are counted.
  void add(fake_operation& next) {
    next.get().target = &file;
    if (is_chain(next.get())) file.commits->chain_begins();
    its.add(next.get());
  }
  void exchange() {
    its.own();
    its.submit_and_reap(lock, false);
    its.disown();
  }
  // Gives it to an engine.
  void submit(fake_operation& next) {
    add(next);
    exchange();
    BOOST_REQUIRE((next.stage() == in_engine));
  }
  void complete(fake_operation& which, std::int64_t result) {
    (which.get().engine == 0 ? engines.ring : engines.threads).complete(which.get(), result);
    exchange();
  }
  // Those that have completed since the last call.
  std::vector<operation*> over() {
    std::vector<operation*> seen;
    while (!its.over().empty()) {
      operation& each = take_front(its.over());
      if (is_chain(each)) file.commits->chain_ends();
      seen.push_back(&each);
    }
    return seen;
  }

  two_engines engines;
  fake_calls calls;
  opening file;
  core_mutex mutex;
  core_lock lock{mutex};
  service_counters counters{false};

 private:
  std::size_t in_flight_max_;

 public:
  pipeline its{engines.set, counters, in_flight_max_};
};

using many = std::vector<operation*>;

class chain : public fake_transfer {
 public:
  explicit chain(sync_after sync = sync_after::data)
      : fake_transfer(operation_kind::write, 100, 0, sync) {}
};

class flagged : public fake_transfer {
 public:
  explicit flagged(write_flags how) : fake_transfer(operation_kind::write) {
    flagged_request request{transfer_request{operation_kind::write}};
    request.buffers = get().buffers;
    request.buffer_count = get().buffer_count;
    request.bytes = get().requested;
    request.flags = how;
    prepare(storage(), request);
  }
};

constexpr engine_index ring = 0, threads = 1;

}  // namespace

BOOST_AUTO_TEST_SUITE(core_pipeline)

BOOST_AUTO_TEST_CASE(operations_are_submitted_in_one_batch_and_end_in_any_order) {
  pipe_scene scene;
  BOOST_TEST(!scene.its.has_to_do());
  fake_transfer a(operation_kind::read), b(operation_kind::read), c(operation_kind::read);
  for (auto* each : {&a, &b, &c}) scene.add(*each);
  BOOST_TEST(scene.its.has_to_do());
  BOOST_TEST(scene.its.waiting() == 3U);
  BOOST_TEST((a.stage() == waiting));
  BOOST_TEST(!scene.its.is_busy());
  scene.exchange();
  BOOST_TEST(scene.engines.ring.batches.size() == 1U);
  BOOST_TEST((scene.engines.ring.held() == many{&a.get(), &b.get(), &c.get()}));
  BOOST_TEST((a.stage() == in_engine));
  BOOST_TEST(scene.its.in_flight() == 3U);
  BOOST_TEST(scene.its.waiting() == 0U);
  BOOST_TEST(scene.its.is_busy());
  BOOST_TEST(!scene.its.has_to_do());
  scene.engines.ring.complete(c.get(), 100);
  scene.engines.ring.complete(a.get(), -EIO);
  scene.exchange();
  BOOST_TEST((scene.over() == many{&c.get(), &a.get()}));
  BOOST_TEST((c.stage() == completed));
  BOOST_TEST(c.get().transferred == 100U);
  BOOST_TEST(a.get().result == -EIO);
  BOOST_TEST(scene.its.in_flight() == 1U);
  BOOST_TEST(scene.its.is_busy());
  // Nothing new was submitted.
  BOOST_TEST(scene.engines.ring.batches.size() == 1U);
  scene.complete(b, 7);
  BOOST_TEST(!scene.its.is_busy());
  BOOST_TEST(scene.its.in_flight() == 0U);
}

BOOST_AUTO_TEST_CASE(batches_and_submissions_are_counted) {
  pipe_scene scene;
  fake_transfer a(operation_kind::read), b(operation_kind::read), c(operation_kind::read);
  scene.add(a);
  scene.add(b);
  scene.add(c);
  scene.file.facts.is_in_memory = true;
  scene.exchange();
  scene.exchange();
  const auto& counted = scene.counters.so_far();
  BOOST_TEST(counted.batches == 1U);
  BOOST_TEST(counted.submitted == 3U);
  BOOST_TEST(counted.submitted_to(backend::threads) == 3U);
  BOOST_TEST(counted.submitted_to(backend::io_uring) == 0U);
}

BOOST_AUTO_TEST_CASE(no_more_are_in_flight_than_may_be) {
  pipe_scene scene(2);
  fake_transfer a(operation_kind::read), b(operation_kind::read), c(operation_kind::read);
  for (auto* each : {&a, &b, &c}) scene.add(*each);
  scene.exchange();
  BOOST_TEST(scene.engines.ring.held().size() == 2U);
  BOOST_TEST(scene.its.waiting() == 1U);
  BOOST_TEST(!scene.its.has_to_do());
  scene.complete(b, 100);
  BOOST_TEST(scene.its.has_to_do());
  scene.exchange();
  BOOST_TEST((scene.engines.ring.held() == many{&a.get(), &c.get()}));
}

BOOST_AUTO_TEST_CASE(no_more_are_in_flight_than_the_engine_has_room_for) {
  pipe_scene scene;
  fake_transfer a(operation_kind::read), b(operation_kind::read);
  two_engines small;
  small.ring.capacity = small.threads.capacity = 1;
  asiofile::service_options options;
  options.backend = backend::io_uring;
  engine_set set(options, small.completions, small.makers);
  BOOST_TEST(set.choose() == 0);
  pipeline its(set, scene.counters, 512);
  for (auto* each : {&a, &b}) {
    each->get().target = &scene.file;
    its.add(each->get());
  }
  its.own();
  its.submit_and_reap(scene.lock, false);
  BOOST_TEST((a.stage() == in_engine));
  BOOST_TEST((b.stage() == waiting));
  its.disown();
}

// Their reads wait for a peer, perhaps forever.
BOOST_AUTO_TEST_CASE(streams_do_not_count_against_the_limit) {
  pipe_scene scene(1);
  fake_transfer a(operation_kind::read), b(operation_kind::write), c(operation_kind::read);
  scene.file.facts.is_stream = true;
  scene.submit(a);
  scene.submit(b);
  BOOST_TEST(scene.its.in_flight() == 0U);
  BOOST_TEST(scene.its.is_busy());
  fake_operation status(operation_kind::size), other(operation_kind::size);
  scene.submit(status);
  BOOST_TEST(scene.its.in_flight() == 1U);
  scene.add(other);
  scene.exchange();
  BOOST_TEST((other.stage() == waiting));
  scene.complete(a, 5);
  BOOST_TEST(scene.its.in_flight() == 1U);
}

BOOST_AUTO_TEST_CASE(a_batch_has_so_many_bytes) {
  pipe_scene scene;
  fake_transfer a(operation_kind::read), b(operation_kind::read), c(operation_kind::read);
  for (auto* each : {&a, &b, &c}) {
    each->get().requested = 1024 * 1024;
    scene.add(*each);
  }
  scene.exchange();
  BOOST_TEST(scene.engines.ring.held().size() == 2U);
  BOOST_TEST(scene.its.has_to_do());
  scene.exchange();
  BOOST_TEST(scene.engines.ring.held().size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_refused_submission_in_the_middle_of_a_batch_ends_alone) {
  pipe_scene scene;
  fake_transfer a(operation_kind::read), b(operation_kind::read), c(operation_kind::read);
  scene.engines.ring.refuse = [&](operation& which) -> std::optional<std::int64_t> {
    if (&which == &b.get()) return -EIO;
    return std::nullopt;
  };
  for (auto* each : {&a, &b, &c}) scene.add(*each);
  scene.exchange();
  BOOST_TEST((scene.over() == many{&b.get()}));
  BOOST_TEST((a.stage() == in_engine));
  BOOST_TEST((c.stage() == in_engine));
  BOOST_TEST(scene.its.in_flight() == 2U);
}

BOOST_AUTO_TEST_CASE(what_an_engine_refuses_falls_back_to_the_next_one) {
  pipe_scene scene;
  fake_transfer a(operation_kind::read), b(operation_kind::read), c(operation_kind::read);
  scene.engines.ring.refuse = [&](operation& which) -> std::optional<std::int64_t> {
    if (&which == &b.get()) return -EINVAL;
    return std::nullopt;
  };
  for (auto* each : {&a, &b, &c}) scene.add(*each);
  scene.exchange();
  BOOST_TEST((b.stage() == waiting));
  BOOST_TEST(b.get().refused_by == 1U << ring);
  scene.exchange();
  BOOST_TEST(b.get().engine == threads);
  BOOST_TEST(scene.engines.threads.has(b.get()));
  // The result of the threads is final.
  scene.complete(b, -EINVAL);
  BOOST_TEST((scene.over() == many{&b.get()}));
  const auto& counted = scene.counters.so_far();
  BOOST_REQUIRE(counted.fallbacks.size() == 1U);
  BOOST_TEST((counted.fallbacks[0].from == backend::io_uring));
  BOOST_TEST(counted.fallbacks[0].reason.value() == EINVAL);
  BOOST_TEST(counted.fallbacks[0].operations == 1U);
}

BOOST_AUTO_TEST_CASE(fallbacks_are_counted_by_engine_and_reason) {
  service_counters counters(false);
  counters.count_fallback(backend::io_uring, -EINVAL);
  counters.count_fallback(backend::io_uring, -EINVAL);
  counters.count_fallback(backend::io_uring, -EAGAIN);
  counters.count_fallback(backend::libaio, -EINVAL);
  const auto& counted = counters.so_far().fallbacks;
  BOOST_REQUIRE(counted.size() == 3U);
  BOOST_TEST(counted[0].operations == 2U);
  BOOST_TEST(counted[1].operations == 1U);
  BOOST_TEST(counted[1].reason.value() == EAGAIN);
  BOOST_TEST((counted[2].from == backend::libaio));
}

BOOST_AUTO_TEST_CASE(an_interrupted_operation_is_submitted_before_others_that_wait) {
  pipe_scene scene(1);
  fake_transfer a(operation_kind::read), b(operation_kind::read);
  scene.submit(a);
  scene.add(b);
  scene.engines.ring.complete(a.get(), -EINTR);
  scene.exchange();
  BOOST_TEST((a.stage() == waiting));
  BOOST_TEST(a.get().refused_by == 0U);
  scene.exchange();
  BOOST_TEST((scene.engines.ring.held() == many{&a.get()}));
  BOOST_TEST(scene.counters.so_far().fallbacks.empty());
}

BOOST_AUTO_TEST_CASE(what_no_engine_accepts_ends_with_the_reason) {
  pipe_scene scene;
  scene.engines.ring.accepts = scene.engines.threads.accepts = [](const operation&) {
    return false;
  };
  fake_transfer a(operation_kind::read);
  a.get().result = -EOPNOTSUPP;
  scene.add(a);
  scene.exchange();
  BOOST_TEST((scene.over() == many{&a.get()}));
  // It already has a result from the engine that ran it.
  BOOST_TEST(a.get().result == -EOPNOTSUPP);
  BOOST_TEST(scene.its.in_flight() == 0U);
  BOOST_TEST(!scene.its.is_busy());
}

BOOST_AUTO_TEST_CASE(without_a_backend_the_refusal_is_told) {
  pipe_scene scene;
  two_engines refusing;
  asiofile::service_options options;
  options.backend = backend::io_uring;
  options.strict = true;
  refusing.makers.io_uring = [](const auto&, notifier&, asiofile::backend_report& report) {
    report = {backend::io_uring, false, "x", {EPERM, boost::system::system_category()}, {}};
    return nullptr;
  };
  engine_set set(options, refusing.completions, refusing.makers);
  BOOST_TEST(set.choose() == EPERM);
  pipeline its(set, scene.counters, 512);
  fake_transfer a(operation_kind::read);
  a.get().target = &scene.file;
  its.add(a.get());
  its.own();
  its.submit_and_reap(scene.lock, false);
  its.disown();
  BOOST_TEST(a.get().result == -EPERM);
  BOOST_TEST((a.stage() == completed));
}

// ---- cancelling

BOOST_AUTO_TEST_CASE(one_that_waits_is_aborted_where_it_is) {
  pipe_scene scene;
  fake_transfer a(operation_kind::read), b(operation_kind::read);
  scene.add(a);
  scene.add(b);
  scene.its.cancel(a.get());
  BOOST_TEST((scene.over() == many{&a.get()}));
  BOOST_TEST(a.get().result == -ECANCELED);
  BOOST_TEST(a.get().cancel_requested);
  scene.exchange();
  BOOST_TEST((scene.engines.ring.held() == many{&b.get()}));
}

BOOST_AUTO_TEST_CASE(the_engine_is_told_of_a_cancellation_once) {
  pipe_scene scene;
  fake_transfer a(operation_kind::read);
  scene.submit(a);
  scene.its.cancel(a.get());
  scene.its.cancel(a.get());
  BOOST_TEST((a.stage() == in_engine));
  BOOST_TEST(scene.its.has_to_do());
  BOOST_TEST(scene.its.is_busy());
  scene.exchange();
  BOOST_TEST((scene.engines.ring.cancels == many{&a.get()}));
  BOOST_TEST(!scene.its.has_to_do());
  BOOST_TEST(scene.its.is_busy());
  scene.its.cancel(a.get());
  scene.exchange();
  BOOST_TEST(scene.engines.ring.cancels.size() == 1U);
  // Its actual result counts, although cancellation was requested.
  scene.complete(a, 100);
  BOOST_TEST((scene.over() == many{&a.get()}));
  BOOST_TEST(a.get().result == 100);
  BOOST_TEST(scene.its.in_flight() == 0U);
  BOOST_TEST(!scene.its.is_busy());
}

BOOST_AUTO_TEST_CASE(one_that_completes_while_it_is_to_be_cancelled_ends_once) {
  pipe_scene scene;
  fake_transfer a(operation_kind::read), b(operation_kind::read);
  scene.submit(a);
  scene.submit(b);
  scene.its.cancel(a.get());
  scene.engines.ring.complete(a.get(), 100);
  scene.exchange();
  BOOST_TEST((scene.over() == many{&a.get()}));
  BOOST_TEST(scene.its.in_flight() == 1U);
  scene.complete(b, 100);
  BOOST_TEST(!scene.its.is_busy());
}

BOOST_AUTO_TEST_CASE(a_cancelled_operation_neither_goes_on_nor_falls_back) {
  for (const std::int64_t result : {-EINVAL, -ENOSYS}) {
    pipe_scene scene;
    fake_transfer a(operation_kind::read);
    scene.submit(a);
    scene.its.cancel(a.get());
    scene.complete(a, result);
    BOOST_TEST((scene.over() == many{&a.get()}));
    BOOST_TEST(a.get().result == -ECANCELED);
    BOOST_TEST(scene.counters.so_far().fallbacks.empty());
  }
}

BOOST_AUTO_TEST_CASE(what_is_closed_stays_closed) {
  pipe_scene scene;
  fake_operation close(operation_kind::close);
  scene.file.facts.is_local = false;
  scene.add(close);
  scene.its.cancel(close.get());
  BOOST_TEST((close.stage() == waiting));
  scene.exchange();
  scene.its.cancel(close.get());
  BOOST_TEST(!close.get().cancel_requested);
  scene.exchange();
  BOOST_TEST(scene.engines.ring.cancels.empty());
}

BOOST_AUTO_TEST_CASE(one_that_is_over_is_not_cancelled) {
  pipe_scene scene;
  fake_transfer a(operation_kind::read);
  scene.submit(a);
  scene.complete(a, 100);
  scene.its.cancel(a.get());
  BOOST_TEST(a.get().result == 100);
  BOOST_TEST((scene.over() == many{&a.get()}));
  BOOST_TEST(!a.get().cancel_requested);
}

BOOST_AUTO_TEST_CASE(one_that_was_not_given_to_the_pipeline_ends_there) {
  pipe_scene scene;
  fake_operation initiated(operation_kind::close), parked_one(operation_kind::close);
  initiated.get().target = parked_one.get().target = &scene.file;
  move_to(parked_one.get(), parked);
  scene.its.end(initiated.get());
  scene.its.end(parked_one.get());
  BOOST_TEST((scene.over() == many{&initiated.get(), &parked_one.get()}));
  BOOST_TEST((parked_one.stage() == completed));
}

// ---- writes that a sync follows

BOOST_AUTO_TEST_CASE(a_single_chain_takes_its_sync_along) {
  pipe_scene scene;
  chain a;
  scene.submit(a);
  BOOST_TEST((a.get().links_sync == true));
  a.get().sync_result = 0;
  scene.complete(a, 100);
  BOOST_TEST((scene.over() == many{&a.get()}));
}

BOOST_AUTO_TEST_CASE(chains_side_by_side_share_one_sync) {
  pipe_scene scene;
  chain a, b, c(sync_after::all);
  for (auto* each : {&a, &b, &c}) scene.submit(*each);
  BOOST_TEST(!b.get().links_sync);
  BOOST_TEST(!c.get().links_sync);
  scene.complete(b, 100);
  BOOST_TEST((b.stage() == waiting));
  scene.complete(c, 100);
  // The sync of the leader is not submitted before this one has joined it, or after.
  BOOST_TEST((c.stage() == grouped));
  BOOST_TEST((b.stage() == in_engine));
  a.get().sync_result = transfer_operation::sync_not_run;
  scene.complete(a, 100);
  BOOST_TEST((a.stage() == grouped));
  BOOST_TEST((b.get().sync == sync_after::data));
  scene.complete(b, 0);
  BOOST_TEST((scene.over() == many{&b.get()}));
  // Both were written after that: the next leader syncs for both, including metadata.
  BOOST_TEST((c.stage() == waiting));
  scene.exchange();
  BOOST_TEST((c.stage() == in_engine));
  scene.complete(c, 0);
  BOOST_TEST((scene.over() == many{&c.get(), &a.get()}));
  BOOST_TEST(a.get().sync_result == 0);
}

BOOST_AUTO_TEST_CASE(a_full_sync_that_a_member_asks_for_is_the_leaders) {
  pipe_scene scene;
  chain a(sync_after::data), b(sync_after::all), c(sync_after::data);
  for (auto* each : {&a, &b, &c}) scene.submit(*each);
  scene.engines.ring.complete(c.get(), 100);
  scene.engines.ring.complete(b.get(), 100);
  scene.exchange();
  BOOST_TEST((c.stage() == waiting));
  BOOST_TEST((b.stage() == grouped));
  scene.exchange();
  BOOST_TEST((c.get().sync == sync_after::all));
}

BOOST_AUTO_TEST_CASE(a_failed_sync_answers_for_the_group) {
  pipe_scene scene;
  chain a, b, c;
  for (auto* each : {&a, &b, &c}) scene.submit(*each);
  scene.engines.ring.complete(b.get(), 100);
  scene.engines.ring.complete(c.get(), 100);
  scene.exchange();
  scene.exchange();
  // Written while the sync runs.
  a.get().sync_result = transfer_operation::sync_not_run;
  scene.complete(a, 100);
  scene.complete(b, -EIO);
  BOOST_TEST((scene.over() == many{&b.get(), &c.get(), &a.get()}));
  for (chain* each : {&a, &b, &c}) BOOST_TEST(each->get().sync_result == -EIO);
}

BOOST_AUTO_TEST_CASE(a_leader_whose_engine_cannot_sync_falls_back) {
  pipe_scene scene;
  chain a, b;
  scene.submit(a);
  scene.submit(b);
  scene.engines.ring.complete(b.get(), 100);
  scene.exchange();
  scene.exchange();
  BOOST_TEST((b.stage() == in_engine));
  a.get().sync_result = transfer_operation::sync_not_run;
  scene.complete(a, 100);
  scene.complete(b, -EOPNOTSUPP);
  BOOST_TEST((b.stage() == waiting));
  BOOST_TEST((a.stage() == grouped));
  scene.exchange();
  BOOST_TEST(b.get().engine == threads);
  scene.complete(b, 0);
  // Submitted again it covers the other one.
  BOOST_TEST((scene.over() == many{&b.get(), &a.get()}));
}

BOOST_AUTO_TEST_CASE(a_cancelled_leader_hands_over) {
  pipe_scene scene;
  chain a, b, c;
  for (auto* each : {&a, &b, &c}) scene.submit(*each);
  scene.engines.ring.complete(b.get(), 100);
  scene.engines.ring.complete(c.get(), 100);
  scene.exchange();
  scene.its.cancel(b.get());
  BOOST_TEST((scene.over() == many{&b.get()}));
  BOOST_TEST((c.stage() == waiting));
  scene.exchange();
  BOOST_TEST((c.stage() == in_engine));
  scene.its.cancel(c.get());
  scene.complete(c, -ECANCELED);
  BOOST_TEST((scene.over() == many{&c.get()}));
}

BOOST_AUTO_TEST_CASE(one_that_is_grouped_is_aborted_where_it_is) {
  pipe_scene scene;
  chain a, b, c;
  for (auto* each : {&a, &b, &c}) scene.submit(*each);
  scene.engines.ring.complete(b.get(), 100);
  scene.engines.ring.complete(c.get(), 100);
  scene.exchange();
  BOOST_TEST((c.stage() == grouped));
  scene.its.cancel(c.get());
  BOOST_TEST((scene.over() == many{&c.get()}));
  scene.exchange();
  scene.complete(b, 0);
  BOOST_TEST((scene.over() == many{&b.get()}));
}

// It has nothing to write, so it leads no group.
BOOST_AUTO_TEST_CASE(a_sync_of_nothing_does_not_answer_for_others) {
  pipe_scene scene;
  chain a, b;
  scene.submit(a);
  scene.submit(b);
  scene.complete(b, 100);
  scene.exchange();
  a.get().sync_result = transfer_operation::sync_not_run;
  scene.complete(a, 100);
  BOOST_TEST((a.stage() == grouped));
  fake_transfer nothing(operation_kind::write, 0, 0, sync_after::data);
  scene.submit(nothing);
  // The sync of this one was submitted before the other was written.
  scene.complete(b, 0);
  BOOST_TEST((scene.over() == many{&b.get()}));
  BOOST_TEST((a.stage() == waiting));
  scene.exchange();
  scene.complete(nothing, 0);
  scene.complete(a, 0);
  BOOST_TEST((scene.over() == many{&nothing.get(), &a.get()}));
}

BOOST_AUTO_TEST_CASE(a_short_write_whose_sync_ran_goes_on_and_syncs_once_more) {
  pipe_scene scene;
  chain a;
  scene.submit(a);
  a.get().sync_result = 0;
  scene.complete(a, 30);
  BOOST_TEST((a.stage() == waiting));
  BOOST_TEST(a.get().remaining() == 70U);
  scene.exchange();
  a.get().sync_result = 0;
  scene.complete(a, 70);
  BOOST_TEST((scene.over() == many{&a.get()}));
  BOOST_TEST(a.get().sync_result == 0);
}

// The kernel reports a failed write to only one of the syncs in flight.
BOOST_AUTO_TEST_CASE(syncs_in_flight_side_by_side_tell_of_each_others_failure) {
  pipe_scene scene;
  fake_operation first(operation_kind::sync_all), second(operation_kind::sync_data);
  fake_operation later(operation_kind::sync_data);
  chain linked;
  scene.submit(first);
  scene.submit(second);
  scene.submit(linked);
  scene.complete(first, -EIO);
  scene.complete(second, 0);
  linked.get().sync_result = 0;
  scene.complete(linked, 100);
  BOOST_TEST(second.get().result == -EIO);
  BOOST_TEST(linked.get().sync_result == -EIO);
  scene.submit(later);
  scene.complete(later, 0);
  BOOST_TEST(later.get().result == 0);
}

BOOST_AUTO_TEST_CASE(a_failed_sync_of_a_chain_is_told_to_others) {
  pipe_scene scene;
  fake_operation sync(operation_kind::sync_all);
  chain linked;
  scene.submit(linked);
  scene.submit(sync);
  linked.get().sync_result = -ENOSPC;
  scene.complete(linked, 100);
  scene.complete(sync, 0);
  BOOST_TEST(sync.get().result == -ENOSPC);
}

BOOST_AUTO_TEST_CASE(a_durable_write_and_syncs_tell_each_other_of_a_failure) {
  pipe_scene scene;
  flagged a(write_flags::durable), b(write_flags::durable), c(write_flags::durable);
  fake_operation sync(operation_kind::sync_all);
  scene.submit(a);
  scene.submit(b);
  scene.submit(sync);
  scene.complete(a, -EIO);
  scene.complete(b, 100);
  scene.complete(sync, 0);
  BOOST_TEST(b.get().result == -EIO);
  BOOST_TEST(sync.get().result == -EIO);
  fake_operation failing(operation_kind::sync_all);
  scene.submit(failing);
  scene.submit(c);
  scene.complete(failing, -ENOSPC);
  scene.complete(c, 100);
  BOOST_TEST(c.get().result == -ENOSPC);
}

BOOST_AUTO_TEST_CASE(a_durable_write_that_fails_for_itself_fails_alone) {
  pipe_scene scene;
  flagged a(write_flags::durable), b(write_flags::durable);
  scene.submit(a);
  scene.submit(b);
  scene.complete(a, -EBADF);
  scene.complete(b, 100);
  BOOST_TEST(b.get().result == 100);
  BOOST_TEST(b.get().transferred == 100U);
}

BOOST_AUTO_TEST_CASE(a_durable_write_is_not_tried_without_an_engine) {
  pipe_scene scene;
  flagged a(write_flags::durable);
  scene.file.facts.takes_nowait = true;
  scene.add(a);
  BOOST_TEST(!scene.its.has_candidates());
}

BOOST_AUTO_TEST_CASE(an_untorn_write_is_never_short) {
  pipe_scene scene;
  flagged a(write_flags::untorn), b(write_flags::untorn);
  scene.submit(a);
  scene.complete(a, 50);
  BOOST_TEST(a.get().result == -EIO);
  BOOST_TEST(a.get().transferred == 0U);
  scene.submit(b);
  scene.complete(b, 100);
  BOOST_TEST(b.get().transferred == 100U);
}

BOOST_AUTO_TEST_CASE(that_a_file_takes_no_uncached_transfers_is_noted) {
  pipe_scene scene;
  scene.file.set_uncached(true);
  fake_transfer a(operation_kind::read);
  scene.file.give_defaults(a.get());
  BOOST_TEST(a.get().flags == uncached_flag);
  scene.submit(a);
  a.get().flags = 0;
  a.get().was_refused_uncached = true;
  scene.complete(a, 100);
  BOOST_TEST(!scene.file.is_uncached);
  BOOST_TEST(!scene.file.has_defaults);
}

BOOST_AUTO_TEST_CASE(a_failed_sync_of_a_leader_is_told_to_others) {
  pipe_scene scene;
  chain a, b;
  fake_operation sync(operation_kind::sync_all);
  scene.submit(a);
  scene.submit(b);
  scene.submit(sync);
  scene.engines.ring.complete(b.get(), 100);
  scene.exchange();
  scene.exchange();
  scene.complete(b, -EIO);
  scene.complete(sync, 0);
  BOOST_TEST(sync.get().result == -EIO);
}

BOOST_AUTO_TEST_CASE(a_sync_that_did_not_take_place_fails_alone) {
  pipe_scene scene;
  fake_operation refused(operation_kind::sync_all), other(operation_kind::sync_all);
  scene.submit(other);
  scene.add(refused);
  scene.exchange();
  scene.its.cancel(refused.get());
  scene.complete(refused, -ECANCELED);
  scene.complete(other, 0);
  BOOST_TEST(other.get().result == 0);
}

// ---- without an engine

namespace {

// Real files in memory, which can be read with RWF_NOWAIT.
class cached_scene : public pipe_scene {
 public:
  explicit cached_scene(std::size_t bytes = 4096) {
    file.facts.fd = ::open(directory_.path("file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    BOOST_REQUIRE(file.facts.fd != -1);
    const std::string content(bytes, 'x');
    BOOST_REQUIRE(::write(file.facts.fd, content.data(), bytes) == static_cast<ssize_t>(bytes));
    fake_transfer probe(operation_kind::read);
    probe.get().target = &file;
    can_speculate = try_without_waiting(probe.get());
    file.facts.takes_nowait = true;
  }
  ~cached_scene() { ::close(file.facts.fd); }
  bool can_speculate = false;

 private:
  test_support::temporary_directory directory_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(cached_reads_are_over_without_an_engine) {
  cached_scene scene;
  if (!scene.can_speculate) return;
  fake_transfer a(operation_kind::read), b(operation_kind::read);
  scene.add(a);
  scene.add(b);
  BOOST_TEST(scene.its.waiting() == 2U);
  BOOST_TEST(scene.its.has_to_do());
  BOOST_TEST(scene.its.speculate(scene.lock));
  BOOST_TEST((scene.over() == many{&a.get(), &b.get()}));
  BOOST_TEST(a.get().transferred == 100U);
  BOOST_TEST(!scene.its.speculate(scene.lock));
  BOOST_TEST(!scene.its.is_speculating());
  const auto& counted = scene.counters.so_far();
  BOOST_TEST(counted.speculative_hits == 2U);
  BOOST_TEST(counted.speculative_misses == 0U);
  BOOST_TEST(counted.batches == 1U);
  BOOST_TEST(counted.submitted_to(backend::io_uring) == 2U);
}

BOOST_AUTO_TEST_CASE(what_is_not_cached_goes_to_an_engine) {
  cached_scene scene;
  if (!scene.can_speculate) return;
  fake_transfer a(operation_kind::read, 100, 4050);
  scene.add(a);
  BOOST_TEST(scene.its.speculate(scene.lock));
  BOOST_TEST((a.stage() == waiting));
  BOOST_TEST(a.get().transferred == 46U);
  BOOST_TEST(scene.counters.so_far().speculative_misses == 1U);
  scene.exchange();
  BOOST_TEST((a.stage() == in_engine));
  // The end of the file, behind what was read.
  scene.complete(a, 0);
  BOOST_TEST(a.get().transferred == 46U);
  BOOST_TEST((scene.over() == many{&a.get()}));
}

BOOST_AUTO_TEST_CASE(so_many_are_tried_at_a_time) {
  cached_scene scene;
  if (!scene.can_speculate) return;
  std::deque<fake_transfer> reads;
  for (int i = 0; i != 130; ++i) scene.add(reads.emplace_back(operation_kind::read));
  BOOST_TEST(scene.its.speculate(scene.lock));
  BOOST_TEST(scene.over().size() == 128U);
  BOOST_TEST(scene.its.speculate(scene.lock));
  BOOST_TEST(scene.over().size() == 2U);
}

// An engine that does nothing costs almost nothing, but the cost of its batches must be measured
// first.
BOOST_AUTO_TEST_CASE(what_a_batch_of_reads_costs_the_engine_is_found_out) {
  cached_scene scene;
  if (!scene.can_speculate) return;
  scene.engines.ring.refuse = [](operation& which) -> std::optional<std::int64_t> {
    return static_cast<std::int64_t>(as_transfer(which).remaining());
  };
  for (unsigned batches = 0; batches != 64; ++batches) {
    std::deque<fake_transfer> reads;
    for (int i = 0; i != 32; ++i) scene.add(reads.emplace_back(operation_kind::read));
    while (scene.its.speculate(scene.lock)) {
    }
    scene.exchange();
    BOOST_REQUIRE(scene.over().size() == 32U);
  }
  const std::size_t explored = scene.engines.ring.batches.size();
  // Which way is cheaper depends on real time (`core_batch_policy` tests what follows from it).
  BOOST_TEST(explored >= 1U);
}

BOOST_AUTO_TEST_CASE(while_another_thread_has_the_engines_reads_are_tried) {
  cached_scene scene;
  if (!scene.can_speculate) return;
  scene.its.own();
  for (int batch = 0; batch != 40; ++batch) {
    std::deque<fake_transfer> reads;
    for (int i = 0; i != 8; ++i) scene.add(reads.emplace_back(operation_kind::read));
    while (scene.its.speculate(scene.lock)) {
    }
    BOOST_REQUIRE(scene.over().size() == 8U);
  }
  scene.its.disown();
  BOOST_TEST(scene.engines.ring.batches.empty());
}

BOOST_AUTO_TEST_CASE(writes_of_a_chain_are_tried_and_its_sync_is_not) {
  cached_scene scene;
  if (!scene.can_speculate) return;
  chain a, b;
  scene.submit(a);
  scene.add(b);
  const bool was_candidate = scene.its.speculate(scene.lock);
  BOOST_TEST(was_candidate);
  if (!b.get().has_succeeded) return;  // ext4 cannot tell
  BOOST_TEST((b.stage() == waiting));
  BOOST_TEST(is_sync_left(b.get()));
  scene.exchange();
  BOOST_TEST((b.stage() == in_engine));
  scene.complete(b, 0);
  BOOST_TEST((scene.over() == many{&b.get()}));
}

// It is written while a pass may write its neighbours: they must not share a byte.
[[maybe_unused]] constexpr auto cancellation_has_a_byte_of_its_own = &operation::cancel_requested;

BOOST_AUTO_TEST_CASE(a_candidate_is_aborted_where_it_is) {
  cached_scene scene;
  fake_transfer a(operation_kind::read), b(operation_kind::read);
  scene.add(a);
  scene.add(b);
  scene.its.cancel(a.get());
  BOOST_TEST((scene.over() == many{&a.get()}));
  BOOST_TEST(scene.its.waiting() == 1U);
  scene.its.cancel(b.get());
  BOOST_TEST(!scene.its.has_to_do());
}

BOOST_AUTO_TEST_CASE(a_close_is_tried_without_a_worker) {
  pipe_scene scene;
  fake_operation close(operation_kind::close);
  scene.add(close);
  BOOST_TEST(scene.its.speculate(scene.lock));
  BOOST_TEST(scene.calls.has_closed(9));
  BOOST_TEST((scene.over() == many{&close.get()}));
  BOOST_TEST(scene.counters.so_far().speculative_hits == 0U);
}

BOOST_AUTO_TEST_CASE(a_close_that_may_wait_goes_to_a_worker) {
  pipe_scene scene;
  scene.calls.is_removed = true;
  scene.calls.file_bytes = 1 << 30;
  fake_operation close(operation_kind::close);
  scene.add(close);
  BOOST_TEST(scene.its.speculate(scene.lock));
  BOOST_TEST(scene.calls.closed.empty());
  BOOST_TEST((close.stage() == waiting));
}

// Cancelled by another thread, while the pass of this one tries an earlier operation.
BOOST_AUTO_TEST_CASE(one_that_is_cancelled_while_it_is_tried_ends_once) {
  for (const bool is_hit : {true, false}) {
    cached_scene scene;
    if (!scene.can_speculate) return;
    opening closing;
    closing.facts = scene.calls.facts(10);
    fake_operation close(operation_kind::close);
    fake_transfer read(operation_kind::read, 100, is_hit ? 0 : 4050);
    close.get().target = &closing;
    scene.its.add(close.get());
    scene.add(read);
    scene.calls.during_fstat = [&] {
      const core_lock lock(scene.mutex);
      BOOST_TEST(scene.its.is_speculating());
      BOOST_TEST((read.stage() == speculating));
      scene.its.cancel(read.get());
    };
    scene.its.speculate(scene.lock);
    BOOST_TEST((scene.over() == (is_hit ? many{&close.get(), &read.get()}
                                        : many{&read.get(), &close.get()})));
    BOOST_TEST(read.get().cancel_requested);
    BOOST_TEST(read.get().result == (is_hit ? 100 : -ECANCELED));
    BOOST_TEST(!scene.its.has_to_do());
  }
}

// ---- at the end, and around a fork

BOOST_AUTO_TEST_CASE(draining_returns_what_the_engines_have) {
  pipe_scene scene;
  fake_transfer a(operation_kind::read), b(operation_kind::read), c(operation_kind::read);
  scene.submit(a);
  scene.submit(b);
  scene.its.cancel(b.get());
  scene.add(c);
  operation_queue dropped;
  scene.its.own();
  scene.its.drain(scene.lock, dropped);
  scene.its.disown();
  BOOST_TEST(dropped.size() == 2U);
  BOOST_TEST(scene.its.in_flight() == 0U);
  BOOST_TEST(!scene.its.is_busy());
  scene.its.take_waiting(dropped);
  BOOST_TEST(dropped.size() == 3U);
  BOOST_TEST((&dropped.back() == &c.get()));
  BOOST_TEST(!scene.its.has_to_do());
  dropped.clear();
}

BOOST_AUTO_TEST_CASE(candidates_are_taken_as_well) {
  cached_scene scene;
  fake_transfer a(operation_kind::read);
  scene.add(a);
  operation_queue dropped;
  scene.its.take_waiting(dropped);
  BOOST_TEST(dropped.size() == 1U);
  BOOST_TEST(!scene.its.has_to_do());
  dropped.clear();
}

BOOST_AUTO_TEST_CASE(a_child_takes_everything_without_a_word_to_the_engines) {
  cached_scene scene;
  fake_transfer in_engine_one(operation_kind::read), cancelled(operation_kind::read);
  fake_transfer candidate(operation_kind::read), waiting_one(operation_kind::read);
  scene.file.facts.takes_nowait = false;
  scene.submit(in_engine_one);
  scene.submit(cancelled);
  scene.its.cancel(cancelled.get());
  scene.add(waiting_one);
  scene.file.facts.takes_nowait = true;
  scene.add(candidate);
  operation_queue orphans;
  scene.its.own();
  scene.engines.set.prepare_fork();
  scene.its.abandon(true);
  scene.its.take_waiting(orphans);
  scene.its.disown();
  // What the engines had is in the files' lists.
  BOOST_TEST(orphans.size() == 2U);
  BOOST_TEST(scene.its.in_flight() == 0U);
  BOOST_TEST(!scene.its.is_busy());
  BOOST_TEST(!scene.its.has_to_do());
  BOOST_TEST(scene.engines.ring.is_abandoned);
  BOOST_TEST(!scene.engines.ring.is_drained);
  BOOST_TEST(scene.engines.ring.cancels.empty());
  orphans.clear();
}

BOOST_AUTO_TEST_CASE(engines_are_quiet_or_notify) {
  pipe_scene scene;
  fake_transfer a(operation_kind::read);
  scene.submit(a);
  scene.its.own();
  BOOST_TEST(!scene.its.notify(scene.lock));
  BOOST_TEST(scene.engines.ring.notifies);
  scene.engines.ring.complete(a.get(), 1);
  BOOST_TEST(scene.its.notify(scene.lock));
  scene.its.submit_and_reap(scene.lock, true);
  BOOST_TEST(!scene.engines.ring.notifies);
  scene.its.disown();
}

BOOST_AUTO_TEST_SUITE_END()
