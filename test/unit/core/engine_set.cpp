// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// When each engine is made, and which of them runs an operation.

#include "service/engine_set.hpp"

#include "fakes/fake_calls.hpp"
#include "fakes/fake_engine.hpp"
#include "fakes/fake_operation.hpp"

#include "service/file_registry.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <memory>

using namespace asiofile::detail;
using namespace fakes;
using asiofile::backend_report;

namespace {

struct engines_of {
  explicit engines_of(backend wanted, bool strict = false) {
    options.backend = wanted;
    options.strict = strict;
  }

  asiofile::service_options options;
  notifier completions;
  fake_engine ring{backend::io_uring}, aio{backend::libaio}, threads{backend::threads};
  fake_calls calls;
  backend_report of_ring{backend::io_uring, true, {}, {}, {}};
  backend_report of_aio{backend::libaio, true, {}, {}, {}};
  unsigned probes = 0;
  engine_makers makers{
      [this](const auto&, notifier& to, backend_report& report) {
        report = of_ring;
        return report.available ? ring.make(to) : nullptr;
      },
      [this](const auto&, notifier& to, backend_report& report) {
        report = of_aio;
        return report.available && !report.error ? aio.make(to) : nullptr;
      },
      [this](notifier& to) { return threads.make(to); },
      [this](backend which) {
        ++probes;
        return which == backend::libaio ? of_aio : backend_report{which, true, {}, {}, {}};
      }};
  std::unique_ptr<engine_set> set = std::make_unique<engine_set>(options, completions, makers);

  file_facts buffered() { return calls.facts(9); }
  file_facts direct() {
    file_facts its = buffered();
    its.is_direct = true;
    return its;
  }
};

// A transfer on a file.
class on_target : public fake_transfer {
 public:
  on_target(operation_target& on, operation_kind kind, std::uint64_t offset = 0)
      : fake_transfer(kind, 100, offset) {
    get().target = &on;
  }
};

class file_target final : public operation_target {
 public:
  explicit file_target(const file_facts& its) { facts = its; }
};

backend_report refused(backend which) {
  return {which, false, "some_call", {EPERM, boost::system::system_category()}, "not here"};
}

constexpr engine_index kernel = 0, others = 1;

}  // namespace

BOOST_AUTO_TEST_SUITE(core_engine_set)

BOOST_AUTO_TEST_CASE(a_ring_is_made_when_the_backend_is_chosen) {
  engines_of its(backend::io_uring);
  BOOST_TEST(its.threads.made == 1U);
  BOOST_TEST(its.ring.made == 0U);
  BOOST_TEST(its.set->choose() == 0);
  BOOST_TEST(its.set->choose() == 0);
  BOOST_TEST(its.ring.made == 1U);
  BOOST_TEST((its.set->preferred() == backend::io_uring));
  BOOST_TEST(its.set->completes_cached_reads());
}

BOOST_AUTO_TEST_CASE(an_aio_context_is_made_for_the_first_direct_file) {
  engines_of its(backend::libaio);
  BOOST_TEST(its.set->opened(its.buffered()) == 0);
  BOOST_TEST((its.set->preferred() == backend::libaio));
  BOOST_TEST(its.aio.made == 0U);
  file_facts of_pipe = its.direct();
  of_pipe.is_storage = false;
  BOOST_TEST(its.set->opened(of_pipe) == 0);
  BOOST_TEST(its.aio.made == 0U);
  BOOST_TEST(its.set->opened(its.direct()) == 0);
  BOOST_TEST(its.set->opened(its.direct()) == 0);
  BOOST_TEST(its.aio.made == 1U);
  BOOST_TEST(!its.set->completes_cached_reads());
}

BOOST_AUTO_TEST_CASE(no_aio_context_is_made_for_other_backends) {
  engines_of its(backend::threads);
  BOOST_TEST(its.set->opened(its.direct()) == 0);
  BOOST_TEST(its.aio.made == 0U);
  BOOST_TEST(its.ring.made == 0U);
  BOOST_TEST((its.set->preferred() == backend::threads));
}

BOOST_AUTO_TEST_CASE(without_a_context_the_threads_do_its_work_and_it_is_tried_once) {
  engines_of its(backend::libaio);
  its.of_aio.error = {EAGAIN, boost::system::system_category()};
  its.of_aio.failing_call = "io_setup";
  BOOST_TEST(its.set->opened(its.direct()) == 0);
  its.of_aio.error = {};
  BOOST_TEST(its.set->opened(its.direct()) == 0);
  BOOST_TEST(its.aio.made == 0U);
  BOOST_TEST(its.set->why().find("libaio: not available when a file needed it: io_setup") !=
             std::string::npos);
  file_target file(its.direct());
  on_target read(file, operation_kind::read);
  BOOST_TEST(its.set->route(read.get()) == others);
}

