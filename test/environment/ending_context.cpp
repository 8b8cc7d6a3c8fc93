// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// What a second thread may do while a context is destroyed whose operations take long to end: every
// handler runs or is destroyed, and nothing touches a buffer once `close` has returned. On every
// backend.

#include "available_backends.hpp"
#include "fuse_file_system.hpp"
#include "in_private_mounts.hpp"
#include "temporary_directory.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
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
using asiofile::file_base;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace test_support;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t reads = 6;
constexpr std::size_t block = 4096;
constexpr auto read_time = 300ms;

// Counts itself as ended when it runs or is destroyed.
class counted_handler {
 public:
  counted_handler(std::atomic<int>& started, std::atomic<int>& over) : over_(&over) { ++started; }
  counted_handler(counted_handler&& other) noexcept : over_(std::exchange(other.over_, nullptr)) {}
  ~counted_handler() { end(); }
  void operator()(error_code, std::size_t = 0) { end(); }

 private:
  void end() {
    if (auto* const over = std::exchange(over_, nullptr)) ++*over;
  }
  std::atomic<int>* over_;
};

// A context with reads in flight, a few of which wait for `max_in_flight`; another thread, and what
// that does.
struct scene {
  std::atomic<int> started = 0;
  std::atomic<int> over = 0;
  std::unique_ptr<asio::io_context> context = std::make_unique<asio::io_context>();
  std::optional<random_access_file> file;
  std::optional<asiofile::chunk_reader> reader;
  std::array<asio::cancellation_signal, reads> signals;
  std::vector<asiofile::aligned_buffer> memory;
  // After `close` has returned.
  std::atomic<bool> was_touched = false;

  counted_handler handler() { return {started, over}; }

  scene(asiofile::backend which, const std::string& path) {
    asiofile::service_options options;
    options.backend = which;
    options.max_in_flight = 3;
    asio::make_service<asiofile::file_service>(*context, options);
    file.emplace(*context, path, file_base::read_only | file_base::direct);
    for (std::size_t i = 0; i != reads; ++i) {
      auto& into = memory.emplace_back(block, block);
      file->async_read_some_at(0, asio::buffer(into.data(), block),
                               asio::bind_cancellation_slot(signals[i].slot(), handler()));
    }
    context->poll();
  }

  [[nodiscard]] bool is_all_zero() const {
    return std::ranges::all_of(memory, [](const asiofile::aligned_buffer& each) {
      const std::byte* const bytes = each.data();
      return std::all_of(bytes, bytes + block, [](std::byte byte) { return byte == std::byte{0}; });
    });
  }

  // Memory that no operation writes to any more does not change.
  void close_and_watch() {
    error_code ignored;
    file->close(ignored);
    for (auto& each : memory) std::fill_n(each.data(), block, std::byte{0});
    std::this_thread::sleep_for(2 * read_time);
    if (!is_all_zero()) was_touched = true;
  }
};

struct way {
  const char* name;
  void (*run)(scene&);
};

constexpr way ways[] = {
    {"close", [](scene& its) { its.close_and_watch(); }},
    {"two closes",
     [](scene& its) {
       std::thread first([&] {
         error_code ignored;
         its.file->close(ignored);
       });
       std::this_thread::sleep_for(10ms);
       its.close_and_watch();
       first.join();
     }},
    {"an asynchronous close and a close",
     [](scene& its) {
       its.file->async_close(its.handler());
       its.close_and_watch();
     }},
    {"two asynchronous closes",
     [](scene& its) {
       its.file->async_close(its.handler());
       its.file->async_close(its.handler());
     }},
    {"the file's destructor", [](scene& its) { its.file.reset(); }},
    {"a release",
     [](scene& its) {
       error_code ec;
       const int fd = its.file->release(ec);
       if (fd != -1) ::close(fd);
     }},
    {"cancellation slots",
     [](scene& its) {
       for (auto& each : its.signals) each.emit(asio::cancellation_type::terminal);
     }},
    {"cancel and more operations",
     [](scene& its) {
       error_code ignored;
       its.file->cancel(ignored);
       for (auto& each : its.memory)
         its.file->async_read_some_at(0, asio::buffer(each.data(), block), its.handler());
       its.file->async_sync_data(its.handler());
       its.file->async_size(
           [done = its.handler()](error_code, std::uint64_t) mutable { done({}); });
     }},
    {"synchronous functions",
     [](scene& its) {
       error_code ignored;
       static_cast<void>(its.file->size(ignored));
       its.file->sync_data(ignored);
       its.file->clone().close(ignored);
     }},
};

