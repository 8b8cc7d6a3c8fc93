// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// What happens to operations in flight when their context or their file object is destroyed:
// neither kernel nor thread touches a buffer afterwards, handlers are destroyed or run exactly
// once, and nothing is left.

#include "completion_counts.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "limit_in_flight.hpp"
#include "on_destruction.hpp"
#include "open_descriptors.hpp"
#include "running_threads.hpp"
#include "sanitizers.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/system/error_code.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <memory>
#include <new>
#include <optional>
#include <random>
#include <span>
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

constexpr std::size_t mebibyte = 1 << 20;

// Memory that is aligned for O_DIRECT.
class aligned_buffer {
 public:
  explicit aligned_buffer(std::size_t size) : size_(size) {
    if (::posix_memalign(&memory_, 4096, size) != 0) throw std::bad_alloc();
    std::memset(memory_, 0, size);
  }
  ~aligned_buffer() { std::free(memory_); }
  aligned_buffer(const aligned_buffer&) = delete;
  aligned_buffer& operator=(const aligned_buffer&) = delete;

  [[nodiscard]] char* data() const noexcept { return static_cast<char*>(memory_); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  void* memory_ = nullptr;
  std::size_t size_;
};

// Opens for direct reading if the file system allows that, otherwise says so and opens for buffered
// reading.
int open_direct(const std::string& path) {
#if defined(O_DIRECT)
  const int direct = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECT);
  if (direct != -1) return direct;
#endif
  std::cout << "the file system refuses O_DIRECT: buffered reads in its place" << std::endl;
  return ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
}

enum class destroyed_first { context, file };
enum class reached { started, submitted, running };

constexpr std::array destruction_orders{destroyed_first::context, destroyed_first::file};

// Counts what happens to handlers: each copy of `held` is a handler not yet destroyed.
struct handler_fates {
  std::shared_ptr<int> held = std::make_shared<int>();
  std::atomic<std::size_t> run = 0;

  [[nodiscard]] std::size_t alive() const { return static_cast<std::size_t>(held.use_count()) - 1; }

  auto handler() {
    return [this, handle = held](error_code, auto...) { ++run; };
  }
};

// Starts 64 reads of 1 MiB, destroys context and file, and looks for writes to the buffers after
// that.
void check_that_buffers_stay_untouched(const std::string& path, destroyed_first order,
                                       reached progress) {
  constexpr std::size_t reads = 64;
  constexpr char poison = '\x5a';
  const aligned_buffer buffer(reads * mebibyte);
  const std::string expected(buffer.size(), poison);

  handler_fates fates;
  const int fd = open_direct(path);
  BOOST_TEST_REQUIRE(fd != -1);
  auto context = std::make_unique<asio::io_context>();
  std::optional<random_access_file> file(std::in_place, *context, fd);

  std::optional<running_threads> threads;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work;
  if (progress == reached::running) {
    work.emplace(context->get_executor());
    threads.emplace(*context, 1);
  }
  for (std::size_t i = 0; i != reads; ++i) {
    file->async_read_some_at(i * mebibyte, asio::buffer(buffer.data() + i * mebibyte, mebibyte),
                             fates.handler());
  }
  if (progress == reached::submitted) context->poll_one();
  if (progress == reached::running) {
    context->stop();
    threads->join();
    work.reset();
  }

  const std::size_t run_before = fates.run;
  if (order == destroyed_first::file) file.reset();
  context.reset();
  std::memset(buffer.data(), poison, buffer.size());
  BOOST_TEST(fates.alive() == 0u);
  BOOST_TEST(fates.run == run_before);
  BOOST_TEST(!is_open_descriptor(fd));
  if (file) BOOST_TEST(!file->is_open());

  std::this_thread::sleep_for(normally_or_sanitized(100ms, 200ms));
  BOOST_TEST(std::memcmp(buffer.data(), expected.data(), buffer.size()) == 0);
}

