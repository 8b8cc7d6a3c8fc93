// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// kernel.io_uring_disabled: 1 keeps io_uring from users without privileges, 2 from everybody. The
// library reports that and uses another backend; a ring that was set up before continues to work.
// The setting is machine-wide: it is changed for a fraction of a second, in a test that runs alone,
// and restored.

#include "child_process.hpp"
#include "file_contents.hpp"
#include "restrictions.hpp"
#include "skip.hpp"
#include "sysctl_setting.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace asio = boost::asio;
using asiofile::backend;
using asiofile::file_base;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace test_support;

namespace {

constexpr std::size_t bytes = 100'000;
constexpr std::uint32_t file_number = 8;

bool works(backend which) {
  for (const auto& report : asiofile::probe())
    if (report.backend == which) return report.available;
  return false;
}

class reading_service {
 public:
  explicit reading_service(const std::string& path)
      : service_(asio::use_service<asiofile::file_service>(context_)),
        file_(context_, path, file_base::read_only) {}

  asiofile::file_service& service() noexcept { return service_; }

  void read() {
    std::string text(bytes, '.');
    bool is_right = false;
    file_.async_read_some_at(0, asio::buffer(text), [&](error_code ec, std::size_t n) {
      is_right = !ec && n == bytes && has_pattern(text, file_number, 0);
    });
    context_.restart();
    context_.run();
    child_require(is_right, "the file was not read right");
  }

 private:
  asio::io_context context_;
  asiofile::file_service& service_;
  random_access_file file_;
};

void expect_refused(const std::string& path) {
  reading_service service(path);
  child_require(service.service().active_backend() != backend::io_uring, "io_uring runs");
  const std::string why = service.service().why();
  child_require(why.find("io_uring_disabled") != std::string::npos, "why: " + why);
  service.read();
}

void expect_available(const std::string& path) {
  reading_service service(path);
  child_require(service.service().active_backend() == backend::io_uring,
                service.service().why());
  service.read();
}

void change_setting(const std::string& path) {
  sysctl_setting setting("/proc/sys/kernel/io_uring_disabled");
  reading_service before(path);
  const auto ends_well = [&](auto&& body) {
    const auto ended = child_process(body).wait();
    child_require(ended.succeeded(), ended.failure);
  };
  child_require(setting.set("2").empty(), "set to 2");
  before.read();
  expect_refused(path);
  child_require(setting.set("1").empty(), "set to 1");
  expect_available(path);
  ends_well([&] {
    become_nobody();
    expect_refused(path);
  });
  setting.restore();
  expect_available(path);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(io_uring_disabled)

BOOST_AUTO_TEST_CASE(is_named_as_the_cause_and_does_not_stop_what_runs) {
  if (const auto why = not_root_reason(); !why.empty()) return skip(why);
  if (!works(backend::io_uring)) return skip("io_uring does not work here");
  if (::access("/proc/sys/kernel/io_uring_disabled", W_OK) != 0)
    return skip("no kernel.io_uring_disabled that could be changed (Linux 6.6)");
  const watchdog limit(std::chrono::seconds(40));
  const temporary_directory directory;
  make_pattern_file(directory.path("data"), file_number, bytes);
  const auto ended = child_process([&] {
                       child_require(::chdir(directory.root().c_str()) == 0, "chdir");
                       ::chmod(".", 0755);
                       ::chmod("data", 0644);
                       change_setting("data");
                     }).wait(std::chrono::seconds(20));
  BOOST_TEST(ended.succeeded(), ended);
}

BOOST_AUTO_TEST_SUITE_END()
