// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// What file operations do to the rest of a program: a timer every millisecond and an echo
// connection on a context that is flooded with completions of asiofile. Takes a task as the other
// workers do, and prints the 99th percentiles of both delays as one line of JSON.

#include "../contender/asiofile_setup.hpp"
#include "../worker/fail.hpp"
#include "../worker/slot.hpp"
#include "../worker/slot_memory.hpp"
#include "../worker/task.hpp"
#include "echo_client.hpp"
#include "echo_server.hpp"
#include "late_timer.hpp"
#include "percentile.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <limits>
#include <memory>

namespace benchmark {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Reads, as many at a time as the task's depth, until it is stopped.
class flood {
 public:
  explicit flood(const task& what)
      : setup_(what), slots_(what), memories_(std::make_unique<slot_memory[]>(what.depth)) {
    slots_.refill(std::numeric_limits<std::uint64_t>::max() / 2);
  }

  [[nodiscard]] asio::io_context& context() noexcept { return setup_.context(); }

  void start() {
    for (std::size_t index = 0; index != slots_.size(); ++index)
      read_next(slots_[index], memories_[index]);
  }

  void stop() noexcept { is_stopped_ = true; }

 private:
  struct handler {
    using allocator_type = slot_allocator<void>;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type(*memory); }

    void operator()(error_code ec, std::size_t bytes) const {
      place->check(ec ? -ec.value() : static_cast<std::int64_t>(bytes));
      owner->read_next(*place, *memory);
    }

    flood* owner;
    slot* place;
    slot_memory* memory;
  };

  void read_next(slot& place, slot_memory& memory) {
    if (is_stopped_ || !place.next()) return;
    setup_.file().async_read_some_at(place.offset(), asio::buffer(place.buffer(), place.size()),
                                     handler{this, &place, &memory});
  }

  asiofile_setup<asio::io_context::executor_type> setup_;
  slot_set slots_;
  std::unique_ptr<slot_memory[]> memories_;
  bool is_stopped_ = false;
};

void work(const task& what) {
  flood reads(what);
  late_timer timer(reads.context());
  echo_server server(reads.context());
  echo_client client(server.port());

  asio::steady_timer end(reads.context(), std::chrono::milliseconds(what.milliseconds));
  end.async_wait([&](error_code) {
    reads.stop();
    timer.stop();
    client.stop();
  });
  reads.start();
  reads.context().run();
  std::printf("{\"timer_milliseconds\":%.3f,\"echo_milliseconds\":%.3f}\n",
              percentile_99(timer.delays()), percentile_99(client.take_delays()));
}

}  // namespace

}  // namespace benchmark

int main(int argc, char** argv) {
  const benchmark::task what = benchmark::parse_arguments(argc, argv);
  benchmark::set_name_for_failures("delay " + what.engine);
  try {
    benchmark::work(what);
  } catch (const std::exception& error) {
    benchmark::fail(error.what());
  }
  return 0;
}
