// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "targets.hpp"

#include "results.hpp"
#include "target_row.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace benchmark {

namespace {

using measured = std::optional<double>;

measured operations(const entrant* who) {
  if (who == nullptr || who->samples.empty()) return std::nullopt;
  return median_of(*who).operations_per_second;
}

measured cpu(const entrant* who) {
  if (who == nullptr || who->samples.empty()) return std::nullopt;
  return median_of(*who).cpu_nanoseconds_per_operation;
}

measured divide(measured dividend, measured divisor) {
  if (!dividend || !divisor) return std::nullopt;
  return *dividend / *divisor;
}

// The most operations per second of those whose names begin with one of these.
measured best_of(const group& where, std::initializer_list<std::string_view> names) {
  measured best;
  for (const entrant& who : where.entrants) {
    const bool is_meant = std::any_of(names.begin(), names.end(), [&](std::string_view name) {
      return who.contender.starts_with(name);
    });
    if (is_meant && !who.samples.empty()) best = std::max(best.value_or(0), *operations(&who));
  }
  return best;
}

class target_list {
 public:
  target_list(std::ostream& out, const plan& all) : out_(out), all_(all) {}

  void print_all(const std::vector<delay>& delays) {
    out_ << "\nTargets\n";
    print_hot_reads();
    print_direct();
    print_buffered_writes();
    print_durable_writes();
    print_threads_engine();
    print_two_threads();
    print_delays(delays);
    print_rows_behind();
  }

 private:
  void at_most(const std::string& name, measured value, double bound) {
    print_at_most(out_, name, value, bound);
  }

  void at_least(const std::string& name, measured value, double bound) {
    print_at_least(out_, name, value, bound);
  }

  [[nodiscard]] static std::string title(const group& where, const std::string& rest) {
    return where.workload + ", depth " + std::to_string(where.depth) + ": " + rest;
  }

  // Calls visit(group) for those that were measured.
  template <typename Visit>
  void for_groups(std::initializer_list<std::string_view> workloads,
                  std::initializer_list<unsigned> depths, Visit visit) const {
    for (const std::string_view workload : workloads) {
      for (const unsigned depth : depths) {
        if (const group* const found = find_group(all_, workload, depth)) visit(*found);
      }
    }
  }

  void print_hot_reads() {
    for_groups({"hot_read_4k"}, {1}, [&](const group& where) {
      at_most(
          title(where, "CPU, to pread loop"),
          divide(cpu(find_asiofile(where)), cpu(find_entrant(where, "pread_loop", "blocking", ""))),
          1.25);
    });
    for_groups({"hot_read_4k"}, {32, 128}, [&](const group& where) {
      at_most(
          title(where, "CPU, to liburing"),
          divide(cpu(find_asiofile(where)), cpu(find_entrant(where, "liburing", "io_uring", ""))),
          1.05);
    });
    for_groups({"hot_read_4k"}, {32}, [&](const group& where) {
      at_most(title(where, "CPU, coroutine to callback"),
              divide(cpu(find_asiofile(where, "io_uring", "coroutine")), cpu(find_asiofile(where))),
              1.3);
      at_most(title(where, "CPU, coroutine to callback, any_io_executor"),
              divide(cpu(find_asiofile(where, "io_uring", "coroutine_any_io_executor")),
                     cpu(find_asiofile(where, "io_uring", "callback_any_io_executor"))),
              1.3);
    });
  }

  void print_direct() {
    for_groups({"direct_read_4k", "direct_write_4k"}, {32, 128}, [&](const group& where) {
      const entrant* const own = find_asiofile(where);
      const entrant* const raw = find_entrant(where, "liburing", "io_uring", "");
      at_least(title(where, "operations/s, to liburing"), divide(operations(own), operations(raw)),
               0.98);
      at_most(title(where, "CPU, to liburing"), divide(cpu(own), cpu(raw)), 1.10);
      const auto one_file =
          std::max(operations(find_entrant(where, "boost_asio", "io_uring_beside_epoll")),
                   operations(find_entrant(where, "boost_asio", "io_uring_only")));
      at_least(title(where, "operations/s, to Boost.Asio with one file"),
               divide(operations(own), one_file), 2);
    });
  }

  void print_buffered_writes() {
    for_groups({"buffered_write_4k", "buffered_write_4k_large_folios", "buffered_write_4k_tmpfs",
                "buffered_write_4k_xfs"},
               {32, 128}, [&](const group& where) {
                 at_least(
                     title(where, "operations/s, to the best of ring, libuv, Boost, pool"),
                     divide(operations(find_asiofile(where)),
                            best_of(where, {"liburing", "libuv", "boost_asio", "thread_pool"})),
                     1.1);
               });
  }

  void print_durable_writes() {
    for_groups(
        {"durable_buffered_write_4k", "durable_direct_write_4k"}, {32}, [&](const group& where) {
          at_least(title(where, "operations/s, to the better of linked and RWF_DSYNC"),
                   divide(operations(find_asiofile(where)), best_of(where, {"liburing"})), 1);
        });
  }

  void print_threads_engine() {
    const auto compare = [&](const group& where, double bound) {
      at_least(title(where, "operations/s of the threads engine, to thread_pool"),
               divide(operations(find_asiofile(where, "threads")),
                      operations(find_entrant(where, "thread_pool", "threads"))),
               bound);
    };
    for_groups({"hot_read_4k", "cached_read_4k"}, {1}, [&](const group& x) { compare(x, 4); });
    for_groups({"hot_read_4k", "cached_read_4k"}, {32}, [&](const group& x) { compare(x, 2); });
    for_groups({"direct_read_4k"}, {1, 32, 128}, [&](const group& x) { compare(x, 0.95); });
  }

  void print_two_threads() {
    for_groups({"hot_read_4k", "cached_read_4k"}, {32, 128}, [&](const group& where) {
      const group* const two = find_group(all_, where.workload, where.depth, 2);
      if (two == nullptr) return;
      at_least(title(where, "operations/s, two threads to one"),
               divide(operations(find_asiofile(*two)), operations(find_asiofile(where))), 1.6);
    });
  }

  void print_delays(const std::vector<delay>& delays) {
    for (const delay& each : delays) {
      const std::string beside = " beside a flood of completions, " + each.engine;
      at_most("99th percentile of a timer's delay, ms," + beside, each.timer_milliseconds, 2);
      at_most("99th percentile of an echo's delay, ms," + beside, each.echo_milliseconds, 2);
    }
  }

  void print_rows_behind() {
    std::vector<std::string> behind;
    for (const group& where : all_.groups) {
      const measured ratio =
          divide(operations(find_asiofile(where)), best_of(where, {"boost_asio", "libuv"}));
      if (ratio && *ratio < 1)
        behind.push_back(where.workload + ", depth " + std::to_string(where.depth) + ", threads " +
                         std::to_string(where.threads));
    }
    out_ << "behind the best of Boost.Asio and libuv in " << behind.size() << " of "
         << all_.groups.size() << " groups\n";
    for (const std::string& each : behind) out_ << "  " << each << '\n';
  }

  std::ostream& out_;
  const plan& all_;
};

}  // namespace

void print_targets(std::ostream& out, const plan& all, const std::vector<delay>& delays) {
  target_list(out, all).print_all(delays);
}

}  // namespace benchmark
