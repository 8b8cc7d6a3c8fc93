// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The threads engine as the pipeline uses it: streams, files, jobs, cancelling at every place, few
// descriptors, no threads, fork.

#include "engines/threads_engine.hpp"

#include "child_process.hpp"
#include "engines/operation_place.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "forwarding_calls.hpp"
#include "linux_only.hpp"
#include "plain_operation.hpp"
#include "system/file_look.hpp"
#include "system/interrupt_signal.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"
#include "watchdog.hpp"

#include <asiofile/detail/job.hpp>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace asiofile::detail;
using namespace std::chrono_literals;
using test_support::child_process;
using test_support::child_require;
using test_support::plain_operation;
using test_support::plain_transfer;
using test_support::wait_until;

namespace {

std::atomic<int> starts_left = -1;

// Starts at most this many threads; any number if negative.
int start_some(std::thread& started, void (*run)(void*), void* argument) {
  if (starts_left == 0) return EAGAIN;
  if (starts_left > 0) --starts_left;
  return start_thread(started, run, argument);
}

class pipe_ends {
 public:
  explicit pipe_ends(int flags = 0) { BOOST_REQUIRE(::pipe2(ends_, flags | O_CLOEXEC) == 0); }
  ~pipe_ends() { close_writer(), ::close(ends_[0]); }
  pipe_ends(const pipe_ends&) = delete;
  pipe_ends& operator=(const pipe_ends&) = delete;
  [[nodiscard]] int reader() const { return ends_[0]; }
  [[nodiscard]] int writer() const { return ends_[1]; }
  void feed(std::size_t count) const {
    const std::string bytes(count, 'f');
    BOOST_REQUIRE(::write(ends_[1], bytes.data(), count) == static_cast<ssize_t>(count));
  }
  // Fills it. Returns how many bytes it took.
  std::size_t fill() const {
    const int flags = ::fcntl(ends_[1], F_GETFL);
    ::fcntl(ends_[1], F_SETFL, flags | O_NONBLOCK);
    const std::string bytes(4096, 'f');
    std::size_t count = 0;
    for (const std::size_t size : {bytes.size(), std::size_t{1}}) {
      for (ssize_t written; (written = ::write(ends_[1], bytes.data(), size)) > 0;)
        count += static_cast<std::size_t>(written);
    }
    ::fcntl(ends_[1], F_SETFL, flags);
    return count;
  }
  [[nodiscard]] std::size_t drain() const {
    const int flags = ::fcntl(ends_[0], F_GETFL);
    ::fcntl(ends_[0], F_SETFL, flags | O_NONBLOCK);
    std::size_t count = 0;
    char bytes[4096];
    for (ssize_t read; (read = ::read(ends_[0], bytes, sizeof bytes)) > 0;)
      count += static_cast<std::size_t>(read);
    ::fcntl(ends_[0], F_SETFL, flags);
    return count;
  }
  void close_writer() {
    if (ends_[1] != -1) ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int ends_[2];
};

file_facts look(int fd) { return look_at_file(*kernel_calls(), fd, 0); }

struct read_of : plain_transfer {
  explicit read_of(const file_facts& facts, std::size_t bytes = 8)
      : plain_transfer(operation_kind::read, facts, std::string(bytes, '\0')) {}
  explicit read_of(int fd, std::size_t bytes = 8) : read_of(look(fd), bytes) {}
};
struct write_of : plain_transfer {
  explicit write_of(const file_facts& facts, std::size_t bytes = 8)
      : plain_transfer(operation_kind::write, facts, std::string(bytes, 'w')) {}
  explicit write_of(int fd, std::size_t bytes = 8) : write_of(look(fd), bytes) {}
};
struct size_of : plain_operation<query_operation> {
  explicit size_of(const file_facts& facts) : plain_operation(facts, operation_kind::size) {}
};
struct open_of : plain_operation<open_operation> {
  explicit open_of(const std::string& its_path, int flags = O_RDONLY) : path(its_path) {
    (**this).path = path.c_str();
    (**this).flags = flags;
    (**this).permissions = 0600;
  }
  std::string path;
};

// A file that hangs when it is asked for its size, until it is released.
struct hanging_calls : test_support::forwarding_calls {
  std::int64_t fstat(int fd, struct stat& found) noexcept override {
    ++asked;
    while (hangs) std::this_thread::sleep_for(1ms);
    return forwarding_calls::fstat(fd, found);
  }
  std::atomic<bool> hangs = true;
  std::atomic<int> asked = 0;
};

// Blocks it in every thread, so that a signalfd can receive it.
class sigusr1_blocked {
 public:
  sigusr1_blocked() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~sigusr1_blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  [[nodiscard]] const sigset_t& set() const { return set_; }

 private:
  sigset_t set_;
  sigset_t before_;
};

struct fixture {
  fixture() {
    starts_left = -1;
    BOOST_REQUIRE(completed.open() == 0);
  }
  ~fixture() { drain(); }

