// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The workers: which runs what, what hangs and what that must not delay, cancelling and stopping at
// every moment.

#include "engines/worker_pool.hpp"

#include "engines/operation_place.hpp"
#include "plain_operation.hpp"
#include "system/interrupt_signal.hpp"
#include "wait_until.hpp"
#include "watchdog.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

using namespace asiofile::detail;
using namespace std::chrono_literals;
using outcome = worker_pool::outcome;
using test_support::facts_of_file;
using test_support::plain_operation;
using test_support::plain_transfer;
using test_support::wait_until;

namespace {

std::atomic<int> starts_refused_after = -1;
std::atomic<bool> is_next_refused = false;

// Starts at most this many threads.
int start_some(std::thread& started, void (*run)(void*), void* argument) {
  if (starts_refused_after == 0 || is_next_refused.exchange(false)) return EAGAIN;
  if (starts_refused_after > 0) --starts_refused_after;
  return start_thread(started, run, argument);
}

// A gate that a call waits for.
class gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.wait(lock, [this] { return is_open_; });
    --waiting_;
  }
  bool is_waited_at() {
    const std::lock_guard lock(mutex_);
    return waiting_ != 0;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = false;
  int waiting_ = 0;
};

// A pipe that stays empty: only a signal ends a read of it.
class empty_pipe {
 public:
  empty_pipe() { BOOST_REQUIRE(::pipe(ends_) == 0); }
  ~empty_pipe() { ::close(ends_[0]), ::close(ends_[1]); }
  std::int64_t read() {
    char byte;
    is_read_ = true;
    const ssize_t count = ::read(ends_[0], &byte, 1);
    return count == -1 ? -errno : count;
  }
  bool is_read() const { return is_read_; }
  void end() { BOOST_REQUIRE(::write(ends_[1], "x", 1) == 1); }

 private:
  int ends_[2];
  std::atomic<bool> is_read_ = false;
};

struct fake_client : worker_pool::client {
  using behaviour = std::function<outcome(operation&)>;

  outcome run(operation& next, std::uint16_t&) noexcept override {
    behaviour runs;
    {
      const std::lock_guard lock(mutex);
      ++run_count;
      runs = behaviours[&next];
    }
    if (!runs) {
      next.result = 7;
      return outcome::over;
    }
    return runs(next);
  }
  void over(operation& which, std::size_t to_come) noexcept override {
    const std::lock_guard lock(mutex);
    to_come_max = std::max(to_come_max, to_come);
    to_come_last = to_come;
    is_misplaced = is_misplaced || place_of(which) != operation_place::nowhere;
    ended[&which] = which.result;
  }
  void pass_on(operation& which) noexcept override {
    const std::lock_guard lock(mutex);
    passed.push_back(&which);
  }
  bool run_here(operation& next) noexcept override {
    if (runs_here) next.result = 7;
    return runs_here;
  }
  bool runs_here = false;
  void tick() noexcept override { ++ticks; }

  void on(operation& which, behaviour runs) {
    const std::lock_guard lock(mutex);
    behaviours[&which] = std::move(runs);
  }
  bool is_over(operation& which) {
    const std::lock_guard lock(mutex);
    return ended.contains(&which);
  }
  std::int64_t result_of(operation& which) {
    const std::lock_guard lock(mutex);
    const auto found = ended.find(&which);
    return found == ended.end() ? 9999 : found->second;
  }

  std::mutex mutex;
  std::map<operation*, behaviour> behaviours;
  std::map<operation*, std::int64_t> ended;
  std::vector<operation*> passed;
  std::atomic<int> run_count = 0;
  bool is_misplaced = false;
  std::size_t to_come_max = 0;
  std::size_t to_come_last = 0;
  std::atomic<int> ticks = 0;
};

struct slow_call : plain_operation<sync_operation> {
  slow_call() : plain_operation(facts_of_file(), operation_kind::sync_all) {}
};

struct quick_write : plain_transfer {
  quick_write() : plain_transfer(operation_kind::write, facts_of_file(), "quick") {}
};

class stopped_job final : public job {
 public:
  std::int64_t step() noexcept override { return is_stopped() ? -ECANCELED : more; }
};

