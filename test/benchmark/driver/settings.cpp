// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "settings.hpp"

#include <boost/program_options.hpp>

#include <iostream>

namespace benchmark {

namespace options = boost::program_options;

std::optional<settings> parse_command_line(const char* program, int argc,
                                           const char* const* argv) {
  settings chosen;
  std::string directory = ".";
  std::string tmpfs;
  std::string xfs;
  options::options_description all("options");
  all.add_options()("help,h", "this text")("quick", options::bool_switch(&chosen.quick),
                                           "fewer and shorter rounds")(
      "smoke", options::bool_switch(&chosen.smoke),
      "run everything for a moment; measures nothing")(
      "json", options::value(&chosen.json_file), "write the results to this file as JSON")(
      "plot", options::value(&chosen.plot_file), "draw the results into this SVG file")(
      "directory", options::value(&directory), "folder for the data files, on a disk")(
      "tmpfs-directory", options::value(&tmpfs), "folder on tmpfs, for some of the writes")(
      "xfs-directory", options::value(&xfs), "folder on xfs, for some of the writes")(
      "only", options::value(&chosen.only), "measure only workloads with this in their name");
  try {
    options::variables_map values;
    options::store(options::parse_command_line(argc, argv, all), values);
    options::notify(values);
    if (values.contains("help")) {
      std::cout << "usage: " << program << " [options]\n\n" << all;
      return std::nullopt;
    }
  } catch (const options::error& error) {
    throw usage_error(error.what());
  }
  chosen.directory = directory;
  chosen.tmpfs_directory = tmpfs;
  chosen.xfs_directory = xfs;
  return chosen;
}

}  // namespace benchmark
