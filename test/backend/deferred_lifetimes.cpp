// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Operations that are created in one place and started in another: they own what they need, even if
// the arguments, the file object or the scope are gone.

#include "completion_counts.hpp"
#include "file_contents.hpp"
#include "limit_in_flight.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace std::chrono_literals;
using namespace test_support;

namespace {

constexpr std::size_t file_size = 64 * 1024;
const error_code bad_descriptor(EBADF, boost::system::system_category());

// What a handler was called with.
struct outcome {
  int run = 0;
  error_code ec;
  std::size_t n = 0;

  auto handler() {
    return [this](error_code e, auto... count) {
      ++run;
      ec = e;
      ((n = static_cast<std::size_t>(count)), ...);
    };
  }

  [[nodiscard]] bool succeeded(std::size_t bytes) const { return run == 1 && !ec && n == bytes; }
  [[nodiscard]] bool failed(const error_code& expected) const {
    return run == 1 && ec == expected && n == 0;
  }
};

struct fixture {
  temporary_directory directory;
  std::string path = make_pattern_file(directory.path("data"), 1, file_size);
  asio::io_context context;

  void run() {
    context.restart();
    context.run();
  }
};

// Makes a deferred scattered read whose buffer sequence and token end with this function.
auto deferred_scattered_read(random_access_file& file, char* memory, std::size_t pieces) {
  std::vector<asio::mutable_buffer> sequence;
  for (std::size_t i = 0; i != pieces; ++i) sequence.push_back(asio::buffer(memory + i * 16, 16));
  auto made = file.async_read_some_at(32, sequence, asio::deferred);
  // The sequence is overwritten while its memory is still where the operation might look.
  for (auto& piece : sequence) piece = asio::mutable_buffer();
  return made;
}

// The same for an open: the path's characters are destroyed here.
auto deferred_open(random_access_file& file, const std::string& path) {
  auto temporary = std::make_unique<std::string>(path);
  auto made = file.async_open(*temporary, asiofile::file_base::read_only, asio::deferred);
  temporary->assign(temporary->size(), '!');
  return made;
}

// Coroutine exceptions leave `run()`.
void rethrow(std::exception_ptr failed) {
  if (failed) std::rethrow_exception(failed);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(deferred_lifetimes, fixture)

BOOST_AUTO_TEST_CASE(nothing_happens_until_a_deferred_operation_is_launched) {
  const watchdog limit(10s);
  random_access_file file(context, path, asiofile::file_base::read_write);
  const std::string written(100, 'w');
  auto made = file.async_write_some_at(0, asio::buffer(written), asio::deferred);
  BOOST_TEST(context.run() == 0u);
  BOOST_TEST(read_file(path) == pattern(1, 0, file_size));
  outcome result;
  std::move(made)(result.handler());
  BOOST_TEST(result.run == 0);
  run();
  BOOST_TEST(result.succeeded(100));
  BOOST_TEST(read_file(path) == written + pattern(1, 100, file_size - 100));
}

BOOST_AUTO_TEST_CASE(a_deferred_read_owns_its_buffer_sequence) {
  const watchdog limit(10s);
  random_access_file file(context, path, asiofile::file_base::read_only);
  // A few buffers, which may be stored within the operation, and many, which are not.
  for (const std::size_t pieces : {1u, 4u, 100u, 1000u}) {
    std::string memory(pieces * 16, '\0');
    auto made = deferred_scattered_read(file, memory.data(), pieces);
    outcome result;
    std::move(made)(result.handler());
    run();
    BOOST_TEST(result.succeeded(memory.size()));
    BOOST_TEST(has_pattern(memory, 1, 32));
  }
}

BOOST_AUTO_TEST_CASE(a_deferred_open_owns_its_path) {
  const watchdog limit(10s);
  random_access_file file(context);
  outcome result;
  auto made = deferred_open(file, path);
  BOOST_TEST(!file.is_open());
  std::move(made)(result.handler());
  run();
  BOOST_TEST(result.succeeded(0));
  BOOST_TEST(file.is_open());
}

BOOST_AUTO_TEST_CASE(arguments_need_not_outlive_the_initiating_function) {
  const watchdog limit(10s);
  limit_in_flight(context, 1);  // so that all but the first wait
  constexpr std::size_t count = 20;
  std::vector<random_access_file> files;
  for (std::size_t i = 0; i != count; ++i) files.emplace_back(context);
  std::vector<outcome> opened(count);
  for (std::size_t i = 0; i != count; ++i) {
    auto temporary = std::make_unique<std::string>(path);
    files[i].async_open(*temporary, asiofile::file_base::read_only, opened[i].handler());
    temporary->assign(temporary->size(), '!');
  }
  run();
  std::vector<std::string> memory(count, std::string(100 * 16, '\0'));
  std::vector<outcome> read(count);
  for (std::size_t i = 0; i != count; ++i) {
    std::vector<asio::mutable_buffer> sequence;
    for (std::size_t piece = 0; piece != 100; ++piece)
      sequence.push_back(asio::buffer(memory[i].data() + piece * 16, 16));
    files[i].async_read_some_at(i, sequence, read[i].handler());
    for (auto& piece : sequence) piece = asio::mutable_buffer();
  }
  run();
  for (std::size_t i = 0; i != count; ++i) {
    BOOST_TEST(opened[i].succeeded(0));
    BOOST_TEST(read[i].succeeded(1600));
    BOOST_TEST(has_pattern(memory[i], 1, i));
  }
}

BOOST_AUTO_TEST_CASE(a_deferred_operation_follows_the_file_object_that_moved) {
  const watchdog limit(10s);
  random_access_file file(context, path, asiofile::file_base::read_only);
  std::array<char, 64> buffer{};
  auto made = file.async_read_some_at(5, asio::buffer(buffer), asio::deferred);
  random_access_file moved(std::move(file));
  outcome result;
  std::move(made)(result.handler());
  run();
  BOOST_TEST(result.succeeded(64));
  BOOST_TEST(has_pattern(buffer, 1, 5));
}

BOOST_AUTO_TEST_CASE(a_deferred_operation_finds_a_destroyed_file_closed) {
  const watchdog limit(10s);
  std::optional<random_access_file> file(std::in_place, context, path,
                                         asiofile::file_base::read_write);
  std::array<char, 64> buffer{};
  const std::string written(100, 'w');
  auto read = file->async_read_some_at(0, asio::buffer(buffer), asio::deferred);
  auto write = file->async_write_some_at(0, asio::buffer(written), asio::deferred);
  auto sync = file->async_sync_data(asio::deferred);
  auto resize = file->async_resize(10, asio::deferred);
  auto size = file->async_size(asio::deferred);
  file.reset();
  std::array<outcome, 5> results;
  std::move(read)(results[0].handler());
  std::move(write)(results[1].handler());
  std::move(sync)(results[2].handler());
  std::move(resize)(results[3].handler());
  std::move(size)(results[4].handler());
  for (const auto& result : results) BOOST_TEST(result.run == 0);
  run();
  for (const auto& result : results) BOOST_TEST(result.failed(bad_descriptor));
  BOOST_TEST(all_are(buffer, '\0'));
  BOOST_TEST(read_file(path) == pattern(1, 0, file_size));
}

BOOST_AUTO_TEST_CASE(a_deferred_open_does_not_open_a_file_for_nobody) {
  const watchdog limit(10s);
  const std::string created = directory.path("created");
  std::optional<random_access_file> file(std::in_place, context);
  auto open = file->async_open(
      created, asiofile::file_base::read_write | asiofile::file_base::create, asio::deferred);
  file.reset();
  outcome result;
  std::move(open)(result.handler());
  run();
  BOOST_TEST(result.run == 1);
  BOOST_TEST(result.ec.failed());
}

BOOST_AUTO_TEST_CASE(a_deferred_operation_works_on_the_file_that_is_open_when_it_is_launched) {
  const watchdog limit(10s);
  const std::string second = make_pattern_file(directory.path("second"), 2, file_size);
  random_access_file file(context, path, asiofile::file_base::read_only);
  std::array<char, 64> buffer{};
  auto closed = file.async_read_some_at(0, asio::buffer(buffer), asio::deferred);
  auto reopened = file.async_read_some_at(0, asio::buffer(buffer), asio::deferred);
  file.close();
  outcome while_closed;
  std::move(closed)(while_closed.handler());
  run();
  BOOST_TEST(while_closed.failed(bad_descriptor));
  file.open(second, asiofile::file_base::read_only);
  outcome when_reopened;
  std::move(reopened)(when_reopened.handler());
  run();
  BOOST_TEST(when_reopened.succeeded(64));
  BOOST_TEST(has_pattern(buffer, 2, 0));
}

BOOST_AUTO_TEST_CASE(a_thousand_deferred_operations_can_be_launched_at_once) {
  const watchdog limit(20s);
  for (const std::size_t max_in_flight : {2u, 512u}) {
    asio::io_context other;
    limit_in_flight(other, max_in_flight);
    std::optional<random_access_file> file(std::in_place, other, path,
                                           asiofile::file_base::read_only);
    constexpr std::size_t count = 1'000;
    std::vector<std::array<char, 32>> buffers(count);
    completion_counts counts(count);
    std::size_t wrong = 0;
    using made = decltype(file->async_read_some_at(0, asio::buffer(buffers[0]), asio::deferred));
    std::vector<made> operations;
    for (std::size_t i = 0; i != count; ++i)
      operations.push_back(file->async_read_some_at(i, asio::buffer(buffers[i]), asio::deferred));
    random_access_file moved(std::move(*file));
    file.reset();
    for (std::size_t i = 0; i != count; ++i) {
      std::move(operations[i])([&, i](error_code ec, std::size_t n) {
        counts.record(i);
        wrong += !ec && n == 32 && has_pattern(buffers[i], 1, i) ? 0 : 1;
      });
    }
    operations.clear();
    other.run();
    BOOST_TEST(counts.each_once());
    BOOST_TEST(wrong == 0u);
  }
}

BOOST_AUTO_TEST_CASE(deferred_operations_that_are_never_launched_leave_nothing) {
  const watchdog limit(10s);
  std::array<char, 32> buffer{};
  {
    asio::io_context other;
    random_access_file file(other, path, asiofile::file_base::read_only);
    auto unused = file.async_read_some_at(0, asio::buffer(buffer), asio::deferred);
    auto copied = unused;
    BOOST_TEST(other.run() == 0u);
    file.close();
  }
  // Made on a context, and gone after it.
  std::optional<asio::io_context> other(std::in_place);
  std::optional<random_access_file> file(std::in_place, *other, path,
                                         asiofile::file_base::read_only);
  auto outlives = std::make_unique<decltype(file->async_size(asio::deferred))>(
      file->async_size(asio::deferred));
  file.reset();
  other.reset();
  outlives.reset();
}

BOOST_AUTO_TEST_CASE(a_deferred_operation_can_be_copied_and_launched_several_times) {
  const watchdog limit(10s);
  random_access_file file(context, path, asiofile::file_base::read_only);
  std::array<char, 32> buffer{};
  const auto made = file.async_read_some_at(7, asio::buffer(buffer), asio::deferred);
  for (int i = 0; i != 3; ++i) {
    auto copy = made;
    outcome result;
    std::move(copy)(result.handler());
    run();
    BOOST_TEST(result.succeeded(32));
    BOOST_TEST(has_pattern(buffer, 1, 7));
    buffer = {};
  }
}

BOOST_AUTO_TEST_CASE(a_deferred_operation_takes_its_slot_from_the_token_it_is_launched_with) {
  const watchdog limit(10s);
  limit_in_flight(context, 1);
  random_access_file file(context, path, asiofile::file_base::read_write);
  const std::string written(100, 'w');
  auto made = file.async_write_some_at(0, asio::buffer(written), asio::deferred);
  asio::cancellation_signal signal;
  outcome result;
  std::move(made)(asio::bind_cancellation_slot(signal.slot(), result.handler()));
  signal.emit(asio::cancellation_type::total);
  run();
  // Cancelled or too late: in either case the result says which.
  BOOST_TEST(result.run == 1);
  const bool was_written = read_file(path).substr(0, 100) == written;
  BOOST_TEST((was_written ? result.succeeded(100)
                          : result.failed(make_error_code(asio::error::operation_aborted))));
}

BOOST_AUTO_TEST_CASE(an_awaitable_can_be_awaited_when_its_arguments_are_gone) {
  const watchdog limit(10s);
  bool done = false;
  const auto use = [&]() -> asio::awaitable<void> {
    random_access_file file(context);
    auto temporary = std::make_unique<std::string>(path);
    auto opened = file.async_open(*temporary, asiofile::file_base::read_only, asio::use_awaitable);
    temporary->assign(temporary->size(), '!');
    temporary.reset();
    BOOST_TEST(!file.is_open());
    co_await std::move(opened);
    BOOST_TEST(file.is_open());

    std::string memory(100 * 16, '\0');
    auto sequence = std::make_unique<std::vector<asio::mutable_buffer>>();
    for (std::size_t piece = 0; piece != 100; ++piece)
      sequence->push_back(asio::buffer(memory.data() + piece * 16, 16));
    auto read = file.async_read_some_at(3, *sequence, asio::use_awaitable);
    sequence->assign(sequence->size(), asio::mutable_buffer());
    sequence.reset();
    random_access_file moved(std::move(file));
    BOOST_TEST(co_await std::move(read) == memory.size());
    BOOST_TEST(has_pattern(memory, 1, 3));
    done = true;
  };
  asio::co_spawn(context, use(), rethrow);
  context.run();
  BOOST_TEST(done);
}

BOOST_AUTO_TEST_CASE(an_awaitable_of_a_destroyed_file_finds_it_closed) {
  const watchdog limit(10s);
  error_code reported;
  const auto use = [&]() -> asio::awaitable<void> {
    std::array<char, 16> buffer{};
    std::optional<random_access_file> file(std::in_place, context, path,
                                           asiofile::file_base::read_only);
    auto read = file->async_read_some_at(0, asio::buffer(buffer), asio::use_awaitable);
    file.reset();
    try {
      co_await std::move(read);
    } catch (const boost::system::system_error& error) {
      reported = error.code();
    }
  };
  asio::co_spawn(context, use(), rethrow);
  context.run();
  BOOST_TEST(reported == bad_descriptor);
}

BOOST_AUTO_TEST_SUITE_END()
