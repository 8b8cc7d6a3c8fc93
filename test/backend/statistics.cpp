// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// What a service counts and reports: counters, the latency histogram, the trace hook.

#include "file_contents.hpp"
#include "run_operation.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::file_service;
using asiofile::random_access_file;
using test_support::error_code;
using test_support::run_transfer;

namespace {

struct fixture {
  test_support::temporary_directory directory;
  test_support::watchdog limit{std::chrono::seconds(60)};
  std::string path = directory.path("file");
  asio::io_context context;

  fixture() { test_support::write_file(path, std::string(64 * 1024, 'x')); }

  void use(const asiofile::service_options& options) {
    asio::make_service<file_service>(context, options);
  }
  asiofile::service_statistics statistics() {
    return asio::use_service<file_service>(context).statistics();
  }
};

struct seen {
  bool is_end = false;
  asiofile::traced_operation operation;
  std::string name;
  std::string path;
};

class recording_hook : public asiofile::trace_hook {
 public:
  void started(const asiofile::traced_operation& operation) noexcept override {
    record(false, operation);
  }
  void finished(const asiofile::traced_operation& operation) noexcept override {
    record(true, operation);
  }
  std::vector<seen> all;

 private:
  void record(bool is_end, const asiofile::traced_operation& operation) {
    const std::lock_guard lock(mutex_);
    all.push_back(
        {is_end, operation, std::string(operation.name), std::string(operation.path)});
  }
  std::mutex mutex_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(statistics_and_traces, fixture)

BOOST_AUTO_TEST_CASE(every_operation_is_counted_once_at_each_end) {
  random_access_file file(context, path, file_base::read_write);
  BOOST_TEST(statistics().started == 0U);
  std::vector<std::string> memory(100, std::string(512, '.'));
  for (std::size_t i = 0; i != memory.size(); ++i)
    file.async_read_some_at(i * 512, asio::buffer(memory[i]), [](error_code, std::size_t) {});
  BOOST_TEST(statistics().started == 100U);
  BOOST_TEST(statistics().completed == 0U);
  BOOST_TEST(statistics().waiting == 100U);
  context.run();
  const auto after = statistics();
  BOOST_TEST(after.started == 100U);
  BOOST_TEST(after.completed == 100U);
  BOOST_TEST(after.in_flight == 0U);
  BOOST_TEST(after.waiting == 0U);
  BOOST_TEST(after.submitted == 100U);
  // What was started together is submitted together.
  BOOST_TEST(after.batches == 1U);
  BOOST_TEST(after.mean_batch_size() == 100.0);
  std::uint64_t by_backend = 0;
  for (const std::uint64_t count : after.submitted_by_backend) by_backend += count;
  BOOST_TEST(by_backend == 100U);
}

BOOST_AUTO_TEST_CASE(what_is_over_at_once_counts_too_and_reaches_no_engine) {
  random_access_file closed(context);
  char byte = 0;
  run_transfer(context, [&](auto handler) {
    closed.async_read_some_at(0, asio::buffer(&byte, 1), std::move(handler));
  });
  BOOST_TEST(statistics().started == 1U);
  BOOST_TEST(statistics().completed == 1U);
  BOOST_TEST(statistics().submitted == 0U);
}

BOOST_AUTO_TEST_CASE(operations_in_flight_are_seen_while_they_are) {
  asiofile::service_options options;
  options.max_in_flight = 2;
  use(options);
  random_access_file file(context, path, file_base::read_only);
  std::vector<std::string> memory(10, std::string(512, '.'));
  std::uint64_t in_flight_most = 0;
  for (auto& each : memory)
    file.async_read_some_at(0, asio::buffer(each), [&](error_code, std::size_t) {
      in_flight_most = std::max(in_flight_most, statistics().in_flight);
    });
  context.run();
  BOOST_TEST(in_flight_most <= 2U);
  BOOST_TEST(statistics().completed == 10U);
}

BOOST_AUTO_TEST_CASE(the_latency_is_measured_where_it_is_asked_for) {
  {
    random_access_file file(context, path, file_base::read_only);
    char byte = 0;
    run_transfer(context, [&](auto handler) {
      file.async_read_some_at(0, asio::buffer(&byte, 1), std::move(handler));
    });
    BOOST_TEST(statistics().latency.quantile_nanoseconds(0.5) == 0U);
  }
  asio::io_context other;
  asiofile::service_options options;
  options.measure_latency = true;
  auto& service = asio::make_service<file_service>(other, options);
  random_access_file file(other, path, file_base::read_only);
  std::vector<char> memory(50);
  for (char& byte : memory)
    file.async_read_some_at(0, asio::buffer(&byte, 1), [](error_code, std::size_t) {});
  other.run();
  const auto latency = service.statistics().latency;
  std::uint64_t total = 0;
  for (const std::uint64_t count : latency.buckets) total += count;
  BOOST_TEST(total == 50U);
  BOOST_TEST(latency.quantile_nanoseconds(0.5) > 0U);
  BOOST_TEST(latency.quantile_nanoseconds(0.5) <= latency.quantile_nanoseconds(1.0));
  BOOST_TEST(latency.quantile_nanoseconds(1.0) < 60'000'000'000U);
}

BOOST_AUTO_TEST_CASE(a_hook_sees_each_operation_begin_and_end) {
  auto hook = std::make_shared<recording_hook>();
  asiofile::service_options options;
  options.trace = hook;
  use(options);
  random_access_file file(context);
  std::string memory(100, '.');
  file.async_open(path, file_base::read_write, [&](error_code) {
    file.async_read_some_at(65'500, asio::buffer(memory), [&](error_code, std::size_t) {
      file.async_read_some_at(65'536, asio::buffer(memory), [&](error_code, std::size_t) {
        file.async_close([&](error_code) {
          file.async_sync_data([](error_code) {});
        });
      });
    });
  });
  context.run();
  const std::vector<std::string> names = {"open", "read", "read", "close", "sync_data"};
  BOOST_REQUIRE(hook->all.size() == 10U);
  for (std::size_t i = 0; i != names.size(); ++i) {
    const seen& begin = hook->all[2 * i];
    const seen& end = hook->all[2 * i + 1];
    BOOST_TEST(!begin.is_end);
    BOOST_TEST(end.is_end);
    BOOST_TEST(begin.name == names[i]);
    BOOST_TEST(end.name == names[i]);
    BOOST_TEST(begin.operation.number == i + 1);
    BOOST_TEST(end.operation.number == i + 1);
  }
  const auto& read = hook->all[3].operation;
  BOOST_TEST(read.offset == 65'500U);
  BOOST_TEST(read.requested_bytes == 100U);
  BOOST_TEST(read.transferred_bytes == 36U);
  BOOST_TEST(!read.error);
  BOOST_CHECK(read.engine != asiofile::backend::automatic);
  BOOST_TEST(hook->all[5].operation.error == asio::error::eof);
  BOOST_TEST(hook->all[9].operation.error == asio::error::bad_descriptor);
  BOOST_CHECK(hook->all[9].operation.engine == asiofile::backend::automatic);
}

BOOST_AUTO_TEST_CASE(the_end_of_an_open_has_its_path_and_descriptor) {
  auto hook = std::make_shared<recording_hook>();
  asiofile::service_options options;
  options.trace = hook;
  use(options);
  random_access_file file(context);
  file.async_open(path, file_base::read_only, [](error_code) {});
  context.run();
  BOOST_REQUIRE(hook->all.size() == 2U);
  BOOST_TEST(hook->all[0].path == path);
  BOOST_TEST(hook->all[0].operation.fd == -1);
  BOOST_TEST(hook->all[1].path == path);
  BOOST_TEST(hook->all[1].operation.fd == file.native_handle());
}

BOOST_AUTO_TEST_CASE(functions_on_names_and_whole_files_are_traced_by_their_names) {
  auto hook = std::make_shared<recording_hook>();
  asiofile::service_options options;
  options.trace = hook;
  use(options);
  const std::string root = directory.root();
  const std::string made = directory.path("made"), other = directory.path("other");
  std::vector<std::string> expected;
  const auto check = [&](const std::string& name, const auto& start) {
    expected.push_back(name);
    start();
    context.restart();
    context.run();
  };
  const auto done = [](error_code ec, const auto&...) { BOOST_TEST(!ec, ec.message()); };
  check("write_file",
        [&] { asiofile::async_write_file(context, made, asio::buffer("1", 1), done); });
  check("append_file",
        [&] { asiofile::async_append_file(context, made, asio::buffer("2", 1), done); });
  check("replace_file",
        [&] { asiofile::async_replace_file(context, made, asio::buffer("3", 1), done); });
  check("read_file", [&] { asiofile::async_read_file(context, made, done); });
  check("copy_file", [&] { asiofile::async_copy_file(context, made, other, done); });
  check("status", [&] { asiofile::async_status(context, made, done); });
  check("rename", [&] { asiofile::async_rename(context, other, other + "2", done); });
  check("link", [&] { asiofile::async_link(context, made, other, done); });
  check("remove", [&] { asiofile::async_remove(context, other, done); });
  check("symlink", [&] { asiofile::async_symlink(context, "made", other, done); });
  check("read_symlink", [&] { asiofile::async_read_symlink(context, other, done); });
  check("create_directory",
        [&] { asiofile::async_create_directory(context, root + "/a", done); });
  check("create_directories",
        [&] { asiofile::async_create_directories(context, root + "/b/c", done); });
  check("sync_directory", [&] { asiofile::async_sync_directory(context, root, done); });
  check("create_temporary",
        [&] { asiofile::async_create_temporary(context, root, "tmp", done); });
  asiofile::directory_reader names(context);
  check("open_directory", [&] { names.async_open(root, done); });
  check("list_directory", [&] { names.async_next(done); });
  check("rewind_directory", [&] { names.async_rewind(done); });
  std::vector<std::string> seen_names;
  for (const seen& each : hook->all) {
    // A copy's own reads and writes are traced as well.
    const bool is_part = each.name == "read" || each.name == "write";
    if (each.is_end && !is_part) seen_names.push_back(each.name);
  }
  // In as many steps as it takes.
  seen_names.erase(std::unique(seen_names.begin(), seen_names.end()), seen_names.end());
  BOOST_TEST(seen_names == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
