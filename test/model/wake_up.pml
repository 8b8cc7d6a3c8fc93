// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The wake-up protocol: when a dispatch pass runs, and why no operation is forgotten. doc/wake_up.md explains it.
//
// Each inline stands for the function of the library that its comment names. What the code does under the
// service's lock is one atomic sequence here; wherever it works without the lock, other processes may run
// (`let_others_run`). So there is no lock in the model: whenever a process can be interrupted, the lock is free.
//
// The steps L1 to L17, at which a thread looks again or tells others, are those of the comments in the
// sources. Each can be removed by -DNO_L1 and so on. CLEARS_LATE, RESETS_LATE and NO_DISPATCH are faults of order.
// The other macros choose a scene: see run.sh.

#ifndef N
#define N 2 // operations
#endif
#ifndef LIMIT
#define LIMIT N // how many of them the engine has at a time
#endif
#ifndef CONTEXTS
#define CONTEXTS 2 // threads that run the context
#endif
#ifndef STARTED
#define STARTED N // operations that the initiating thread starts; the others, waiters or handlers
#endif
#ifndef WAITERS
#define WAITERS 0 // threads in synchronous functions: the first waits for the last operation, and so on
#endif

// ---- the look-again steps

#ifdef NO_L1
#define L1 true
#else
#define L1 (!is_over)
#endif
#ifdef NO_L2
#define L2 true
#else
#define L2 (!has_to_do)
#endif
#ifdef NO_L3
#define L3 true
#else
#define L3 is_parked
#endif
#ifdef NO_L4
#define L4() skip
#else
#define L4() ensure_pass()
#endif
#ifdef NO_L5
#define L5() skip
#else
#define L5() ensure_pass()
#endif
#ifdef NO_L6
#define L6() skip
#else
#define L6() ensure_pass()
#endif
#ifdef NO_L7
#define L7() skip
#else
#define L7() ensure_pass()
#endif
#ifdef NO_L8
#define L8() skip
#else
#define L8() is_notified = false
#endif
#ifdef NO_L9
#define L9() skip
#else
#define L9() if :: is_signalled -> notifier = true :: else fi
#endif
#ifdef NO_L10
#define L10() skip
#else
#define L10() tell_of_change()
#endif
#ifdef NO_L11
#define L11() skip
#else
#define L11() tell_of_change()
#endif
#ifdef NO_L12
#define L12() skip
#else
#define L12() tell_of_change()
#endif
#ifdef NO_L13
#define L13 false
#else
#define L13 has_to_do
#endif
#ifdef NO_L14
#define L14() skip
#else
#define L14() tell_of_change()
#endif
#ifdef NO_L15
#define L15() skip
#else
#define L15() do :: is_waited_for -> wait_for_change(SHUT_DOWN) :: else -> break od
#endif
#ifdef NO_L16
#define L16() skip
#else
#define L16() tell_of_change()
#endif
#ifdef NO_L17
#define L17() skip
#else
#define L17() tell_of_change()
#endif

// ---- preemption

// Receives from whoever can be interrupted: a rendezvous ends what is atomic, for that moment.
chan others = [0] of { bit };
active proctype interruption() {
end_interruption:
  do
  :: others ? _
  od
}
#define let_others_run others ! 0

// ---- operations (src/operations/stage.hpp; `over`: in stage `completed` and not yet with the dispatcher)

mtype:stage = { unstarted, parked, candidate, speculating, waiting, in_engine, over, completed, delivered, dropped }
mtype:stage stage[N] = unstarted;
bool is_handled[N]; // its handler has returned
bool cancel_requested[N];
// Which list it is in while it is `in_engine`: in_engines_, cancelling_, or the cancellations of `submit_and_reap`.
mtype:list = { in_engines, in_cancelling, in_cancels }
mtype:list list[N] = in_engines;
byte in_flight = 0;

