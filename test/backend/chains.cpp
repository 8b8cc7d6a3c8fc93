// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Writes with a sync chained to them: one handler for both, and the sync only after all of the
// data.

#include "fifo.hpp"
#include "file_contents.hpp"
#include "on_destruction.hpp"
#include "run_operation.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using asiofile::stream_file;
using asiofile::write_and_sync_result;
using test_support::error_code;
using test_support::posix_error;

namespace {

struct chain_found {
  error_code error;
  write_and_sync_result result;
  chain_found() = default;
  chain_found(error_code ec, const write_and_sync_result& found) : error(ec), result(found) {}

  [[nodiscard]] bool is_durable(std::size_t bytes) const {
    return !error && !result.write_error && !result.sync_error &&
           result.bytes_transferred == bytes;
  }
};

struct fixture {
  test_support::temporary_directory directory;
  test_support::watchdog limit{std::chrono::seconds(60)};
  std::string path = directory.path("file");
  asio::io_context context;

  template <typename Buffers>
  chain_found write(random_access_file& file, std::uint64_t offset, const Buffers& buffers) {
    return test_support::run_operation<chain_found>(context, [&](auto handler) {
      file.async_write_and_sync_data_at(offset, buffers, std::move(handler));
    });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(chains, fixture)

BOOST_AUTO_TEST_CASE(a_write_and_its_sync_have_one_handler) {
  random_access_file file(context, path, asiofile::parse_open_mode("w"));
  const std::string text = test_support::pattern(1, 0, 10'000);
  BOOST_TEST(write(file, 0, asio::buffer(text)).is_durable(text.size()));
  const std::array<asio::const_buffer, 3> parts{asio::buffer("ab", 2), asio::const_buffer(),
                                                asio::buffer("cd", 2)};
  BOOST_TEST(write(file, 9'998, parts).is_durable(4));
  const auto all = test_support::run_operation<chain_found>(context, [&](auto handler) {
    file.async_write_and_sync_all_at(10'002, asio::buffer("ef", 2), std::move(handler));
  });
  BOOST_TEST(all.is_durable(2));
  BOOST_TEST((test_support::read_file(path) == text.substr(0, 9'998) + "abcdef"));
}

BOOST_AUTO_TEST_CASE(a_stream_has_them_at_its_position) {
  stream_file file(context, path, asiofile::parse_open_mode("a"));
  std::vector<chain_found> found(20);
  std::vector<std::string> texts(20);
  std::string all;
  for (std::size_t i = 0; i != texts.size(); ++i) {
    texts[i] = "record " + std::to_string(i) + '\n';
    all += texts[i];
    auto store = [&into = found[i]](error_code ec, const write_and_sync_result& result) {
      into = chain_found(ec, result);
    };
    if (i % 2 == 0)
      file.async_write_and_sync_data(asio::buffer(texts[i]), store);
    else
      file.async_write_and_sync_all(asio::buffer(texts[i]), store);
  }
  context.run();
  for (std::size_t i = 0; i != texts.size(); ++i)
    BOOST_TEST(found[i].is_durable(texts[i].size()));
  BOOST_TEST(test_support::read_file(path) == all);
}

BOOST_AUTO_TEST_CASE(many_are_in_flight_with_the_smallest_ring) {
  asiofile::service_options options;
  options.ring_size = 2;
  options.max_in_flight = 7;
  asio::make_service<asiofile::file_service>(context, options);
  random_access_file file(context, path, asiofile::parse_open_mode("w"));
  constexpr std::size_t count = 200, size = 512;
  const std::string text = test_support::pattern(2, 0, count * size);
  std::size_t durable = 0;
  for (std::size_t i = 0; i != count; ++i) {
    file.async_write_and_sync_data_at(
        i * size, asio::buffer(text.data() + i * size, size),
        [&](error_code ec, const write_and_sync_result& result) {
          durable += chain_found(ec, result).is_durable(size);
        });
    // Another kind in between, so that pairs do not always fall on even positions.
    if (i % 3 == 0) file.async_sync_data([](error_code) {});
  }
  context.run();
  BOOST_TEST(durable == count);
  BOOST_TEST((test_support::read_file(path) == text));
}

BOOST_AUTO_TEST_CASE(nothing_to_write_is_a_sync) {
  random_access_file file(context, path, asiofile::parse_open_mode("w"));
  BOOST_TEST(write(file, 0, asio::const_buffer()).is_durable(0));
  test_support::fifo fifo(directory.path("fifo"));
  random_access_file pipe(context, fifo.path(), file_base::write_only);
  BOOST_TEST(write(pipe, 0, asio::const_buffer()).error == posix_error(EINVAL));
}

BOOST_AUTO_TEST_CASE(a_write_that_fails_is_not_followed_by_a_sync) {
  random_access_file full(context, "/dev/full", file_base::write_only);
  const chain_found no_space = write(full, 0, asio::buffer("abc", 3));
  BOOST_TEST(no_space.error == posix_error(ENOSPC));
  BOOST_TEST(no_space.result.write_error == posix_error(ENOSPC));
  BOOST_TEST(no_space.result.sync_error == asio::error::operation_aborted);
  BOOST_TEST(no_space.result.bytes_transferred == 0);

  test_support::write_file(path, "abc");
  random_access_file read_only(context, path, file_base::read_only);
  BOOST_TEST(write(read_only, 0, asio::buffer("abc", 3)).error == posix_error(EBADF));
  random_access_file closed(context);
  const chain_found refused = write(closed, 0, asio::buffer("abc", 3));
  BOOST_TEST(refused.error == posix_error(EBADF));
  BOOST_TEST(refused.result.sync_error == asio::error::operation_aborted);
}

BOOST_AUTO_TEST_CASE(a_sync_that_fails_is_told_from_a_write_that_does) {
  test_support::fifo fifo(directory.path("fifo"));
  random_access_file pipe(context, fifo.path(), file_base::write_only);
  const chain_found found = write(pipe, 0, asio::buffer("abc", 3));
  BOOST_TEST(found.error == posix_error(EINVAL));
  BOOST_TEST(!found.result.write_error);
  BOOST_TEST(found.result.sync_error == posix_error(EINVAL));
  BOOST_TEST(found.result.bytes_transferred == 3);
  BOOST_TEST(fifo.drain() == "abc");
}

BOOST_AUTO_TEST_CASE(more_buffers_than_one_call_takes_are_refused) {
  random_access_file file(context, path, asiofile::parse_open_mode("w"));
  const std::vector<asio::const_buffer> many(IOV_MAX + 1, asio::buffer("x", 1));
  BOOST_TEST(write(file, 0, many).error == posix_error(EINVAL));
  const std::vector<asio::const_buffer> just(IOV_MAX, asio::buffer("x", 1));
  BOOST_TEST(write(file, 0, just).is_durable(IOV_MAX));
}

BOOST_AUTO_TEST_CASE(direct_files_have_them_too) {
  asiofile::aligned_buffer block(8192, 4096);
  test_support::fill_pattern({reinterpret_cast<char*>(block.data()), block.size()}, 3, 0);
  random_access_file file(context);
  error_code ec;
  file.open(path, asiofile::parse_open_mode("w") | file_base::direct, ec);
  BOOST_REQUIRE_MESSAGE(!ec, ec.message());
  BOOST_TEST(write(file, 4096, asio::buffer(block.data(), block.size())).is_durable(8192));
  file.close();
  BOOST_TEST((test_support::read_file(path).substr(4096) == test_support::pattern(3, 0, 8192)));
}

BOOST_AUTO_TEST_CASE(an_abandoned_one_completes_once_or_is_destroyed) {
  int destroyed = 0, ran = 0;
  const std::string text = test_support::pattern(4, 0, 1 << 20);
  for (int round = 0; round != 20; ++round) {
    auto own = std::make_unique<asio::io_context>();
    {
      random_access_file file(*own, path, asiofile::parse_open_mode("w"));
      for (int i = 0; i != 4; ++i) {
        auto guard = test_support::on_destruction([&] { ++destroyed; });
        file.async_write_and_sync_data_at(
            0, asio::buffer(text),
            [guard, &ran](error_code, const write_and_sync_result&) { ++ran; });
      }
      if (round % 2 == 0) own->poll_one();
      if (round % 3 == 0) file.cancel();
    }
    if (round % 5 == 0) own->run();
    own.reset();
  }
  BOOST_TEST(destroyed == 80);
  BOOST_TEST(ran >= 16);
}

BOOST_AUTO_TEST_SUITE_END()
