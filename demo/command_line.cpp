// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "command_line.hpp"

#include <boost/program_options.hpp>

#include <charconv>
#include <iostream>
#include <string>
#include <system_error>

namespace demo {

namespace {

namespace options = boost::program_options;

constexpr std::uint64_t block_bytes_max = std::uint64_t{1} << 30;
constexpr std::uint64_t depth_max = 65'536;
constexpr std::uint64_t buffer_bytes_max = std::uint64_t{4} << 30;
constexpr std::uint64_t rounds_max = 1000;
constexpr std::uint64_t size_mebibytes_max = std::uint64_t{1} << 24;

constexpr const char* introduction =
    "usage: asiofile-demo [FILE] [options]\n\n"
    "Copies FILE with many reads and writes in flight through each engine that works here,\n"
    "in turn, several times, and compares size and XXH3-128 digest of each copy with those of FILE.\n"
    "Prints the medians. The copies are removed afterwards.\n";

// Program_options reads "-1" as the largest number: so the number is read here.
std::uint64_t number(const options::variables_map& values, const char* name, std::uint64_t least,
                     std::uint64_t most) {
  const auto& text = values[name].as<std::string>();
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped_at, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc() || stopped_at != end || value < least || value > most) {
    throw usage_error("--" + std::string(name) + " takes a number from " + std::to_string(least) +
                      " to " + std::to_string(most) + ", not '" + text + "'");
  }
  return value;
}

settings to_settings(const options::variables_map& values) {
  settings chosen;
  if (values.contains("file")) {
    chosen.source = values["file"].as<std::string>();
    if (chosen.source.empty()) throw usage_error("FILE is empty");
    if (!values["size"].defaulted()) throw usage_error("--size is for the file made without FILE");
  }
  chosen.directory = values["directory"].as<std::string>();
  chosen.block_bytes = number(values, "block", 1, block_bytes_max);
  chosen.depth = number(values, "depth", 1, depth_max);
  chosen.made_bytes = number(values, "size", 0, size_mebibytes_max) << 20;
  if (values.contains("rounds")) chosen.rounds = number(values, "rounds", 1, rounds_max);
  if (chosen.block_bytes * chosen.depth > buffer_bytes_max)
    throw usage_error("--block times --depth is more than 4 GiB of memory");
  return chosen;
}

}  // namespace

std::optional<settings> parse_command_line(int argc, const char* const* argv) {
  const auto text = [](const char* by_default) {
    return options::value<std::string>()->default_value(by_default);
  };
  options::options_description visible("options");
  visible.add_options()("help,h", "this text")(
      "directory", text("."), "folder for the copies, and for the file made without FILE")(
      "block", text("262144"), "bytes per read and write")("depth", text("32"),
                                                           "operations in flight")(
      "size", text("256"), "MiB of pseudo-random data in the file made without FILE")(
      "rounds", options::value<std::string>(),
      "copies through each engine; by default 5, and fewer of a file of more than 1 GiB");
  options::options_description all;
  all.add(visible).add_options()("file", options::value<std::string>());
  options::positional_options_description positions;
  positions.add("file", 1);

  options::variables_map values;
  try {
    options::store(
        options::command_line_parser(argc, argv).options(all).positional(positions).run(), values);
    options::notify(values);
  } catch (const options::error& error) {
    throw usage_error(error.what());
  }
  if (values.contains("help")) {
    std::cout << introduction << '\n' << visible;
    return std::nullopt;
  }
  return to_settings(values);
}

}  // namespace demo
