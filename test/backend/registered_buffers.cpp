// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Slots of memory that are registered with the ring, and plain memory if there is no ring: the same
// bytes, errors and lifetimes on every backend.

#include "child_process.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "registration_fixture.hpp"
#include "run_operation.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/buffer_registration.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read_at.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using asiofile::registered_buffer;
using asiofile::registered_buffers;
using asiofile::stream_file;
using test_support::child_process;
using test_support::child_require;
using test_support::error_code;
using test_support::posix_error;
using test_support::runs_ring;
using test_support::transfer;

namespace {

const error_code success;
const error_code aborted = asio::error::operation_aborted;

constexpr std::size_t block_size = 16 * 1024;
constexpr std::size_t block_count = 64;
constexpr std::uint32_t file_number = 41;

static_assert(asio::is_mutable_buffer_sequence<registered_buffer>::value);
static_assert(asio::is_const_buffer_sequence<registered_buffer>::value);

std::span<char> text_of(const registered_buffer& buffer) {
  return {reinterpret_cast<char*>(buffer.data()), buffer.size()};
}

bool has_block(const registered_buffer& buffer, std::uint64_t offset) {
  return test_support::has_pattern(text_of(buffer), file_number, offset);
}

struct fixture : test_support::registration_fixture {
  fixture() : registration_fixture(file_number, block_count * block_size) {}
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(registered_memory, fixture)

BOOST_AUTO_TEST_CASE(a_ring_knows_the_memory_and_others_say_why_not) {
  const registered_buffers buffers(context, 4, block_size);
  BOOST_TEST(buffers.count() == 4U);
  BOOST_TEST(buffers.bytes_each() == block_size);
  BOOST_TEST(buffers.is_registered() == runs_ring(context), buffers.why());
  const error_code expected = runs_ring(context) ? success : posix_error(EOPNOTSUPP);
  BOOST_TEST(buffers.registration_error() == expected);
  BOOST_TEST(!buffers.why().empty());
}

BOOST_AUTO_TEST_CASE(many_reads_into_slots_give_the_files_bytes) {
  random_access_file file = open(path, file_base::read_only);
  registered_buffers buffers(context, block_count, block_size);
  std::vector<registered_buffer> slots;
  std::size_t right = 0;
  for (std::size_t i = 0; i != block_count; ++i) {
    slots.push_back(buffers.acquire());
    file.async_read_some_at(i * block_size, slots[i], [&, i](error_code ec, std::size_t n) {
      if (!ec && n == block_size && has_block(slots[i], i * block_size)) ++right;
    });
  }
  context.run();
  BOOST_TEST(right == block_count);
}

BOOST_AUTO_TEST_CASE(slots_that_are_cached_or_at_a_position_give_the_same_bytes) {
  random_access_file file(context, path, file_base::read_only);
  registered_buffers buffers(context, 2, block_size);
  const registered_buffer slot = buffers.acquire();
  BOOST_TEST(read(file, block_size, slot) == transfer(success, block_size));
  BOOST_TEST(has_block(slot, block_size));

  stream_file stream(context, path, file_base::read_only);
  BOOST_TEST(stream.read_some(slot) == block_size);
  BOOST_TEST(has_block(slot, 0));
  const auto got = test_support::run_transfer(
      context, [&](auto handler) { stream.async_read_some(slot, handler); });
  BOOST_TEST(got == transfer(success, block_size));
  BOOST_TEST(has_block(slot, block_size));
}

BOOST_AUTO_TEST_CASE(parts_of_a_slot_are_filled_and_nothing_beside_them) {
  random_access_file file = open(path, file_base::read_only);
  registered_buffers buffers(context, 2, block_size);
  static_cast<void>(buffers.acquire());
  const registered_buffer slot = buffers.acquire();
  constexpr std::size_t start = 4'096;
  constexpr std::size_t size = 8'192;
  BOOST_TEST(read(file, 3 * start, slot.part(start, size)) == transfer(success, size));
  BOOST_TEST(test_support::all_are(text_of(slot.first(start)), '\0'));
  BOOST_TEST(has_block(slot.part(start, size), 3 * start));
  BOOST_TEST(test_support::all_are(text_of(slot.part(start + size, block_size)), '\0'));
  BOOST_TEST(slot.part(start + size, block_size).size() == block_size - start - size);
  BOOST_TEST(slot.part(block_size + 1, 5).size() == 0U);
  BOOST_TEST(slot.first(2 * block_size).size() == block_size);
}

// The size is chosen so that a read ends in the middle of a slot.
BOOST_AUTO_TEST_CASE(a_read_up_to_the_end_of_the_file_is_short) {
  constexpr std::size_t rest = 1'000;
  test_support::make_pattern_file(path, file_number, block_size + rest);
  random_access_file file = open(path, file_base::read_only);
  registered_buffers buffers(context, 1, block_size);
  const registered_buffer slot = buffers.acquire();
  BOOST_TEST(read(file, block_size, slot) == transfer(success, rest));
  BOOST_TEST(has_block(slot.first(rest), block_size));
  BOOST_TEST(read(file, 2 * block_size, slot) == transfer(asio::error::eof, 0));
}

BOOST_AUTO_TEST_CASE(what_is_written_from_slots_is_in_the_file) {
  const std::string written_path = directory.path("written");
  random_access_file file = open(written_path, file_base::read_write | file_base::create);
  registered_buffers buffers(context, block_count, block_size);
  std::size_t complete = 0;
  for (std::size_t i = 0; i != block_count; ++i) {
    const registered_buffer slot = buffers.acquire();
    test_support::fill_pattern(text_of(slot), file_number, i * block_size);
    // Half of them with a sync chained to the write; a single chain submits both together.
    if (i % 2 == 0) {
      file.async_write_some_at(i * block_size, slot, [&](error_code ec, std::size_t n) {
        if (!ec && n == block_size) ++complete;
      });
    } else {
      file.async_write_and_sync_data_at(
          i * block_size, slot, [&](error_code ec, asiofile::write_and_sync_result result) {
            if (!ec && result.bytes_transferred == block_size) ++complete;
          });
    }
    if (i >= block_count / 2) {
      context.restart();
      context.run();
    }
  }
  BOOST_TEST(complete == block_count);
  BOOST_TEST((test_support::read_file(written_path) == test_support::read_file(path)));
}

// madvise(2) removes the pages from the process, but not from the kernel, which has them pinned:
// data that is read through the registration does not appear here.
BOOST_AUTO_TEST_CASE(the_ring_does_use_the_registration) {
  random_access_file file(context);
  error_code ec;
  file.open(path, file_base::read_only | file_base::direct, ec);
  registered_buffers buffers(context, 2, block_size);
  const registered_buffer slot = buffers.acquire();
  ::madvise(slot.data(), slot.size(), MADV_DONTNEED);
  const bool is_expected = !ec && buffers.is_registered();
  if (ec) file.open(path, file_base::read_only);
  BOOST_TEST(read(file, 0, slot) == transfer(success, block_size));
  BOOST_TEST(has_block(slot, 0) == !is_expected);
  // Not in a list of buffers, which does not know of slots.
  const std::array<asio::mutable_buffer, 2> list{slot.first(4'096), slot.part(4'096, 4'096)};
  const auto listed = test_support::run_transfer(
      context, [&](auto handler) { file.async_read_some_at(0, list, handler); });
  BOOST_TEST(listed == transfer(success, 8'192));
  BOOST_TEST(has_block(slot.first(8'192), 0));
}

BOOST_AUTO_TEST_CASE(lists_may_mix_slots_and_other_memory) {
  random_access_file file(context, path, file_base::read_only);
  registered_buffers buffers(context, 1, block_size);
  const registered_buffer slot = buffers.acquire();
  std::string other(100, '.');
  const std::vector<asio::mutable_buffer> list{slot.first(50), asio::buffer(other),
                                               slot.part(50, 70)};
  const auto got = test_support::run_transfer(
      context, [&](auto handler) { file.async_read_some_at(9, list, handler); });
  BOOST_TEST(got == transfer(success, 220));
  BOOST_TEST(has_block(slot.first(50), 9));
  BOOST_TEST(test_support::has_pattern(other, file_number, 59));
  BOOST_TEST(has_block(slot.part(50, 70), 159));
}

BOOST_AUTO_TEST_CASE(composed_operations_coroutines_and_deferred_ones_take_slots) {
  random_access_file file = open(path, file_base::read_only);
  registered_buffers buffers(context, 3, block_size);
  const registered_buffer composed = buffers.acquire();
  const auto got = test_support::run_transfer(
      context, [&](auto handler) { asio::async_read_at(file, 0, composed, handler); });
  BOOST_TEST(got == transfer(success, block_size));
  BOOST_TEST(has_block(composed, 0));

  const registered_buffer awaited = buffers.acquire();
  std::size_t bytes = 0;
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        bytes = co_await file.async_read_some_at(block_size, awaited, asio::use_awaitable);
      },
      asio::detached);
  context.restart();
  context.run();
  BOOST_TEST(bytes == block_size);
  BOOST_TEST(has_block(awaited, block_size));

  // Launched when the slot's own handle has been destroyed.
  std::optional<registered_buffer> dropped = buffers.acquire();
  const std::span<char> memory = text_of(*dropped);
  auto later = file.async_read_some_at(0, *dropped, asio::deferred);
  dropped.reset();
  BOOST_TEST(!buffers.try_acquire());
  const auto launched =
      test_support::run_transfer(context, [&](auto handler) { std::move(later)(handler); });
  BOOST_TEST(launched == transfer(success, block_size));
  BOOST_TEST(test_support::has_pattern(memory, file_number, 0));
}

BOOST_AUTO_TEST_CASE(all_slots_can_be_had_and_then_no_more) {
  constexpr std::size_t count = 300;
  registered_buffers buffers(context, count, 100);
  std::vector<registered_buffer> slots;
  for (std::size_t i = 0; i != count; ++i) {
    slots.push_back(buffers.acquire());
    std::ranges::fill(text_of(slots[i]), static_cast<char>(i % 100));
  }
  BOOST_TEST(!buffers.try_acquire());
  BOOST_CHECK_EXCEPTION(static_cast<void>(buffers.acquire()), boost::system::system_error,
                        [](const auto& thrown) {
                          return thrown.code() == asio::error::no_buffer_space;
                        });
  for (std::size_t i = 0; i != count; ++i) {
    BOOST_TEST(slots[i].size() == 100U);
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(slots[i].data()) % 4'096 == 0U);
    BOOST_TEST(test_support::all_are(text_of(slots[i]), static_cast<char>(i % 100)));
  }
  // A copy and a part keep the slot.
  std::byte* const place = slots[7].data();
  std::optional<registered_buffer> part = slots[7].part(10, 10);
  slots[7] = registered_buffer();
  BOOST_TEST(!buffers.try_acquire());
  part.reset();
  const auto again = buffers.try_acquire();
  BOOST_REQUIRE(again.has_value());
  BOOST_TEST(again->data() == place);
}

BOOST_AUTO_TEST_CASE(numbers_out_of_range_are_errors) {
  for (const auto& [count, bytes] : std::vector<std::pair<std::size_t, std::size_t>>{
           {0, 1}, {1, 0}, {registered_buffers::max_count + 1, 1},
           {1, registered_buffers::max_bytes_each + 1}}) {
    error_code ec;
    const registered_buffers none(context, count, bytes, ec);
    BOOST_TEST(ec == posix_error(EINVAL));
    BOOST_TEST(none.count() == 0U);
    BOOST_CHECK_THROW(registered_buffers(context.get_executor(), count, bytes),
                      boost::system::system_error);
  }
}

BOOST_AUTO_TEST_CASE(a_slot_dropped_in_flight_is_nobody_elses_until_the_operation_is_over) {
  test_support::fifo fifo(directory.path("fifo"));
  random_access_file file(context, fifo.path(), file_base::read_write);
  std::optional<registered_buffers> buffers(std::in_place, context, 1, 64);
  std::optional<registered_buffer> slot = buffers->acquire();
  transfer got;
  file.async_read_some_at(0, *slot, [&](error_code ec, std::size_t n) {
    got = transfer(ec, n);
    // Returned before the handler runs.
    BOOST_TEST(buffers->try_acquire().has_value());
  });
  slot.reset();
  context.poll();
  BOOST_TEST(!buffers->try_acquire());
  BOOST_TEST(fifo.feed(10));
  context.run();
  BOOST_TEST(got == transfer(success, 10));
}

BOOST_AUTO_TEST_CASE(all_of_it_may_be_destroyed_in_flight) {
  for (int round = 0; round != 20; ++round) {
    random_access_file file = open(path, file_base::read_only);
    std::optional<registered_buffers> buffers(std::in_place, context, block_count, block_size);
    std::size_t complete = 0;
    for (std::size_t i = 0; i != block_count; ++i) {
      file.async_read_some_at(i * block_size, buffers->acquire(),
                              [&](error_code ec, std::size_t n) {
                                if (!ec && n == block_size) ++complete;
                              });
    }
    if (round % 2 == 0) context.poll_one();
    buffers.reset();
    // A write by the kernel to memory that has been freed would show here.
    const std::string canary(block_count * block_size, 'c');
    context.restart();
    context.run();
    BOOST_TEST(complete == block_count);
    BOOST_TEST(test_support::all_are(canary, 'c'));
  }
}

BOOST_AUTO_TEST_CASE(slots_outlive_their_context) {
  auto own = std::make_unique<asio::io_context>();
  random_access_file file(*own, path, file_base::read_only | file_base::direct);
  registered_buffers buffers(*own, 8, block_size);
  const registered_buffer kept = buffers.acquire();
  for (std::size_t i = 0; i != 7; ++i)
    file.async_read_some_at(i * block_size, buffers.acquire(), [](error_code, std::size_t) {});
  own->poll_one();
  own.reset();
  BOOST_TEST(!buffers.is_registered());
  std::ranges::fill(text_of(kept), 'k');
  BOOST_TEST(test_support::all_are(text_of(kept), 'k'));
  // The handlers are destroyed, and with them their slots.
  std::vector<registered_buffer> slots;
  while (auto slot = buffers.try_acquire()) slots.push_back(*std::move(slot));
  BOOST_TEST(slots.size() == 7U);
}

BOOST_AUTO_TEST_CASE(a_slot_is_not_for_files_of_another_context) {
  asio::io_context other;
  const std::string target = directory.path("target");
  const std::string before(block_size, 'b');
  test_support::write_file(target, before);
  random_access_file file(context, target, file_base::read_write);
  stream_file stream(context, target, file_base::read_write);
  registered_buffers buffers(other, 1, block_size);
  const registered_buffer slot = buffers.acquire();
  std::ranges::fill(text_of(slot), 's');

  const transfer refused(posix_error(EINVAL), 0);
  const auto run = [&](auto start) { return test_support::run_transfer(context, start); };
  BOOST_TEST(read(file, 0, slot) == refused);
  BOOST_TEST(run([&](auto h) { file.async_write_some_at(0, slot.first(9), h); }) == refused);
  BOOST_TEST(run([&](auto h) { stream.async_read_some(slot, h); }) == refused);
  BOOST_TEST(run([&](auto h) { stream.async_write_some(slot, h); }) == refused);
  error_code chained;
  file.async_write_and_sync_all_at(0, slot, [&](error_code ec, auto) { chained = ec; });
  context.restart();
  context.run();
  BOOST_TEST(chained == posix_error(EINVAL));
  error_code ec;
  BOOST_TEST(file.read_some_at(0, slot, ec) == 0U);
  BOOST_TEST(ec == posix_error(EINVAL));
  ec.clear();
  BOOST_TEST(file.write_some_at(0, slot, ec) == 0U);
  BOOST_TEST(ec == posix_error(EINVAL));
  ec.clear();
  BOOST_TEST(stream.write_some(slot, ec) == 0U);
  BOOST_TEST(ec == posix_error(EINVAL));

  BOOST_TEST(test_support::all_are(text_of(slot), 's'));
  BOOST_TEST((test_support::read_file(target) == before));
  // Like any empty buffer.
  BOOST_TEST(read(file, 0, slot.first(0)) == transfer(success, 0));
}

BOOST_AUTO_TEST_CASE(slots_are_handed_out_and_dropped_on_many_threads) {
  asio::thread_pool pool(2);
  random_access_file file(pool, path, file_base::read_only);
  registered_buffers buffers(pool, 4, 64);
  std::atomic<std::size_t> started = 0;
  std::atomic<std::size_t> right = 0;
  const auto start_some = [&] {
    for (int i = 0; i != 2'000; ++i) {
      auto slot = buffers.try_acquire();
      if (!slot) continue;
      ++started;
      const std::uint64_t offset = static_cast<std::uint64_t>(i) * 64;
      file.async_read_some_at(offset, *slot, [&, slot, offset](error_code ec, std::size_t n) {
        if (!ec && n == 64 && has_block(*slot, offset)) ++right;
      });
    }
  };
  std::thread second(start_some);
  start_some();
  second.join();
  pool.join();
  BOOST_TEST(started != 0U);
  BOOST_TEST(right == started);
}

BOOST_AUTO_TEST_CASE(a_forked_child_has_plain_memory_and_the_parents_stays_registered) {
  if (!test_support::children_can_be_trusted()) return;
  random_access_file file = open(path, file_base::read_only);
  registered_buffers buffers(context, 2, block_size);
  const registered_buffer slot = buffers.acquire();
  const bool was_registered = buffers.is_registered();
  for (const bool is_told : {true, false}) {
    if (is_told) context.notify_fork(asio::execution_context::fork_prepare);
    child_process child([&] {
      child_require(is_told || !buffers.is_registered(), "registered");
      if (!is_told) {
        // Such a child may only destroy it.
        { const registered_buffers taken = std::move(buffers); }
        return;
      }
      context.notify_fork(asio::execution_context::fork_child);
      child_require(!buffers.is_registered(), "registered");
      transfer got;
      file.async_read_some_at(block_size, slot, [&](error_code ec, std::size_t n) {
        got = transfer(ec, n);
      });
      context.restart();
      context.run();
      child_require(got == transfer(success, block_size), got.error.message());
      child_require(has_block(slot, block_size), "other bytes");
      registered_buffers own(context, 1, block_size);
      child_require(own.is_registered() == was_registered, own.why());
      // What the child releases is still the parent's.
      file.close();
    });
    if (is_told) context.notify_fork(asio::execution_context::fork_parent);
    const auto ended = child.wait();
    BOOST_TEST(ended.succeeded(), ended);
    BOOST_TEST(buffers.is_registered() == was_registered);
    BOOST_TEST(read(file, 2 * block_size, slot) == transfer(success, block_size));
    BOOST_TEST(has_block(slot, 2 * block_size));
  }
}

BOOST_AUTO_TEST_CASE(what_is_gone_leaves_its_place_in_the_rings_table) {
  for (int i = 0; i != 1'500; ++i) {
    const registered_buffers buffers(context, 1, 100);
    if (buffers.is_registered() == runs_ring(context)) continue;
    BOOST_TEST(buffers.why() == "");
    return;
  }
  std::vector<registered_buffers> many;
  while (many.size() != 1'025) many.emplace_back(context, 1, 100);
  if (!runs_ring(context)) return;
  BOOST_TEST(many[1'023].is_registered());
  BOOST_TEST(many[1'024].registration_error() == asio::error::no_buffer_space);
  // It can be used like any memory.
  random_access_file file = open(path, file_base::read_only);
  const registered_buffer slot = many[1'024].acquire();
  random_access_file cached(context, path, file_base::read_only);
  BOOST_TEST(read(cached, 5, slot) == transfer(success, 100));
  BOOST_TEST(has_block(slot, 5));
}

// Boost.Asio's registered buffers are plain memory here: they are registered with Asio's own ring.
BOOST_AUTO_TEST_CASE(those_of_boost_are_taken_as_memory) {
  std::string memory(block_size, '.');
  const std::vector<asio::mutable_buffer> parts{asio::buffer(memory)};
  auto registered = asio::register_buffers(context, parts);
  random_access_file file(context, path, file_base::read_only);
  transfer got;
  file.async_read_some_at(0, registered[0], [&](error_code ec, std::size_t n) { got = {ec, n}; });
  context.restart();
  context.run();
  BOOST_TEST((got == transfer(success, block_size)));
  const std::string first = memory;
  memory.assign(block_size, '.');
  BOOST_TEST(file.read_some_at(0, registered[0]) == block_size);
  BOOST_TEST(memory == first);
  asiofile::stream_file stream(context, directory.path("copy"),
                               file_base::read_write | file_base::create);
  const asio::const_registered_buffer readable(registered[0]);
  BOOST_TEST(stream.write_some(readable) == block_size);
  bool is_durable = false;
  stream.async_write_and_sync_data(readable, [&](error_code ec, auto) { is_durable = !ec; });
  context.restart();
  context.run();
  BOOST_TEST(is_durable);
}

BOOST_AUTO_TEST_SUITE_END()
