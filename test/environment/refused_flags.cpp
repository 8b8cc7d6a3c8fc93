// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Kernels and sandboxes without preadv2(2) and pwritev2(2): durable writes work nevertheless, in
// another way; uncached files are read and written like others; untorn writes are refused with the
// reason.

#include "available_backends.hpp"
#include "child_process.hpp"
#include "file_contents.hpp"
#include "restrictions.hpp"
#include "run_operation.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <string>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using asiofile::write_flags;
using boost::system::error_code;
using namespace test_support;

namespace {

void use_flags(const std::string& path) {
  asio::io_context context;
  use_backend(context, asiofile::backend::threads);
  random_access_file file(context, path, file_base::read_write);
  const auto write = [&](const char* text, write_flags how) {
    error_code result;
    file.async_write_some_at(0, asio::buffer(text, 4), how, [&](error_code ec, std::size_t n) {
      result = ec;
      child_require(n == (ec ? 0U : 4U), "count");
    });
    context.restart();
    context.run();
    return result;
  };
  child_require(!write("one.", write_flags::durable), "durable");
  child_require(read_file(path) == "one.", "not written");
  file.write_some_at(0, asio::buffer("two.", 4), write_flags::durable);
  child_require(read_file(path) == "two.", "not written");
  child_require(write("not.", write_flags::untorn) == posix_error(EOPNOTSUPP), "untorn");
  file.set_uncached(true);
  child_require(!write("thre", write_flags::none), "uncached");
  child_require(!file.is_uncached(), "not found out");
  child_require(read_file(path) == "thre", "not written");
  file.set_uncached(true);
  std::string memory(4, '.');
  child_require(file.read_some_at(0, asio::buffer(memory)) == 4 && memory == "thre", "read");
  child_require(!file.is_uncached(), "not found out");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(refused_flags)

BOOST_AUTO_TEST_CASE(what_flags_promise_is_kept_or_refused_without_the_calls) {
  const std::string reason = no_seccomp_reason();
  if (!reason.empty()) return skip(reason);
  const temporary_directory directory;
  const std::string path = directory.path("file");
  for (const int error : {ENOSYS, EPERM, EOPNOTSUPP, EINVAL}) {
    write_file(path, "....");
    child_process child([&] {
      refuse_calls({SYS_preadv2, SYS_pwritev2}, error);
      use_flags(path);
    });
    const auto ended = child.wait();
    BOOST_TEST(ended.succeeded(), ended);
  }
}

BOOST_AUTO_TEST_SUITE_END()