BOOST_AUTO_TEST_CASE(strict_reports_that_there_is_no_context) {
  engines_of its(backend::libaio, true);
  BOOST_TEST(its.set->choose() == 0);
  its.of_aio.error = {EAGAIN, boost::system::system_category()};
  BOOST_TEST(its.set->opened(its.buffered()) == 0);
  BOOST_TEST(its.set->opened(its.direct()) == EAGAIN);
  BOOST_TEST(its.set->opened(its.direct()) == EAGAIN);
}

BOOST_AUTO_TEST_CASE(strict_refuses_everything_where_the_ring_is_refused) {
  engines_of its(backend::io_uring, true);
  its.of_ring = refused(backend::io_uring);
  BOOST_TEST(its.set->opened(its.buffered()) == EPERM);
  BOOST_TEST(its.set->refusal() == EPERM);
  BOOST_TEST((its.set->preferred() == backend::automatic));
  file_target file(its.buffered());
  on_target read(file, operation_kind::read);
  BOOST_TEST(its.set->route(read.get()) == no_engine);
}

BOOST_AUTO_TEST_CASE(without_strict_the_next_one_runs) {
  engines_of its(backend::io_uring);
  its.of_ring = refused(backend::io_uring);
  its.of_aio = refused(backend::libaio);
  BOOST_TEST(its.set->choose() == 0);
  BOOST_TEST((its.set->preferred() == backend::threads));
  BOOST_TEST(its.set->refusal() == 0);
  BOOST_TEST(its.set->registry() == nullptr);
  BOOST_TEST(!its.set->completes_cached_reads());
}

BOOST_AUTO_TEST_CASE(a_ring_that_is_given_up_is_told_and_passed_over) {
  engines_of its(backend::io_uring);
  its.set->choose();
  file_target file(its.buffered());
  on_target read(file, operation_kind::read);
  BOOST_TEST(its.set->route(read.get()) == kernel);
  its.ring.failure = EPERM;
  BOOST_TEST(its.set->route(read.get()) == others);
  BOOST_TEST((its.set->preferred() == backend::threads));
  BOOST_TEST(its.set->why().find("io_uring: given up since") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(others_are_tried_for_people_unless_it_is_as_asked) {
  engines_of as_asked(backend::threads);
  static_cast<void>(as_asked.set->why());
  BOOST_TEST(as_asked.probes == 1U);
  engines_of fallen_back(backend::io_uring);
  fallen_back.of_ring = refused(backend::io_uring);
  static_cast<void>(fallen_back.set->why());
  const unsigned probes = fallen_back.probes;
  BOOST_TEST(probes == 2U);
  // Known results are not tried again.
  static_cast<void>(fallen_back.set->why());
  BOOST_TEST(fallen_back.probes == probes);
}

BOOST_AUTO_TEST_CASE(capacity_is_that_of_the_smallest) {
  engines_of its(backend::io_uring);
  BOOST_TEST(its.set->capacity() == 1024U);
  its.ring.capacity = 16;
  its.set->choose();
  BOOST_TEST(its.set->capacity() == 16U);
}

BOOST_AUTO_TEST_CASE(an_operation_goes_to_the_first_engine_that_accepts_it) {
  engines_of its(backend::io_uring);
  its.set->choose();
  file_target file(its.buffered());
  on_target read(file, operation_kind::read);
  BOOST_TEST(its.set->route(read.get()) == kernel);
  read.get().prefers_worker = true;
  BOOST_TEST(its.set->route(read.get()) == others);
  read.get().prefers_worker = false;
  read.get().refused_by = 1U << kernel;
  BOOST_TEST(its.set->route(read.get()) == others);
  read.get().refused_by = 1U << kernel | 1U << others;
  BOOST_TEST(its.set->route(read.get()) == no_engine);
  read.get().refused_by = 0;
  its.ring.accepts = [](const operation&) { return false; };
  BOOST_TEST(its.set->route(read.get()) == others);
  its.threads.accepts = its.ring.accepts;
  BOOST_TEST(its.set->route(read.get()) == no_engine);
}

BOOST_AUTO_TEST_CASE(another_engine_is_one_behind_that_accepts_and_has_not_refused) {
  engines_of its(backend::io_uring);
  its.set->choose();
  file_target file(its.buffered());
  on_target read(file, operation_kind::read);
  read.get().engine = kernel;
  BOOST_TEST(its.set->has_another(read.get()));
  read.get().engine = others;
  BOOST_TEST(!its.set->has_another(read.get()));
  read.get().engine = kernel;
  read.get().refused_by = 1U << others;
  BOOST_TEST(!its.set->has_another(read.get()));
  read.get().refused_by = 0;
  its.threads.accepts = [](const operation&) { return false; };
  BOOST_TEST(!its.set->has_another(read.get()));
}

BOOST_AUTO_TEST_CASE(an_operation_is_named_after_its_engine_also_when_that_is_gone) {
  engines_of its(backend::io_uring);
  its.set->choose();
  fake_operation size(operation_kind::size);
  BOOST_TEST((its.set->name_of(size.get().engine) == backend::automatic));
  size.get().engine = kernel;
  BOOST_TEST((its.set->name_of(size.get().engine) == backend::io_uring));
  size.get().engine = others;
  BOOST_TEST((its.set->name_of(size.get().engine) == backend::threads));
  its.set->end();
  BOOST_TEST((its.set->name_of(size.get().engine) == backend::threads));
}

namespace {

// Sets RLIMIT_FSIZE while it lives.
class file_size_limit {
 public:
  explicit file_size_limit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit now = before_;
    now.rlim_cur = bytes;
    BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &now) == 0);
    before_action_ = ::signal(SIGXFSZ, SIG_IGN);
  }
  ~file_size_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, before_action_);
  }

 private:
  rlimit before_{};
  void (*before_action_)(int) = nullptr;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_write_that_may_signal_is_for_a_worker) {
  engines_of its(backend::io_uring);
  its.set->choose();
  file_target file(its.buffered());
  on_target far(file, operation_kind::write, 1U << 31), read(file, operation_kind::read, 1U << 31);
  BOOST_TEST(!its.set->may_signal(far.get()));
  BOOST_TEST(its.set->route(far.get()) == kernel);
  const file_size_limit limit(1U << 30);
  // Asked once in a batch.
  BOOST_TEST(!its.set->may_signal(far.get()));
  its.set->begin_batch();
  BOOST_TEST(its.set->may_signal(far.get()));
  BOOST_TEST(its.set->route(far.get()) == others);
  BOOST_TEST(!its.set->may_signal(read.get()));
  BOOST_TEST(its.set->route(read.get()) == kernel);
  on_target just(file, operation_kind::write, (1U << 30) - 100);
  on_target over(file, operation_kind::write, (1U << 30) - 99);
  BOOST_TEST(!its.set->may_signal(just.get()));
  BOOST_TEST(its.set->may_signal(over.get()));
  on_target at_own_position(file, operation_kind::write);
  at_own_position.get().offset = transfer_operation::descriptor_position;
  BOOST_TEST(its.set->may_signal(at_own_position.get()));
  file_facts facts = its.buffered();
  facts.status_flags = O_APPEND;
  file_target appended(facts);
  on_target append(appended, operation_kind::write);
  BOOST_TEST(its.set->may_signal(append.get()));
}

