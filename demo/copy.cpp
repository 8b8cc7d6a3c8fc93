// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "copy.hpp"

#include "interruption.hpp"
#include "progress.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/redirect_error.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace demo {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

asiofile::service_options options_for(const copy_plan& plan) {
  asiofile::service_options options;
  options.backend = plan.engine;
  options.max_in_flight = plan.depth;
  return options;
}

// A completion condition that asks for everything missing in one operation; asio::transfer_all, the
// default, asks for 64 KiB at a time.
struct transfer_block {
  std::size_t bytes;
  std::size_t operator()(const error_code& ec, std::size_t n) const { return ec ? 0 : bytes - n; }
};

class file_copier {
 public:
  file_copier(const copy_plan& plan, temporary_file& target)
      : plan_(plan),
        target_file_(target),
        service_(asio::make_service<asiofile::file_service>(context_, options_for(plan))),
        source_(context_),
        target_(context_) {}

  copy_result run() {
    run_to_end(1, &file_copier::open);
    check_engine();
    progress_.emplace(std::string(asiofile::to_string(plan_.engine)), size_);

    const double cpu_before = cpu_seconds();
    const auto start = std::chrono::steady_clock::now();
    const std::uint64_t blocks = size_ / plan_.block_bytes + (size_ % plan_.block_bytes != 0);
    run_to_end(std::min<std::uint64_t>(plan_.depth, blocks), &file_copier::copy_blocks);
    run_to_end(1, &file_copier::sync);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    result_.cpu_seconds = cpu_seconds() - cpu_before;
    result_.seconds = elapsed.count();

    run_to_end(1, &file_copier::close);
    result_.bytes = size_;
    return result_;
  }

 private:
  using step = asio::awaitable<void> (file_copier::*)();

  // Runs `count` coroutines at a time until the last one has ended.
  void run_to_end(std::uint64_t count, step coroutine) {
    for (std::uint64_t slot = 0; slot != count; ++slot) {
      asio::co_spawn(context_, (this->*coroutine)(), [this](std::exception_ptr error) {
        if (error && !failure_) failure_ = error;
      });
    }
    context_.restart();
    context_.run();
    if (failure_) std::rethrow_exception(failure_);
  }

  asio::awaitable<void> open() {
    using asiofile::file_base;
    error_code ec;
    co_await source_.async_open(plan_.source.string(), file_base::read_only,
                                asio::redirect_error(asio::use_awaitable, ec));
    check(ec, "open", plan_.source);
    co_await target_.async_open(target_file_.path().string(),
                                file_base::write_only | file_base::create | file_base::exclusive,
                                asio::redirect_error(asio::use_awaitable, ec));
    check(ec, "create", target_file_.path());
    target_file_.made();
    size_ = co_await source_.async_size(asio::redirect_error(asio::use_awaitable, ec));
    check(ec, "size of", plan_.source);
  }

  void check_engine() {
    if (service_.active_backend() == plan_.engine) return;
    throw std::runtime_error(
        "another engine ran: " + std::string(asiofile::to_string(service_.active_backend())) +
        "\n" + service_.why());
  }

  // One slot of the pipeline: has one operation in flight, a read or the write of what was read.
  asio::awaitable<void> copy_blocks() {
    std::vector<char> memory(std::min<std::uint64_t>(plan_.block_bytes, size_));
    while (next_offset_ != size_ && !failure_) {
      throw_if_interrupted();
      const std::uint64_t offset = next_offset_;
      const std::size_t bytes = std::min<std::uint64_t>(memory.size(), size_ - offset);
      next_offset_ += bytes;
      const auto block = asio::buffer(memory, bytes);

      error_code ec;
      begin_operation();
      std::size_t n = co_await asio::async_read_at(source_, offset, block, transfer_block{bytes},
                                                   asio::redirect_error(asio::use_awaitable, ec));
      end_operation();
      check(ec, "read", plan_.source, n == bytes);

      begin_operation();
      n = co_await asio::async_write_at(target_, offset, block, transfer_block{bytes},
                                        asio::redirect_error(asio::use_awaitable, ec));
      end_operation();
      check(ec, "write", target_file_.path(), n == bytes);
      progress_->advance(bytes);
    }
  }

  asio::awaitable<void> sync() {
    error_code ec;
    begin_operation();
    co_await target_.async_sync_data(asio::redirect_error(asio::use_awaitable, ec));
    end_operation();
    check(ec, "sync_data", target_file_.path());
  }

  asio::awaitable<void> close() {
    error_code ec;
    co_await target_.async_close(asio::redirect_error(asio::use_awaitable, ec));
    check(ec, "close", target_file_.path());
    co_await source_.async_close(asio::redirect_error(asio::use_awaitable, ec));
    check(ec, "close", plan_.source);
  }

  void begin_operation() { result_.in_flight_max = std::max(result_.in_flight_max, ++in_flight_); }

  void end_operation() {
    --in_flight_;
    ++result_.operations;
  }

  static void check(const error_code& ec, const char* call, const std::filesystem::path& path,
                    bool complete = true) {
    if (!ec && complete) return;
    const std::string problem = !ec                      ? "stopped short"
                                : ec == asio::error::eof ? "the file became shorter"
                                                         : ec.message();
    throw std::runtime_error(std::string(call) + " " + path.string() + ": " + problem);
  }

  copy_plan plan_;
  temporary_file& target_file_;
  asio::io_context context_;
  asiofile::file_service& service_;  // Before the files: they would make one without options.
  asiofile::random_access_file source_;
  asiofile::random_access_file target_;
  std::optional<progress_bar> progress_;
  std::exception_ptr failure_;
  std::uint64_t size_ = 0;
  std::uint64_t next_offset_ = 0;
  std::size_t in_flight_ = 0;
  copy_result result_;
};

}  // namespace

copy_result copy_file(const copy_plan& plan, temporary_file& target) {
  return file_copier(plan, target).run();
}

}  // namespace demo
