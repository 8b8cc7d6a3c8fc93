// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Contexts that are destroyed repeatedly with hundreds of operations in flight, after several
// threads have been running them; and services that are shut down while threads continue to start
// operations.

#include "counted_handler.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "open_descriptors.hpp"
#include "running_threads.hpp"
#include "sanitizers.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>


#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace std::chrono_literals;
using namespace test_support;

namespace {

constexpr std::size_t block = 16 * 1024;
constexpr std::size_t operations = 400;
constexpr std::size_t file_blocks = 512;
constexpr std::size_t rounds = normally_or_sanitized(60, 12);
constexpr char poison = '\x5a';

// The files of a round, in every way in which an engine may have them.
struct used_files {
  used_files(asio::io_context& context, const std::string& path, const std::string& pipe_path)
      : buffered(context, path, asiofile::file_base::read_write),
        direct(context),
        stream(context, path, asiofile::file_base::read_write),
        pipe(context, pipe_path, asiofile::file_base::read_write) {
    error_code refused;
    direct.open(path, asiofile::file_base::read_write | asiofile::file_base::direct, refused);
    if (refused) direct = buffered.clone();
  }

  void start(std::mt19937& random, char* memory, fates& all) {
    const std::uint64_t offset = random() % file_blocks * block;
    const auto buffer = asio::buffer(memory, block);
    switch (random() % 12) {
      case 0: return buffered.async_write_some_at(offset, buffer, counted_handler(all));
      case 1: return direct.async_write_some_at(offset, buffer, counted_handler(all));
      case 2: return direct.async_write_and_sync_data_at(offset, buffer, counted_handler(all));
      case 3: return buffered.async_sync_data(counted_handler(all));
      case 4: return pipe.async_read_some_at(0, buffer, counted_handler(all));
      case 5: return buffered.async_resize(file_blocks * block, counted_handler(all));
      case 6: return stream.async_read_some(buffer, counted_handler(all));
      case 7: return buffered.async_size(counted_handler(all));
      case 8: return buffered.async_read_some_at(offset, buffer, counted_handler(all));
      default: return direct.async_read_some_at(offset, buffer, counted_handler(all));
    }
  }

  random_access_file buffered;
  random_access_file direct;
  asiofile::stream_file stream;
  random_access_file pipe;
};

// As many buffers as operations, one after the other.
using arena = asiofile::aligned_buffer;

char* place_in(arena& memory, std::size_t index) {
  return reinterpret_cast<char*>(memory.data()) + index * block;
}

bool is_poisoned(const arena& memory) {
  const auto* const bytes = reinterpret_cast<const char*>(memory.data());
  return bytes[0] == poison && std::memcmp(bytes, bytes + 1, memory.size() - 1) == 0;
}

// Destroys a context in the middle of its work. `memory` is poisoned afterwards.
void destroy_busy_context(const std::string& path, const std::string& pipe_path, arena& memory,
                          std::mt19937& random) {
  fates all;
  auto context = std::make_unique<asio::io_context>();
  std::optional<used_files> files(std::in_place, *context, path, pipe_path);
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work(
      context->get_executor());
  {
    running_threads threads(*context, random() % 4);
    for (std::size_t i = 0; i != operations; ++i) files->start(random, place_in(memory, i), all);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 3000));
    context->stop();
  }
  all.must_not_run = true;
  work.reset();
  const bool files_go_first = random() % 2 == 0;
  if (files_go_first) files.reset();
  context.reset();
  std::memset(memory.data(), poison, memory.size());
  BOOST_TEST(all.wrong == 0u);
  BOOST_TEST(all.run + all.destroyed == operations);
}

// `shutdown` is what a context's destructor calls first; here it comes with threads at work.
class context_to_shut_down : public asio::io_context {
 public:
  using asio::io_context::shutdown;
};

void start_until(const std::atomic<bool>& is_over, used_files& files, arena& memory,
                 std::size_t first, std::size_t last, fates& all, unsigned seed) {
  std::mt19937 random(seed);
  for (std::size_t i = first; i != last && !is_over; ++i)
    files.start(random, place_in(memory, i), all);
}

void shut_down_busy_context(const std::string& path, const std::string& pipe_path, arena& memory,
                            std::mt19937& random) {
  constexpr std::size_t threads = 2;
  constexpr std::size_t share = operations / threads;
  fates all;
  auto context = std::make_unique<context_to_shut_down>();
  auto files = std::make_unique<used_files>(*context, path, pipe_path);
  {
    const auto work = asio::make_work_guard(*context);
    running_threads runner(*context, random() % 3);
    std::atomic<bool> is_over = false;
    std::vector<std::thread> starters;
    for (std::size_t i = 0; i != threads; ++i)
      starters.emplace_back([&, i, seed = static_cast<unsigned>(random())] {
        start_until(is_over, *files, memory, i * share, (i + 1) * share, all, seed);
      });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 2000));
    context->stop();
    runner.join();
    context->shutdown();
    all.must_not_run = true;
    std::memset(memory.data(), poison, memory.size());
    // They check only from time to time.
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 200));
    is_over = true;
    for (auto& each : starters) each.join();
  }
  files.reset();
  context.reset();
  BOOST_TEST(is_poisoned(memory));
  BOOST_TEST(all.wrong == 0u);
  BOOST_TEST(all.run + all.destroyed == all.made);
}

struct fixture {
  temporary_directory directory;
  std::string path = directory.path("data");
  fifo pipe{directory.path("fifo")};
  arena first{operations * block};
  arena second{operations * block};
  std::mt19937 random{7};

  fixture() { write_file(path, std::string(file_blocks * block, 'd')); }

  // Each round uses one arena while the other one shows that nothing of the previous round is left.
  template <typename Round>
  void run_rounds(Round&& round) {
    const std::size_t descriptors = open_descriptor_count();
    const std::size_t threads = thread_count();
    std::memset(second.data(), poison, second.size());
    for (std::size_t i = 0; i != rounds; ++i) {
      round(path, pipe.path(), first, random);
      BOOST_TEST_REQUIRE(is_poisoned(second));
      std::swap(first, second);
    }
    BOOST_TEST(is_poisoned(second));
    BOOST_TEST(open_descriptor_count() == descriptors);
    BOOST_TEST(settled_thread_count(threads) == threads);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(destroy_while_busy, fixture)

BOOST_AUTO_TEST_CASE(each_handler_is_run_or_destroyed_once_and_no_buffer_is_touched_afterwards) {
  const watchdog limit(120s);
  run_rounds(destroy_busy_context);
}

BOOST_AUTO_TEST_CASE(the_same_where_other_threads_are_starting_operations_meanwhile) {
  const watchdog limit(120s);
  run_rounds(shut_down_busy_context);
}

BOOST_AUTO_TEST_SUITE_END()
