// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// One sync for everything that is written on a descriptor.

#include "service/group_commit.hpp"

#include "fakes/fake_operation.hpp"
#include "operations/completion.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <vector>

using namespace asiofile::detail;
using enum operation_stage;

namespace {

// All of its data is written, and it comes from an engine.
class written : public fakes::fake_transfer {
 public:
  explicit written(sync_after sync = sync_after::data)
      : fake_transfer(operation_kind::write, 100, 0, sync) {
    advance(get(), 100);
    get().set_stage(in_engine);
  }
  [[nodiscard]] int sync_result() { return get().sync_result; }
};

struct ended {
  transfer_operation* next = nullptr;
  std::vector<operation*> covered;
};

ended end(group_commit& commits, written& leader, int sync_result) {
  leader.get().sync_result = sync_result;
  operation_queue covered;
  ended seen;
  seen.next = commits.end(leader.get(), covered);
  for (operation& each : covered) seen.covered.push_back(&each);
  return seen;
}

constexpr int not_run = transfer_operation::sync_not_run;
using many = std::vector<operation*>;

}  // namespace

BOOST_AUTO_TEST_SUITE(core_group_commit)

BOOST_AUTO_TEST_CASE(the_first_leads_and_the_others_are_kept) {
  group_commit commits;
  written leader, second, third;
  BOOST_TEST(commits.join(leader.get()));
  BOOST_TEST((leader.stage() == in_engine));
  BOOST_TEST(!commits.join(second.get()));
  BOOST_TEST((second.stage() == grouped));
  // It is returned in order to sync once more.
  BOOST_TEST(commits.join(leader.get()));
  commits.begin(leader.get());
  BOOST_TEST(!commits.join(third.get()));
  const ended seen = end(commits, leader, 0);
  BOOST_TEST((seen.covered == many{&second.get()}));
  BOOST_TEST(second.sync_result() == 0);
  // Written after the sync was submitted: it leads the next one.
  BOOST_TEST(seen.next == &third.get());
  BOOST_TEST(third.sync_result() == not_run);
  commits.begin(third.get());
  const ended last = end(commits, third, 0);
  BOOST_TEST(last.next == nullptr);
  BOOST_TEST(last.covered.empty());
  // There is no leader any more.
  written later;
  BOOST_TEST(commits.join(later.get()));
}

BOOST_AUTO_TEST_CASE(a_failure_answers_for_all_that_were_written_before_it_was_known) {
  group_commit commits;
  written leader, before, after;
  commits.join(leader.get());
  commits.join(before.get());
  commits.begin(leader.get());
  commits.join(after.get());
  const ended seen = end(commits, leader, -EIO);
  BOOST_TEST((seen.covered == many{&before.get(), &after.get()}));
  BOOST_TEST(before.sync_result() == -EIO);
  BOOST_TEST(after.sync_result() == -EIO);
  BOOST_TEST(seen.next == nullptr);
}

// The member's write was under way when another sync failed, which may have consumed the record of
// its failure; the leader began after that.
BOOST_AUTO_TEST_CASE(a_member_answers_for_a_failure_that_its_leader_need_not) {
  group_commit commits;
  written leader, older, younger;
  older.get().failures_before = commits.failures();
  commits.note_failure(EIO);
  leader.get().failures_before = younger.get().failures_before = commits.failures();
  commits.join(leader.get());
  commits.join(older.get());
  commits.join(younger.get());
  commits.begin(leader.get());
  end(commits, leader, 0);
  BOOST_TEST(older.sync_result() == -EIO);
  BOOST_TEST(younger.sync_result() == 0);
}

BOOST_AUTO_TEST_CASE(a_sync_covers_all_that_one_of_them_asks_for) {
  group_commit commits;
  written leader(sync_after::data), data(sync_after::data);
  commits.join(leader.get());
  commits.join(data.get());
  commits.begin(leader.get());
  BOOST_TEST((leader.get().sync == sync_after::data));
  written all(sync_after::all), other(sync_after::data);
  commits.join(all.get());
  commits.join(other.get());
  // Submitted again: it covers those that have joined since.
  commits.begin(leader.get());
  BOOST_TEST((leader.get().sync == sync_after::all));
  const ended seen = end(commits, leader, 0);
  BOOST_TEST((seen.covered == many{&data.get(), &all.get(), &other.get()}));
  BOOST_TEST(seen.next == nullptr);
}

