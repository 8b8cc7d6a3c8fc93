// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "temporary_file.hpp"

#include "interruption.hpp"

#include <asiofile/asiofile.hpp>

#include <unistd.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <random>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace demo {

temporary_file::temporary_file(const std::filesystem::path& directory, const std::string& purpose)
    : path_(directory / ("asiofile-demo-" + std::to_string(::getpid()) + "-" + purpose)) {}

temporary_file::~temporary_file() {
  if (!made_) return;
  std::error_code ec;
  std::filesystem::remove(path_, ec);
  if (ec) std::cerr << "asiofile-demo: remove " << path_.string() << ": " << ec.message() << '\n';
}

void fill_with_random_bytes(temporary_file& file, std::uint64_t bytes) try {
  // The synchronous functions run in the calling thread; the context is never run.
  boost::asio::io_context context;
  using asiofile::file_base;
  asiofile::random_access_file output(
      context, file.path().string(),
      file_base::write_only | file_base::create | file_base::exclusive);
  file.made();

  std::mt19937_64 random(bytes);
  std::vector<std::uint64_t> block((1 << 20) / sizeof(std::uint64_t));
  for (std::uint64_t offset = 0; offset != bytes;) {
    throw_if_interrupted();
    std::generate(block.begin(), block.end(), std::ref(random));
    const auto part = std::min<std::uint64_t>(bytes - offset, block.size() * sizeof(block[0]));
    offset += boost::asio::write_at(output, offset, boost::asio::buffer(block, part));
  }
  output.close();
} catch (const boost::system::system_error& error) {
  throw std::runtime_error("make " + file.path().string() + ": " + error.code().message());
}

}  // namespace demo
