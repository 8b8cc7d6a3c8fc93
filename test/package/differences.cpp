// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The differences between asiofile's file classes and Boost.Asio's:
// doc/differences-from-boost-asio.md, row by row. Built twice, like ported.cpp; each time it checks
// what the page says about that library.

#include "files.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/version.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace asio = boost::asio;
using boost::system::error_code;
using files::file_base;
using files::random_access_file;
using files::stream_file;

// Intercepts all calls of the function of that name: both libraries use the program's.
static int advice_given = -1;
extern "C" int posix_fadvise(int, off_t, off_t, int advice) noexcept {
  advice_given = advice;
  return 0;
}

namespace {

// Boost.Asio's classes exist only if this is defined, and asiofile does not define it.
#if defined(BOOST_ASIO_HAS_FILE)
constexpr bool is_boost = true;
#else
constexpr bool is_boost = false;
#endif

const std::string path = "differences.txt";

void require_at(bool condition, int line, const char* what) {
  if (!condition)
    throw std::runtime_error("differences.cpp:" + std::to_string(line) + ": not so: " + what);
}

#define REQUIRE(condition) require_at((condition), __LINE__, #condition)

// What Boost.Asio does, and what asiofile does.
#define DIFFERS(value, of_boost, of_asiofile) \
  require_at((value) == (is_boost ? (of_boost) : (of_asiofile)), __LINE__, #value)

void put(const std::string& content) {
  std::FILE* const file = std::fopen(path.c_str(), "wb");
  REQUIRE(file != nullptr);
  REQUIRE(std::fwrite(content.data(), 1, content.size(), file) == content.size());
  REQUIRE(std::fclose(file) == 0);
}

void permissions_of_a_new_file(asio::io_context& context) {
  const mode_t before = ::umask(0);
  std::remove(path.c_str());
  random_access_file created(context, path, file_base::write_only | file_base::create);
  ::umask(before);
  struct stat found {};
  REQUIRE(::fstat(created.native_handle(), &found) == 0);
  DIFFERS(found.st_mode & 07777, 0777U, 0666U);
}

void descriptors_in_child_processes(asio::io_context& context) {
  random_access_file file(context, path, file_base::read_only);
  const int flags = ::fcntl(file.native_handle(), F_GETFD);
  DIFFERS((flags & FD_CLOEXEC) != 0, false, true);
}

void advice_about_use(asio::io_context& context) {
  advice_given = -1;
  random_access_file random(context, path, file_base::read_only);
  DIFFERS(advice_given, POSIX_FADV_RANDOM, -1);
  advice_given = -1;
  stream_file stream(context, path, file_base::read_only);
  DIFFERS(advice_given, POSIX_FADV_SEQUENTIAL, -1);
}

void position_of_a_stream_file(asio::io_context& context) {
  put("0123456789");
  stream_file file(context, path, file_base::read_only);
  std::array<char, 4> bytes{};
  REQUIRE(file.read_some(asio::buffer(bytes)) == 4);
  DIFFERS(::lseek(file.native_handle(), 0, SEEK_CUR), 4, 0);
}

void location_of_an_error(asio::io_context& context) {
  random_access_file file(context);
  error_code ec;
  file.open("no such file", file_base::read_only, ec);
  REQUIRE(ec == boost::system::errc::no_such_file_or_directory);
  DIFFERS(ec.has_location(), true, false);
}

void text_of_an_exception(asio::io_context& context) {
  std::string text;
  try {
    random_access_file file(context, "no such file", file_base::read_only);
  } catch (const boost::system::system_error& error) {
    text = error.what();
  }
  const std::string beginning = is_boost ? "open: " : "open \"no such file\": ";
  REQUIRE(text.substr(0, beginning.size()) == beginning);
}

void zero_bytes_in_paths(asio::io_context& context) {
  put("content");
  error_code ec;
  random_access_file file(context);
  file.open(path + std::string(1, '\0') + "/somewhere/else", file_base::read_only, ec);
  DIFFERS(ec, error_code(), error_code(asio::error::invalid_argument));
}

void offsets_out_of_range(asio::io_context& context) {
  put("content");
  random_access_file file(context, path, file_base::read_only);
  std::array<char, 4> bytes{};
  error_code result;
  std::size_t transferred = 0;
  // Which is -1 to the kernel: the descriptor's own position.
  file.async_read_some_at(std::numeric_limits<std::uint64_t>::max(), asio::buffer(bytes),
                          [&](error_code ec, std::size_t n) {
                            result = ec;
                            transferred = n;
                          });
  context.run();
  context.restart();
  DIFFERS(result, error_code(), error_code(asio::error::invalid_argument));
  DIFFERS(transferred, 4U, 0U);
}

void many_buffers(asio::io_context& context) {
  put(std::string(2000, 'x'));
  random_access_file file(context, path, file_base::read_only);
  std::string text(2000, '.');
  std::vector<asio::mutable_buffer> buffers;
  for (char& each : text) buffers.push_back(asio::buffer(&each, 1));
  // Asio takes 64, asiofile as many as the kernel (IOV_MAX).
  DIFFERS(file.read_some_at(0, buffers), 64U, 1024U);
}

void handlers_of_one_call(asio::io_context& context) {
  put("content");
  random_access_file file(context, path, file_base::read_only);
  std::array<char, 64> bytes{};
  std::size_t handlers = 0;
  for (char& each : bytes)
    file.async_read_some_at(0, asio::buffer(&each, 1),
                            [&](error_code, std::size_t) { ++handlers; });
  std::size_t most = 0;
  std::size_t before = 0;
  while (context.run_one() != 0) {
    most = std::max(most, handlers - before);
    before = handlers;
  }
  context.restart();
  REQUIRE(handlers == bytes.size());
  DIFFERS(most > 1, false, true);
}

void descriptors_that_are_none(asio::io_context& context) {
  stream_file file(context);
  error_code ec;
  file.assign(-1, ec);
  DIFFERS(ec == asio::error::bad_descriptor, false, true);
  REQUIRE(!file.is_open());
  ec.clear();
  static_cast<void>(file.release(ec));
  DIFFERS(ec == asio::error::bad_descriptor, false, true);
}

}  // namespace

int main() {
  try {
    asio::io_context context;
    permissions_of_a_new_file(context);
    descriptors_in_child_processes(context);
    advice_about_use(context);
    position_of_a_stream_file(context);
    location_of_an_error(context);
    text_of_an_exception(context);
    zero_bytes_in_paths(context);
    offsets_out_of_range(context);
    many_buffers(context);
    handlers_of_one_call(context);
    descriptors_that_are_none(context);
    std::remove(path.c_str());
    std::cout << "each difference is as documented\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
