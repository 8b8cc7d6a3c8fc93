// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Shows: how a store is tested with asiofile::testing. The store of log_store.hpp runs on files in
// memory, is crashed at a random moment, and opened again: what it has acknowledged must be there,
// and nothing else. The seed determines everything, so that a run that fails can be repeated.
//
//   log_store SEEDS [MISTAKE [FIRST]]  runs so many seeds from FIRST (1); ends with 1 at the first
//                                      that shows lost or wrong data. MISTAKE: none, no_sync,
//                                      no_directory_sync, no_checksum, compaction_in_place
//   log_store                          runs 300 seeds

#include "log_store.hpp"

#include <asiofile/testing/file_system.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;

// What a store must hold: everything that it acknowledged, and possibly the put in flight.
class expectation {
 public:
  void begin_put(const std::string& key, const std::string& value) { in_flight_ = {key, value}; }
  void end_put() {
    acknowledged_[in_flight_->first] = in_flight_->second;
    in_flight_.reset();
  }

  void compare(const std::map<std::string, std::string>& found) {
    if (in_flight_) {
      const auto its = found.find(in_flight_->first);
      if (its != found.end() && its->second == in_flight_->second) end_put();
    }
    in_flight_.reset();
    for (const auto& [key, value] : acknowledged_) {
      const auto its = found.find(key);
      if (its == found.end()) throw std::logic_error("lost: " + key);
      if (its->second != value) throw std::logic_error("wrong: " + key);
    }
    if (found.size() != acknowledged_.size()) throw std::logic_error("never put");
  }

 private:
  std::map<std::string, std::string> acknowledged_;
  std::optional<std::pair<std::string, std::string>> in_flight_;
};

// Runs the program until a crash ends it: every call of the file system then fails.
asio::awaitable<void> use_store(mistake made, std::mt19937& random, expectation& expected) {
  log_store store(co_await asio::this_coro::executor, "/data", made);
  co_await store.open();
  expected.compare(store.values());
  for (;;) {
    const std::string key = "key " + std::to_string(random() % 10);
    const std::string value(random() % 2000, static_cast<char>('a' + random() % 26));
    expected.begin_put(key, value);
    co_await store.put(key, value);
    expected.end_put();
    if (random() % 10 == 0) co_await store.compact();
  }
}

void run_seed(std::uint64_t seed, mistake made) {
  asiofile::testing::file_system files({.seed = seed, .short_transfers = 0.2});
  files.write_file("/data/other", "");
  std::mt19937 random(static_cast<std::mt19937::result_type>(seed));
  expectation expected;
  for (int life = 0; life != 5; ++life) {
    asio::io_context context;
    files.attach(context);
    files.crash_at_call(1 + random() % 100);
    std::exception_ptr end;
    asio::co_spawn(context, use_store(made, random, expected),
                   [&](std::exception_ptr error) { end = error; });
    context.run();
    try {
      std::rethrow_exception(end);
    } catch (const boost::system::system_error& error) {
      if (!files.is_down()) throw;
    }
    files.restart();
  }
}

mistake parse_mistake(const std::string& name) {
  if (name == "none") return mistake::none;
  if (name == "no_sync") return mistake::no_sync;
  if (name == "no_directory_sync") return mistake::no_directory_sync;
  if (name == "no_checksum") return mistake::no_checksum;
  if (name == "compaction_in_place") return mistake::compaction_in_place;
  throw std::invalid_argument("no such mistake: " + name);
}

int main(int argc, char** argv) {
  std::uint64_t seed = 0;
  try {
    const std::uint64_t count = argc > 1 ? std::stoull(argv[1]) : 300;
    const mistake made = parse_mistake(argc > 2 ? argv[2] : "none");
    const std::uint64_t first = argc > 3 ? std::stoull(argv[3]) : 1;
    for (seed = first; seed != first + count; ++seed) run_seed(seed, made);
    std::cout << count << " seeds: everything acknowledged was there\n";
  } catch (const std::exception& error) {
    std::cout << "seed " << seed << ": " << error.what() << '\n';
    return 1;
  }
}
