// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "task.hpp"

#include "fail.hpp"

#include <charconv>
#include <map>
#include <string_view>
#include <system_error>

namespace benchmark {

namespace {

using texts = std::map<std::string, std::string, std::less<>>;

// Calls visit(name, member) for each member, so that writing and reading cannot differ.
template <typename Task, typename Visit>
void for_each_member(Task& each, Visit visit) {
  visit("contender", each.contender);
  visit("engine", each.engine);
  visit("token", each.token);
  visit("file_per_operation", each.file_per_operation);
  visit("path", each.path);
  visit("kind", each.kind);
  visit("durable", each.durable);
  visit("direct", each.direct);
  visit("sequential", each.sequential);
  visit("block_bytes", each.block_bytes);
  visit("region_bytes", each.region_bytes);
  visit("depth", each.depth);
  visit("threads", each.threads);
  visit("context_per_thread", each.context_per_thread);
  visit("pool_threads", each.pool_threads);
  visit("warm_up_milliseconds", each.warm_up_milliseconds);
  visit("milliseconds", each.milliseconds);
}

std::string to_text(const std::string& value) { return value; }

template <typename Number>
std::string to_text(Number value) {
  return std::to_string(static_cast<unsigned long long>(value));
}

void from_text(std::string_view, const std::string& text, std::string& value) { value = text; }

template <typename Number>
void from_text(std::string_view name, const std::string& text, Number& value) {
  unsigned long long number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped_at, problem] = std::from_chars(text.data(), end, number);
  if (problem != std::errc() || stopped_at != end)
    fail("argument " + std::string(name) + " takes a number, not '" + text + "'");
  value = static_cast<Number>(number);
}

}  // namespace

std::vector<std::string> to_arguments(const task& given) {
  std::vector<std::string> arguments;
  for_each_member(given, [&](std::string_view name, const auto& value) {
    arguments.push_back(std::string(name) + '=' + to_text(value));
  });
  return arguments;
}

task parse_arguments(int argc, const char* const* argv) {
  texts given;
  for (int index = 1; index < argc; ++index) {
    const std::string argument = argv[index];
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos) fail("'" + argument + "' is not NAME=VALUE");
    given[argument.substr(0, equals)] = argument.substr(equals + 1);
  }
  task read;
  for_each_member(read, [&](std::string_view name, auto& value) {
    const auto found = given.find(name);
    if (found == given.end()) return;
    from_text(name, found->second, value);
    given.erase(found);
  });
  if (!given.empty()) fail("unknown argument " + given.begin()->first);
  return read;
}

}  // namespace benchmark
