// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Openings of file objects: their users, and who closes.

#include "service/file_registry.hpp"

#include "fakes/fake_calls.hpp"
#include "fakes/fake_operation.hpp"

#include <asiofile/file_base.hpp>

#include "fakes/scene.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <vector>

using namespace asiofile::detail;
using namespace fakes;
using enum operation_stage;

namespace {

// A registry, and a file object of a service that does not use it.
struct registered {
  scene others;
  fake_calls calls;
  file_registry files;
  file_state_ptr file = others.closed_file();
  openings unused;

  ~registered() {
    if (opening* const left = files.take(*file)) files.release(*left);
    collect();
    unused.clear_and_dispose([](opening* each) { delete each; });
  }
  opening& open(int fd = 7) {
    auto made = std::make_unique<opening>();
    give_descriptor(*made, calls.facts(fd), ownership::owned, false);
    made->state = open_state::open;
    return files.give(*file, std::move(made));
  }
  std::size_t collect() {
    files.take_unused(unused);
    return unused.size();
  }
  operation_queue leave(fake_operation& over) {
    operation_queue next;
    files.leave(over.get(), next);
    return next;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_file_registry)

BOOST_AUTO_TEST_CASE(a_file_object_has_something_open_or_is_opening_it_or_not) {
  registered its;
  BOOST_TEST(!file_registry::is_used(*its.file));
  BOOST_TEST(file_registry::open_in(*its.file) == nullptr);
  opening& on = its.open();
  BOOST_TEST(file_registry::is_used(*its.file));
  BOOST_TEST(file_registry::open_in(*its.file) == &on);
  on.state = open_state::opening;
  BOOST_TEST(file_registry::is_used(*its.file));
  BOOST_TEST(file_registry::open_in(*its.file) == nullptr);
  on.state = open_state::closed;
  BOOST_TEST(!file_registry::is_used(*its.file));
  BOOST_TEST(file_registry::open_in(*its.file) == nullptr);
}

BOOST_AUTO_TEST_CASE(openings_are_numbered_and_the_one_before_is_released) {
  registered its;
  opening& first = its.open();
  BOOST_TEST(first.number == 1U);
  opening& second = its.open();
  BOOST_TEST(second.number == 2U);
  BOOST_TEST(its.files.has_unused());
  BOOST_TEST(its.collect() == 1U);
  BOOST_TEST(!its.files.has_unused());
}

BOOST_AUTO_TEST_CASE(the_last_user_leaves_an_opening_unused) {
  registered its;
  opening& on = its.open();
  file_registry::retain(on);
  BOOST_TEST(its.files.take(*its.file) == &on);
  BOOST_TEST(its.files.take(*its.file) == nullptr);
  its.files.release(on);
  BOOST_TEST(its.collect() == 0U);
  its.files.release(on);
  BOOST_TEST(its.collect() == 1U);
}

BOOST_AUTO_TEST_CASE(an_operation_uses_its_opening_until_it_leaves) {
  registered its;
  opening& on = its.open(17);
  fake_operation size(operation_kind::size);
  BOOST_TEST(its.files.enter(size.get(), on));
  BOOST_TEST(size.get().target == &on);
  BOOST_TEST(size.get().fd == 17);
  BOOST_TEST(on.users == 2U);
  BOOST_TEST(on.operations.size() == 1U);
  BOOST_TEST((on.commits == nullptr));
  BOOST_TEST(its.leave(size).empty());
  BOOST_TEST(on.users == 1U);
  BOOST_TEST(on.operations.empty());
}

BOOST_AUTO_TEST_CASE(syncs_and_chains_have_a_group_commit) {
  for (const auto kind : {operation_kind::sync_all, operation_kind::sync_data}) {
    registered its;
    opening& on = its.open();
    fake_operation sync(kind);
    its.files.enter(sync.get(), on);
    BOOST_TEST(on.commits == &on.descriptor->commits());
    // A sync is no chain.
    on.commits->chain_begins();
    BOOST_TEST(on.commits->is_single());
    its.leave(sync);
  }
  registered its;
  opening& on = its.open();
  fake_transfer chain(operation_kind::write, 100, 0, sync_after::data);
  its.files.enter(chain.get(), on);
  BOOST_REQUIRE(on.commits != nullptr);
  BOOST_TEST(on.commits->is_single());
  its.leave(chain);
  BOOST_TEST(!on.commits->is_single());
}

BOOST_AUTO_TEST_CASE(operations_at_the_position_wait_for_each_other) {
  registered its;
  opening& on = its.open();
  fake_transfer first(operation_kind::read, 100, 0, sync_after::none, true);
  fake_transfer second(operation_kind::read, 100, 0, sync_after::none, true);
  fake_transfer elsewhere(operation_kind::read, 100, 4096);
  BOOST_TEST(its.files.enter(first.get(), on));
  BOOST_TEST(!its.files.enter(second.get(), on));
  BOOST_TEST(its.files.enter(elsewhere.get(), on));
  BOOST_TEST(elsewhere.get().offset == 4096U);
  BOOST_TEST(its.leave(elsewhere).empty());
  first.get().transferred = 30;
  operation_queue next = its.leave(first);
  BOOST_TEST(next.size() == 1U);
  BOOST_TEST(&next.front() == &second.get());
  BOOST_TEST(second.get().offset == 30U);
  next.clear();
  BOOST_TEST(its.leave(second).empty());
}

BOOST_AUTO_TEST_CASE(the_descriptors_position_is_used_where_the_opening_says_so) {
  registered its;
  opening& on = its.open();
  on.uses_descriptor_position = true;
  BOOST_TEST(positions_of(on).uses_descriptor_position());
  BOOST_TEST(&positions_of(on) == on.positions.get());
}

BOOST_AUTO_TEST_CASE(a_close_waits_for_the_operations_in_flight) {
  registered its;
  opening& on = its.open();
  fake_operation one(operation_kind::size), two(operation_kind::size), close(operation_kind::close);
  its.files.enter(one.get(), on);
  its.files.enter(two.get(), on);
  its.files.take(*its.file);
  auto& closer = static_cast<close_operation&>(close.get());
  BOOST_TEST(!its.files.enter_close(closer, on));
  BOOST_TEST(closer.target == &on);
  BOOST_TEST(closer.fd == 7);
  BOOST_TEST(its.leave(one).empty());
  operation_queue next = its.leave(two);
  BOOST_TEST(next.size() == 1U);
  BOOST_TEST(&next.front() == &closer);
  next.clear();
  BOOST_TEST(on.users == 1U);
  BOOST_TEST(its.leave(close).empty());
  BOOST_TEST(its.collect() == 1U);
}

BOOST_AUTO_TEST_CASE(a_close_of_a_quiet_file_may_run_now) {
  registered its;
  opening& on = its.open();
  fake_operation close(operation_kind::close);
  its.files.take(*its.file);
  BOOST_TEST(its.files.enter_close(static_cast<close_operation&>(close.get()), on));
  BOOST_TEST(on.operations.size() == 1U);
  its.leave(close);
}

namespace {

close_operation& prepared(fake_operation& close, opening& on) {
  auto& closer = static_cast<close_operation&>(close.get());
  closer.target = &on;
  file_registry::prepare_close(closer);
  return closer;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_last_user_of_an_owned_descriptor_closes_it) {
  registered its;
  opening& on = its.open();
  fake_operation close(operation_kind::close);
  close_operation& closer = prepared(close, on);
  BOOST_TEST(!closer.keeps_open);
  BOOST_TEST(!closer.syncs);
  BOOST_TEST(closer.table == nullptr);
  BOOST_TEST(on.descriptor->fd() == -1);
}

BOOST_AUTO_TEST_CASE(a_shared_descriptor_stays_open) {
  registered its;
  opening& on = its.open();
  const auto of_clone = on.descriptor;
  fake_operation close(operation_kind::close);
  BOOST_TEST(prepared(close, on).keeps_open);
  BOOST_TEST(on.descriptor->fd() == 7);
}

BOOST_AUTO_TEST_CASE(of_two_openings_the_second_one_that_is_closed_closes) {
  registered its;
  opening& first = its.open();
  const file_state_ptr other_file = its.others.closed_file();
  auto made = std::make_unique<opening>();
  made->descriptor = first.descriptor;
  made->descriptor->add_opening();
  opening& second = its.files.give(*other_file, std::move(made));
  fake_operation one(operation_kind::close), two(operation_kind::close);
  BOOST_TEST(prepared(one, first).keeps_open);
  BOOST_TEST(!prepared(two, second).keeps_open);
  its.files.release(*its.files.take(*other_file));
}

BOOST_AUTO_TEST_CASE(a_borrowed_descriptor_stays_open) {
  registered its;
  opening& on = its.open();
  on.descriptor = std::make_shared<descriptor>();
  on.descriptor->adopt(9, its.calls, ownership::borrowed, false);
  fake_operation close(operation_kind::close);
  BOOST_TEST(prepared(close, on).keeps_open);
  BOOST_TEST(on.descriptor->fd() == 9);
}

BOOST_AUTO_TEST_CASE(where_there_is_no_descriptor_there_is_nothing_to_close) {
  registered its;
  opening& on = its.open();
  on.descriptor = std::make_shared<descriptor>();
  fake_operation close(operation_kind::close);
  BOOST_TEST(prepared(close, on).keeps_open);
}

BOOST_AUTO_TEST_CASE(only_what_can_have_been_written_and_be_kept_is_synced) {
  fake_calls calls;
  const auto syncs = [&](auto&& change, bool wanted = true) {
    opening on;
    file_facts facts = calls.facts(7);
    facts.status_flags = O_RDWR;
    change(facts);
    give_descriptor(on, facts, ownership::owned, wanted);
    return on.descriptor->syncs_on_close();
  };
  BOOST_TEST(syncs([](file_facts&) {}));
  BOOST_TEST(!syncs([](file_facts&) {}, false));
  BOOST_TEST(syncs([](file_facts& its) { its.status_flags = O_WRONLY | O_APPEND; }));
  BOOST_TEST(!syncs([](file_facts& its) { its.status_flags = O_RDONLY | O_APPEND; }));
  BOOST_TEST(!syncs([](file_facts& its) { its.is_storage = false; }));
}

BOOST_AUTO_TEST_CASE(a_close_syncs_where_the_file_was_opened_so) {
  registered its;
  auto made = std::make_unique<opening>();
  file_facts facts = its.calls.facts(7);
  facts.status_flags = O_RDWR;
  give_descriptor(*made, facts, ownership::owned, true);
  opening& on = its.files.give(*its.file, std::move(made));
  fake_operation close(operation_kind::close);
  BOOST_TEST(prepared(close, on).syncs);
}

namespace {

open_operation& opened(fake_operation& open, opening& on, const file_facts& found, int flags = 0) {
  auto& its = static_cast<open_operation&>(open.get());
  its.target = &on;
  its.result = found.fd;
  its.found = found;
  its.flags = flags;
  return its;
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_open_that_succeeds_gives_the_file_its_descriptor) {
  registered its;
  opening& on = its.files.give(*its.file, std::make_unique<opening>());
  fake_operation open{open_request{}};
  file_facts found = its.calls.facts(23);
  found.status_flags = O_RDWR;
  auto& over = opened(open, on, found, asiofile::file_base::sync_on_close);
  BOOST_TEST(file_registry::end_open(over));
  BOOST_TEST((on.state == open_state::open));
  BOOST_TEST(over.fd == 23);
  BOOST_TEST(on.descriptor->fd() == 23);
  BOOST_TEST(on.descriptor->is_owned());
  BOOST_TEST(on.descriptor->syncs_on_close());
  BOOST_TEST(!on.uses_descriptor_position);
  BOOST_TEST(on.facts.fd == 23);
}

BOOST_AUTO_TEST_CASE(an_appended_file_uses_the_descriptors_position) {
  registered its;
  opening& on = its.files.give(*its.file, std::make_unique<opening>());
  fake_operation open{open_request{}};
  file_facts found = its.calls.facts(23);
  found.status_flags = O_APPEND | O_RDWR;
  BOOST_TEST(file_registry::end_open(opened(open, on, found)));
  BOOST_TEST(on.uses_descriptor_position);
  BOOST_TEST(!on.descriptor->syncs_on_close());
}

BOOST_AUTO_TEST_CASE(an_open_that_fails_leaves_the_file_closed) {
  registered its;
  opening& on = its.files.give(*its.file, std::make_unique<opening>());
  fake_operation open{open_request{}};
  auto& over = static_cast<open_operation&>(open.get());
  over.target = &on;
  over.result = -ENOENT;
  BOOST_TEST(file_registry::end_open(over));
  BOOST_TEST((on.state == open_state::closed));
  BOOST_TEST(on.descriptor->fd() == -1);
}

// Its descriptor is the file's, which closes it.
BOOST_AUTO_TEST_CASE(an_open_whose_file_was_closed_meanwhile_is_not_wanted) {
  registered its;
  opening& on = its.files.give(*its.file, std::make_unique<opening>());
  on.state = open_state::closed;
  fake_operation open{open_request{}};
  BOOST_TEST(!file_registry::end_open(opened(open, on, its.calls.facts(23))));
  BOOST_TEST((on.state == open_state::closed));
  BOOST_TEST(on.descriptor->fd() == 23);
}

BOOST_AUTO_TEST_CASE(operations_that_wait_are_taken_at_the_end) {
  registered its;
  opening& on = its.open();
  fake_transfer first(operation_kind::read, 100, 0, sync_after::none, true);
  fake_transfer second(operation_kind::read, 100, 0, sync_after::none, true);
  fake_transfer leader(operation_kind::write, 100, 0, sync_after::data);
  fake_transfer grouped_one(operation_kind::write, 100, 0, sync_after::data);
  for (auto* each : {&first, &second, &leader, &grouped_one}) its.files.enter(each->get(), on);
  for (auto* each : {&leader, &grouped_one}) {
    each->get().set_stage(in_engine);
    on.commits->join(each->get());
  }
  its.files.take(*its.file);
  fake_operation close(operation_kind::close);
  its.files.enter_close(static_cast<close_operation&>(close.get()), on);
  operation_queue kept;
  its.files.take_kept(kept);
  BOOST_TEST(kept.size() == 3U);
  BOOST_TEST((&*kept.begin() == &second.get()));
  BOOST_TEST((&*std::next(kept.begin()) == &grouped_one.get()));
  BOOST_TEST((&kept.back() == &close.get()));
  BOOST_TEST(on.closers.empty());
  kept.clear();
  for (fake_operation* each :
       {static_cast<fake_operation*>(&first), static_cast<fake_operation*>(&second),
        static_cast<fake_operation*>(&leader), static_cast<fake_operation*>(&grouped_one), &close})
    its.files.forget(each->get());
  BOOST_TEST(on.operations.empty());
  BOOST_TEST(its.collect() == 1U);
}

BOOST_AUTO_TEST_CASE(a_job_has_no_file_to_be_forgotten_by) {
  registered its;
  fake_operation wait(operation_kind::wait);
  its.files.enter(wait.get());
  wait.get().set_stage(in_engine);
  operation_queue running;
  its.files.take_running(running);
  BOOST_TEST(running.size() == 1U);
  its.files.forget(wait.get());
  operation_queue none;
  its.files.take_running(none);
  BOOST_TEST(none.empty());
  running.clear();
  BOOST_TEST(its.collect() == 0U);
}

namespace {

class fake_table final : public registry {
 public:
  int add_memory(void*, std::size_t) noexcept override { return 0; }
  void remove_memory(std::uint16_t) noexcept override {}
  int add_descriptor(int) noexcept override { return 0; }
  void remove_descriptor(std::uint16_t index) noexcept override { removed.push_back(index); }
  void release_files() noexcept override {}
  [[nodiscard]] bool is_in_effect() const noexcept override { return true; }

