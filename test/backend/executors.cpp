// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Files on every kind of executor and context: where handlers run, and what counts as work.

#include "bare_executor.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "run_operation.hpp"
#include "running_threads.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/read_at.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/version.hpp>
#include <boost/asio/write_at.hpp>
#if BOOST_ASIO_VERSION >= 102800
#include <boost/asio/bind_immediate_executor.hpp>
#endif
#if BOOST_ASIO_VERSION >= 103700
#include <boost/asio/inline_executor.hpp>
#endif
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::basic_random_access_file;
using asiofile::file_base;
using asiofile::random_access_file;
using test_support::bare_executor;
using test_support::error_code;
using test_support::transfer;

namespace {

const error_code success;
const error_code eof = asio::error::eof;
const error_code aborted = asio::error::operation_aborted;
const error_code bad_descriptor = asio::error::bad_descriptor;
const error_code already_open = asio::error::already_open;
const error_code invalid_argument = asio::error::invalid_argument;

constexpr auto new_file = file_base::read_write | file_base::create | file_base::truncate;

using io_executor = asio::io_context::executor_type;

// --- An executor that hides its context ------------------------------------------------------

// A standard executor of the user: its type does not show the io_context behind it.
class hidden_executor {
 public:
  explicit hidden_executor(const io_executor& inner) : inner_(inner) {}

  asio::execution_context& query(asio::execution::context_t) const {
    return asio::query(inner_, asio::execution::context);
  }
  static constexpr asio::execution::blocking_t query(asio::execution::blocking_t) {
    return asio::execution::blocking.never;
  }
  hidden_executor require(asio::execution::outstanding_work_t::tracked_t tracked) const {
    return hidden_executor(asio::prefer(inner_, tracked), 0);
  }
  hidden_executor require(asio::execution::outstanding_work_t::untracked_t untracked) const {
    return hidden_executor(asio::prefer(inner_, untracked), 0);
  }
  template <typename Function>
  void execute(Function&& function) const {
    asio::post(inner_, std::forward<Function>(function));
  }
  bool operator==(const hidden_executor& other) const noexcept { return inner_ == other.inner_; }

 private:
  // With a second parameter, so that it is no conversion from any_io_executor.
  hidden_executor(asio::any_io_executor inner, int) : inner_(std::move(inner)) {}

  asio::any_io_executor inner_;
};

#if !defined(BOOST_ASIO_NO_TS_EXECUTORS)
// An executor as the Networking TS has them.
class ts_executor {
 public:
  explicit ts_executor(asio::io_context& context) : context_(&context) {}

  asio::execution_context& context() const noexcept { return *context_; }
  void on_work_started() const noexcept { context_->get_executor().on_work_started(); }
  void on_work_finished() const noexcept { context_->get_executor().on_work_finished(); }
  template <typename Function, typename Allocator>
  void dispatch(Function&& function, const Allocator& allocator) const {
    context_->get_executor().dispatch(std::forward<Function>(function), allocator);
  }
  template <typename Function, typename Allocator>
  void post(Function&& function, const Allocator& allocator) const {
    context_->get_executor().post(std::forward<Function>(function), allocator);
  }
  template <typename Function, typename Allocator>
  void defer(Function&& function, const Allocator& allocator) const {
    context_->get_executor().defer(std::forward<Function>(function), allocator);
  }
  bool operator==(const ts_executor&) const noexcept = default;

 private:
  asio::io_context* context_;
};
#endif

// --- A context of the user's own -------------------------------------------------------------

// Runs what it is given on a thread of its own.
class own_context : public asio::execution_context {
 public:
  class executor_type {
   public:
    explicit executor_type(own_context& context) : context_(&context) {}

    own_context& query(asio::execution::context_t) const noexcept { return *context_; }
    static constexpr asio::execution::blocking_t query(asio::execution::blocking_t) noexcept {
      return asio::execution::blocking.never;
    }
    template <typename Function>
    void execute(Function&& function) const {
      // Functions may be move-only, std::function's may not.
      auto owned = std::make_shared<std::decay_t<Function>>(std::forward<Function>(function));
      context_->add([owned]() mutable {
        const auto once = std::move(owned);
        (*once)();
      });
    }
    bool operator==(const executor_type&) const noexcept = default;

   private:
    own_context* context_;
  };

