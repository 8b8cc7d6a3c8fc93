// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "in_own_directory.hpp"
#include "includes_of_documents.hpp"
#include "run_coroutine.hpp"

#include <boost/test/unit_test.hpp>

namespace {

// What a reader of the tutorial does with a block.
std::size_t used_bytes = 0;
void use(asio::const_buffer block) { used_bytes += block.size(); }

}  // namespace

#include "tutorial.md.hpp"

BOOST_FIXTURE_TEST_SUITE(tutorial, in_own_directory)

BOOST_AUTO_TEST_CASE(a_file) {
  quick_start();
  BOOST_TEST(read("data.bin") == "Hello world");

  asio::io_context context;
  asiofile::random_access_file file(context, "data.bin", asiofile::file_base::read_only);
  std::vector<char> block;
  read_megabyte(file, block);
  context.run();
  BOOST_TEST(std::string(block.data(), 11) == "Hello world");
}

BOOST_AUTO_TEST_CASE(many_operations_in_flight) {
  write("a", std::string(100'000, 'x'));
  asio::io_context context;
  sampler samples(context, "a");
  samples.start();
  context.run();
  BOOST_TEST(samples.bytes() == 100'000U);
  BOOST_TEST(!samples.error());

  asiofile::random_access_file file(context, "a", asiofile::file_base::read_only);
  std::string head(10, '\0');
  std::string tail(20, '\0');
  BOOST_TEST(run_coroutine(context, read_both_ends(file, head, tail)) == 30U);
}

BOOST_AUTO_TEST_CASE(tokens_and_errors) {
  write("a", "12345");
  BOOST_TEST(blocking_size("a") == 5U);
  asio::io_context context;
  BOOST_TEST(run_coroutine(context, size_of("a")) == 5U);
  BOOST_TEST(run_coroutine(context, read_or_default("a")) == "12345");
  BOOST_TEST(run_coroutine(context, read_or_default("none")) == "default");
}

BOOST_AUTO_TEST_CASE(cancellation) {
  write("a", "12345");
  asio::io_context context;
  asiofile::random_access_file file(context, "a", asiofile::file_base::read_only);
  std::vector<char> block(10);
  read_for_a_second_at_most(context, file, block);
  context.run();
  BOOST_TEST(std::string(block.data(), 5) == "12345");
}

BOOST_AUTO_TEST_CASE(options_and_engines) {
  with_options();
  asio::io_context context;
  BOOST_CHECK_NO_THROW(tell_backends(context));
}

BOOST_AUTO_TEST_CASE(several_threads) {
  write("a", std::string(100'000, 'x'));
  asio::thread_pool pool(2);
  BOOST_CHECK_NO_THROW(on_a_strand(pool, "a"));
  pool.join();
  BOOST_CHECK_NO_THROW(a_context_per_core("a"));
}

BOOST_AUTO_TEST_CASE(streams_and_readers) {
  asio::io_context context;
  {
    asiofile::stream_file file(context, "numbers", asiofile::parse_open_mode("w"));
    const std::vector<std::string> numbers{"one\n", "two\n", "three\n"};
    write_numbers(file, numbers);
    context.run();
  }
  BOOST_TEST(read("numbers") == "one\ntwo\nthree\n");

  asiofile::stream_file from(context, "numbers", asiofile::file_base::read_only);
  asiofile::stream_file to(context, "kept", asiofile::parse_open_mode("w"));
  run_coroutine(context, keep_lines_with("t", from, to));
  BOOST_TEST(read("kept") == "two\nthree\n");
}

BOOST_AUTO_TEST_CASE(whole_files) {
  write("settings", "old");
  asio::io_context context;
  run_coroutine(context, save_settings("new"));
  BOOST_TEST(read("settings") == "new");
  BOOST_TEST(read("settings.old") == "old");
}

BOOST_AUTO_TEST_CASE(durable_writes) {
  asio::io_context context;
  asiofile::random_access_file log(context, "log", asiofile::parse_open_mode("w"));
  run_coroutine(context, append_record(log, 0, "record"));
  BOOST_TEST(read("log") == "record");

  asiofile::random_access_file pages(context, "pages", asiofile::parse_open_mode("w"));
  const std::string page(4096, 'p');
  run_coroutine(context, store_page(pages, 1, asio::buffer(page)));
  BOOST_TEST(read("pages").substr(4096) == page);
  run_coroutine(context, become_leader(pages));

  asiofile::append_log records(
      asiofile::random_access_file(context, "records", asiofile::parse_open_mode("w+")));
  run_coroutine(context, append(records, std::string("record")));
  BOOST_TEST(read("records").starts_with("record"));
}

BOOST_AUTO_TEST_CASE(names) {
  write("report.tmp", "report");
  std::filesystem::create_directory("out");
  asio::io_context context;
  run_coroutine(context, publish());
  BOOST_TEST(read("out/report") == "report");
  BOOST_CHECK_NO_THROW(run_coroutine(context, list("out")));
  BOOST_TEST(run_coroutine(context, size_of_public_file("out", "report")) == 6U);
}

BOOST_AUTO_TEST_CASE(beneath_a_directory) {
  write("page", "page");
  asio::io_context context;
  asiofile::directory root(context);
  root.open(".");
  BOOST_TEST(run_coroutine(context, public_page(root, "page")) == "page");
  run_coroutine(context, keep_upload(root, "new", "content"));
  BOOST_TEST(read("uploads/new") == "content");
  asiofile::random_access_file file(context);
  run_coroutine(context, open_public(root, file, "page"));
  BOOST_TEST(file.is_open());

  asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  asio::ip::tcp::socket client(context);
  client.connect(acceptor.local_endpoint());
  asio::ip::tcp::socket peer = acceptor.accept();
  run_coroutine(context, send_page(peer, root, "page"));
  std::string received(4, '\0');
  asio::read(client, asio::buffer(received));
  BOOST_TEST(received == "page");
}

BOOST_AUTO_TEST_CASE(registered_memory) {
  write("data.bin", std::string(128 * 4096, 'x'));
  asio::io_context context;
  BOOST_CHECK_NO_THROW(read_blocks(context));
  BOOST_TEST(used_bytes == 128U * 4096);
}

BOOST_AUTO_TEST_SUITE_END()
