// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Waiting for streams: one operation tried at a time for each direction, duplicates, cancelling and
// closing at every moment.

#include "engines/stream_poller.hpp"

#include "engines/operation_place.hpp"
#include "plain_operation.hpp"
#include "wait_until.hpp"
#include "watchdog.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace asiofile::detail;
using namespace std::chrono_literals;
using test_support::facts_of_stream;
using test_support::plain_transfer;
using test_support::wait_until;

namespace {

int start_nothing(std::thread&, void (*)(void*), void*) { return EAGAIN; }

struct waiting_read : plain_transfer {
  explicit waiting_read(int fd)
      : plain_transfer(operation_kind::read, facts_of_stream(fd, O_RDWR), std::string(1, '\0')) {}
};
struct waiting_write : plain_transfer {
  explicit waiting_write(int fd)
      : plain_transfer(operation_kind::write, facts_of_stream(fd, O_RDWR), std::string(1, 'w')) {}
};

class socket_pair {
 public:
  socket_pair() {
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_) == 0);
  }
  ~socket_pair() { ::close(ends_[0]), ::close(ends_[1]); }
  [[nodiscard]] int end() const { return ends_[0]; }
  void send() const { BOOST_REQUIRE(::write(ends_[1], "x", 1) == 1); }
  void receive() const {
    char byte;
    BOOST_REQUIRE(::read(ends_[0], &byte, 1) == 1);
  }
  void fill() const {
    const std::string bytes(4096, 'f');
    while (::write(ends_[0], bytes.data(), bytes.size()) > 0) {
    }
  }
  void drain() const {
    char bytes[4096];
    while (::read(ends_[1], bytes, sizeof bytes) > 0) {
    }
  }
  void close_peer() {
    ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int ends_[2];
};

struct fake_client : stream_poller::client {
  void ready(engine_queue& operations) noexcept override {
    const std::lock_guard lock(mutex);
    while (!operations.empty()) found.push_back(&take_front(operations));
  }
  [[nodiscard]] awaited_stream awaited_by(operation& which) const noexcept override {
    return {which.facts().fd, which.kind() == operation_kind::write};
  }
  bool has(operation& which) {
    const std::lock_guard lock(mutex);
    return std::ranges::find(found, &which) != found.end();
  }
  std::size_t count() {
    const std::lock_guard lock(mutex);
    return found.size();
  }
  std::mutex mutex;
  std::vector<operation*> found;
};

// With the system's usual interface, and with poll(2), which other systems have.
enum class way { usual, poll };
struct fixture {
  ~fixture() {
    engine_queue left;
    if (poller) poller->stop(left);
    left.clear();
  }
  void make(way how = way::usual, thread_starter start = start_thread) {
    poller = std::make_unique<stream_poller>(
        client, how == way::usual ? make_readiness() : make_poll_readiness(), start);
  }
  template <typename Operation>
  bool gets_ready(Operation& which) {
    return wait_until([&] { return client.has(*which); });
  }
  template <typename Operation>
  bool stays(Operation& which) {
    std::this_thread::sleep_for(5ms);
    return !client.has(*which) && place_of(*which) == operation_place::polled;
  }

  test_support::watchdog dog{60s};
  fake_client client;
  std::unique_ptr<stream_poller> poller;
};

