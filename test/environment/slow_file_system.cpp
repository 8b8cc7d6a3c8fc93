// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A server's file system, every call of which takes a second: while every asynchronous operation
// runs on it, a timer of the same context, other files, other threads and other contexts are not
// delayed. On every backend.

#include "available_backends.hpp"
#include "every_operation.hpp"
#include "in_private_mounts.hpp"
#include "mirror_file_system.hpp"
#include "temporary_directory.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace test_support;
using namespace std::chrono_literals;

namespace {

using test_clock = std::chrono::steady_clock;

constexpr auto call_time = 1s;
// Waiting for one call of the server takes longer.
constexpr auto gap_max = 600ms;

// The longest time between two events.
class longest_gap {
 public:
  void note() {
    const auto now = test_clock::now();
    longest_ = std::max(longest_, now - last_);
    last_ = now;
    ++count_;
  }
  void require_short(const std::string& what) const {
    const auto found = std::chrono::duration_cast<std::chrono::milliseconds>(longest_);
    child_require(count_ > 10, what + ": it does not run");
    child_require(found < gap_max, what + ": nothing for " + std::to_string(found.count()) + " ms");
  }

 private:
  test_clock::time_point last_ = test_clock::now();
  test_clock::duration longest_{0};
  int count_ = 0;
};

asio::awaitable<void> tick(longest_gap& gap, const std::atomic<bool>& is_over) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (!is_over) {
    timer.expires_after(10ms);
    co_await timer.async_wait(asio::use_awaitable);
    gap.note();
  }
}