BOOST_AUTO_TEST_CASE(engines_are_given_what_is_theirs) {
  engines_of its(backend::io_uring);
  its.set->choose();
  fake_operation a(operation_kind::size), b(operation_kind::size);
  a.get().engine = kernel;
  b.get().engine = others;
  engine_set::batches batches;
  batches[kernel].push_back(a.get());
  batches[others].push_back(b.get());
  its.set->submit(batches);
  BOOST_TEST(its.ring.has(a.get()));
  BOOST_TEST(its.threads.has(b.get()));
  engine_set::batches empty;
  its.set->submit(empty);
  BOOST_TEST(its.ring.batches.size() == 1U);
  its.set->cancel(b.get());
  BOOST_TEST(its.ring.cancels.empty());
  BOOST_TEST((its.threads.cancels == std::vector<operation*>{&b.get()}));
  its.ring.complete(a.get(), 1);
  its.threads.complete(b.get(), 2);
  engine_queue over;
  its.set->reap(over);
  BOOST_TEST(over.size() == 2U);
  over.clear();
}

BOOST_AUTO_TEST_CASE(all_engines_are_told_to_notify_also_where_one_has_something) {
  for (const bool first : {true, false}) {
    engines_of its(backend::io_uring);
    its.set->choose();
    BOOST_TEST(!its.set->notify(true));
    BOOST_TEST(its.ring.notifies);
    BOOST_TEST(its.threads.notifies);
    BOOST_TEST(!its.set->notify(false));
    BOOST_TEST(!its.ring.notifies);
    BOOST_TEST(!its.threads.notifies);
    fake_engine& busy = first ? its.ring : its.threads;
    fake_operation size(operation_kind::size);
    size.get().engine = first ? kernel : others;
    engine_set::batches batches;
    batches[size.get().engine].push_back(size.get());
    its.set->submit(batches);
    busy.complete(size.get(), 0);
    BOOST_TEST(its.set->notify(true));
    BOOST_TEST(its.ring.notifies);
    BOOST_TEST(its.threads.notifies);
    engine_queue over;
    its.set->drain(over);
    BOOST_TEST(over.size() == 1U);
    BOOST_TEST(its.ring.is_drained);
    BOOST_TEST(its.threads.is_drained);
    over.clear();
  }
}

