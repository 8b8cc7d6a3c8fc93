// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Buffer sequences as iovecs: empty buffers dropped, the rest in order, at most IOV_MAX.

#include <asiofile/detail/iovecs.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <vector>

namespace asio = boost::asio;
using asiofile::detail::count_iovecs;
using asiofile::detail::fill_iovecs;
using asiofile::detail::iovec_count_max;

namespace {

struct filled {
  std::vector<iovec> iovecs;
  std::uint64_t total = 0;
};

template <typename BufferSequence>
filled fill(const BufferSequence& buffers) {
  filled result;
  // One more than needed, to check that it is not changed.
  const std::size_t count = count_iovecs(buffers);
  result.iovecs.assign(count + 1, iovec{&result, 77});
  result.total = fill_iovecs(buffers, result.iovecs.data(), count);
  BOOST_TEST(result.iovecs.back().iov_base == &result);
  BOOST_TEST(result.iovecs.back().iov_len == 77U);
  result.iovecs.pop_back();
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(iovecs)

BOOST_AUTO_TEST_CASE(a_single_buffer_is_a_sequence_of_one) {
  std::array<char, 10> memory{};
  for (const filled& result :
       {fill(asio::mutable_buffer(memory.data(), 10)), fill(asio::const_buffer(memory.data(), 10)),
        fill(asio::buffer(memory))}) {
    BOOST_REQUIRE(result.iovecs.size() == 1U);
    BOOST_TEST(result.iovecs[0].iov_base == memory.data());
    BOOST_TEST(result.iovecs[0].iov_len == 10U);
    BOOST_TEST(result.total == 10U);
  }
}

BOOST_AUTO_TEST_CASE(buffers_of_many_keep_their_order) {
  std::string memory(100, 'm');
  const std::list<asio::mutable_buffer> buffers = {asio::buffer(&memory[50], 3),
                                                   asio::buffer(&memory[0], 1),
                                                   asio::buffer(&memory[99], 1)};
  const filled result = fill(buffers);
  BOOST_REQUIRE(result.iovecs.size() == 3U);
  BOOST_TEST(result.iovecs[0].iov_base == &memory[50]);
  BOOST_TEST(result.iovecs[1].iov_base == &memory[0]);
  BOOST_TEST(result.iovecs[2].iov_base == &memory[99]);
  BOOST_TEST(result.total == 5U);
}

BOOST_AUTO_TEST_CASE(empty_buffers_are_dropped_wherever_they_stand) {
  char memory[4] = {};
  const std::array<asio::const_buffer, 6> buffers = {
      asio::const_buffer(), asio::const_buffer(memory, 1),     asio::const_buffer(memory + 1, 0),
      asio::const_buffer(), asio::const_buffer(memory + 2, 2), asio::const_buffer()};
  const filled result = fill(buffers);
  BOOST_REQUIRE(result.iovecs.size() == 2U);
  BOOST_TEST(result.iovecs[0].iov_base == memory);
  BOOST_TEST(result.iovecs[1].iov_base == memory + 2);
  BOOST_TEST(result.total == 3U);
}

BOOST_AUTO_TEST_CASE(nothing_is_made_of_nothing) {
  BOOST_TEST(count_iovecs(std::vector<asio::mutable_buffer>()) == 0U);
  BOOST_TEST(count_iovecs(std::vector<asio::mutable_buffer>(2000)) == 0U);
  BOOST_TEST(count_iovecs(asio::mutable_buffer()) == 0U);
  BOOST_TEST(fill(std::vector<asio::mutable_buffer>(2000)).total == 0U);
}

BOOST_AUTO_TEST_CASE(a_sequence_is_cut_where_the_kernel_would_refuse_it) {
#if defined(__linux__)
  static_assert(iovec_count_max == 1024);
#endif
  std::vector<char> memory(3 * iovec_count_max);
  std::vector<asio::mutable_buffer> buffers;
  // Every third one is empty, so the 1,024th that is not empty comes long after the 1,024th.
  for (std::size_t i = 0; i != memory.size(); ++i)
    buffers.emplace_back(&memory[i], i % 3 == 0 ? 0 : 1);
  BOOST_TEST(count_iovecs(buffers) == iovec_count_max);
  const filled result = fill(buffers);
  BOOST_TEST(result.total == iovec_count_max);
  BOOST_TEST(result.iovecs[0].iov_base == &memory[1]);
  BOOST_TEST(result.iovecs[1].iov_base == &memory[2]);
  BOOST_TEST(result.iovecs[2].iov_base == &memory[4]);
  BOOST_TEST(result.iovecs.back().iov_base == &memory[3 * iovec_count_max / 2 - 1]);
}

BOOST_AUTO_TEST_CASE(a_count_at_the_limit_is_whole) {
  char byte = 0;
  for (const std::size_t count : {iovec_count_max - 1, iovec_count_max}) {
    const std::vector<asio::mutable_buffer> buffers(count, asio::buffer(&byte, 1));
    BOOST_TEST(count_iovecs(buffers) == count);
    BOOST_TEST(fill(buffers).total == count);
  }
  const std::vector<asio::mutable_buffer> more(iovec_count_max + 1, asio::buffer(&byte, 1));
  BOOST_TEST(count_iovecs(more) == iovec_count_max);
}

BOOST_AUTO_TEST_CASE(the_total_has_64_bits) {
  // The memory is never read.
  char byte = 0;
  const std::size_t three_gib = std::size_t{3} << 30;
  const std::array<asio::const_buffer, 3> buffers = {asio::const_buffer(&byte, three_gib),
                                                     asio::const_buffer(&byte, three_gib),
                                                     asio::const_buffer(&byte, 5)};
  const filled result = fill(buffers);
  BOOST_TEST(result.iovecs[0].iov_len == three_gib);
  BOOST_TEST(result.total == 2 * std::uint64_t{three_gib} + 5);
}

BOOST_AUTO_TEST_CASE(the_buffers_of_a_streambuf_are_a_sequence) {
  asio::streambuf storage;
  const filled result = fill(storage.prepare(1000));
  std::uint64_t total = 0;
  for (const iovec& part : result.iovecs) total += part.iov_len;
  BOOST_TEST(total == 1000U);
  BOOST_TEST(result.total == 1000U);
}

BOOST_AUTO_TEST_SUITE_END()
