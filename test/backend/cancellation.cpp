// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Cancelling is a request: the handler runs once, when nothing touches the buffer any more, and
// gets the actual result.

#include "completion_counts.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "limit_in_flight.hpp"
#include "open_descriptors.hpp"
#include "running_threads.hpp"
#include "sanitizers.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace asio = boost::asio;
using asio::cancellation_type;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace std::chrono_literals;
using namespace test_support;

namespace {

constexpr std::array cancelling_types{cancellation_type::terminal, cancellation_type::partial,
                                      cancellation_type::total, cancellation_type::all};

// What one handler was called with.
struct outcome {
  int run = 0;
  error_code ec;
  std::size_t n = 0;

  auto handler() {
    return [this](error_code e, auto... count) {
      ++run;
      ec = e;
      ((n = static_cast<std::size_t>(count)), ...);
    };
  }

  [[nodiscard]] bool aborted() const {
    return run == 1 && ec == asio::error::operation_aborted && n == 0;
  }
  [[nodiscard]] bool succeeded(std::size_t bytes) const { return run == 1 && !ec && n == bytes; }
};

struct fixture {
  temporary_directory directory;
  fifo pipe{directory.path("fifo")};
  std::string path = make_pattern_file(directory.path("data"), 1, 64 * 1024);
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(cancellation, fixture)

BOOST_AUTO_TEST_CASE(a_slot_cancels_its_operation_with_every_type) {
  const watchdog limit(20s);
  for (const auto type : cancelling_types) {
    for (const bool submitted : {false, true}) {
      asio::io_context context;
      random_access_file file(context, pipe.path(), asiofile::file_base::read_write);
      std::array<char, 16> buffer{};
      std::array<char, 16> other_buffer{};
      asio::cancellation_signal signal;
      outcome cancelled;
      outcome other;
      file.async_read_some_at(0, asio::buffer(buffer),
                              asio::bind_cancellation_slot(signal.slot(), cancelled.handler()));
      if (submitted) context.run_for(10ms);
      signal.emit(type);
      BOOST_TEST(cancelled.run == 0);  // not inside emit
      file.async_read_some_at(0, asio::buffer(other_buffer), other.handler());
      context.restart();
      context.run_for(20ms);
      BOOST_TEST(cancelled.aborted());
      BOOST_TEST(other.run == 0);
      BOOST_TEST(pipe.feed(5));
      context.run();
      BOOST_TEST(other.succeeded(5));
      BOOST_TEST(cancelled.run == 1);
      BOOST_TEST(all_are(buffer, '\0'));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_slot_cancels_an_open_that_waits_for_a_writer) {
  const watchdog limit(20s);
  const std::string no_writer = make_fifo(directory.path("no writer"));
  const std::size_t descriptors = open_descriptor_count();
  for (const bool submitted : {false, true}) {
    asio::io_context context;
    random_access_file file(context);
    asio::cancellation_signal signal;
    outcome cancelled;
    file.async_open(no_writer, asiofile::file_base::read_only,
                    asio::bind_cancellation_slot(signal.slot(), cancelled.handler()));
    if (submitted) context.run_for(10ms);
    signal.emit(cancellation_type::terminal);
    context.restart();
    context.run();
    BOOST_TEST(cancelled.aborted());
    BOOST_TEST(!file.is_open());
    // The object can open another file.
    file.open(path, asiofile::file_base::read_only);
    BOOST_TEST(file.is_open());
  }
  BOOST_TEST(open_descriptor_count() == descriptors);
}

BOOST_AUTO_TEST_CASE(cancellation_type_none_cancels_nothing) {
  const watchdog limit(10s);
  asio::io_context context;
  random_access_file file(context, pipe.path(), asiofile::file_base::read_write);
  std::array<char, 16> buffer{};
  asio::cancellation_signal signal;
  outcome read;
  file.async_read_some_at(0, asio::buffer(buffer),
                          asio::bind_cancellation_slot(signal.slot(), read.handler()));
  context.run_for(5ms);
  signal.emit(cancellation_type::none);
  context.run_for(20ms);
  BOOST_TEST(read.run == 0);
  BOOST_TEST(pipe.feed(4));
  context.run();
  BOOST_TEST(read.succeeded(4));
}

BOOST_AUTO_TEST_CASE(the_slot_is_empty_when_the_handler_runs) {
  const watchdog limit(10s);
  asio::io_context context;
  random_access_file file(context, path, asiofile::file_base::read_write);
  random_access_file waiting(context, pipe.path(), asiofile::file_base::read_write);
  random_access_file closed(context);
  std::array<std::array<char, 16>, 8> buffers{};
  asio::cancellation_signal signal;
  int run = 0;
  int slot_still_set = 0;
  const auto handler = [&] {
    return asio::bind_cancellation_slot(signal.slot(), [&](error_code, auto...) {
      ++run;
      slot_still_set += signal.slot().has_handler() ? 1 : 0;
    });
  };
  const auto end = [&] {
    context.restart();
    context.run();
  };
  file.async_read_some_at(0, asio::buffer(buffers[0]), handler());
  end();
  file.async_write_some_at(0, asio::buffer(buffers[1]), handler());
  end();
  file.async_size(handler());
  end();
  file.async_sync_data(handler());
  end();
  file.async_read_some_at(0, asio::mutable_buffer(), handler());
  end();
  closed.async_read_some_at(0, asio::buffer(buffers[2]), handler());
  end();
  closed.async_open(path, asiofile::file_base::read_only, handler());
  end();
  closed.async_open(path, asiofile::file_base::read_only, handler());  // open already
  end();
  waiting.async_read_some_at(0, asio::buffer(buffers[3]), handler());
  signal.emit(cancellation_type::terminal);
  end();
  waiting.async_read_some_at(0, asio::buffer(buffers[4]), handler());
  waiting.close();
  end();
  file.async_close(handler());
  end();
  BOOST_TEST(run == 11);
  BOOST_TEST(slot_still_set == 0);
  // Emitting it afterwards is harmless.
  signal.emit(cancellation_type::all);
}

BOOST_AUTO_TEST_CASE(a_handler_may_use_its_slot_for_the_next_operation) {
  const watchdog limit(10s);
  asio::io_context context;
  random_access_file file(context, pipe.path(), asiofile::file_base::read_write);
  std::array<char, 1> first{};
  std::array<char, 1> second{};
  asio::cancellation_signal signal;
  outcome last;
  file.async_read_some_at(0, asio::buffer(first),
                          asio::bind_cancellation_slot(signal.slot(), [&](error_code, std::size_t) {
                            file.async_read_some_at(
                                0, asio::buffer(second),
                                asio::bind_cancellation_slot(signal.slot(), last.handler()));
                            asio::post(context, [&] { signal.emit(cancellation_type::total); });
                          }));
  BOOST_TEST(pipe.feed(1));
  context.run();
  BOOST_TEST(last.aborted());
  BOOST_TEST(second[0] == '\0');
}

BOOST_AUTO_TEST_CASE(cancel_ends_everything_that_waits_on_the_file) {
  const watchdog limit(20s);
  for (const std::size_t max_in_flight : {1u, 2u, 512u}) {
    for (const bool submitted : {false, true}) {
      asio::io_context context;
      limit_in_flight(context, max_in_flight);
      random_access_file file(context, pipe.path(), asiofile::file_base::read_write);
      random_access_file other(context, pipe.path(), asiofile::file_base::read_write);
      constexpr std::size_t count = 50;
      std::vector<std::array<char, 8>> buffers(count);
      std::array<char, 8> other_buffer{};
      std::vector<outcome> outcomes(count);
      outcome of_other;
      for (std::size_t i = 0; i != count; ++i)
        file.async_read_some_at(0, asio::buffer(buffers[i]), outcomes[i].handler());
      other.async_read_some_at(0, asio::buffer(other_buffer), of_other.handler());
      if (submitted) context.run_for(10ms);
      file.cancel();
      for (const auto& one : outcomes) BOOST_TEST(one.run == 0);  // not inside cancel
      context.restart();
      context.run_for(50ms);
      // An object's `cancel` affects only this object.
      BOOST_TEST(of_other.run == 0);
      BOOST_TEST(pipe.feed(2));
      context.run();
      std::size_t aborted = 0;
      for (const auto& one : outcomes) aborted += one.aborted() ? 1 : 0;
      BOOST_TEST(aborted == count);
      BOOST_TEST(of_other.succeeded(2));
      for (const auto& buffer : buffers) BOOST_TEST(all_are(buffer, '\0'));
      // The file is still open, and works.
      outcome later;
      file.async_read_some_at(0, asio::buffer(buffers[0]), later.handler());
      BOOST_TEST(pipe.feed(3));
      context.restart();
      context.run();
      BOOST_TEST(later.succeeded(3));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_cancelled_operation_that_was_waiting_has_no_effect) {
  const watchdog limit(20s);
  asio::io_context context;
  limit_in_flight(context, 1);
  // An open that waits for a FIFO's other end.
  random_access_file holds_the_place(context);
  random_access_file file(context, path, asiofile::file_base::read_write);
  const std::string unopened = make_fifo(directory.path("unopened"));
  std::optional<error_code> first;
  holds_the_place.async_open(unopened, asiofile::file_base::read_only,
                             [&](error_code ec) { first = ec; });
  context.run_for(10ms);

  constexpr std::size_t count = 10;
  const std::string written(100, 'w');
  std::vector<outcome> writes(count);
  std::vector<asio::cancellation_signal> signals(count);
  outcome resized;
  for (std::size_t i = 0; i != count; ++i) {
    file.async_write_some_at(i * 100, asio::buffer(written),
                             asio::bind_cancellation_slot(signals[i].slot(), writes[i].handler()));
  }
  file.async_resize(10, resized.handler());

  // The only place is taken: operations that are cancelled now have never begun.
  signals[4].emit(cancellation_type::total);
  signals[7].emit(cancellation_type::partial);
  context.run_for(20ms);
  BOOST_TEST(writes[4].aborted());
  BOOST_TEST(writes[7].aborted());
  BOOST_TEST(writes[0].run == 0);
  BOOST_TEST(!first.has_value());
  file.cancel();
  context.run_for(20ms);
  for (const outcome& write : writes) BOOST_TEST(write.aborted());
  BOOST_TEST(resized.aborted());
  BOOST_TEST(read_file(path) == pattern(1, 0, 64 * 1024));
  BOOST_TEST(!first.has_value());

  const int writer = ::open(unopened.c_str(), O_WRONLY | O_CLOEXEC);
  context.run();
  ::close(writer);
  BOOST_TEST((first == error_code()));
  BOOST_TEST(read_file(path) == pattern(1, 0, 64 * 1024));
}

BOOST_AUTO_TEST_CASE(the_handler_says_what_really_happened) {
  const watchdog limit(30s);
  constexpr std::size_t rounds = normally_or_sanitized(200, 40);
  constexpr std::size_t count = 16;
  constexpr std::size_t block = 1024;
  const std::string original = pattern(1, 0, count * block);
  const std::string written(block, 'w');
  asio::io_context context;
  random_access_file file(context, path, asiofile::file_base::read_write);
  std::size_t wrong = 0;
  for (std::size_t round = 0; round != rounds; ++round) {
    write_file(path, original);
    std::vector<outcome> outcomes(count);
    for (std::size_t i = 0; i != count; ++i)
      file.async_write_some_at(i * block, asio::buffer(written), outcomes[i].handler());
    context.restart();
    if (round % 4 == 1) context.poll_one();
    if (round % 4 == 2) context.poll();
    if (round % 4 == 3) context.run_one();
    file.cancel();
    context.run();
    const std::string content = read_file(path);
    for (std::size_t i = 0; i != count; ++i) {
      const std::span<const char> bytes(content.data() + i * block, block);
      const bool right = outcomes[i].aborted()
                             ? has_pattern(bytes, 1, i * block)
                             : outcomes[i].succeeded(block) && all_are(bytes, 'w');
      wrong += right ? 0 : 1;
    }
  }
  BOOST_TEST(wrong == 0u);
}

BOOST_AUTO_TEST_CASE(cancelling_what_is_over_is_harmless) {
  const watchdog limit(20s);
  asio::io_context context;
  random_access_file file(context, path, asiofile::file_base::read_only);
  file.cancel();  // nothing in flight
  std::array<std::array<char, 32>, 8> buffers{};
  for (int round = 0; round != 100; ++round) {
    std::array<outcome, 8> outcomes;
    std::array<asio::cancellation_signal, 8> signals;
    for (std::size_t i = 0; i != outcomes.size(); ++i) {
      file.async_read_some_at(
          i * 32, asio::buffer(buffers[i]),
          asio::bind_cancellation_slot(signals[i].slot(), outcomes[i].handler()));
    }
    context.restart();
    context.run();
    for (auto& signal : signals) signal.emit(cancellation_type::all);
    file.cancel();
    for (std::size_t i = 0; i != outcomes.size(); ++i) BOOST_TEST(outcomes[i].succeeded(32));
    // The next operation is not mistaken for one that was cancelled.
    outcome next;
    file.async_read_some_at(0, asio::buffer(buffers[0]), next.handler());
    for (auto& signal : signals) signal.emit(cancellation_type::all);
    context.restart();
    context.run();
    BOOST_TEST(next.succeeded(32));
  }
}

BOOST_AUTO_TEST_CASE(cancel_on_a_closed_file_is_an_error) {
  asio::io_context context;
  random_access_file file(context);
  error_code ec;
  file.cancel(ec);
  BOOST_TEST(ec == boost::system::errc::bad_file_descriptor);
  BOOST_CHECK_THROW(file.cancel(), boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(a_timer_beats_a_read_through_awaitable_operators) {
  const watchdog limit(20s);
  using namespace asio::experimental::awaitable_operators;
  asio::io_context context;
  bool done = false;
  const auto race = [&]() -> asio::awaitable<void> {
    random_access_file file(context, pipe.path(), asiofile::file_base::read_write);
    asio::steady_timer timer(context);
    for (int round = 0; round != 20; ++round) {
      std::array<char, 16> buffer{};
      timer.expires_after(1ms);
      auto timed_out =
          co_await (file.async_read_some_at(0, asio::buffer(buffer), asio::use_awaitable) ||
                    timer.async_wait(asio::use_awaitable));
      BOOST_TEST(timed_out.index() == 1u);
      BOOST_TEST(all_are(buffer, '\0'));

      BOOST_TEST(pipe.feed(6));
      timer.expires_after(1h);
      auto read = co_await (file.async_read_some_at(0, asio::buffer(buffer), asio::use_awaitable) ||
                            timer.async_wait(asio::use_awaitable));
      BOOST_TEST(read.index() == 0u);
      BOOST_TEST(std::get<0>(read) == 6u);
    }
    done = true;
  };
  asio::co_spawn(context, race(), [](std::exception_ptr failed) {
    if (failed) std::rethrow_exception(failed);
  });
  context.run();
  BOOST_TEST(done);
}

BOOST_AUTO_TEST_CASE(closing_is_not_cancelled) {
  const watchdog limit(10s);
  asio::io_context context;
  random_access_file file(context, path, asiofile::file_base::read_only);
  const int fd = file.native_handle();
  asio::cancellation_signal signal;
  outcome closed;
  file.async_close(asio::bind_cancellation_slot(signal.slot(), closed.handler()));
  signal.emit(cancellation_type::all);
  context.run();
  BOOST_TEST(closed.succeeded(0));
  BOOST_TEST(!is_open_descriptor(fd));
}

namespace {

// A file that is used, cancelled, closed and reopened at random, on a strand of its own.
class random_user : public std::enable_shared_from_this<random_user> {
 public:
  random_user(asio::io_context& context, std::string path, fifo* pipe, completion_counts& counts,
              std::size_t first_operation, std::size_t operation_count, unsigned seed)
      : strand_(asio::make_strand(context)),
        path_(std::move(path)),
        pipe_(pipe),
        counts_(counts),
        next_(first_operation),
        end_(first_operation + operation_count),
        random_(seed),
        file_(strand_, path_, asiofile::file_base::read_write) {}

  void start() {
    asio::post(strand_, [self = shared_from_this()] { self->steps(); });
  }

  [[nodiscard]] std::size_t wrong() const { return wrong_; }

 private:
  // A few steps, then others can use the thread.
  void steps() {
    for (int i = 0; i != 10 && next_ != end_; ++i) step();
    if (next_ != end_) start();
    else file_.close();
  }

  void step() {
    const auto dice = random_() % 100;
    if (dice < 60) {
      start_operation();
    } else if (dice < 80) {
      if (!signals_.empty()) {
        auto chosen = signals_.lower_bound(random_() % end_);
        if (chosen == signals_.end()) chosen = signals_.begin();
        chosen->second->emit(cancelling_types[random_() % cancelling_types.size()]);
      }
    } else if (dice < 83) {
      file_.cancel();
    } else if (dice < 85) {
      file_.close();
      file_.open(path_, asiofile::file_base::read_write);
    } else if (dice < 87) {
      file_.async_close([self = shared_from_this()](error_code ec) {
        if (ec) ++self->wrong_;
      });
      file_.open(path_, asiofile::file_base::read_write);
    } else if (pipe_ != nullptr) {
      pipe_->feed(1 + random_() % 20);
    }
  }

  void start_operation() {
    const std::size_t operation = next_++;
    auto signal = std::make_unique<asio::cancellation_signal>();
    const auto slot = signal->slot();
    signals_.emplace(operation, std::move(signal));
    // The memory ends with the handler: a sanitizer sees who touches it later.
    auto memory = std::make_unique<std::array<char, 64>>();
    const auto buffer = asio::buffer(*memory);
    auto handler = asio::bind_cancellation_slot(
        slot, [self = shared_from_this(), operation, memory = std::move(memory), slot](
                  error_code ec, std::size_t n) { self->completed(operation, ec, n, slot); });
    // Writes what is there already, so that reads can be checked: see `completed`.
    if (pipe_ == nullptr && random_() % 4 == 0) {
      fill_pattern({static_cast<char*>(buffer.data()), buffer.size()}, 1, 128);
      file_.async_write_some_at(128, buffer, std::move(handler));
    } else {
      file_.async_read_some_at(0, buffer, std::move(handler));
    }
  }

  void completed(std::size_t operation, error_code ec, std::size_t n,
                 asio::cancellation_slot slot) {
    counts_.record(operation);
    const bool aborted = ec == asio::error::operation_aborted && n == 0;
    const bool done = !ec && n >= 1 && n <= 64;
    if ((!aborted && !done) || slot.has_handler()) ++wrong_;
    signals_.erase(operation);
  }

  asio::strand<asio::io_context::executor_type> strand_;
  std::string path_;
  fifo* pipe_;
  completion_counts& counts_;
  std::size_t next_;
  std::size_t end_;
  std::mt19937 random_;
  random_access_file file_;
  std::map<std::size_t, std::unique_ptr<asio::cancellation_signal>> signals_;
  std::size_t wrong_ = 0;
};

constexpr unsigned seeds = normally_or_sanitized(5, 1);

void check_random_interleavings(const temporary_directory& directory, const std::string& path,
                                std::size_t max_in_flight, unsigned seed) {
  constexpr std::size_t users_of_each_kind = 4;
  constexpr std::size_t users = 2 * users_of_each_kind;
  constexpr std::size_t operations = normally_or_sanitized(20'000, 2'000);
  const std::size_t descriptors = open_descriptor_count();
  {
    std::vector<std::unique_ptr<fifo>> pipes;
    completion_counts counts(operations);
    asio::io_context context;
    limit_in_flight(context, max_in_flight);
    std::vector<std::shared_ptr<random_user>> all;
    for (std::size_t i = 0; i != users; ++i) {
      fifo* pipe = nullptr;
      if (i % 2 == 0) {
        pipes.push_back(std::make_unique<fifo>(
            directory.path("fifo " + std::to_string(seed) + ' ' + std::to_string(i))));
        pipe = pipes.back().get();
      }
      all.push_back(std::make_shared<random_user>(context, pipe ? pipe->path() : path, pipe, counts,
                                                  i * (operations / users), operations / users,
                                                  seed * 100 + static_cast<unsigned>(i)));
      all.back()->start();
    }
    running_threads(context, 2).join();
    BOOST_TEST(counts.each_once());
    for (const auto& user : all) BOOST_TEST(user->wrong() == 0u);
  }
  BOOST_TEST(open_descriptor_count() == descriptors);
}

}  // namespace

BOOST_AUTO_TEST_CASE(random_starts_cancels_and_closes_run_each_handler_exactly_once) {
  const watchdog limit(60s);
  for (unsigned seed = 1; seed <= seeds; ++seed)
    check_random_interleavings(directory, path, 512, seed);
}

BOOST_AUTO_TEST_CASE(random_starts_cancels_and_closes_run_each_handler_once_with_few_in_flight) {
  const watchdog limit(60s);
  for (unsigned seed = 1; seed <= seeds; ++seed)
    check_random_interleavings(directory, path, 3, 100 + seed);
}

BOOST_AUTO_TEST_SUITE_END()
