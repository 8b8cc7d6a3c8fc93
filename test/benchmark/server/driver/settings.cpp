// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "settings.hpp"

#include <boost/program_options.hpp>

#include <iostream>

namespace benchmark::server {

namespace options = boost::program_options;

std::optional<settings> parse_command_line(int argc, const char* const* argv) {
  settings chosen;
  std::string directory = ".";
  std::string slow_directory;
  bool is_smoke = false;
  bool is_quick = false;
  options::options_description all("options");
  all.add_options()("help,h", "this text")("quick", options::bool_switch(&is_quick),
                                           "fewer and shorter rounds")(
      "smoke", options::bool_switch(&is_smoke), "run everything for a moment; measures nothing")(
      "json", options::value(&chosen.json_file), "write the results to this file as JSON")(
      "plot", options::value(&chosen.plot_file), "draw the results into this SVG file")(
      "directory", options::value(&directory), "folder for the files that are served, on a disk")(
      "slow-directory", options::value(&slow_directory),
      "folder on a device with slow reads, for cold downloads")(
      "asiofile-server", options::value(&chosen.asiofile_server)->required(),
      "the program http_file_server")("nginx", options::value(&chosen.nginx), "the program nginx")(
      "wrk", options::value(&chosen.wrk), "the program wrk")(
      "only", options::value(&chosen.only), "measure only workloads with this in their name");
  try {
    options::variables_map values;
    options::store(options::parse_command_line(argc, argv, all), values);
    if (values.contains("help")) {
      std::cout << "usage: asiofile-benchmark-server [options]\n\n" << all;
      return std::nullopt;
    }
    options::notify(values);
  } catch (const options::error& error) {
    throw usage_error(error.what());
  }
  chosen.measured = is_smoke ? extent::smoke : is_quick ? extent::quick : extent::full;
  chosen.directory = std::filesystem::absolute(directory);
  if (!slow_directory.empty()) chosen.slow_directory = std::filesystem::absolute(slow_directory);
  return chosen;
}

}  // namespace benchmark::server
