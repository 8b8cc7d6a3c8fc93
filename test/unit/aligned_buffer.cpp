// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Aligned memory, and the arithmetic of alignment.

#include <asiofile/aligned_allocator.hpp>
#include <asiofile/aligned_buffer.hpp>
#include <asiofile/io_alignment.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <list>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::align_down;
using asiofile::align_up;
using asiofile::aligned_allocator;
using asiofile::aligned_buffer;
using asiofile::is_aligned;

namespace {

std::uint64_t address_of(const void* memory) { return reinterpret_cast<std::uintptr_t>(memory); }

}  // namespace

BOOST_AUTO_TEST_SUITE(alignment)

BOOST_AUTO_TEST_CASE(numbers_are_rounded_to_multiples) {
  struct rounding_case {
    std::uint64_t bytes;
    std::size_t alignment_bytes;
    std::uint64_t down;
    std::uint64_t up;
  };
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  const rounding_case cases[] = {
      {0, 1, 0, 0},
      {0, 4'096, 0, 0},
      {1, 1, 1, 1},
      {1, 512, 0, 512},
      {511, 512, 0, 512},
      {512, 512, 512, 512},
      {513, 512, 512, 1'024},
      {std::uint64_t{1} << 40 | 1, 4'096, std::uint64_t{1} << 40, (std::uint64_t{1} << 40) + 4'096},
      {most, 1, most, most},
      {most - 4'095, 4'096, most - 4'095, most - 4'095},
      {most, 4'096, most - 4'095, 0},
  };
  for (const auto& [bytes, alignment_bytes, down, up] : cases) {
    BOOST_TEST_CONTEXT(bytes << " to " << alignment_bytes) {
      BOOST_TEST(align_down(bytes, alignment_bytes) == down);
      BOOST_TEST(align_up(bytes, alignment_bytes) == up);
      BOOST_TEST(is_aligned(bytes, alignment_bytes) == (bytes == down));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_buffer_has_its_size_and_alignment) {
  for (std::size_t alignment = 1; alignment <= 65'536; alignment *= 2) {
    for (const std::size_t size : {1U, 100U, 4'096U, 70'000U}) {
      BOOST_TEST_CONTEXT(size << " bytes at " << alignment) {
        const aligned_buffer block(size, alignment);
        BOOST_TEST(block.size() == size);
        BOOST_TEST(!block.empty());
        BOOST_TEST(is_aligned(address_of(block.data()), alignment));
        BOOST_TEST(std::all_of(block.begin(), block.end(),
                               [](std::byte each) { return each == std::byte{0}; }));
      }
    }
  }
  const aligned_buffer usual(10);
  BOOST_TEST(is_aligned(address_of(usual.data()), 4'096));
}

BOOST_AUTO_TEST_CASE(a_buffer_of_nothing_owns_nothing) {
  const aligned_buffer none;
  const aligned_buffer empty(0, 512);
  for (const aligned_buffer* each : {&none, &empty}) {
    BOOST_TEST(each->empty());
    BOOST_TEST(each->data() == nullptr);
    BOOST_TEST((each->begin() == each->end()));
    BOOST_TEST(asio::buffer(*each).size() == 0U);
  }
}

BOOST_AUTO_TEST_CASE(an_alignment_that_is_no_power_of_two_is_invalid) {
  const boost::system::error_code invalid(EINVAL, boost::system::system_category());
  for (const std::size_t alignment : {0U, 3U, 511U, 4'097U}) {
    BOOST_CHECK_EXCEPTION(aligned_buffer(10, alignment), boost::system::system_error,
                          [&](const auto& thrown) { return thrown.code() == invalid; });
  }
}

BOOST_AUTO_TEST_CASE(moving_a_buffer_leaves_its_memory_where_it_is) {
  static_assert(!std::is_copy_constructible_v<aligned_buffer>);
  static_assert(std::is_nothrow_move_constructible_v<aligned_buffer>);
  static_assert(std::is_nothrow_move_assignable_v<aligned_buffer>);

  aligned_buffer first(100, 512);
  first[99] = std::byte{7};
  const std::byte* const memory = first.data();
  aligned_buffer second(std::move(first));
  BOOST_TEST(second.data() == memory);
  BOOST_TEST(second.size() == 100U);
  aligned_buffer third(10, 4'096);
  third = std::move(second);
  BOOST_TEST(third.data() == memory);
  BOOST_TEST(third.size() == 100U);
  BOOST_TEST((third[99] == std::byte{7}));

  aligned_buffer& itself = third;
  third = std::move(itself);
  BOOST_TEST(third.data() == memory);
  BOOST_TEST(third.size() == 100U);
}

BOOST_AUTO_TEST_CASE(what_was_moved_from_is_empty) {
  aligned_buffer first(100, 512);
  aligned_buffer second(std::move(first));
  // NOLINTNEXTLINE(bugprone-use-after-move): it is what this test is about.
  BOOST_TEST(first.empty());
  BOOST_TEST(first.data() == nullptr);
  first = std::move(second);
  BOOST_TEST(first.size() == 100U);
  BOOST_TEST(second.empty());
}

BOOST_AUTO_TEST_CASE(asio_takes_a_buffer_as_any_container) {
  aligned_buffer block(100, 512);
  const aligned_buffer& constant = block;
  static_assert(std::is_convertible_v<decltype(asio::buffer(block)), asio::mutable_buffer>);
  static_assert(!std::is_convertible_v<decltype(asio::buffer(constant)), asio::mutable_buffer>);
  static_assert(std::is_convertible_v<decltype(asio::buffer(constant)), asio::const_buffer>);
  BOOST_TEST(asio::buffer(block).data() == block.data());
  BOOST_TEST(asio::buffer(block).size() == 100U);
  BOOST_TEST(asio::buffer(block, 10).size() == 10U);
  BOOST_TEST(asio::buffer(constant).data() == block.data());
  BOOST_TEST(asio::buffer(constant, 1'000).size() == 100U);
  BOOST_TEST(std::span<std::byte>(block).size() == 100U);
  BOOST_TEST(std::span<const std::byte>(constant).data() == block.data());
}

BOOST_AUTO_TEST_CASE(a_vector_with_the_allocator_is_aligned) {
  std::vector<char, aligned_allocator<char>> bytes(10);
  for (int i = 0; i != 10; ++i) {
    BOOST_TEST(is_aligned(address_of(bytes.data()), 4'096));
    bytes.resize(bytes.size() * 3);
  }
  const std::vector<std::uint64_t, aligned_allocator<std::uint64_t, 65'536>> numbers(3);
  BOOST_TEST(is_aligned(address_of(numbers.data()), 65'536));
  const auto copy = numbers;
  BOOST_TEST(is_aligned(address_of(copy.data()), 65'536));
  BOOST_TEST(asio::buffer(bytes).size() == bytes.size());
}

BOOST_AUTO_TEST_CASE(the_allocator_is_rebound_and_compared) {
  const std::list<int, aligned_allocator<int, 64>> nodes(3, 5);
  BOOST_TEST(nodes.size() == 3U);
  using rebound = std::allocator_traits<aligned_allocator<char, 64>>::rebind_alloc<long>;
  static_assert(std::is_same_v<rebound, aligned_allocator<long, 64>>);
  BOOST_TEST((aligned_allocator<char, 64>() == rebound()));
  BOOST_TEST(!(aligned_allocator<char, 64>() != rebound()));
}

BOOST_AUTO_TEST_CASE(the_allocator_refuses_what_does_not_fit_into_a_size) {
  aligned_allocator<std::uint64_t> allocator;
  const std::size_t most = std::numeric_limits<std::size_t>::max();
  BOOST_CHECK_THROW(static_cast<void>(allocator.allocate(most / 8 + 1)), std::bad_array_new_length);
}

BOOST_AUTO_TEST_SUITE_END()