// An operation's worth of random work: something that is in flight for a while, or not.
void start_random_operation(random_access_file& file, std::mt19937& random, handler_fates& fates) {
  const std::uint64_t offset = random() % mebibyte;
  switch (random() % 6) {
    case 0: file.async_size(fates.handler()); break;
    case 1: file.async_sync_data(fates.handler()); break;
    case 2: file.async_write_some_at(offset, asio::buffer("written", 7), fates.handler()); break;
    default: {
      // The memory ends with the handler, so that a sanitizer sees who touches it later.
      std::vector<char> memory(1 + random() % (16 * 1024));
      const auto buffer = asio::buffer(memory);
      file.async_read_some_at(offset, buffer,
                              [memory = std::move(memory), count = fates.handler()](
                                  error_code ec, std::size_t) { count(ec); });
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(destruction)

BOOST_AUTO_TEST_CASE(no_buffer_is_touched_after_context_and_file_are_destroyed) {
  const watchdog limit(60s);
  const temporary_directory directory;
  const std::string path = directory.path("data");
  write_file(path, std::string(64 * mebibyte, 'd'));
  ::sync();
  const std::size_t descriptors = open_descriptor_count();
  const std::size_t threads = thread_count();
  for (const auto order : destruction_orders) {
    for (const auto progress : {reached::started, reached::submitted, reached::running})
      check_that_buffers_stay_untouched(path, order, progress);
  }
  BOOST_TEST(open_descriptor_count() == descriptors);
  BOOST_TEST(settled_thread_count(threads) == threads);
}

BOOST_AUTO_TEST_CASE(ten_thousand_waiting_operations_are_dropped_without_being_run) {
  const watchdog limit(30s);
  const temporary_directory directory;
  const std::string path = make_pattern_file(directory.path("data"), 1, mebibyte);
  for (const auto order : destruction_orders) {
    for (const bool submitted : {false, true}) {
      handler_fates fates;
      std::vector<char> memory(10'000);
      const std::size_t descriptors = open_descriptor_count();
      auto context = std::make_unique<asio::io_context>();
      limit_in_flight(*context, 2);
      std::optional<random_access_file> file(std::in_place, *context, path,
                                             asiofile::file_base::read_only);
      for (std::size_t i = 0; i != memory.size(); ++i)
        file->async_read_some_at(i, asio::buffer(&memory[i], 1), fates.handler());
      BOOST_TEST(fates.alive() == memory.size());
      BOOST_TEST(fates.run == 0u);
      if (submitted) context->poll_one();
      const std::size_t run_before = fates.run;
      BOOST_TEST(fates.alive() + run_before == memory.size());
      if (order == destroyed_first::file) file.reset();
      context.reset();
      BOOST_TEST(fates.run == run_before);
      BOOST_TEST(fates.alive() == 0u);
      BOOST_TEST(open_descriptor_count() == descriptors);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_read_that_waits_for_a_fifo_does_not_hold_up_destruction) {
  const watchdog limit(20s);
  const temporary_directory directory;
  fifo pipe(directory.path("fifo"));
  const std::size_t descriptors = open_descriptor_count();
  const std::size_t threads = thread_count();
  for (const auto order : destruction_orders) {
    for (const auto polling : {0ms, 50ms}) {
      handler_fates fates;
      std::array<std::array<char, 16>, 8> buffers{};
      auto context = std::make_unique<asio::io_context>();
      std::optional<random_access_file> file(std::in_place, *context, pipe.path(),
                                             asiofile::file_base::read_write);
      for (auto& buffer : buffers)
        file->async_read_some_at(0, asio::buffer(buffer), fates.handler());
      if (polling != 0ms) context->run_for(polling);
      if (order == destroyed_first::file) file.reset();
      context.reset();
      BOOST_TEST(fates.run == 0u);
      BOOST_TEST(fates.alive() == 0u);
      // No operation is left that would take these bytes.
      BOOST_TEST(pipe.feed(200));
      std::this_thread::sleep_for(5ms);
      BOOST_TEST(pipe.drain().size() == 200u);
      for (const auto& buffer : buffers) BOOST_TEST(all_are(buffer, '\0'));
    }
  }
  BOOST_TEST(open_descriptor_count() == descriptors);
  BOOST_TEST(settled_thread_count(threads) == threads);
}

BOOST_AUTO_TEST_CASE(an_open_that_waits_for_a_writer_does_not_hold_up_destruction) {
  const watchdog limit(20s);
  const temporary_directory directory;
  const std::string path = make_fifo(directory.path("fifo"));
  const std::size_t descriptors = open_descriptor_count();
  const std::size_t threads = thread_count();
  for (const auto order : destruction_orders) {
    for (const auto polling : {0ms, 50ms}) {
      handler_fates fates;
      auto context = std::make_unique<asio::io_context>();
      std::optional<random_access_file> file(std::in_place, *context);
      file->async_open(path, asiofile::file_base::read_only, fates.handler());
      if (polling != 0ms) context->run_for(polling);
      BOOST_TEST(!file->is_open());
      if (order == destroyed_first::file) file.reset();
      context.reset();
      BOOST_TEST(fates.run == 0u);
      BOOST_TEST(fates.alive() == 0u);
      if (file) BOOST_TEST(!file->is_open());
    }
  }
  BOOST_TEST(open_descriptor_count() == descriptors);
  BOOST_TEST(settled_thread_count(threads) == threads);
}

BOOST_AUTO_TEST_CASE(a_file_that_outlives_its_context_is_closed) {
  const watchdog limit(20s);
  const temporary_directory directory;
  const std::string path = make_pattern_file(directory.path("data"), 1, 4096);
  auto context = std::make_unique<asio::io_context>();
  random_access_file file(*context, path, asiofile::file_base::read_only);
  random_access_file never_opened(*context);
  const int fd = file.native_handle();
  context.reset();

  BOOST_TEST(!file.is_open());
  BOOST_TEST(file.native_handle() == -1);
  BOOST_TEST(!is_open_descriptor(fd));
  BOOST_TEST(!never_opened.is_open());
  error_code ec;
  char byte = 'x';
  BOOST_TEST(file.read_some_at(0, asio::buffer(&byte, 1), ec) == 0u);
  BOOST_TEST(ec == error_code(EBADF, boost::system::system_category()));
  BOOST_TEST(byte == 'x');
  BOOST_TEST(file.size(ec) == 0u);
  BOOST_TEST(ec == error_code(EBADF, boost::system::system_category()));
  file.cancel(ec);
  BOOST_TEST(ec == error_code(EBADF, boost::system::system_category()));
  file.close(ec);
  BOOST_TEST(!ec);

  // It can be used again on another context.
  asio::io_context other;
  file = random_access_file(other, path, asiofile::file_base::read_only);
  BOOST_TEST(file.read_some_at(0, asio::buffer(&byte, 1)) == 1u);
  BOOST_TEST(byte == pattern_byte(1, 0));
}

BOOST_AUTO_TEST_CASE(a_borrowed_descriptor_stays_open_when_the_context_is_destroyed) {
  const watchdog limit(20s);
  const temporary_directory directory;
  fifo pipe(directory.path("fifo"));
  const int fd = ::open(pipe.path().c_str(), O_RDWR | O_CLOEXEC);
  BOOST_TEST_REQUIRE(fd != -1);
  handler_fates fates;
  std::array<char, 16> buffer{};
  {
    asio::io_context context;
    random_access_file file(context, fd, asiofile::borrowed);
    file.async_read_some_at(0, asio::buffer(buffer), fates.handler());
    context.run_for(20ms);
  }
  BOOST_TEST(fates.run == 0u);
  BOOST_TEST(fates.alive() == 0u);
  BOOST_TEST(is_open_descriptor(fd));
  ::close(fd);
}

BOOST_AUTO_TEST_CASE(destructors_of_dropped_handlers_may_use_other_files) {
  const watchdog limit(30s);
  const temporary_directory directory;
  const std::string path = make_pattern_file(directory.path("data"), 1, 4096);
  fifo pipe(directory.path("fifo"));
  const std::size_t descriptors = open_descriptor_count();
  const std::size_t threads = thread_count();
  enum class action { start, cancel, close, async_close, destroy, open, async_open };
  for (const auto what : {action::start, action::cancel, action::close, action::async_close,
                          action::destroy, action::open, action::async_open}) {
    // The handler that is destroyed waits for a FIFO, or is ready to be run.
    for (const bool ready : {false, true}) {
      handler_fates fates;
      std::size_t destroyed = 0;
      std::array<std::array<char, 16>, 5> buffers{};
      auto context = std::make_unique<asio::io_context>();
      std::optional<random_access_file> pending(std::in_place, *context, pipe.path(),
                                                asiofile::file_base::read_write);
      std::optional<random_access_file> other(std::in_place, *context, path,
                                              asiofile::file_base::read_write);
      std::optional<random_access_file> closed(std::in_place, *context);
      other->async_read_some_at(0, asio::buffer(buffers[0]), fates.handler());

      auto hook = on_destruction([&] {
        ++destroyed;
        error_code ignored;
        switch (what) {
          case action::start:
            other->async_read_some_at(0, asio::buffer(buffers[1]), fates.handler());
            pending->async_read_some_at(0, asio::buffer(buffers[2]), fates.handler());
            closed->async_read_some_at(0, asio::buffer(buffers[3]), fates.handler());
            break;
          case action::cancel:
            other->cancel(ignored);
            pending->cancel(ignored);
            break;
          case action::close:
            other->close(ignored);
            pending->close(ignored);
            break;
          case action::async_close:
            other->async_close(fates.handler());
            pending->async_close(fates.handler());
            break;
          case action::destroy:
            other.reset();
            pending.reset();
            break;
          case action::open: closed->open(path, asiofile::file_base::read_only, ignored); break;
          case action::async_open:
            closed->async_open(path, asiofile::file_base::read_only, fates.handler());
            break;
        }
      });
      if (ready) asio::post(*context, [hook = std::move(hook)] {});
      else
        pending->async_read_some_at(0, asio::buffer(buffers[4]),
                                    [hook = std::move(hook)](error_code, std::size_t) {});
      if (!ready) context->run_for(5ms);
      const std::size_t run_before = fates.run;
      BOOST_TEST(destroyed == 0u);
      context.reset();
      BOOST_TEST(destroyed == 1u);
      BOOST_TEST(fates.run == run_before);
      BOOST_TEST(fates.alive() == 0u);
      if (other) BOOST_TEST(!other->is_open());
      if (pending) BOOST_TEST(!pending->is_open());
    }
  }
  BOOST_TEST(open_descriptor_count() == descriptors);
  BOOST_TEST(settled_thread_count(threads) == threads);
}

BOOST_AUTO_TEST_CASE(destructors_of_dropped_handlers_may_start_one_operation_after_another) {
  const watchdog limit(30s);
  const temporary_directory directory;
  fifo pipe(directory.path("fifo"));
  std::array<char, 16> buffer{};
  constexpr std::size_t chain_length = 50;
  std::size_t destroyed = 0;
  auto context = std::make_unique<asio::io_context>();
  random_access_file file(*context, pipe.path(), asiofile::file_base::read_write);
  std::function<void()> start = [&] {
    file.async_read_some_at(0, asio::buffer(buffer), [hook = on_destruction([&] {
                                                        if (++destroyed != chain_length) start();
                                                      })](error_code, std::size_t) {});
  };
  start();
  context->run_for(5ms);
  BOOST_TEST(destroyed == 0u);
  context.reset();
  BOOST_TEST(destroyed == chain_length);
}

BOOST_AUTO_TEST_CASE(destroying_the_file_object_runs_every_handler_exactly_once) {
  const watchdog limit(30s);
  const temporary_directory directory;
  constexpr std::size_t size = 64 * 1024;
  constexpr std::size_t operations = 200;
  const std::string path = make_pattern_file(directory.path("data"), 1, size * operations);
  fifo pipe(directory.path("fifo"));
  for (const std::size_t max_in_flight : {1u, 16u, 512u}) {
    for (const bool submitted : {false, true}) {
      const std::size_t descriptors = open_descriptor_count();
      completion_counts counts(operations + 1);
      std::vector<std::string> buffers(operations, std::string(size, '\0'));
      std::size_t wrong = 0;
      std::array<char, 16> from_fifo{};
      {
        asio::io_context context;
        limit_in_flight(context, max_in_flight);
        std::optional<random_access_file> file(std::in_place, context, path,
                                               asiofile::file_base::read_only);
        std::optional<random_access_file> waiting(std::in_place, context, pipe.path(),
                                                  asiofile::file_base::read_write);
        const int fd = file->native_handle();
        const int fifo_fd = waiting->native_handle();
        waiting->async_read_some_at(0, asio::buffer(from_fifo), [&](error_code ec, std::size_t n) {
          counts.record(operations);
          wrong += ec == asio::error::operation_aborted && n == 0 ? 0 : 1;
        });
        for (std::size_t i = 0; i != operations; ++i) {
          file->async_read_some_at(
              i * size, asio::buffer(buffers[i]), [&, i](error_code ec, std::size_t n) {
                counts.record(i);
                const bool aborted =
                    ec == asio::error::operation_aborted && n == 0 && all_are(buffers[i], '\0');
                const bool done = !ec && has_pattern({buffers[i].data(), n}, 1, i * size);
                wrong += aborted || done ? 0 : 1;
              });
        }
        if (submitted) context.poll_one();
        const std::size_t run_before = counts.total();
        file.reset();
        waiting.reset();
        BOOST_TEST(counts.total() == run_before);  // not inside the destructor
        context.run();
        BOOST_TEST(counts.each_once());
        BOOST_TEST(wrong == 0u);
        BOOST_TEST(!is_open_descriptor(fd));
        BOOST_TEST(!is_open_descriptor(fifo_fd));
      }
      BOOST_TEST(open_descriptor_count() == descriptors);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_service_that_was_made_and_never_used_leaves_nothing) {
  const watchdog limit(20s);
  const std::size_t descriptors = open_descriptor_count();
  const std::size_t threads = thread_count();
  for (int round = 0; round != 50; ++round) {
    asio::io_context context;
    limit_in_flight(context, 8);
    if (round % 2 == 1) context.run();
  }
  for (int round = 0; round != 50; ++round) {
    asio::io_context context;
    random_access_file never_opened(context);
    if (round % 2 == 1) context.run();
  }
  BOOST_TEST(open_descriptor_count() == descriptors);
  BOOST_TEST(settled_thread_count(threads) == threads);
}

BOOST_AUTO_TEST_CASE(a_thread_pool_drops_what_waits_when_it_is_destroyed) {
  const watchdog limit(20s);
  const temporary_directory directory;
  fifo pipe(directory.path("fifo"));
  const std::size_t descriptors = open_descriptor_count();
  const std::size_t threads = thread_count();
  handler_fates fates;
  std::array<std::array<char, 16>, 4> buffers{};
  {
    asio::thread_pool pool(2);
    random_access_file file(pool, pipe.path(), asiofile::file_base::read_write);
    for (auto& buffer : buffers) file.async_read_some_at(0, asio::buffer(buffer), fates.handler());
    std::this_thread::sleep_for(20ms);
    pool.stop();
  }
  BOOST_TEST(fates.run == 0u);
  BOOST_TEST(fates.alive() == 0u);
  BOOST_TEST(open_descriptor_count() == descriptors);
  BOOST_TEST(settled_thread_count(threads) == threads);
}

BOOST_AUTO_TEST_CASE(a_hundred_contexts_with_random_work_leave_nothing) {
  const watchdog limit(60s);
  const temporary_directory directory;
  const std::string path = make_pattern_file(directory.path("data"), 1, mebibyte);
  fifo pipe(directory.path("fifo"));
  const std::size_t descriptors = open_descriptor_count();
  const std::size_t threads = thread_count();
  std::mt19937 random(20'260);
  for (int round = 0; round != 100; ++round) {
    handler_fates fates;
    std::size_t started = 0;
    {
      std::vector<random_access_file> outliving;
      asio::io_context context;
      if (random() % 2 == 0) limit_in_flight(context, 1 + random() % 20);
      std::vector<random_access_file> files;
      const std::size_t file_count = 1 + random() % 4;
      for (std::size_t i = 0; i != file_count; ++i)
        files.emplace_back(context, path, asiofile::file_base::read_write);
      random_access_file waiting(context, pipe.path(), asiofile::file_base::read_write);
      std::array<std::array<char, 16>, 4> from_fifo{};
      for (std::size_t burst = random() % from_fifo.size(); burst != 0; --burst) {
        for (std::size_t i = random() % 100; i != 0; --i, ++started)
          start_random_operation(files[random() % files.size()], random, fates);
        if (random() % 2 == 0) {
          waiting.async_read_some_at(0, asio::buffer(from_fifo[burst]), fates.handler());
          ++started;
        }
        if (random() % 2 == 0) context.poll();
        if (random() % 4 == 0) context.run_for(1ms);
      }
      BOOST_TEST(fates.run + fates.alive() == started);
      if (random() % 2 == 0) outliving = std::move(files);
    }
    BOOST_TEST(fates.alive() == 0u);
  }
  BOOST_TEST(open_descriptor_count() == descriptors);
  BOOST_TEST(settled_thread_count(threads) == threads);
}

BOOST_AUTO_TEST_SUITE_END()