struct fixture {
  fixture() { starts_refused_after = -1; }
  // The client must be there until the pool is stopped.
  ~fixture() {
    pool.reset();
    BOOST_TEST(!client.is_misplaced);
  }

  void make(std::size_t count_max, int signal = claim_interrupt_signal(0)) {
    pool =
        std::make_unique<worker_pool>(worker_pool_options{count_max, signal, start_some}, client);
  }
  template <typename Operation>
  void run(Operation& which) {
    {
      // An earlier operation may have had the same address.
      const std::lock_guard lock(client.mutex);
      client.ended.erase(&*which);
    }
    engine_queue one;
    one.push_back(*which);
    pool->run(one);
  }
  // Runs an operation that waits at the gate, and waits until it does.
  template <typename Operation>
  void hang(Operation& which, gate& there) {
    client.on(*which, [&](operation& its) {
      there.pass();
      its.result = 1;
      return outcome::over;
    });
    run(which);
    BOOST_REQUIRE(wait_until([&] { return there.is_waited_at(); }));
  }
  template <typename Operation>
  bool ends(Operation& which) {
    return wait_until([&] { return client.is_over(*which); });
  }
  template <typename Operation>
  void cancel(Operation& which) {
    mark_cancelled(*which);
    pool->cancel(*which);
  }