#if N == 2
#define some(what) (what(0) || what(1))
#define every(what) (what(0) && what(1))
#elif N == 3
#define some(what) (what(0) || what(1) || what(2))
#define every(what) (what(0) && what(1) && what(2))
#endif
#define is_candidate(i) (stage[i] == candidate)
#define is_waiting(i) (stage[i] == waiting)
#define is_busy_one(i) (stage[i] == in_engine)
#define is_to_be_cancelled(i) (stage[i] == in_engine && list[i] == in_cancelling)
#define is_over_one(i) (stage[i] == over)
#define is_completed(i) (stage[i] == completed)
#define is_settled(i) (stage[i] == completed || stage[i] == delivered || stage[i] == dropped)
#define is_at_end(i) (stage[i] == unstarted || is_handled[i] || stage[i] == dropped)

// pipeline::has_to_do, pipeline::is_busy, dispatcher::empty
#define has_for_engines ((some(is_waiting) && in_flight < LIMIT) || some(is_to_be_cancelled))
#define has_to_do (some(is_candidate) || has_for_engines)
#define is_busy some(is_busy_one)
#define is_empty (!some(is_completed))

// ---- the service (service_core.hpp, pipeline.hpp)

mtype:state = { running, draining, ended }
mtype:state state = running;
byte outstanding = 0;
bool is_owned = false;
byte speculating_threads = 0;
bool is_waited_for = false, is_waiter_notified = false, waiter_notifier = false;
bool are_notifiers_closed = false;

// The threads that sleep in `wait_for_change`: waiters by their number, and the thread that shuts down.
#define SHUT_DOWN WAITERS
bool is_asleep[WAITERS + 1];

// ---- the context link (context_link.hpp)

mtype:wait_state = { none, armed, ending }
mtype:wait_state wait_ = none;
bool is_scheduled = false, is_signalled = false, is_notified = false, has_work = false;
bool notifier = false;
#ifdef SIGNAL
bool can_post = false;
#else
bool can_post = true;
#endif
#define is_parked (wait_ != none && is_notified)

// ---- the context: Boost.Asio's scheduler and reactor

// The reactor's wait: its handler is queued when the notifier is set or the wait cancelled.
mtype:reactor = { idle, waits, queued }
mtype:reactor reactor = idle;
byte posted = 0; // passes in the scheduler's queue
byte passes = 0; // ... that run
byte guards = 0; // threads that keep `run()` from returning until they have started something
bool has_own_work[N]; // operations that count as work of their executors
bool stopped = false;
byte ended_threads = 0, ended_waiters = 0; // context threads and waiters that have ended

#define is_own_work(i) has_own_work[i]
#define has_outstanding_work \
  (posted != 0 || passes != 0 || reactor != idle || (has_work && can_post) || some(is_own_work) || guards != 0)

// ---- the engine (engine.hpp)

// ring: io_uring, which checks whether it is to notify after it has published a completion; at_once: a
// completed_list, which decides that under its lock and sets the notifier once; always: libaio.
mtype:kind = { ring, at_once, always }
mtype:kind kind;
mtype:place = { nowhere, under_way, is_there }
mtype:place place[N] = nowhere;
bool is_cancelled_there[N];
bool notifies = false, was_set = false;

#define is_reapable(i) (place[i] == is_there)
#if defined(DEPENDS) // operation 1 ends when the handler of operation 0 has been called
#define may_end(i) (i != 1 || is_handled[0])
#elif defined(ENDLESS) // operation 0 ends only when it is cancelled
#define may_end(i) (i != 0 || is_cancelled_there[i])
#else
#define may_end(i) true
#endif

proctype engine() {
  byte i = 0;
  bool must_set = false;
end_engine:
  do
  :: atomic {
       if
       :: place[0] == under_way && may_end(0) -> i = 0
       :: place[1] == under_way && may_end(1) -> i = 1
#if N == 3
       :: place[2] == under_way && may_end(2) -> i = 2
#endif
       fi;
       place[i] = is_there;
       i = 0;
       if
       :: kind == at_once && notifies && !was_set -> was_set = true; must_set = true
       :: kind == at_once && !(notifies && !was_set) -> skip
       :: kind == always -> must_set = true
       :: kind == ring -> let_others_run; must_set = notifies
       fi;
       if
       :: must_set -> let_others_run; notifier = true; must_set = false
       :: else
       fi
     }
  od
}

// ---- context_link.cpp

