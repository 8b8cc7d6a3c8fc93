// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// asiofile with coroutines: one for each operation in flight, in a loop.

#include "../worker/run_context.hpp"
#include "asiofile_setup.hpp"
#include "factories.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <exception>

namespace benchmark {

namespace {

namespace asio = boost::asio;

template <typename Executor>
class asiofile_coroutine final : public contender {
 public:
  explicit asiofile_coroutine(const task& what)
      : threads_(what.threads), durable_(what.durable), setup_(what), slots_(what) {}

  void run(std::uint64_t operations) override {
    slots_.refill(operations);
    const Executor executor = setup_.context().get_executor();
    for (slot& each : slots_) {
      asio::co_spawn(executor, transfer_all(each), [](const std::exception_ptr& thrown) {
        // Leaves run(), and ends the program in main.
        if (thrown) std::rethrow_exception(thrown);
      });
    }
    run_context(setup_.context(), threads_);
  }

  void check_written() override { slots_.check_written(setup_.file().native_handle()); }

 private:
  using file_type = typename asiofile_setup<Executor>::file_type;
  static constexpr asio::use_awaitable_t<Executor> use_awaitable{};

  asio::awaitable<void, Executor> transfer_all(slot& place) {
    auto& file = setup_.file();
    const asio::mutable_buffer buffer(place.buffer(), place.size());
    while (place.next()) {
      std::size_t bytes = 0;
      if (!place.is_write()) {
        bytes = co_await file.async_read_some_at(place.offset(), buffer, use_awaitable);
      } else if (durable_ == durability::fdatasync) {
        const asiofile::write_and_sync_result result =
            co_await file.async_write_and_sync_data_at(place.offset(), buffer, use_awaitable);
        bytes = result.bytes_transferred;
      } else {
        bytes = co_await file.async_write_some_at(place.offset(), buffer, use_awaitable);
      }
      place.check(static_cast<std::int64_t>(bytes));
    }
  }

  unsigned threads_;
  durability durable_;
  asiofile_setup<Executor> setup_;
  slot_set slots_;
};

}  // namespace

std::unique_ptr<contender> make_asiofile_coroutine(const task& what) {
  if (what.token == "coroutine_any_io_executor")
    return std::make_unique<asiofile_coroutine<asio::any_io_executor>>(what);
  return std::make_unique<asiofile_coroutine<asio::io_context::executor_type>>(what);
}

}  // namespace benchmark
