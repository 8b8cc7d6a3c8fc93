// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "cycle.hpp"

#include "counting_allocator.hpp"
#include "driver.hpp"
#include "failure.hpp"
#include "future_waiter.hpp"
#include "open_descriptors.hpp"
#include "random_access_driver.hpp"
#include "sanitizers.hpp"
#include "stream_driver.hpp"
#include "temporary_directory.hpp"

#include <asiofile/backend.hpp>
#include <asiofile/file_service.hpp>
#include <asiofile/service_options.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace verify {

namespace {

using clock = std::chrono::steady_clock;
using work_guard = asio::executor_work_guard<asio::io_context::executor_type>;

constexpr std::chrono::seconds hang_limit{test_support::normally_or_sanitized(60, 300)};

asiofile::service_options choose_options(asiofile::backend backend, std::mt19937_64& random) {
  constexpr std::size_t places[] = {1, 3, 32, 512};
  constexpr std::size_t entries[] = {2, 8, 256};
  constexpr std::size_t threads[] = {1, 4};
  asiofile::service_options options;
  options.backend = backend;
  options.strict = true;
  options.max_in_flight = places[random() % 4];
  options.ring_size = entries[random() % 3];
  options.thread_count = threads[random() % 2];
  options.measure_latency = random() % 2 == 0;
  return options;
}

bool takes_direct(const std::string& folder) {
  const std::string path = folder + "/direct";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
  if (fd == -1) return false;
  ::close(fd);
  return true;
}

// One io_context, the threads that run it and its users.
class busy_context {
 public:
  explicit busy_context(const asiofile::service_options& options)
      : context_(std::make_unique<asio::io_context>()),
        service_(asio::make_service<asiofile::file_service>(*context_, options)),
        work_(context_->get_executor()) {
    require(service_.active_backend() == options.backend, service_.why());
  }

  template <typename Driver>
  void add(const driver_settings& chosen) {
    drivers_.push_back(std::make_shared<Driver>(chosen, *context_, waiter_));
  }

  void start(std::size_t threads) {
    unfinished_ = drivers_.size();
    for (const auto& each : drivers_) {
      each->start([this] {
        if (--unfinished_ == 0) work_.reset();
      });
    }
    for (std::size_t i = 0; i != threads; ++i) threads_.emplace_back([this] { context_->run(); });
  }

  [[nodiscard]] const std::vector<std::shared_ptr<driver>>& drivers() const { return drivers_; }

  void ask_to_stop() {
    for (const auto& each : drivers_) each->stop();
  }
  // `run()` returns by itself: nothing is left to do.
  void finish() {
    join();
    const auto counted = service_.statistics();
    require(counted.started == counted.completed && counted.in_flight == 0 && counted.waiting == 0,
            "the service has " + std::to_string(counted.started - counted.completed) +
                " operations that did not complete");
  }
  // Leaves operations in flight.
  void interrupt() {
    context_->stop();
    join();
  }

  void destroy() {
    waiter_.stop();
    for (const auto& each : drivers_) each->let_go();
    work_.reset();
    context_.reset();
    waiter_.finish();
    for (const auto& each : drivers_) each->settle_dropped();
  }

 private:
  void join() {
    for (auto& each : threads_) each.join();
    threads_.clear();
  }

  std::unique_ptr<asio::io_context> context_;
  asiofile::file_service& service_;
  work_guard work_;
  future_waiter waiter_;
  std::vector<std::shared_ptr<driver>> drivers_;
  std::atomic<std::size_t> unfinished_ = 0;
  std::vector<std::thread> threads_;
};

class cycle {
 public:
  cycle(const settings& chosen, std::size_t number)
      : chosen_(chosen), random_(chosen.seed * 1'000'003 + number), number_(number) {
    directory_is_direct_ = takes_direct(directory_.root());
    for (std::size_t i = 0; i != chosen.contexts; ++i) {
      const asiofile::backend backend = chosen.backends[(number + i) % chosen.backends.size()];
      contexts_.push_back(std::make_unique<busy_context>(choose_options(backend, random_)));
    }
    add_shared_file();
    for (const auto& each : contexts_) {
      for (std::size_t i = 0; i != chosen.files_per_context; ++i) add_file(*each);
    }
  }

