// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Operations as plain system calls: which are made, with which arguments, and how their results are
// used.

#include "operations/run_blocking.hpp"

#include "fifo.hpp"
#include "file_contents.hpp"
#include "forwarding_calls.hpp"
#include "plain_operation.hpp"
#include "system/posix_calls.hpp"
#include "temporary_directory.hpp"

#include <asiofile/detail/job.hpp>
#include <asiofile/file_status.hpp>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

using namespace asiofile::detail;
using test_support::facts_of_file;
using test_support::plain_operation;
using test_support::plain_transfer;

namespace {

// Records which calls were made, and returns what the test sets.
struct recording_calls : test_support::forwarding_calls {
  std::int64_t note(const std::string& call, std::int64_t answer) {
    calls.push_back(call);
    return answer;
  }
  static std::uint64_t bytes_of(const iovec* buffers, int number) {
    std::uint64_t sum = 0;
    for (int i = 0; i != number; ++i) sum += buffers[i].iov_len;
    return sum;
  }
  std::int64_t moved(const iovec* buffers, int number) {
    bytes = bytes_of(buffers, number);
    count = number;
    return transfer_result == 1 << 30 ? static_cast<std::int64_t>(bytes) : transfer_result;
  }

  std::int64_t readv(int, const iovec* buffers, int number) noexcept override {
    return note("readv", moved(buffers, number));
  }
  std::int64_t writev(int, const iovec* buffers, int number) noexcept override {
    return note("writev", moved(buffers, number));
  }
  std::int64_t preadv(int, const iovec* buffers, int number, off_t at) noexcept override {
    offset = at;
    return note("preadv", moved(buffers, number));
  }
  std::int64_t pwritev(int, const iovec* buffers, int number, off_t at) noexcept override {
    offset = at;
    return note("pwritev", pwrite_error != 0 ? pwrite_error : moved(buffers, number));
  }
  std::int64_t fsync(int) noexcept override { return note("fsync", sync_result); }
  std::int64_t fdatasync(int) noexcept override { return note("fdatasync", sync_result); }
  std::int64_t close(int) noexcept override { return note("close", close_result); }
  std::int64_t ftruncate(int, off_t size) noexcept override {
    offset = size;
    return note("ftruncate", 0);
  }
  std::int64_t pwritev2(int, const iovec* buffers, int number, off_t at,
                        transfer_flags flags) noexcept override {
    offset = at;
    const bool is_refused = (flags & refused_flags) != 0;
    return note("pwritev2 " + std::to_string(flags),
                is_refused ? flag_error : moved(buffers, number));
  }
  asiofile::untorn_write_limits untorn_writes(int) noexcept override { return untorn_limits; }
  std::int64_t fallocate(int, space_change change, off_t at, off_t length) noexcept override {
    offset = at;
    bytes = static_cast<std::uint64_t>(length);
    return note(change == space_change::allocate ? "fallocate" : "fallocate, another way", 0);
  }
  std::int64_t set_lock(int, int type, off_t at, off_t length) noexcept override {
    offset = at;
    bytes = static_cast<std::uint64_t>(length);
    return note(type == F_WRLCK ? "exclusive" : "shared", lock_result);
  }
  std::int64_t fadvise(int, off_t at, off_t length, int) noexcept override {
    offset = at;
    bytes = static_cast<std::uint64_t>(length);
    return note("fadvise", 0);
  }
  std::int64_t fstat(int, struct stat& found) noexcept override {
    found = {};
    found.st_mode = S_IFREG;
    found.st_size = 4711;
    return note("fstat", 0);
  }

