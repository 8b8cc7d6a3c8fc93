// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Every file class and function of the library on files in memory.

#include "files_in_memory.hpp"
#include "watchdog.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <boost/asio/write_at.hpp>
#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <set>
#include <string>
#include <vector>

using namespace testing_tests;
using asio::use_awaitable;

namespace {

void run(program& its, const std::function<asio::awaitable<void>(asio::io_context&)>& what) {
  asio::co_spawn(its.context, what(its.context), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  its.context.restart();
  its.context.run();
}

// Everything must work with transfers cut short, too.
constexpr file_system_options cut_short{.seed = 5, .short_transfers = 0.5};

}  // namespace

BOOST_AUTO_TEST_SUITE(testing_file_classes)

BOOST_AUTO_TEST_CASE(streams_lines_and_chunks) {
  const test_support::watchdog guard(std::chrono::seconds(60));
  file_system files(cut_short);
  program its(files);
  std::string text;
  for (int i = 0; i != 5000; ++i) text += "line " + std::to_string(i) + '\n';
  run(its, [&](asio::io_context& context) -> asio::awaitable<void> {
    asiofile::stream_file file(context);
    co_await file.async_open("/text", read_write_create, use_awaitable);
    co_await asio::async_write(file, asio::buffer(text), use_awaitable);
    file.seek(0, file_base::seek_set);
    std::string found(text.size(), '\0');
    co_await asio::async_read(file, asio::buffer(found), use_awaitable);
    BOOST_TEST((found == text));

    asiofile::random_access_file input(context, "/text", file_base::read_only);
    asiofile::line_reader lines(input);
    int count = 0;
    while (const auto line = co_await lines.async_next(use_awaitable)) {
      BOOST_TEST((*line == "line " + std::to_string(count)));
      ++count;
    }
    BOOST_TEST(count == 5000);

    asiofile::chunk_reader chunks(input);
    std::string all;
    while (const auto chunk = co_await chunks.async_next(use_awaitable))
      all.append(static_cast<const char*>(chunk->data()), chunk->size());
    BOOST_TEST((all == text));

    asiofile::random_access_file output(context, "/copy", read_write_create);
    asiofile::file_writer writer(output);
    co_await writer.async_write(asio::buffer(text), use_awaitable);
    co_await writer.async_flush(use_awaitable);
  });
  BOOST_TEST((files.read_file("/copy") == text));
}

BOOST_AUTO_TEST_CASE(whole_files_and_names) {
  file_system files(cut_short);
  program its(files);
  const std::string text(5000, 't');
  run(its, [&](asio::io_context& context) -> asio::awaitable<void> {
    co_await asiofile::async_create_directories(context, "a/b", use_awaitable);
    co_await asiofile::async_write_file(context, "a/b/one", asio::buffer(text), use_awaitable);
    co_await asiofile::async_append_file(context, "a/b/one", asio::buffer(text), use_awaitable);
    co_await asiofile::async_replace_file(context, "a/b/two", asio::buffer(text), use_awaitable);
    co_await asiofile::async_rename(context, "a/b/two", "/three", use_awaitable);
    const std::string found = co_await asiofile::async_read_file(context, "three", use_awaitable);
    BOOST_TEST((found == text));
    const auto status = co_await asiofile::async_status(context, "/a/b/one", use_awaitable);
    BOOST_TEST(status.size == 10'000U);
    asiofile::directory_reader reader(context);
    co_await reader.async_open("/", use_awaitable);
    const auto batch = co_await reader.async_next(use_awaitable);
    std::set<std::string> names;
    for (const auto& each : batch.value()) names.insert(each.name);
    BOOST_TEST(names == (std::set<std::string>{"a", "three"}), boost::test_tools::per_element());
    const std::string made =
        co_await asiofile::async_create_temporary(context, "/a", use_awaitable);
    BOOST_TEST(made.starts_with("/a/tmp-"));
    co_await asiofile::async_remove(context, made, use_awaitable);
    co_await asiofile::async_sync_directory(context, "/a", use_awaitable);
  });
  BOOST_TEST(files.paths() == (std::vector<std::string>{"/a", "/a/b", "/a/b/one", "/three"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_chain_writes_everything_and_then_synchronises) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    file_system files({.seed = seed, .short_transfers = 0.7});
    program its(files);
    files.write_file("/log", "");
    const std::string record(3000, 'r');
    run(its, [&](asio::io_context& context) -> asio::awaitable<void> {
      asiofile::random_access_file file(context);
      co_await file.async_open("/log", file_base::read_write, use_awaitable);
      co_await file.async_write_and_sync_data_at(0, asio::buffer(record), use_awaitable);
    });
    files.crash();
    BOOST_TEST((files.read_file("/log") == record));
  }
}

BOOST_AUTO_TEST_CASE(clones_and_released_descriptors_are_the_same_file) {
  file_system files;
  program its(files);
  files.write_file("/a", "content");
  asiofile::random_access_file file(its.context, "/a", file_base::read_only);
  auto copy = file.clone();
  file.close();
  BOOST_TEST(copy.size() == 7U);
  asiofile::random_access_file other(its.context, copy.release());
  BOOST_TEST(other.size() == 7U);
}

BOOST_AUTO_TEST_CASE(a_thread_pool_and_several_threads_work_too) {
  const test_support::watchdog guard(std::chrono::seconds(60));
  file_system files(cut_short);
  asio::thread_pool pool(4);
  files.attach(pool);
  asiofile::random_access_file file(pool);
  file.async_open("/a", read_write_create, asio::use_future).get();
  const std::string bytes(1000, 'x');
  std::vector<std::future<std::size_t>> writes;
  for (std::uint64_t i = 0; i != 100; ++i)
    writes.push_back(asio::async_write_at(file, i * 1000, asio::buffer(bytes), asio::use_future));
  for (auto& each : writes) BOOST_TEST(each.get() == 1000U);
  file.async_close(asio::use_future).get();
  pool.join();
  BOOST_TEST((files.read_file("/a") == std::string(100'000, 'x')));
}

BOOST_AUTO_TEST_CASE(the_service_says_what_runs) {
  file_system files;
  program its(files);
  auto& service = asio::use_service<asiofile::file_service>(its.context);
  BOOST_TEST((service.active_backend() == asiofile::backend::simulation));
  BOOST_TEST(service.why().starts_with("simulation: "));
  write(its, "/a", 0, "x");
  asiofile::random_access_file file(its.context, "/a", file_base::read_only);
  BOOST_TEST(its.run([&](auto handler) { file.async_sync_all(std::move(handler)); }) ==
             error_code());
  BOOST_TEST(service.statistics().submitted_to(asiofile::backend::simulation) == 1U);
}

BOOST_AUTO_TEST_CASE(closing_and_destroying_with_operations_in_flight) {
  const test_support::watchdog guard(std::chrono::seconds(60));
  file_system files({.delay_min = std::chrono::seconds(1), .delay_max = std::chrono::seconds(9)});
  const std::string bytes(1000, 'x');
  int aborted = 0;
  {
    program its(files);
    asiofile::random_access_file file(its.context, "/a", read_write_create);
    for (int i = 0; i != 50; ++i)
      file.async_write_some_at(0, asio::buffer(bytes), [&](error_code ec, std::size_t) {
        if (ec == posix_error(ECANCELED)) ++aborted;
      });
    its.context.poll_one();
    file.close();
    its.context.run();
    BOOST_TEST(aborted == 50);
    file.open("/a", file_base::read_write);
    for (int i = 0; i != 50; ++i)
      file.async_write_some_at(0, asio::buffer(bytes),
                               [](auto...) { BOOST_ERROR("a handler ran after all"); });
    asiofile::async_replace_file(its.context, "/b", asio::buffer(bytes),
                                 [](auto...) { BOOST_ERROR("a handler ran after all"); });
    its.context.restart();
    its.context.poll_one();
  }
  BOOST_TEST(!files.read_file("/b").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
