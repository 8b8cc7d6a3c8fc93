// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// What an engine's result means, and what a handler gets.

#include "operations/completion.hpp"

#include "fakes/fake_operation.hpp"

#include <asiofile/detail/error_numbers.hpp>
#include <asiofile/detail/job.hpp>

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <string_view>
#include <utility>

using namespace asiofile::detail;
using fakes::fake_operation;
using fakes::fake_transfer;

namespace asiofile::detail {
std::ostream& operator<<(std::ostream& out, verdict which) {
  static constexpr const char* names[] = {"over", "resubmit", "fall_back"};
  return out << names[static_cast<int>(which)];
}
}  // namespace asiofile::detail

namespace {

enum asked : bool { uncancelled, cancelled };
enum others : bool { alone, another };

verdict judge_with(operation& which, std::int64_t result, asked cancel, others left) {
  which.result = result;
  which.cancel_requested = cancel;
  return judge(which, left);
}

struct row {
  int error;
  asked cancel;
  others left;
  verdict expected;
};

void check_rows(operation_kind kind, std::initializer_list<row> rows) {
  for (const row& each : rows) {
    BOOST_TEST_CONTEXT("errno " << each.error << " cancelled " << each.cancel << " another "
                                << each.left << " kind " << static_cast<int>(kind)) {
      if (kind == operation_kind::read || kind == operation_kind::write) {
        fake_transfer its(kind);
        BOOST_TEST(judge_with(its.get(), -each.error, each.cancel, each.left) == each.expected);
        BOOST_TEST(its.get().result == -each.error);
        BOOST_TEST(its.get().transferred == 0U);
      } else if (kind == operation_kind::open) {
        fake_operation its{open_request{}};
        BOOST_TEST(judge_with(its.get(), -each.error, each.cancel, each.left) == each.expected);
      } else {
        fake_operation its(kind);
        BOOST_TEST(judge_with(its.get(), -each.error, each.cancel, each.left) == each.expected);
      }
    }
  }
}

class small_job final : public job {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "small_job"; }

 private:
  std::int64_t step() noexcept override { return 0; }
};

constexpr std::uint64_t call_max = 0x7fff'f000;
// The beginning of buffers that are never accessed: adding to a null pointer is undefined.
std::byte first_byte{};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_completion)

// Operations other than syncs and closes, and transfers that have moved nothing.
BOOST_AUTO_TEST_CASE(errors_of_repeatable_operations_are_judged) {
  for (const auto kind : {operation_kind::read, operation_kind::write, operation_kind::size}) {
    check_rows(kind, {{ECANCELED, uncancelled, another, verdict::fall_back},
                      {ECANCELED, uncancelled, alone, verdict::resubmit},
                      {ECANCELED, cancelled, another, verdict::over},
                      {ECANCELED, cancelled, alone, verdict::over},
                      {EFAULT, uncancelled, another, verdict::fall_back},
                      {EFAULT, uncancelled, alone, verdict::over},
                      {EFAULT, cancelled, another, verdict::fall_back},
                      {EFAULT, cancelled, alone, verdict::over},
                      {EINTR, uncancelled, another, verdict::resubmit},
                      {EINTR, uncancelled, alone, verdict::resubmit},
                      {EINTR, cancelled, another, verdict::over},
                      {EINVAL, uncancelled, another, verdict::fall_back},
                      {EINVAL, uncancelled, alone, verdict::over},
                      {EAGAIN, uncancelled, another, verdict::fall_back},
                      {EAGAIN, uncancelled, alone, verdict::over},
                      {EAGAIN, cancelled, another, verdict::over},
                      {ENOSYS, uncancelled, another, verdict::fall_back},
                      {ENOSYS, cancelled, another, verdict::fall_back},
                      {ENOSYS, uncancelled, alone, verdict::over},
                      {EOPNOTSUPP, uncancelled, another, verdict::fall_back},
                      {ESPIPE, uncancelled, another, verdict::fall_back},
                      {EIO, uncancelled, another, verdict::over},
                      {ENOSPC, uncancelled, another, verdict::over}});
  }
}