  test_support::watchdog dog{60s};
  fake_client client;
  std::unique_ptr<worker_pool> pool;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(worker_pools, fixture)

BOOST_AUTO_TEST_CASE(an_operation_runs_and_is_over) {
  make(2);
  slow_call plain;
  run(plain);
  BOOST_TEST(ends(plain));
  BOOST_TEST(client.result_of(*plain) == 7);
}

BOOST_AUTO_TEST_CASE(one_worker_runs_one_after_the_other) {
  make(1);
  std::deque<slow_call> many(100);
  std::atomic<int> running = 0, most = 0;
  engine_queue all;
  for (slow_call& each : many) {
    client.on(*each, [&](operation&) {
      most = std::max(most.load(), ++running);
      --running;
      return outcome::over;
    });
    all.push_back(*each);
  }
  pool->run(all);
  for (slow_call& each : many) BOOST_TEST(ends(each));
  BOOST_TEST(most == 1);
}

BOOST_AUTO_TEST_CASE(what_hangs_holds_up_nothing_while_there_may_be_more_workers) {
  make(16);
  std::deque<slow_call> hung(15);
  std::deque<gate> gates(15);
  for (std::size_t i = 0; i != hung.size(); ++i) hang(hung[i], gates[i]);
  slow_call last;
  run(last);
  BOOST_TEST(ends(last));
  quick_write quick;
  run(quick);
  BOOST_TEST(ends(quick));
  for (gate& each : gates) each.open();
  for (slow_call& each : hung) BOOST_TEST(ends(each));
}

BOOST_AUTO_TEST_CASE(what_waits_for_a_worker_has_the_first_that_gets_free) {
  make(1);
  gate there;
  slow_call hung, waiting;
  hang(hung, there);
  run(waiting);
  std::this_thread::sleep_for(5ms);
  BOOST_TEST(!client.is_over(*waiting));
  there.open();
  BOOST_TEST(ends(waiting));
}

BOOST_AUTO_TEST_CASE(a_quick_operation_that_hangs_holds_up_no_other) {
  make(4);
  gate there;
  quick_write hung, behind, further;
  hang(hung, there);
  run(behind);
  run(further);
  BOOST_TEST(ends(behind));
  BOOST_TEST(ends(further));
  // Deferred completions are announced meanwhile.
  BOOST_TEST(client.ticks > 0);
  // And once more, on the worker that has the lane now.
  gate again;
  quick_write hung_too, behind_it;
  hang(hung_too, again);
  run(behind_it);
  BOOST_TEST(ends(behind_it));
  there.open();
  again.open();
  BOOST_TEST(ends(hung));
  BOOST_TEST(ends(hung_too));
}

// Regression test: the former standby thread left for a blocking operation, and then no thread
// looked any more.
BOOST_AUTO_TEST_CASE(a_quick_operation_waits_for_nobody_whatever_comes_between) {
  for (int round = 0; round != 30; ++round) {
    make(16);
    gate there, elsewhere;
    quick_write hung, behind;
    slow_call blocking;
    client.on(*hung, [&](operation&) { return there.pass(), outcome::over; });
    client.on(*blocking, [&](operation&) { return elsewhere.pass(), outcome::over; });
    run(hung);
    run(behind);
    std::this_thread::sleep_for(std::chrono::microseconds(100 * round));
    run(blocking);
    BOOST_TEST(ends(behind));
    there.open();
    elsewhere.open();
    BOOST_TEST(ends(blocking));
    BOOST_TEST(ends(hung));
    pool.reset();
  }
}

BOOST_AUTO_TEST_CASE(with_all_workers_hung_but_one_quick_operations_go_on) {
  make(4);
  gate there;
  std::deque<slow_call> hung(2);
  for (slow_call& each : hung) hang(each, there);
  quick_write stuck, behind;
  hang(stuck, there);
  run(behind);
  BOOST_TEST(ends(behind));
  std::deque<quick_write> more(100);
  for (quick_write& each : more) run(each);
  for (quick_write& each : more) BOOST_TEST(ends(each));
  there.open();
  for (slow_call& each : hung) BOOST_TEST(ends(each));
  BOOST_TEST(ends(stuck));
}

BOOST_AUTO_TEST_CASE(many_quick_operations_are_run_by_one_worker) {
  make(8);
  std::set<std::thread::id> threads;
  std::mutex mutex;
  std::deque<quick_write> many(500);
  engine_queue all;
  for (quick_write& each : many) {
    client.on(*each, [&](operation&) {
      const std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
      return outcome::over;
    });
    all.push_back(*each);
  }
  pool->run(all);
  for (quick_write& each : many) BOOST_TEST(ends(each));
  // The owner is not notified of each.
  BOOST_TEST(client.to_come_max > 100U);
  BOOST_TEST(client.to_come_last == 0U);
  // A worker that was not scheduled for a while may have been taken for stuck.
  BOOST_TEST(threads.size() < 4U);
}

BOOST_AUTO_TEST_CASE(a_quick_operation_does_not_wait_for_a_watchman_that_does_not_come) {
  make(4);
  gate there;
  quick_write hung, behind;
  hang(hung, there);
  is_next_refused = true;  // the watchman's
  run(behind);
  BOOST_TEST(!is_next_refused);
  BOOST_TEST(ends(behind));
  there.open();
  BOOST_TEST(ends(hung));
}

BOOST_AUTO_TEST_CASE(without_a_watchman_each_quick_operation_has_a_worker) {
  make(4);
  gate there;
  quick_write hung, behind;
  BOOST_REQUIRE(pool->start_one() == 0);
  hang(hung, there);
  starts_refused_after = 0;
  run(behind);
  std::this_thread::sleep_for(5ms);
  BOOST_TEST(!client.is_over(*behind));  // there is no other worker
  starts_refused_after = -1;
  quick_write last;
  run(last);
  BOOST_TEST(ends(behind));
  BOOST_TEST(ends(last));
  there.open();
  BOOST_TEST(ends(hung));
}

// ---- no threads

BOOST_AUTO_TEST_CASE(operations_end_with_the_error_where_no_worker_can_be_started) {
  make(4);
  starts_refused_after = 0;
  BOOST_TEST(pool->start_one() == EAGAIN);
  slow_call plain;
  quick_write quick;
  engine_queue both;
  both.push_back(*plain);
  both.push_back(*quick);
  pool->run(both);
  BOOST_TEST(client.result_of(*plain) == -EAGAIN);
  BOOST_TEST(client.result_of(*quick) == -EAGAIN);
  // The submitting thread runs operations that wait for no peer.
  client.runs_here = true;
  slow_call done_here;
  run(done_here);
  BOOST_TEST(client.result_of(*done_here) == 7);
  // The failure is not remembered.
  starts_refused_after = -1;
  slow_call later;
  run(later);
  BOOST_TEST(ends(later));
}

BOOST_AUTO_TEST_CASE(the_workers_that_there_are_run_what_no_more_can_be_started_for) {
  make(4);
  starts_refused_after = 1;
  gate there;
  slow_call hung, waiting;
  hang(hung, there);
  run(waiting);
  BOOST_TEST(!client.is_over(*waiting));
  there.open();
  BOOST_TEST(ends(waiting));
}

// ---- more to do

BOOST_AUTO_TEST_CASE(an_operation_with_more_to_do_lets_others_go_first) {
  make(1);
  gate there;
  slow_call first, stepping, other;
  hang(first, there);
  std::vector<int> order;
  int steps = 0;
  client.on(*stepping, [&](operation&) {
    order.push_back(1);
    return ++steps == 3 ? outcome::over : outcome::again;
  });
  client.on(*other, [&](operation&) { return order.push_back(2), outcome::over; });
  run(stepping);
  run(other);
  there.open();
  BOOST_TEST(ends(stepping));
  BOOST_TEST(ends(other));
  BOOST_TEST((order == std::vector{1, 2, 1, 1}));
}

// An operation that a worker returns to the queue must not depend on that worker, whose next
// operation may block.
BOOST_AUTO_TEST_CASE(a_step_does_not_wait_behind_what_hangs_while_workers_are_idle) {
  make(2);
  // Both workers are there.
  gate both;
  std::deque<slow_call> firsts(2);
  for (slow_call& each : firsts) {
    client.on(*each, [&](operation&) { return both.pass(), outcome::over; });
    run(each);
  }
  BOOST_REQUIRE(wait_until([&] { return client.run_count == 2; }));
  gate there;
  slow_call stepping, hung;
  int steps = 0;
  client.on(*stepping, [&](operation&) { return ++steps == 20 ? outcome::over : outcome::again; });
  client.on(*hung, [&](operation&) { return there.pass(), outcome::over; });
  both.open();
  for (slow_call& each : firsts) BOOST_TEST(ends(each));
  std::this_thread::sleep_for(2ms);
  engine_queue queue;
  queue.push_back(*stepping);
  queue.push_back(*hung);
  pool->run(queue);
  BOOST_TEST(ends(stepping));
  there.open();
  BOOST_TEST(ends(hung));
}

BOOST_AUTO_TEST_CASE(a_resting_operation_occupies_no_worker) {
  make(1);
  slow_call resting, other;
  std::atomic<int> runs = 0;
  std::atomic<bool> is_over = false;
  client.on(*resting, [&](operation&) {
    ++runs;
    return is_over ? outcome::over : outcome::rest;
  });
  run(resting);
  BOOST_TEST(wait_until([&] { return runs > 0; }));
  run(other);
  BOOST_TEST(ends(other));
  BOOST_TEST(wait_until([&] { return runs > 2; }));
  is_over = true;
  BOOST_TEST(ends(resting));
}

BOOST_AUTO_TEST_CASE(without_a_watchman_a_worker_pauses_instead) {
  make(1);
  BOOST_REQUIRE(pool->start_one() == 0);
  starts_refused_after = 0;
  slow_call resting;
  std::atomic<int> runs = 0;
  client.on(*resting, [&](operation&) { return ++runs == 4 ? outcome::over : outcome::rest; });
  const auto before = std::chrono::steady_clock::now();
  run(resting);
  BOOST_TEST(ends(resting));
  BOOST_TEST((std::chrono::steady_clock::now() - before >= 3 * watchman::long_round));
}

BOOST_AUTO_TEST_CASE(what_is_passed_on_is_somebody_elses) {
  make(1);
  slow_call passed;
  client.on(*passed, [](operation&) { return outcome::passed_on; });
  run(passed);
  BOOST_TEST(wait_until([&] {
    const std::lock_guard lock(client.mutex);
    return client.passed.size() == 1;
  }));
  BOOST_TEST((place_of(*passed) == operation_place::nowhere));
  pool->stop();
  BOOST_TEST(!client.is_over(*passed));
}

// ---- cancelling

BOOST_AUTO_TEST_CASE(what_is_queued_is_cancelled_at_once) {
  make(1);
  gate there;
  slow_call hung, queued;
  quick_write quick;
  hang(hung, there);
  run(queued);
  run(quick);
  cancel(queued);
  BOOST_TEST(client.result_of(*queued) == -ECANCELED);
  cancel(quick);
  BOOST_TEST(client.result_of(*quick) == -ECANCELED);
  there.open();
  BOOST_TEST(ends(hung));
  BOOST_TEST(client.run_count == 1);
}

BOOST_AUTO_TEST_CASE(what_rests_is_cancelled_at_once) {
  make(1);
  slow_call resting;
  std::atomic<int> runs = 0;
  client.on(*resting, [&](operation&) { return ++runs, outcome::rest; });
  run(resting);
  BOOST_REQUIRE(wait_until([&] { return runs > 0; }));
  // Wherever it is.
  cancel(resting);
  client.on(*resting, [&](operation& its) { return its.result = -ECANCELED, outcome::over; });
  BOOST_TEST(ends(resting));
  BOOST_TEST(client.result_of(*resting) == -ECANCELED);
}

BOOST_AUTO_TEST_CASE(a_blocking_call_is_interrupted) {
  make(1);
  for (int round = 0; round != 20; ++round) {
    empty_pipe pipe;
    slow_call reading, other;
    client.on(*reading, [&](operation& its) {
      its.result = pipe.read();
      return outcome::over;
    });
    run(reading);
    BOOST_REQUIRE(wait_until([&] { return pipe.is_read(); }));
    cancel(reading);
    BOOST_TEST(ends(reading));
    BOOST_TEST(client.result_of(*reading) == -EINTR);
    // The next operation is not interrupted.
    client.on(*other, [&](operation& its) {
      pipe.end();
      its.result = pipe.read();
      return outcome::over;
    });
    run(other);
    BOOST_TEST(ends(other));
    BOOST_TEST(client.result_of(*other) == 1);
  }
}

// The signal that came before the call is sent again.
BOOST_AUTO_TEST_CASE(a_call_that_begins_after_the_request_is_interrupted) {
  make(1);
  gate there;
  empty_pipe pipe;
  slow_call reading;
  client.on(*reading, [&](operation& its) {
    there.pass();
    std::this_thread::sleep_for(2ms);
    its.result = pipe.read();
    return outcome::over;
  });
  run(reading);
  BOOST_REQUIRE(wait_until([&] { return there.is_waited_at(); }));
  cancel(reading);
  there.open();
  BOOST_TEST(ends(reading));
  BOOST_TEST(client.result_of(*reading) == -EINTR);
}

BOOST_AUTO_TEST_CASE(a_cancelled_operation_that_is_handed_in_does_not_run) {
  make(1);
  slow_call late;
  mark_cancelled(*late);
  run(late);
  BOOST_TEST(client.result_of(*late) == -ECANCELED);
  BOOST_TEST(client.run_count == 0);
}

BOOST_AUTO_TEST_CASE(a_job_that_has_begun_runs_once_more_to_clean_up) {
  make(1);
  gate there;
  slow_call hung;
  stopped_job work;
  plain_operation<job_operation> stepping;
  stepping->task = &work;
  BOOST_REQUIRE(work.run() == job::more);
  client.on(*stepping, [&](operation& its) {
    its.result = work.run();
    return its.result == job::more ? outcome::again : outcome::over;
  });
  hang(hung, there);
  run(stepping);
  work.stop();
  cancel(stepping);
  BOOST_TEST(!client.is_over(*stepping));
  there.open();
  BOOST_TEST(ends(stepping));
  BOOST_TEST(client.result_of(*stepping) == -ECANCELED);
  BOOST_TEST(client.run_count == 2);
}

BOOST_AUTO_TEST_CASE(a_resting_job_that_has_begun_runs_at_once_when_it_is_cancelled) {
  make(1);
  stopped_job work;
  plain_operation<job_operation> resting;
  resting->task = &work;
  std::atomic<int> runs = 0;
  client.on(*resting, [&](operation& its) {
    its.result = work.run();
    ++runs;
    return its.result == job::more ? outcome::rest : outcome::over;
  });
  run(resting);
  BOOST_REQUIRE(wait_until([&] { return runs > 0; }));
  work.stop();
  cancel(resting);
  BOOST_TEST(ends(resting));
  BOOST_TEST(client.result_of(*resting) == -ECANCELED);
}

BOOST_AUTO_TEST_CASE(without_a_signal_a_call_ends_by_itself) {
  make(1, no_interrupt_signal);
  empty_pipe pipe;
  slow_call reading;
  client.on(*reading, [&](operation& its) {
    its.result = pipe.read();
    return outcome::over;
  });
  run(reading);
  BOOST_REQUIRE(wait_until([&] { return pipe.is_read(); }));
  cancel(reading);
  std::this_thread::sleep_for(25ms);
  BOOST_TEST(!client.is_over(*reading));
  pipe.end();
  BOOST_TEST(ends(reading));
  BOOST_TEST(client.result_of(*reading) == 1);
}

// ---- stopping

BOOST_AUTO_TEST_CASE(stopping_ends_operations_wherever_they_are) {
  make(2);
  empty_pipe pipe;
  std::deque<slow_call> reading(2);
  for (slow_call& each : reading) {
    client.on(*each, [&](operation& its) {
      its.result = pipe.read();
      return outcome::over;
    });
    run(each);
  }
  BOOST_REQUIRE(wait_until([&] { return client.run_count == 2; }));
  slow_call queued;
  quick_write quick;
  run(queued);
  run(quick);
  pool->stop();
  for (slow_call& each : reading) BOOST_TEST(client.result_of(*each) == -EINTR);
  BOOST_TEST(client.result_of(*queued) == -ECANCELED);
  BOOST_TEST(client.result_of(*quick) == -ECANCELED);
}

// A job repeats an interrupted call unless it is told to stop.
BOOST_AUTO_TEST_CASE(stopping_tells_jobs) {
  make(1);
  empty_pipe pipe;
  struct stubborn final : job {
    explicit stubborn(empty_pipe& its) : pipe(its) {}
    std::int64_t step() noexcept override {
      std::int64_t result;
      do {
        result = pipe.read();
      } while (result == -EINTR && !is_stopped());
      return result;
    }
    empty_pipe& pipe;
  } work(pipe);
  plain_operation<job_operation> reading;
  reading->task = &work;
  client.on(*reading, [&](operation& its) {
    its.result = work.run();
    return outcome::over;
  });
  run(reading);
  BOOST_REQUIRE(wait_until([&] { return pipe.is_read(); }));
  pool->stop();
  BOOST_TEST(client.result_of(*reading) == -EINTR);
}

BOOST_AUTO_TEST_CASE(stopping_ends_what_would_go_on) {
  for (const outcome how : {outcome::again, outcome::rest, outcome::passed_on}) {
    make(1);
    gate there;
    slow_call going_on;
    client.on(*going_on, [&](operation&) {
      there.pass();
      return how;
    });
    run(going_on);
    BOOST_REQUIRE(wait_until([&] { return there.is_waited_at(); }));
    std::thread stopping([&] { pool->stop(); });
    // Stopping has begun once the pool accepts no operations any more.
    std::deque<slow_call> probes;
    do {
      probes.emplace_back();
      run(probes.back());
    } while (!client.is_over(*probes.back()));
    there.open();
    stopping.join();
    BOOST_TEST(client.result_of(*going_on) == -ECANCELED);
  }
}

BOOST_AUTO_TEST_CASE(stopping_ends_what_rests) {
  make(1);
  slow_call resting;
  client.on(*resting, [&](operation&) { return outcome::rest; });
  run(resting);
  BOOST_REQUIRE(wait_until([&] { return client.run_count > 0; }));
  pool->stop();
  BOOST_TEST(client.result_of(*resting) == -ECANCELED);
}

BOOST_AUTO_TEST_CASE(a_stopped_pool_runs_nothing) {
  make(1);
  slow_call before, after;
  run(before);
  BOOST_TEST(ends(before));
  pool->stop();
  run(after);
  BOOST_TEST(client.result_of(*after) == -ECANCELED);
  pool->stop();
}

BOOST_AUTO_TEST_CASE(a_held_pool_changes_nothing) {
  make(1);
  slow_call first, second;
  gate there;
  hang(first, there);
  pool->lock();
  there.open();
  std::this_thread::sleep_for(2ms);
  BOOST_TEST(!client.is_over(*first));
  pool->unlock();
  BOOST_TEST(ends(first));
}

BOOST_AUTO_TEST_CASE(quick_operations_are_known_to_be_there) {
  make(2);
  BOOST_TEST(!pool->has_quick());
  gate there;
  quick_write hung;
  hang(hung, there);
  BOOST_TEST(pool->has_quick());
  there.open();
  BOOST_TEST(ends(hung));
  BOOST_TEST(wait_until([&] { return !pool->has_quick(); }));
}

BOOST_AUTO_TEST_SUITE_END()
