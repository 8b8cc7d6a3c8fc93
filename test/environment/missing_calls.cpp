// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Kernels and sandboxes without the newer system calls on names: the same results in other ways.

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

#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace asio = boost::asio;
namespace filesystem = std::filesystem;
using asiofile::file_base;
using asiofile::random_access_file;
using asiofile::rename_mode;
using boost::system::error_code;
using test_support::child_process;
using test_support::child_require;

namespace {

struct fixture {
  test_support::temporary_directory directory;

  void expect_success(child_process& child) {
    const auto ended = child.wait();
    BOOST_TEST(ended.succeeded(), ended);
  }
};

error_code open_beneath(const std::string& root, const std::string& path,
                        file_base::flags flags = file_base::read_only) {
  asio::io_context context;
  random_access_file file(context);
  error_code result = asio::error::would_block;
  file.async_open_beneath(root, path, flags, [&](error_code ec) { result = ec; });
  context.run();
  return result;
}

error_code rename(const std::string& from, const std::string& to, rename_mode mode) {
  asio::io_context context;
  error_code result = asio::error::would_block;
  asiofile::async_rename(context, from, to, mode, [&](error_code ec) { result = ec; });
  context.run();
  return result;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(missing_calls, fixture)

BOOST_AUTO_TEST_CASE(without_openat2_nothing_leads_out_either) {
  if (const auto reason = test_support::no_seccomp_reason(); !reason.empty())
    return test_support::skip(reason);
  const std::string root = directory.path("root");
  filesystem::create_directories(root + "/dir");
  filesystem::create_symlink("../..", root + "/dir/out");
  filesystem::create_symlink("dir/../file", root + "/in");
  test_support::write_file(root + "/file", "abc");
  for (const int error : {ENOSYS, EPERM}) {
    child_process child([&] {
      test_support::refuse_calls({SYS_openat2}, error);
      child_require(!open_beneath(root, "in"), "a link that stays inside");
      child_require(!open_beneath(root, "dir/new", file_base::write_only | file_base::create),
                    "a new file");
      for (const char* const path : {"..", "/", "dir/../..", "dir/out", "dir/out/root/file"})
        child_require(open_beneath(root, path).value() == EXDEV, path);
      child_require(open_beneath("/proc/self", "cwd/x").value() == ELOOP, "a link of /proc");
      child_require(open_beneath(root, "file/x").value() == ENOTDIR, "not a directory");
    });
    expect_success(child);
  }
}

BOOST_AUTO_TEST_CASE(without_renameat2_nothing_is_replaced_either) {
  if (const auto reason = test_support::no_seccomp_reason(); !reason.empty())
    return test_support::skip(reason);
  const auto in = [&](const char* name) { return directory.path(name); };
  for (const int error : {ENOSYS, EINVAL}) {
    filesystem::create_directories(in("dir/inside"));
    test_support::write_file(in("file"), "abc");
    test_support::write_file(in("other"), "other");
    filesystem::remove(in("new"));
    child_process child([&] {
      test_support::refuse_calls({SYS_renameat2}, error);
      const auto no_replace = [&](const char* from, const char* to) {
        return rename(in(from), in(to), rename_mode::no_replace).value();
      };
      child_require(no_replace("file", "other") == EEXIST, "replaced a file");
      child_require(no_replace("file", "new") == 0, "a file");
      child_require(no_replace("file", "new") == ENOENT, "the old name stayed");
      child_require(no_replace("dir", "other") == EEXIST, "replaced a file by a directory");
      child_require(no_replace("dir", "dir/inside") == EEXIST, "replaced a directory");
      child_require(no_replace("dir", "dir/x") == EINVAL, "a directory in itself");
      child_require(!filesystem::exists(in("dir/x")), "left something behind");
      child_require(no_replace("dir", "moved") == 0, "a directory");
      child_require(filesystem::exists(in("moved/inside")), "not what was in it");
      child_require(no_replace("moved", "dir") == 0, "and back");
      child_require(!rename(in("new"), in("other"), rename_mode::replace), "a plain one");
      const int refused = rename(in("dir"), in("other"), rename_mode::exchange).value();
      child_require(refused == (error == ENOSYS ? EOPNOTSUPP : EINVAL), "an exchange");
    });
    expect_success(child);
  }
}

BOOST_AUTO_TEST_SUITE_END()
