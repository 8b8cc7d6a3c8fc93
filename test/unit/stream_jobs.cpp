// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Jobs on FIFOs whose other end is idle or not open: they occupy no worker.

#include "engines/operation_place.hpp"
#include "engines/threads_engine.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "plain_operation.hpp"
#include "system/system_calls.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"
#include "watchdog.hpp"

#include <asiofile/detail/whole_file_jobs.hpp>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

using namespace asiofile::detail;
using test_support::plain_operation;
using test_support::wait_until;

namespace {

// With one worker, which a blocking job would occupy.
struct fixture {
  fixture() {
    BOOST_REQUIRE(completed.open() == 0);
    engine = std::make_unique<threads_engine>(
        threads_engine_options{.thread_count_max = 1, .paths = kernel_calls().get()}, completed);
  }
  ~fixture() ASIOFILE_NO_ANALYSIS {
    engine_queue left;
    engine->drain(left);
    left.clear();
  }
  void submit(operation& which) ASIOFILE_NO_ANALYSIS {
    engine_queue queue;
    queue.push_back(which);
    engine->submit(queue);
  }
  bool ends(operation& which) ASIOFILE_NO_ANALYSIS {
    return wait_until([&]() ASIOFILE_NO_ANALYSIS {
      engine_queue queue;
      engine->reap(queue);
      while (!queue.empty()) over.insert(&take_front(queue));
      return over.contains(&which);
    });
  }
  void others_go_on() {
    plain_operation<open_operation> opening;
    opening->path = "/proc/self/exe";
    submit(*opening);
    BOOST_TEST(ends(*opening));
    ::close(static_cast<int>(opening->result));
    over.clear();
  }

  test_support::watchdog dog{std::chrono::seconds(60)};
  test_support::temporary_directory directory;
  const std::string path = test_support::make_fifo(directory.path("fifo"));
  notifier completed;
  std::unique_ptr<threads_engine> engine;
  std::set<operation*> over;
};

struct reading : plain_operation<job_operation> {
  explicit reading(const std::string& path) : job(make_read_file_job(path, 1 << 20)) {
    (**this).task = job.get();
  }
  std::string content() { return std::get<0>(job->take_answer()); }
  std::shared_ptr<read_file_job> job;
};

struct writing : plain_operation<job_operation> {
  writing(const std::string& path, std::string& content)
      : job(make_write_file_job(path, write_start::truncated,
                                std::vector<iovec>{{content.data(), content.size()}})) {
    (**this).task = job.get();
  }
  std::shared_ptr<write_file_job> job;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(stream_jobs, fixture)

BOOST_AUTO_TEST_CASE(a_fifo_is_read_when_a_writer_comes) {
  std::deque<reading> idle;
  for (int i = 0; i != 5; ++i) {
    idle.emplace_back(path);
    submit(*idle.back());
  }
  for (reading& each : idle)
    BOOST_TEST(wait_until([&] { return place_of(*each) == operation_place::polled; }));
  others_go_on();
  const int writer = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  BOOST_TEST(over.empty());
  BOOST_TEST(::write(writer, "content", 7) == 7);
  ::close(writer);
  std::string all;
  for (reading& each : idle) {
    BOOST_TEST(ends(*each));
    BOOST_TEST(each->result == 0);
    all += each.content();
  }
  // Among them, in whatever order.
  std::ranges::sort(all);
  BOOST_TEST(all == "cennott");
}

BOOST_AUTO_TEST_CASE(a_fifo_is_written_when_a_reader_comes) {
  std::string content(200'000, 'c');
  writing waiting(path, content);
  submit(*waiting);
  others_go_on();
  others_go_on();
  const int reader = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  // It is full, and waits for room.
  BOOST_TEST(wait_until([&] { return place_of(*waiting) == operation_place::polled; }));
  others_go_on();
  std::size_t count = 0;
  char bytes[4096];
  for (ssize_t read; (read = ::read(reader, bytes, sizeof bytes)) > 0;)
    count += static_cast<std::size_t>(read);
  BOOST_TEST(count == content.size());
  BOOST_TEST(ends(*waiting));
  BOOST_TEST(waiting->result == 0);
  BOOST_TEST(std::get<0>(waiting.job->take_answer()) == content.size());
  ::close(reader);
}

BOOST_AUTO_TEST_CASE(reading_and_writing_are_cancelled_while_they_wait) {
  std::string content("content");
  const auto cancel = [&](operation& which) ASIOFILE_NO_ANALYSIS { engine->cancel(which); };
  {
    reading without_writer(path);
    submit(*without_writer);
    BOOST_TEST(wait_until([&] { return place_of(*without_writer) == operation_place::polled; }));
    cancel(*without_writer);
    BOOST_TEST(ends(*without_writer));
    BOOST_TEST(without_writer->result == -ECANCELED);
    over.clear();
  }
  // A new FIFO: a poll(2) in progress may keep the first one's reader open for a moment longer.
  writing without_reader(test_support::make_fifo(directory.path("other")), content);
  submit(*without_reader);
  BOOST_TEST(wait_until([&] { return without_reader.job->has_begun(); }));
  cancel(*without_reader);
  BOOST_TEST(ends(*without_reader));
  BOOST_TEST(without_reader->result == -ECANCELED);
}

BOOST_AUTO_TEST_CASE(files_are_read_and_written_as_ever) {
  const std::string file = directory.path("file");
  std::string content("content");
  writing write(file, content);
  submit(*write);
  BOOST_TEST(ends(*write));
  BOOST_TEST(write->result == 0);
  reading read(file);
  submit(*read);
  BOOST_TEST(ends(*read));
  BOOST_TEST(read.content() == content);
  reading missing(directory.path("missing"));
  submit(*missing);
  BOOST_TEST(ends(*missing));
  BOOST_TEST(missing->result == -ENOENT);
}

BOOST_AUTO_TEST_SUITE_END()
