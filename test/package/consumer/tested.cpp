// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The test of a program that uses asiofile: on files in memory, with a power cut.

#include <asiofile/asiofile.hpp>
#include <asiofile/testing/file_system.hpp>

#include <iostream>
#include <string>

namespace asio = boost::asio;

int main() {
  asiofile::testing::file_system files({.seed = 7});
  asio::io_context context;
  files.attach(context);
  boost::system::error_code ec;
  asiofile::async_replace_file(context, "/kept", asio::buffer("text", 4),
                               [&](boost::system::error_code result) { ec = result; });
  context.run();
  files.crash();
  files.restart();
  const bool is_kept = !ec && files.read_file("/kept") == "text";
  if (!is_kept) std::cerr << "lost: " << ec.message() << '\n';
  return is_kept ? 0 : 1;
}