// context_link::schedule
inline schedule() {
  if
  :: is_scheduled
  :: !is_scheduled && can_post -> posted++; is_scheduled = true
  :: !is_scheduled && !can_post ->
     if
     :: wait_ == none -> start_wait()
     :: else
     fi;
     is_scheduled = true;
     is_signalled = true;
     notifier = true
  fi
}

// context_adapter::start_wait
inline start_wait() {
  assert(reactor == idle);
  reactor = waits;
  wait_ = armed
}

// context_link::waited_pass_begins
inline waited_pass_begins() {
  wait_ = none;
  if
  :: is_signalled -> is_signalled = false; is_scheduled = false
  :: else
  fi;
#ifndef RESETS_LATE
  notifier = false
#endif
}

// context_link::park
inline park() {
  if
  :: wait_ == none -> start_wait()
  :: else
  fi;
  is_notified = true
}

// context_link::end_wait
inline end_wait() {
  if
  :: wait_ == armed && !is_signalled ->
     wait_ = ending;
     if // context_adapter::cancel_wait
     :: reactor == waits -> reactor = queued
     :: else
     fi
  :: else
  fi
}

// context_link::reset_for_waiter
inline reset_for_waiter() {
  notifier = false;
  L8();
  L9()
}

// ---- pipeline.cpp

// pipeline::speculate, take_candidates, take_tried
inline speculate() {
  i = 0;
  do
  :: i < N && stage[i] == candidate ->
     if
     :: stage[i] = waiting // for an engine, by batch_policy or may_signal
     :: stage[i] = speculating; tried = tried | (1 << i)
     :: passes > 1 && tried != 0 // left to the others: tried_beside_others_max
     fi;
     i++
  :: i < N && stage[i] != candidate -> i++
  :: i == N -> break
  od;
  if
  :: tried != 0 ->
     speculating_threads++;
     let_others_run;
     speculating_threads--;
     i = 0;
     do
     :: i < N && (tried & (1 << i)) != 0 ->
        if
        :: may_end(i) -> stage[i] = over
        :: cancel_requested[i] -> stage[i] = over
        :: !cancel_requested[i] -> stage[i] = waiting // resubmit
        fi;
        i++
     :: i < N && (tried & (1 << i)) == 0 -> i++
     :: i == N -> break
     od;
     tried = 0
  :: else
  fi;
  i = 0
}

// pipeline::submit_and_reap, take_batch, take_back
inline submit_and_reap() {
  was_parked = is_notified; // context_link::unpark
  is_notified = false;
  i = 0;
  do
  :: i < N ->
     if
     :: stage[i] == waiting && in_flight < LIMIT ->
        stage[i] = in_engine;
        in_flight++;
        batch = batch | (1 << i)
     :: else
     fi;
     if
     :: is_to_be_cancelled(i) -> list[i] = in_cancels; cancels = cancels | (1 << i)
     :: else
     fi;
     i++
  :: else -> break
  od;
  let_others_run;
  if
  :: was_parked -> notifies = false; was_parked = false; let_others_run
  :: else
  fi;
  if
  :: batch != 0 ->
     i = 0;
     do
     :: i < N ->
        if
        :: (batch & (1 << i)) != 0 -> assert(place[i] == nowhere); place[i] = under_way
        :: else
        fi;
        i++
     :: else -> break
     od;
     batch = 0;
     let_others_run
  :: else
  fi;
  if
  :: cancels != 0 ->
     i = 0;
     do
     :: i < N ->
        if
        :: (cancels & (1 << i)) != 0 -> is_cancelled_there[i] = true
        :: else
        fi;
        i++
     :: else -> break
     od;
     let_others_run
  :: else
  fi;
  i = 0; // engine::reap
  do
  :: i < N ->
     if
     :: is_reapable(i) -> place[i] = nowhere; returned = returned | (1 << i)
     :: else
     fi;
     i++
  :: else -> break
  od;
  was_set = false;
  let_others_run;
  i = 0;
  do
  :: i < N ->
     if
     :: (cancels & (1 << i)) != 0 -> list[i] = in_engines
     :: else
     fi;
     if
     :: (returned & (1 << i)) != 0 ->
        assert(stage[i] == in_engine);
        in_flight--;
        list[i] = in_engines;
        stage[i] = over
     :: else
     fi;
     i++
  :: else -> break
  od;
  i = 0;
  cancels = 0;
  returned = 0
}

