// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A million operations, each of which completes while it is being cancelled, has been, or is going
// to be: by its slot and by its file, from its strand and from another thread, alone and in
// batches. Each handler runs exactly once with the actual result.

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
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace std::chrono_literals;
using namespace test_support;

namespace {

constexpr std::size_t interleavings = normally_or_sanitized(1'000'000, 40'000);
constexpr std::size_t batch = 32;
constexpr std::size_t transferred = 64;
constexpr std::uint32_t file_number = 4;

// All lanes together.
struct totals {
  std::atomic<std::size_t> left;
  std::atomic<std::size_t> done = 0;
  std::atomic<std::size_t> aborted = 0;
  std::atomic<std::size_t> wrong = 0;
};

thread_local const void* initiated_here = nullptr;

// When the operations of a batch are cancelled, and how.
enum class cancelling { at_once, by_posts, when_one_is_over, of_the_file, from_elsewhere, count };

// One file object, used on a strand: batch after batch of operations that are cancelled in one way.
class lane : public std::enable_shared_from_this<lane> {
 public:
  lane(asio::io_context& context, const std::string& path, bool is_fifo, totals& all, unsigned seed)
      : strand_(asio::make_strand(context)),
        file_(context, path, asiofile::file_base::read_write),
        is_fifo_(is_fifo),
        totals_(all),
        random_(seed) {
    for (auto& each : memory_) fill_pattern(each, file_number, 0);
  }

  void start() {
    asio::post(strand_, [self = shared_from_this()] { self->begin_batch(); });
  }

  // From any thread.
  void cancel_file() {
    error_code ignored;
    file_.cancel(ignored);
  }

  [[nodiscard]] bool is_over() const noexcept { return is_over_; }

 private:
  struct handler {
    std::shared_ptr<lane> self;
    std::size_t index;
    void operator()(error_code ec, std::size_t n) const { self->completed(index, ec, n); }
  };

  void begin_batch() {
    std::size_t left = totals_.left;
    while (left >= batch && !totals_.left.compare_exchange_weak(left, left - batch)) continue;
    is_over_ = left < batch;
    if (is_over_) return;
    how_ = static_cast<cancelling>(random_() % static_cast<unsigned>(cancelling::count));
    // A FIFO that is not fed must be cancelled.
    if (is_fifo_ && how_ != cancelling::at_once) how_ = cancelling::of_the_file;
    remaining_ = batch;
    counts_.fill(0);
    for (std::size_t i = 0; i != batch; ++i) start_operation(i);
    if (how_ == cancelling::of_the_file) cancel_some_way_through();
  }

  void start_operation(std::size_t i) {
    auto token = asio::bind_executor(
        strand_, asio::bind_cancellation_slot(signals_[i].slot(), handler{shared_from_this(), i}));
    initiated_here = this;
    const unsigned dice = random_() % 8;
    if (is_fifo_ || dice < 5)
      file_.async_read_some_at(0, asio::buffer(memory_[i]), std::move(token));
    else if (dice < 7)
      file_.async_write_some_at(0, asio::buffer(memory_[i]), std::move(token));
    else
      file_.async_size(std::move(token));
    initiated_here = nullptr;
    if (how_ == cancelling::at_once && (is_fifo_ || random_() % 2 == 0)) emit(i);
    if (how_ == cancelling::by_posts) emit_after(i, random_() % 4);
  }

  // Before anything has completed, or somewhere in the middle of it.
  void cancel_some_way_through() {
    if (random_() % 2 == 0) return cancel_file();
    asio::post(strand_, [self = shared_from_this()] { self->cancel_file(); });
  }

  void emit(std::size_t i) {
    constexpr std::array types{asio::cancellation_type::terminal, asio::cancellation_type::partial,
                               asio::cancellation_type::total};
    signals_[i].emit(types[random_() % types.size()]);
  }

  // It may find the operation in flight or completed, or one of a later batch in the same slot.
  void emit_after(std::size_t i, unsigned hops) {
    if (hops == 0) return emit(i);
    asio::post(strand_, [self = shared_from_this(), i, hops] { self->emit_after(i, hops - 1); });
  }

  void completed(std::size_t i, error_code ec, std::size_t n) {
    const bool is_aborted = ec == asio::error::operation_aborted && n == 0;
    const bool is_done = !ec && n == transferred && has_pattern(memory_[i], file_number, 0);
    if (initiated_here == this || ++counts_[i] != 1 || (!is_aborted && !is_done) ||
        signals_[i].slot().has_handler())
      ++totals_.wrong;
    ++(is_aborted ? totals_.aborted : totals_.done);
    if (how_ == cancelling::when_one_is_over) {
      // One that has completed, and one that perhaps has not.
      emit(i);
      emit((i + 7) % batch);
    }
    if (--remaining_ == 0) start();
  }

  asio::strand<asio::io_context::executor_type> strand_;
  random_access_file file_;
  bool is_fifo_;
  totals& totals_;
  std::mt19937 random_;
  cancelling how_ = cancelling::at_once;
  std::array<asio::cancellation_signal, batch> signals_;
  std::array<std::array<char, transferred>, batch> memory_{};
  std::array<unsigned, batch> counts_{};
  std::size_t remaining_ = 0;
  std::atomic<bool> is_over_ = false;
};

// Cancels the files of all lanes from an unrelated thread.
void cancel_from_elsewhere(const std::vector<std::shared_ptr<lane>>& lanes) {
  std::mt19937 random(1);
  for (;;) {
    bool is_over = true;
    for (const auto& each : lanes) is_over = is_over && each->is_over();
    if (is_over) return;
    lanes[random() % lanes.size()]->cancel_file();
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 300));
  }
}

