// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "plan.hpp"

#include <string>
#include <utility>

namespace benchmark::storage {

namespace {

constexpr const char* worker = "asiofile-benchmark-storage-worker";
constexpr std::size_t record_bytes = 128;

class planner {
 public:
  explicit planner(const settings& chosen) : chosen_(chosen) {
    made_.rounds = chosen.smoke ? 1 : chosen.quick ? 7 : 15;
    base_.kind = transfer::write;
    base_.pool_threads = 4;  // libuv's default
    base_.region_bytes = other_file_bytes;
    base_.warm_up_milliseconds = chosen.smoke ? 1 : 50;
    base_.milliseconds = chosen.smoke ? 1 : chosen.quick ? 250 : 500;
  }

  plan make() {
    for (const unsigned appenders : {many_appenders, 1U}) {
      plan_log(log_in_place, appenders, data_kind::few_small_folios);
      plan_log(log_growing, appenders, data_kind::empty);
    }
    for (const unsigned depth : {1U, 32U}) {
      plan_durable_writes(durable_direct, true, depth, data_kind::few_small_folios);
      plan_durable_writes(durable_buffered, false, depth, data_kind::few_small_folios);
    }
    if (!chosen_.xfs_directory.empty()) {
      plan_durable_writes(durable_direct_xfs, true, 1, data_kind::on_xfs);
      plan_durable_writes(durable_buffered_xfs, false, 1, data_kind::on_xfs);
    }
    return std::move(made_);
  }

 private:
  // Null if the workload was not requested.
  group* add(const char* workload, unsigned depth, cache_state cache, data_kind data) {
    if (std::string(workload).find(chosen_.only) == std::string::npos) return nullptr;
    group& added = made_.groups.emplace_back();
    added.workload = workload;
    added.depth = depth;
    added.cache = cache;
    added.data = data;
    return &added;
  }

  static entrant& add(group& to, const task& what, const char* name, const char* contender,
                      const char* engine, const char* token) {
    entrant& added = to.entrants.emplace_back();
    added.contender = name;
    added.engine = engine;
    added.token = token;
    added.program = worker;
    added.what = what;
    added.what.contender = contender;
    added.what.engine = engine;
    added.what.token = token;
    added.what.depth = to.depth;
    return added;
  }

  // libaio does not run buffered operations.
  void plan_log(const char* workload, unsigned appenders, data_kind data) {
    group* const made = add(workload, appenders, cache_state::all_in_cache, data);
    if (made == nullptr) return;
    task what = base_;
    what.block_bytes = record_bytes;
    for (const char* const engine : {"io_uring", "threads"})
      add(*made, what, "asiofile_append_log", "append_log", engine, "coroutine");
    if (appenders != 1) {
      for (const char* const engine : {"io_uring", "threads"})
        add(*made, what, "asiofile_chains", "chains", engine, "coroutine");
    }
    add(*made, what, "pwritev2_fdatasync_loop", "batch_loop", "blocking", "");
  }

  // With many at a time, only asiofile's two ways: the main benchmark has the others.
  void plan_durable_writes(const char* workload, bool is_direct, unsigned depth, data_kind data) {
    const cache_state cache = is_direct ? cache_state::nothing_in_cache : cache_state::all_in_cache;
    group* const made = add(workload, depth, cache, data);
    if (made == nullptr) return;
    task what = base_;
    what.direct = is_direct;
    what.durable = durability::rwf_dsync;
    for (const char* const engine : {"io_uring", "threads"})
      add(*made, what, "asiofile", "asiofile", engine, "callback");
    if (is_direct) add(*made, what, "asiofile", "asiofile", "libaio", "callback");
    what.durable = durability::fdatasync;
    for (const char* const engine : {"io_uring", "threads"})
      add(*made, what, "asiofile_chain", "asiofile", engine, "callback");
    if (depth != 1) return;
    what.durable = durability::rwf_dsync;
    add(*made, what, "pwritev2_dsync_loop", "blocking", "blocking", "");
    what.durable = durability::dsync;
    add(*made, what, "libuv_dsync", "libuv", "threads", "callback");
    add(*made, what, "boost_asio", "boost_asio", "io_uring_beside_epoll", "callback").program =
        "asiofile-benchmark-storage-boost-beside";
    add(*made, what, "boost_asio", "boost_asio", "io_uring_only", "callback").program =
        "asiofile-benchmark-storage-boost-only";
  }

  const settings& chosen_;
  task base_;
  plan made_;
};

}  // namespace

plan make_plan(const settings& chosen) { return planner(chosen).make(); }

}  // namespace benchmark::storage