BOOST_AUTO_TEST_CASE(a_leader_of_a_full_sync_stays_one) {
  group_commit commits;
  written leader(sync_after::all), data(sync_after::data);
  commits.join(leader.get());
  commits.join(data.get());
  commits.begin(leader.get());
  BOOST_TEST((leader.get().sync == sync_after::all));
}

// It was cancelled, or not begun: nothing is known of the others' data.
BOOST_AUTO_TEST_CASE(a_leader_whose_sync_did_not_run_hands_over) {
  for (const int sync : {not_run, -ECANCELED}) {
    group_commit commits;
    written leader, covered, next;
    commits.join(leader.get());
    commits.join(covered.get());
    commits.begin(leader.get());
    commits.join(next.get());
    const ended seen = end(commits, leader, sync);
    BOOST_TEST(seen.covered.empty());
    BOOST_TEST(seen.next == &covered.get());
    BOOST_TEST(covered.sync_result() == not_run);
    BOOST_TEST(next.sync_result() == not_run);
    commits.begin(covered.get());
    BOOST_TEST((end(commits, covered, 0).covered == many{&next.get()}));
  }
}

BOOST_AUTO_TEST_CASE(one_that_is_not_the_leader_ends_for_itself) {
  group_commit commits;
  written leader, other, kept;
  commits.join(leader.get());
  commits.join(kept.get());
  const ended seen = end(commits, other, 0);
  BOOST_TEST(seen.next == nullptr);
  BOOST_TEST(seen.covered.empty());
  BOOST_TEST(!commits.join(other.get()));
}

BOOST_AUTO_TEST_CASE(one_that_is_not_the_leader_covers_nobody) {
  group_commit commits;
  written leader, member, other;
  commits.join(leader.get());
  commits.begin(leader.get());
  commits.join(member.get());
  commits.begin(other.get());
  BOOST_TEST(end(commits, leader, 0).next == &member.get());
}

BOOST_AUTO_TEST_CASE(a_chain_is_single_where_nobody_else_is_there) {
  group_commit commits;
  commits.chain_begins();
  BOOST_TEST(commits.is_single());
  commits.chain_begins();
  BOOST_TEST(!commits.is_single());
  commits.chain_ends();
  BOOST_TEST(commits.is_single());
  written leader;
  commits.join(leader.get());
  BOOST_TEST(!commits.is_single());
  end(commits, leader, 0);
  commits.chain_ends();
  BOOST_TEST(!commits.is_single());
}

// Of several syncs in flight, the kernel reports a failed write to only one.
BOOST_AUTO_TEST_CASE(a_sync_that_succeeds_tells_of_a_failure_since_it_began) {
  group_commit commits;
  const auto before = commits.failures();
  BOOST_TEST(commits.verdict_since(before) == 0);
  commits.note_failure(EIO);
  BOOST_TEST(commits.verdict_since(before) == EIO);
  const auto between = commits.failures();
  BOOST_TEST(commits.verdict_since(between) == 0);
  commits.note_failure(ENOSPC);
  BOOST_TEST(commits.verdict_since(before) == ENOSPC);
  BOOST_TEST(commits.verdict_since(between) == ENOSPC);
  BOOST_TEST(commits.failures() == before + 2);
}

BOOST_AUTO_TEST_CASE(all_that_are_kept_are_taken_at_the_end) {
  group_commit commits;
  written leader, covered, next;
  commits.join(leader.get());
  commits.join(covered.get());
  commits.begin(leader.get());
  commits.join(next.get());
  operation_queue all;
  commits.take_all(all);
  BOOST_TEST(all.size() == 2U);
  BOOST_TEST(&all.front() == &covered.get());
  written other;
  BOOST_TEST(commits.join(other.get()));
  BOOST_TEST(end(commits, other, 0).next == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