  void make(threads_engine_options options = {}) ASIOFILE_NO_ANALYSIS {
    drain();
    if (options.paths == nullptr) options.paths = kernel_calls().get();
    options.start = start_some;
    engine = std::make_unique<threads_engine>(options, completed);
    engine->notify(true);
  }
  template <typename... Operations>
  void submit(Operations&... operations) ASIOFILE_NO_ANALYSIS {
    engine_queue queue;
    (over.erase(&*operations), ...);
    (queue.push_back(*operations), ...);
    engine->submit(queue);
    BOOST_TEST(queue.empty());
  }
  template <typename Operation>
  void cancel(Operation& which) ASIOFILE_NO_ANALYSIS {
    engine->cancel(*which);
  }
  void reap() ASIOFILE_NO_ANALYSIS {
    engine_queue queue;
    engine->reap(queue);
    note(queue);
  }
  void drain() ASIOFILE_NO_ANALYSIS {
    if (!engine) return;
    engine_queue queue;
    engine->drain(queue);
    note(queue);
    engine.reset();
  }
  void note(engine_queue& queue) {
    while (!queue.empty()) {
      const bool is_new = over.insert(&take_front(queue)).second;
      BOOST_TEST(is_new);
    }
  }
  template <typename Operation>
  bool is_over(Operation& which) {
    reap();
    return over.contains(&*which);
  }
  // Waits as the owner does: for the notifier.
  template <typename Operation>
  bool ends(Operation& which) ASIOFILE_NO_ANALYSIS {
    const test_support::deadline end(10s);
    while (!is_over(which)) {
      if (end.has_passed()) return false;
      if (engine->notify(true)) continue;
      completed.wait(1000);
      completed.reset();
    }
    return true;
  }
  template <typename Operation>
  bool stays(Operation& which) {
    std::this_thread::sleep_for(5ms);
    return !is_over(which);
  }
  template <typename Operation>
  bool waits_in_poller(Operation& which) {
    return wait_until([&] { return place_of(*which) == operation_place::polled; });
  }

  sigusr1_blocked before_any_thread;
  test_support::watchdog dog{60s};
  test_support::temporary_directory directory;
  notifier completed;
  std::unique_ptr<threads_engine> engine;
  std::set<operation*> over;
};

// Reads a stream to its end.
class stream_job final : public job {
 public:
  explicit stream_job(int fd) : fd_(fd) {}
  std::atomic<int> steps = 0;
  std::string content;

 private:
  std::int64_t step() noexcept override {
    ++steps;
    if (is_stopped()) return -ECANCELED;
    pollfd asked{fd_, POLLIN, 0};
    if (::poll(&asked, 1, 0) == 0) return when_ready(fd_, false);
    char bytes[100];
    const ssize_t count = ::read(fd_, bytes, sizeof bytes);
    if (count > 0) content.append(bytes, static_cast<std::size_t>(count));
    return count > 0 ? more : count;
  }
  int fd_;
};

class resting_job final : public job {
 public:
  std::atomic<int> steps = 0;

