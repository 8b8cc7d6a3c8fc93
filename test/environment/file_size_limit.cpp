// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// RLIMIT_FSIZE: the results of writes across and past it, and that the process does not get
// SIGXFSZ, which would end it by default.

#include "child_process.hpp"
#include "file_contents.hpp"
#include "restrictions.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write_at.hpp>
#include <boost/system/error_code.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace asio = boost::asio;
using asiofile::backend;
using asiofile::file_base;
using asiofile::random_access_file;
using boost::system::error_code;
using test_support::child_process;
using test_support::child_require;

namespace {

constexpr std::size_t limit = 64 * 1024;

// The file of a service with a backend, in a process with the limit.
class limited_file {
 public:
  limited_file(backend wanted, const std::string& path, file_base::flags also = {})
      : file_(context_with(wanted)) {
    std::signal(SIGXFSZ, SIG_DFL);
    error_code ec;
    file_.open(path, file_base::read_write | file_base::create | also, ec);
    child_require(!ec, "open: " + ec.message());
    test_support::set_limit(RLIMIT_FSIZE, limit);
  }

  // Expects this of a write.
  void expect_write(std::uint64_t offset, std::size_t size, int error, std::size_t written) {
    const std::string bytes(size, 'w');
    check(error, written, [&](auto handler) {
      file_.async_write_some_at(offset, asio::buffer(bytes), handler);
    });
  }

  void expect_write_all(std::uint64_t offset, std::size_t size, int error, std::size_t written) {
    const std::string bytes(size, 'w');
    check(error, written, [&](auto handler) {
      asio::async_write_at(file_, offset, asio::buffer(bytes), handler);
    });
  }

  void expect_resize(std::uint64_t size, int error) {
    check(error, 0, [&](auto handler) {
      file_.async_resize(size, [handler](error_code ec) mutable { handler(ec, 0); });
    });
  }

 private:
  asio::io_context& context_with(backend wanted) {
    asiofile::service_options options;
    options.backend = wanted;
    options.strict = true;
    asio::make_service<asiofile::file_service>(context_, options);
    return context_;
  }

  template <typename Start>
  void check(int error, std::size_t written, Start&& start) {
    std::optional<error_code> given;
    std::size_t count = 0;
    start([&](error_code ec, std::size_t n) {
      child_require(!given, "it completed twice");
      given = ec;
      count = n;
    });
    context_.restart();
    context_.run();
    child_require(given && given->value() == error && count == written,
                  (given ? given->message() : std::string("nothing")) + ", " +
                      std::to_string(count) + " bytes");
  }

  asio::io_context context_;
  random_access_file file_;
};

template <typename Function>
void in_child_with(backend wanted, Function&& function) {
  for (const auto& report : asiofile::probe()) {
    if (report.backend == wanted && !report.available)
      return test_support::skip(std::string(asiofile::to_string(wanted)) + " does not work here");
  }
  child_process child(function);
  const auto ended = child.wait();
  BOOST_TEST(ended.succeeded(), ended);
}

const auto each_backend =
    boost::unit_test::data::make({backend::io_uring, backend::libaio, backend::threads});

}  // namespace

namespace asiofile {
// For the names of the cases.
static std::ostream& operator<<(std::ostream& out, asiofile::backend shown) {
  return out << to_string(shown);
}
}  // namespace asiofile

BOOST_AUTO_TEST_SUITE(file_size_limit)

BOOST_DATA_TEST_CASE(a_write_across_the_limit_is_short, each_backend) {
  const test_support::temporary_directory directory;
  in_child_with(sample, [&] {
    limited_file file(sample, directory.path("file"));
    file.expect_write(limit - 4096, 16'384, 0, 4096);
    file.expect_write_all(limit - 8192, 16'384, EFBIG, 8192);
  });
}

BOOST_DATA_TEST_CASE(a_write_past_the_limit_is_file_too_large, each_backend) {
  const test_support::temporary_directory directory;
  in_child_with(sample, [&] {
    limited_file file(sample, directory.path("file"));
    file.expect_write(limit, 1, EFBIG, 0);
    file.expect_write(limit + 100'000, 16'384, EFBIG, 0);
    file.expect_write(0, 10, 0, 10);
  });
}

BOOST_DATA_TEST_CASE(an_append_past_the_limit_is_file_too_large, each_backend) {
  const test_support::temporary_directory directory;
  test_support::write_file(directory.path("file"), std::string(limit - 10, 'x'));
  in_child_with(sample, [&] {
    limited_file file(sample, directory.path("file"), file_base::append);
    file.expect_write(0, 4, 0, 4);
    file.expect_write(0, 100, 0, 6);
    file.expect_write(0, 1, EFBIG, 0);
  });
}

BOOST_DATA_TEST_CASE(a_resize_past_the_limit_is_file_too_large, each_backend) {
  const test_support::temporary_directory directory;
  in_child_with(sample, [&] {
    limited_file file(sample, directory.path("file"));
    file.expect_resize(limit, 0);
    file.expect_resize(limit + 1, EFBIG);
  });
}

BOOST_AUTO_TEST_SUITE_END()
