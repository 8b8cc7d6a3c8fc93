// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Which operations are tried without an engine, and when that stops.

#include "operations/speculation.hpp"

#include "fakes/fake_calls.hpp"
#include "fakes/fake_operation.hpp"
#include "plain_operation.hpp"
#include "temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

using namespace asiofile::detail;
using fakes::fake_operation;
using fakes::fake_transfer;

namespace {

class cached_file : public test_support::plain_target {
 public:
  cached_file() : plain_target(test_support::facts_of_file(-1)) { facts.takes_nowait = true; }
};

class on_file : public fake_transfer {
 public:
  explicit on_file(operation_target& on, operation_kind kind = operation_kind::read,
                   sync_after sync = sync_after::none)
      : fake_transfer(kind, 100, 0, sync) {
    get().target = &on;
  }
};

bool is_worth(operation_target& on, operation_kind kind) {
  on_file its(on, kind);
  return is_worth_trying(its.get());
}

// How many opportunities are skipped before the next try.
unsigned passing(operation_target& on, operation_kind kind) {
  unsigned count = 0;
  while (!is_worth(on, kind)) BOOST_REQUIRE_LT(++count, 1000U);
  return count;
}

void fail(operation_target& on, operation_kind kind, std::int64_t result = -EAGAIN) {
  on_file its(on, kind);
  its.get().result = result;
  learn_from_try(its.get(), false);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(core_speculation)

BOOST_AUTO_TEST_CASE(small_reads_and_writes_of_cached_files_are_worth_a_try) {
  cached_file file;
  BOOST_TEST(is_worth(file, operation_kind::read));
  BOOST_TEST(is_worth(file, operation_kind::write));
}

BOOST_AUTO_TEST_CASE(where_the_call_may_wait_it_is_not_tried) {
  const auto is_worth_with = [](auto&& change) {
    cached_file file;
    change(file.facts);
    const bool of_read = is_worth(file, operation_kind::read);
    const bool of_write = is_worth(file, operation_kind::write);
    BOOST_TEST(of_read == of_write);
    return of_read;
  };
  BOOST_TEST(is_worth_with([](file_facts&) {}));
  BOOST_TEST(!is_worth_with([](file_facts& its) { its.takes_nowait = false; }));
  BOOST_TEST(!is_worth_with([](file_facts& its) { its.is_direct = true; }));
  BOOST_TEST(!is_worth_with([](file_facts& its) { its.is_stream = true; }));
}

BOOST_AUTO_TEST_CASE(a_priority_is_for_an_engine) {
  cached_file file;
  on_file its(file);
  its.get().priority = 1;
  BOOST_TEST(!is_worth_trying(its.get()));
}

BOOST_AUTO_TEST_CASE(much_data_is_for_an_engine) {
  cached_file file;
  for (const auto kind : {operation_kind::read, operation_kind::write}) {
    on_file its(file, kind);
    its.get().requested = speculative_bytes_max;
    BOOST_TEST(is_worth_trying(its.get()));
    its.get().requested = speculative_bytes_max + 1;
    BOOST_TEST(!is_worth_trying(its.get()));
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_tried_twice) {
  cached_file file;
  on_file its(file);
  its.get().was_tried = true;
  BOOST_TEST(!is_worth_trying(its.get()));
}

BOOST_AUTO_TEST_CASE(a_read_at_the_end_is_for_a_worker) {
  cached_file file;
  on_file its(file);
  its.get().is_at_end = true;
  BOOST_TEST(!is_worth_trying(its.get()));
}

BOOST_AUTO_TEST_CASE(appending_is_for_an_engine) {
  cached_file file;
  file.facts.status_flags = O_APPEND;
  BOOST_TEST(!is_worth(file, operation_kind::write));
  BOOST_TEST(is_worth(file, operation_kind::read));
}

BOOST_AUTO_TEST_CASE(a_chain_is_tried_for_its_write_alone) {
  cached_file file;
  on_file its(file, operation_kind::write, sync_after::data);
  BOOST_TEST(is_worth_trying(its.get()));
  its.get().links_sync = true;
  BOOST_TEST(!is_worth_trying(its.get()));
  its.get().links_sync = false;
  its.get().transferred = 100;
  BOOST_TEST(!is_worth_trying(its.get()));
}

BOOST_AUTO_TEST_CASE(other_operations_are_not_tried) {
  cached_file file;
  for (const auto kind : {operation_kind::size, operation_kind::sync_all}) {
    fake_operation its(kind);
    its.get().target = &file;
    BOOST_TEST(!is_worth_trying(its.get()));
  }
}

BOOST_AUTO_TEST_CASE(a_close_of_a_local_file_without_more_to_do_is_tried) {
  cached_file file;
  fake_operation its(operation_kind::close);
  auto& closer = static_cast<close_operation&>(its.get());
  closer.target = &file;
  BOOST_TEST(is_worth_trying(closer));
  closer.syncs = true;
  BOOST_TEST(!is_worth_trying(closer));
  closer.syncs = false;
  file.facts.is_local = false;
  BOOST_TEST(!is_worth_trying(closer));
  file.facts.is_local = true;
  closer.was_tried = true;
  BOOST_TEST(!is_worth_trying(closer));
}

BOOST_AUTO_TEST_CASE(a_close_that_may_wait_is_left_to_a_worker) {
  fakes::fake_calls calls;
  test_support::plain_target file(calls.facts(5));
  fake_operation quick(operation_kind::close), slow(operation_kind::close);
  quick.get().target = slow.get().target = &file;
  calls.file_bytes = 1 << 30;
  calls.is_removed = true;
  BOOST_TEST(!try_without_waiting(slow.get()));
  BOOST_TEST(calls.closed.empty());
  BOOST_TEST((slow.get().was_tried == true));
  calls.is_removed = false;
  calls.close_result = -EIO;
  BOOST_TEST(try_without_waiting(quick.get()));
  BOOST_TEST(calls.has_closed(5));
  BOOST_TEST(quick.get().result == -EIO);
}

BOOST_AUTO_TEST_CASE(after_each_failure_twice_as_many_pass_without_a_try) {
  cached_file file;
  for (const auto kind : {operation_kind::read, operation_kind::write}) {
    for (const unsigned expected : {0U, 1U, 3U, 7U, 15U, 31U, 63U, 127U, 128U, 128U}) {
      fail(file, kind);
      BOOST_TEST(passing(file, kind) == expected);
    }
    on_file hit(file, kind);
    learn_from_try(hit.get(), true);
    BOOST_TEST(passing(file, kind) == 0U);
    fail(file, kind);
    BOOST_TEST(passing(file, kind) == 0U);
  }
}

BOOST_AUTO_TEST_CASE(reads_and_writes_are_judged_apart) {
  cached_file file;
  fail(file, operation_kind::read);
  fail(file, operation_kind::read);
  BOOST_TEST(is_worth(file, operation_kind::write));
  BOOST_TEST(!is_worth(file, operation_kind::read));
}

BOOST_AUTO_TEST_CASE(where_the_file_system_cannot_tell_writes_go_to_workers) {
  cached_file file;
  fail(file, operation_kind::read, -EOPNOTSUPP);
  BOOST_TEST(!file.speculation.writes_need_worker);
  fail(file, operation_kind::write, -EAGAIN);
  BOOST_TEST(!file.speculation.writes_need_worker);
  on_file write(file, operation_kind::write), read(file);
  BOOST_TEST(!prefers_worker(write.get()));
  fail(file, operation_kind::write, -EOPNOTSUPP);
  BOOST_TEST(file.speculation.writes_need_worker);
  BOOST_TEST(!is_worth(file, operation_kind::write));
  BOOST_TEST(prefers_worker(write.get()));
  BOOST_TEST(!prefers_worker(read.get()));
  write.get().requested = speculative_bytes_max;
  BOOST_TEST(prefers_worker(write.get()));
  write.get().requested = speculative_bytes_max + 1;
  BOOST_TEST(!prefers_worker(write.get()));
}

BOOST_AUTO_TEST_CASE(a_hit_with_that_result_does_not_mean_that_writes_need_workers) {
  cached_file file;
  on_file write(file, operation_kind::write);
  write.get().result = -EOPNOTSUPP;
  learn_from_try(write.get(), true);
  BOOST_TEST(!file.speculation.writes_need_worker);
}

BOOST_AUTO_TEST_CASE(a_close_teaches_nothing) {
  cached_file file;
  fake_operation its(operation_kind::close);
  its.get().target = &file;
  learn_from_try(its.get(), false);
  BOOST_TEST(is_worth(file, operation_kind::read));
  BOOST_TEST(is_worth(file, operation_kind::write));
}

BOOST_AUTO_TEST_CASE(only_small_writes_into_the_cache_prefer_workers) {
  cached_file file;
  file.speculation.writes_need_worker = true;
  on_file write(file, operation_kind::write);
  BOOST_TEST(is_small_buffered_write(write.get()));
  file.facts.is_direct = true;
  BOOST_TEST(!is_small_buffered_write(write.get()));
  file.facts.is_direct = false;
  file.facts.is_storage = false;
  BOOST_TEST(!is_small_buffered_write(write.get()));
  file.facts.is_storage = true;
  on_file chain(file, operation_kind::write, sync_after::data);
  BOOST_TEST(is_small_buffered_write(chain.get()));
  chain.get().links_sync = true;
  BOOST_TEST(!is_small_buffered_write(chain.get()));
  chain.get().links_sync = false;
  chain.get().transferred = 100;
  BOOST_TEST(!is_small_buffered_write(chain.get()));
}

BOOST_AUTO_TEST_CASE(a_write_that_waits_for_the_device_is_not_tried_and_prefers_a_worker) {
  for (const int flag : {O_SYNC, O_DSYNC}) {
    cached_file file;
    file.facts.status_flags = O_RDWR | flag;
    on_file write(file, operation_kind::write);
    BOOST_TEST(!is_small_buffered_write(write.get()));
    BOOST_TEST(!is_worth(file, operation_kind::write));
    BOOST_TEST(is_worth(file, operation_kind::read));
    BOOST_TEST(prefers_worker(write.get()));
    file.facts.is_direct = true;
    BOOST_TEST(!prefers_worker(write.get()));
  }
  cached_file file;
  on_file durable(file, operation_kind::write), chain(file, operation_kind::write, sync_after::data);
  BOOST_TEST(!prefers_worker(durable.get()));
  durable.get().flags = durable_flag;
  BOOST_TEST(prefers_worker(durable.get()));
  chain.get().links_sync = true;
  BOOST_TEST(!prefers_worker(chain.get()));
  // Only its sync is left.
  file.facts.status_flags = O_RDWR | O_SYNC;
  BOOST_TEST(prefers_worker(chain.get()));
  chain.get().transferred = chain.get().requested;
  BOOST_TEST(!prefers_worker(chain.get()));
}

BOOST_AUTO_TEST_CASE(small_reads_of_data_in_memory_prefer_workers) {
  cached_file file;
  on_file read(file), write(file, operation_kind::write);
  BOOST_TEST(!prefers_worker(read.get()));
  file.facts.is_in_memory = true;
  BOOST_TEST(prefers_worker(read.get()));
  BOOST_TEST(!prefers_worker(write.get()));
  read.get().requested = speculative_bytes_max;
  BOOST_TEST(prefers_worker(read.get()));
  read.get().requested = speculative_bytes_max + 1;
  BOOST_TEST(!prefers_worker(read.get()));
}

// ---- with a real file, whose data is in memory

namespace {

class real_file : public cached_file {
 public:
  explicit real_file(const std::string& content) {
    facts.fd = ::open(directory_.path("file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    BOOST_REQUIRE(facts.fd != -1);
    BOOST_REQUIRE(::write(facts.fd, content.data(), content.size()) ==
                  static_cast<ssize_t>(content.size()));
  }
  ~real_file() { ::close(facts.fd); }

 private:
  test_support::temporary_directory directory_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_cached_read_is_over) {
  real_file file(std::string(300, 'x'));
  on_file its(file);
  if (!try_without_waiting(its.get())) {
    BOOST_TEST_MESSAGE("skipped: this file system has no RWF_NOWAIT");
    return;
  }
  BOOST_TEST(its.get().result == 100);
  BOOST_TEST(its.get().transferred == 100U);
  BOOST_TEST((its.get().was_tried == true));
}

// An engine finds out whether that is the end of the file.
BOOST_AUTO_TEST_CASE(a_short_read_is_left_to_an_engine_which_goes_on_behind_it) {
  real_file file(std::string(60, 'x'));
  on_file its(file);
  BOOST_TEST(!try_without_waiting(its.get()));
  if (its.get().result == -EOPNOTSUPP) return;
  BOOST_TEST(its.get().transferred == 60U);
  BOOST_TEST(its.get().buffers->iov_len == 40U);
}

BOOST_AUTO_TEST_CASE(a_read_of_nothing_is_left_to_an_engine) {
  real_file file("");
  on_file its(file);
  BOOST_TEST(!try_without_waiting(its.get()));
  BOOST_TEST(its.get().transferred == 0U);
}

BOOST_AUTO_TEST_CASE(an_error_is_left_to_an_engine) {
  cached_file file;
  on_file its(file);
  BOOST_TEST(!try_without_waiting(its.get()));
  BOOST_TEST(its.get().result < 0);
  BOOST_TEST(its.get().transferred == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
