// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// What the thread of a context may call while every asynchronous operation runs on it: nothing that
// waits for a device, a server or another thread. On every backend, on a disk, in memory and on a
// server's file system.

#include "available_backends.hpp"
#include "every_operation.hpp"
#include "in_private_mounts.hpp"
#include "mirror_file_system.hpp"
#include "temporary_directory.hpp"
#include "waiting_calls.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <sys/uio.h>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace asio = boost::asio;
using namespace test_support;

namespace {

#if defined(ASIOFILE_TEST_HAS_SECCOMP)

asio::awaitable<void> run_steps(operation_scene scene, waiting_calls& calls,
                                std::string& failures) {
  const std::string where = scene.folder;
  for (const operation_step& each : every_operation::all) {
    calls.name(each.name);
    scene.folder = where + '/' + each.name;
    try {
      co_await each.run(scene);
    } catch (const std::exception& failed) {
      failures += std::string(each.name) + ": " + failed.what() + "; ";
    }
  }
}

// Every operation on a thread that is watched. `slow`: the device of the folder, if it is a
// server's.
void watch_operations(const asiofile::service_options& options, const std::string& folder,
                      dev_t slow, bool has_slots) {
  asio::io_context context;
  asio::make_service<asiofile::file_service>(context, options);
  std::optional<asiofile::registered_buffers> slots;
  if (has_slots) slots.emplace(context, 4, every_operation::block);
  // Not destroyed: its thread ends with the process.
  auto& calls = *new waiting_calls(slow);
  std::string failures;
  std::thread loop([&] {
    calls.begin();
    asio::co_spawn(
        context,
        run_steps({context.get_executor(), folder, has_slots ? &*slots : nullptr}, calls, failures),
        asio::detached);
    context.run();
  });
  loop.join();
  child_require(failures.empty(), folder + ": " + failures);
  child_require(calls.asked() > 0, "the filter asks");
  child_require(calls.found().empty(), folder + ": " + calls.found());
}

struct fixture {
  temporary_directory directory;

  // In a separate child, because a filter is permanent.
  void watch(const asiofile::service_options& options, const std::string& folder, dev_t slow,
             bool has_slots) {
    std::filesystem::create_directories(folder);
    prepare_operations(folder);
    const auto ended = child_process([&] {
                         watch_operations(options, folder, slow, has_slots);
                       }).wait(std::chrono::seconds(60));
    std::filesystem::remove_all(folder);
    if (ended.succeeded()) return;
    std::string text = "it timed out or crashed";
    if (!ended.failure.empty()) text = ended.failure;
    child_require(false, std::string(asiofile::to_string(options.backend)) + ": " + text);
  }

  obstacle watch_everywhere(const asiofile::service_options& options) {
    std::filesystem::create_directory(directory.path("disk"));
    watch(options, directory.path("disk/new"), 0, false);
    watch(options, directory.path("disk/slots"), 0, true);
    if (obstacle found = mount_new("tmpfs", "none", directory.path("memory")); !found.empty())
      return found;
    watch(options, directory.path("memory/new"), 0, false);
    mirror_file_system server;
    obstacle found = server.mount(directory.path("disk"), directory.path("server"), {});
    if (!found.empty()) return found;
    watch(options, directory.path("server/new"), server.device(), false);
    return {};
  }
};

#endif

}  // namespace

#if defined(ASIOFILE_TEST_HAS_SECCOMP)

BOOST_FIXTURE_TEST_SUITE(loop_rules, fixture)

BOOST_AUTO_TEST_CASE(nothing_that_waits_is_called_on_the_contexts_thread) {
  for (const asiofile::backend which : available_backends()) {
    in_private_mounts(directory, [&] {
      asiofile::service_options options;
      options.backend = which;
      return watch_everywhere(options);
    });
  }
}

// Shows that the other cases can fail.
BOOST_AUTO_TEST_CASE(the_watch_notes_what_waits_and_not_the_rest) {
  const std::string path = make_pattern_file(directory.path("data"), 1, 4096);
  const auto ended = child_process([&] {
                       struct stat found {};
                       ::stat(path.c_str(), &found);
                       auto& calls = *new waiting_calls(found.st_dev);
                       std::thread watched([&] {
                         calls.begin();
                         calls.name("itself");
                         const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
                         char byte = 0;
                         iovec into{&byte, 1};
                         if (::preadv2(fd, &into, 1, 0, 0) +
                                 ::preadv2(fd, &into, 1, 0, RWF_NOWAIT) <
                             1)
                           return;
                         ::fstat(fd, &found);
                         ::fsync(fd);
                         ::close(fd);
                         // Under the filter, but not the watched one.
                         std::thread([&] { ::stat(path.c_str(), &found); }).join();
                       });
                       watched.join();
                       child_require(calls.found() ==
                                         "itself: close of a slow file (1 times); "
                                         "itself: fstat of a slow file (1 times); "
                                         "itself: fsync (1 times); itself: openat (1 times); "
                                         "itself: preadv2 (1 times); ",
                                     calls.found());
                     }).wait();
  BOOST_TEST(ended.succeeded(), ended);
}

BOOST_AUTO_TEST_CASE(nor_where_the_kernel_polls_the_submissions) {
  in_private_mounts(directory, [&] {
    asiofile::service_options options;
    options.backend = asiofile::backend::io_uring;
    options.submission_polling = true;
    return watch_everywhere(options);
  });
}

BOOST_AUTO_TEST_SUITE_END()

#else

BOOST_AUTO_TEST_CASE(loop_rules) { skip(std::string("built without libseccomp")); }

#endif
