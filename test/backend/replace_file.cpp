// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// New content for a file, all or nothing: which properties the file keeps, and that a failure
// leaves no trace.

#include "file_contents.hpp"
#include "linux_only.hpp"
#include "open_descriptors.hpp"
#include "run_operation.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/replace_file.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace asio = boost::asio;
using boost::system::error_code;
using namespace std::chrono_literals;
using namespace test_support;

namespace {

struct fixture {
  watchdog time_limit{30s};
  temporary_directory directory;
  asio::io_context context;
  const std::string path = directory.path("file");

  error_code replace(const std::string& target, std::string_view text) {
    return run_status(context, [&](auto handler) {
      asiofile::async_replace_file(context, target, asio::buffer(text), handler);
    });
  }

  [[nodiscard]] bool holds(std::string_view text) const {
    std::string found(text.size() + 1, '\0');
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const ssize_t size = ::read(fd, found.data(), found.size());
    ::close(fd);
    return size == static_cast<ssize_t>(text.size()) && found.compare(0, text.size(), text) == 0;
  }

  // The number of names in the directory.
  [[nodiscard]] std::ptrdiff_t names() const {
    return std::distance(std::filesystem::directory_iterator(directory.root()), {});
  }

  struct stat status(const std::string& of) const {
    struct stat found {};
    BOOST_REQUIRE(::lstat(of.c_str(), &found) == 0);
    return found;
  }

