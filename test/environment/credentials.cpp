// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A process that drops its privileges while its service is in use: the service continues to work,
// and from then on opens only what the new user may, through every backend.

#include "available_backends.hpp"
#include "child_process.hpp"
#include "file_contents.hpp"
#include "restrictions.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <string>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace test_support;

namespace {

constexpr std::size_t writes = 64;
constexpr std::size_t block = 4096;

// What a program does before and after dropping its privileges.
class running_service {
 public:
  running_service(asiofile::backend which, bool polls) {
    asiofile::service_options options;
    options.backend = which;
    options.strict = true;
    options.submission_polling = polls;
    asio::make_service<asiofile::file_service>(context_, options);
  }

  int open(random_access_file& file, const std::string& path, file_base::flags flags) {
    error_code result = asio::error::operation_aborted;
    file.async_open(path, flags, [&](error_code ec) { result = ec; });
    run();
    return result.value();
  }

  // Writes some blocks and syncs, and reads them again.
  void use(random_access_file& file) {
    std::size_t right = 0;
    for (std::size_t i = 0; i != writes; ++i)
      file.async_write_some_at(i * block, asio::buffer(written_),
                               [&](error_code ec, std::size_t n) { right += !ec && n == block; });
    run();
    file.async_sync_data([&](error_code ec) { right += !ec; });
    run();
    for (std::size_t i = 0; i != writes; ++i)
      file.async_read_some_at(i * block, asio::buffer(read_), [&](error_code ec, std::size_t n) {
        right += !ec && n == block && read_ == written_;
      });
    run();
    child_require(right == 2 * writes + 1, std::to_string(right) + " operations succeeded");
  }

  asio::io_context& context() noexcept { return context_; }

 private:
  void run() {
    context_.restart();
    context_.run();
  }

  asio::io_context context_;
  const std::string written_ = std::string(block, 'w');
  std::string read_ = std::string(block, '.');
};

void give_up_privileges(asiofile::backend which, bool polls, const std::string& secret,
                        const std::string& shared, const std::string& folder) {
  running_service service(which, polls);
  random_access_file kept(service.context());
  child_require(service.open(kept, secret, file_base::read_write) == 0, "open as root");
  service.use(kept);
  become_nobody();
  // Descriptors keep the rights that they were opened with (open(2)); paths are looked up with the
  // new ones.
  service.use(kept);
  random_access_file file(service.context());
  child_require(service.open(file, secret, file_base::read_only) == EACCES, "the secret is open");
  const auto create = file_base::read_write | file_base::create;
  child_require(service.open(file, folder + "/new", create) == EACCES, "a file was created");
  child_require(service.open(file, shared, file_base::read_write) == 0, "open as nobody");
  service.use(file);
  // As a job on a thread.
  error_code unlinked;
  asiofile::async_remove(service.context(), secret, [&](error_code ec) { unlinked = ec; });
  service.context().restart();
  service.context().run();
  child_require(unlinked.value() == EACCES, "the secret was removed: " + unlinked.message());
}

void check(asiofile::backend which, bool polls) {
  const temporary_directory directory;
  const std::string secret = directory.path("secret");
  const std::string shared = directory.path("shared");
  write_file(secret, "s");
  write_file(shared, "s");
  ::chmod(secret.c_str(), 0600);
  ::chmod(shared.c_str(), 0666);
  // Relative paths, which can be reached even if the new user cannot reach the directory.
  const auto ended = child_process([&] {
                       child_require(::chdir(directory.root().c_str()) == 0, "chdir");
                       ::chmod(".", 0755);
                       give_up_privileges(which, polls, "secret", "shared", ".");
                     }).wait(std::chrono::seconds(20));
  BOOST_TEST(ended.succeeded(), asiofile::to_string(which) << ": " << ended);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(credentials)

BOOST_AUTO_TEST_CASE(of_the_process_as_they_are_count_for_every_open) {
  if (const auto why = not_root_reason(); !why.empty()) return skip(why);
  for (const asiofile::backend which : available_backends()) check(which, false);
}

BOOST_AUTO_TEST_CASE(count_for_every_open_where_a_kernel_thread_polls) {
  if (const auto why = not_root_reason(); !why.empty()) return skip(why);
  for (const asiofile::backend which : available_backends()) {
    if (which == asiofile::backend::io_uring) return check(which, true);
  }
  skip("io_uring does not work here");
}

BOOST_AUTO_TEST_SUITE_END()