  std::vector<std::string> calls;
  std::int64_t transfer_result = 1 << 30;  // all
  std::int64_t pwrite_error = 0;
  std::int64_t sync_result = 0;
  std::int64_t close_result = 0;
  std::int64_t lock_result = 0;
  transfer_flags refused_flags = 0;
  std::int64_t flag_error = -EOPNOTSUPP;
  asiofile::untorn_write_limits untorn_limits;
  std::int64_t offset = -1;
  std::uint64_t bytes = 0;
  int count = 0;
};

class two_steps final : public job {
 public:
  std::int64_t step() noexcept override { return steps_++ == 0 ? more : 42; }

 private:
  int steps_ = 0;
};

using names = std::vector<std::string>;

struct fixture {
  fixture() {
    facts = facts_of_file(99);
    facts.system = &system;
  }
  template <typename Operation>
  std::int64_t run(Operation& which) {
    return run_blocking(*which, system);
  }
  plain_transfer transfer(operation_kind kind, std::uint64_t offset) {
    return {kind, facts, std::string(10, 'x'), offset};
  }

  recording_calls system;
  file_facts facts;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(blocking_runs, fixture)

BOOST_AUTO_TEST_CASE(transfers_go_on_behind_what_is_transferred) {
  plain_transfer reading = transfer(operation_kind::read, std::uint64_t{5} << 32);
  BOOST_TEST(run(reading) == 10);
  BOOST_TEST(system.calls == names{"preadv"});
  BOOST_TEST(system.offset == std::int64_t{5} << 32);
  plain_transfer writing = transfer(operation_kind::write, 100);
  writing->transferred = 4;
  writing->requested = 14;
  BOOST_TEST(run(writing) == 10);
  BOOST_TEST(system.offset == 104);
  BOOST_TEST(system.calls.back() == "pwritev");
}

BOOST_AUTO_TEST_CASE(results_and_errors_are_passed_on) {
  plain_transfer reading = transfer(operation_kind::read, 0);
  for (const std::int64_t result : {0, 3, -EIO, -EINTR}) {
    system.transfer_result = result;
    BOOST_TEST(run(reading) == result);
  }
}

BOOST_AUTO_TEST_CASE(at_the_descriptors_position_no_offset_is_given) {
  plain_transfer reading = transfer(operation_kind::read, transfer_operation::descriptor_position);
  BOOST_TEST(run(reading) == 10);
  plain_transfer writing = transfer(operation_kind::write, transfer_operation::descriptor_position);
  writing->transferred = 4;
  BOOST_TEST(run(writing) == 10);
  BOOST_TEST(system.calls == (names{"readv", "writev"}));
}

BOOST_AUTO_TEST_CASE(to_a_stream_no_offset_is_given) {
  facts.is_stream = true;
  plain_transfer reading = transfer(operation_kind::read, 7);
  plain_transfer writing = transfer(operation_kind::write, 7);
  run(reading);
  run(writing);
  BOOST_TEST(system.calls == (names{"readv", "writev"}));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written_at_an_offset_is_written_where_it_is) {
  system.pwrite_error = -ESPIPE;
  plain_transfer writing = transfer(operation_kind::write, 0);
  BOOST_TEST(run(writing) == 10);
  BOOST_TEST(system.calls == (names{"pwritev", "writev"}));
  system.pwrite_error = -EBADF;
  BOOST_TEST(run(writing) == -EBADF);
}

BOOST_AUTO_TEST_CASE(an_offset_that_the_system_cannot_be_given_is_an_error) {
  plain_transfer reading = transfer(operation_kind::read, std::uint64_t{1} << 63);
  BOOST_TEST(run(reading) == -EINVAL);
  BOOST_TEST(system.calls.empty());
}

BOOST_AUTO_TEST_CASE(a_read_at_the_end_asks_where_that_is) {
  plain_transfer reading = transfer(operation_kind::read, 0);
  reading->is_at_end = true;
  run(reading);
  BOOST_TEST(system.offset == 4711);
  BOOST_TEST(!reading->is_at_end);
  run(reading);
  BOOST_TEST(system.calls == (names{"fstat", "preadv", "preadv"}));
}

BOOST_AUTO_TEST_CASE(one_call_is_given_so_much_and_no_more) {
  char memory[1];
  plain_transfer writing = transfer(operation_kind::write, 0);
  iovec huge{memory, transfer_bytes_max + 5};
  writing->buffers = &huge;
  writing->requested = huge.iov_len;
  BOOST_TEST(run(writing) == static_cast<std::int64_t>(transfer_bytes_max));
  BOOST_TEST(huge.iov_len == transfer_bytes_max + 5);
  // Exactly this much: a shorter transfer would be taken for a short transfer of the file.
  iovec several[] = {{memory, transfer_bytes_max - 8}, {memory, 10}, {memory, 1}};
  writing->buffers = several;
  writing->buffer_count = 3;
  writing->requested = transfer_bytes_max + 3;
  BOOST_TEST(run(writing) == static_cast<std::int64_t>(transfer_bytes_max));
  BOOST_TEST(system.count == 2);
  BOOST_TEST(several[1].iov_len == 10U);
}

// ---- flags

BOOST_AUTO_TEST_CASE(a_durable_write_is_one_call) {
  plain_transfer writing = transfer(operation_kind::write, 7);
  writing->flags = durable_flag;
  BOOST_TEST(run(writing) == 10);
  BOOST_TEST(system.calls == names{"pwritev2 2"});
  BOOST_TEST(system.offset == 7);
  writing->offset = transfer_operation::descriptor_position;
  BOOST_TEST(run(writing) == 10);
  BOOST_TEST(system.offset == -1);
}

BOOST_AUTO_TEST_CASE(where_the_flag_is_refused_a_sync_follows_the_write) {
  system.refused_flags = durable_flag;
  for (const int error : {ENOSYS, EOPNOTSUPP, EINVAL, EPERM}) {
    system.calls.clear();
    system.flag_error = -error;
    system.sync_result = 0;
    plain_transfer writing = transfer(operation_kind::write, 7);
    writing->flags = durable_flag;
    BOOST_TEST(run(writing) == 10);
    BOOST_TEST(system.calls == (names{"pwritev2 2", "pwritev", "fdatasync"}));
    system.sync_result = -EIO;
    BOOST_TEST(run(writing) == -EIO);
    system.sync_result = -EINTR;
    BOOST_TEST(run(writing) == -EIO);
    system.calls.clear();
    system.pwrite_error = -EINVAL;
    BOOST_TEST(run(writing) == -EINVAL);
    BOOST_TEST(system.calls == (names{"pwritev2 2", "pwritev"}));
    system.pwrite_error = 0;
  }
  for (const int error : {EIO, ENOSPC, EBADF, EINTR, EAGAIN}) {
    system.calls.clear();
    system.flag_error = -error;
    plain_transfer writing = transfer(operation_kind::write, 7);
    writing->flags = durable_flag;
    BOOST_TEST(run(writing) == -error);
    BOOST_TEST(system.calls == names{"pwritev2 2"});
  }
}

BOOST_AUTO_TEST_CASE(an_uncached_transfer_that_is_refused_is_made_as_usual_and_says_so) {
  system.refused_flags = uncached_flag;
  plain_transfer writing = transfer(operation_kind::write, 7);
  writing->flags = uncached_flag;
  BOOST_TEST(run(writing) == 10);
  BOOST_TEST(system.calls == (names{"pwritev2 128", "pwritev"}));
  BOOST_CHECK(writing->was_refused_uncached);
  BOOST_TEST(writing->flags == 0);
  system.calls.clear();
  plain_transfer both = transfer(operation_kind::write, 7);
  both->flags = uncached_flag | durable_flag;
  BOOST_TEST(run(both) == 10);
  BOOST_TEST(system.calls == (names{"pwritev2 130", "pwritev2 2"}));
  BOOST_TEST(both->flags == durable_flag);
}

BOOST_AUTO_TEST_CASE(an_untorn_write_is_one_call_or_an_error) {
  plain_transfer writing = transfer(operation_kind::write, 0);
  writing->flags = untorn_flag;
  BOOST_TEST(run(writing) == 10);
  system.transfer_result = 5;
  BOOST_TEST(run(writing) == -EIO);
  system.refused_flags = untorn_flag;
  for (const int error : {ENOSYS, EOPNOTSUPP, EINVAL, EPERM}) {
    system.calls.clear();
    system.flag_error = -error;
    BOOST_TEST(run(writing) == -EOPNOTSUPP);
    BOOST_TEST(system.calls == names{"pwritev2 64"});
  }
  // The file takes others.
  system.untorn_limits = {512, 4'096, 1};
  system.flag_error = -EINVAL;
  BOOST_TEST(run(writing) == -EINVAL);
  system.flag_error = -EIO;
  BOOST_TEST(run(writing) == -EIO);
}

BOOST_AUTO_TEST_CASE(a_lock_has_one_try) {
  plain_operation<lock_operation> locking(facts);
  locking->type = F_WRLCK;
  locking->offset = 5;
  locking->length = 6;
  BOOST_TEST(run(locking) == 0);
  BOOST_TEST(system.calls == names{"exclusive"});
  BOOST_TEST(system.offset == 5);
  BOOST_TEST(system.bytes == 6U);
  // EACCES: the program may not lock, and waiting does not help.
  for (const int error : {EAGAIN, EACCES, EBADF}) {
    system.lock_result = -error;
    BOOST_TEST(run(locking) == -error);
  }
}

// ---- chains

BOOST_AUTO_TEST_CASE(a_complete_write_is_synced_where_that_is_linked) {
  for (const auto sync : {sync_after::data, sync_after::all}) {
    system.calls.clear();
    plain_transfer writing = transfer(operation_kind::write, 0);
    writing->sync = sync;
    writing->links_sync = true;
    system.sync_result = -EIO;
    BOOST_TEST(run(writing) == 10);
    BOOST_TEST(writing->sync_result == -EIO);
    BOOST_TEST(system.calls ==
               (names{"pwritev", sync == sync_after::data ? "fdatasync" : "fsync"}));
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_complete_or_not_linked_is_not_synced) {
  plain_transfer writing = transfer(operation_kind::write, 0);
  writing->sync = sync_after::data;
  BOOST_TEST(run(writing) == 10);
  writing->links_sync = true;
  for (const std::int64_t result : {3, -ENOSPC}) {
    system.transfer_result = result;
    BOOST_TEST(run(writing) == result);
  }
  BOOST_TEST(writing->sync_result == transfer_operation::sync_not_run);
  BOOST_TEST(system.calls == (names{"pwritev", "pwritev", "pwritev"}));
}

BOOST_AUTO_TEST_CASE(only_the_sync_is_run_where_only_that_is_left) {
  plain_transfer writing = transfer(operation_kind::write, 0);
  writing->sync = sync_after::all;
  writing->transferred = 10;
  system.sync_result = -EDQUOT;
  BOOST_TEST(run(writing) == -EDQUOT);
  BOOST_TEST(system.calls == names{"fsync"});
}

// ---- the others

BOOST_AUTO_TEST_CASE(syncs_are_of_the_kind_that_was_asked_for) {
  plain_operation<sync_operation> all(facts, operation_kind::sync_all);
  plain_operation<sync_operation> data(facts, operation_kind::sync_data);
  run(all);
  run(data);
  BOOST_TEST(system.calls == (names{"fsync", "fdatasync"}));
}

BOOST_AUTO_TEST_CASE(ranges_are_resized_allocated_and_advised) {
  plain_operation<range_operation> resizing(facts, operation_kind::resize);
  resizing->offset = 1000;
  run(resizing);
  BOOST_TEST(system.offset == 1000);
  plain_operation<range_operation> allocating(facts, operation_kind::allocate);
  allocating->offset = 10;
  allocating->length = 20;
  run(allocating);
  BOOST_TEST(system.offset == 10);
  BOOST_TEST(system.bytes == 20U);
  plain_operation<range_operation> advising(facts, operation_kind::advise);
  advising->offset = 30;
  advising->length = 40;
  run(advising);
  BOOST_TEST(system.offset == 30);
  BOOST_TEST(system.bytes == 40U);
  BOOST_TEST(system.calls == (names{"ftruncate", "fallocate", "fadvise"}));
}

BOOST_AUTO_TEST_CASE(queries_answer) {
  plain_operation<query_operation> size(facts, operation_kind::size);
  BOOST_TEST(run(size) == 4711);
  const test_support::temporary_directory directory;
  test_support::write_file(directory.path("file"), "12345");
  const int fd = ::open(directory.path("file").c_str(), O_RDONLY | O_CLOEXEC);
  facts.fd = fd;
  plain_operation<query_operation> status(facts, operation_kind::status);
  asiofile::file_status found;
  status->status = &found;
  BOOST_TEST(run(status) == 0);
  BOOST_TEST(found.size == 5U);
  ::close(fd);
}

BOOST_AUTO_TEST_CASE(a_file_is_synced_before_it_is_closed_where_that_is_asked_for) {
  plain_operation<close_operation> closing(facts);
  BOOST_TEST(run(closing) == 0);
  closing->syncs = true;
  system.sync_result = -EIO;
  BOOST_TEST(run(closing) == -EIO);
  BOOST_TEST(system.calls == (names{"close", "fsync", "close"}));
  // The sync's result counts.
  system.close_result = -EDQUOT;
  BOOST_TEST(run(closing) == -EIO);
  system.sync_result = 0;
  BOOST_TEST(run(closing) == -EDQUOT);
  system.calls.clear();
  closing->keeps_open = true;
  BOOST_TEST(run(closing) == 0);
  BOOST_TEST(system.calls == names{"fsync"});
}

BOOST_AUTO_TEST_CASE(what_a_sync_said_before_counts_when_the_file_is_closed) {
  plain_operation<close_operation> closing(facts);
  closing->sync_result = -EIO;
  system.close_result = -EDQUOT;
  BOOST_TEST(run(closing) == -EIO);
  BOOST_TEST(system.calls == names{"close"});
}

BOOST_AUTO_TEST_CASE(an_opened_file_is_looked_at) {
  const test_support::temporary_directory directory;
  const std::string path = directory.path("file");
  plain_operation<open_operation> opening;
  opening->path = path.c_str();
  opening->flags = O_RDWR | O_CREAT | O_TRUNC;
  opening->permissions = 0640;
  const mode_t mask = ::umask(0);
  const std::int64_t fd = run_blocking(*opening, *kernel_calls());
  ::umask(mask);
  BOOST_REQUIRE(fd >= 0);
  BOOST_TEST(opening->found.fd == fd);
  const file_facts found = opening->found;
  BOOST_TEST(bool(found.is_storage));
  BOOST_TEST(bool(found.was_truncated));
  BOOST_TEST((opening->found.system == kernel_calls().get()));
  struct stat made;
  BOOST_REQUIRE(::fstat(static_cast<int>(fd), &made) == 0);
  BOOST_TEST((made.st_mode & 0777) == 0640U);
  ::close(static_cast<int>(fd));
  opening->flags = O_RDONLY;
  opening->path = "/there/is/no/such/path";
  BOOST_TEST(run_blocking(*opening, *kernel_calls()) == -ENOENT);
}

BOOST_AUTO_TEST_CASE(a_job_runs_step_by_step) {
  two_steps work;
  plain_operation<job_operation> stepping;
  stepping->task = &work;
  BOOST_TEST(run(stepping) == job::more);
  BOOST_TEST(run(stepping) == 42);
}

BOOST_AUTO_TEST_SUITE_END()
