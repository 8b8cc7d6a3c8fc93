// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Forks while other threads hold participants' mutexes at every moment.

#include "service/fork_participants.hpp"

#include "child_process.hpp"
#include "watchdog.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

using asiofile::detail::fork_participant;
using asiofile::detail::fork_participants;
using asiofile::detail::fork_safe;
using asiofile::detail::operation_queue;
using namespace test_support;

namespace {

// Two numbers that are equal whenever the lock is free.
class pair : public fork_participant {
 public:
  explicit pair(fork_participants& all) : fork_participant(all) {}

  void add_one() {
    const asiofile::detail::scoped_lock held(mutex_);
    ++first_;
    std::this_thread::yield();
    ++second_;
  }
  [[nodiscard]] bool is_whole() const {
    const asiofile::detail::scoped_lock held(mutex_);
    return first_ == second_;
  }
  [[nodiscard]] bool was_reset() const noexcept { return was_reset_; }

 private:
  void reset_in_child(operation_queue&) noexcept override { was_reset_ = first_ == second_; }

  int first_ = 0;
  int second_ = 0;
  bool was_reset_ = false;
};

using listed_pair = fork_safe<pair>;

}  // namespace

BOOST_AUTO_TEST_SUITE(fork_participation)

BOOST_AUTO_TEST_CASE(a_child_has_every_participant_whole_and_free) {
  if (!children_can_be_trusted()) return;
  const watchdog limit(std::chrono::seconds(60));
  fork_participants all;
  std::vector<std::unique_ptr<listed_pair>> pairs;
  for (int i = 0; i != 8; ++i) pairs.push_back(std::make_unique<listed_pair>(all));
  std::atomic<bool> is_over = false;
  std::vector<std::thread> threads;
  for (std::size_t each = 0; each != 2; ++each)
    threads.emplace_back([&, each] {
      for (std::size_t i = each; !is_over; ++i) {
        pairs[i % pairs.size()]->add_one();
        // Others are made and destroyed meanwhile.
        static_cast<void>(std::make_unique<listed_pair>(all));
      }
    });
  for (int i = 0; i != 100; ++i) {
    all.prepare_fork();
    child_process child([&] {
      child_require(all.is_forked_copy(), "the child is not known as such");
      child_require(all.resume_in_child().empty(), "calls out of nothing");
      child_require(!all.is_forked_copy(), "the child is still a copy");
      for (const auto& each : pairs) {
        child_require(each->was_reset(), "not reset, or not whole");
        each->add_one();
        child_require(each->is_whole(), "not whole");
      }
      pairs.clear();
      const listed_pair another(all);
    });
    all.resume_in_parent();
    const auto ended = child.wait(std::chrono::seconds(10));
    BOOST_TEST_REQUIRE(ended.succeeded(), "fork " << i << ": " << ended);
  }
  is_over = true;
  for (auto& each : threads) each.join();
  for (const auto& each : pairs) BOOST_TEST((each->is_whole() && !each->was_reset()));
}

// Forked without `notify_fork`: all that is left is to end.
BOOST_AUTO_TEST_CASE(a_child_that_was_not_announced_comes_to_its_end) {
  if (!children_can_be_trusted()) return;
  class held : public pair {
   public:
    using pair::pair;
    using pair::must_lock;
    using pair::mutex_;
  };
  fork_participants all;
  auto participant = std::make_unique<fork_safe<held>>(all);
  std::atomic<bool> is_held = false, is_over = false;
  std::thread thread([&] {
    const asiofile::detail::scoped_lock lock(participant->mutex_);
    is_held = true;
    while (!is_over) std::this_thread::yield();
  });
  while (!is_held) std::this_thread::yield();
  child_process child([&] {
    {
      const asiofile::detail::participant_lock lock(participant->mutex_,
                                                    participant->must_lock());
    }
    participant.reset();
  });
  const auto ended = child.wait(std::chrono::seconds(10));
  is_over = true;
  thread.join();
  BOOST_TEST(ended.succeeded(), ended);
}

BOOST_AUTO_TEST_SUITE_END()