void check_interleavings(std::size_t max_in_flight, std::size_t threads, std::size_t share) {
  const temporary_directory directory;
  // Exactly what an operation transfers: the size is checked as if it were a count.
  const std::string path = make_pattern_file(directory.path("data"), file_number, transferred);
  const std::size_t descriptors = open_descriptor_count();
  totals all{share};
  {
    fifo pipe(directory.path("fifo"));
    asio::io_context context;
    limit_in_flight(context, max_in_flight);
    std::vector<std::shared_ptr<lane>> lanes;
    for (unsigned i = 0; i != 8; ++i)
      lanes.push_back(std::make_shared<lane>(context, path, false, all, i));
    lanes.push_back(std::make_shared<lane>(context, pipe.path(), true, all, 100));
    for (const auto& each : lanes) each->start();
    std::thread elsewhere(cancel_from_elsewhere, lanes);
    running_threads(context, threads).join();
    elsewhere.join();
  }
  BOOST_TEST(all.wrong == 0u);
  BOOST_TEST(all.done + all.aborted == share - all.left);
  BOOST_TEST(all.done > share / 100);
  BOOST_TEST(all.aborted > share / 100);
  BOOST_TEST(open_descriptor_count() == descriptors);
  BOOST_TEST_MESSAGE(all.done + all.aborted << " interleavings with at most " << max_in_flight
                                            << " in flight on " << threads << " threads: "
                                            << all.aborted << " aborted");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cancel_and_complete)

BOOST_AUTO_TEST_CASE(each_handler_runs_once_whatever_comes_first) {
  const watchdog limit(120s);
  check_interleavings(512, 2, interleavings * 6 / 10);
}

BOOST_AUTO_TEST_CASE(each_handler_runs_once_on_one_thread) {
  const watchdog limit(60s);
  check_interleavings(512, 1, interleavings * 2 / 10);
}

BOOST_AUTO_TEST_CASE(each_handler_runs_once_where_most_operations_wait_for_a_place) {
  const watchdog limit(60s);
  check_interleavings(3, 2, interleavings * 2 / 10);
}

BOOST_AUTO_TEST_SUITE_END()