  std::vector<std::uint16_t> removed;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_close_takes_the_descriptor_out_of_the_rings_table) {
  registered its;
  opening& on = its.open();
  const auto table = std::make_shared<fake_table>();
  on.descriptor->set_registered(table, 5);
  fake_operation close(operation_kind::close);
  close_operation& closer = prepared(close, on);
  BOOST_TEST(closer.table == table.get());
  BOOST_TEST(closer.table_index == 5U);
  // The close itself does that; afterwards the slot may belong to another file.
  on.descriptor->unregister();
  BOOST_TEST(table->removed.empty());
}

BOOST_AUTO_TEST_CASE(a_place_that_was_put_back_is_given_up_once) {
  registered its;
  opening& on = its.open();
  const auto table = std::make_shared<fake_table>();
  on.descriptor->set_registered(table, 5);
  on.descriptor->put_place_back(on.descriptor->take_place());
  on.descriptor->unregister();
  on.descriptor->unregister();
  BOOST_TEST((table->removed == std::vector<std::uint16_t>{5}));
}

BOOST_AUTO_TEST_CASE(a_child_forgets_tables_and_threads_of_its_parent) {
  registered its;
  opening& on = its.open();
  const auto table = std::make_shared<fake_table>();
  on.descriptor->set_registered(table, 5);
  fake_transfer place(operation_kind::read, 0, 0, sync_after::none, true);
  place.get().target = &on;
  place.get().is_placeholder = true;
  positions_of(on).enter(place.get());
  its.files.forget_others();
  BOOST_TEST(on.descriptor->registered_with() == nullptr);
  BOOST_TEST((on.descriptor->registered_index() == registered_indices::none));
  BOOST_TEST(!on.positions->is_running(place.get()));
}

BOOST_AUTO_TEST_SUITE_END()
