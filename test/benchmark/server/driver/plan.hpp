// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What is measured: workloads, each served by every contender.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace benchmark::server {

struct settings;

// One measurement in one round. Latencies are from the request to the last byte of the response.
struct sample {
  double requests_per_second = 0;
  // User and system time of the server's processes.
  double cpu_microseconds_per_request = 0;
  double p50_milliseconds = 0;
  double p99_milliseconds = 0;
  double worst_milliseconds = 0;
  // Of downloads beside the requests.
  double download_mib_per_second = 0;
  std::uint64_t requests = 0;
  std::uint64_t failed = 0;
};

enum class contender {
  asiofile,
  beast_file_body,
  nginx_sendfile,
  nginx_sendfile_off,
  // nginx with its cache of open files, which is off by default.
  nginx_open_file_cache
};

inline constexpr contender all_contenders[] = {
    contender::asiofile, contender::beast_file_body, contender::nginx_sendfile,
    contender::nginx_sendfile_off, contender::nginx_open_file_cache};

// The name used in reports.
[[nodiscard]] std::string_view name_of(contender who);

struct entrant {
  contender who;
  // One for each round.
  std::vector<sample> samples;
};

enum class load_kind {
  // Connections that ask for the next file as soon as they have one.
  as_fast_as_possible,
  // Requests at a steady rate for cached files, beside downloads of files that are not cached.
  cached_beside_cold
};

struct workload {
  std::string name;
  load_kind load = load_kind::as_fast_as_possible;
  // Of each file that is asked for, and how many there are.
  std::size_t file_bytes = 0;
  std::size_t files = 0;
  std::vector<entrant> entrants;
};

struct plan {
  unsigned rounds = 0;
  // Of one measurement.
  std::chrono::milliseconds duration{};
  // Of each server: one for each processor.
  unsigned threads = 1;
  unsigned connections = 0;
  std::size_t cold_file_bytes = 0;
  std::size_t cold_files = 0;
  std::vector<workload> workloads;
};

[[nodiscard]] plan make_plan(const settings& chosen);

[[nodiscard]] std::size_t count_measurements(const plan& all);

// Null if it was not measured.
[[nodiscard]] const workload* find_workload(const plan& all, std::string_view name);

// It takes part in every workload.
[[nodiscard]] const entrant& find_entrant(const workload& where, contender who);

// The medians of the rounds, for each figure separately; except the worst of all rounds, and the
// sums of requests and of failed ones. There is at least one round.
[[nodiscard]] sample summary_of(const entrant& who);

[[nodiscard]] std::uint64_t count_failed(const plan& all);

}  // namespace benchmark::server