// pipeline::notify, engine::notify
inline notify() {
  let_others_run;
  notifies = true;
  let_others_run;
  is_over = some(is_reapable);
  let_others_run
}

// ---- passes.cpp

// service_core::needs_pass
#define needs_pass (!is_empty || some(is_candidate) || \
  (!is_owned && (has_to_do || (is_busy -> !is_parked : wait_ == armed))))

// service_core::ensure_pass
inline ensure_pass() {
  if
  :: state == running && needs_pass -> schedule()
  :: else
  fi
}

// service_core::tell_of_change
inline tell_of_change() {
  d_step {
    j = 0;
    do
    :: j <= WAITERS -> is_asleep[j] = false; j++
    :: else -> break
    od;
    j = 0;
    if
    :: is_waited_for && !is_waiter_notified -> is_waiter_notified = true; waiter_notifier = true
    :: else
    fi
  }
}

// service_core::wait_for_change
inline wait_for_change(who) {
  is_asleep[who] = true;
  !is_asleep[who]
}

// service_core::settle
inline settle() {
  if
  :: some(is_over_one) ->
     i = 0;
     do
     :: i < N ->
        if
        :: stage[i] == over ->
           stage[i] = completed;
#ifdef SEQUENCED
           if // file_registry::leave, service_core::resume
           :: i + 1 < N && stage[i + 1] == parked -> stage[i + 1] = waiting
           :: else
           fi
#endif
        :: else
        fi;
        i++
     :: else -> break
     od;
     i = 0
  :: else
  fi
}

// service_core::work
inline work(is_for_waiter) {
  if
  :: is_owned ->
     do
     :: is_empty && some(is_candidate) -> speculate(); settle()
     :: else -> break
     od;
     L10()
  :: else ->
     is_owned = true; // pipeline::own
     do
     :: state != running -> break
     :: else ->
        speculate();
        settle();
        if
        :: !is_empty && !is_for_waiter && !has_for_engines && !is_busy -> break
        :: else
        fi;
        submit_and_reap();
        settle();
        if
        :: has_to_do && (is_empty || is_for_waiter)
        :: has_to_do && !(is_empty || is_for_waiter) -> break
        :: !has_to_do && !is_empty && !is_for_waiter -> break
        :: !has_to_do && (is_empty || is_for_waiter) && !is_busy -> end_wait(); break
        :: else ->
           park();
           notify();
           if
           :: L1 && L2 && L3 -> is_over = false; break
           :: else -> is_over = false
           fi
        fi
     od;
     is_owned = false; // pipeline::disown
     L11()
  fi
}

// service_core::dispatch, from where a handler may be called
inline dispatch() {
  is_first = true;
  is_untouched = true;
  do
  :: state != running -> break
  :: else ->
     if
     :: !is_untouched -> break // is_stopped, is_spent, or the handler has thrown
     :: true
     fi;
     if
     :: is_empty && !is_busy && some(is_candidate) -> // work_alone
        speculate();
        settle();
        L10();
        if
        :: state == running && is_empty -> work(false)
        :: else
        fi
     :: is_empty || (is_first && (is_busy || has_to_do)) -> work(false)
     :: !is_empty && has_to_do -> work(false) // is_half_done
     :: !is_empty && !(is_first && (is_busy || has_to_do)) // or not
     fi;
     is_first = false;
     if
     :: state != running -> break
     :: else
     fi;
     if // dispatcher::take
     :: stage[0] == completed -> next = 0
     :: stage[1] == completed -> next = 1
#if N == 3
     :: stage[2] == completed -> next = 2
#endif
     :: is_empty -> break
     fi;
     assert(state == running && !is_handled[next]);
     stage[next] = delivered;
     is_untouched = false;
     outstanding--;
     L5();
     let_others_run;
     handler();
     assert(!is_handled[next] && stage[next] == delivered);
#ifdef JOINS
     assert(state == running);
#endif
     is_handled[next] = true;
     has_own_work[next] = false;
     next = 0;
     let_others_run
  od;
  is_first = false;
  is_untouched = false
}

