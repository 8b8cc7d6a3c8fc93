// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Files that are opened and closed with operations in flight while another thread immediately gets
// their descriptor numbers for its own files: no operation and no close ever reaches those.

#include "file_contents.hpp"
#include "open_descriptors.hpp"
#include "running_threads.hpp"
#include "sanitizers.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
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

// So large that operations that share a thread take a while.
constexpr std::size_t block = 16 * 1024;
constexpr std::size_t operations = 24;
constexpr std::size_t rounds = normally_or_sanitized(3'000, 400);

const std::string expected(block, 'm');
const std::string of_the_other(block, 'o');

// Opens and closes its own file as fast as it can, and checks it.
class other_user {
 public:
  explicit other_user(const std::string& path) : path_(path), thread_([this] { run(); }) {}
  ~other_user() { stop(); }
  other_user(const other_user&) = delete;
  other_user& operator=(const other_user&) = delete;

  void stop() {
    is_over_ = true;
    if (thread_.joinable()) thread_.join();
  }

  [[nodiscard]] std::size_t wrong() const noexcept { return wrong_; }
  // How often it was given the same number as a file of the library had had.
  std::atomic<int> wanted_fd = -1;
  [[nodiscard]] std::size_t reused() const noexcept { return reused_; }

  // Until it has used its file in each way once more.
  void wait_for_uses() const {
    const std::size_t before = uses_;
    while (uses_ - before <= different_uses) std::this_thread::yield();
  }

 private:
  static constexpr std::size_t different_uses = 6;

  void run() {
    while (!is_over_) use_once();
  }

  // Opens a varying number of files at a time, so that the next use gets the numbers that one has
  // freed, and the wanted number.
  void use_once() {
    std::vector<int> fds(1 + uses_ % different_uses);
    for (int& fd : fds) {
      fd = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
      if (fd == -1) ++wrong_;
      if (fd == wanted_fd) ++reused_;
    }
    ++uses_;
    std::this_thread::yield();
    for (const int fd : fds) {
      std::string bytes(block, '.');
      const bool is_read = ::pread(fd, bytes.data(), block, 0) == static_cast<ssize_t>(block);
      if (!is_read || bytes != of_the_other) ++wrong_;
      // EBADF if another thread has closed it.
      if (::close(fd) != 0) ++wrong_;
    }
  }

  std::string path_;
  std::atomic<bool> is_over_ = false;
  std::atomic<std::size_t> wrong_ = 0;
  std::atomic<std::size_t> reused_ = 0;
  std::atomic<std::size_t> uses_ = 0;
  std::thread thread_;
};

// Shared by the handlers of a round.
struct round_state {
  std::vector<std::string> memory{operations, std::string(block, 'm')};
  std::atomic<std::size_t> completed = 0;
  std::atomic<std::size_t> wrong = 0;
};

void start_operations(random_access_file& file, const std::shared_ptr<round_state>& state) {
  for (std::size_t i = 0; i != operations; ++i) {
    const bool is_write = i % 2 == 0;
    auto handler = [state, i](error_code ec, std::size_t n) {
      ++state->completed;
      const bool is_done = !ec && n == block && state->memory[i] == expected;
      if (!is_done && ec != asio::error::operation_aborted) ++state->wrong;
    };
    const auto buffer = asio::buffer(state->memory[i]);
    if (is_write)
      file.async_write_some_at(0, buffer, std::move(handler));
    else
      file.async_read_some_at(0, buffer, std::move(handler));
  }
}

void close_in_some_way(std::optional<random_access_file>& file, std::size_t round) {
  switch (round % 8) {
    case 0: file->close(); break;
    case 4: break;  // by its destructor
    case 7: ::close(file->release()); break;
    default: file->async_close([](error_code) {}); break;
  }
  file.reset();
}

void check_reuse(std::size_t threads) {
  const temporary_directory directory;
  const std::string path = directory.path("mine");
  const std::string other_path = directory.path("other");
  write_file(path, expected);
  write_file(other_path, of_the_other);
  const std::size_t descriptors = open_descriptor_count();
  std::size_t wrong = 0;
  std::size_t completed = 0;
  {
    asio::io_context context;
    auto work = asio::make_work_guard(context);
    running_threads runners(context, threads);
    other_user other(other_path);
    for (std::size_t i = 0; i != rounds; ++i) {
      std::optional<random_access_file> file(std::in_place, context, path,
                                             asiofile::file_base::read_write);
      const auto state = std::make_shared<round_state>();
      other.wanted_fd = file->native_handle();
      start_operations(*file, state);
      if (i % 3 == 0) std::this_thread::yield();
      close_in_some_way(file, i);
      if (i % 8 < 4) other.wait_for_uses();
      while (state->completed != operations) std::this_thread::yield();
      wrong += state->wrong;
      completed += state->completed;
    }
    other.stop();
    work.reset();
    runners.join();
    BOOST_TEST(other.wrong() == 0u);
    BOOST_TEST(other.reused() > 0u);
    BOOST_TEST_MESSAGE(other.reused() << " numbers were reused in " << rounds << " rounds");
  }
  BOOST_TEST(wrong == 0u);
  BOOST_TEST(completed == rounds * operations);
  BOOST_TEST(read_file(path) == expected);
  BOOST_TEST(read_file(other_path) == of_the_other);
  BOOST_TEST(open_descriptor_count() == descriptors);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(descriptor_reuse_races)

BOOST_AUTO_TEST_CASE(no_operation_reaches_a_file_that_another_thread_has_at_the_same_number) {
  const watchdog limit(120s);
  check_reuse(1);
}

BOOST_AUTO_TEST_CASE(no_operation_reaches_such_a_file_where_two_threads_run_the_context) {
  const watchdog limit(120s);
  check_reuse(2);
}

BOOST_AUTO_TEST_SUITE_END()
