// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// What programs with Boost.Asio but without its files do: the call is posted to a thread pool, and
// its result back to the context.

#include "../worker/file_descriptor.hpp"
#include "../worker/run_context.hpp"
#include "../worker/slot_memory.hpp"
#include "blocking_transfer.hpp"
#include "factories.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace benchmark {

namespace {

namespace asio = boost::asio;

class thread_pool final : public contender {
 public:
  explicit thread_pool(const task& what)
      : durable_(what.durable),
        threads_(what.threads),
        file_(what),
        slots_(what),
        memories_(std::make_unique<slot_memory[]>(what.depth)),
        context_(static_cast<int>(what.threads)),
        pool_(what.pool_threads) {}

  ~thread_pool() override { pool_.join(); }

  void run(std::uint64_t operations) override {
    slots_.refill(operations);
    // While calls are in the pool the context knows of no work.
    work_.emplace(context_.get_executor());
    in_flight_ = slots_.size();
    for (std::size_t index = 0; index != slots_.size(); ++index)
      start_next(slots_[index], memories_[index]);
    run_context(context_, threads_);
  }

  void check_written() override { slots_.check_written(file_.get()); }

 private:
  struct allocating {
    using allocator_type = slot_allocator<void>;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type(*memory); }

    thread_pool* owner;
    slot* place;
    slot_memory* memory;
  };

  // Runs in the context.
  struct deliver : allocating {
    std::int64_t result;

    void operator()() const {
      this->place->check(result);
      this->owner->start_next(*this->place, *this->memory);
    }
  };

  // Runs in the pool.
  struct call : allocating {
    void operator()() const {
      const auto result =
          transfer_and_sync_blocking(this->owner->file_.get(), *this->place, this->owner->durable_);
      asio::post(this->owner->context_.get_executor(), deliver{*this, result});
    }
  };

  void start_next(slot& place, slot_memory& memory) {
    if (place.next()) asio::post(pool_.get_executor(), call{{this, &place, &memory}});
    else if (--in_flight_ == 0) work_.reset();
  }

  durability durable_;
  unsigned threads_;
  file_descriptor file_;
  slot_set slots_;
  std::unique_ptr<slot_memory[]> memories_;
  std::atomic<std::size_t> in_flight_ = 0;
  asio::io_context context_;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_;
  asio::thread_pool pool_;
};

}  // namespace

std::unique_ptr<contender> make_thread_pool(const task& what) {
  return std::make_unique<thread_pool>(what);
}

}  // namespace benchmark
