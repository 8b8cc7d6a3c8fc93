// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Shows: a small database on a write-ahead log (`append_log`) and snapshots (`replacement_file`).
// The store itself is kv_store/store.hpp; ../5_testing/kv_store_crashes.cpp tests it.
//
//   kv_store DIR put KEY VALUE   returns when the pair is durable
//   kv_store DIR get KEY         prints the value; ends with 1 where there is none
//   kv_store DIR delete KEY
//   kv_store DIR list            prints all pairs, KEY VALUE in a line, in order
//   kv_store DIR load [BYTES]    puts what comes on its input, KEY VALUE in a line, or deletes KEY
//                                alone; prints each line when it is durable. Begins a snapshot
//                                whenever the log has grown to BYTES (64 MiB).
//   kv_store DIR compact         makes a snapshot
//
// Keys have no spaces. DIR is made where there is none.

#include "kv_store/directory_lock.hpp"
#include "kv_store/store.hpp"

#include <asiofile/line_reader.hpp>
#include <asiofile/stream_file.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>

namespace asio = boost::asio;

namespace {

// Puts lines, many at a time, in order.
class loader {
 public:
  loader(kv::store& store, const asio::any_io_executor& executor, std::uint64_t compact_bytes)
      : store_(store), executor_(executor), changed_(executor), compact_bytes_(compact_bytes) {
    changed_.expires_at(asio::steady_timer::time_point::max());
  }

  asio::awaitable<void> load(int input) {
    asiofile::stream_file file(executor_);
    file.assign(input, asiofile::borrowed);
    asiofile::line_reader lines(file);
    try {
      while (!failure_) {
        const auto line = co_await lines.async_next(asio::use_awaitable);
        if (!line) break;
        co_await wait_until_below(lines_at_once);
        start(put(std::string(*line)));
        if (store_.log_bytes() >= compact_bytes_) start(store_.compact());
      }
    } catch (...) {
      // Operations in flight refer to this object.
      if (!failure_) failure_ = std::current_exception();
    }
    co_await wait_until_below(1);
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  static constexpr std::size_t lines_at_once = 64;

  asio::awaitable<void> put(std::string line) {
    const std::size_t space = line.find(' ');
    if (space == line.npos)
      co_await store_.erase(line);
    else
      co_await store_.put(line.substr(0, space), line.substr(space + 1));
    std::cout << line << '\n' << std::flush;
  }

  void start(asio::awaitable<void> work) {
    ++under_way_;
    asio::co_spawn(executor_, std::move(work), [this](std::exception_ptr error) {
      --under_way_;
      if (error && !failure_) failure_ = error;
      changed_.cancel();
    });
  }

  asio::awaitable<void> wait_until_below(std::size_t count) {
    while (under_way_ >= count)
      co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
  }

  kv::store& store_;
  asio::any_io_executor executor_;
  // Never expires; cancelled when a put has completed.
  asio::steady_timer changed_;
  const std::uint64_t compact_bytes_;
  std::size_t under_way_ = 0;
  std::exception_ptr failure_;
};

asio::awaitable<int> run(kv::store& store, std::vector<std::string> arguments) {
  co_await store.open();
  const std::string command = arguments[0];
  int result = EXIT_SUCCESS;
  if (command == "put" && arguments.size() == 3) {
    co_await store.put(arguments[1], arguments[2]);
  } else if (command == "delete" && arguments.size() == 2) {
    co_await store.erase(arguments[1]);
  } else if (command == "get" && arguments.size() == 2) {
    const auto found = store.values().find(arguments[1]);
    if (found != store.values().end()) std::cout << found->second << '\n';
    else result = EXIT_FAILURE;
  } else if (command == "list" && arguments.size() == 1) {
    for (const auto& [key, value] : store.values()) std::cout << key << ' ' << value << '\n';
  } else if (command == "load" && arguments.size() <= 2) {
    const std::uint64_t bytes = arguments.size() == 2 ? std::stoull(arguments[1]) : 64U << 20;
    loader loads(store, co_await asio::this_coro::executor, bytes);
    co_await loads.load(STDIN_FILENO);
  } else if (command == "compact" && arguments.size() == 1) {
    co_await store.compact();
  } else {
    throw std::invalid_argument("no such command: " + command);
  }
  co_await store.close();
  co_return result;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: kv_store DIR get|put|delete|list|load|compact ...\n";
    return 2;
  }
  try {
    const std::string directory = argv[1];
    std::filesystem::create_directories(directory);
    const kv::directory_lock lock(directory);
    asio::io_context context;
    kv::store store(context.get_executor(), directory);
    int result = 2;
    std::exception_ptr failure;
    asio::co_spawn(context, run(store, {argv + 2, argv + argc}),
                   [&](std::exception_ptr error, int given) {
                     failure = error;
                     result = given;
                   });
    context.run();
    if (failure) std::rethrow_exception(failure);
    std::cout.flush();
    return result;
  } catch (const std::exception& error) {
    std::cerr << "kv_store: " << error.what() << '\n';
    return 2;
  }
}