 private:
  std::int64_t step() noexcept override {
    if (is_stopped()) return -ECANCELED;
    return ++steps < 4 ? after_a_while() : 0;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(threads_engines, fixture)

BOOST_AUTO_TEST_CASE(files_are_opened_read_and_closed) {
  make();
  test_support::write_file(directory.path("file"), "content");
  open_of opening(directory.path("file"));
  submit(opening);
  BOOST_REQUIRE(ends(opening));
  BOOST_REQUIRE(opening->result >= 0);
  const file_facts facts = opening->found;
  BOOST_TEST(facts.fd == opening->result);
  read_of reading(facts, 100);
  size_of asking(facts);
  submit(reading, asking);
  BOOST_TEST(ends(reading));
  BOOST_TEST(ends(asking));
  BOOST_TEST(reading->result == 7);
  BOOST_TEST(reading.bytes().substr(0, 7) == "content");
  BOOST_TEST(asking->result == 7);
  plain_operation<close_operation> closing(facts);
  submit(closing);
  BOOST_TEST(ends(closing));
  BOOST_TEST(closing->result == 0);
  BOOST_TEST(::fcntl(facts.fd, F_GETFD) == -1);
}

BOOST_AUTO_TEST_CASE(everything_is_accepted_but_what_no_engine_runs) {
  make();
  open_of opening("x");
  plain_operation<call_operation> call;
  BOOST_TEST(engine->accepts(*opening));
  BOOST_TEST(!engine->accepts(*call));
  BOOST_TEST((engine->name() == asiofile::backend::threads));
}

BOOST_AUTO_TEST_CASE(who_makes_engines_is_told_of_files_and_may_refuse_them) {
  struct hook final : open_hook {
    int opened(const file_facts& found) noexcept override {
      told = found;
      return error;
    }
    void release_files() noexcept override { ++released; }
    unsigned released = 0;
    file_facts told;
    int error = 0;
  } its;
  threads_engine_options options;
  options.opened = &its;
  make(options);
  test_support::write_file(directory.path("file"), "content");
  open_of opening(directory.path("file"));
  submit(opening);
  BOOST_REQUIRE(ends(opening));
  BOOST_TEST(its.told.fd == opening->result);
  ::close(its.told.fd);
  its.error = ENOMEM;
  open_of refused(directory.path("file"));
  submit(refused);
  BOOST_TEST(ends(refused));
  BOOST_TEST(refused->result == -ENOMEM);
  BOOST_TEST(::fcntl(its.told.fd, F_GETFD) == -1);
  its.told = {};
  open_of missing(directory.path("missing"));
  submit(missing);
  BOOST_TEST(ends(missing));
  BOOST_TEST(its.told.fd == -1);
}

BOOST_AUTO_TEST_CASE(a_priority_is_the_operations_and_not_the_next_ones) {
  if (!test_support::has_linux("ioprio_set(2)")) return;
  make({.thread_count_max = 1});
  test_support::write_file(directory.path("file"), "content");
  const int fd = ::open(directory.path("file").c_str(), O_RDONLY | O_CLOEXEC);
  read_of refused(fd), plain(fd);
  refused->priority = transfer_operation::invalid_priority;
  submit(refused, plain);
  BOOST_TEST(ends(refused));
  BOOST_TEST(refused->result == -EINVAL);
  BOOST_TEST(ends(plain));
  BOOST_TEST(plain->result == 7);
  ::close(fd);
}

// ---- hanging calls

BOOST_AUTO_TEST_CASE(hanging_calls_hold_up_no_small_write) {
  hanging_calls hung_system;
  test_support::write_file(directory.path("file"), "content");
  const int fd = ::open(directory.path("file").c_str(), O_RDWR | O_CLOEXEC);
  file_facts healthy = look(fd);
  healthy.is_local = true;
  file_facts hung = healthy;
  hung.system = &hung_system;
  for (const std::size_t hung_count : {1U, 3U}) {
    hung_system.hangs = true;
    hung_system.asked = 0;
    make({.thread_count_max = 4});
    std::deque<size_of> hanging;
    for (std::size_t i = 0; i != hung_count; ++i) {
      hanging.emplace_back(hung);
      submit(hanging.back());
    }
    BOOST_REQUIRE(wait_until([&] { return hung_system.asked == static_cast<int>(hung_count); }));
    write_of writing(healthy);
    size_of asking(healthy);
    submit(writing, asking);
    BOOST_TEST(ends(writing));
    BOOST_TEST(ends(asking));
    hung_system.hangs = false;
    for (size_of& each : hanging) BOOST_TEST(ends(each));
    drain();
  }
  ::close(fd);
}

BOOST_AUTO_TEST_CASE(many_small_writes_are_done) {
  make();
  const int fd = ::open(directory.path("file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  file_facts facts = look(fd);
  facts.is_local = true;
  for (int round = 0; round != 20; ++round) {
    std::deque<write_of> many;
    for (int i = 0; i != 100; ++i) many.emplace_back(facts);
    for (write_of& each : many) submit(each);
    for (write_of& each : many) BOOST_REQUIRE(ends(each));
    over.clear();
  }
  ::close(fd);
}

// ---- streams

BOOST_AUTO_TEST_CASE(idle_streams_occupy_no_worker) {
  make({.thread_count_max = 1});
  const pipe_ends ends_of_pipe;
  std::deque<read_of> idle;
  for (int i = 0; i != 600; ++i) {
    idle.emplace_back(ends_of_pipe.reader(), 1);
    submit(idle.back());
  }
  open_of opening("/proc/self/exe");
  submit(opening);
  BOOST_TEST(ends(opening));
  ::close(static_cast<int>(opening->result));
  ends_of_pipe.feed(600);
  for (read_of& each : idle) {
    BOOST_REQUIRE(ends(each));
    BOOST_TEST(each->result == 1);
  }
}

BOOST_AUTO_TEST_CASE(writes_that_find_no_room_occupy_no_worker) {
  make({.thread_count_max = 1});
  const pipe_ends ends_of_pipe;
  ends_of_pipe.fill();
  std::deque<write_of> waiting;
  for (int i = 0; i != 1100; ++i) {
    waiting.emplace_back(ends_of_pipe.writer(), 1);
    submit(waiting.back());
  }
  for (write_of& each : waiting) BOOST_TEST(waits_in_poller(each));
  open_of opening("/proc/self/exe");
  submit(opening);
  BOOST_TEST(ends(opening));
  ::close(static_cast<int>(opening->result));
  std::size_t drained = ends_of_pipe.drain();
  for (write_of& each : waiting) {
    BOOST_REQUIRE(ends(each));
    BOOST_TEST(each->result == 1);
  }
  drained += ends_of_pipe.drain();
  BOOST_TEST(drained >= 1100U);
}

// If the kernel cannot guarantee not to wait, as before Linux 6.4.
BOOST_AUTO_TEST_CASE(streams_wait_in_the_poller_without_nowait_too) {
  make({.thread_count_max = 1});
  const pipe_ends ends_of_pipe;
  file_facts reader = look(ends_of_pipe.reader()), writer = look(ends_of_pipe.writer());
  reader.takes_nowait = writer.takes_nowait = false;
  const std::size_t filled = ends_of_pipe.fill();
  write_of writing(writer, 100'000);
  submit(writing);
  BOOST_TEST(waits_in_poller(writing));
  // While it is drained the worker may write.
  std::size_t drained = ends_of_pipe.drain();
  // As much as fits is written immediately.
  BOOST_TEST(ends(writing));
  BOOST_TEST(writing->result == 4096);
  drained += ends_of_pipe.drain();
  BOOST_TEST(drained == filled + 4096);
  read_of first(reader), second(reader);
  submit(first, second);
  ends_of_pipe.feed(8);
  BOOST_TEST(ends(first));
  BOOST_TEST(stays(second));
  BOOST_TEST(waits_in_poller(second));
  ends_of_pipe.feed(1);
  BOOST_TEST(ends(second));
  BOOST_TEST(second->result == 1);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_stream_is_read) {
  make();
  pipe_ends ends_of_pipe;
  read_of reading(ends_of_pipe.reader());
  submit(reading);
  BOOST_TEST(waits_in_poller(reading));
  ends_of_pipe.close_writer();
  BOOST_TEST(ends(reading));
  BOOST_TEST(reading->result == 0);
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_not_open_for_it_is_an_error) {
  make();
  const pipe_ends ends_of_pipe;
  // Also if poll(2) is called first, which never finds it ready.
  for (const bool takes_nowait : {true, false}) {
    const auto facts_of = [&](int fd) {
      file_facts facts = look(fd);
      facts.takes_nowait = facts.takes_nowait && takes_nowait;
      return facts;
    };
    read_of reading(facts_of(ends_of_pipe.writer()));
    write_of writing(facts_of(ends_of_pipe.reader()));
    submit(reading, writing);
    BOOST_TEST(ends(reading));
    BOOST_TEST(reading->result == -EBADF);
    BOOST_TEST(ends(writing));
    BOOST_TEST(writing->result == -EBADF);
  }
}

BOOST_AUTO_TEST_CASE(a_broken_stream_is_an_error_and_no_signal) {
  make();
  int sockets[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
  ::close(sockets[1]);
  write_of writing(sockets[0]);
  submit(writing);
  BOOST_TEST(ends(writing));
  BOOST_TEST(writing->result == -EPIPE);
  ::close(sockets[0]);
}

BOOST_AUTO_TEST_CASE(descriptors_opened_with_nonblock_wait_all_the_same) {
  make();
  const pipe_ends ends_of_pipe(O_NONBLOCK);
  for (const bool takes_nowait : {true, false}) {
    file_facts facts = look(ends_of_pipe.reader());
    facts.takes_nowait = takes_nowait;
    read_of reading(facts);
    submit(reading);
    BOOST_TEST(waits_in_poller(reading));
    BOOST_TEST(stays(reading));
    ends_of_pipe.feed(8);
    BOOST_TEST(ends(reading));
    BOOST_TEST(reading->result == 8);
  }
  ends_of_pipe.fill();
  write_of writing(ends_of_pipe.writer());
  submit(writing);
  BOOST_TEST(waits_in_poller(writing));
  static_cast<void>(ends_of_pipe.drain());
  BOOST_TEST(ends(writing));
}

// read(2) would return the end immediately; the engine's read waits for the first writer.
BOOST_AUTO_TEST_CASE(a_fifo_without_a_writer_is_waited_for) {
  make();
  const std::string path = test_support::make_fifo(directory.path("fifo"));
  const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  read_of reading(fd);
  submit(reading);
  BOOST_TEST(waits_in_poller(reading));
  BOOST_TEST(stays(reading));
  const int writer = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  BOOST_TEST(::write(writer, "first", 5) == 5);
  BOOST_TEST(ends(reading));
  BOOST_TEST(reading->result == 5);
  read_of last(fd);
  submit(last);
  BOOST_TEST(waits_in_poller(last));
  ::close(writer);
  BOOST_TEST(ends(last));
  BOOST_TEST(last->result == 0);
  ::close(fd);
}

BOOST_AUTO_TEST_CASE(kernel_event_descriptors_are_read_as_by_read) {
  make({.thread_count_max = 1});
  const int event = ::eventfd(0, EFD_CLOEXEC);
  const int timer = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  const int notify = ::inotify_init1(IN_CLOEXEC);
  const int signals = ::signalfd(-1, &before_any_thread.set(), SFD_CLOEXEC);
  BOOST_REQUIRE(::inotify_add_watch(notify, directory.root().c_str(), IN_CREATE) >= 0);
  for (const bool takes_nowait : {true, false}) {
    std::deque<read_of> reading;
    for (const int fd : {event, timer, notify, signals}) {
      file_facts facts = look(fd);
      facts.takes_nowait = takes_nowait;
      reading.emplace_back(facts, 512);
      reading.back()->requested = 512;
      submit(reading.back());
    }
    for (read_of& each : reading) BOOST_TEST(waits_in_poller(each));
    const std::uint64_t five = 5;
    BOOST_TEST(::write(event, &five, sizeof five) == 8);
    const itimerspec soon{{0, 0}, {0, 1'000'000}};
    ::timerfd_settime(timer, 0, &soon, nullptr);
    test_support::write_file(directory.path(takes_nowait ? "one" : "other"), "");
    ::kill(::getpid(), SIGUSR1);
    for (read_of& each : reading) {
      BOOST_TEST(ends(each));
      BOOST_TEST(each->result > 0);
    }
    BOOST_TEST(reading[0]->result == 8);
    std::uint64_t value = 0;
    std::memcpy(&value, reading[0].bytes().data(), sizeof value);
    BOOST_TEST(value == 5U);
    BOOST_TEST(reading[1]->result == 8);
    BOOST_TEST(reading[3]->result == static_cast<std::int64_t>(sizeof(signalfd_siginfo)));
    over.clear();
  }
  // They can be written, and writes cancelled, too.
  write_of writing(look(event), 8);
  submit(writing);
  BOOST_TEST(ends(writing));
  BOOST_TEST(writing->result == 8);
  read_of cancelled(timer);
  submit(cancelled);
  cancel(cancelled);
  BOOST_TEST(ends(cancelled));
  BOOST_TEST(cancelled->result == -ECANCELED);
  for (const int fd : {event, timer, notify, signals}) ::close(fd);
}

BOOST_AUTO_TEST_CASE(terminals_are_read_and_written) {
  make({.thread_count_max = 1});
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  BOOST_REQUIRE((master != -1 && ::grantpt(master) == 0 && ::unlockpt(master) == 0));
  const int terminal = ::open(::ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
  BOOST_REQUIRE(terminal != -1);
  read_of reading(terminal);
  submit(reading);
  BOOST_TEST(waits_in_poller(reading));
  write_of writing(terminal);
  submit(writing);
  BOOST_TEST(ends(writing));
  BOOST_TEST(::write(master, "line\n", 5) == 5);
  BOOST_TEST(ends(reading));
  BOOST_TEST(reading->result == 5);
  ::close(terminal);
  ::close(master);
}

BOOST_AUTO_TEST_CASE(two_reads_on_one_descriptor_are_served_in_order) {
  make({.thread_count_max = 4});
  const pipe_ends ends_of_pipe;
  read_of first(ends_of_pipe.reader(), 1), second(ends_of_pipe.reader(), 1);
  submit(first, second);
  ends_of_pipe.feed(1);
  BOOST_TEST(ends(first));
  BOOST_TEST(stays(second));
  cancel(second);
  BOOST_TEST(ends(second));
  BOOST_TEST(second->result == -ECANCELED);
}

// poll(2) reports it as ready, but a read fails with EAGAIN: no worker spins.
BOOST_AUTO_TEST_CASE(a_stream_that_is_ready_in_vain_is_tried_now_and_then) {
  struct never_ready final : test_support::forwarding_calls {
    std::int64_t readv(int, const iovec*, int) noexcept override {
      ++tries;
      return -EAGAIN;
    }
    std::atomic<int> tries = 0;
  } its;
  make();
  const pipe_ends ends_of_pipe;
  ends_of_pipe.feed(1);
  file_facts facts = look(ends_of_pipe.reader());
  facts.system = &its;
  facts.takes_nowait = false;
  read_of reading(facts);
  submit(reading);
  std::this_thread::sleep_for(100ms);
  BOOST_TEST(its.tries > 3);
  BOOST_TEST(its.tries < 100);
  cancel(reading);
  BOOST_TEST(ends(reading));
  BOOST_TEST(reading->result == -ECANCELED);
}

// ---- jobs

BOOST_AUTO_TEST_CASE(idle_stream_jobs_occupy_no_worker) {
  make({.thread_count_max = 1});
  std::deque<pipe_ends> pipes(20);
  std::deque<stream_job> jobs;
  std::deque<plain_operation<job_operation>> reading(20);
  for (std::size_t i = 0; i != pipes.size(); ++i) {
    jobs.emplace_back(pipes[i].reader());
    reading[i]->task = &jobs[i];
    submit(reading[i]);
  }
  for (auto& each : reading) BOOST_TEST(waits_in_poller(each));
  const int steps = jobs[0].steps;
  std::this_thread::sleep_for(30ms);
  BOOST_TEST(jobs[0].steps == steps);
  open_of opening("/proc/self/exe");
  submit(opening);
  BOOST_TEST(ends(opening));
  ::close(static_cast<int>(opening->result));
  for (pipe_ends& each : pipes) {
    each.feed(250);
    each.close_writer();
  }
  for (std::size_t i = 0; i != pipes.size(); ++i) {
    BOOST_TEST(ends(reading[i]));
    BOOST_TEST(reading[i]->result == 0);
    BOOST_TEST(jobs[i].content.size() == 250U);
  }
}

BOOST_AUTO_TEST_CASE(a_job_that_waits_is_cancelled_wherever_it_is) {
  make({.thread_count_max = 1});
  const pipe_ends ends_of_pipe;
  for (const bool is_polled : {true, false}) {
    stream_job work(ends_of_pipe.reader());
    plain_operation<job_operation> reading;
    reading->task = &work;
    submit(reading);
    if (is_polled) BOOST_TEST(waits_in_poller(reading));
    cancel(reading);
    BOOST_TEST(ends(reading));
    BOOST_TEST(reading->result == -ECANCELED);
  }
}

BOOST_AUTO_TEST_CASE(a_job_may_rest) {
  make();
  resting_job work;
  plain_operation<job_operation> resting;
  resting->task = &work;
  submit(resting);
  BOOST_TEST(ends(resting));
  BOOST_TEST(resting->result == 0);
  BOOST_TEST(work.steps == 4);
}

BOOST_AUTO_TEST_CASE(a_job_that_waits_for_what_is_always_ready_goes_on) {
  make();
  test_support::write_file(directory.path("file"), "content");
  const int fd = ::open(directory.path("file").c_str(), O_RDONLY | O_CLOEXEC);
  struct waiting final : job {
    explicit waiting(int its) : fd(its) {}
    std::int64_t step() noexcept override { return ++steps < 3 ? when_ready(fd, false) : 0; }
    int fd;
    int steps = 0;
  } work(fd);
  plain_operation<job_operation> reading;
  reading->task = &work;
  submit(reading);
  BOOST_TEST(ends(reading));
  BOOST_TEST(reading->result == 0);
  ::close(fd);
}

// ---- cancelling and draining

BOOST_AUTO_TEST_CASE(a_read_that_waits_is_cancelled) {
  make();
  const pipe_ends ends_of_pipe;
  read_of reading(ends_of_pipe.reader());
  submit(reading);
  BOOST_TEST(waits_in_poller(reading));
  cancel(reading);
  BOOST_TEST(ends(reading));
  BOOST_TEST(reading->result == -ECANCELED);
  // Nothing was taken.
  ends_of_pipe.feed(8);
  BOOST_TEST(ends_of_pipe.drain() == 8U);
}

BOOST_AUTO_TEST_CASE(the_open_of_a_fifo_is_interrupted) {
  make({.thread_count_max = 1});
  const std::string path = test_support::make_fifo(directory.path("fifo"));
  for (int round = 0; round != 5; ++round) {
    open_of opening(path);
    submit(opening);
    std::this_thread::sleep_for(std::chrono::microseconds(300 * round));
    cancel(opening);
    BOOST_TEST(ends(opening));
    BOOST_TEST((opening->result == -EINTR || opening->result == -ECANCELED));
  }
}

// Without an interrupt signal, it does not wait in the call.
BOOST_AUTO_TEST_CASE(the_open_of_a_fifo_ends_without_a_signal_too) {
  make({.thread_count_max = 1, .interrupt_signal = no_interrupt_signal});
  const std::string path = test_support::make_fifo(directory.path("fifo"));
  open_of writing(path, O_WRONLY);
  submit(writing);
  BOOST_TEST(stays(writing));
  // It occupies no worker.
  open_of other("/proc/self/exe");
  submit(other);
  BOOST_TEST(ends(other));
  ::close(static_cast<int>(other->result));
  cancel(writing);
  BOOST_TEST(ends(writing));
  BOOST_TEST(writing->result == -ECANCELED);
  // With a reader it opens, and waits like any other.
  open_of reader(path), writer(path, O_WRONLY);
  submit(writer);
  submit(reader);
  BOOST_TEST(ends(reader));
  BOOST_REQUIRE(reader->result >= 0);
  BOOST_TEST(ends(writer));
  BOOST_REQUIRE(writer->result >= 0);
  BOOST_TEST((::fcntl(static_cast<int>(writer->result), F_GETFL) & O_NONBLOCK) == 0);
  BOOST_TEST(bool(writer->found.is_stream));
  BOOST_TEST(writer->found.fd == writer->result);
  ::close(static_cast<int>(reader->result));
  ::close(static_cast<int>(writer->result));
  // An open with O_NONBLOCK gets it.
  open_of nonblocking(path, O_RDONLY | O_NONBLOCK);
  submit(nonblocking);
  BOOST_TEST(ends(nonblocking));
  BOOST_TEST((::fcntl(static_cast<int>(nonblocking->result), F_GETFL) & O_NONBLOCK) != 0);
  ::close(static_cast<int>(nonblocking->result));
}

BOOST_AUTO_TEST_CASE(a_cancellation_comes_at_any_moment) {
  make({.thread_count_max = 2});
  const pipe_ends ends_of_pipe;
  for (int round = 0; round != 300; ++round) {
    read_of reading(ends_of_pipe.reader(), 1);
    submit(reading);
    if (round % 3 == 0) ends_of_pipe.feed(1);
    if (round % 7 == 0) std::this_thread::sleep_for(std::chrono::microseconds(round));
    cancel(reading);
    BOOST_REQUIRE(ends(reading));
    // All or nothing.
    const bool has_read = reading->result == 1;
    BOOST_TEST((has_read || reading->result == -ECANCELED || reading->result == -EINTR));
    BOOST_TEST(ends_of_pipe.drain() == (round % 3 == 0 && !has_read ? 1U : 0U));
  }
}

// It counts as tried, though no worker has run it: the next one is tried.
BOOST_AUTO_TEST_CASE(a_read_that_is_cancelled_when_it_is_ready_holds_up_no_other) {
  hanging_calls hung_system;
  make({.thread_count_max = 1});
  const pipe_ends ends_of_pipe;
  file_facts hung = look(ends_of_pipe.reader());
  hung.system = &hung_system;
  read_of first(ends_of_pipe.reader(), 1), second(ends_of_pipe.reader(), 1);
  submit(first, second);
  BOOST_TEST(waits_in_poller(first));
  size_of hanging(hung);
  submit(hanging);
  BOOST_REQUIRE(wait_until([&] { return hung_system.asked == 1; }));
  ends_of_pipe.feed(1);
  BOOST_TEST(wait_until([&] { return place_of(*first) == operation_place::queued; }));
  cancel(first);
  BOOST_TEST(ends(first));
  BOOST_TEST(first->result == -ECANCELED);
  hung_system.hangs = false;
  BOOST_TEST(ends(hanging));
  BOOST_TEST(ends(second));
  BOOST_TEST(second->result == 1);
}

BOOST_AUTO_TEST_CASE(a_full_pipe_is_cancelled_at_any_moment) {
  make({.thread_count_max = 2});
  const pipe_ends ends_of_pipe;
  ends_of_pipe.fill();
  for (int round = 0; round != 200; ++round) {
    write_of writing(ends_of_pipe.writer(), 1);
    submit(writing);
    if (round % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(3 * round));
    cancel(writing);
    BOOST_REQUIRE(ends(writing));
    BOOST_TEST((writing->result == -ECANCELED || writing->result == -EINTR));
  }
}

BOOST_AUTO_TEST_CASE(draining_ends_everything_wherever_it_is) {
  const std::string path = test_support::make_fifo(directory.path("fifo"));
  const pipe_ends ends_of_pipe, full;
  full.fill();
  for (int round = 0; round != 20; ++round) {
    make({.thread_count_max = 2});
    read_of polled(ends_of_pipe.reader());
    write_of writing(full.writer());
    open_of running(path), queued(path), further(path);
    stream_job work(ends_of_pipe.reader());
    plain_operation<job_operation> waiting;
    waiting->task = &work;
    resting_job rest;
    plain_operation<job_operation> resting;
    resting->task = &rest;
    submit(polled, writing, waiting, resting, running, queued, further);
    std::this_thread::sleep_for(std::chrono::microseconds(100 * round));
    drain();
    BOOST_TEST(over.size() == 7U);
    over.clear();
  }
}

// ---- what the system refuses

BOOST_AUTO_TEST_CASE(operations_end_where_no_thread_can_be_started) {
  make();
  starts_left = 0;
  BOOST_TEST(engine->start_one() == EAGAIN);
  const pipe_ends ends_of_pipe;
  test_support::write_file(directory.path("file"), "content");
  const int fd = ::open(directory.path("file").c_str(), O_RDWR | O_CLOEXEC);
  read_of polled(ends_of_pipe.reader());
  write_of writing(ends_of_pipe.writer()), quick(fd);
  open_of opening("/proc/self/exe");
  resting_job work;
  plain_operation<job_operation> stepping;
  stepping->task = &work;
  submit(polled, writing, quick, opening, stepping);
  for (operation* const each :
       {static_cast<operation*>(&*polled), static_cast<operation*>(&*writing),
        static_cast<operation*>(&*quick), static_cast<operation*>(&*opening),
        static_cast<operation*>(&*stepping)}) {
    reap();
    BOOST_TEST(over.contains(each));
    // The others wait for no peer: the submitting thread runs them.
    const bool runs_here = each == &*quick || each == &*opening;
    BOOST_TEST((runs_here ? each->result >= 0 : each->result == -EAGAIN), each->result);
  }
  if (opening->result >= 0) ::close(static_cast<int>(opening->result));
  // Everything works once they can be started.
  starts_left = -1;
  read_of later(ends_of_pipe.reader());
  submit(later);
  ends_of_pipe.feed(8);
  BOOST_TEST(ends(later));
  BOOST_TEST(later->result == 8);
  ::close(fd);
}

// One worker runs and no more resources are available: streams are tried from time to time.
BOOST_AUTO_TEST_CASE(streams_are_served_by_a_worker_where_there_is_no_poller) {
  make();
  starts_left = 1;
  BOOST_REQUIRE(engine->start_one() == 0);
  const pipe_ends ends_of_pipe, full;
  full.fill();
  for (const bool takes_nowait : {true, false}) {
    file_facts facts = look(ends_of_pipe.reader());
    facts.takes_nowait = takes_nowait;
    read_of reading(facts);
    write_of writing(full.writer());
    submit(reading, writing);
    open_of other("/proc/self/exe");
    submit(other);
    BOOST_TEST(ends(other));
    ::close(static_cast<int>(other->result));
    BOOST_TEST(stays(reading));
    ends_of_pipe.feed(8);
    BOOST_TEST(ends(reading));
    BOOST_TEST(reading->result == 8);
    cancel(writing);
    BOOST_TEST(ends(writing));
    BOOST_TEST(writing->result == -ECANCELED);
  }
}

BOOST_AUTO_TEST_CASE(streams_are_served_where_there_is_no_descriptor_for_a_poller) {
  make();
  const pipe_ends ends_of_pipe;
  const std::string path = test_support::make_fifo(directory.path("fifo"));
  BOOST_REQUIRE(engine->start_one() == 0);
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  read_of reading(look(ends_of_pipe.reader()));
  submit(reading);
  stream_job work(ends_of_pipe.reader());
  BOOST_TEST(stays(reading));
  ends_of_pipe.feed(8);
  BOOST_TEST(ends(reading));
  BOOST_TEST(reading->result == 8);
  open_of opening("/proc/self/exe");
  submit(opening);
  BOOST_TEST(ends(opening));
  BOOST_TEST(opening->result == -EMFILE);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

// Lowered after streams have begun to wait.
BOOST_AUTO_TEST_CASE(streams_that_wait_are_served_with_the_limit_at_0) {
  make();
  const pipe_ends ends_of_pipe;
  read_of first(ends_of_pipe.reader()), second(ends_of_pipe.reader());
  submit(first);
  BOOST_TEST(waits_in_poller(first));
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  submit(second);
  BOOST_TEST(waits_in_poller(second));
  ends_of_pipe.feed(16);
  BOOST_TEST(ends(first));
  BOOST_TEST(ends(second));
  ::setrlimit(RLIMIT_NOFILE, &before);
}

// ---- fork

BOOST_AUTO_TEST_CASE(a_child_leaves_the_engine_and_the_parent_goes_on) {
  if (!test_support::children_can_be_trusted()) return;
  make();
  const pipe_ends ends_of_pipe;
  const std::string path = test_support::make_fifo(directory.path("fifo"));
  read_of polled(ends_of_pipe.reader());
  open_of running(path);
  submit(polled, running);
  BOOST_TEST(waits_in_poller(polled));
  for (const bool is_prepared : {true, false}) {
    if (is_prepared) engine->prepare_fork();
    child_process child([&]() ASIOFILE_NO_ANALYSIS {
      const int before = ::dup(0);
      engine->abandon();
      engine.reset();
      // The copies of its descriptors are closed.
      const int after = ::dup(0);
      child_require(after < before, "descriptors");
      // Another one runs.
      const int again = ::eventfd(0, EFD_CLOEXEC);
      child_require(again != -1, "eventfd");
      notifier told;
      child_require(told.open() == 0, "notifier");
      threads_engine own({.paths = kernel_calls().get()}, told);
      open_of opening("/proc/self/exe");
      engine_queue queue;
      queue.push_back(*opening);
      own.submit(queue);
      for (int i = 0; i != 1000 && queue.empty(); ++i) {
        std::this_thread::sleep_for(1ms);
        own.reap(queue);
      }
      child_require(!queue.empty() && opening->result >= 0, "open");
      own.drain(queue);
    });
    if (is_prepared) engine->resume_after_fork();
    const auto outcome = child.wait();
    BOOST_TEST(outcome.succeeded(), outcome);
  }
  ends_of_pipe.feed(8);
  BOOST_TEST(ends(polled));
  cancel(running);
  BOOST_TEST(ends(running));
}

BOOST_AUTO_TEST_CASE(between_prepare_and_resume_nothing_is_over) {
  make();
  const pipe_ends ends_of_pipe;
  read_of reading(ends_of_pipe.reader());
  submit(reading);
  BOOST_TEST(waits_in_poller(reading));
  engine->prepare_fork();
  ends_of_pipe.feed(8);
  std::this_thread::sleep_for(5ms);
  BOOST_TEST((place_of(*reading) == operation_place::polled));
  engine->resume_after_fork();
  BOOST_TEST(ends(reading));
}

BOOST_AUTO_TEST_SUITE_END()
