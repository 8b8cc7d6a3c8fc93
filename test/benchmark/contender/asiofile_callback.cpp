// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// asiofile with callbacks: a small handler that starts the next operation, in memory of its own.

#include "../worker/run_context.hpp"
#include "../worker/slot_memory.hpp"
#include "asiofile_setup.hpp"
#include "factories.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace benchmark {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

template <typename Executor>
class asiofile_callback final : public contender {
 public:
  explicit asiofile_callback(const task& what)
      : threads_(what.threads),
        durable_(what.durable),
        setup_(what),
        slots_(what),
        memories_(std::make_unique<slot_memory[]>(what.depth)) {}

  void run(std::uint64_t operations) override {
    slots_.refill(operations);
    for (std::size_t index = 0; index != slots_.size(); ++index)
      start_next({this, &slots_[index], &memories_[index]});
    run_context(setup_.context(), threads_);
  }

  void check_written() override { slots_.check_written(setup_.file().native_handle()); }

 private:
  struct in_flight {
    using allocator_type = slot_allocator<void>;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type(*memory); }

    asiofile_callback* owner;
    slot* place;
    slot_memory* memory;
  };

  struct after_transfer : in_flight {
    void operator()(error_code ec, std::size_t bytes) const {
      this->place->check(ec ? -ec.value() : static_cast<std::int64_t>(bytes));
      this->owner->start_next(*this);
    }
  };

  struct after_durable_write : in_flight {
    void operator()(error_code ec, const asiofile::write_and_sync_result& result) const {
      this->place->check(ec ? -ec.value() : static_cast<std::int64_t>(result.bytes_transferred));
      this->owner->start_next(*this);
    }
  };

  void start_next(in_flight next) {
    slot& place = *next.place;
    if (!place.next()) return;
    auto& file = setup_.file();
    const asio::mutable_buffer buffer(place.buffer(), place.size());
    if (!place.is_write()) file.async_read_some_at(place.offset(), buffer, after_transfer{next});
    else if (durable_ == durability::fdatasync)
      file.async_write_and_sync_data_at(place.offset(), buffer, after_durable_write{next});
    else if (durable_ == durability::rwf_dsync)
      file.async_write_some_at(place.offset(), buffer, asiofile::write_flags::durable,
                               after_transfer{next});
    else file.async_write_some_at(place.offset(), buffer, after_transfer{next});
  }

  unsigned threads_;
  durability durable_;
  asiofile_setup<Executor> setup_;
  slot_set slots_;
  std::unique_ptr<slot_memory[]> memories_;
};

}  // namespace

std::unique_ptr<contender> make_asiofile_callback(const task& what) {
  if (what.token == "callback_any_io_executor")
    return std::make_unique<asiofile_callback<asio::any_io_executor>>(what);
  return std::make_unique<asiofile_callback<asio::io_context::executor_type>>(what);
}

}  // namespace benchmark