void destroy_beside(asiofile::backend which, const std::string& path) {
  std::string failures;
  for (const way& each : ways) {
    for (const auto delay : {0ms, 20ms, 150ms}) {
      // Either may come first.
      for (const bool is_context_first : {true, false}) {
        scene its(which, path);
        std::atomic<bool> is_gone = false;
        std::thread destroyer([&] {
          if (!is_context_first) std::this_thread::sleep_for(delay);
          its.context.reset();
          is_gone = true;
        });
        if (is_context_first) std::this_thread::sleep_for(delay);
        each.run(its);
        destroyer.join();
        its.file.reset();
        const std::string where =
            std::string(each.name) + " after " + std::to_string(delay.count()) + " ms";
        if (its.over != its.started)
          failures += where + ": " + std::to_string(its.started - its.over) + " handlers lost; ";
        if (its.was_touched) failures += where + ": a buffer was written after close; ";
      }
    }
  }
  child_require(failures.empty(), failures);
}

// Without destroying a context: a second close also waits for what is in flight.
void close_twice(asiofile::backend which, const std::string& path) {
  {
    scene its(which, path);
    ways[1].run(its);
    child_require(!its.was_touched, "a buffer was written after the second close");
  }
  {
    scene its(which, path);
    ways[2].run(its);
    child_require(!its.was_touched,
                  "a buffer was written after the close behind an asynchronous one");
  }
  scene its(which, path);
  std::array<bool, 2> had_all{};
  for (bool& each : had_all)
    its.file->async_close(
        [&](error_code ec) { each = !ec && its.over >= static_cast<int>(reads) - 1; });
  its.context->run();
  child_require(had_all[0] && had_all[1],
                "an asynchronous close was over before what was in flight");
}

struct fixture {
  temporary_directory directory;

  void check(void (*body)(asiofile::backend, const std::string&)) {
    in_private_mounts(directory, [&]() -> obstacle {
      std::vector<std::unique_ptr<fuse_file_system>> servers;
      std::vector<std::unique_ptr<child_process>> children;
      for (const asiofile::backend which : available_backends()) {
        auto& server = *servers.emplace_back(std::make_unique<fuse_file_system>());
        const std::string folder = directory.path(std::string(asiofile::to_string(which)));
        const file_system_faults faults{.delay = read_time, .bypasses_cache = true};
        if (obstacle found = server.mount(folder, faults); !found.empty()) return found;
        child_require(::truncate(server.path().c_str(), block) == 0, "truncate");
        const int fd = ::open(server.path().c_str(), O_WRONLY | O_CLOEXEC);
        child_require(::write(fd, std::string(block, 'x').data(), block) == block, "write");
        ::close(fd);
        children.push_back(
            std::make_unique<child_process>([=, path = server.path()] { body(which, path); }));
      }
      std::string failures;
      for (auto& each : children) {
        const auto ended = each->wait(std::chrono::seconds(110));
        if (ended.succeeded()) continue;
        failures += ended.timed_out
                        ? "timed out"
                        : "signal " + std::to_string(ended.signal) + " " + ended.failure;
        failures += '\n';
      }
      child_require(failures.empty(), failures);
      return {};
    });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ending_context, fixture)

BOOST_AUTO_TEST_CASE(a_second_thread_may_do_anything_while_a_context_ends) {
  check(destroy_beside);
}

BOOST_AUTO_TEST_CASE(every_close_waits_for_what_is_in_flight) { check(close_twice); }

BOOST_AUTO_TEST_SUITE_END()
