// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// If the kernel does not accept registered memory or files, plain ones are used, with the same
// results.

#include "available_backends.hpp"
#include "child_process.hpp"
#include "file_contents.hpp"
#include "restrictions.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using asiofile::registered_buffer;
using asiofile::registered_buffers;
using boost::system::error_code;
using test_support::child_process;
using test_support::child_require;

namespace {

constexpr std::size_t block_size = 64 * 1024;
constexpr std::uint32_t file_number = 47;

// If not, says why.
bool rings_run_here() {
  const auto available = test_support::available_backends();
  if (std::ranges::find(available, asiofile::backend::io_uring) != available.end()) return true;
  test_support::skip("io_uring is not available");
  return false;
}

struct fixture {
  test_support::temporary_directory directory;
  std::string path =
      test_support::make_pattern_file(directory.path("file"), file_number, 2 * block_size);

  void expect_success(child_process& child) {
    const auto ended = child.wait();
    BOOST_TEST(ended.succeeded(), ended);
  }
};

bool has_ring(asio::io_context& context) {
  return asio::use_service<asiofile::file_service>(context).active_backend() ==
         asiofile::backend::io_uring;
}

void require_read(asio::io_context& context, random_access_file& file,
                  const registered_buffer& slot) {
  bool is_right = false;
  file.async_read_some_at(block_size, slot, [&](error_code ec, std::size_t n) {
    is_right = !ec && n == block_size &&
               test_support::has_pattern({reinterpret_cast<char*>(slot.data()), slot.size()},
                                         file_number, block_size);
  });
  context.restart();
  context.run();
  child_require(is_right, "a read into a slot");
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(registered_refused, fixture)

BOOST_AUTO_TEST_CASE(memory_over_the_limit_is_plain_memory) {
  if (!rings_run_here()) return;
  if (const auto reason = test_support::not_root_reason(); !reason.empty())
    return test_support::skip(reason);
  // Opened before, because the directory may be closed to others.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECT);
  if (fd == -1) return test_support::skip("the file system refuses O_DIRECT");
  child_process child([&] {
    test_support::become_nobody();
    asio::io_context context;
    // The ring itself may count against it.
    child_require(has_ring(context), asio::use_service<asiofile::file_service>(context).why());
    test_support::set_limit(RLIMIT_MEMLOCK, 4'096);
    registered_buffers buffers(context, 16, block_size);
    child_require(!buffers.is_registered(), "is registered");
    child_require(
        buffers.registration_error() == error_code(ENOMEM, boost::system::system_category()),
        buffers.why());
    child_require(buffers.why().find("RLIMIT_MEMLOCK") != std::string::npos, buffers.why());
    random_access_file file(context, fd);
    require_read(context, file, buffers.acquire());
    // Files are not counted.
    file.register_descriptor();
    require_read(context, file, buffers.acquire());
  });
  ::close(fd);
  expect_success(child);
}

BOOST_AUTO_TEST_CASE(a_sandbox_put_on_later_leaves_plain_memory_and_files) {
  if (!rings_run_here()) return;
  if (const auto reason = test_support::no_seccomp_reason(); !reason.empty())
    return test_support::skip(reason);
  for (const int error : {EPERM, ENOSYS}) {
    child_process child([&] {
      asio::io_context context;
      random_access_file file(context, path, file_base::read_only | file_base::direct);
      child_require(has_ring(context), asio::use_service<asiofile::file_service>(context).why());
      test_support::refuse_calls({SYS_io_uring_register}, error);
      const error_code refused(error, boost::system::system_category());
      registered_buffers buffers(context, 16, block_size);
      child_require(buffers.registration_error() == refused, buffers.why());
      error_code ec;
      file.register_descriptor(ec);
      child_require(ec == refused && !file.is_registered(), ec.message());
      require_read(context, file, buffers.acquire());
    });
    expect_success(child);
  }
}

// The ring can no longer be entered: the threads continue with the same memory and descriptor.
BOOST_AUTO_TEST_CASE(a_ring_that_is_given_up_leaves_them_to_the_threads) {
  if (!rings_run_here()) return;
  if (const auto reason = test_support::no_seccomp_reason(); !reason.empty())
    return test_support::skip(reason);
  child_process child([&] {
    asio::io_context context;
    random_access_file file(context, path, file_base::read_only | file_base::direct);
    child_require(has_ring(context), asio::use_service<asiofile::file_service>(context).why());
    registered_buffers buffers(context, 16, block_size);
    file.register_descriptor();
    require_read(context, file, buffers.acquire());
    test_support::refuse_calls({SYS_io_uring_enter}, EPERM);
    for (int i = 0; i != 3; ++i) require_read(context, file, buffers.acquire());
    error_code ec;
    const registered_buffers later(context, 1, block_size, ec);
    child_require(!ec && !later.is_registered(), later.why());
    file.close();
  });
  expect_success(child);
}

BOOST_AUTO_TEST_CASE(a_small_limit_of_descriptors_makes_a_small_table) {
  if (!rings_run_here()) return;
  child_process child([&] {
    asio::io_context context;
    random_access_file file(context, path, file_base::read_only | file_base::direct);
    child_require(has_ring(context), asio::use_service<asiofile::file_service>(context).why());
    test_support::set_limit(RLIMIT_NOFILE, 100);
    file.register_descriptor();
    registered_buffers buffers(context, 1, block_size);
    require_read(context, file, buffers.acquire());
  });
  expect_success(child);
}

BOOST_AUTO_TEST_SUITE_END()