  own_context() : thread_([this] { run(); }) {}
  ~own_context() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_one();
    thread_.join();
    shutdown();
    queue_.clear();
    destroy();
  }

  executor_type get_executor() noexcept { return executor_type(*this); }
  [[nodiscard]] bool runs_this_thread() const {
    return std::this_thread::get_id() == thread_.get_id();
  }

 private:
  void add(std::function<void()> function) {
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back(std::move(function));
    }
    changed_.notify_one();
  }

  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
      if (stopped_) return;
      const auto function = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      function();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool stopped_ = false;
  std::thread thread_;
};

// --- One exercise for all --------------------------------------------------------------------

// How deep this thread is in initiating functions.
thread_local int initiating = 0;

struct initiating_scope {
  initiating_scope() { ++initiating; }
  ~initiating_scope() { --initiating; }
};

struct fixture {
  test_support::temporary_directory directory;
  test_support::watchdog limit{std::chrono::seconds(30)};

  std::string make(std::string_view name, std::string_view content) {
    const std::string path = directory.path(name);
    test_support::write_file(path, content);
    return path;
  }
};

// Starts every kind of operation, including those that complete immediately, one after the other.
// Each handler must run where `in_place()` is true, and none inside an initiating function.
//
// Boost.Test's checks are not thread-safe: failures are counted, and checked at the end.
template <typename File>
class exercise : public std::enable_shared_from_this<exercise<File>> {
 public:
  exercise(File opened_later, std::string path, std::function<bool()> in_place)
      : file_(std::move(opened_later)), path_(std::move(path)), in_place_(std::move(in_place)) {}

  void start() { next(); }

  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] int out_of_place() const { return out_of_place_; }
  [[nodiscard]] int inside_initiation() const { return inside_initiation_; }
  [[nodiscard]] std::vector<int> wrong_results() const { return wrong_results_; }
  static constexpr int last_step = 17;

 private:
  // A handler for step `step_`: it checks where it runs, and starts the next step.
  template <typename... Values>
  auto expect(error_code expected, Values... values) {
    return [self = this->shared_from_this(), expected, values...](error_code ec, auto... results) {
      if (initiating != 0) ++self->inside_initiation_;
      if (!self->in_place_()) ++self->out_of_place_;
      if (ec != expected || !((values == static_cast<Values>(results)) && ...))
        self->wrong_results_.push_back(self->step_);
      self->next();
    };
  }

  void next() {
    const initiating_scope scope;
    constexpr std::uint64_t bad_offset = ~std::uint64_t{0};
    const auto memory = asio::buffer(memory_);
    const auto content = asio::buffer("content", 7);
    const asio::mutable_buffer empty;
    switch (++step_) {
      case 1: return file_.async_read_some_at(0, memory, expect(bad_descriptor, 0));
      case 2: return file_.async_sync_all(expect(bad_descriptor));
      case 3: return file_.async_size(expect(bad_descriptor, 0));
      case 4: return file_.async_close(expect(success));
      case 5: return file_.async_open(path_, new_file, expect(success));
      case 6: return file_.async_open(path_, new_file, expect(already_open));
      case 7: return file_.async_write_some_at(0, content, expect(success, 7));
      case 8: return file_.async_write_some_at(bad_offset, content, expect(invalid_argument, 0));
      case 9: return file_.async_read_some_at(0, empty, expect(success, 0));
      case 10: return file_.async_read_some_at(2, memory, expect(success, 5));
      case 11: return file_.async_read_some_at(7, memory, expect(eof, 0));
      case 12: return file_.async_sync_data(expect(success));
      case 13: return file_.async_resize(bad_offset, expect(invalid_argument));
      case 14: return file_.async_resize(3, expect(success));
      case 15: return file_.async_size(expect(success, 3));
      case 16: return asio::async_read_at(file_, 0, memory, expect(eof, 3));
      case last_step: return file_.async_close(expect(success));
      default: done_ = true;
    }
  }

  File file_;
  std::string path_;
  std::function<bool()> in_place_;
  std::string memory_ = std::string(100, '.');
  std::atomic<int> step_ = 0;
  std::atomic<int> out_of_place_ = 0;
  std::atomic<int> inside_initiation_ = 0;
  std::vector<int> wrong_results_;
  std::atomic<bool> done_ = false;
};

