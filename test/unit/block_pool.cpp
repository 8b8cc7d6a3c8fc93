// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Memory that is reused, and slots that are allocated without a lock.

#include "service/free_slots.hpp"
#include "system/block_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

using asiofile::detail::block_pool;
using asiofile::detail::free_slots;
using asiofile::detail::memory_block;

BOOST_AUTO_TEST_SUITE(block_pools)

BOOST_AUTO_TEST_CASE(a_block_is_as_large_and_aligned_as_asked_for) {
  block_pool pool;
  for (const std::size_t bytes :
       {1U, 4096U, 4097U, 100'000U, 512U * 1024, 512U * 1024 + 1, 3'000'000U})
    for (const std::size_t alignment : {1U, 512U, 4096U, 65'536U}) {
      const memory_block block = pool.take(bytes, alignment);
      BOOST_TEST(block.size() >= bytes);
      BOOST_TEST(block.size() <= 2 * bytes + 4096);
      BOOST_TEST(reinterpret_cast<std::uintptr_t>(block.data()) % alignment == 0U);
      std::memset(block.data(), 1, block.size());
    }
}

BOOST_AUTO_TEST_CASE(the_next_one_gets_the_memory_of_the_last) {
  block_pool pool;
  const std::byte* data = nullptr;
  for (int i = 0; i != 10; ++i) {
    const memory_block block = pool.take(100'000);
    if (i != 0) BOOST_TEST(block.data() == data);
    data = block.data();
  }
  // A block that needs a larger alignment than the kept ones have is a new one.
  static_cast<void>(pool.take(100'000, 65'536));
  const memory_block again = pool.take(100'000);
  BOOST_TEST(again.data() == data);
}

BOOST_AUTO_TEST_CASE(a_block_that_is_moved_has_one_owner) {
  block_pool pool;
  memory_block first = pool.take(5000);
  const std::byte* const data = first.data();
  memory_block second = std::move(first);
  BOOST_TEST(!first);
  first = std::move(second);
  BOOST_TEST(first.data() == data);
  first = pool.take(5000);
  BOOST_TEST(first.data() != data);
  first = {};
  BOOST_TEST(!first);
}

BOOST_AUTO_TEST_CASE(threads_never_share_a_block) {
  block_pool pool;
  std::atomic<int> shared = 0;
  std::vector<std::thread> threads;
  for (unsigned char mark = 1; mark != 4; ++mark)
    threads.emplace_back([&, mark] {
      for (int i = 0; i != 20'000; ++i) {
        const memory_block block = pool.take(4096);
        std::memset(block.data(), mark, 64);
        if (i % 64 == 0) std::this_thread::yield();
        for (int at = 0; at != 64; ++at) shared += block.data()[at] == std::byte{mark} ? 0 : 1;
      }
    });
  for (auto& each : threads) each.join();
  BOOST_TEST(shared == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(free_slot_stacks)

BOOST_AUTO_TEST_CASE(each_slot_is_taken_once_in_order_and_the_last_returned_is_the_next) {
  free_slots slots(3);
  for (std::size_t i = 0; i != 3; ++i) BOOST_TEST(slots.take().value_or(99) == i);
  BOOST_TEST(!slots.take().has_value());
  slots.put(1);
  slots.put(0);
  BOOST_TEST(slots.take().value_or(99) == 0U);
  BOOST_TEST(slots.take().value_or(99) == 1U);
  BOOST_TEST(!slots.take().has_value());
}

BOOST_AUTO_TEST_CASE(threads_never_share_a_slot) {
  constexpr std::size_t count = 4;
  free_slots slots(count);
  std::array<std::atomic<int>, count> users{};
  std::atomic<int> shared = 0;
  std::vector<std::thread> threads;
  for (int each = 0; each != 3; ++each)
    threads.emplace_back([&] {
      for (int i = 0; i != 100'000; ++i) {
        const auto first = slots.take();
        const auto second = slots.take();
        for (const auto& taken : {first, second})
          if (taken) shared += users[*taken]++;
        for (const auto& taken : {first, second}) {
          if (!taken) continue;
          --users[*taken];
          slots.put(*taken);
        }
      }
    });
  for (auto& each : threads) each.join();
  BOOST_TEST(shared == 0);
  std::set<std::size_t> left;
  while (const auto next = slots.take()) left.insert(*next);
  BOOST_TEST(left.size() == count);
}

BOOST_AUTO_TEST_SUITE_END()