  cycle_report run(std::chrono::milliseconds length) {
    for (const auto& each : contexts_) each->start(chosen_.threads_per_context);
    disturb_until(clock::now() + length);
    const bool is_interrupted = random_() % 3 == 0;
    if (!is_interrupted) {
      for (const auto& each : contexts_) each->ask_to_stop();
    }
    take_down(is_interrupted);
    return report();
  }

 private:
  driver_settings new_file() {
    driver_settings made;
    made.file = ++files_;
    made.path = directory_.path("file" + std::to_string(files_));
    made.places = chosen_.blocks_per_file;
    made.is_direct = directory_is_direct_ && random_() % 2 == 0;
    made.seed = random_();
    return made;
  }

  void add_file(busy_context& context) {
    if (random_() % 3 == 0)
      context.add<stream_driver>(new_file());
    else
      context.add<random_access_driver>(new_file());
  }

  // One file that all contexts use, each its own part.
  void add_shared_file() {
    driver_settings shared = new_file();
    shared.owns_file = false;
    const int fd = ::open(shared.path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const auto bytes =
        static_cast<off_t>(contexts_.size() * chosen_.blocks_per_file * block_bytes);
    require(fd != -1 && ::ftruncate(fd, bytes) == 0, "cannot make " + shared.path);
    ::close(fd);
    for (const auto& each : contexts_) {
      shared.seed = random_();
      each->add<random_access_driver>(shared);
      shared.first_place += chosen_.blocks_per_file;
    }
  }

  // Also checks that operations make progress.
  void disturb_until(clock::time_point end) {
    std::mt19937 random(static_cast<std::uint32_t>(random_()));
    std::uint64_t seen = 0;
    clock::time_point seen_at = clock::now();
    while (clock::now() < end) {
      const auto& drivers = contexts_[random() % contexts_.size()]->drivers();
      drivers[random() % drivers.size()]->disturb(random);
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 3000));
      const std::uint64_t now = report().operations;
      if (now != seen) seen_at = clock::now();
      seen = now;
      if (clock::now() - seen_at > hang_limit) report_hang();
    }
  }

  [[noreturn]] void report_hang() {
    std::string text = "nothing goes on in cycle " + std::to_string(number_);
    for (const auto& each : contexts_)
      for (const auto& user : each->drivers()) text += "\n  " + user->describe();
    fail(text);
  }

  void take_down(bool is_interrupted) {
    // A thread that hangs here is as bad as one that hangs earlier.
    std::atomic<bool> is_over = false;
    std::thread watch([&] {
      const auto end = clock::now() + hang_limit;
      while (!is_over && clock::now() < end)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      if (!is_over) report_hang();
    });
    for (const auto& each : contexts_) is_interrupted ? each->interrupt() : each->finish();
    for (const auto& each : contexts_) each->destroy();
    is_over = true;
    watch.join();
    for (const auto& each : contexts_)
      for (const auto& user : each->drivers()) user->check_file();
  }

  cycle_report report() {
    cycle_report sum;
    for (const auto& each : contexts_) {
      for (const auto& user : each->drivers()) {
        sum.operations += user->operations();
        sum.aborted += user->aborted();
        sum.dropped += user->dropped();
      }
    }
    return sum;
  }

  const settings& chosen_;
  std::mt19937_64 random_;
  std::size_t number_;
  const test_support::temporary_directory directory_;
  bool directory_is_direct_ = false;
  std::uint32_t files_ = 0;
  std::vector<std::unique_ptr<busy_context>> contexts_;
};

}  // namespace

cycle_report run_cycle(const settings& chosen, std::size_t number,
                       std::chrono::milliseconds length) {
  const auto descriptors = test_support::open_descriptors();
  const std::size_t threads = test_support::thread_count();
  cycle_report report;
  {
    cycle one(chosen, number);
    report = one.run(length);
  }
  for (const int fd : test_support::open_descriptors())
    require(descriptors.contains(fd), "descriptor " + std::to_string(fd) + " is left open: " +
                                          test_support::descriptor_target(fd));
  require(test_support::settled_thread_count(threads) == threads, "a thread is left");
  require(counted_bytes == 0, std::to_string(counted_bytes) +
                                  " bytes of handlers' allocators are left");
  return report;
}

}  // namespace verify
