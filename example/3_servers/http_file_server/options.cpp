// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "options.hpp"

#include <boost/program_options.hpp>

#include <algorithm>
#include <iostream>
#include <limits>
#include <stdexcept>
#include <thread>

namespace http_file_server {

namespace {

namespace po = boost::program_options;

// Program_options takes "-1" for an unsigned number, and a number of any size for a small one.
template <typename Number>
auto number(const char* name, Number& chosen, std::int64_t min, std::int64_t max) {
  const auto check = [=, &chosen](std::int64_t given) {
    if (given < min || given > max)
      throw std::runtime_error(std::string("--") + name + " takes " + std::to_string(min) + " to " +
                               std::to_string(max));
    chosen = static_cast<Number>(given);
  };
  return po::value<std::int64_t>()
      ->notifier(check)
      ->default_value(static_cast<std::int64_t>(chosen))
      ->value_name("N");
}

auto seconds(const char* name, std::chrono::seconds& chosen, std::int64_t min) {
  const auto check = [=, &chosen](std::int64_t given) {
    if (given < min || given > 86'400)
      throw std::runtime_error(std::string("--") + name + " takes " + std::to_string(min) +
                               " to 86400 seconds");
    chosen = std::chrono::seconds(given);
  };
  return po::value<std::int64_t>()
      ->notifier(check)
      ->default_value(chosen.count())
      ->value_name("SECONDS");
}

}  // namespace

std::optional<options> parse_options(int argc, const char* const* argv) {
  options chosen;
  chosen.threads = std::max(1U, std::thread::hardware_concurrency());
  std::int64_t age_milliseconds = chosen.cache_age.count();

  constexpr std::int64_t many = std::numeric_limits<std::int32_t>::max();
  po::options_description visible("Options");
  auto add = visible.add_options();
  add("help,h", "print this and exit");
  add("address", po::value(&chosen.address)->default_value(chosen.address)->value_name("A"),
      "address to listen on; :: for IPv6 and IPv4");
  add("port,p", number("port", chosen.port, 0, 65'535), "port to listen on; 0 for a free one");
  add("threads,t", number("threads", chosen.threads, 1, 1'024), "event loops, a thread each");
  add("idle-timeout", seconds("idle-timeout", chosen.idle_timeout, 1),
      "for a connection on which no request comes");
  add("header-timeout", seconds("header-timeout", chosen.header_timeout, 1),
      "for the header of a request");
  add("send-timeout", seconds("send-timeout", chosen.send_timeout, 1),
      "for a client that takes nothing of what is sent");
  add("stop-timeout", seconds("stop-timeout", chosen.stop_timeout, 0),
      "for requests in flight when the server is stopped");
  add("max-header", number("max-header", chosen.header_bytes_max, 256, 1 << 20),
      "bytes in a request's header");
  add("max-target", number("max-target", chosen.target_bytes_max, 16, 1 << 20),
      "bytes in a request's target");
  add("max-ranges", number("max-ranges", chosen.ranges_max, 1, 1'000),
      "ranges in a request; with more, it gets the whole file");
  add("max-listing", number("max-listing", chosen.listed_entries_max, 1, many),
      "names in a listing");
  add("max-connections", number("max-connections", chosen.connections_max, 1, many),
      "connections at a time; others wait to be accepted");
  add("cached-files", number("cached-files", chosen.cached_files_max, 0, many),
      "files that each thread keeps open");
  add("cache-age", number("cache-age", age_milliseconds, 0, 3'600'000),
      "milliseconds after which a file that is kept open is looked for anew");
  add("no-listing", po::bool_switch(), "do not list directories without index.html");
  add("access-log", po::value(&chosen.access_log)->value_name("FILE"),
      "append a line for each request, in the common log format; - for the standard output");
  add("quiet,q", po::bool_switch(&chosen.is_quiet), "do not say what is served where");

  po::options_description all;
  all.add(visible).add_options()("directory", po::value(&chosen.directory), "");
  po::positional_options_description positional;
  positional.add("directory", 1);

  po::variables_map found;
  po::store(po::command_line_parser(argc, argv).options(all).positional(positional).run(), found);
  if (found.contains("help")) {
    std::cout << "http_file_server [OPTION...] DIRECTORY\n"
                 "Serves the files of a directory by HTTP, until SIGINT or SIGTERM.\n\n"
              << visible;
    return std::nullopt;
  }
  po::notify(found);
  if (chosen.directory.empty()) throw std::runtime_error("no DIRECTORY; see --help");
  chosen.lists_directories = !found["no-listing"].as<bool>();
  chosen.cache_age = std::chrono::milliseconds(age_milliseconds);
  return chosen;
}

}  // namespace http_file_server