// An interrupted sync may have consumed the record of a failed write.
BOOST_AUTO_TEST_CASE(an_interrupted_sync_or_close_is_over) {
  for (const auto kind : {operation_kind::sync_all, operation_kind::sync_data,
                          operation_kind::close}) {
    check_rows(kind, {{EINTR, uncancelled, another, verdict::over},
                      {EINTR, uncancelled, alone, verdict::over},
                      {ECANCELED, uncancelled, alone, verdict::resubmit},
                      {ECANCELED, uncancelled, another, verdict::fall_back},
                      {EFAULT, uncancelled, another, verdict::over},
                      {EFAULT, uncancelled, alone, verdict::over},
                      {EIO, uncancelled, another, verdict::over}});
  }
}

// A second try would find the file that the first has created.
BOOST_AUTO_TEST_CASE(an_open_is_not_repeated_after_invalid_argument) {
  check_rows(operation_kind::open, {{EINVAL, uncancelled, another, verdict::over},
                                    {ENOSYS, uncancelled, another, verdict::fall_back},
                                    {EINTR, uncancelled, another, verdict::resubmit}});
}

BOOST_AUTO_TEST_CASE(success_is_over) {
  fake_operation its(operation_kind::size);
  BOOST_TEST(judge_with(its.get(), 0, uncancelled, another) == verdict::over);
  BOOST_TEST(judge_with(its.get(), 17, uncancelled, another) == verdict::over);
}

BOOST_AUTO_TEST_CASE(a_job_has_made_up_its_mind) {
  small_job task;
  fake_operation its(task);
  for (const int error : {0, EINTR, EAGAIN, EINVAL, ECANCELED})
    BOOST_TEST(judge_with(its.get(), -error, uncancelled, another) == verdict::over);
  fake_operation opening(operation_kind::open);
  static_cast<open_operation&>(opening.get()).task = &task;
  for (const int error : {EINTR, EAGAIN, EINVAL, ECANCELED})
    BOOST_TEST(judge_with(opening.get(), -error, uncancelled, another) == verdict::over);
}

BOOST_AUTO_TEST_CASE(a_short_transfer_is_over) {
  fake_transfer its(operation_kind::read, 100);
  BOOST_TEST(judge_with(its.get(), 60, uncancelled, another) == verdict::over);
  BOOST_TEST(its.get().transferred == 60U);
  BOOST_TEST(its.get().remaining() == 40U);
  // The first buffer, of 50 bytes, and ten bytes of the second are full.
  BOOST_TEST(its.get().buffer_count == 1U);
  BOOST_TEST(its.get().buffers->iov_len == 40U);
}

BOOST_AUTO_TEST_CASE(a_transfer_that_the_limit_of_one_call_cuts_off_goes_on) {
  fake_transfer its(operation_kind::write, 100);
  iovec huge{&first_byte, call_max + 10};
  its.get().buffers = &huge;
  its.get().buffer_count = 1;
  its.get().requested = call_max + 10;
  BOOST_TEST(judge_with(its.get(), call_max, uncancelled, another) == verdict::resubmit);
  BOOST_TEST(its.get().remaining() == 10U);
  BOOST_TEST(its.get().next_offset() == call_max);
  BOOST_TEST(judge_with(its.get(), 10, uncancelled, another) == verdict::over);
}

BOOST_AUTO_TEST_CASE(a_transfer_of_just_the_limit_is_over) {
  fake_transfer its(operation_kind::write, 100);
  iovec huge{&first_byte, call_max};
  its.get().buffers = &huge;
  its.get().buffer_count = 1;
  its.get().requested = call_max;
  BOOST_TEST(judge_with(its.get(), call_max, uncancelled, another) == verdict::over);
}

BOOST_AUTO_TEST_CASE(a_cancelled_transfer_does_not_go_on) {
  fake_transfer its(operation_kind::write, 100);
  iovec huge{&first_byte, call_max + 10};
  its.get().buffers = &huge;
  its.get().buffer_count = 1;
  its.get().requested = call_max + 10;
  BOOST_TEST(judge_with(its.get(), call_max, cancelled, another) == verdict::over);
}

