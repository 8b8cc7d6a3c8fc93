// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Descriptors in the ring's table of files: the same bytes, and a closed file does not stay open.

#include "child_process.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "linux_only.hpp"
#include "registration_fixture.hpp"
#include "run_operation.hpp"
#include "skip.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using asiofile::registered_buffer;
using asiofile::registered_buffers;
using test_support::child_process;
using test_support::child_require;
using test_support::error_code;
using test_support::posix_error;
using test_support::run_status;
using test_support::transfer;

namespace {

const error_code success;

constexpr std::size_t block_size = 4'096;
constexpr std::size_t block_count = 64;
constexpr std::uint32_t file_number = 43;

struct fixture : test_support::registration_fixture {
  fixture() : registration_fixture(file_number, block_count * block_size) {}

  [[nodiscard]] bool runs_ring() { return test_support::runs_ring(context); }

  // Without a ring, an error says so, and the file is unchanged.
  void enter(random_access_file& file) {
    error_code ec;
    file.register_descriptor(ec);
    BOOST_TEST(ec == (runs_ring() ? success : posix_error(EOPNOTSUPP)));
    BOOST_TEST(file.is_registered() == runs_ring());
  }
};

// The ways in which a file object releases its file.
using way_out = std::function<void(asio::io_context&, std::optional<random_access_file>&)>;

const std::vector<std::pair<const char*, way_out>> ways_out{
    {"close", [](auto&, auto& file) { file->close(); }},
    {"async_close",
     [](auto& context, auto& file) {
       file->async_close([](error_code ec) { BOOST_TEST(!ec); });
       context.restart();
       context.run();
     }},
    {"destructor", [](auto&, auto& file) { file.reset(); }},
    {"release", [](auto&, auto& file) { ::close(file->release()); }},
    {"clones",
     [](auto&, auto& file) {
       random_access_file second = file->clone();
       BOOST_TEST(second.is_registered() == file->is_registered());
       file->close();
       second.close();
     }},
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(registered_files, fixture)

BOOST_AUTO_TEST_CASE(reads_writes_and_syncs_do_what_they_did) {
  const std::string written = directory.path("written");
  random_access_file source = open(path, file_base::read_only);
  random_access_file target = open(written, file_base::read_write | file_base::create);
  enter(source);
  enter(target);
  registered_buffers buffers(context, block_count, block_size);
  std::size_t complete = 0;
  for (std::size_t i = 0; i != block_count; ++i) {
    const registered_buffer slot = buffers.acquire();
    source.async_read_some_at(i * block_size, slot, [&, i, slot](error_code ec, std::size_t n) {
      if (ec || n != block_size) return;
      // With registered memory, and with plain memory.
      const asio::mutable_buffer plain = slot;
      const auto count = [&, slot](error_code failed, auto) { complete += failed ? 0 : 1; };
      switch (i % 4) {
        case 0: target.async_write_some_at(i * block_size, slot, count); break;
        case 1: target.async_write_and_sync_data_at(i * block_size, slot, count); break;
        case 2: target.async_write_and_sync_all_at(i * block_size, plain, count); break;
        default: {
          const std::array<asio::mutable_buffer, 2> halves{asio::buffer(plain, 2'048),
                                                           plain + 2'048};
          target.async_write_some_at(i * block_size, halves, count);
        }
      }
    });
  }
  context.run();
  BOOST_TEST(complete == block_count);
  BOOST_TEST(!run_status(context, [&](auto handler) { target.async_sync_all(handler); }));
  BOOST_TEST(!run_status(context, [&](auto handler) { target.async_sync_data(handler); }));
  const auto size =
      test_support::run_size(context, [&](auto handler) { target.async_size(handler); });
  BOOST_TEST(size.bytes == block_count * block_size);
  BOOST_TEST((test_support::read_file(written) == test_support::read_file(path)));
}

// One write by itself and its sync are two linked submissions.
BOOST_AUTO_TEST_CASE(a_write_with_its_sync_goes_to_the_file) {
  const std::string written = directory.path("written");
  random_access_file file = open(written, file_base::read_write | file_base::create);
  enter(file);
  registered_buffers buffers(context, 1, block_size);
  const registered_buffer slot = buffers.acquire();
  for (std::size_t i = 0; i != 8; ++i) {
    test_support::fill_pattern({reinterpret_cast<char*>(slot.data()), slot.size()}, file_number,
                               i * block_size);
    error_code result = asio::error::would_block;
    file.async_write_and_sync_data_at(i * block_size, slot,
                                      [&](error_code ec, auto) { result = ec; });
    context.restart();
    context.run();
    BOOST_TEST(result == success);
  }
  BOOST_TEST((test_support::read_file(written) ==
              test_support::pattern(file_number, 0, 8 * block_size)));
}

// dup2(2) assigns another file to the descriptor's number; the ring's table still has the first.
BOOST_AUTO_TEST_CASE(the_ring_does_use_the_registration) {
  const std::string other_path = test_support::make_pattern_file(
      directory.path("other"), file_number + 1, block_count * block_size);
  random_access_file file(context);
  error_code ec;
  file.open(path, file_base::read_only | file_base::direct, ec);
  if (ec) return test_support::skip("the file system refuses O_DIRECT");
  enter(file);
  const int kept = ::dup(file.native_handle());
  const int other = ::open(other_path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC);
  BOOST_REQUIRE(::dup3(other, file.native_handle(), O_CLOEXEC) != -1);
  registered_buffers buffers(context, 1, block_size);
  const registered_buffer slot = buffers.acquire();
  const std::uint32_t expected = runs_ring() ? file_number : file_number + 1;
  const auto has_expected = [&] {
    return test_support::has_pattern({reinterpret_cast<char*>(slot.data()), slot.size()},
                                     expected, 0);
  };
  BOOST_TEST(read(file, 0, asio::mutable_buffer(slot)) == transfer(success, block_size));
  BOOST_TEST(has_expected());
  const std::array<asio::mutable_buffer, 2> halves{slot.first(2'048), slot.part(2'048, 2'048)};
  const auto listed = test_support::run_transfer(
      context, [&](auto handler) { file.async_read_some_at(0, halves, handler); });
  BOOST_TEST(listed == transfer(success, block_size));
  BOOST_TEST(has_expected());
  ::close(other);
  ::close(kept);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_closed_is_closed) {
  if (!test_support::has_linux(test_support::known_file_systems)) return;
  for (const auto& [name, leave] : ways_out) {
    BOOST_TEST_CONTEXT(name) {
      std::optional<random_access_file> file(std::in_place, context, path, file_base::read_write);
      enter(*file);
      BOOST_REQUIRE(::flock(file->native_handle(), LOCK_EX | LOCK_NB) == 0);
      std::string memory(10, '.');
      BOOST_TEST(read(*file, 5, asio::buffer(memory)) == transfer(success, 10));
      leave(context, file);
      // flock(2): held for as long as the file is open anywhere, including in the kernel's ring.
      const int next = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
      BOOST_TEST(::flock(next, LOCK_EX | LOCK_NB) == 0);
      ::close(next);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_reader_of_a_fifo_sees_its_end) {
  if (!test_support::has_linux(test_support::known_file_systems)) return;
  for (const auto& [name, leave] : ways_out) {
    BOOST_TEST_CONTEXT(name) {
      const std::string fifo = test_support::make_fifo(directory.path(std::string("fifo-") + name));
      const int reader = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
      std::optional<random_access_file> file(std::in_place, context, fifo, file_base::write_only);
      enter(*file);
      const auto written = test_support::run_transfer(context, [&](auto handler) {
        file->async_write_some_at(0, asio::buffer("x", 1), handler);
      });
      BOOST_TEST(written == transfer(success, 1));
      leave(context, file);
      char byte = 0;
      BOOST_TEST(::read(reader, &byte, 1) == 1);
      // EAGAIN while there is a writer.
      BOOST_TEST(::read(reader, &byte, 1) == 0);
      ::close(reader);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_is_closed_with_operations_in_flight_is_closed_after_them) {
  test_support::fifo fifo(directory.path("fifo"));
  for (const bool waits : {true, false}) {
    random_access_file file(context, fifo.path(), file_base::read_write);
    enter(file);
    std::array<char, 4> memory{};
    std::size_t over = 0;
    for (char& each : memory)
      file.async_read_some_at(0, asio::buffer(&each, 1), [&](error_code, std::size_t) { ++over; });
    context.restart();
    context.poll();
    if (waits)
      file.close();
    else
      file.async_close([&](error_code ec) { BOOST_TEST(!ec); });
    BOOST_TEST(!file.is_registered());
    // The slot is free for another file, which no operation on the first reaches.
    random_access_file next = open(path, file_base::read_only);
    enter(next);
    registered_buffers buffers(context, 1, block_size);
    const registered_buffer slot = buffers.acquire();
    BOOST_TEST(read(next, 0, asio::mutable_buffer(slot)) == transfer(success, block_size));
    BOOST_TEST(test_support::has_pattern({reinterpret_cast<char*>(slot.data()), slot.size()},
                                         file_number, 0));
    context.restart();
    context.run();
    BOOST_TEST(over == memory.size());
  }
}

BOOST_AUTO_TEST_CASE(the_end_of_the_context_closes_it) {
  auto own = std::make_unique<asio::io_context>();
  random_access_file file(*own, path, file_base::read_only);
  error_code ec;
  file.register_descriptor(ec);
  BOOST_REQUIRE(::flock(file.native_handle(), LOCK_EX | LOCK_NB) == 0);
  own.reset();
  BOOST_TEST(!file.is_registered());
  const int next = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  BOOST_TEST(::flock(next, LOCK_EX | LOCK_NB) == 0);
  ::close(next);
}

BOOST_AUTO_TEST_CASE(places_are_used_again_and_when_all_are_taken_the_file_works_without) {
  random_access_file reused(context);
  for (int i = 0; i != 1'500; ++i) {
    reused.open(path, file_base::read_only);
    error_code ec;
    reused.register_descriptor(ec);
    reused.register_descriptor(ec);
    if (ec != (runs_ring() ? success : posix_error(EOPNOTSUPP))) {
      BOOST_TEST(ec == success);
      return;
    }
    reused.close();
  }
  if (!runs_ring()) return;
  std::vector<random_access_file> files;
  error_code ec;
  while (!ec && files.size() != 1'100) {
    files.emplace_back(context, path, file_base::read_only);
    files.back().register_descriptor(ec);
  }
  BOOST_TEST(ec == asio::error::no_buffer_space);
  BOOST_TEST(!files.back().is_registered());
  std::string memory(100, '.');
  BOOST_TEST(read(files.back(), 3, asio::buffer(memory)) == transfer(success, 100));
  BOOST_TEST(test_support::has_pattern(memory, file_number, 3));
}

// Its slot in the table may belong to another file as soon as the close has completed.
BOOST_AUTO_TEST_CASE(a_close_gives_up_its_place_once) {
  random_access_file closed = open(path, file_base::read_only);
  enter(closed);
  random_access_file next =
      open(directory.path("next"), file_base::read_write | file_base::create);
  closed.async_close([&](error_code ec) {
    BOOST_TEST(!ec);
    enter(next);
  });
  context.restart();
  context.run();
  // A single such write goes to the ring, which uses its table.
  error_code written = asio::error::would_block;
  registered_buffers buffers(context, 1, block_size);
  next.async_write_and_sync_data_at(0, buffers.acquire(),
                                    [&](error_code ec, auto) { written = ec; });
  context.restart();
  context.run();
  BOOST_TEST(written == success);
  BOOST_TEST(next.is_registered() == runs_ring());
}

BOOST_AUTO_TEST_CASE(a_closed_file_cannot_be_registered) {
  random_access_file file(context);
  error_code ec;
  file.register_descriptor(ec);
  BOOST_TEST(ec == posix_error(EBADF));
  BOOST_TEST(!file.is_registered());
  BOOST_CHECK_THROW(file.register_descriptor(), boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(a_forked_childs_file_is_not_registered_and_works) {
  if (!test_support::children_can_be_trusted()) return;
  random_access_file file = open(path, file_base::read_only);
  enter(file);
  registered_buffers buffers(context, 1, block_size);
  const registered_buffer slot = buffers.acquire();
  const bool has_ring = runs_ring();
  context.notify_fork(asio::execution_context::fork_prepare);
  child_process child([&] {
    context.notify_fork(asio::execution_context::fork_child);
    child_require(!file.is_registered(), "registered");
    for (int i = 0; i != 2; ++i) {
      transfer got;
      file.async_read_some_at(0, slot, [&](error_code ec, std::size_t n) { got = {ec, n}; });
      context.restart();
      context.run();
      child_require(got == transfer(success, block_size), got.error.message());
      error_code ec;
      file.register_descriptor(ec);
      child_require(file.is_registered() == has_ring, ec.message());
    }
    file.close();
  });
  context.notify_fork(asio::execution_context::fork_parent);
  const auto ended = child.wait();
  BOOST_TEST(ended.succeeded(), ended);
  BOOST_TEST(file.is_registered() == has_ring);
  BOOST_TEST(read(file, block_size, slot) == transfer(success, block_size));
  BOOST_TEST(test_support::has_pattern({reinterpret_cast<char*>(slot.data()), slot.size()},
                                       file_number, block_size));
}

BOOST_AUTO_TEST_SUITE_END()