template <typename File>
std::shared_ptr<exercise<File>> make_exercise(File file, const std::string& path,
                                              std::function<bool()> in_place) {
  return std::make_shared<exercise<File>>(std::move(file), path, std::move(in_place));
}

template <typename File>
void check(const exercise<File>& finished) {
  BOOST_TEST(finished.done());
  BOOST_TEST(finished.out_of_place() == 0);
  BOOST_TEST(finished.inside_initiation() == 0);
  for (const int step : finished.wrong_results())
    BOOST_ERROR("step " << step << " gave another result than expected");
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(executors, fixture)

BOOST_AUTO_TEST_CASE(a_file_on_an_io_contexts_executor) {
  asio::io_context context;
  const auto test = make_exercise(
      basic_random_access_file<io_executor>(context), directory.path("file"),
      [&] { return context.get_executor().running_in_this_thread(); });
  test->start();
  context.run();
  check(*test);
}

BOOST_AUTO_TEST_CASE(a_file_on_any_io_executor) {
  asio::io_context context;
  for (const asio::any_io_executor& executor :
       {asio::any_io_executor(context.get_executor()),
        asio::any_io_executor(asio::prefer(context.get_executor(),
                                           asio::execution::outstanding_work.tracked)),
        asio::any_io_executor(asio::require(context.get_executor(),
                                            asio::execution::blocking.never)),
        asio::any_io_executor(asio::any_io_executor(context.get_executor()))}) {
    const auto test =
        make_exercise(random_access_file(executor), directory.path("file"),
                      [&] { return context.get_executor().running_in_this_thread(); });
    test->start();
    context.restart();
    // One of them counts work for as long as it lives.
    while (!test->done()) context.run_one();
    check(*test);
  }
}

BOOST_AUTO_TEST_CASE(a_file_on_a_strand) {
  asio::io_context context;
  const auto strand = asio::make_strand(context.get_executor());
  const auto test = make_exercise(basic_random_access_file<asio::strand<io_executor>>(strand),
                                  directory.path("file"),
                                  [&] { return strand.running_in_this_thread(); });
  test->start();
  context.run();
  check(*test);
}

BOOST_AUTO_TEST_CASE(a_file_on_a_strand_of_any_io_executor) {
  asio::io_context context;
  const auto strand = asio::make_strand(asio::any_io_executor(context.get_executor()));
  const auto test =
      make_exercise(basic_random_access_file<asio::strand<asio::any_io_executor>>(strand),
                    directory.path("file"), [&] { return strand.running_in_this_thread(); });
  test->start();
  context.run();
  check(*test);
}

BOOST_AUTO_TEST_CASE(a_file_on_any_io_executor_that_holds_a_strand) {
  asio::io_context context;
  const auto plain = asio::make_strand(context.get_executor());
  const auto erased = asio::make_strand(asio::any_io_executor(context.get_executor()));
  const auto nested = asio::make_strand(asio::any_io_executor(plain));
  const auto on_plain =
      make_exercise(random_access_file(asio::any_io_executor(plain)), directory.path("1"),
                    [&] { return plain.running_in_this_thread(); });
  const auto on_erased =
      make_exercise(random_access_file(asio::any_io_executor(erased)), directory.path("2"),
                    [&] { return erased.running_in_this_thread(); });
  const auto on_nested =
      make_exercise(random_access_file(asio::any_io_executor(nested)), directory.path("3"), [&] {
        return nested.running_in_this_thread() && plain.running_in_this_thread();
      });
  on_plain->start();
  on_erased->start();
  on_nested->start();
  test_support::running_threads(context, 2).join();
  check(*on_plain);
  check(*on_erased);
  check(*on_nested);
}

BOOST_AUTO_TEST_CASE(a_file_on_a_thread_pool) {
  asio::thread_pool pool(2);
  const auto in_place = [&] { return pool.get_executor().running_in_this_thread(); };
  const auto typed =
      make_exercise(basic_random_access_file<asio::thread_pool::executor_type>(pool),
                    directory.path("1"), in_place);
  const auto erased = make_exercise(random_access_file(pool), directory.path("2"), in_place);
  const auto strand = asio::make_strand(pool);
  const auto on_strand = make_exercise(
      basic_random_access_file<asio::strand<asio::thread_pool::executor_type>>(strand),
      directory.path("3"), [&] { return strand.running_in_this_thread(); });
  typed->start();
  erased->start();
  on_strand->start();
  // Returns when there is no more work: when the last handler has run.
  pool.join();
  check(*typed);
  check(*erased);
  check(*on_strand);
}

BOOST_AUTO_TEST_CASE(a_file_on_the_system_executor) {
  const auto test_thread = std::this_thread::get_id();
  const auto in_place = [&] { return std::this_thread::get_id() != test_thread; };
  const auto typed = make_exercise(
      basic_random_access_file<asio::system_executor>(asio::system_executor()),
      directory.path("1"), in_place);
  const auto erased =
      make_exercise(random_access_file(asio::system_executor()), directory.path("2"), in_place);
  const auto strand = asio::make_strand(asio::system_executor());
  const auto on_strand =
      make_exercise(basic_random_access_file<asio::strand<asio::system_executor>>(strand),
                    directory.path("3"), [=] { return strand.running_in_this_thread(); });
  typed->start();
  erased->start();
  on_strand->start();
  BOOST_TEST(test_support::wait_until(
      [&] { return typed->done() && erased->done() && on_strand->done(); }));
  check(*typed);
  check(*erased);
  check(*on_strand);
}

BOOST_AUTO_TEST_CASE(a_file_on_an_executor_that_hides_its_context) {
  asio::io_context context;
  const auto in_place = [&] { return context.get_executor().running_in_this_thread(); };
  const hidden_executor executor(context.get_executor());
  const auto typed = make_exercise(basic_random_access_file<hidden_executor>(executor),
                                   directory.path("1"), in_place);
  const auto erased = make_exercise(random_access_file(executor), directory.path("2"), in_place);
  const auto strand = asio::make_strand(executor);
  const auto on_strand =
      make_exercise(basic_random_access_file<asio::strand<hidden_executor>>(strand),
                    directory.path("3"), [&] { return strand.running_in_this_thread(); });
  typed->start();
  erased->start();
  on_strand->start();
  context.run();
  check(*typed);
  check(*erased);
  check(*on_strand);
}

BOOST_AUTO_TEST_CASE(an_operation_is_work_even_if_its_executor_counts_none) {
  asio::io_context context;
  const bare_executor executor(context.get_executor());
  const auto test = make_exercise(basic_random_access_file<bare_executor>(executor),
                                  directory.path("file"),
                                  [&] { return context.get_executor().running_in_this_thread(); });
  test->start();
  context.run();
  check(*test);
}

#if !defined(BOOST_ASIO_NO_TS_EXECUTORS)
BOOST_AUTO_TEST_CASE(a_file_on_an_executor_of_the_networking_ts) {
  asio::io_context context;
  const auto test = make_exercise(basic_random_access_file<ts_executor>(ts_executor(context)),
                                  directory.path("file"),
                                  [&] { return context.get_executor().running_in_this_thread(); });
  test->start();
  context.run();
  check(*test);
}
#endif

BOOST_AUTO_TEST_CASE(a_file_on_a_context_of_the_users_own) {
  own_context context;
  const auto in_place = [&] { return context.runs_this_thread(); };
  const auto typed = make_exercise(basic_random_access_file<own_context::executor_type>(context),
                                   directory.path("1"), in_place);
  const auto erased =
      make_exercise(random_access_file(context.get_executor()), directory.path("2"), in_place);
  asio::post(context.get_executor(), [&] {
    typed->start();
    erased->start();
  });
  BOOST_TEST(test_support::wait_until([&] { return typed->done() && erased->done(); }));
  check(*typed);
  check(*erased);
}

BOOST_AUTO_TEST_CASE(a_context_of_the_users_own_can_be_destroyed_with_operations_in_flight) {
  test_support::fifo fifo(directory.path("fifo"));
  std::atomic<int> calls = 0;
  const auto alive = std::make_shared<int>(0);
  char byte;
  {
    own_context context;
    basic_random_access_file<own_context::executor_type> file(context, fifo.path(),
                                                              file_base::read_write);
    for (int i = 0; i != 10; ++i) {
      file.async_read_some_at(0, asio::buffer(&byte, 1),
                              [&calls, alive](error_code, std::size_t) { ++calls; });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    // Before the context, so that the handlers of cancelled reads may still run, or be dropped.
  }
  BOOST_TEST(alive.use_count() == 1);
  BOOST_TEST(fifo.feed(1));
  BOOST_TEST(fifo.drain() == "f");
}

// Dispatch passes then run on a thread of Asio, which ends after the service has been shut down.
BOOST_AUTO_TEST_CASE(a_context_of_the_users_own_can_be_destroyed_while_handlers_are_called) {
  const std::string path = make("file", "content");
  for (int round = 0; round != 100; ++round) {
    const auto alive = std::make_shared<int>(0);
    std::optional<own_context> context(std::in_place);
    basic_random_access_file<own_context::executor_type> file(*context, path,
                                                              file_base::read_only);
    for (int i = 0; i != 300; ++i) file.async_size([alive](error_code, std::uint64_t) {});
    // At any time, from before the first pass until after the last one.
    std::this_thread::sleep_for(std::chrono::microseconds(20 * round));
    context.reset();
    BOOST_TEST(alive.use_count() == 1);
  }
}

// --- Associated executors --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(handlers_run_on_the_executors_that_they_are_bound_to) {
  asio::io_context context;
  asio::io_context other;
  asio::thread_pool pool(1);
  const auto strand = asio::make_strand(pool);
  random_access_file file(context, make("file", "content"), file_base::read_only);
  random_access_file closed(context);
  std::atomic<int> calls = 0;
  std::atomic<int> out_of_place = 0;
  std::string memory(700, '.');
  const auto start = [&](const auto& executor, auto in_place) {
    const auto bound = [&] {
      return asio::bind_executor(executor, [&, in_place](error_code, auto...) {
        if (!in_place() || initiating != 0) ++out_of_place;
        ++calls;
      });
    };
    const initiating_scope scope;
    file.async_read_some_at(0, asio::mutable_buffer(), bound());
    closed.async_close(bound());
    closed.async_read_some_at(0, asio::buffer(memory), bound());
    file.async_sync_all(bound());
    file.async_size(bound());
    file.async_read_some_at(~std::uint64_t{0}, asio::buffer(memory), bound());
    file.async_read_some_at(0, asio::buffer(memory.data() + calls, 7), bound());
  };
  const auto on_other = [&] { return other.get_executor().running_in_this_thread(); };
  start(other.get_executor(), on_other);
  start(asio::any_io_executor(other.get_executor()), on_other);
  start(asio::make_strand(other), on_other);
  start(hidden_executor(other.get_executor()), on_other);
  context.run();
  BOOST_TEST(calls == 0);
  // Not forever: operations that `context` did not finish are work of `other`.
  other.run_for(std::chrono::seconds(5));
  BOOST_TEST(calls == 4 * 7);

  context.restart();
  start(pool.get_executor(), [&] { return pool.get_executor().running_in_this_thread(); });
  start(strand, [&] { return strand.running_in_this_thread(); });
  context.run();
  pool.join();
  BOOST_TEST(calls == 6 * 7);
  BOOST_TEST(out_of_place == 0);
}

// --- What completes immediately --------------------------------------------------------------

namespace {

// Starts one of each kind of operation that completes in its initiation, with a handler that
// `bound()` makes. Returns how many.
template <typename Bound>
int start_what_is_over(asio::io_context& context, const std::string& path, Bound&& bound) {
  static char byte = 0;
  constexpr std::uint64_t bad_offset = ~std::uint64_t{0};
  random_access_file open(context, path, file_base::read_write);
  random_access_file closed(context);
  asiofile::stream_file closed_stream(context);
  asiofile::line_reader lines(closed_stream);
  asiofile::chunk_reader chunks(closed_stream);
  asiofile::file_writer writer(closed_stream);
  const auto memory = asio::buffer(&byte, 1);
  const initiating_scope scope;
  closed.async_read_some_at(0, memory, bound());
  closed.async_write_some_at(0, memory, bound());
  closed.async_write_and_sync_data_at(0, memory, bound());
  closed.async_sync_all(bound());
  closed.async_size(bound());
  closed.async_status(bound());
  closed.async_resize(0, bound());
  closed.async_allocate(0, 1, bound());
  closed.async_advise(0, 1, asiofile::file_advice::normal, bound());
  closed.async_close(bound());
  closed_stream.async_read_some(memory, bound());
  closed_stream.async_write_some(memory, bound());
  lines.async_next(bound());
  chunks.async_next(bound());
  writer.async_flush(bound());
  open.async_read_some_at(0, asio::mutable_buffer(), bound());
  open.async_read_some_at(bad_offset, memory, bound());
  open.async_open(path, file_base::read_only, bound());
  return 18;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_over_at_once_runs_on_the_executor_that_it_is_bound_to) {
  asio::io_context context;
  asio::io_context other;
  const std::string path = make("file", "content");
  int calls = 0;
  int out_of_place = 0;
  const auto start = [&](const auto& executor) {
    return start_what_is_over(context, path, [&] {
      return asio::bind_executor(executor, [&calls, &out_of_place, executor](error_code, auto...) {
        if (!executor.running_in_this_thread() || initiating != 0) ++out_of_place;
        ++calls;
      });
    });
  };
  int started = start(asio::make_strand(context));
  started += start(other.get_executor());
  started += start(asio::make_strand(other));
  context.run();
  other.run();
  context.restart();
  context.run();
  BOOST_TEST(calls == started);
  BOOST_TEST(out_of_place == 0);
}

BOOST_AUTO_TEST_CASE(an_immediate_executor_comes_before_the_bound_one_and_not_instead_of_it) {
#if BOOST_ASIO_VERSION < 102800
  test_support::skip("Boost.Asio has immediate executors since 1.28 (Boost 1.82)");
#else
  asio::io_context context;
  asio::io_context other;
  const std::string path = make("file", "content");
  const auto strand = asio::make_strand(context);
  int calls = 0;
  int out_of_place = 0;
  const auto handler = [&](error_code, auto...) {
    if (!strand.running_in_this_thread() || initiating != 0) ++out_of_place;
    ++calls;
  };
  const auto start = [&](const auto& immediate) {
    // Whichever of the two is bound first.
    int started = start_what_is_over(context, path, [&] {
      return asio::bind_immediate_executor(immediate, asio::bind_executor(strand, handler));
    });
    started += start_what_is_over(context, path, [&] {
      return asio::bind_executor(strand, asio::bind_immediate_executor(immediate, handler));
    });
    return started;
  };
  int started = start(asio::system_executor());
  context.run();
  BOOST_TEST(calls == started);

  started += start(other.get_executor());
  context.restart();
  // Not `run`: what waits on the other context is work of this one.
  context.poll();
  BOOST_TEST(calls < started, "nothing has gone through the immediate executor");
  other.run();
  context.restart();
  context.run();
  BOOST_TEST(calls == started);
  BOOST_TEST(out_of_place == 0);
#endif
}

BOOST_AUTO_TEST_CASE(a_handler_that_is_bound_to_the_files_own_executor_runs_there) {
#if BOOST_ASIO_VERSION < 102800
  test_support::skip("Boost.Asio has immediate executors since 1.28 (Boost 1.82)");
#else
  // Even if the library need not store that executor, and its immediate executor would run the
  // handler inside the initiating function.
  asio::io_context context;
  basic_random_access_file<io_executor> closed(context);
  char byte = 0;
  int calls = 0;
  int out_of_place = 0;
  {
    const initiating_scope scope;
    closed.async_read_some_at(
        0, asio::buffer(&byte, 1),
        asio::bind_executor(context.get_executor(),
                            asio::bind_immediate_executor(
                                asio::system_executor(), [&](error_code, std::size_t) {
                                  if (initiating != 0) ++out_of_place;
                                  ++calls;
                                })));
  }
  context.run();
  BOOST_TEST(calls == 1);
  BOOST_TEST(out_of_place == 0);
#endif
}

BOOST_AUTO_TEST_CASE(a_handler_may_be_bound_to_an_inline_executor) {
#if BOOST_ASIO_VERSION < 103700
  test_support::skip("Boost.Asio has inline_executor since 1.37 (Boost 1.90)");
#else
  asio::io_context context;
  const std::string path = make("file", "content");
  random_access_file file(context, path, file_base::read_only);
  char byte = 0;
  int calls = 0;
  int out_of_place = 0;
  const auto bound = [&] {
    return asio::bind_executor(asio::inline_executor(), [&](error_code, auto...) {
      if (initiating != 0) ++out_of_place;
      ++calls;
    });
  };
  int started = start_what_is_over(context, path, bound);
  {
    const initiating_scope scope;
    file.async_read_some_at(0, asio::buffer(&byte, 1), bound());
    file.async_size(bound());
    asiofile::async_status(file, path, bound());
    asiofile::async_read_file(file, path, bound());
    asiofile::async_copy_file(file, path, directory.path("copy"), bound());
  }
  started += 5;
  context.run();
  BOOST_TEST(calls == started);
  BOOST_TEST(out_of_place == 0);
#endif
}

BOOST_AUTO_TEST_CASE(an_operation_that_is_over_at_once_does_not_stop_its_context) {
  // Its handler is on another context: for a moment the file's context has no work. It must not
  // take that for its end before it was ever run.
  asio::io_context context;
  asio::io_context other;
  random_access_file file(context, make("file", "content"), file_base::read_only);
  char byte = 0;
  int calls = 0;
  file.async_read_some_at(0, asio::mutable_buffer(),
                          asio::bind_executor(other, [&](error_code, std::size_t) { ++calls; }));
  BOOST_TEST(!context.stopped());
  file.async_read_some_at(0, asio::buffer(&byte, 1), [&](error_code ec, std::size_t) {
    BOOST_TEST(ec == success);
    ++calls;
  });
  context.run();
  BOOST_TEST(calls == 1);
  other.run();
  BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_CASE(a_pending_operation_is_work_of_both_executors) {
  test_support::fifo fifo(directory.path("fifo"));
  asio::io_context file_context;
  asio::io_context handler_context;
  random_access_file file(file_context, fifo.path(), file_base::read_write);
  char byte;
  std::atomic<bool> called = false;
  file.async_read_some_at(0, asio::buffer(&byte, 1),
                          asio::bind_executor(handler_context, [&](error_code ec, std::size_t) {
                            called = ec == success;
                          }));
  std::atomic<int> returned = 0;
  std::thread first([&] {
    file_context.run();
    ++returned;
  });
  std::thread second([&] {
    handler_context.run();
    if (called) ++returned;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  BOOST_TEST(returned == 0);
  BOOST_TEST(!file_context.stopped());
  BOOST_TEST(!handler_context.stopped());
  BOOST_TEST(fifo.feed(1));
  first.join();
  second.join();
  BOOST_TEST(called);
  BOOST_TEST(returned == 2);
}

BOOST_AUTO_TEST_CASE(an_idle_context_returns_from_run_at_once) {
  asio::io_context context;
  context.run();
  context.restart();
  random_access_file closed(context);
  context.run();
  context.restart();
  random_access_file file(context, make("file", "content"), file_base::read_write);
  context.run();
  context.restart();
  BOOST_TEST(context.poll() == 0U);
  for (int i = 0; i != 3; ++i) {
    int calls = 0;
    context.restart();
    file.async_sync_all([&](error_code) { ++calls; });
    context.run();
    BOOST_TEST(calls == 1);
    context.restart();
    context.run();
  }
}

BOOST_AUTO_TEST_CASE(a_busy_strand_delays_no_other_file) {
  asio::io_context context;
  const auto busy = asio::make_strand(context);
  basic_random_access_file<asio::strand<io_executor>> delayed(busy, make("1", "content"),
                                                              file_base::read_only);
  random_access_file hidden(asio::any_io_executor(busy), make("2", "content"),
                            file_base::read_only);
  random_access_file free(context, make("3", "content"), file_base::read_only);
  std::promise<void> occupied;
  std::promise<void> release;
  std::atomic<int> delayed_calls = 0;
  asio::post(busy, [&] {
    occupied.set_value();
    release.get_future().wait();
    // Until here this thread holds the strand.
    BOOST_TEST(delayed_calls == 0);
  });
  auto work = asio::make_work_guard(context);
  test_support::running_threads running(context, 2);
  occupied.get_future().wait();
  std::array<char, 3> bytes{};
  delayed.async_read_some_at(0, asio::buffer(&bytes[0], 1),
                             [&](error_code, std::size_t) { ++delayed_calls; });
  hidden.async_read_some_at(0, asio::buffer(&bytes[1], 1),
                            [&](error_code, std::size_t) { ++delayed_calls; });
  for (int i = 0; i != 100; ++i) {
    auto read = free.async_read_some_at(0, asio::buffer(&bytes[2], 1), asio::use_future);
    BOOST_TEST((read.wait_for(std::chrono::seconds(10)) == std::future_status::ready));
  }
  release.set_value();
  work.reset();
  running.join();
  BOOST_TEST(delayed_calls == 2);
}

BOOST_AUTO_TEST_SUITE_END()
