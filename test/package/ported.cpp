// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A program written for boost::asio::random_access_file. It uses every constructor, every member
// and every flag that Boost 1.81's class has, and is built twice: with `files` naming boost::asio,
// which shows that it is such a program, and with `files` naming asiofile, which shows that
// changing the namespace is enough.
//
// Nothing here may be adapted to one of the two.

#include "files.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_at.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write_at.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <exception>
#include <future>
#include <iostream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace asio = boost::asio;
using boost::system::error_code;
using files::file_base;
using files::random_access_file;

namespace {

using io_context_file = files::basic_random_access_file<asio::io_context::executor_type>;

const std::string path = "ported.txt";

void require_at(bool condition, int line, const char* what) {
  if (!condition) {
    throw std::runtime_error("ported.cpp:" + std::to_string(line) + ": not so: " + what);
  }
}

#define REQUIRE(condition) require_at((condition), __LINE__, #condition)

// --- What the types say ----------------------------------------------------------------------

static_assert(std::is_same_v<random_access_file, files::basic_random_access_file<>>);
static_assert(std::is_same_v<random_access_file::executor_type, asio::any_io_executor>);
static_assert(std::is_same_v<random_access_file::native_handle_type, int>);
static_assert(std::is_base_of_v<files::basic_file<asio::any_io_executor>, random_access_file>);
static_assert(std::is_base_of_v<file_base, random_access_file>);
static_assert(
    std::is_same_v<random_access_file::rebind_executor<asio::io_context::executor_type>::other,
                   io_context_file>);
static_assert(!std::is_copy_constructible_v<random_access_file>);
static_assert(!std::is_copy_assignable_v<random_access_file>);
static_assert(std::is_nothrow_move_constructible_v<random_access_file>);
static_assert(std::is_move_assignable_v<random_access_file>);
static_assert(std::is_constructible_v<random_access_file, io_context_file&&>);
static_assert(std::is_assignable_v<random_access_file&, io_context_file&&>);
static_assert(!std::is_convertible_v<asio::io_context&, random_access_file>);
static_assert(!std::is_convertible_v<asio::any_io_executor, random_access_file>);

// --- Flags -----------------------------------------------------------------------------------

void flags_are_a_bitmask() {
  file_base::flags flags = file_base::write_only | file_base::create;
  flags |= file_base::truncate;
  REQUIRE((flags & file_base::truncate) == file_base::truncate);
  flags &= ~file_base::truncate;
  REQUIRE((flags & file_base::truncate) != file_base::truncate);
  flags ^= file_base::append;
  REQUIRE((flags ^ file_base::append) == (file_base::write_only | file_base::create));
  REQUIRE(random_access_file::read_only != random_access_file::read_write);
  const file_base::seek_basis bases[] = {file_base::seek_set, file_base::seek_cur,
                                         file_base::seek_end};
  REQUIRE(bases[0] != bases[1] && bases[1] != bases[2]);
}

// --- Constructors, open, assign, release, close ----------------------------------------------

void every_constructor(asio::io_context& context) {
  const auto executor = context.get_executor();
  {
    random_access_file created(context, path,
                               file_base::read_write | file_base::create | file_base::truncate |
                                   file_base::sync_all_on_write);
    REQUIRE(created.is_open());
    REQUIRE(created.get_executor() == executor);
  }
  random_access_file closed_of_executor(executor);
  random_access_file closed_of_context(context);
  REQUIRE(!closed_of_executor.is_open() && !closed_of_context.is_open());

  random_access_file of_executor_and_chars(executor, path.c_str(), file_base::read_only);
  random_access_file of_context_and_chars(context, path.c_str(), file_base::read_only);
  random_access_file of_executor_and_string(executor, path, file_base::read_only);
  random_access_file of_context_and_string(context, path, file_base::read_only);
  random_access_file of_executor_and_handle(executor, ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  random_access_file of_context_and_handle(context, ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  for (random_access_file* file :
       {&of_executor_and_chars, &of_context_and_chars, &of_executor_and_string,
        &of_context_and_string, &of_executor_and_handle, &of_context_and_handle}) {
    REQUIRE(file->is_open());
  }

  bool thrown = false;
  try {
    random_access_file missing(context, "no such file", file_base::read_only);
  } catch (const boost::system::system_error& error) {
    thrown = error.code() == boost::system::errc::no_such_file_or_directory;
  }
  REQUIRE(thrown);
}

void deduced_class_templates(asio::io_context& context) {
  const auto executor = context.get_executor();
  auto strand = asio::make_strand(context);
  files::basic_random_access_file of_executor(executor, path, file_base::read_only);
  files::basic_random_access_file of_context(context, path.c_str(), file_base::read_only);
  files::basic_random_access_file of_strand(strand);
  files::basic_random_access_file of_handle(context, ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  static_assert(std::is_same_v<decltype(of_executor), io_context_file>);
  static_assert(std::is_same_v<decltype(of_context), random_access_file>);
  static_assert(
      std::is_same_v<decltype(of_strand), files::basic_random_access_file<decltype(strand)>>);
  static_assert(std::is_same_v<decltype(of_handle), random_access_file>);
  files::basic_random_access_file moved(std::move(of_executor));
  static_assert(std::is_same_v<decltype(moved), io_context_file>);
  REQUIRE(moved.is_open() && of_context.is_open() && of_handle.is_open());

  files::basic_stream_file stream(strand, path, file_base::read_only);
  files::basic_stream_file stream_of_context(context, path, file_base::read_only);
  static_assert(std::is_same_v<decltype(stream), files::basic_stream_file<decltype(strand)>>);
  static_assert(std::is_same_v<decltype(stream_of_context), files::stream_file>);
  REQUIRE(stream.is_open() && stream_of_context.is_open());
}

// The functions with an error_code return it, so that a condition can be made of the call.
void returned_errors(asio::io_context& context) {
  error_code ec;
  random_access_file file(context);
  REQUIRE(file.open("no such file", file_base::read_only, ec) == ec && ec);
  REQUIRE(file.open(std::string("no such file"), file_base::read_only, ec) == ec && ec);
  if (file.open(path, file_base::read_write, ec)) throw std::runtime_error(ec.message());
  if (file.resize(3, ec)) throw std::runtime_error(ec.message());
  if (file.sync_all(ec) || file.sync_data(ec)) throw std::runtime_error(ec.message());
  if (file.cancel(ec)) throw std::runtime_error(ec.message());
  if (file.close(ec)) throw std::runtime_error(ec.message());
  if (file.assign(::open(path.c_str(), O_RDONLY | O_CLOEXEC), ec))
    throw std::runtime_error(ec.message());
  REQUIRE(file.is_open());
}

void moves(asio::io_context& context) {
  io_context_file narrow(context, path, file_base::read_only);
  io_context_file moved(std::move(narrow));
  REQUIRE(moved.is_open() && !narrow.is_open());
  narrow = std::move(moved);
  REQUIRE(narrow.is_open());

  random_access_file wide(std::move(narrow));
  REQUIRE(wide.is_open());
  wide = io_context_file(context, path, file_base::read_only);
  REQUIRE(wide.is_open());
}

void open_and_close(asio::io_context& context) {
  error_code ec;
  random_access_file file(context);
  file.open(path.c_str(), file_base::read_only);
  file.open("no such file", file_base::read_only, ec);
  REQUIRE(ec == asio::error::already_open);
  file.close();
  file.open(path, file_base::read_only);
  file.close(ec);
  REQUIRE(!ec && !file.is_open());

  file.open("no such file", file_base::read_only, ec);
  REQUIRE(ec == boost::system::errc::no_such_file_or_directory);
  file.open(std::string(path), file_base::read_write | file_base::create | file_base::exclusive,
            ec);
  REQUIRE(ec == boost::system::errc::file_exists);
  file.open(std::string(path), file_base::read_only, ec);
  REQUIRE(!ec);
}

void assign_and_release(asio::io_context& context) {
  error_code ec;
  random_access_file file(context);
  const int first = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  file.assign(first);
  REQUIRE(file.native_handle() == first);
  REQUIRE(file.release() == first && !file.is_open());

  file.assign(first, ec);
  REQUIRE(!ec);
  REQUIRE(file.release(ec) == first && !ec);
  REQUIRE(::close(first) == 0);
}

// --- Synchronous functions -------------------------------------------------------------------

void synchronous_functions(asio::io_context& context) {
  error_code ec;
  random_access_file file(context, path, file_base::read_write | file_base::truncate);
  REQUIRE(file.write_some_at(0, asio::buffer("0123456789", 10)) == 10);
  REQUIRE(file.write_some_at(10, asio::buffer("abcdef", 6), ec) == 6 && !ec);
  file.sync_all();
  file.sync_all(ec);
  REQUIRE(!ec);
  file.sync_data();
  file.sync_data(ec);
  REQUIRE(!ec);

  REQUIRE(std::as_const(file).size() == 16);
  REQUIRE(std::as_const(file).size(ec) == 16 && !ec);
  file.resize(12);
  file.resize(11, ec);
  REQUIRE(!ec && file.size() == 11);

  std::array<char, 4> head{};
  std::array<char, 3> tail{};
  const std::array<asio::mutable_buffer, 2> both{asio::buffer(head), asio::buffer(tail)};
  REQUIRE(file.read_some_at(4, both) == 7);
  REQUIRE(std::string(head.data(), 4) == "4567" && std::string(tail.data(), 3) == "89a");
  REQUIRE(file.read_some_at(11, asio::buffer(head), ec) == 0 && ec == asio::error::eof);
  REQUIRE(asio::read_at(file, 0, asio::buffer(head)) == 4);
  REQUIRE(asio::write_at(file, 0, asio::buffer("XY", 2)) == 2);

  file.cancel();
  file.cancel(ec);
  REQUIRE(!ec);
}

// --- Asynchronous functions ------------------------------------------------------------------

void callbacks(asio::io_context& context) {
  random_access_file file(context, path, file_base::read_write | file_base::truncate);
  std::string text(5, '\0');
  std::size_t completed = 0;
  file.async_write_some_at(0, asio::buffer("Hello", 5), [&](error_code ec, std::size_t n) {
    REQUIRE(!ec && n == 5);
    ++completed;
    file.async_read_some_at(0, asio::buffer(text), [&](error_code ec2, std::size_t n2) {
      REQUIRE(!ec2 && n2 == 5);
      ++completed;
    });
  });
  REQUIRE(completed == 0);
  context.run();
  context.restart();
  REQUIRE(completed == 2 && text == "Hello");

  char byte = 0;
  error_code at_end;
  file.async_read_some_at(5, asio::buffer(&byte, 1), [&](error_code ec, std::size_t n) {
    at_end = ec;
    REQUIRE(n == 0);
  });
  context.run();
  context.restart();
  REQUIRE(at_end == asio::error::eof);
}

asio::awaitable<void> coroutine() {
  auto executor = co_await asio::this_coro::executor;
  random_access_file file(executor, path, file_base::read_write | file_base::truncate);
  co_await asio::async_write_at(file, 3, asio::buffer("abc", 3), asio::use_awaitable);
  std::string text(3, '\0');
  co_await asio::async_read_at(file, 3, asio::buffer(text), asio::use_awaitable);
  REQUIRE(text == "abc");

  // The token is the executor's default one.
  using awaitable_file = asio::use_awaitable_t<>::as_default_on_t<random_access_file>;
  awaitable_file defaulted(executor, path, file_base::read_write);
  REQUIRE(co_await defaulted.async_write_some_at(0, asio::buffer("xyz", 3)) == 3);
  REQUIRE(co_await defaulted.async_read_some_at(0, asio::buffer(text)) == 3);
  REQUIRE(text == "xyz");
  REQUIRE(co_await defaulted.async_read_some_at(0, asio::buffer(text),
                                                asio::deferred)(asio::use_awaitable) == 3);
}

void coroutines(asio::io_context& context) {
  std::exception_ptr failure;
  bool done = false;
  asio::co_spawn(context, coroutine(), [&](std::exception_ptr error) {
    failure = error;
    done = true;
  });
  context.run();
  context.restart();
  if (failure) std::rethrow_exception(failure);
  REQUIRE(done);
}

void futures_and_thread_pool() {
  asio::thread_pool pool(2);
  random_access_file file(pool, path, file_base::read_write | file_base::truncate);
  std::string text(6, '\0');
  REQUIRE(file.async_write_some_at(0, asio::buffer("future", 6), asio::use_future).get() == 6);
  REQUIRE(asio::async_read_at(file, 0, asio::buffer(text), asio::use_future).get() == 6);
  REQUIRE(text == "future");
  pool.join();
}

void strands(asio::io_context& context) {
  auto strand = asio::make_strand(context);
  files::basic_random_access_file<decltype(strand)> file(strand, path, file_base::read_only);
  char byte = 0;
  bool on_strand = false;
  file.async_read_some_at(0, asio::buffer(&byte, 1), [&](error_code ec, std::size_t) {
    REQUIRE(!ec);
    on_strand = strand.running_in_this_thread();
  });
  context.run();
  context.restart();
  REQUIRE(on_strand && byte == 'f');
}

}  // namespace

int main() {
  try {
    asio::io_context context;
    flags_are_a_bitmask();
    every_constructor(context);
    deduced_class_templates(context);
    returned_errors(context);
    moves(context);
    open_and_close(context);
    assign_and_release(context);
    synchronous_functions(context);
    callbacks(context);
    coroutines(context);
    futures_and_thread_pool();
    strands(context);
    std::remove(path.c_str());
    std::cout << "every member of the class works\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
