// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The io_uring engine on the kernel's rings.

#if defined(ASIOFILE_HAS_LIBURING)

#include "child_process.hpp"
#include "driven_operation.hpp"
#include "engines/io_uring_engine.hpp"
#include "file_contents.hpp"
#include "restrictions.hpp"
#include "sanitizers.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/file.h>
#include <sys/resource.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace asiofile::detail;
using namespace test_support;
using asiofile::backend_report;

namespace {

constexpr std::size_t block = 4096;
constexpr std::uint32_t file_number = 9;

struct kernel_fixture {
  watchdog limit{std::chrono::seconds(60)};
  temporary_directory directory;
  notifier completed;
  backend_report report;
  std::unique_ptr<io_uring_engine> engine;
  std::deque<driven_transfer> transfers;

  // False, and the case is skipped, if there is no io_uring here.
  bool make(ring_options options = {.submission_entries = 64, .in_flight_max = 64}) {
    engine = io_uring_engine::create(options, completed, report);
    if (!engine) skip("io_uring does not work here: " + report.explanation);
    return engine != nullptr;
  }
  engine_driver driver() { return {*engine, completed}; }

  std::string pattern_file(std::size_t blocks) {
    return make_pattern_file(directory.path("data"), file_number, blocks * block);
  }
  driven_transfer& add(driven_file& file, operation_kind kind, std::size_t at,
                       std::size_t size = block) {
    return transfers.emplace_back(file, kind, at, size);
  }
  std::vector<operation*> all() {
    std::vector<operation*> pointers;
    for (driven_transfer& each : transfers) pointers.push_back(&*each);
    return pointers;
  }
};

bool is_direct_possible(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC);
  if (fd != -1) ::close(fd);
  return fd != -1;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(io_uring_engine_at_work, kernel_fixture)

BOOST_AUTO_TEST_CASE(reads_writes_chains_and_syncs_do_what_they_say) {
  if (!make()) return;
  driven_file file(pattern_file(8), O_RDWR);
  driven_transfer& read = add(file, operation_kind::read, 3 * block);
  driven_transfer& short_read = add(file, operation_kind::read, 7 * block + 100);
  driven_transfer& end = add(file, operation_kind::read, 9 * block);
  driven_transfer& chain = add(file, operation_kind::write, block).with_sync(sync_after::data);
  fill_pattern({chain.bytes(), block}, file_number + 1, block);
  driven_sync sync(file, operation_kind::sync_all);
  auto operations = all();
  operations.push_back(&*sync);
  driver().submit(operations);
  BOOST_TEST(driver().reap(5).size() == 5U);
  BOOST_TEST(read->result == std::int64_t{block});
  BOOST_TEST(has_pattern({read.bytes(), block}, file_number, 3 * block));
  BOOST_TEST(short_read->result == std::int64_t{block - 100});
  BOOST_TEST(end->result == 0);
  BOOST_TEST(chain->result == std::int64_t{block});
  BOOST_TEST(chain->sync_result == 0);
  BOOST_TEST(sync->result == 0);
  const std::string content = read_file(directory.path("data"));
  BOOST_TEST(has_pattern(std::string_view(content).substr(block, block), file_number + 1, block));
}

BOOST_AUTO_TEST_CASE(the_files_own_errors_come_through_and_concern_nobody_else) {
  if (!make()) return;
  driven_file file(pattern_file(2), O_RDONLY);
  driven_file closed(1'000'000);
  driven_transfer& before = add(file, operation_kind::read, 0);
  driven_transfer& chain = add(file, operation_kind::write, 0).with_sync(sync_after::all);
  driven_transfer& nowhere = add(closed, operation_kind::read, 0);
  driven_transfer& priority = add(file, operation_kind::read, 0);
  priority->priority = transfer_operation::invalid_priority;
  driven_transfer& after = add(file, operation_kind::read, block);
  driver().submit(all());
  BOOST_TEST(driver().reap(5).size() == 5U);
  BOOST_TEST(before->result == std::int64_t{block});
  BOOST_TEST(chain->result == -EBADF);
  BOOST_TEST(chain->sync_result == transfer_operation::sync_not_run);
  BOOST_TEST(nowhere->result == -EBADF);
  BOOST_TEST(priority->result == -EINVAL);
  BOOST_TEST(after->result == std::int64_t{block});
}

BOOST_AUTO_TEST_CASE(a_short_write_runs_no_sync) {
  if (!children_can_be_trusted()) return;
  if (!make()) return;
  const std::string path = pattern_file(1);
  child_process child([&] {
    struct sigaction ignored {};
    ignored.sa_handler = SIG_IGN;
    ::sigaction(SIGXFSZ, &ignored, nullptr);
    set_limit(RLIMIT_FSIZE, block + 100);
    notifier own;
    auto made = io_uring_engine::create({}, own, report);
    child_require(made != nullptr, "no ring");
    driven_file file(path, O_RDWR);
    driven_transfer chain(file, operation_kind::write, block, block);
    chain.with_sync(sync_after::all);
    engine_driver with(*made, own);
    with.submit({&*chain});
    child_require(with.reap(1).size() == 1, "it did not come back");
    child_require(chain->result == 100, std::to_string(chain->result) + " bytes written");
    child_require(chain->sync_result == transfer_operation::sync_not_run, "the sync ran");
  });
  const auto ended = child.wait();
  BOOST_TEST(ended.succeeded(), ended);
}

BOOST_AUTO_TEST_CASE(ten_thousand_operations_pass_through_a_ring_of_two_entries) {
  if (!make({.submission_entries = 2, .in_flight_max = 100})) return;
  constexpr std::size_t blocks = 64;
  driven_file file(pattern_file(blocks), O_RDONLY);
  for (std::size_t i = 0; i != 100; ++i) add(file, operation_kind::read, i % blocks * block);
  for (int round = 0; round != 100; ++round) {
    for (driven_transfer& each : transfers) each.bytes()[0] = each.bytes()[block - 1] = 0;
    driver().submit(all());
    BOOST_REQUIRE(driver().reap(transfers.size()).size() == transfers.size());
    for (driven_transfer& each : transfers) {
      BOOST_REQUIRE(each->result == std::int64_t{block});
      BOOST_REQUIRE(each.bytes()[0] == pattern_byte(file_number, each->offset));
      BOOST_REQUIRE(each.bytes()[block - 1] ==
                    pattern_byte(file_number, each->offset + block - 1));
    }
  }
}

// With SQPOLL, io_uring_submit(3) counts entries of earlier calls as well.
BOOST_AUTO_TEST_CASE(thousands_of_small_submissions_pass_a_polling_thread) {
  if (!make({.submission_entries = 8, .in_flight_max = 64, .submission_polling = true})) return;
  constexpr std::size_t blocks = 64;
  constexpr std::size_t in_flight = 20;
  const std::size_t total = normally_or_sanitized(20'000, 2'000);
  driven_file file(pattern_file(blocks), O_RDONLY);
  for (std::size_t i = 0; i != in_flight; ++i) add(file, operation_kind::read, i * block);
  std::size_t started = 0;
  for (driven_transfer& each : transfers) driver().submit({&*each}), ++started;
  std::size_t over = 0;
  while (over != started) {
    const auto returned = driver().reap(1);
    BOOST_REQUIRE(!returned.empty());
    for (operation* const each : returned) {
      const transfer_operation& its = as_transfer(*each);
      BOOST_REQUIRE(its.result == std::int64_t{block});
      BOOST_REQUIRE(*static_cast<const char*>(its.buffers->iov_base) ==
                    pattern_byte(file_number, its.offset));
      ++over;
      // One by one, so that the thread has taken the one before or has not.
      if (started != total) driver().submit({each}), ++started;
    }
  }
  BOOST_TEST(over == total);
}

BOOST_AUTO_TEST_CASE(a_polling_thread_that_sleeps_is_woken_up) {
  if (!make({.submission_entries = 8,
             .in_flight_max = 8,
             .submission_polling = true,
             .polling_idle_milliseconds = 1}))
    return;
  driven_file file(pattern_file(1), O_RDONLY);
  for (int i = 0; i != 20; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    driven_transfer read(file, operation_kind::read, 0, block);
    driver().submit({&*read});
    BOOST_TEST(driver().reap(1).size() == 1U);
    BOOST_TEST(read->result == std::int64_t{block});
  }
}

// An operation that a kernel worker runs for the polling thread holds its file open beyond its
// completion, so that a lock on the file outlives its close.
BOOST_AUTO_TEST_CASE(a_polled_ring_holds_no_file_when_its_operations_are_over) {
  if (!make({.submission_entries = 8, .in_flight_max = 8, .submission_polling = true})) return;
  const std::string path = pattern_file(2);
  const bool has_direct = is_direct_possible(path);
  int held = 0;
  for (int round = 0; round != normally_or_sanitized(600, 100); ++round) {
    driven_file file(path, O_RDWR | (has_direct && round % 2 == 0 ? O_DIRECT : 0));
    BOOST_REQUIRE(::flock(file.facts.fd, LOCK_EX | LOCK_NB) == 0);
    driven_transfer read(file, operation_kind::read, 0, block);
    driven_transfer write(file, operation_kind::write, round % 4 == 0 ? 2 * block : 0, block);
    driven_transfer chain(file, operation_kind::write, block, block);
    chain.with_sync(sync_after::data);
    driven_sync sync(file, operation_kind::sync_data);
    std::vector<operation*> accepted;
    const std::vector<operation*> wanted{&*read, &*write, &*chain, &*sync};
    for (operation* const each : wanted) {
      if (engine->accepts(*each)) accepted.push_back(each);
    }
    if (file.facts.is_direct) BOOST_REQUIRE(::ftruncate(file.facts.fd, 2 * block) == 0);
    driver().submit(accepted);
    BOOST_REQUIRE(driver().reap(accepted.size()).size() == accepted.size());
    engine->registry()->release_files();
    file.close();
    const int other = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    held += ::flock(other, LOCK_EX | LOCK_NB) == 0 ? 0 : 1;
    ::close(other);
  }
  BOOST_TEST(held == 0);
}

// ---- threads

BOOST_AUTO_TEST_CASE(what_a_thread_has_submitted_comes_back_when_it_has_ended) {
  if (!make()) return;
  constexpr std::size_t blocks = 32;
  const std::string path = pattern_file(blocks);
  const int flags = O_RDWR | (is_direct_possible(path) ? O_DIRECT : 0);
  driven_file file(path, flags);
  for (int round = 0; round != normally_or_sanitized(60, 10); ++round) {
    transfers.clear();
    for (std::size_t i = 0; i != blocks; ++i) {
      driven_transfer& each = add(file, i % 2 == 0 ? operation_kind::read : operation_kind::write,
                                  i * block);
      fill_pattern({each.bytes(), block}, file_number, i * block);
      if (i % 2 == 1) each.with_sync(sync_after::data);
    }
    std::thread([&] { driver().submit(all()); }).join();
    BOOST_REQUIRE(driver().reap(blocks).size() == blocks);
    for (driven_transfer& each : transfers) {
      const bool is_ended = each->result == -ECANCELED || each->result == -EFAULT;
      BOOST_TEST((is_ended || each->result == std::int64_t{block}), each->result);
      // Only errors of the file itself.
      const bool has_run = each->sync_result == 0;
      BOOST_TEST((has_run || each->sync_result == transfer_operation::sync_not_run),
                 each->sync_result);
    }
  }
}

BOOST_AUTO_TEST_CASE(any_thread_may_cancel_and_each_operation_comes_back_once) {
  if (!make()) return;
  constexpr std::size_t blocks = 48;
  const std::string path = pattern_file(blocks);
  driven_file file(path, O_RDWR | (is_direct_possible(path) ? O_DIRECT : 0));
  for (unsigned round = 0; round != normally_or_sanitized(200U, 30U); ++round) {
    transfers.clear();
    for (std::size_t i = 0; i != blocks; ++i) {
      driven_transfer& each = add(file, operation_kind::write, i * block);
      fill_pattern({each.bytes(), block}, file_number, i * block);
      if (i % 3 == 0) each.with_sync(sync_after::all);
    }
    driver().submit(all());
    std::size_t over = 0;
    if (round % 3 == 1) over += driver().reap().size();
    std::vector<operation*> left;
    for (driven_transfer& each : transfers) {
      if (each->engine_state != 0 && each->number % 2 == 0) left.push_back(&*each);
    }
    const auto cancel = [&] {
      for (operation* const each : left) engine->cancel(*each);
    };
    if (round % 2 == 0)
      cancel();
    else
      std::thread(cancel).join();
    over += driver().reap(blocks - over).size();
    BOOST_REQUIRE(over == blocks);
    for (driven_transfer& each : transfers) {
      const std::int64_t result = each->result;
      const bool is_done = result == std::int64_t{block};
      BOOST_TEST((is_done || result == -ECANCELED || result == -EINTR), result);
    }
    BOOST_REQUIRE(driver().reap().empty());
  }
}

// ---- the end

BOOST_AUTO_TEST_CASE(when_all_is_ended_the_kernel_touches_no_buffer_any_more) {
  constexpr std::size_t size = 256 * 1024;
  constexpr std::size_t count = 32;
  const std::string path = pattern_file(count * size / block);
  for (int round = 0; round != 5; ++round) {
    if (!make()) return;
    driven_file file(path, O_RDONLY | (is_direct_possible(path) ? O_DIRECT : 0));
    transfers.clear();
    for (std::size_t i = 0; i != count; ++i) add(file, operation_kind::read, i * size, size);
    driver().submit(all());
    BOOST_TEST(driver().drain().size() == count);
    for (driven_transfer& each : transfers) std::fill_n(each.bytes(), size, 'x');
    engine.reset();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    for (driven_transfer& each : transfers) BOOST_TEST(all_are({each.bytes(), size}, 'x'));
  }
}

BOOST_AUTO_TEST_CASE(a_child_abandons_the_ring_and_the_parent_goes_on_with_it) {
  if (!children_can_be_trusted() || !make()) return;
  const std::string path = pattern_file(16);
  driven_file file(path, O_RDONLY | (is_direct_possible(path) ? O_DIRECT : 0));
  const auto registry = engine->registry();
  const int index = registry->add_descriptor(file.facts.fd);
  for (std::size_t i = 0; i != 16; ++i) add(file, operation_kind::read, i * block);
  driver().submit(all());
  engine->prepare_fork();
  child_process child([&] {
    engine->abandon();
    engine.reset();
    child_require(!registry->is_in_effect(), "the registry is the parent's");
    child_require(registry->add_descriptor(file.facts.fd) < 0, "the child registers nothing");
    // A separate ring behaves as described.
    notifier own;
    const auto made = io_uring_engine::create({}, own, report);
    child_require(made != nullptr, "no ring in the child");
    driven_transfer read(file, operation_kind::read, 5 * block, block);
    engine_driver with(*made, own);
    with.submit({&*read});
    child_require(with.reap(1).size() == 1 && read->result == block, "it reads");
    child_require(has_pattern({read.bytes(), block}, file_number, 5 * block), "the right bytes");
  });
  const auto ended = child.wait();
  BOOST_TEST(ended.succeeded(), ended);
  engine->resume_after_fork();
  BOOST_TEST(driver().reap(16).size() == 16U);
  for (driven_transfer& each : transfers)
    BOOST_TEST(has_pattern({each.bytes(), block}, file_number, each->offset));
  if (index >= 0) registry->remove_descriptor(static_cast<std::uint16_t>(index));
}

BOOST_AUTO_TEST_CASE(a_child_without_descriptors_gets_no_ring_and_is_told) {
  if (!children_can_be_trusted() || !make()) return;
  engine->prepare_fork();
  child_process child([&] {
    engine->abandon();
    engine.reset();
    set_limit(RLIMIT_NOFILE, 0);
    notifier own;
    child_require(io_uring_engine::create({}, own, report) == nullptr, "it was made");
    child_require(report.error.value() == EMFILE, report.error.message());
    const bool is_advised = report.explanation.find("RLIMIT_NOFILE") != std::string::npos;
    child_require(is_advised, report.explanation);
  });
  const auto ended = child.wait();
  BOOST_TEST(ended.succeeded(), ended);
  engine->resume_after_fork();
}

// ---- limits and sandboxes

// The kernel counts a closed ring against RLIMIT_MEMLOCK for some time.
BOOST_AUTO_TEST_CASE(rings_that_are_made_one_after_the_other_are_alike_under_RLIMIT_MEMLOCK) {
  if (!children_can_be_trusted()) return;
  if (!make()) return;
  if (const auto why = not_root_reason(); !why.empty()) return skip(why);
  engine.reset();
  child_process child([&] {
    // Enough for one ring of this size, and not for two.
    set_limit(RLIMIT_MEMLOCK, 96 * 1024);
    become_nobody();
    for (int i = 0; i != 8; ++i) {
      notifier own;
      const auto made =
          io_uring_engine::create({.submission_entries = 256, .in_flight_max = 512}, own, report);
      child_require(made != nullptr, std::to_string(i) + ": " + report.explanation);
      child_require(made->capacity() == 512, std::to_string(i) + ": " + report.explanation);
    }
  });
  const auto ended = child.wait();
  BOOST_TEST(ended.succeeded(), ended);
}

BOOST_AUTO_TEST_CASE(a_ring_that_RLIMIT_MEMLOCK_has_made_smaller_works_and_says_so) {
  if (!children_can_be_trusted()) return;
  if (!make()) return;
  if (const auto why = not_root_reason(); !why.empty()) return skip(why);
  engine.reset();
  const std::string path = pattern_file(16);
  BOOST_REQUIRE(::chmod(directory.root().c_str(), 0755) == 0);
  constexpr int is_not_counted = 100;
  child_process child([&]() -> int {
    driven_file file(path, O_RDONLY);
    set_limit(RLIMIT_MEMLOCK, 24 * 1024);
    become_nobody();
    notifier own;
    const auto made =
        io_uring_engine::create({.submission_entries = 256, .in_flight_max = 512}, own, report);
    child_require(made != nullptr, report.explanation);
    if (made->capacity() == 512) return is_not_counted;
    child_require(report.explanation.find("24576 bytes here") != std::string::npos,
                  report.explanation);
    engine_driver with(*made, own);
    std::deque<driven_transfer> reads;
    std::vector<operation*> pointers;
    for (std::size_t i = 0; i != made->capacity(); ++i)
      pointers.push_back(&*reads.emplace_back(file, operation_kind::read, i % 16 * block, block));
    with.submit(pointers);
    child_require(with.reap(pointers.size()).size() == pointers.size(), "not all came back");
    for (driven_transfer& each : reads) child_require(each->result == block, "a read failed");
    return 0;
  });
  const auto ended = child.wait();
  if (ended.exit_code == is_not_counted)
    return skip("this kernel does not count rings against RLIMIT_MEMLOCK");
  BOOST_TEST(ended.succeeded(), ended);
}

BOOST_AUTO_TEST_CASE(a_sandbox_that_is_put_on_later_ends_submissions_and_not_what_is_in_flight) {
  if (!children_can_be_trusted()) return;
  if (!make()) return;
  if (const auto why = no_seccomp_reason(); !why.empty()) return skip(why);
  const std::string path = pattern_file(8);
  const bool has_direct = is_direct_possible(path);
  for (const bool is_polled : {false, true}) {
    child_process child([&] {
      notifier own;
      // The polling thread sleeps immediately, and must be woken up.
      const auto made = io_uring_engine::create({.submission_entries = 8,
                                                 .in_flight_max = 8,
                                                 .submission_polling = is_polled,
                                                 .polling_idle_milliseconds = 1},
                                                own, report);
      child_require(made != nullptr, report.explanation);
      engine_driver with(*made, own);
      driven_file file(path, O_RDONLY | (has_direct ? O_DIRECT : 0));
      driven_transfer early(file, operation_kind::read, 0, block);
      driven_transfer late(file, operation_kind::read, block, block);
      with.submit({&*early});
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      refuse_calls({SYS_io_uring_enter}, EPERM);
      with.submit({&*late});
      child_require(with.reap(2).size() == 2, "not both came back");
      child_require(early->result == block, "the first read: " + std::to_string(early->result));
      child_require(late->result == -EOPNOTSUPP, "the second: " + std::to_string(late->result));
      child_require(made->failure() == EPERM && !made->accepts(*late), "it goes on");
      child_require(with.drain().empty(), "it returned something twice");
    });
    const auto ended = child.wait();
    BOOST_TEST(ended.succeeded(), ended);
  }
}

BOOST_AUTO_TEST_SUITE_END()

#endif