BOOST_AUTO_TEST_CASE(a_later_piece_that_fails_leaves_a_short_transfer) {
  fake_transfer its(operation_kind::read, 100);
  its.get().transferred = 10;
  for (const int error : {EIO, EAGAIN, ECANCELED, EINVAL})
    BOOST_TEST(judge_with(its.get(), -error, uncancelled, another) == verdict::over);
  BOOST_TEST(judge_with(its.get(), -EINTR, uncancelled, another) == verdict::resubmit);
  BOOST_TEST(judge_with(its.get(), -EINTR, cancelled, another) == verdict::over);
}

// ---- a write that a sync follows

namespace {

class chain : public fake_transfer {
 public:
  explicit chain(sync_after sync = sync_after::data)
      : fake_transfer(operation_kind::write, 100, 0, sync) {}
  // ... all of whose data is written.
  static void write_all(chain& its) { advance(its.get(), its.get().remaining()); }
};

constexpr std::int32_t not_run = transfer_operation::sync_not_run;

}  // namespace

BOOST_AUTO_TEST_CASE(a_chain_whose_sync_ran_is_over) {
  for (const int sync : {0, -EIO, -EINTR, -ENOSPC}) {
    chain its;
    its.get().sync_result = sync;
    BOOST_TEST(judge_with(its.get(), 100, uncancelled, another) == verdict::over);
    BOOST_TEST(its.get().sync_result == sync);
    BOOST_TEST(is_sync_left(its.get()));
  }
}

BOOST_AUTO_TEST_CASE(a_chain_whose_sync_did_not_run_syncs_once_more) {
  for (const int sync : {int{not_run}, -ECANCELED}) {
    chain its;
    its.get().sync_result = sync;
    BOOST_TEST(judge_with(its.get(), 100, uncancelled, another) == verdict::resubmit);
    BOOST_TEST(its.get().sync_result == not_run);
    BOOST_TEST(is_sync_left(its.get()));
  }
}

BOOST_AUTO_TEST_CASE(a_short_write_goes_on_also_where_its_sync_ran) {
  for (const int sync : {int{not_run}, -ECANCELED, 0}) {
    chain its;
    its.get().sync_result = sync;
    BOOST_TEST(judge_with(its.get(), 30, uncancelled, another) == verdict::resubmit);
    BOOST_TEST(its.get().sync_result == not_run);
    BOOST_TEST(its.get().remaining() == 70U);
  }
}

BOOST_AUTO_TEST_CASE(a_short_write_whose_sync_failed_is_over) {
  chain its;
  its.get().sync_result = -EIO;
  BOOST_TEST(judge_with(its.get(), 30, uncancelled, another) == verdict::over);
  BOOST_TEST(its.get().sync_result == -EIO);
}

BOOST_AUTO_TEST_CASE(a_write_that_takes_nothing_is_over) {
  chain its;
  its.get().sync_result = 0;
  BOOST_TEST(judge_with(its.get(), 0, uncancelled, another) == verdict::over);
  BOOST_TEST(its.get().sync_result == not_run);
}

BOOST_AUTO_TEST_CASE(the_sync_alone_gives_its_result) {
  chain its;
  chain::write_all(its);
  BOOST_TEST(judge_with(its.get(), 0, uncancelled, another) == verdict::over);
  BOOST_TEST(its.get().sync_result == 0);
  for (const int error : {EIO, EINTR, ENOSPC, EFAULT}) {
    chain failed;
    chain::write_all(failed);
    BOOST_TEST(judge_with(failed.get(), -error, uncancelled, another) == verdict::over);
    BOOST_TEST(failed.get().sync_result == -error);
    BOOST_TEST(failed.get().result == 0);
  }
}

BOOST_AUTO_TEST_CASE(the_sync_alone_is_repeated_where_it_did_not_run) {
  chain its;
  chain::write_all(its);
  BOOST_TEST(judge_with(its.get(), -ECANCELED, uncancelled, alone) == verdict::resubmit);
  BOOST_TEST(judge_with(its.get(), -ECANCELED, uncancelled, another) == verdict::fall_back);
  BOOST_TEST(judge_with(its.get(), -EINVAL, uncancelled, another) == verdict::fall_back);
  BOOST_TEST(its.get().sync_result == not_run);
  BOOST_TEST(judge_with(its.get(), -ECANCELED, cancelled, another) == verdict::over);
  BOOST_TEST(its.get().sync_result == -ECANCELED);
}