void for_both_ways(void (*test)(fixture&, way)) {
  for (const way how : {way::usual, way::poll}) {
    fixture each;
    each.make(how);
    test(each, how);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stream_pollers)

BOOST_AUTO_TEST_CASE(a_read_waits_until_there_is_something) {
  for_both_ways([](fixture& with, way) {
    const socket_pair pair;
    waiting_read waiting(pair.end());
    BOOST_REQUIRE(with.poller->wait(*waiting) == 0);
    BOOST_TEST(with.stays(waiting));
    pair.send();
    BOOST_TEST(with.gets_ready(waiting));
    BOOST_TEST((place_of(*waiting) == operation_place::nowhere));
    BOOST_TEST(was_ready(*waiting));
    with.poller->release(*waiting);
    BOOST_TEST(!was_ready(*waiting));
  });
}

BOOST_AUTO_TEST_CASE(a_write_waits_until_there_is_room) {
  for_both_ways([](fixture& with, way) {
    const socket_pair pair;
    pair.fill();
    waiting_write waiting(pair.end());
    BOOST_REQUIRE(with.poller->wait(*waiting) == 0);
    BOOST_TEST(with.stays(waiting));
    pair.drain();
    BOOST_TEST(with.gets_ready(waiting));
    with.poller->release(*waiting);
  });
}

BOOST_AUTO_TEST_CASE(one_reader_has_a_try_at_a_time_in_the_order_in_which_they_came) {
  for_both_ways([](fixture& with, way) {
    const socket_pair pair;
    waiting_read first(pair.end()), second(pair.end()), third(pair.end());
    for (waiting_read* const each : {&first, &second, &third})
      BOOST_REQUIRE(with.poller->wait(**each) == 0);
    pair.send();
    BOOST_TEST(with.gets_ready(first));
    BOOST_TEST(with.stays(second));
    // It was ready in vain, so it goes before the others.
    with.client.found.clear();
    BOOST_REQUIRE(with.poller->wait(*first) == 0);
    BOOST_TEST(with.gets_ready(first));
    pair.receive();
    with.poller->release(*first);
    BOOST_TEST(with.stays(second));
    pair.send();
    BOOST_TEST(with.gets_ready(second));
    // There is still data.
    with.poller->release(*second);
    BOOST_TEST(with.gets_ready(third));
    with.poller->release(*third);
  });
}

BOOST_AUTO_TEST_CASE(readers_and_writers_of_one_stream_do_not_wait_for_each_other) {
  for_both_ways([](fixture& with, way) {
    const socket_pair pair;
    pair.fill();
    waiting_read reading(pair.end());
    waiting_write writing(pair.end());
    BOOST_REQUIRE(with.poller->wait(*reading) == 0);
    BOOST_REQUIRE(with.poller->wait(*writing) == 0);
    pair.send();
    BOOST_TEST(with.gets_ready(reading));
    BOOST_TEST(with.stays(writing));
    pair.drain();
    BOOST_TEST(with.gets_ready(writing));
    with.poller->release(*reading);
    with.poller->release(*writing);
  });
}

BOOST_AUTO_TEST_CASE(a_hangup_makes_both_directions_ready) {
  for_both_ways([](fixture& with, way) {
    socket_pair pair;
    pair.fill();
    waiting_read reading(pair.end());
    waiting_write writing(pair.end());
    BOOST_REQUIRE(with.poller->wait(*reading) == 0);
    BOOST_REQUIRE(with.poller->wait(*writing) == 0);
    pair.close_peer();
    BOOST_TEST(with.gets_ready(reading));
    BOOST_TEST(with.gets_ready(writing));
    with.poller->release(*reading);
    with.poller->release(*writing);
  });
}

BOOST_AUTO_TEST_CASE(two_descriptors_of_one_stream_wait_for_it_both) {
  for_both_ways([](fixture& with, way) {
    const socket_pair pair;
    const int other = ::dup(pair.end());
    waiting_read first(pair.end()), second(other);
    BOOST_REQUIRE(with.poller->wait(*first) == 0);
    BOOST_REQUIRE(with.poller->wait(*second) == 0);
    pair.send();
    BOOST_TEST(with.gets_ready(first));
    BOOST_TEST(with.gets_ready(second));
    with.poller->release(*first);
    with.poller->release(*second);
    ::close(other);
  });
}

BOOST_AUTO_TEST_CASE(a_number_that_is_another_streams_by_now_is_waited_for_anew) {
  for_both_ways([](fixture& with, way) {
    const socket_pair first, second;
    const int number = ::dup(first.end());
    const int kept = ::dup(number);  // the first stream stays open
    waiting_read before(number);
    BOOST_REQUIRE(with.poller->wait(*before) == 0);
    first.send();
    BOOST_TEST(with.gets_ready(before));
    with.poller->release(*before);
    BOOST_REQUIRE(::dup2(second.end(), number) == number);
    waiting_read after(number);
    BOOST_REQUIRE(with.poller->wait(*after) == 0);
    BOOST_TEST(with.stays(after));
    second.send();
    BOOST_TEST(with.gets_ready(after));
    with.poller->release(*after);
    ::close(number);
    ::close(kept);
  });
}

BOOST_AUTO_TEST_CASE(what_is_always_ready_cannot_be_waited_for) {
  for_both_ways([](fixture& with, way) {
    const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    waiting_read reading(file);
    BOOST_TEST(with.poller->wait(*reading) == EPERM);
    BOOST_TEST((place_of(*reading) == operation_place::nowhere));
    ::close(file);
    waiting_read closed(file);
    BOOST_TEST(with.poller->wait(*closed) == EBADF);
  });
}

BOOST_AUTO_TEST_CASE(a_cancelled_operation_is_the_callers_again) {
  for_both_ways([](fixture& with, way) {
    const socket_pair pair;
    waiting_read first(pair.end()), second(pair.end());
    BOOST_TEST(!with.poller->cancel(*first));
    BOOST_REQUIRE(with.poller->wait(*first) == 0);
    BOOST_REQUIRE(with.poller->wait(*second) == 0);
    BOOST_TEST(with.poller->cancel(*first));
    BOOST_TEST((place_of(*first) == operation_place::nowhere));
    BOOST_TEST(!with.poller->cancel(*first));
    pair.send();
    BOOST_TEST(with.gets_ready(second));
    BOOST_TEST(!with.client.has(*first));
    // It is being tried.
    BOOST_TEST(!with.poller->cancel(*second));
    with.poller->release(*second);
  });
}

BOOST_AUTO_TEST_CASE(an_operation_that_is_marked_as_cancelled_does_not_begin_to_wait) {
  for_both_ways([](fixture& with, way) {
    const socket_pair pair;
    waiting_read late(pair.end());
    mark_cancelled(*late);
    BOOST_TEST(with.poller->wait(*late) == ECANCELED);
  });
}

BOOST_AUTO_TEST_CASE(a_stopped_poller_gives_everything_back) {
  for_both_ways([](fixture& with, way) {
    const socket_pair pair;
    waiting_read first(pair.end()), late(pair.end());
    waiting_write second(pair.end());
    pair.fill();
    BOOST_REQUIRE(with.poller->wait(*first) == 0);
    BOOST_REQUIRE(with.poller->wait(*second) == 0);
    engine_queue left;
    with.poller->stop(left);
    BOOST_TEST(left.size() == 2U);
    BOOST_TEST((place_of(*first) == operation_place::nowhere));
    BOOST_TEST(with.poller->wait(*late) == ECANCELED);
    with.poller->release(*first);
    left.clear();
  });
}

// A closed descriptor is not reported any more: operations that wait for it fail when they are
// tried.
BOOST_AUTO_TEST_CASE(those_that_wait_for_a_descriptor_that_was_closed_have_a_try) {
  for_both_ways([](fixture& with, way) {
    const socket_pair pair;
    const int number = ::dup(pair.end());
    waiting_read first(number), second(number), third(number);
    for (waiting_read* const each : {&first, &second, &third})
      BOOST_REQUIRE(with.poller->wait(**each) == 0);
    ::close(number);
    BOOST_TEST(with.poller->cancel(*first));
    BOOST_TEST(with.gets_ready(second));
    BOOST_TEST(with.gets_ready(third));
    with.poller->release(*second);
    with.poller->release(*third);
  });
}

BOOST_AUTO_TEST_CASE(nothing_waits_where_there_is_no_thread) {
  fixture with;
  with.make(way::usual, start_nothing);
  const socket_pair pair;
  waiting_read reading(pair.end());
  BOOST_TEST(with.poller->wait(*reading) == EAGAIN);
  BOOST_TEST((place_of(*reading) == operation_place::nowhere));
}

BOOST_AUTO_TEST_CASE(nothing_waits_where_there_is_no_descriptor_and_all_is_well_later) {
  for_both_ways([](fixture& with, way) {
    const socket_pair pair;
    waiting_read reading(pair.end());
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    for (const rlim_t left : {0, 1}) {
      // Allows `left` more descriptors, from the lowest free number on.
      const int next = ::dup(0);
      ::close(next);
      const rlimit none{static_cast<rlim_t>(next) + left, before.rlim_max};
      ::setrlimit(RLIMIT_NOFILE, &none);
      const int error = with.poller->wait(*reading);
      ::setrlimit(RLIMIT_NOFILE, &before);
      if (error == 0) {
        // poll(2) needs no more than one.
        with.poller->cancel(*reading);
        return;
      }
      BOOST_TEST(error == EMFILE);
      // It does not keep the descriptors that it got.
      const int after = ::dup(0);
      ::close(after);
      BOOST_TEST(after == next);
    }
    BOOST_TEST(with.poller->wait(*reading) == 0);
    pair.send();
    BOOST_TEST(with.gets_ready(reading));
    with.poller->release(*reading);
  });
}

BOOST_AUTO_TEST_CASE(it_has_no_descriptor_before_the_first_wait_and_none_that_it_gave_up) {
  for_both_ways([](fixture& with, way) {
    const socket_pair pair;
    const auto lowest_free = [] {
      const int free = ::dup(0);
      ::close(free);
      return free;
    };
    const int before = lowest_free();
    waiting_read reading(pair.end());
    BOOST_REQUIRE(with.poller->wait(*reading) == 0);
    BOOST_TEST(lowest_free() != before);
    engine_queue left;
    with.poller->stop(left);
    left.clear();
    with.poller->abandon();
    BOOST_TEST(lowest_free() == before);
  });
}

// More streams than RLIMIT_NOFILE allows in one poll(2), with the limit lowered meanwhile.
BOOST_AUTO_TEST_CASE(any_number_of_streams_are_waited_for_at_any_limit) {
  for_both_ways([](fixture& with, [[maybe_unused]] way how) {
    constexpr std::size_t count = 300;
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const rlimit enough{std::max<rlim_t>(before.rlim_cur, 1024), before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &enough);
    std::deque<socket_pair> pairs(count);
    std::deque<waiting_read> readers;
    for (const socket_pair& each : pairs) {
      readers.emplace_back(each.end());
      BOOST_REQUIRE(with.poller->wait(*readers.back()) == 0);
    }
    // With the limit at 0, poll(2) accepts no descriptor: then each operation is tried instead.
#if defined(__linux__)
    const bool has_poll = how != way::usual;
#else
    const bool has_poll = true;
#endif
    const rlimit low{has_poll ? 20U : 0U, before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &low);
    timespec used_before{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used_before);
    std::this_thread::sleep_for(100ms);
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    BOOST_TEST(with.client.count() == 0U);
    const auto spent = (used.tv_sec - used_before.tv_sec) * 1000 +
                       (used.tv_nsec - used_before.tv_nsec) / 1'000'000;
    BOOST_TEST(spent < 50);
    for (const socket_pair& each : pairs) each.send();
    BOOST_TEST(wait_until([&] { return with.client.count() == count; }));
    ::setrlimit(RLIMIT_NOFILE, &before);
    for (waiting_read& each : readers) with.poller->release(*each);
  });
}

BOOST_AUTO_TEST_CASE(where_poll_may_look_at_nothing_each_has_a_try_now_and_then) {
  fixture with;
  with.make(way::poll);
  const socket_pair first, second;
  waiting_read one(first.end()), other(second.end());
  BOOST_REQUIRE(with.poller->wait(*one) == 0);
  BOOST_REQUIRE(with.poller->wait(*other) == 0);
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  // poll(2) checks the limit when it is called.
  first.send();
  BOOST_TEST(with.gets_ready(one));
  BOOST_TEST(with.gets_ready(other));
  ::setrlimit(RLIMIT_NOFILE, &before);
  with.poller->release(*one);
  with.poller->release(*other);
}

// Many duplicates of one descriptor, of which one is tried at a time: no thundering herd.
BOOST_AUTO_TEST_CASE(many_readers_of_one_stream_are_served_one_after_the_other) {
  for_both_ways([](fixture& with, way) {
    const socket_pair pair;
    std::deque<waiting_read> readers;
    for (int i = 0; i != 1100; ++i) {
      readers.emplace_back(pair.end());
      BOOST_REQUIRE(with.poller->wait(*readers.back()) == 0);
    }
    for (waiting_read& each : readers) {
      pair.send();
      BOOST_REQUIRE(with.gets_ready(each));
      pair.receive();
      with.poller->release(*each);
    }
    BOOST_TEST(with.client.count() == 1100U);
  });
}

BOOST_AUTO_TEST_SUITE_END()