// service_core::pass::~pass
inline pass_ends() {
  if
  :: state == running ->
     L4();
     if
     :: outstanding == 0 -> has_work = false // context_link::set_work
     :: else
     fi
  :: else
  fi;
  passes--
}

// service_core::run_posted_pass
inline run_posted_pass() {
#ifndef CLEARS_LATE
  is_scheduled = false; // context_link::posted_pass_begins
#endif
#ifndef NO_DISPATCH
  if
  :: state == running && needs_pass -> dispatch()
  :: else
  fi;
#endif
#ifdef CLEARS_LATE
  is_scheduled = false;
#endif
  pass_ends()
}

// service_core::run_waited_pass
inline run_waited_pass() {
  waited_pass_begins();
  if
  :: state == running -> dispatch()
  :: else
  fi;
#ifdef RESETS_LATE
  notifier = false;
#endif
  pass_ends()
}

// service_core::wait_until
inline wait_until(which, who) {
  do
  :: is_settled(which) || state == ended -> break
  :: else ->
     if
     :: state == draining || is_owned || (is_waited_for && !L13) -> wait_for_change(who)
     :: else ->
        work(true);
        if
        :: is_settled(which) -> break
        :: else
        fi;
        L6();
        if
        :: !is_waited_for -> wait_for_engines()
        :: else
        fi
     fi
  od;
  L7()
}

// service_core::wait_for_engines. The time-out is not here: nothing depends on it.
inline wait_for_engines() {
  is_waited_for = true;
  let_others_run;
  notifier || waiter_notifier;
  let_others_run;
  is_waited_for = false;
  assert(!are_notifiers_closed);
  if
  :: is_waiter_notified -> is_waiter_notified = false; waiter_notifier = false
  :: else
  fi;
  L12();
  if
  :: state == running -> reset_for_waiter()
  :: else
  fi
}

// ---- start.cpp

// service_core::start, admit, take_over, resume
inline start(which) {
  if
  :: state == running ->
     schedule();
     outstanding++;
     has_work = true;
     has_own_work[which] = !can_post;
#if defined(LEAVES)
     if
     :: which == 1 -> stage[which] = parked
     :: else -> stage[which] = waiting
     fi
#elif defined(SEQUENCED)
     if
     :: which != 0 && !is_settled(which - 1) -> stage[which] = parked
     :: else -> stage[which] = waiting
     fi
#else
     if
     :: stage[which] = candidate
     :: stage[which] = waiting
     fi
#endif
  :: else -> stage[which] = dropped
  fi
}

// service_core::cancel, pipeline::cancel
inline cancel(which) {
  if
  :: state == running && !cancel_requested[which] ->
     if
     :: stage[which] == waiting || stage[which] == candidate ->
        cancel_requested[which] = true;
        stage[which] = over
     :: stage[which] == speculating -> cancel_requested[which] = true
     :: stage[which] == in_engine ->
        cancel_requested[which] = true;
        list[which] = in_cancelling
     :: else
     fi;
     settle();
     ensure_pass();
     L14()
  :: else
  fi
}

// ---- threads

#define thread_locals \
  byte i = 0, j = 0, tried = 0, batch = 0, cancels = 0, returned = 0; \
  bool is_over = false, was_parked = false

// What the handler of operation 0 does.
inline handler() {
#if defined(HANDLER_BLOCKS)
  if // until another handler has returned
  :: next == 0 -> is_handled[1]
  :: else
  fi
#elif defined(HANDLER_STARTS)
  if // another operation, and blocks until its handler has returned
  :: next == 0 -> start(1); let_others_run; is_handled[1]
  :: else
  fi
#elif defined(HANDLER_WAITS)
  if // in a synchronous function
  :: next == 0 && stage[1] != unstarted -> wait_until(1, 0); let_others_run
  :: else
  fi
#else
  skip
#endif
}

