// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "plan.hpp"

#include "../../driver/median.hpp"
#include "settings.hpp"

#include <algorithm>
#include <thread>

namespace benchmark::server {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;

workload make_workload(std::string name, load_kind load, std::size_t file_bytes,
                       std::size_t files) {
  workload made{std::move(name), load, file_bytes, files, {}};
  for (const contender who : all_contenders) made.entrants.push_back({who, {}});
  return made;
}

template <typename Member>
double median_member(const entrant& who, Member member) {
  std::vector<double> values;
  for (const sample& each : who.samples) values.push_back(each.*member);
  return median(std::move(values));
}

}  // namespace

std::string_view name_of(contender who) {
  switch (who) {
    case contender::asiofile: return "asiofile";
    case contender::beast_file_body: return "beast_file_body";
    case contender::nginx_sendfile: return "nginx_sendfile";
    case contender::nginx_sendfile_off: return "nginx_sendfile_off";
    case contender::nginx_open_file_cache: return "nginx_open_file_cache";
  }
  return "";
}

plan make_plan(const settings& chosen) {
  plan all;
  all.rounds = chosen.measured == extent::full ? 7 : chosen.measured == extent::quick ? 3 : 1;
  all.duration = chosen.measured == extent::full    ? milliseconds(6000)
                 : chosen.measured == extent::quick ? milliseconds(3000)
                                                    : milliseconds(1000);
  all.threads = std::max(std::thread::hardware_concurrency(), 1U);
  all.connections = chosen.measured == extent::smoke ? 10 : 100;
  all.cold_file_bytes = chosen.measured == extent::smoke ? 4 * mib : 64 * mib;
  all.cold_files = 8;

  const auto add = [&](const char* name, load_kind load, std::size_t bytes, std::size_t files) {
    workload made = make_workload(name, load, bytes, files);
    if (made.name.find(chosen.only) != std::string::npos) all.workloads.push_back(std::move(made));
  };
  add("4k", load_kind::as_fast_as_possible, 4 * kib, 100);
  add("100k", load_kind::as_fast_as_possible, 100 * kib, 100);
  add("10m", load_kind::as_fast_as_possible, 10 * mib, 4);
  if (!chosen.slow_directory.empty())
    add("4k_beside_cold", load_kind::cached_beside_cold, 4 * kib, 100);
  return all;
}

std::size_t count_measurements(const plan& all) {
  return all.rounds * all.workloads.size() * std::size(all_contenders);
}

const workload* find_workload(const plan& all, std::string_view name) {
  const auto found = std::find_if(all.workloads.begin(), all.workloads.end(),
                                  [&](const workload& each) { return each.name == name; });
  return found == all.workloads.end() ? nullptr : &*found;
}

const entrant& find_entrant(const workload& where, contender who) {
  return *std::find_if(where.entrants.begin(), where.entrants.end(),
                       [&](const entrant& each) { return each.who == who; });
}

sample summary_of(const entrant& who) {
  sample all;
  all.requests_per_second = median_member(who, &sample::requests_per_second);
  all.cpu_microseconds_per_request = median_member(who, &sample::cpu_microseconds_per_request);
  all.p50_milliseconds = median_member(who, &sample::p50_milliseconds);
  all.p99_milliseconds = median_member(who, &sample::p99_milliseconds);
  all.download_mib_per_second = median_member(who, &sample::download_mib_per_second);
  for (const sample& each : who.samples) {
    all.worst_milliseconds = std::max(all.worst_milliseconds, each.worst_milliseconds);
    all.requests += each.requests;
    all.failed += each.failed;
  }
  return all;
}

std::uint64_t count_failed(const plan& all) {
  std::uint64_t failed = 0;
  for (const workload& each : all.workloads)
    for (const entrant& who : each.entrants)
      for (const sample& one : who.samples) failed += one.failed;
  return failed;
}

}  // namespace benchmark::server
