// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "entrants.hpp"

#include <string>
#include <utility>

namespace benchmark {

namespace {

constexpr const char* main_worker = "asiofile-benchmark-main-worker";

class list {
 public:
  explicit list(const task& what) : what_(what) {}

  // `name` is for the reports, `contender` for the worker.
  entrant& add(std::string name, std::string contender, std::string engine,
               std::string token = "") {
    entrant& added = entrants_.emplace_back();
    added.contender = std::move(name);
    added.engine = engine;
    added.token = token;
    added.program = main_worker;
    added.what = what_;
    added.what.contender = std::move(contender);
    added.what.engine = std::move(engine);
    added.what.token = std::move(token);
    return added;
  }

  // A contender that can make a write durable in two ways: by a sync after it, and by itself.
  void add_both_durable(const std::string& contender, const std::string& engine,
                        const std::string& token = "") {
    if (what_.durable == durability::none) {
      add(contender, contender, engine, token);
      return;
    }
    add(contender + "_fdatasync", contender, engine, token);
    add_dsync(contender, engine, token);
  }

  // Buffered writes are the case where libuv was faster with 4 threads, its default, than with 2.
  void add_libuv() {
    const unsigned pool_threads = what_.pool_threads;
    const bool is_buffered_write =
        what_.kind == transfer::write && what_.durable == durability::none && !what_.direct;
    if (is_buffered_write) what_.pool_threads = 4;
    add_both_durable("libuv", "threads", "callback");
    what_.pool_threads = pool_threads;
  }

  void add_dsync(const std::string& contender, const std::string& engine,
                 const std::string& token = "") {
    add(contender + "_dsync", contender, engine, token).what.durable = durability::dsync;
  }

  [[nodiscard]] std::vector<entrant> take() { return std::move(entrants_); }

 private:
  task what_;
  std::vector<entrant> entrants_;
};

const char* name_of_loop(const task& what) {
  if (what.kind == transfer::read) return "pread_loop";
  return what.durable == durability::none ? "pwrite_loop" : "pwrite_fdatasync_loop";
}

void add_boost_asio(list& entrants, const task& what, bool file_per_operation) {
  using mode = std::pair<const char*, const char*>;
  for (const auto& [engine, program] :
       {mode{"io_uring_beside_epoll", "asiofile-benchmark-boost-beside"},
        mode{"io_uring_only", "asiofile-benchmark-boost-only"}}) {
    const char* const name = file_per_operation ? "boost_asio_file_per_operation" : "boost_asio";
    entrant& added = entrants.add(name, "boost_asio", engine, "callback");
    added.program = program;
    added.what.file_per_operation = file_per_operation;
    if (what.durable != durability::none) added.what.durable = durability::dsync;
  }
}

void add_asiofile(list& entrants, const task& what, tokens measured) {
  for (const char* const engine : {"io_uring", "threads", "libaio"}) {
    entrants.add("asiofile", "asiofile", engine, "callback");
    // libaio is for O_DIRECT; without that it is the threads under another name.
    const bool is_itself = engine != std::string("libaio") || what.direct;
    if (measured == tokens::callback || !is_itself) continue;
    entrants.add("asiofile", "asiofile", engine, "coroutine");
    if (measured != tokens::all) continue;
    entrants.add("asiofile", "asiofile", engine, "callback_any_io_executor");
    entrants.add("asiofile", "asiofile", engine, "coroutine_any_io_executor");
  }
}

}  // namespace

std::vector<entrant> entrants_for(const task& what, tokens measured) {
  list entrants(what);
  const bool is_durable = what.durable != durability::none;
  const bool one_context_for_all = what.threads == 1 || what.context_per_thread;

  // Those without a context of their own that threads could share.
  if (one_context_for_all) {
    if (what.depth == 1) entrants.add(name_of_loop(what), "blocking", "blocking");
    entrants.add_both_durable("liburing", "io_uring");
    if (is_durable) entrants.add_dsync("libaio", "libaio");
    else entrants.add("libaio", "libaio", "libaio");
    entrants.add_libuv();
    add_boost_asio(entrants, what, false);
  }
  if (what.depth > 1) add_boost_asio(entrants, what, true);
  entrants.add_both_durable("thread_pool", "threads", "callback");
  add_asiofile(entrants, what, measured);
  return entrants.take();
}

}  // namespace benchmark