// Opens, reads, writes and closes a local file.
asio::awaitable<void> use_quick_file(std::string path, longest_gap& gap,
                                     const std::atomic<bool>& is_over) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  std::array<char, 512> bytes{};
  while (!is_over) {
    random_access_file file(timer.get_executor());
    co_await file.async_open(path, file_base::read_write, asio::use_awaitable);
    co_await file.async_read_some_at(0, asio::buffer(bytes), asio::use_awaitable);
    co_await file.async_write_some_at(0, asio::buffer(bytes), asio::use_awaitable);
    co_await file.async_close(asio::use_awaitable);
    gap.note();
    timer.expires_after(10ms);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

// Synchronous functions, on a thread of their own.
void use_from_thread(asio::io_context& context, const std::string& path, longest_gap& gap,
                     const std::atomic<bool>& is_over) {
  std::array<char, 512> bytes{};
  while (!is_over) {
    random_access_file file(context, path, file_base::read_write);
    file.async_read_some_at(0, asio::buffer(bytes), asio::detached);
    file.write_some_at(0, asio::buffer(bytes));
    file.close();
    gap.note();
    std::this_thread::sleep_for(10ms);
  }
}

// A file on the server, opened and closed by synchronous functions: their thread waits, no other
// does.
void close_from_thread(asio::io_context& context, const std::string& path) {
  random_access_file file(context, path, file_base::read_only);
  std::array<char, 512> bytes{};
  file.async_read_some_at(0, asio::buffer(bytes), asio::detached);
  file.close();
}

asio::awaitable<void> run_all(operation_scene scene, std::size_t& left, std::string& failures) {
  for (const operation_step& each : every_operation::all) {
    operation_scene its = scene;
    its.folder = scene.folder + '/' + each.name;
    asio::co_spawn(scene.executor, each.run(its), [&, name = each.name](std::exception_ptr thrown) {
      --left;
      try {
        if (thrown) std::rethrow_exception(thrown);
      } catch (const std::exception& failed) {
        failures += std::string(name) + ": " + failed.what() + "; ";
      }
    });
  }
  co_return;
}

void go_on_beside(asiofile::backend which, const std::string& slow, const std::string& quick) {
  asiofile::service_options options;
  options.backend = which;
  // Every call that waits for the server has a thread: this tests the others.
  options.thread_count = 64;
  asio::io_context context;
  asio::io_context other;
  asio::make_service<asiofile::file_service>(context, options);
  asio::make_service<asiofile::file_service>(other, options);
  for (const char* const name : {"/a", "/b", "/c"}) make_pattern_file(quick + name, 1, 4096);

  std::atomic<bool> is_over = false;
  longest_gap timer, file, thread, elsewhere;
  asio::co_spawn(context, tick(timer, is_over), asio::detached);
  asio::co_spawn(context, use_quick_file(quick + "/a", file, is_over), asio::detached);
  asio::co_spawn(other, use_quick_file(quick + "/b", elsewhere, is_over), asio::detached);
  std::thread beside([&] { use_from_thread(context, quick + "/c", thread, is_over); });
  std::thread closing([&] { close_from_thread(context, slow + "/reads/data"); });
  std::thread other_loop([&] { other.run(); });

  std::size_t left = std::size(every_operation::all);
  std::string failures;
  asio::co_spawn(context, run_all({context.get_executor(), slow, nullptr}, left, failures),
                 asio::detached);
  while (left != 0 && context.run_one() != 0) continue;
  closing.join();
  is_over = true;
  context.run();
  beside.join();
  other_loop.join();
  child_require(failures.empty(), failures);
  timer.require_short("a timer");
  file.require_short("another file");
  thread.require_short("another thread");
  elsewhere.require_short("another context");
}

asio::awaitable<void> follow(std::string path, asiofile::tail_reader_options options,
                             longest_gap& gap, const std::atomic<bool>& is_over) {
  asiofile::tail_reader lines(co_await asio::this_coro::executor, path, options);
  while (!is_over) {
    co_await lines.async_next(asio::as_tuple(asio::use_awaitable));
    gap.note();
  }
}

// While followers of names on the server keep looking, one of a local name gets its lines, and
// others can be made.
void follow_beside(asiofile::backend which, const std::string& slow, const std::string& quick) {
  asiofile::service_options options;
  options.backend = which;
  options.thread_count = 64;
  asio::io_context context;
  asio::make_service<asiofile::file_service>(context, options);
  const std::string path = quick + "/app.log";
  std::ofstream log(path);

  std::atomic<bool> is_over = false;
  longest_gap timer, lines, unused;
  for (const char* const name : {"/reads/data", "/reads/none", "/none/none"})
    asio::co_spawn(context, follow(slow + name, {.poll_interval = 1ms}, unused, is_over),
                   asio::detached);
  asio::co_spawn(context, tick(timer, is_over), asio::detached);
  asio::co_spawn(context, follow(path, {}, lines, is_over), asio::detached);
  const auto end = test_clock::now() + 6 * call_time;
  while (test_clock::now() < end) {
    log << "line" << std::endl;
    context.run_for(10ms);
    const asiofile::tail_reader another(context, path);
  }
  timer.require_short("a timer");
  lines.require_short("lines of another name");
}

struct fixture {
  temporary_directory directory;

  // Runs `body(backend, slow, quick)` for each backend in a child: with a folder on a server, and
  // with one that is not.
  template <typename Body>
  void beside_servers(Body body) {
    in_private_mounts(directory, [&]() -> obstacle {
      // In parallel, because most of the time they wait.
      std::vector<std::unique_ptr<mirror_file_system>> servers;
      std::vector<std::unique_ptr<child_process>> children;
      for (const asiofile::backend which : available_backends()) {
        const std::string name(asiofile::to_string(which));
        const std::string shown = directory.path(name + "-shown");
        const std::string quick = directory.path(name + "-quick");
        std::filesystem::create_directory(shown);
        std::filesystem::create_directory(quick);
        prepare_operations(shown);
        auto& server = *servers.emplace_back(std::make_unique<mirror_file_system>());
        const std::string slow = directory.path(name + "-slow");
        if (obstacle found = server.mount(shown, slow, call_time); !found.empty()) return found;
        children.push_back(std::make_unique<child_process>([=] {
          try {
            body(which, slow, quick);
          } catch (const std::exception& failed) {
            throw std::runtime_error(name + ": " + failed.what());
          }
        }));
      }
      std::string failures;
      for (auto& each : children) {
        const auto ended = each->wait(std::chrono::seconds(100));
        if (ended.succeeded()) continue;
        failures += ended.timed_out ? "timed out" : "failed: " + ended.failure;
        failures += '\n';
      }
      child_require(failures.empty(), failures);
      return {};
    });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(slow_file_system, fixture)

BOOST_AUTO_TEST_CASE(everything_else_goes_on_while_a_server_takes_its_time) {
  beside_servers(go_on_beside);
}

BOOST_AUTO_TEST_CASE(followers_of_other_names_go_on_while_a_server_takes_its_time) {
  beside_servers(follow_beside);
}

BOOST_AUTO_TEST_SUITE_END()
