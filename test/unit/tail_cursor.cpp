// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Which file a checkpoint leads to while files are rotated, and while calls fail. Each test
// rotates, or makes a call fail, at one moment of the look.

#include "readers/tail_cursor.hpp"

#include "file_contents.hpp"
#include "forwarding_calls.hpp"
#include "temporary_directory.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

using namespace asiofile::detail;
using asiofile::file_status;
using asiofile::tail_checkpoint;
using asiofile::tail_reader_options;

namespace {

// Calls `before` with the name of the call and of the file; what that returns is the result unless
// it is 0.
struct hooked_calls : test_support::forwarding_calls {
  std::int64_t openat(int base, const char* path, int flags, mode_t mode) noexcept override {
    const std::int64_t error = ask("open", path);
    return error != 0 ? error : forwarding_calls::openat(base, path, flags, mode);
  }
  std::int64_t path_status(int base, const char* path, bool follow,
                           file_status& found) noexcept override {
    const std::int64_t error = ask("status", path);
    return error != 0 ? error : forwarding_calls::path_status(base, path, follow, found);
  }
  std::int64_t ask(std::string_view call, const char* path) {
    return before ? before(call, name_in(path)) : 0;
  }
  std::function<std::int64_t(std::string_view call, std::string_view name)> before;
};

struct fixture {
  fixture() {
    write("app.log", "a1\na2\na3\n");
    file_status found;
    BOOST_REQUIRE(kernel_calls()->path_status(AT_FDCWD, path.c_str(), false, found) == 0);
    const tail_identity its = identity_of(found);
    behind_a1.device = its.device;
    behind_a1.inode = its.inode;
    behind_a1.created_nanoseconds = its.created_nanoseconds;
    behind_a1.offset = 3;
    behind_a1.fingerprint = continue_hash(hash_of_nothing, std::as_bytes(std::span("a1\n", 3)));
    rotate("b1\nb2\n");
  }

  void write(const std::string& name, const std::string& content) const {
    test_support::write_file(directory.path(name), content);
  }
  // As logrotate does, from the oldest one on.
  void rotate(const std::string& content) const {
    for (int i = 8; i != 0; --i) {
      const auto from = directory.path("app.log." + std::to_string(i));
      if (std::filesystem::exists(from))
        std::filesystem::rename(from, directory.path("app.log." + std::to_string(i + 1)));
    }
    std::filesystem::rename(path, directory.path("app.log.1"));
    write("app.log", content);
  }

  // Reads everything from the checkpoint on; an error is included by its number, and then reading
  // continues.
  std::string read_all() {
    tail_cursor cursor(behind_a1, tail_reader_options::place::beginning);
    std::string all;
    // Looks that find nothing: the names may have been changed meanwhile.
    for (int in_vain = 0; in_vain != 3;) {
      tail_finding found;
      cursor.look({system, AT_FDCWD, path, blocks, 4096, false, true}, found);
      switch (found.what) {
        case tail_finding::kind::nothing: ++in_vain; break;
        case tail_finding::kind::line_end: break;
        case tail_finding::kind::error: all += std::to_string(-found.error) + '!'; break;
        case tail_finding::kind::data:
          all.append(reinterpret_cast<const char*>(found.block.data()), found.bytes);
          break;
      }
    }
    return all;
  }

  test_support::temporary_directory directory;
  const std::string path = directory.path("app.log");
  const std::shared_ptr<hooked_calls> system = std::make_shared<hooked_calls>();
  block_pool blocks;
  tail_checkpoint behind_a1;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tail_cursors, fixture)

BOOST_AUTO_TEST_CASE(a_checkpoint_is_found_under_another_name) {
  BOOST_TEST(read_all() == "a2\na3\nb1\nb2\n");
}

BOOST_DATA_TEST_CASE(a_rotation_meanwhile_loses_nothing,
                     boost::unit_test::data::make({"open", "status"}) *
                         boost::unit_test::data::make({"app.log", "app.log.1", "app.log.2"}),
                     call, name) {
  rotate("c1\n");
  bool is_done = false;
  system->before = [&](std::string_view asked, std::string_view of) -> std::int64_t {
    if (asked == call && of == name && !std::exchange(is_done, true)) rotate("d1\n");
    return 0;
  };
  BOOST_TEST(read_all() == "a2\na3\nb1\nb2\nc1\nd1\n");
  BOOST_TEST(is_done);
}

BOOST_DATA_TEST_CASE(a_call_that_fails_once_is_reported_and_loses_nothing,
                     boost::unit_test::data::make({"open", "status"}) *
                         boost::unit_test::data::make({EMFILE, ENFILE, ENOMEM, EIO}),
                     call, error) {
  bool is_done = false;
  system->before = [&](std::string_view asked, std::string_view of) -> std::int64_t {
    return asked == call && of == "app.log.1" && !std::exchange(is_done, true) ? -error : 0;
  };
  BOOST_TEST(read_all() == std::to_string(error) + "!a2\na3\nb1\nb2\n");
}

BOOST_DATA_TEST_CASE(an_interrupted_call_is_repeated,
                     boost::unit_test::data::make({"open", "status"}), call) {
  bool is_done = false;
  system->before = [&](std::string_view asked, std::string_view) -> std::int64_t {
    return asked == call && !std::exchange(is_done, true) ? -EINTR : 0;
  };
  BOOST_TEST(read_all() == "a2\na3\nb1\nb2\n");
  BOOST_TEST(is_done);
}

// As a listing may leave out a file that is renamed meanwhile, under both of its names.
BOOST_AUTO_TEST_CASE(a_file_that_one_listing_leaves_out_is_found_by_the_next) {
  test_support::temporary_directory elsewhere;
  int looks = 0;
  system->before = [&](std::string_view asked, std::string_view of) -> std::int64_t {
    if (asked != "open" || of != "app.log") return 0;
    ++looks;
    if (looks == 1) std::filesystem::rename(directory.path("app.log.1"), elsewhere.path("file"));
    if (looks == 2) std::filesystem::rename(elsewhere.path("file"), directory.path("app.log.2"));
    return 0;
  };
  BOOST_TEST(read_all() == "a2\na3\nb1\nb2\n");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_gone_is_left_out) {
  std::filesystem::remove(directory.path("app.log.1"));
  BOOST_TEST(read_all() == "b1\nb2\n");
}

// A copy that cannot be opened must be distinguished from one that was never made.
BOOST_AUTO_TEST_CASE(a_copy_that_cannot_be_opened_yet_is_reported_and_read_later) {
  std::filesystem::remove(path);
  std::filesystem::rename(directory.path("app.log.1"), path);
  std::filesystem::copy_file(path, directory.path("app.log.1"));
  std::filesystem::resize_file(path, 0);
  write("app.log", "b1\n");
  bool is_done = false;
  system->before = [&](std::string_view asked, std::string_view of) -> std::int64_t {
    return asked == "open" && of == "app.log.1" && !std::exchange(is_done, true) ? -EMFILE : 0;
  };
  BOOST_TEST(read_all() == std::to_string(EMFILE) + "!a2\na3\nb1\n");
}

BOOST_AUTO_TEST_SUITE_END()
