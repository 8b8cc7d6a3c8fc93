// Waiting awake for a moment: for what comes, and not for long for what does not.

#include "engines/lingering.hpp"

#include "skip.hpp"
#include "system/processors.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>

using asiofile::detail::lingering;

namespace {

// Whether it looked again after the first time.
bool lingers_in_vain(lingering& tested) {
  unsigned looks = 0;
  BOOST_TEST(!tested.until([&] { return ++looks == 0; }));
  return looks > 1;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lingering_for)

BOOST_AUTO_TEST_CASE(what_is_there_is_not_waited_for) {
  lingering tested;
  unsigned looks = 0;
  BOOST_TEST(tested.until([&] { return ++looks == 1; }));
  BOOST_TEST(looks == 1U);
}

BOOST_AUTO_TEST_CASE(what_comes_in_the_meantime_is_found) {
  if (!asiofile::detail::has_several_processors())
    return test_support::skip("there is one processor");
  std::atomic<bool> is_over = false, is_wanted = false, is_here = false;
  std::thread other([&] {
    while (!is_over) is_here = is_wanted.load();
  });
  // Until it was: where this thread and the other seldom run at the same time, that may take a
  // while.
  bool was_found = false;
  while (!was_found) {
    is_wanted = false;
    while (is_here) std::this_thread::yield();
    lingering tested;
    unsigned looks = 0;
    was_found = tested.until([&] {
      is_wanted = true;
      return ++looks > 1 && is_here;
    });
  }
  is_over = true;
  other.join();
}

BOOST_AUTO_TEST_CASE(what_mostly_does_not_come_is_seldom_waited_for) {
  if (!asiofile::detail::has_several_processors())
    return test_support::skip("there is one processor");
  lingering tested;
  BOOST_TEST(lingers_in_vain(tested));
  unsigned count = 0;
  for (int i = 0; i != 10'000; ++i) count += lingers_in_vain(tested) ? 1 : 0;
  BOOST_TEST(count > 0U);
  BOOST_TEST(count < 100U);
}

BOOST_AUTO_TEST_CASE(what_has_come_is_waited_for_again) {
  if (!asiofile::detail::has_several_processors())
    return test_support::skip("there is one processor");
  lingering tested;
  for (int i = 0; i != 1000; ++i) lingers_in_vain(tested);
  // The next time that it waits, that is worth it.
  for (bool has_waited = false; !has_waited;) {
    unsigned looks = 0;
    has_waited = tested.until([&] { return ++looks == 3; });
  }
  BOOST_TEST(lingers_in_vain(tested));
}

BOOST_AUTO_TEST_SUITE_END()