BOOST_AUTO_TEST_CASE(after_the_end_none_is_made_any_more) {
  engines_of its(backend::libaio);
  its.set->end();
  BOOST_TEST(!its.threads.exists());
  BOOST_TEST(its.set->choose() == ECANCELED);
  BOOST_TEST(its.set->opened(its.direct()) == ECANCELED);
  BOOST_TEST(its.aio.made == 0U);
  file_target file(its.buffered());
  on_target read(file, operation_kind::read);
  BOOST_TEST(its.set->route(read.get()) == no_engine);
  engine_queue over;
  its.set->reap(over);
  its.set->drain(over);
  BOOST_TEST(!its.set->notify(true));
  BOOST_TEST(over.empty());
}

BOOST_AUTO_TEST_CASE(where_there_is_no_worker_the_caller_closes) {
  engines_of its(backend::threads);
  auto unused = std::make_unique<opening>();
  give_descriptor(*unused, its.calls.facts(31), ownership::owned, false);
  its.set->close_on_worker(std::move(unused));
  BOOST_TEST(its.calls.has_closed(31));
}

BOOST_AUTO_TEST_CASE(engines_go_through_a_fork_in_the_parent) {
  engines_of its(backend::io_uring);
  its.set->choose();
  its.set->prepare_fork();
  BOOST_TEST(its.ring.is_prepared);
  BOOST_TEST(its.threads.is_prepared);
  its.set->resume_in_parent();
  BOOST_TEST(its.ring.resumed == 1U);
  BOOST_TEST(its.threads.resumed == 1U);
  // None is being made: the mutex is free again.
  BOOST_TEST(its.set->choose() == 0);
  BOOST_TEST(its.ring.made == 1U);
}

BOOST_AUTO_TEST_CASE(engines_are_made_anew_in_a_child) {
  for (const backend which : {backend::io_uring, backend::libaio}) {
    engines_of its(which);
    BOOST_TEST(its.set->opened(its.direct()) == 0);
    fake_engine& made = which == backend::io_uring ? its.ring : its.aio;
    its.set->prepare_fork();
    its.set->abandon(true);
    BOOST_TEST(made.is_abandoned);
    BOOST_TEST(its.threads.is_abandoned);
    BOOST_TEST(!made.exists());
    BOOST_TEST(!its.threads.exists());
    its.set->remake_in_child();
    BOOST_TEST(made.made == 2U);
    BOOST_TEST(its.threads.made == 2U);
    file_target file(its.buffered());
    on_target read(file, operation_kind::read);
    BOOST_TEST(its.set->route(read.get()) == kernel);
  }
}

BOOST_AUTO_TEST_CASE(a_child_has_no_kernel_engine_where_its_parent_had_none) {
  engines_of its(backend::libaio);
  BOOST_TEST(its.set->opened(its.buffered()) == 0);
  its.set->prepare_fork();
  its.set->abandon(true);
  its.set->remake_in_child();
  BOOST_TEST(its.aio.made == 0U);
  BOOST_TEST(its.threads.made == 2U);
  BOOST_TEST(its.set->opened(its.direct()) == 0);
  BOOST_TEST(its.aio.made == 1U);
}

BOOST_AUTO_TEST_CASE(a_child_whose_ring_is_refused_runs_on_threads) {
  engines_of its(backend::io_uring);
  its.set->choose();
  its.set->prepare_fork();
  its.set->abandon(true);
  its.of_ring = refused(backend::io_uring);
  its.set->remake_in_child();
  BOOST_TEST(its.set->refusal() == 0);
  file_target file(its.buffered());
  on_target read(file, operation_kind::read);
  BOOST_TEST(its.set->route(read.get()) == others);
}

BOOST_AUTO_TEST_CASE(a_child_without_memory_refuses_everything) {
  engines_of its(backend::io_uring);
  its.set->choose();
  its.set->prepare_fork();
  its.set->abandon(true);
  its.makers.others = [](notifier&) -> std::unique_ptr<engine> { throw std::bad_alloc(); };
  its.set->remake_in_child();
  BOOST_TEST(its.set->refusal() == ENOMEM);
}

BOOST_AUTO_TEST_CASE(without_memory_there_is_no_choice_yet) {
  engines_of its(backend::io_uring);
  const auto make = its.makers.io_uring;
  its.makers.io_uring = [](const auto&, notifier&, backend_report&) -> std::unique_ptr<engine> {
    throw std::bad_alloc();
  };
  BOOST_TEST(its.set->choose() == ENOMEM);
  BOOST_TEST(its.set->opened(its.buffered()) == ENOMEM);
  its.makers.io_uring = make;
  BOOST_TEST(its.set->choose() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
