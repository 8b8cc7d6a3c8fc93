// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Boost.Asio's own random_access_file. Compiled into two programs, with its two ways of using
// io_uring: beside epoll, and as its only reactor.

#include "../worker/contender.hpp"
#include "../worker/file_descriptor.hpp"
#include "../worker/run_context.hpp"
#include "../worker/slot.hpp"
#include "../worker/slot_memory.hpp"

#include <boost/asio/basic_random_access_file.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace benchmark {

namespace {

namespace asio = boost::asio;

class boost_asio final : public contender {
 public:
  explicit boost_asio(const task& what)
      : threads_(what.threads),
        file_(what),
        slots_(what),
        memories_(std::make_unique<slot_memory[]>(what.depth)),
        context_(static_cast<int>(what.threads)) {
    // It can sync in the calling thread only; asynchronously, writes make themselves durable.
    if (what.durable == durability::fdatasync) fail("Boost.Asio cannot sync asynchronously");
    // Its files are not thread-safe, and a strand would cost more.
    if (what.threads > 1 && !what.file_per_operation) fail("one file for several threads");
    const std::size_t files = what.file_per_operation ? what.depth : 1;
    for (std::size_t index = 0; index != files; ++index)
      files_.emplace_back(context_, file_descriptor(what).release());
  }

  void run(std::uint64_t operations) override {
    slots_.refill(operations);
    for (std::size_t index = 0; index != slots_.size(); ++index)
      start_next({&files_[index % files_.size()], &slots_[index], &memories_[index]});
    run_context(context_, threads_);
  }

  void check_written() override { slots_.check_written(file_.get()); }

 private:
  using file_type = asio::basic_random_access_file<asio::io_context::executor_type>;

  struct handler {
    using allocator_type = slot_allocator<void>;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type(*memory); }

    void operator()(boost::system::error_code ec, std::size_t bytes) const {
      place->check(ec ? -ec.value() : static_cast<std::int64_t>(bytes));
      start_next(*this);
    }

    file_type* file;
    slot* place;
    slot_memory* memory;
  };

  static void start_next(handler next) {
    slot& place = *next.place;
    if (!place.next()) return;
    const asio::mutable_buffer buffer(place.buffer(), place.size());
    if (place.is_write()) next.file->async_write_some_at(place.offset(), buffer, next);
    else next.file->async_read_some_at(place.offset(), buffer, next);
  }

  unsigned threads_;
  // For checks only.
  file_descriptor file_;
  slot_set slots_;
  std::unique_ptr<slot_memory[]> memories_;
  asio::io_context context_;
  std::vector<file_type> files_;
};

}  // namespace

std::unique_ptr<contender> make_contender(const task& what) {
  if (what.contender != "boost_asio") return nullptr;
  return std::make_unique<boost_asio>(what);
}

}  // namespace benchmark