BOOST_AUTO_TEST_CASE(a_failed_write_of_a_chain_is_judged_also_after_a_part) {
  chain its;
  advance(its.get(), 10);
  BOOST_TEST(judge_with(its.get(), -EAGAIN, uncancelled, another) == verdict::fall_back);
  BOOST_TEST(judge_with(its.get(), -ECANCELED, uncancelled, alone) == verdict::resubmit);
  BOOST_TEST(judge_with(its.get(), -EIO, uncancelled, another) == verdict::over);
  its.get().sync_result = 0;
  BOOST_TEST(judge_with(its.get(), -EAGAIN, uncancelled, another) == verdict::fall_back);
  BOOST_TEST(its.get().sync_result == not_run);
}

BOOST_AUTO_TEST_CASE(a_failed_write_whose_sync_failed_is_over) {
  chain its;
  its.get().sync_result = -EIO;
  BOOST_TEST(judge_with(its.get(), -EAGAIN, uncancelled, another) == verdict::over);
  BOOST_TEST(its.get().sync_result == -EIO);
}

// ---- the results that handlers get

BOOST_AUTO_TEST_CASE(errors_of_transfers_are_told) {
  BOOST_TEST(transfer_error(operation_kind::read, 10, 4, -EIO) == 0);
  BOOST_TEST(transfer_error(operation_kind::read, 10, 0, -EIO) == EIO);
  BOOST_TEST(transfer_error(operation_kind::read, 0, 0, 0) == 0);
  BOOST_TEST(transfer_error(operation_kind::read, 10, 0, 0) == end_of_file);
  BOOST_TEST(transfer_error(operation_kind::write, 10, 0, 0) == EIO);
  BOOST_TEST(transfer_error(operation_kind::write, 0, 0, -EBADF) == EBADF);
}

BOOST_AUTO_TEST_CASE(interrupted_on_request_means_aborted) {
  fake_operation its(operation_kind::sync_all);
  BOOST_TEST(final_result(its.get(), -EINTR) == -EINTR);
  BOOST_TEST(final_result(its.get(), -EAGAIN) == -EAGAIN);
  its.get().cancel_requested = true;
  BOOST_TEST(final_result(its.get(), -EINTR) == -ECANCELED);
  BOOST_TEST(final_result(its.get(), -EAGAIN) == -ECANCELED);
  BOOST_TEST(final_result(its.get(), -EIO) == -EIO);
  BOOST_TEST(final_result(its.get(), 3) == 3);
  its.get().result = -EINTR;
  BOOST_TEST(result_of(its.get()).error == ECANCELED);
}

BOOST_AUTO_TEST_CASE(a_value_is_told_where_there_is_no_error) {
  fake_operation its(operation_kind::size);
  its.get().result = 4711;
  BOOST_TEST(result_of(its.get()).value == 4711U);
  BOOST_TEST(result_of(its.get()).error == 0);
  its.get().result = -EIO;
  BOOST_TEST(result_of(its.get()).value == 0U);
  BOOST_TEST(result_of(its.get()).error == EIO);
}

BOOST_AUTO_TEST_CASE(a_transfer_tells_how_far_it_came) {
  fake_transfer its(operation_kind::read, 100);
  its.get().transferred = 60;
  its.get().result = -EIO;
  BOOST_TEST(result_of(its.get()).value == 60U);
  BOOST_TEST(result_of(its.get()).error == 0);
}