proctype context_thread() {
  thread_locals;
  bool is_first = false, is_untouched = false;
  byte next = 0;
  atomic {
    do
    :: stopped -> break
    :: !stopped && posted != 0 ->
       posted--;
       passes++;
       run_posted_pass();
       let_others_run
    :: !stopped && reactor == queued ->
       reactor = idle;
       passes++;
       run_waited_pass();
       let_others_run
    :: !stopped && reactor == waits && notifier ->
       reactor = queued;
       let_others_run
    :: !stopped && !has_outstanding_work ->
       // run() may return only when everything has been handled.
       assert(every(is_at_end));
       stopped = true;
       break
    od;
    ended_threads++
  }
}

proctype initiating_thread() {
  byte which = 0;
  atomic {
    do
    :: which < STARTED ->
#ifdef LEARN
       if // context_link::set_executor
       :: which == 1 -> can_post = true
       :: else
       fi;
#endif
       start(which);
       which++;
       if
       :: which == STARTED -> guards--
       :: else
       fi;
       let_others_run
    :: else -> break
    od
  }
}

proctype waiting_thread(byte number) {
  thread_locals;
  byte mine = N - 1 - number;
  atomic {
    start(mine);
    guards--;
    let_others_run;
    wait_until(mine, number);
    assert(is_settled(mine) || state == ended);
    ended_waiters++
  }
}

// After operation 1, which may be in a synchronous function of the same thread.
proctype cancelling_thread() {
  byte i = 0, j = 0;
  atomic {
    stage[0] != unstarted && is_settled(1);
    cancel(0)
  }
}

// stream_access.cpp: place_in_order::leave. A synchronous function was at the position that operation 1 waits for.
proctype leaving_thread() {
  byte j = 0;
  atomic {
    stage[1] == parked;
    stage[1] = waiting;
    ensure_pass();
    L17()
  }
}

// lifetime.cpp: service_core::shut_down, take_everything; leave_context
proctype shutting_down_thread() {
  byte i = 0, j = 0;
  atomic {
#ifdef JOINS // as programs must, and thread_pool does
    stopped = true;
    ended_threads == CONTEXTS;
#endif
    state = draining;
    do
    :: is_owned || speculating_threads != 0 -> wait_for_change(SHUT_DOWN)
    :: else -> break
    od;
    is_owned = true;
    let_others_run;
    i = 0; // engine::drain
    do
    :: i < N ->
       if
       :: place[i] != nowhere -> place[i] = nowhere
       :: else
       fi;
       i++
    :: else -> break
    od;
    let_others_run;
    if // context_link::disconnect
    :: reactor == waits -> reactor = queued
    :: else
    fi;
    i = 0; // take_everything
    do
    :: i < N ->
       assert(stage[i] != over && stage[i] != speculating);
       if
       :: stage[i] != unstarted && stage[i] != delivered && stage[i] != dropped -> stage[i] = dropped
       :: else
       fi;
       i++
    :: else -> break
    od;
    i = 0;
    is_owned = false;
    let_others_run; // end_files
    state = ended;
    L16();
    L15();
    let_others_run; // engine_set::end
    // service_core::leave_context
    let_others_run;
    are_notifiers_closed = true;
    stopped = true;
    // The context's handlers are destroyed.
    assert(stage[0] == unstarted || stage[0] == delivered || stage[0] == dropped);
    assert(stage[1] == unstarted || stage[1] == delivered || stage[1] == dropped)
  }
}

#ifdef LIVENESS // also: no thread goes round forever. Needs weak fairness.
ltl ends { <> (ended_threads == CONTEXTS && ended_waiters == WAITERS) }
#endif

init {
  byte j = 0;
  atomic {
#ifdef KIND
    kind = KIND;
#else
    if
    :: kind = ring
    :: kind = at_once
    :: kind = always
    fi;
#endif
    run engine();
    guards = WAITERS + (STARTED != 0 -> 1 : 0);
    do
    :: j < CONTEXTS -> run context_thread(); j++
    :: else -> break
    od;
    j = 0;
    do
    :: j < WAITERS -> run waiting_thread(j); j++
    :: else -> break
    od;
    j = 0;
    if
    :: STARTED != 0 -> run initiating_thread()
    :: else
    fi;
#ifdef CANCELS
    run cancelling_thread();
#endif
#ifdef LEAVES
    run leaving_thread();
#endif
#ifdef SHUTS_DOWN
    run shutting_down_thread()
#endif
  }
}
