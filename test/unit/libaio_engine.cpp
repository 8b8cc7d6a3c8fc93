// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The libaio engine on the kernel's contexts.

#if defined(ASIOFILE_HAS_LIBAIO)

#include "child_process.hpp"
#include "driven_operation.hpp"
#include "engines/libaio_engine.hpp"
#include "file_contents.hpp"
#include "restrictions.hpp"
#include "sanitizers.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace asiofile::detail;
using namespace test_support;
using asiofile::backend_report;

namespace {

constexpr std::size_t block = 4096;
constexpr std::uint32_t file_number = 11;
constexpr std::int64_t not_set = 12'345;

// The kernel maps each context's completions under that name.
bool has_context() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("/[aio]") != std::string::npos) return true;
  }
  return false;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

struct aio_fixture {
  watchdog limit{std::chrono::seconds(60)};
  temporary_directory directory;
  notifier completed;
  backend_report report;
  std::unique_ptr<libaio_engine> engine;
  std::deque<driven_transfer> transfers;

  // False, and the case is skipped, if that cannot be tested here.
  bool make(std::size_t in_flight_max = 64) {
    engine = libaio_engine::create(in_flight_max, completed, report);
    if (!engine) skip("libaio does not work here: " + report.explanation);
    return engine != nullptr;
  }
  bool has_direct() {
    const int fd = ::open(pattern_file(1).c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC);
    if (fd == -1) skip("the file system refuses O_DIRECT");
    if (fd != -1) ::close(fd);
    return fd != -1;
  }
  engine_driver driver() { return {*engine, completed}; }

