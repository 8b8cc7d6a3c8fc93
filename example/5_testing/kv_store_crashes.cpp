// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Shows: how a database is tested with asiofile::testing. The store of ../4_storage/kv_store runs
// on files in memory, used by several coroutines. It is crashed at each call that it makes, one
// after the other, and at random calls in several runs on the same files. When it opens them again,
// it must have what it acknowledged, and nothing that it was not asked to store.
//
//   kv_store_crashes [SEEDS [FIRST]]   runs so many seeds (20) from FIRST (1); ends with 1 at the
//                                      first that shows lost or wrong data

#include "../4_storage/kv_store/store.hpp"

#include <asiofile/testing/file_system.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

#include <cstdint>
#include <exception>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
using value = std::optional<std::string>;

namespace {

// What a store must hold for each key: the last acknowledged value, or the one that was being
// stored. Only one operation at a time works on a key.
class expectation {
 public:
  void begin(const std::string& key, const value& next) { in_flight_[key] = next; }
  void end(const std::string& key) {
    acknowledged_[key] = in_flight_.at(key);
    in_flight_.erase(key);
  }

  // What is found after a crash is the state from then on.
  void compare(const std::map<std::string, std::string>& found) {
    for (const auto& [key, next] : in_flight_)
      if (value_in(found, key) == next) acknowledged_[key] = next;
    in_flight_.clear();
    for (const auto& [key, last] : acknowledged_) {
      const value its = value_in(found, key);
      if (its == last) continue;
      throw std::logic_error((its ? last ? "wrong: " : "not deleted: " : "lost: ") + key);
    }
    for (const auto& [key, its] : found)
      if (!acknowledged_.contains(key)) throw std::logic_error("never put: " + key);
  }

 private:
  static value value_in(const std::map<std::string, std::string>& found, const std::string& key) {
    const auto its = found.find(key);
    return its == found.end() ? value() : value(its->second);
  }

  std::map<std::string, value> acknowledged_;
  std::map<std::string, value> in_flight_;
};

// Works on its own keys until it has done this many operations, or the store fails.
asio::awaitable<void> work(kv::store& store, std::string name, std::uint64_t seed, int count,
                           expectation& expected) {
  std::mt19937 random(static_cast<std::mt19937::result_type>(seed));
  for (int i = 0; i != count; ++i) {
    const std::string key = name + std::to_string(random() % 4);
    value next;
    if (random() % 3 != 0) next.emplace(random() % 1500, static_cast<char>('a' + random() % 26));
    expected.begin(key, next);
    if (next) co_await store.put(key, *next);
    else co_await store.erase(key);
    expected.end(key);
    if (random() % 8 == 0) co_await store.compact();
  }
}

// One run of the program: opens the store, checks its content, and lets several coroutines use it.
// The crash makes all of them fail.
void live(asiofile::testing::file_system& files, std::uint64_t seed, int count,
          expectation& expected) {
  asio::io_context context;
  files.attach(context);
  kv::store store(context.get_executor(), "/a/new/directory");
  const auto note = [&](std::exception_ptr error) {
    try {
      if (error) std::rethrow_exception(error);
    } catch (const boost::system::system_error&) {
      if (!files.is_down()) throw;
    }
  };
  asio::co_spawn(context, store.open(), [&](std::exception_ptr error) {
    note(error);
    if (error) return;
    expected.compare(store.values());
    for (const char* const name : {"a", "b", "c"})
      asio::co_spawn(context, work(store, name, seed + static_cast<unsigned char>(*name), count,
                                   expected), note);
  });
  context.run();
}

// Crashes at the call, or (0) never; then checks that what is left is valid. Returns how many calls
// there were.
std::uint64_t run_until(std::uint64_t call, std::uint64_t seed) {
  asiofile::testing::file_system files({.seed = seed, .short_transfers = 0.1});
  expectation expected;
  if (call != 0) files.crash_at_call(call);
  live(files, seed, 6, expected);
  const std::uint64_t calls = files.call_count();
  files.crash();
  files.restart();
  live(files, seed + 1, 2, expected);
  files.crash();
  files.restart();
  live(files, seed + 2, 0, expected);
  return calls;
}

void run_lives(std::uint64_t seed) {
  asiofile::testing::file_system files({.seed = seed, .short_transfers = 0.2});
  std::mt19937 random(static_cast<std::mt19937::result_type>(seed));
  expectation expected;
  for (std::uint64_t life = 0; life != 6; ++life) {
    files.crash_at_call(1 + random() % 300);
    live(files, 100 * seed + life, 50, expected);
    files.crash();
    files.restart();
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t seed = 0;
  std::uint64_t call = 0;
  try {
    const std::uint64_t count = argc > 1 ? std::stoull(argv[1]) : 20;
    const std::uint64_t first = argc > 2 ? std::stoull(argv[2]) : 1;
    std::uint64_t crashes = 0;
    for (seed = first; seed != first + count; ++seed) {
      const std::uint64_t calls = run_until(call = 0, seed);
      for (call = 1; call <= calls; ++call, ++crashes) run_until(call, seed);
      for (std::uint64_t i = 0; i != 20; ++i) run_lives(20 * seed + i);
    }
    std::cout << count << " seeds, " << crashes
              << " calls to crash at: everything acknowledged was there\n";
  } catch (const std::exception& error) {
    std::cout << "seed " << seed << ", call " << call << ": " << error.what() << '\n';
    return 1;
  }
}
