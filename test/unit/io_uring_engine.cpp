// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// How the io_uring engine handles every result that a kernel may return, without a kernel.

#if defined(ASIOFILE_HAS_LIBURING)

#include "child_process.hpp"
#include "driven_operation.hpp"
#include "engines/io_uring_engine.hpp"
#include "fake_ring.hpp"
#include "restrictions.hpp"
#include "system/posix_calls.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace asiofile::detail;
using namespace test_support;
using asiofile::backend_report;

namespace {

constexpr std::int64_t not_set = 12'345;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

std::uint64_t address(operation& which) { return reinterpret_cast<std::uint64_t>(&which); }

struct fake_fixture {
  fake_ring kernel;
  notifier completed;
  backend_report report;
  driven_file file{77};
  std::unique_ptr<io_uring_engine> engine;
  std::deque<driven_transfer> transfers;

  io_uring_engine& make(ring_options options = {.submission_entries = 64, .in_flight_max = 64}) {
    engine = io_uring_engine::create(options, completed, report, kernel);
    BOOST_REQUIRE(engine);
    return *engine;
  }
  engine_driver driver() { return {*engine, completed}; }

  driven_transfer& add(operation_kind kind, std::uint64_t offset = 0, std::size_t size = 4096,
                       std::size_t buffers = 1) {
    driven_transfer& added = transfers.emplace_back(file, kind, offset, size, buffers);
    added->result = not_set;
    return added;
  }
  driven_transfer& add_chain(sync_after sync = sync_after::data) {
    return add(operation_kind::write).with_sync(sync);
  }
  std::vector<operation*> all() {
    std::vector<operation*> pointers;
    for (driven_transfer& each : transfers) pointers.push_back(&*each);
    return pointers;
  }
  void complete_all(int result = 4096) {
    for (const io_uring_sqe& each : std::exchange(kernel.taken, {})) kernel.complete(each, result);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(io_uring_engine_alone, fake_fixture)

// ---- setting up

BOOST_AUTO_TEST_CASE(a_call_that_fails_is_named_and_leaves_nothing) {
  const auto fails = [&](const char* call, int error) {
    BOOST_TEST(!io_uring_engine::create({}, completed, report, kernel));
    BOOST_TEST(report.failing_call == call);
    BOOST_TEST(report.error.value() == error);
    BOOST_TEST(!report.available);
    BOOST_TEST(kernel.open_rings == 0);
  };
  kernel.set_up_errors = {EPERM};
  fails("io_uring_setup", EPERM);
  kernel.round_trip_error = EACCES;
  fails("io_uring_enter", EACCES);
  kernel.round_trip_error = 0;
  kernel.probe_error = EINVAL;
  fails("io_uring_register(IORING_REGISTER_PROBE)", EINVAL);
  kernel.probe_error = 0;
  for (const int missing :
       {IORING_OP_READ, IORING_OP_WRITEV, IORING_OP_FSYNC, IORING_OP_ASYNC_CANCEL}) {
    kernel.missing_operations = {missing};
    fails("io_uring_register(IORING_REGISTER_PROBE)", EOPNOTSUPP);
  }
  kernel.missing_operations.clear();
  kernel.eventfd_error = EMFILE;
  fails("io_uring_register(IORING_REGISTER_EVENTFD)", EMFILE);
}

BOOST_AUTO_TEST_CASE(an_older_kernel_gets_a_ring_without_its_newer_flags) {
  kernel.set_up_errors = {EINVAL};
  make();
  BOOST_REQUIRE(kernel.parameters.size() == 2U);
  constexpr unsigned newer = IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SUBMIT_ALL;
  BOOST_TEST((kernel.parameters[0].flags & newer) == newer);
  BOOST_TEST((kernel.parameters[1].flags & newer) == 0U);
  kernel.set_up_errors = {EINVAL, EINVAL};
  BOOST_TEST(!io_uring_engine::create({}, completed, report, kernel));
  BOOST_TEST(report.error.value() == EINVAL);
}

BOOST_AUTO_TEST_CASE(a_signal_does_not_spoil_the_round_trip) {
  kernel.interrupted_round_trips = 2;
  make();
  BOOST_TEST(report.available);
}

BOOST_AUTO_TEST_CASE(a_polling_thread_that_is_refused_is_told_and_done_without) {
  ring_options options{.submission_entries = 8, .in_flight_max = 8, .submission_polling = true};
  make(options);
  BOOST_TEST((kernel.parameters.back().flags & IORING_SETUP_SQPOLL) != 0U);
  BOOST_TEST(contains(report.explanation, "a kernel thread polls"), report.explanation);
  kernel.set_up_errors = {EPERM};
  make(options);
  BOOST_TEST((kernel.parameters.back().flags & IORING_SETUP_SQPOLL) == 0U);
  BOOST_TEST(contains(report.explanation, "refused a thread that polls"), report.explanation);
}

BOOST_AUTO_TEST_CASE(a_ring_is_halved_until_there_is_memory_for_it_and_says_so) {
  make({.submission_entries = 256, .in_flight_max = 512});
  BOOST_TEST(engine->capacity() == 512U);
  BOOST_TEST(!contains(report.explanation, "RLIMIT_MEMLOCK"), report.explanation);
  kernel.entries_max = 100;
  make({.submission_entries = 256, .in_flight_max = 512});
  BOOST_TEST(kernel.sizes.back() == 64U);
  BOOST_TEST(engine->capacity() == 128U);
  BOOST_TEST(report.available);
  BOOST_TEST(contains(report.explanation, "64 entries, not 256"), report.explanation);
  BOOST_TEST(contains(report.explanation, "128 operations, not 512"), report.explanation);
  BOOST_TEST(contains(report.explanation, "RLIMIT_MEMLOCK"), report.explanation);
}

BOOST_AUTO_TEST_CASE(the_completion_queue_of_a_small_ring_is_halved_too) {
  kernel.completions_max = 16;
  make({.submission_entries = 2, .in_flight_max = 512});
  BOOST_TEST(kernel.sizes.back() == 2U);
  BOOST_TEST(engine->capacity() == 4U);
  BOOST_TEST(contains(report.explanation, "4 operations, not 512"), report.explanation);
}

BOOST_AUTO_TEST_CASE(where_there_is_no_memory_at_all_that_is_told) {
  kernel.entries_max = 0;
  BOOST_TEST(!io_uring_engine::create({}, completed, report, kernel));
  BOOST_TEST(report.error.value() == ENOMEM);
  BOOST_TEST(kernel.sizes.back() == 2U);
}

// The kernel still counts a closed ring for some time: the next one would be smaller, and the one
// after it of full size again.
BOOST_AUTO_TEST_CASE(the_memory_of_a_ring_that_was_just_closed_is_waited_for) {
  make({.submission_entries = 256, .in_flight_max = 512});
  engine.reset();
  kernel.sizes.clear();
  kernel.set_up_errors.assign(20, ENOMEM);
  make({.submission_entries = 256, .in_flight_max = 512});
  BOOST_TEST(kernel.sizes == std::vector<unsigned>(21, 256U), boost::test_tools::per_element());
  BOOST_TEST(!contains(report.explanation, "RLIMIT_MEMLOCK"), report.explanation);
}

BOOST_AUTO_TEST_CASE(without_a_descriptor_for_its_notifier_there_is_no_engine) {
  if (!children_can_be_trusted()) return;
  child_process child([&] {
    set_limit(RLIMIT_NOFILE, 0);
    child_require(!io_uring_engine::create({}, completed, report, kernel), "it was made");
    child_require(report.failing_call == "eventfd" && report.error.value() == EMFILE,
                  report.failing_call + ": " + report.error.message());
  });
  const auto ended = child.wait();
  BOOST_TEST(ended.succeeded(), ended);
}

// ---- what it takes

BOOST_AUTO_TEST_CASE(it_accepts_reads_writes_and_syncs_of_files_on_storage) {
  make();
  driven_transfer& read = add(operation_kind::read);
  driven_transfer& chain = add_chain();
  driven_sync sync(file, operation_kind::sync_all);
  const auto accepted = [&] {
    return std::vector{engine->accepts(*read), engine->accepts(*chain), engine->accepts(*sync)};
  };
  BOOST_TEST((accepted() == std::vector{true, true, true}));
  chain->transferred = chain->requested;
  BOOST_TEST(engine->accepts(*chain));
  file.facts.is_in_memory = true;
  BOOST_TEST((accepted() == std::vector{false, false, false}));
  file.facts.is_in_memory = false;
  file.facts.is_storage = false;
  BOOST_TEST((accepted() == std::vector{false, false, false}));
  file.facts.is_storage = true;
  read->is_at_end = true;
  BOOST_TEST(!engine->accepts(*read));
  // The ring moves the file's position without its lock.
  chain->offset = transfer_operation::descriptor_position;
  BOOST_TEST(!engine->accepts(*chain));

  driven<range_operation> resize(file, operation_kind::resize);
  driven<query_operation> size(file, operation_kind::size);
  BOOST_TEST(!engine->accepts(*resize));
  BOOST_TEST(!engine->accepts(*size));
}

// A kernel worker keeps the file open beyond the completion.
BOOST_AUTO_TEST_CASE(a_polled_ring_accepts_only_what_the_polling_thread_does_itself) {
  make({.submission_entries = 8, .in_flight_max = 8, .submission_polling = true});
  driven_transfer& read = add(operation_kind::read);
  driven_transfer& write = add(operation_kind::write);
  driven_transfer& chain = add_chain();
  driven_sync sync(file, operation_kind::sync_data);
  BOOST_TEST(engine->accepts(*read));
  BOOST_TEST(!engine->accepts(*write));
  BOOST_TEST(!engine->accepts(*sync));
  file.facts.is_direct = true;
  BOOST_TEST(engine->accepts(*read));
  BOOST_TEST(engine->accepts(*write));
  BOOST_TEST(engine->accepts(*chain));
  BOOST_TEST(!engine->accepts(*sync));
  chain->transferred = chain->requested;
  BOOST_TEST(!engine->accepts(*chain));
  // A server would block the polling thread.
  file.facts.is_local = false;
  BOOST_TEST(!engine->accepts(*read));
  BOOST_TEST(!engine->accepts(*write));
}

// ---- entries

// The submitting thread would wait for the server.
BOOST_AUTO_TEST_CASE(an_operation_on_a_servers_file_goes_to_a_kernel_worker) {
  make();
  file.facts.is_local = false;
  add(operation_kind::read, 8192, 512);
  driver().submit(all());
  BOOST_REQUIRE(kernel.taken.size() == 1U);
  BOOST_TEST(int{kernel.taken[0].flags} == int{IOSQE_ASYNC});
}

BOOST_AUTO_TEST_CASE(an_entry_asks_for_what_the_operation_asks_for) {
  make();
  driven_transfer& read = add(operation_kind::read, 8192, 512);
  driven_transfer& write = add(operation_kind::write, 100, 300, 3);
  read->priority = 0x4003;
  write->transferred = 7;
  driver().submit(all());
  BOOST_REQUIRE(kernel.taken.size() == 2U);
  const io_uring_sqe& first = kernel.taken[0];
  BOOST_TEST(int{first.opcode} == int{IORING_OP_READ});
  BOOST_TEST(first.fd == 77);
  BOOST_TEST(first.off == 8192U);
  BOOST_TEST(first.addr == reinterpret_cast<std::uint64_t>(read.bytes()));
  BOOST_TEST(first.len == 512U);
  BOOST_TEST(first.ioprio == 0x4003);
  BOOST_TEST(first.flags == 0);
  BOOST_TEST(first.rw_flags == 0);
  BOOST_TEST(first.user_data == address(*read));
  const io_uring_sqe& second = kernel.taken[1];
  BOOST_TEST(int{second.opcode} == int{IORING_OP_WRITEV});
  BOOST_TEST(second.off == 107U);
  BOOST_TEST(second.addr == reinterpret_cast<std::uint64_t>(write->buffers));
  BOOST_TEST(second.len == 3U);
}

BOOST_AUTO_TEST_CASE(flags_go_with_the_entry_and_no_submitter_waits_for_a_sync) {
  make();
  for (const bool is_direct : {false, true}) {
    kernel.taken.clear();
    file.facts.is_direct = is_direct;
    driven_transfer& durable = add(operation_kind::write);
    durable->flags = asiofile::detail::durable_flag;
    driven_transfer& uncached = add(operation_kind::read);
    uncached->flags = asiofile::detail::uncached_flag;
    durable->concerns_others = uncached->concerns_others = true;
    driver().submit({&*durable, &*uncached});
    BOOST_REQUIRE(kernel.taken.size() == 2U);
    BOOST_TEST(kernel.taken[0].rw_flags == RWF_DSYNC);
    BOOST_TEST(int{kernel.taken[0].flags} == (is_direct ? 0 : int{IOSQE_ASYNC}));
    BOOST_TEST(kernel.taken[1].rw_flags == 0x80);
    BOOST_TEST(int{kernel.taken[1].flags} == 0);
    complete_all();
    BOOST_TEST(driver().reap().size() == 2U);
  }
}

// xfs would write them, and wait for the device, in the submitting thread.
BOOST_AUTO_TEST_CASE(no_submitter_waits_for_the_sync_of_a_file_that_was_opened_so) {
  make();
  for (const int status_flags : {O_RDWR, O_RDWR | O_DSYNC, O_RDWR | O_SYNC}) {
    for (const bool is_direct : {false, true}) {
      kernel.taken.clear();
      file.facts.status_flags = status_flags;
      file.facts.is_direct = is_direct;
      driven_transfer& write = add(operation_kind::write);
      driven_transfer& read = add(operation_kind::read);
      driver().submit({&*write, &*read});
      BOOST_REQUIRE(kernel.taken.size() == 2U);
      const bool waits = !is_direct && status_flags != O_RDWR;
      BOOST_TEST(int{kernel.taken[0].flags} == (waits ? int{IOSQE_ASYNC} : 0));
      BOOST_TEST(int{kernel.taken[1].flags} == 0);
      complete_all();
      BOOST_TEST(driver().reap().size() == 2U);
    }
  }
}

BOOST_AUTO_TEST_CASE(syncs_are_of_the_kind_that_was_asked_for) {
  make();
  driven_sync whole(file, operation_kind::sync_all);
  driven_sync data(file, operation_kind::sync_data);
  driven_transfer& left_data = add_chain(sync_after::data);
  driven_transfer& left_all = add_chain(sync_after::all);
  for (driven_transfer& each : transfers) each->transferred = each->requested;
  driver().submit({&*whole, &*data, &*left_data, &*left_all});
  BOOST_REQUIRE(kernel.taken.size() == 4U);
  for (const io_uring_sqe& each : kernel.taken) {
    BOOST_TEST(int{each.opcode} == int{IORING_OP_FSYNC});
    BOOST_TEST(each.fd == 77);
    BOOST_TEST(each.flags == 0);
  }
  BOOST_TEST(kernel.taken[0].fsync_flags == 0U);
  BOOST_TEST(kernel.taken[1].fsync_flags == IORING_FSYNC_DATASYNC);
  BOOST_TEST(kernel.taken[2].fsync_flags == IORING_FSYNC_DATASYNC);
  BOOST_TEST(kernel.taken[3].fsync_flags == 0U);
}

BOOST_AUTO_TEST_CASE(a_linked_sync_is_behind_its_write_and_of_the_kind_that_was_asked_for) {
  for (const sync_after kind : {sync_after::data, sync_after::all}) {
    make();
    kernel.taken.clear();
    driven_transfer& chain = add_chain(kind);
    chain->registered.file = 3;
    driver().submit({&*chain});
    BOOST_REQUIRE(kernel.taken.size() == 2U);
    BOOST_TEST(int{kernel.taken[0].opcode} == int{IORING_OP_WRITE});
    BOOST_TEST(kernel.taken[0].flags == (IOSQE_IO_LINK | IOSQE_FIXED_FILE));
    BOOST_TEST(int{kernel.taken[1].opcode} == int{IORING_OP_FSYNC});
    BOOST_TEST(kernel.taken[1].flags == IOSQE_FIXED_FILE);
    BOOST_TEST(kernel.taken[1].fd == 3);
    const bool is_data = kernel.taken[1].fsync_flags == IORING_FSYNC_DATASYNC;
    BOOST_TEST(is_data == (kind == sync_after::data));
    complete_all();
    BOOST_TEST(driver().reap().size() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(a_sync_is_not_linked_where_the_write_is_more_than_one_call_does) {
  make();
  driven_transfer& chain = add_chain();
  chain->requested = transfer_bytes_max + 1;
  chain->buffers->iov_len = transfer_bytes_max + 1;
  driver().submit({&*chain});
  BOOST_REQUIRE(kernel.taken.size() == 1U);
  BOOST_TEST(kernel.taken[0].len == transfer_bytes_max);
  BOOST_TEST(kernel.taken[0].flags == 0);
  complete_all();
  BOOST_TEST(driver().reap().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_sync_that_others_share_is_not_linked) {
  make();
  driven_transfer& chain = add(operation_kind::write).with_sync(sync_after::all, false);
  driver().submit({&*chain});
  BOOST_REQUIRE(kernel.taken.size() == 1U);
  BOOST_TEST(kernel.taken[0].flags == 0);
}

BOOST_AUTO_TEST_CASE(registered_memory_is_named_on_direct_files_only) {
  make();
  driven_transfer& read = add(operation_kind::read);
  driven_transfer& write = add(operation_kind::write);
  driven_transfer& vector = add(operation_kind::read, 0, 4096, 2);
  for (driven_transfer& each : transfers) each->registered.buffer = 5;
  driver().submit(all());
  BOOST_TEST(int{kernel.taken[0].opcode} == int{IORING_OP_READ});
  complete_all();
  BOOST_TEST(driver().reap().size() == 3U);
  file.facts.is_direct = true;
  driver().submit({&*read, &*write, &*vector});
  BOOST_REQUIRE(kernel.taken.size() == 3U);
  BOOST_TEST(int{kernel.taken[0].opcode} == int{IORING_OP_READ_FIXED});
  BOOST_TEST(int{kernel.taken[1].opcode} == int{IORING_OP_WRITE_FIXED});
  BOOST_TEST(int{kernel.taken[2].opcode} == int{IORING_OP_READV});
  BOOST_TEST(int{kernel.taken[0].buf_index} == 5);
  BOOST_TEST(int{kernel.taken[1].buf_index} == 5);
}

// ---- submitting and reaping

BOOST_AUTO_TEST_CASE(a_batch_is_one_submission_and_comes_back_once) {
  make();
  for (int i = 0; i != 32; ++i) add(operation_kind::read);
  driver().submit(all());
  BOOST_TEST(kernel.submissions == 1);
  BOOST_TEST(driver().reap().empty());
  complete_all(100);
  const auto over = driver().reap();
  BOOST_REQUIRE(over.size() == 32U);
  for (driven_transfer& each : transfers) {
    BOOST_TEST(has_once(over, *each));
    BOOST_TEST(each->result == 100);
  }
  BOOST_TEST(kernel.submissions == 1);
  BOOST_TEST(driver().reap().empty());
}

BOOST_AUTO_TEST_CASE(a_ring_of_two_entries_takes_ten_thousand_operations) {
  make({.submission_entries = 2, .in_flight_max = 1000});
  std::size_t over = 0;
  for (int round = 0; round != 10; ++round) {
    transfers.clear();
    for (int i = 0; i != 1000; ++i) {
      // For every other one there is room for one entry, but it needs two.
      if (i % 2 == 0)
        add_chain();
      else
        add(operation_kind::read);
    }
    driver().submit(all());
    complete_all();
    over += driver().reap().size();
  }
  BOOST_TEST(over == 10'000U);
}

BOOST_AUTO_TEST_CASE(results_are_the_kernels_but_for_its_own_codes) {
  make();
  for (const int result : {0, -EIO, -EFAULT, -ECANCELED, -512, -514, -516, -517, -511}) {
    driven_transfer& read = add(operation_kind::read);
    driver().submit({&*read});
    complete_all(result);
    BOOST_TEST(driver().reap().size() == 1U);
    const bool is_restart = result <= -512 && result >= -516;
    BOOST_TEST(read->result == (is_restart ? -EINTR : result));
  }
}

BOOST_AUTO_TEST_CASE(a_chain_is_over_when_both_its_parts_are_in_either_order) {
  make();
  for (const bool is_sync_first : {false, true}) {
    driven_transfer& chain = add_chain();
    driver().submit({&*chain});
    const auto entries = std::exchange(kernel.taken, {});
    BOOST_REQUIRE(entries.size() == 2U);
    kernel.complete(entries[is_sync_first ? 1 : 0], is_sync_first ? 0 : 4096);
    BOOST_TEST(driver().reap().empty());
    kernel.complete(entries[is_sync_first ? 0 : 1], is_sync_first ? 4096 : 0);
    BOOST_TEST(driver().reap().size() == 1U);
    BOOST_TEST(chain->result == 4096);
    BOOST_TEST(chain->sync_result == 0);
  }
}

// Kernels before 5.14, or so, ran the sync behind a short write.
BOOST_AUTO_TEST_CASE(a_sync_that_ran_behind_a_short_write_is_told) {
  make();
  for (const int synced : {0, -EIO}) {
    driven_transfer& chain = add_chain();
    driver().submit({&*chain});
    kernel.complete(kernel.taken[0], 100);
    kernel.complete(kernel.taken[1], synced);
    kernel.taken.clear();
    BOOST_TEST(driver().reap().size() == 1U);
    BOOST_TEST(chain->result == 100);
    BOOST_TEST(chain->sync_result == synced);
  }
}

BOOST_AUTO_TEST_CASE(a_sync_that_was_cancelled_has_not_run) {
  make();
  driven_transfer& chain = add_chain();
  driver().submit({&*chain});
  kernel.complete(kernel.taken[0], 100);
  kernel.complete(kernel.taken[1], -ECANCELED);
  BOOST_TEST(driver().reap().size() == 1U);
  BOOST_TEST(chain->sync_result == transfer_operation::sync_not_run);
}

// The kernel ends the sync with EFAULT if the thread that submitted it has ended. If none has, the
// error comes from the file, and the sync must not be repeated.
BOOST_AUTO_TEST_CASE(a_sync_that_ends_with_EFAULT_has_run_unless_a_submitting_thread_has_ended) {
  make();
  const auto sync_result_of = [&](driven_transfer& chain) {
    kernel.complete(kernel.taken[0], 4096);
    kernel.complete(kernel.taken[1], -EFAULT);
    kernel.taken.clear();
    BOOST_TEST(driver().reap().size() == 1U);
    return chain->sync_result;
  };
  driven_transfer& here = add_chain();
  driver().submit({&*here});
  BOOST_TEST(sync_result_of(here) == -EFAULT);
  // The end of a thread that has submitted no chain does not matter.
  driven_transfer& elsewhere = add_chain();
  std::thread([&] { driver().submit({}); }).join();
  driver().submit({&*elsewhere});
  BOOST_TEST(sync_result_of(elsewhere) == -EFAULT);
  driven_transfer& there = add_chain();
  std::thread([&] { driver().submit({&*there}); }).join();
  BOOST_TEST(sync_result_of(there) == transfer_operation::sync_not_run);
}

// ---- submissions that are refused

BOOST_AUTO_TEST_CASE(what_the_kernel_has_no_memory_for_is_refused_and_the_rest_goes_on) {
  for (const int error : {EAGAIN, EBUSY, ENOMEM}) {
    make();
    transfers.clear();
    kernel.taken.clear();
    for (int i = 0; i != 10; ++i) add(operation_kind::read);
    kernel.answers = {3, -error};
    driver().submit(all());
    BOOST_TEST(kernel.taken.size() == 3U);
    BOOST_TEST(kernel.queued() == 0U);
    auto over = driver().reap();
    BOOST_REQUIRE(over.size() == 7U);
    for (std::size_t i = 3; i != 10; ++i) {
      BOOST_TEST(over[i - 3] == &*transfers[i]);
      BOOST_TEST(transfers[i]->result == -EAGAIN);
    }
    // The next one is not the one that was refused.
    driven_transfer& next = add(operation_kind::write);
    driver().submit({&*next});
    BOOST_REQUIRE(kernel.taken.size() == 4U);
    BOOST_TEST(kernel.taken[3].user_data == address(*next));
    complete_all();
    over = driver().reap();
    BOOST_TEST(over.size() == 4U);
    for (const std::size_t i : {0, 1, 2, 10}) BOOST_TEST(transfers[i]->result == 4096);
    BOOST_TEST(engine->failure() == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_submission_that_stops_half_way_goes_on) {
  make();
  for (int i = 0; i != 10; ++i) add(operation_kind::read);
  kernel.answers = {4, -EINTR, 1};
  driver().submit(all());
  BOOST_TEST(kernel.taken.size() == 10U);
  complete_all();
  BOOST_TEST(driver().reap().size() == 10U);
}

// By itself the sync would not wait for its write.
BOOST_AUTO_TEST_CASE(a_sync_that_was_parted_from_its_write_is_not_submitted) {
  make();
  driven_transfer& chain = add_chain();
  driven_transfer& read = add(operation_kind::read);
  kernel.answers = {1};
  driver().submit(all());
  BOOST_REQUIRE(kernel.taken.size() == 3U);
  BOOST_TEST(int{kernel.taken[1].opcode} == int{IORING_OP_NOP});
  BOOST_TEST(kernel.taken[1].flags == 0);
  BOOST_TEST(kernel.taken[2].user_data == address(*read));
  kernel.complete(kernel.taken[1], 0);
  BOOST_TEST(driver().reap().empty());
  kernel.complete(kernel.taken[0], 4096);
  BOOST_TEST(driver().reap().size() == 1U);
  BOOST_TEST(chain->result == 4096);
  BOOST_TEST(chain->sync_result == transfer_operation::sync_not_run);
}

BOOST_AUTO_TEST_CASE(a_sync_that_is_refused_behind_its_write_comes_later) {
  make();
  driven_transfer& chain = add_chain();
  kernel.answers = {1, -EAGAIN};
  driver().submit(all());
  BOOST_TEST(driver().reap().empty());
  BOOST_TEST(kernel.queued() == 0U);
  kernel.complete(kernel.taken[0], 4096);
  BOOST_TEST(driver().reap().size() == 1U);
  BOOST_TEST(chain->result == 4096);
  BOOST_TEST(chain->sync_result == transfer_operation::sync_not_run);
}

BOOST_AUTO_TEST_CASE(a_chain_that_is_refused_comes_back_once) {
  make();
  driven_transfer& chain = add_chain();
  kernel.answers = {-EAGAIN};
  driver().submit(all());
  BOOST_TEST(driver().reap().size() == 1U);
  BOOST_TEST(chain->result == -EAGAIN);
  BOOST_TEST(chain->sync_result == transfer_operation::sync_not_run);
  BOOST_TEST(driver().drain().empty());
}

BOOST_AUTO_TEST_CASE(a_kernel_that_refuses_submissions_for_good_gets_none_any_more) {
  make({.submission_entries = 4, .in_flight_max = 64});
  for (int i = 0; i != 10; ++i) add(operation_kind::read);
  kernel.answers = {4, -EPERM};
  driver().submit(all());
  BOOST_TEST(engine->failure() == EPERM);
  BOOST_TEST(!engine->accepts(*transfers[0]));
  auto over = driver().reap();
  BOOST_TEST(over.size() == 6U);
  for (std::size_t i = 4; i != 10; ++i) BOOST_TEST(transfers[i]->result == -EOPNOTSUPP);
  // An operation that was routed before the failure.
  driven_transfer& late = add(operation_kind::read);
  driver().submit({&*late});
  BOOST_TEST(driver().reap().size() == 1U);
  BOOST_TEST(late->result == -EOPNOTSUPP);
  BOOST_TEST(kernel.submissions == 2);
  // What the kernel has can still be cancelled, and ends.
  engine->cancel(*transfers[0]);
  BOOST_REQUIRE(kernel.cancelled.size() == 1U);
  BOOST_TEST(kernel.cancelled[0].addr == address(*transfers[0]));
  kernel.while_waiting = [&] { complete_all(-ECANCELED); };
  BOOST_TEST(driver().drain().size() == 4U);
  BOOST_TEST(kernel.submissions == 2);
  BOOST_TEST(kernel.cancelled.back().flags == (IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL));
}

// ---- a polled ring

namespace {

struct polled_fixture : fake_fixture {
  polled_fixture() {
    file.facts.is_direct = true;
    make({.submission_entries = 4, .in_flight_max = 64, .submission_polling = true});
  }
};

}  // namespace

// io_uring_submit(3) counts entries of earlier calls as well.
BOOST_FIXTURE_TEST_CASE(a_polling_thread_may_take_two_submissions_at_once, polled_fixture) {
  driven_transfer& first = add(operation_kind::read);
  driven_transfer& second = add(operation_kind::write);
  driver().submit({&*first});
  driver().submit({&*second});
  BOOST_TEST(kernel.queued() == 2U);
  kernel.take();
  BOOST_REQUIRE(kernel.taken.size() == 2U);
  BOOST_TEST(kernel.taken[0].user_data == address(*first));
  BOOST_TEST(kernel.taken[1].user_data == address(*second));
  for (const io_uring_sqe& each : kernel.taken) BOOST_TEST(each.rw_flags == RWF_NOWAIT);
  complete_all();
  BOOST_TEST(driver().reap().size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(buffered_reads_of_a_polled_ring_may_wait_for_the_device, polled_fixture) {
  file.facts.is_direct = false;
  driven_transfer& read = add(operation_kind::read);
  driver().submit({&*read});
  kernel.take();
  BOOST_TEST(kernel.taken.back().rw_flags == 0);
}

BOOST_FIXTURE_TEST_CASE(a_polled_ring_links_no_sync, polled_fixture) {
  driven_transfer& chain = add_chain();
  driver().submit({&*chain});
  kernel.take();
  BOOST_REQUIRE(kernel.taken.size() == 1U);
  BOOST_TEST((kernel.taken[0].flags & IOSQE_IO_LINK) == 0);
  complete_all();
  BOOST_TEST(driver().reap().size() == 1U);
  BOOST_TEST(chain->sync_result == transfer_operation::sync_not_run);
}

BOOST_FIXTURE_TEST_CASE(what_finds_no_room_waits_and_overwrites_nothing, polled_fixture) {
  for (int i = 0; i != 11; ++i) add(operation_kind::read);
  driver().submit(all());
  BOOST_TEST(kernel.queued() == 4U);
  std::size_t over = 0;
  for (int i = 0; i != 6; ++i) {
    kernel.take(2);
    complete_all();
    over += driver().reap().size();
    BOOST_TEST(over <= 2U * static_cast<std::size_t>(i + 1));
  }
  BOOST_TEST(over == 11U);
  for (driven_transfer& each : transfers) BOOST_TEST(each->result == 4096);
}

BOOST_FIXTURE_TEST_CASE(what_waits_for_room_is_cancelled_at_once, polled_fixture) {
  for (int i = 0; i != 6; ++i) add(operation_kind::read);
  driver().submit(all());
  engine->cancel(*transfers[4]);
  // Twice makes no difference.
  engine->cancel(*transfers[4]);
  const auto over = driver().reap();
  BOOST_REQUIRE(over.size() == 1U);
  BOOST_TEST(over[0] == &*transfers[4]);
  BOOST_TEST(transfers[4]->result == -ECANCELED);
  BOOST_TEST(engine->notify(true) == false);
}

BOOST_FIXTURE_TEST_CASE(what_waits_for_room_is_over_first_when_all_is_ended, polled_fixture) {
  for (int i = 0; i != 6; ++i) add(operation_kind::read);
  driver().submit(all());
  kernel.while_waiting = [&] {
    kernel.take();
    complete_all(-ECANCELED);
  };
  BOOST_TEST(driver().drain().size() == 6U);
}

BOOST_FIXTURE_TEST_CASE(a_thread_that_cannot_be_woken_gets_no_entries, polled_fixture) {
  for (int i = 0; i != 6; ++i) add(operation_kind::read);
  kernel.set_sleeping(true);
  kernel.answers = {-EPERM};
  driver().submit(all());
  BOOST_TEST(kernel.queued() == 0U);
  BOOST_TEST(engine->failure() == EPERM);
  BOOST_TEST(driver().reap().size() == 6U);
  for (driven_transfer& each : transfers) BOOST_TEST(each->result == -EOPNOTSUPP);
  BOOST_TEST(driver().drain().empty());
}

BOOST_FIXTURE_TEST_CASE(a_thread_that_has_woken_up_keeps_its_entries, polled_fixture) {
  for (int i = 0; i != 3; ++i) add(operation_kind::read);
  kernel.set_sleeping(false);
  kernel.answers = {-EPERM};
  driver().submit(all());
  BOOST_TEST(kernel.queued() == 3U);
  BOOST_TEST(driver().reap().empty());
  kernel.take();
  complete_all();
  BOOST_TEST(driver().reap().size() == 3U);
}

// ---- cancelling

BOOST_AUTO_TEST_CASE(a_cancellation_names_every_entry_and_goes_before_completions) {
  make();
  driven_transfer& read = add(operation_kind::read);
  driven_transfer& chain = add_chain();
  driver().submit(all());
  kernel.taken.clear();
  engine->cancel(*read);
  engine->cancel(*chain);
  BOOST_TEST(kernel.submissions == 1);
  kernel.complete(address(*read), 4096);
  const auto over = driver().reap();
  BOOST_TEST(over.size() == 1U);
  // All of them in one.
  BOOST_TEST(kernel.submissions == 2);
  BOOST_REQUIRE(kernel.taken.size() == 3U);
  for (const io_uring_sqe& each : kernel.taken)
    BOOST_TEST(int{each.opcode} == int{IORING_OP_ASYNC_CANCEL});
  BOOST_TEST(kernel.taken[0].addr == address(*read));
  BOOST_TEST(kernel.taken[1].addr == address(*chain));
  BOOST_TEST(kernel.taken[2].addr == (address(*chain) | 2));
  // The completions of cancellations belong to no operation.
  for (const int result : {-ENOENT, 0, -EALREADY}) kernel.complete(kernel.taken[0], result);
  BOOST_TEST(driver().reap().empty());
  kernel.complete(address(*chain), -ECANCELED);
  kernel.complete(address(*chain) | 2, -ECANCELED);
  BOOST_TEST(driver().reap().size() == 1U);
  BOOST_TEST(chain->result == -ECANCELED);
  BOOST_TEST(chain->sync_result == transfer_operation::sync_not_run);
}

BOOST_AUTO_TEST_CASE(a_cancellation_finds_room_in_a_full_queue) {
  make({.submission_entries = 2, .in_flight_max = 64});
  for (int i = 0; i != 8; ++i) add(operation_kind::read);
  driver().submit(all());
  kernel.taken.clear();
  for (driven_transfer& each : transfers) engine->cancel(*each);
  BOOST_TEST(driver().reap().empty());
  BOOST_REQUIRE(kernel.taken.size() == 8U);
  for (std::size_t i = 0; i != 8; ++i) BOOST_TEST(kernel.taken[i].addr == address(*transfers[i]));
}

BOOST_FIXTURE_TEST_CASE(a_cancellation_without_room_is_made_by_another_call, polled_fixture) {
  for (int i = 0; i != 4; ++i) add(operation_kind::read);
  driver().submit(all());
  engine->cancel(*transfers[2]);
  BOOST_REQUIRE(kernel.cancelled.size() == 1U);
  BOOST_TEST(kernel.cancelled[0].addr == address(*transfers[2]));
  BOOST_TEST(kernel.cancelled[0].fd == -1);
}

BOOST_AUTO_TEST_CASE(of_what_was_refused_there_is_nothing_to_cancel) {
  make();
  driven_transfer& read = add(operation_kind::read);
  kernel.answers = {-EAGAIN};
  driver().submit(all());
  engine->cancel(*read);
  BOOST_TEST(driver().reap().size() == 1U);
  BOOST_TEST(read->result == -EAGAIN);
  BOOST_TEST(kernel.taken.empty());
  BOOST_TEST(kernel.cancelled.empty());
}

BOOST_AUTO_TEST_CASE(a_cancellation_that_is_refused_is_lost_and_nothing_else_is) {
  make();
  driven_transfer& read = add(operation_kind::read);
  driver().submit(all());
  engine->cancel(*read);
  kernel.answers = {-EAGAIN};
  BOOST_TEST(driver().reap().empty());
  BOOST_TEST(kernel.queued() == 0U);
  complete_all();
  BOOST_TEST(driver().reap().size() == 1U);
  BOOST_TEST(read->result == 4096);
}

// ---- notifying

BOOST_AUTO_TEST_CASE(the_notifier_is_set_only_while_that_is_switched_on) {
  make();
  BOOST_TEST(!kernel.notifies());
  BOOST_TEST(!engine->notify(true));
  BOOST_TEST(kernel.notifies());
  engine->notify(false);
  BOOST_TEST(!kernel.notifies());
}

BOOST_AUTO_TEST_CASE(what_can_be_reaped_already_is_told_when_the_notifier_is_switched_on) {
  make();
  driven_transfer& completed_one = add(operation_kind::read);
  driver().submit({&*completed_one});
  BOOST_TEST(!engine->notify(true));
  complete_all();
  BOOST_TEST(engine->notify(true));
  BOOST_TEST(driver().reap().size() == 1U);
  BOOST_TEST(!engine->notify(true));
  kernel.answers = {-EAGAIN};
  driven_transfer& refused = add(operation_kind::read);
  driver().submit({&*refused});
  BOOST_TEST(engine->notify(true));
  BOOST_TEST(driver().reap().size() == 1U);
  BOOST_TEST(!engine->notify(true));
}

// ---- the end

BOOST_AUTO_TEST_CASE(ending_cancels_everything_until_everything_is_over) {
  make();
  for (int i = 0; i != 5; ++i) add(operation_kind::read);
  add_chain();
  driver().submit(all());
  const auto in_flight = std::exchange(kernel.taken, {});
  std::size_t next = 0;
  // The device completes them one by one.
  kernel.while_waiting = [&] {
    BOOST_REQUIRE(next != in_flight.size());
    kernel.complete(in_flight[next++], -ECANCELED);
  };
  const auto over = driver().drain();
  BOOST_TEST(over.size() == 6U);
  BOOST_TEST(kernel.waits == 7);
  BOOST_REQUIRE(!kernel.taken.empty());
  for (const io_uring_sqe& each : kernel.taken) {
    BOOST_TEST(int{each.opcode} == int{IORING_OP_ASYNC_CANCEL});
    BOOST_TEST(each.cancel_flags == (IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL));
  }
  BOOST_TEST(driver().drain().empty());
  engine.reset();
  BOOST_TEST(kernel.open_rings == 0);
}

BOOST_AUTO_TEST_CASE(its_registry_outlives_it_and_then_has_nothing) {
  make();
  const auto registry = engine->registry();
  BOOST_TEST(registry->is_in_effect());
  engine.reset();
  BOOST_TEST(!registry->is_in_effect());
  BOOST_TEST(registry->add_descriptor(0) == -ECANCELED);
  registry->remove_descriptor(0);
  registry->release_files();
}

BOOST_AUTO_TEST_CASE(a_child_abandons_what_the_kernel_has_without_a_word) {
  make();
  for (int i = 0; i != 3; ++i) add(operation_kind::read);
  driver().submit(all());
  driven_transfer& refused = add(operation_kind::read);
  kernel.answers = {-EAGAIN};
  driver().submit({&*refused});
  const int before = kernel.submissions;
  engine->prepare_fork();
  engine->abandon();
  engine.reset();
  BOOST_TEST(kernel.submissions == before);
  BOOST_TEST(kernel.cancelled.empty());
  BOOST_TEST(kernel.waits == 0);
}

BOOST_AUTO_TEST_SUITE_END()

#endif