namespace {

struct chain_row {
  std::uint64_t written;
  std::int64_t result;
  std::int32_t sync;
  int write_error;
  int sync_error;
  int error;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_chain_tells_of_write_and_sync) {
  for (const chain_row& each : std::initializer_list<chain_row>{{100, 100, 0, 0, 0, 0},
                                {100, 0, -EIO, 0, EIO, EIO},
                                {100, 0, not_run, 0, ECANCELED, ECANCELED},
                                {100, -EBADF, not_run, 0, EBADF, EBADF},
                                {30, -ENOSPC, not_run, ENOSPC, ECANCELED, ENOSPC},
                                {30, 0, not_run, EIO, ECANCELED, EIO},
                                {30, 30, -EIO, EIO, ECANCELED, EIO}}) {
    chain its;
    its.get().transferred = each.written;
    its.get().result = each.result;
    its.get().sync_result = each.sync;
    const operation_result told = result_of(its.get());
    BOOST_TEST_CONTEXT("written " << each.written << " result " << each.result << " sync "
                                  << each.sync) {
      BOOST_TEST(told.value == each.written);
      BOOST_TEST(told.write_error == each.write_error);
      BOOST_TEST(told.sync_error == each.sync_error);
      BOOST_TEST(told.error == each.error);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_cancelled_chain_is_aborted) {
  chain its;
  its.get().cancel_requested = true;
  its.get().result = -EINTR;
  BOOST_TEST(result_of(its.get()).write_error == ECANCELED);
  chain::write_all(its);
  its.get().result = 0;
  its.get().sync_result = -EINTR;
  BOOST_TEST(result_of(its.get()).write_error == 0);
  BOOST_TEST(result_of(its.get()).sync_error == ECANCELED);
}

BOOST_AUTO_TEST_CASE(only_some_errors_of_a_sync_say_that_data_may_be_lost) {
  for (const int error : {EIO, ENOSPC, EDQUOT, EINTR, EFAULT}) BOOST_TEST(is_sync_failure(-error));
  for (const int error : {ECANCELED, EAGAIN, EINVAL, ENOSYS, EOPNOTSUPP, EBADF})
    BOOST_TEST(!is_sync_failure(-error));
  BOOST_TEST(!is_sync_failure(0));
  BOOST_TEST(!is_sync_failure(not_run));
}

BOOST_AUTO_TEST_CASE(a_sync_has_run_where_it_says_so) {
  chain its;
  for (const int sync : {0, -EIO, -EINTR, -EFAULT}) {
    its.get().sync_result = sync;
    BOOST_TEST(has_sync_run(its.get()));
  }
  for (const int sync : {int{not_run}, -ECANCELED}) {
    its.get().sync_result = sync;
    BOOST_TEST(!has_sync_run(its.get()));
  }
}

BOOST_AUTO_TEST_CASE(buffers_are_dropped_from_the_front) {
  char memory[30];
  iovec buffers[] = {{memory, 10}, {memory + 10, 10}, {memory + 20, 10}};
  iovec* rest = buffers;
  std::uint32_t count = 3;
  drop_front(rest, count, 0);
  BOOST_TEST(count == 3U);
  drop_front(rest, count, 10);
  BOOST_TEST(count == 2U);
  BOOST_TEST(rest == buffers + 1);
  drop_front(rest, count, 14);
  BOOST_TEST(count == 1U);
  BOOST_TEST((rest->iov_base == memory + 24));
  BOOST_TEST(rest->iov_len == 6U);
  drop_front(rest, count, 6);
  BOOST_TEST(count == 0U);
}

BOOST_AUTO_TEST_CASE(operations_have_names) {
  fake_transfer write(operation_kind::write), read(operation_kind::read);
  BOOST_TEST(name_of(write.get()) == "write");
  BOOST_TEST(name_of(read.get()) == "read");
  chain data, all(sync_after::all);
  BOOST_TEST(name_of(data.get()) == "write_and_sync_data");
  BOOST_TEST(name_of(all.get()) == "write_and_sync_all");
  small_job task;
  fake_operation of_job(task);
  BOOST_TEST(name_of(of_job.get()) == "small_job");
  fake_operation close(operation_kind::close), size(operation_kind::size);
  fake_operation sync_all(operation_kind::sync_all), sync_data(operation_kind::sync_data);
  BOOST_TEST(name_of(close.get()) == "close");
  BOOST_TEST(name_of(size.get()) == "size");
  BOOST_TEST(name_of(sync_all.get()) == "sync_all");
  BOOST_TEST(name_of(sync_data.get()) == "sync_data");
  fake_operation open{open_request{}};
  BOOST_TEST(name_of(open.get()) == "open");
  using named = std::pair<operation_kind, const char*>;
  for (const auto& [kind, name] : {named{operation_kind::resize, "resize"},
                                   named{operation_kind::allocate, "allocate"},
                                   named{operation_kind::advise, "advise"}}) {
    fake_operation its{range_request{kind}};
    BOOST_TEST(name_of(its.get()) == name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
