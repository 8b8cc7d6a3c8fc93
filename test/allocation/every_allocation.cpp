// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Every allocation of every public operation fails once, in turn: the operation reports it, exactly
// once, or throws before it has begun; and everything still works.

#include "heap.hpp"
#include "open_descriptors.hpp"
#include "scene.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <filesystem>
#include <new>
#include <ostream>
#include <set>
#include <string>

using namespace allocation_test;

namespace {

// More allocations than any operation makes.
constexpr std::uint64_t allocations_max = 1000;

struct failure_plan {
  std::uint64_t nth;
  failing_threads threads;
  failing_times times;
  bool has_slot;

  friend std::ostream& operator<<(std::ostream& out, const failure_plan& plan) {
    out << "allocation " << plan.nth;
    out << (plan.threads == failing_threads::all ? " of all threads" : " of this thread");
    out << (plan.times == failing_times::once ? "" : " and all that follow");
    return out << (plan.has_slot ? ", with a cancellation slot" : "");
  }
};

// What the operations may leave in the directory.
std::set<std::string> unexpected_names(const std::string& directory) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    names.insert(entry.path().filename().string());
  for (const char* const expected : {"data", "fifo", "made", "used"}) names.erase(expected);
  return names;
}

bool is_out_of_memory(const error_code& ec) {
  return ec == boost::system::errc::not_enough_memory;
}

// Boost.Test is not used while allocations fail, because it allocates.

// Starts the operation. Returns what it threw, as an error code.
error_code thrown_by(const std::function<void()>& start) {
  try {
    start();
    return {};
  } catch (const std::bad_alloc&) {
    return make_error_code(boost::system::errc::not_enough_memory);
  } catch (const boost::system::system_error& failure) {
    // Functions without an error code report it like this.
    return failure.code();
  }
}

// Runs the context until it is out of work. Returns whether an exception left it: none comes from
// the library.
bool run_throws(scene& in) {
  in.context().restart();
  try {
    in.context().run();
    return false;
  } catch (const std::exception&) {
    return true;
  }
}

// Whether an allocation has failed. Everything that the operation has made is destroyed when this
// returns.
bool fail_one(const tested_operation& tested, const std::string& directory,
              const failure_plan& plan) {
  scene in(directory, plan.has_slot);
  const auto start = tested.arrange(in);
  const bool is_synchronous = tested.how == tested_operation::way::synchronous;

  failing_allocations failing(plan.nth, plan.threads, plan.times);
  const error_code thrown = thrown_by(start);
  const bool has_thrown = thrown.failed();
  const int calls_while_starting = in.result().calls;
  // The operation that it was to end would never end otherwise.
  if (has_thrown) in.feed_fifo();
  const bool run_has_thrown = run_throws(in);
  failing.stop();

  BOOST_TEST(!run_has_thrown);
  BOOST_TEST(!run_throws(in));
  BOOST_TEST((!has_thrown || is_out_of_memory(thrown)), thrown.message());
  BOOST_TEST((is_synchronous || calls_while_starting == 0));
  BOOST_TEST(in.result().calls == (has_thrown ? 0 : 1));
  const error_code result = in.result().error;
  if (failing.have_failed())
    BOOST_TEST((!result || is_out_of_memory(result)), result.message());
  else
    BOOST_TEST((!has_thrown && !result), result.message());

  BOOST_TEST(in.works());
  if (has_thrown || result) {
    // The operation can be repeated successfully.
    in.result() = {};
    BOOST_TEST(!thrown_by(start));
    BOOST_TEST(!run_throws(in));
    BOOST_TEST(in.result().calls == 1);
    BOOST_TEST(!in.result().error, in.result().error.message());
  }
  return failing.have_failed();
}

void check(const tested_operation& tested, const std::string& directory, failure_plan plan) {
  for (plan.nth = 1; plan.nth != allocations_max; ++plan.nth) {
    BOOST_TEST_CONTEXT(tested.name << ": " << plan) {
      const std::size_t descriptors = test_support::open_descriptor_count();
      const std::int64_t living = living_allocation_count();
      const bool has_failed = fail_one(tested, directory, plan);
      BOOST_TEST(living_allocation_count() == living, "memory is lost");
      BOOST_TEST(test_support::open_descriptor_count() == descriptors);
      BOOST_TEST(unexpected_names(directory).empty());
      if (!has_failed) return;
    }
  }
  BOOST_ERROR(tested.name << " allocates without an end");
}

enum class thoroughness { every_plan, few_plans };

// libaio's contexts take milliseconds each to destroy.
bool are_contexts_slow() {
  boost::asio::io_context context;
  return boost::asio::use_service<asiofile::file_service>(context).active_backend() ==
         asiofile::backend::libaio;
}

std::vector<failure_plan> plans(thoroughness how) {
  using enum failing_threads;
  using enum failing_times;
  const bool are_few = how == thoroughness::few_plans;
  if (are_few && are_contexts_slow()) return {{1, all, once, true}};
  if (are_few || are_contexts_slow())
    return {{1, all, once, true}, {1, all, from_then_on, false}};
  std::vector<failure_plan> all_plans;
  for (const bool has_slot : {false, true}) {
    for (const auto threads : {this_one, all}) {
      for (const auto times : {once, from_then_on})
        all_plans.push_back({1, threads, times, has_slot});
    }
  }
  return all_plans;
}

void check_all(const std::vector<tested_operation>& operations,
               thoroughness how = thoroughness::every_plan) {
  const test_support::temporary_directory directory;
  const test_support::watchdog limit(std::chrono::seconds(120));
  for (const auto& tested : operations) {
    // Makes what is made once for the whole program.
    scene first(directory.root(), false);
    const auto start = tested.arrange(first);
    start();
    first.context().run();
    BOOST_TEST(first.works());
    const bool is_asynchronous = tested.how == tested_operation::way::asynchronous;
    for (const auto& plan : plans(how)) {
      if (is_asynchronous || !plan.has_slot) check(tested, directory.root(), plan);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(every_allocation)

BOOST_AUTO_TEST_CASE(of_an_operation_on_an_open_file_may_fail) { check_all(file_operations()); }

BOOST_AUTO_TEST_CASE(of_opening_and_closing_may_fail) { check_all(opening_operations()); }

BOOST_AUTO_TEST_CASE(of_a_synchronous_function_may_fail) { check_all(synchronous_functions()); }

BOOST_AUTO_TEST_CASE(of_a_reader_or_writer_may_fail) { check_all(reader_operations()); }

// Each makes the disk wait, and allocates often.
BOOST_AUTO_TEST_CASE(of_a_free_function_may_fail) {
  check_all(name_operations(), thoroughness::few_plans);
}

BOOST_AUTO_TEST_CASE(of_the_service_may_fail) { check_all(service_operations()); }

BOOST_AUTO_TEST_SUITE_END()
