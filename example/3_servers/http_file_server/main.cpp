// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Shows: a server. Files by HTTP/1.1, on Boost.Beast: what clients ask for is opened beneath one
// directory, small files are read and sent from memory, large ones by the kernel, and no event loop
// waits for a disk. See doc/guides/serve_files.md.
//
//   http_file_server [--port N] [--address A] [--threads N] [OPTION...] DIRECTORY

#include "options.hpp"
#include "server.hpp"

#include <sys/resource.h>

#include <exception>
#include <iostream>

namespace {

// Each connection and each open file needs a descriptor: raises the limit as far as the system
// allows.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto chosen = http_file_server::parse_options(argc, argv);
    if (!chosen) return 0;
    raise_descriptor_limit();
    http_file_server::server server(*chosen);
    if (!chosen->is_quiet)
      std::cout << "serving " << chosen->directory << " at http://" << server.endpoint() << "/"
                << std::endl;
    server.run();
    if (!chosen->is_quiet) std::cout << "stopped" << std::endl;
  } catch (const std::exception& error) {
    std::cerr << "http_file_server: " << error.what() << '\n';
    return 1;
  }
}
