// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Shows: a small test with asiofile::testing. A function that saves settings runs on files in
// memory. The power is cut at each call that it makes, one after the other, with several seeds.
// Afterwards the file must hold the old settings or the new ones, and the new ones if success was
// reported. A function that replaces the file passes. One that writes over it does not: the test
// must find that, too.

#include <asiofile/replace_file.hpp>
#include <asiofile/testing/file_system.hpp>
#include <asiofile/whole_file.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <exception>
#include <iostream>
#include <optional>
#include <string>

namespace asio = boost::asio;

const std::string path = "/settings";
const std::string old_settings(3000, 'o');
const std::string new_settings(5000, 'n');

// The code under test: a way that loses settings, and one that does not.

asio::awaitable<void> write_over(std::string settings) {
  const auto executor = co_await asio::this_coro::executor;
  co_await asiofile::async_write_file(executor, path, asio::buffer(settings), asio::use_awaitable);
}

asio::awaitable<void> replace(std::string settings) {
  const auto executor = co_await asio::this_coro::executor;
  co_await asiofile::async_replace_file(executor, path, asio::buffer(settings),
                                        asio::use_awaitable);
}

using save_function = asio::awaitable<void>(std::string settings);

struct result {
  bool is_cut;          // Whether the save made this many calls.
  const char* problem;  // Null for none.
};

result save_with_power_cut(save_function& save, std::uint64_t call, std::uint64_t seed) {
  asiofile::testing::file_system files({.seed = seed});
  files.write_file(path, old_settings);
  asio::io_context context;
  files.attach(context);
  files.crash_at_call(call);

  std::exception_ptr failure;
  asio::co_spawn(context, save(new_settings), [&](std::exception_ptr error) { failure = error; });
  context.run();
  if (!files.is_down() && failure) std::rethrow_exception(failure);
  if (!files.is_down()) return {false, nullptr};

  files.restart();
  const std::optional<std::string> left = files.read_file(path);
  if (left == new_settings) return {true, nullptr};
  if (left == old_settings) return {true, failure ? nullptr : "reported success, but kept nothing"};
  return {true, left ? "left something in between" : "left no file"};
}

// Cuts the power at every call, with this many seeds for each. Returns whether all runs succeeded.
bool test(const char* name, save_function& save, std::uint64_t seed_count) {
  std::uint64_t cuts = 0;
  for (std::uint64_t call = 1;; ++call) {
    for (std::uint64_t seed = 1; seed <= seed_count; ++seed) {
      const result its = save_with_power_cut(save, call, seed);
      if (its.problem) {
        std::cout << name << ": call " << call << ", seed " << seed << ": " << its.problem << '\n';
        return false;
      }
      if (!its.is_cut) {
        std::cout << name << ": passed " << cuts << " power cuts\n";
        return true;
      }
      ++cuts;
    }
  }
}

int main() {
  try {
    const bool is_replacing_safe = test("replace", replace, 100);
    const bool is_mistake_found = !test("write_over", write_over, 100);
    return is_replacing_safe && is_mistake_found ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "power_cut: " << error.what() << '\n';
    return 1;
  }
}
