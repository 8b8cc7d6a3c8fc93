// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "plan.hpp"

#include "entrants.hpp"
#include "settings.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace benchmark {

namespace {

constexpr std::uint64_t kibibyte = 1024;
constexpr std::uint64_t mebibyte = 1024 * kibibyte;
constexpr std::uint64_t hot_bytes = 256 * kibibyte;
// Small enough that the warm-up makes all of it dirty: overwrites are measured, not first writes.
constexpr std::uint64_t buffered_write_bytes = 16 * mebibyte;

// If the processor does the work, more threads contend with each other; if a device does, they keep
// it busy. Of 1, 2 and 4, and of 4, 8, 16 and 32, the best for libuv and thread_pool at depth 32 on
// two processors (Linux 6.18, ext4); entrants.cpp has the exception.
constexpr unsigned pool_threads_for_cache = 2;
constexpr unsigned pool_threads_for_device = 16;

class planner {
 public:
  explicit planner(const settings& chosen) : chosen_(chosen) {
    made_.rounds = chosen.smoke ? 1 : chosen.quick ? 5 : 7;
    base_.warm_up_milliseconds = chosen.smoke ? 1 : chosen.quick ? 12 : 40;
    base_.milliseconds = chosen.smoke ? 1 : chosen.quick ? 32 : 120;
  }

  plan make() {
    plan_cached_reads();
    plan_threads();
    plan_buffered_writes();
    plan_durable_writes(false);
    plan_direct_transfers();
    plan_durable_writes(true);
    return std::move(made_);
  }

 private:
  void add(const std::string& workload, task what, tokens measured,
           data_kind data = data_kind::small_folios) {
    if (workload.find(chosen_.only) == std::string::npos) return;
    group& added = made_.groups.emplace_back();
    added.workload = workload;
    added.depth = what.depth;
    added.threads = what.threads;
    added.cache = what.direct ? cache_state::nothing_in_cache : cache_state::all_in_cache;
    added.data = data;
    added.entrants = entrants_for(what, measured);
    // The libaio engine gives all but direct transfers to the threads, which have rows of their
    // own.
    if (chosen_.quick && !what.direct)
      std::erase_if(added.entrants, [](const entrant& who) {
        return who.contender == "asiofile" && who.engine == "libaio";
      });
  }

  [[nodiscard]] task cached(std::uint64_t region_bytes, unsigned depth) const {
    task what = base_;
    what.region_bytes = region_bytes;
    what.depth = depth;
    what.pool_threads = pool_threads_for_cache;
    return what;
  }

  [[nodiscard]] task direct(unsigned depth) const {
    task what = cached(small_folios_bytes, depth);
    what.direct = true;
    what.pool_threads = pool_threads_for_device;
    return what;
  }

  void plan_cached_reads() {
    for (const unsigned depth : {1, 32, 128})
      add("hot_read_4k", cached(hot_bytes, depth),
          depth == 32 ? tokens::all : tokens::callback_and_coroutine);
    for (const unsigned depth : {1, 32, 128})
      add("cached_read_4k", cached(small_folios_bytes, depth), tokens::callback);
    for (const unsigned depth : {1, 32, 128}) {
      if (chosen_.quick && depth == 128) continue;
      task what = cached(small_folios_bytes, depth);
      what.block_bytes = mebibyte;
      what.sequential = true;
      add("sequential_read_1m", what, tokens::callback);
    }
  }

  void plan_threads() {
    using workload = std::pair<const char*, std::uint64_t>;
    for (const auto& [name, region_bytes] :
         {workload{"hot_read_4k", hot_bytes}, workload{"cached_read_4k", small_folios_bytes}}) {
      for (const unsigned depth : {32, 128}) {
        task what = cached(region_bytes, depth);
        what.threads = 2;
        add(name, what, tokens::callback_and_coroutine);
        what.context_per_thread = true;
        if (chosen_.quick && region_bytes != hot_bytes) continue;
        add(std::string(name) + "_context_per_thread", what, tokens::callback);
      }
    }
  }

  void plan_buffered_writes() {
    for (const unsigned depth : {1, 32, 128}) {
      task what = cached(buffered_write_bytes, depth);
      what.kind = transfer::write;
      add("buffered_write_4k", what, tokens::callback);
      if (depth == 1) continue;
      add("buffered_write_4k_large_folios", what, tokens::callback, data_kind::large_folios);
      if (chosen_.quick && depth == 128) continue;
      if (!chosen_.tmpfs_directory.empty())
        add("buffered_write_4k_tmpfs", what, tokens::callback, data_kind::on_tmpfs);
      if (!chosen_.xfs_directory.empty())
        add("buffered_write_4k_xfs", what, tokens::callback, data_kind::on_xfs);
    }
  }

  void plan_direct_transfers() {
    for (const unsigned depth : {1, 32, 128}) {
      task what = direct(depth);
      add("direct_read_4k", what, depth == 32 ? tokens::callback_and_coroutine : tokens::callback);
      what.kind = transfer::write;
      add("direct_write_4k", what, tokens::callback);
    }
    if (chosen_.quick) return;
    for (const unsigned depth : {1, 32}) {
      task what = direct(depth);
      what.block_bytes = mebibyte;
      what.sequential = true;
      add("sequential_direct_read_1m", what, tokens::callback);
    }
  }

  void plan_durable_writes(bool is_direct) {
    for (const unsigned depth : {1, 32, 128}) {
      if (chosen_.quick && depth == 128) continue;
      task what = direct(depth);
      what.direct = is_direct;
      what.kind = transfer::write;
      what.durable = durability::fdatasync;
      // Durable buffered writes behave like direct ones: the device's time counts.
      add(is_direct ? "durable_direct_write_4k" : "durable_buffered_write_4k", what,
          tokens::callback);
    }
  }

  const settings& chosen_;
  task base_;
  plan made_;
};

}  // namespace

plan make_plan(const settings& chosen) { return planner(chosen).make(); }

}  // namespace benchmark