  // Starts one of a size, cancels it after a while, and checks that it was all or nothing.
  void cancel_one(std::size_t size, std::chrono::microseconds after) {
    write_file(path, "old");
    const std::string text(size, 'n');
    asio::cancellation_signal signal;
    std::optional<error_code> given;
    asiofile::async_replace_file(
        context, path, asio::buffer(text),
        asio::bind_cancellation_slot(signal.slot(), [&](error_code ec) { given = ec; }));
    context.restart();
    context.run_for(after);
    signal.emit(asio::cancellation_type::terminal);
    context.run();
    BOOST_REQUIRE(given.has_value());
    const bool is_aborted = *given == asio::error::operation_aborted;
    BOOST_TEST((is_aborted || !*given));
    BOOST_TEST(holds(is_aborted ? "old" : text));
    BOOST_TEST(names() == 1);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(replacing_files, fixture)

BOOST_AUTO_TEST_CASE(a_file_gets_new_content) {
  write_file(path, "old content");
  const auto before = status(path).st_ino;
  BOOST_TEST(replace(path, "new") == error_code());
  BOOST_TEST(read_file(path) == "new");
  BOOST_TEST(status(path).st_ino != before);
  const std::string large = pattern(1, 0, 9'000'000);
  BOOST_TEST(replace(path, large) == error_code());
  BOOST_TEST((read_file(path) == large));
  BOOST_TEST(replace(path, "") == error_code());
  BOOST_TEST(read_file(path).empty());
  BOOST_TEST(names() == 1);
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_created_with_the_umask) {
  const mode_t before = ::umask(026);
  BOOST_TEST(replace(path, "new") == error_code());
  ::umask(before);
  BOOST_TEST(read_file(path) == "new");
  BOOST_TEST((status(path).st_mode & 07777) == 0640U);
  BOOST_TEST(names() == 1);
}

BOOST_AUTO_TEST_CASE(a_file_is_found_from_the_working_directory) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(directory.root());
  const error_code ec = replace("file", "new");
  std::filesystem::current_path(before);
  BOOST_TEST(ec == error_code());
  BOOST_TEST(read_file(path) == "new");
}

BOOST_AUTO_TEST_CASE(mode_and_owner_are_kept) {
  write_file(path, "old");
  const bool is_root = ::geteuid() == 0;
  if (is_root) BOOST_TEST(::chown(path.c_str(), 4321, 1234) == 0);
  for (const mode_t mode : {0640U, 0755U, 0600U, 04711U}) {
    BOOST_TEST(::chmod(path.c_str(), mode) == 0);
    BOOST_TEST(replace(path, "new") == error_code());
    BOOST_TEST((status(path).st_mode & 07777) == mode);
  }
  if (is_root) BOOST_TEST((status(path).st_uid == 4321 && status(path).st_gid == 1234));
}

BOOST_AUTO_TEST_CASE(attributes_are_kept_but_for_those_of_the_content) {
  if (!test_support::has_linux("extended attributes")) return;
  write_file(path, "old");
  const std::string_view value = "some value";
  if (::setxattr(path.c_str(), "user.asiofile", value.data(), value.size(), 0) != 0)
    return skip("the file system has no extended attributes");
  // VFS_CAP_REVISION_2 (capability.h): the right to bind to low ports.
  constexpr std::array<unsigned char, 20> capability{1, 0, 0, 2, 0, 4};
  ::setxattr(path.c_str(), "security.capability", capability.data(), capability.size(), 0);
  // An access list: owner rw, user 4321 r, group r, mask r, others none (linux/posix_acl_xattr.h).
  constexpr std::array<unsigned char, 44> list{
      2,    0, 0, 0,                                                  // version
      1,    0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, 0xe1, 0x10, 0, 0,  // owner, user
      4,    0, 4, 0, 255, 255, 255, 255,                              // group
      0x10, 0, 4, 0, 255, 255, 255, 255,                              // mask
      0x20, 0, 0, 0, 255, 255, 255, 255};                             // others
  constexpr const char* access = "system.posix_acl_access";
  const bool has_list = ::setxattr(path.c_str(), access, list.data(), list.size(), 0) == 0;
  BOOST_TEST(replace(path, "new") == error_code());
  std::array<char, 100> found{};
  BOOST_TEST(::getxattr(path.c_str(), "user.asiofile", found.data(), found.size()) ==
             static_cast<ssize_t>(value.size()));
  BOOST_TEST(std::string_view(found.data(), value.size()) == value);
  BOOST_TEST(::getxattr(path.c_str(), "security.capability", found.data(), found.size()) == -1);
  if (!has_list) return skip("the file system has no access lists");
  BOOST_TEST(::getxattr(path.c_str(), access, found.data(), found.size()) ==
             static_cast<ssize_t>(list.size()));
  const auto is_same = [](unsigned char x, char y) { return x == static_cast<unsigned char>(y); };
  BOOST_TEST(std::equal(list.begin(), list.end(), found.begin(), is_same));
  BOOST_TEST((status(path).st_mode & 0777) == 0640U);
}

BOOST_AUTO_TEST_CASE(a_symbolic_link_stays_and_what_it_leads_to_is_replaced) {
  const std::string other = directory.path("other");
  std::filesystem::create_directory(other);
  write_file(other + "/real", "old");
  std::filesystem::create_symlink("second", other + "/first");
  std::filesystem::create_symlink("real", other + "/second");
  std::filesystem::create_symlink("other/first", path);
  BOOST_TEST(replace(path, "new") == error_code());
  BOOST_TEST(std::filesystem::is_symlink(path));
  BOOST_TEST(std::filesystem::is_symlink(other + "/second"));
  BOOST_TEST(read_file(other + "/real") == "new");
  // A link to a missing file, which is created.
  std::filesystem::remove(other + "/real");
  BOOST_TEST(replace(path, "newer") == error_code());
  BOOST_TEST(std::filesystem::is_symlink(path));
  BOOST_TEST(read_file(other + "/real") == "newer");
  std::filesystem::remove(path);
  std::filesystem::create_symlink("file", path);
  BOOST_TEST(replace(path, "newest") == posix_error(ELOOP));
}

BOOST_AUTO_TEST_CASE(other_names_of_the_file_keep_the_old_content) {
  write_file(path, "old");
  std::filesystem::create_hard_link(path, directory.path("second"));
  BOOST_TEST(replace(path, "new") == error_code());
  BOOST_TEST(read_file(directory.path("second")) == "old");
}

BOOST_AUTO_TEST_CASE(mistakes_leave_everything_as_it_was) {
  write_file(path, "old");
  BOOST_TEST(replace(directory.root(), "new") == posix_error(EISDIR));
  BOOST_TEST(replace(directory.root() + "/", "new") == posix_error(EISDIR));
  BOOST_TEST(replace(directory.path("missing/"), "new") == posix_error(EISDIR));
  BOOST_TEST(replace(directory.path("no/such"), "new") == posix_error(ENOENT));
  BOOST_TEST(replace("", "new") == posix_error(ENOENT));
  BOOST_TEST(replace(directory.path(std::string(300, 'n')), "new") == posix_error(ENAMETOOLONG));
  BOOST_TEST(replace(path + "/below", "new") == posix_error(ENOTDIR));
  BOOST_TEST(replace(path + std::string(1, '\0'), "new") == posix_error(EINVAL));
  BOOST_TEST(replace("/dev/null", "new") == posix_error(EOPNOTSUPP));
  BOOST_TEST(S_ISCHR(status("/dev/null").st_mode));
  BOOST_TEST(names() == 1);
  BOOST_TEST(read_file(path) == "old");
}

BOOST_AUTO_TEST_CASE(a_name_as_long_as_names_can_be_works) {
  const std::string longest = directory.path(std::string(255, 'n'));
  BOOST_TEST(replace(longest, "one") == error_code());
  BOOST_TEST(replace(longest, "two") == error_code());
  BOOST_TEST(read_file(longest) == "two");
}

BOOST_AUTO_TEST_CASE(cancelling_is_all_or_nothing) {
  const std::size_t descriptors = (cancel_one(10, 0us), open_descriptor_count());
  for (int i = 0; i != 20; ++i) {
    cancel_one(10, std::chrono::microseconds(100 * i));
    cancel_one(20'000'000, std::chrono::microseconds(1500 * i));
  }
  BOOST_TEST(open_descriptor_count() == descriptors);
}

BOOST_AUTO_TEST_CASE(the_end_of_the_context_is_all_or_nothing) {
  const std::string text(20'000'000, 'n');
  for (int i = 0; i != 10; ++i) {
    write_file(path, "old");
    auto other = std::make_unique<asio::io_context>();
    asiofile::async_replace_file(*other, path, asio::buffer(text), [](error_code) {});
    other->run_for(std::chrono::milliseconds(i));
    other.reset();
    BOOST_TEST((holds("old") || holds(text)));
    BOOST_TEST(names() == 1);
  }
}

BOOST_AUTO_TEST_CASE(of_several_at_a_time_one_wins) {
  constexpr std::size_t count = 8;
  std::array<std::string, count> texts;
  std::size_t succeeded = 0;
  for (std::size_t i = 0; i != count; ++i) {
    texts[i].assign(100'000, static_cast<char>('a' + i));
    asiofile::async_replace_file(context, path, asio::buffer(texts[i]),
                                 [&](error_code ec) { succeeded += ec ? 0 : 1; });
  }
  context.run();
  BOOST_TEST(succeeded == count);
  const std::string found = read_file(path);
  BOOST_TEST(found.size() == 100'000U);
  BOOST_TEST(all_are(found, found[0]));
  BOOST_TEST(names() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
