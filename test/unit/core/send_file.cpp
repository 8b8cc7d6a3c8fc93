// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The rounds in which a file is sent: how each ends, and which of them one worker may run in a row.

#include "engines/run_queue.hpp"
#include "fakes/scene.hpp"
#include "plain_operation.hpp"
#include "system/owned_fd.hpp"

#include <asiofile/detail/send_file_job.hpp>

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

using namespace fakes;
using asiofile::detail::job;
using asiofile::detail::job_operation;
using asiofile::detail::make_send_file_job;
using asiofile::detail::send_end;
using asiofile::detail::send_file_job;
using asiofile::detail::send_round;
using test_support::plain_operation;

namespace {

constexpr std::uint64_t mib = 1024 * 1024;

struct fixture {
  // Any descriptor will do, because the calls are not made.
  std::shared_ptr<send_file_job> round(std::uint64_t bytes, bool was_slow = false) {
    return make_send_file_job(*file, STDIN_FILENO, own, 0, bytes, was_slow);
  }
  // Each call returns the next of `results`.
  void answer_with(std::vector<std::int64_t> results) {
    its.calls.on_sendfile = [this, results = std::move(results), next = std::size_t{0}](
                                off_t offset, std::size_t length) mutable {
      asked.emplace_back(offset, length);
      return next < results.size() ? results[next++] : -EIO;
    };
  }
  // Runs the round, and returns its result.
  static std::int64_t run(send_file_job& round) {
    std::int64_t result = job::more;
    while (result == job::more) result = round.run();
    return result;
  }
  static bool is_quick(send_file_job& round) {
    plain_operation<job_operation> running;
    running->task = &round;
    return asiofile::detail::is_quick(*running);
  }

  scene its;
  asiofile::detail::file_state_ptr file = its.file();
  asiofile::detail::sending_socket own;
  std::vector<std::pair<off_t, std::size_t>> asked;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(send_file_rounds, fixture)

BOOST_AUTO_TEST_CASE(a_round_goes_on_until_all_is_sent) {
  answer_with({mib, -EINTR, mib, 10});
  const auto sent = round(2 * mib + 10);
  BOOST_TEST(run(*sent) == 0);
  const auto [answer] = sent->take_answer();
  BOOST_TEST((answer.end == send_end::all));
  BOOST_TEST(answer.bytes == 2 * mib + 10);
  const std::vector<std::pair<off_t, std::size_t>> expected = {
      {0, mib}, {mib, mib}, {mib, mib}, {2 * mib, 10}};
  BOOST_TEST((asked == expected));
}

// Another call would only read data that the socket has no room for.
BOOST_AUTO_TEST_CASE(a_socket_that_takes_less_is_full) {
  answer_with({1000});
  const auto sent = round(mib);
  BOOST_TEST(run(*sent) == 0);
  const auto [answer] = sent->take_answer();
  BOOST_TEST((answer.end == send_end::full));
  BOOST_TEST(answer.bytes == 1000U);
  BOOST_TEST(asked.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_round_says_how_it_ended) {
  const auto end_of = [&](std::int64_t result) {
    answer_with({result});
    const auto sent = round(mib);
    BOOST_TEST(run(*sent) == 0);
    return std::get<send_round>(sent->take_answer()).end;
  };
  BOOST_TEST((end_of(0) == send_end::eof));
  BOOST_TEST((end_of(-EAGAIN) == send_end::full));
  for (const int refusal : {EINVAL, ESPIPE, EOVERFLOW, ENOSYS, EOPNOTSUPP, EPERM})
    BOOST_TEST((end_of(-refusal) == send_end::refused));
  answer_with({mib, -EPIPE});
  const auto sent = round(2 * mib);
  BOOST_TEST(run(*sent) == -EPIPE);
  BOOST_TEST(std::get<send_round>(sent->take_answer()).bytes == mib);
}

BOOST_AUTO_TEST_CASE(all_rounds_share_a_descriptor_which_the_last_one_closes) {
  answer_with({-EAGAIN, mib});
  BOOST_TEST(run(*round(mib)) == 0);
  BOOST_REQUIRE(own->is_open());
  const int descriptor = own->get();
  const auto last = round(mib);
  BOOST_TEST(own->get() == descriptor);
  BOOST_TEST(run(*last) == 0);
  BOOST_TEST(!own->is_open());
}

BOOST_AUTO_TEST_CASE(without_another_descriptor_the_file_is_read) {
  rlimit before{};
  BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const int first_free = ::dup(STDIN_FILENO);
  ::close(first_free);
  const rlimit none{static_cast<rlim_t>(first_free), before.rlim_max};
  BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const auto sent = round(mib);
  ::setrlimit(RLIMIT_NOFILE, &before);
  BOOST_TEST(run(*sent) == 0);
  BOOST_TEST((std::get<send_round>(sent->take_answer()).end == send_end::refused));
  BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_CASE(files_of_this_machine_are_sent_one_after_the_other) {
  BOOST_TEST(is_quick(*round(mib)));
  auto facts = its.calls.facts(101);
  facts.is_local = false;
  file = its.file(facts);
  BOOST_TEST(!is_quick(*round(mib)));
}

BOOST_AUTO_TEST_CASE(one_that_has_waited_for_the_disk_holds_up_no_others_after_that) {
  its.calls.on_sendfile = [](off_t, std::size_t length) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return static_cast<std::int64_t>(length);
  };
  const auto slow = round(2 * mib);
  BOOST_TEST(slow->run() == job::more);
  BOOST_TEST(!is_quick(*slow));
  BOOST_TEST(run(*slow) == 0);
  const auto [answer] = slow->take_answer();
  BOOST_TEST(answer.was_slow);
  // Nor does the next round of the same file.
  BOOST_TEST(!is_quick(*round(mib, answer.was_slow)));
  BOOST_TEST(is_quick(*round(mib, false)));
}

BOOST_AUTO_TEST_SUITE_END()
