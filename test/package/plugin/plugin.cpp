// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// What a plugin or a language's extension module does: it uses the library behind a C function.

#include <asiofile/asiofile.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/read_at.hpp>
#include <boost/asio/write_at.hpp>

#include <cstdio>
#include <string>

namespace asio = boost::asio;

// Returns 0 if what was written could be read.
extern "C" __attribute__((visibility("default"))) int write_and_read(const char* path) {
  asio::io_context context;
  asiofile::random_access_file file(context);
  const std::string written = "from a plugin";
  std::string read(written.size(), '\0');
  boost::system::error_code result;
  file.async_open(path, asiofile::parse_open_mode("w+"), [&](boost::system::error_code opened) {
    result = opened;
    if (opened) return;
    asio::async_write_at(file, 0, asio::buffer(written), [&](auto ec, std::size_t) {
      result = ec;
      if (ec) return;
      asio::async_read_at(file, 0, asio::buffer(read), [&](auto at_end, std::size_t) {
        result = at_end;
      });
    });
  });
  context.run();
  std::remove(path);
  return !result && read == written ? 0 : 1;
}