  // Not in the page cache: RWF_NOWAIT would refuse to overwrite cached pages.
  std::string pattern_file(std::size_t blocks) {
    const std::string path =
        make_pattern_file(directory.path("data"), file_number, blocks * block);
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    ::fsync(fd);
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    ::close(fd);
    return path;
  }
  driven_transfer& add(driven_file& file, operation_kind kind, std::size_t at,
                       std::size_t size = block, std::size_t buffers = 1) {
    driven_transfer& added = transfers.emplace_back(file, kind, at, size, buffers);
    added->result = not_set;
    return added;
  }
  std::vector<operation*> all() {
    std::vector<operation*> pointers;
    for (driven_transfer& each : transfers) pointers.push_back(&*each);
    return pointers;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(libaio_engine_at_work, aio_fixture)

// ---- trying

BOOST_AUTO_TEST_CASE(whether_it_works_is_found_out_without_a_context) {
  if (!children_can_be_trusted()) return;
  if (!make()) return;
  BOOST_TEST(has_context());
  engine.reset();
  BOOST_TEST(!has_context());
  BOOST_TEST(libaio_engine::probe().available);
  if (const auto why = no_seccomp_reason(); !why.empty()) return skip(why);
  child_process child([] {
    // A context that was made could not be destroyed.
    refuse_calls({SYS_io_destroy}, EPERM);
    child_require(libaio_engine::probe().available, "it works");
    child_require(!has_context(), "there is a context");
  });
  const auto ended = child.wait();
  BOOST_TEST(ended.succeeded(), ended);
}

BOOST_AUTO_TEST_CASE(a_sandbox_that_refuses_any_of_its_calls_is_found_out) {
  if (!children_can_be_trusted()) return;
  if (!make()) return;
  engine.reset();
  if (const auto why = no_seccomp_reason(); !why.empty()) return skip(why);
  const std::pair<int, const char*> calls[] = {{SYS_io_setup, "io_setup"},
                                               {SYS_io_submit, "io_submit"},
                                               {SYS_io_getevents, "io_getevents"}};
  for (const auto& [call, name] : calls) {
    for (const int error : {ENOSYS, EPERM, EACCES}) {
      child_process child([&, refused = call, expected = std::string(name)] {
        std::vector<int> all{refused};
        // Newer versions of libaio use this call to wait.
        if (refused == SYS_io_getevents) {
          all.push_back(SYS_io_pgetevents);
#if defined(SYS_io_pgetevents_time64)
          all.push_back(SYS_io_pgetevents_time64);
#endif
        }
        refuse_calls(all, error);
        const backend_report found = libaio_engine::probe();
        child_require(!found.available && found.failing_call == expected, found.failing_call);
        child_require(found.error.value() == error, found.error.message());
        child_require(contains(found.explanation, "seccomp"), found.explanation);
      });
      const auto ended = child.wait();
      BOOST_TEST(ended.succeeded(), name << ", " << error << ": " << ended);
    }
  }
}

BOOST_AUTO_TEST_CASE(that_the_system_has_no_room_shows_before_and_when_a_context_is_made) {
  if (!children_can_be_trusted()) return;
  if (!make()) return;
  engine.reset();
  child_process child([&] {
    exhaust_aio();
    const backend_report found = libaio_engine::probe();
    child_require(!found.available && found.error.value() == EAGAIN, found.error.message());
    notifier own;
    child_require(libaio_engine::create(64, own, report) == nullptr, "it was made");
    child_require(report.failing_call == "io_setup" && report.error.value() == EAGAIN,
                  report.failing_call + ": " + report.error.message());
    child_require(contains(report.explanation, "fs.aio-max-nr"), report.explanation);
  });
  const auto ended = child.wait();
  BOOST_TEST(ended.succeeded(), ended);
}

BOOST_AUTO_TEST_CASE(a_context_has_as_much_room_as_is_left_and_says_so) {
  std::size_t system_max = 0;
  std::ifstream("/proc/sys/fs/aio-max-nr") >> system_max;
  if (system_max == 0 || system_max >= (1U << 18))
    return skip("fs.aio-max-nr is unknown or more than a test should take");
  if (!make(system_max + 1)) return;
  BOOST_TEST(engine->capacity() <= system_max / 2);
  BOOST_TEST(engine->capacity() > 0U);
  BOOST_TEST(contains(report.explanation,
                      "room for " + std::to_string(engine->capacity()) + " operations, not " +
                          std::to_string(system_max + 1)),
             report.explanation);
  engine.reset();
  if (!make(1)) return;
  BOOST_TEST(!contains(report.explanation, "room for"), report.explanation);
}

BOOST_AUTO_TEST_CASE(without_a_descriptor_for_its_notifier_there_is_no_engine) {
  if (!children_can_be_trusted()) return;
  child_process child([&] {
    set_limit(RLIMIT_NOFILE, 0);
    notifier own;
    child_require(libaio_engine::create(1, own, report) == nullptr, "it was made");
    child_require(report.failing_call == "eventfd" && report.error.value() == EMFILE,
                  report.failing_call);
  });
  const auto ended = child.wait();
  BOOST_TEST(ended.succeeded(), ended);
}

// ---- what it takes

BOOST_AUTO_TEST_CASE(it_accepts_transfers_and_syncs_of_direct_files_on_storage) {
  if (!make(1)) return;
  driven_file file(77);
  driven_transfer& read = add(file, operation_kind::read, 0);
  driven_transfer& chain = add(file, operation_kind::write, 0).with_sync(sync_after::all);
  driven_sync sync(file, operation_kind::sync_data);
  const auto accepted = [&] {
    return std::vector{engine->accepts(*read), engine->accepts(*chain), engine->accepts(*sync)};
  };
  BOOST_TEST((accepted() == std::vector{false, false, false}));
  file.facts.is_direct = true;
  BOOST_TEST((accepted() == std::vector{true, true, true}));
  chain->transferred = chain->requested;
  BOOST_TEST(engine->accepts(*chain));
  file.facts.is_storage = false;
  BOOST_TEST((accepted() == std::vector{false, false, false}));
  file.facts.is_storage = true;
  read->is_at_end = true;
  BOOST_TEST(!engine->accepts(*read));
  chain->offset = transfer_operation::descriptor_position;
  BOOST_TEST(!engine->accepts(*chain));
  driven<range_operation> resize(file, operation_kind::resize);
  BOOST_TEST(!engine->accepts(*resize));
}

// ---- working

BOOST_AUTO_TEST_CASE(reads_writes_and_syncs_do_what_they_say) {
  if (!has_direct() || !make()) return;
  driven_file file(pattern_file(16), O_RDWR | O_DIRECT);
  driven_transfer& read = add(file, operation_kind::read, 3 * block);
  driven_transfer& parts = add(file, operation_kind::read, 4 * block, 3 * block, 3);
  driven_transfer& rest = add(file, operation_kind::read, 7 * block);
  driven_transfer& end = add(file, operation_kind::read, 16 * block);
  driven_transfer& write = add(file, operation_kind::write, block);
  rest->offset = 6 * block;
  rest->transferred = block;
  fill_pattern({write.bytes(), block}, file_number + 1, block);
  driven_sync whole(file, operation_kind::sync_all);
  driven_sync data(file, operation_kind::sync_data);
  auto operations = all();
  operations.insert(operations.end(), {&*whole, &*data});
  driver().submit(operations);
  BOOST_TEST(driver().reap(7).size() == 7U);
  BOOST_TEST(read->result == std::int64_t{block});
  BOOST_TEST(has_pattern({read.bytes(), block}, file_number, 3 * block));
  BOOST_TEST(parts->result == std::int64_t{3 * block});
  BOOST_TEST(has_pattern({parts.bytes(), 3 * block}, file_number, 4 * block));
  BOOST_TEST(has_pattern({rest.bytes(), block}, file_number, 7 * block));
  BOOST_TEST(end->result == 0);
  BOOST_TEST(whole->result == 0);
  BOOST_TEST(data->result == 0);
  // It may have been refused because it would wait.
  BOOST_TEST((write->result == std::int64_t{block} || write->result == -EAGAIN), write->result);
  if (write->result == std::int64_t{block}) {
    const std::string content = read_file(directory.path("data"));
    BOOST_TEST(has_pattern(std::string_view(content).substr(block, block), file_number + 1, block));
  }
}

BOOST_AUTO_TEST_CASE(a_chain_is_a_write_and_then_a_sync) {
  if (!has_direct() || !make()) return;
  driven_file file(pattern_file(2), O_RDWR | O_DIRECT);
  for (const sync_after kind : {sync_after::data, sync_after::all}) {
    driven_transfer& chain = add(file, operation_kind::write, 0).with_sync(kind);
    driver().submit({&*chain});
    BOOST_TEST(driver().reap(1).size() == 1U);
    BOOST_TEST(chain->sync_result == transfer_operation::sync_not_run);
    chain->transferred = chain->requested;
    driver().submit({&*chain});
    BOOST_TEST(driver().reap(1).size() == 1U);
    BOOST_TEST(chain->result == 0);
  }
}

BOOST_AUTO_TEST_CASE(what_is_refused_in_the_middle_of_a_batch_concerns_nobody_else) {
  if (!has_direct() || !make()) return;
  const std::string path = pattern_file(8);
  driven_file file(path, O_RDONLY | O_DIRECT);
  driven_file closed(1'000'000);
  driven_file unreadable(path, O_WRONLY | O_DIRECT);
  for (std::size_t i = 0; i != 9; ++i) {
    driven_file& which = i == 2 ? closed : i == 5 || i == 8 ? unreadable : file;
    add(which, operation_kind::read, i % 8 * block);
  }
  add(file, operation_kind::read, 0)->priority = transfer_operation::invalid_priority;
  driver().submit(all());
  const auto over = driver().reap(10);
  BOOST_TEST(over.size() == 10U);
  for (std::size_t i = 0; i != 10; ++i) {
    BOOST_TEST(has_once(over, *transfers[i]));
    const std::int64_t expected = i == 2 || i == 5 || i == 8 ? -EBADF
                                  : i == 9                   ? -EINVAL
                                                             : std::int64_t{block};
    BOOST_TEST(transfers[i]->result == expected);
  }
  BOOST_TEST(driver().drain().empty());
}

BOOST_AUTO_TEST_CASE(control_blocks_are_used_again) {
  if (!has_direct() || !make(8)) return;
  driven_file file(pattern_file(8), O_RDONLY | O_DIRECT);
  for (std::size_t i = 0; i != 8; ++i) add(file, operation_kind::read, i * block);
  for (int round = 0; round != 50; ++round) {
    driver().submit(all());
    BOOST_REQUIRE(driver().reap(8).size() == 8U);
    for (driven_transfer& each : transfers)
      BOOST_REQUIRE(has_pattern({each.bytes(), block}, file_number, each->offset));
  }
}

BOOST_AUTO_TEST_CASE(what_can_be_reaped_already_is_told_when_the_notifier_is_switched_on) {
  if (!has_direct() || !make()) return;
  driven_file closed(1'000'000);
  driven_transfer& refused = add(closed, operation_kind::read, 0);
  BOOST_TEST(!engine->notify(true));
  driver().submit({&*refused});
  BOOST_TEST(engine->notify(true));
  BOOST_TEST(driver().reap().size() == 1U);
  driven_file file(pattern_file(1), O_RDONLY | O_DIRECT);
  driven_transfer& read = add(file, operation_kind::read, 0);
  driver().submit({&*read});
  completed.wait(10'000);
  BOOST_TEST(engine->notify(true));
  BOOST_TEST(driver().reap().size() == 1U);
  BOOST_TEST(!engine->notify(true));
}

BOOST_AUTO_TEST_CASE(when_all_is_ended_the_kernel_touches_no_buffer_any_more) {
  constexpr std::size_t size = 256 * 1024;
  constexpr std::size_t count = 32;
  if (!has_direct()) return;
  driven_file file(pattern_file(count * size / block), O_RDONLY | O_DIRECT);
  for (int round = 0; round != 3; ++round) {
    if (!make()) return;
    transfers.clear();
    for (std::size_t i = 0; i != count; ++i) add(file, operation_kind::read, i * size, size);
    driver().submit(all());
    engine->cancel(*transfers[count - 1]);
    BOOST_TEST(driver().drain().size() == count);
    for (driven_transfer& each : transfers) std::fill_n(each.bytes(), size, 'x');
    engine.reset();
    for (driven_transfer& each : transfers) BOOST_TEST(all_are({each.bytes(), size}, 'x'));
  }
}

BOOST_AUTO_TEST_CASE(a_child_abandons_the_context_and_the_parent_goes_on_with_it) {
  if (!children_can_be_trusted() || !has_direct() || !make()) return;
  driven_file file(pattern_file(16), O_RDONLY | O_DIRECT);
  for (std::size_t i = 0; i != 16; ++i) add(file, operation_kind::read, i * block);
  driver().submit(all());
  engine->prepare_fork();
  child_process child([&] {
    engine->abandon();
    engine.reset();
    notifier own;
    const auto made = libaio_engine::create(4, own, report);
    child_require(made != nullptr, "no context in the child");
    driven_transfer read(file, operation_kind::read, 5 * block, block);
    engine_driver with(*made, own);
    with.submit({&*read});
    child_require(with.reap(1).size() == 1 && read->result == block, "it reads");
  });
  const auto ended = child.wait();
  BOOST_TEST(ended.succeeded(), ended);
  engine->resume_after_fork();
  BOOST_TEST(driver().reap(16).size() == 16U);
  for (driven_transfer& each : transfers)
    BOOST_TEST(has_pattern({each.bytes(), block}, file_number, each->offset));
}

BOOST_AUTO_TEST_CASE(a_sandbox_that_is_put_on_later_refuses_what_comes_after) {
  if (!children_can_be_trusted()) return;
  if (!has_direct() || !make()) return;
  engine.reset();
  if (const auto why = no_seccomp_reason(); !why.empty()) return skip(why);
  const std::string path = pattern_file(8);
  for (const int error : {ENOSYS, EPERM, EAGAIN}) {
    child_process child([&] {
      notifier own;
      const auto made = libaio_engine::create(8, own, report);
      child_require(made != nullptr, report.explanation);
      engine_driver with(*made, own);
      driven_file file(path, O_RDONLY | O_DIRECT);
      driven_transfer early(file, operation_kind::read, 0, block);
      driven_transfer late(file, operation_kind::read, block, block);
      driven_transfer latest(file, operation_kind::read, block, block);
      with.submit({&*early});
      // Waiting is refused as well.
      refuse_calls({SYS_io_submit, SYS_io_getevents, SYS_io_pgetevents}, error);
      with.submit({&*late, &*latest});
      child_require(with.drain().size() == 3, "not all came back");
      child_require(early->result == block, "the first read: " + std::to_string(early->result));
      for (driven_transfer* const each : {&late, &latest})
        child_require((*each)->result == -EOPNOTSUPP, std::to_string((*each)->result));
    });
    const auto ended = child.wait();
    BOOST_TEST(ended.succeeded(), error << ": " << ended);
  }
}

BOOST_AUTO_TEST_SUITE_END()

#endif
