// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The two ways to replace a file, run to completion. Use no Boost.Test, because they also run in
// children.

#include <asiofile/replace_file.hpp>
#include <asiofile/replacement_file.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <string>

namespace test_support {

using replacing = boost::system::error_code (*)(boost::asio::io_context& context,
                                                const std::string& path,
                                                const std::string& text);

inline boost::system::error_code replace_at_once(boost::asio::io_context& context,
                                                 const std::string& path,
                                                 const std::string& text) {
  boost::system::error_code failed;
  asiofile::async_replace_file(context, path, boost::asio::buffer(text),
                               [&](boost::system::error_code ec) { failed = ec; });
  context.restart();
  context.run();
  return failed;
}

inline boost::system::error_code replace_in_pieces(boost::asio::io_context& context,
                                                   const std::string& path,
                                                   const std::string& text) {
  using boost::system::error_code;
  asiofile::replacement_file replacement(context);
  error_code failed;
  const auto run = [&](auto start) {
    if (failed) return;
    start();
    context.restart();
    context.run();
  };
  const auto note = [&](error_code ec) { failed = ec; };
  run([&] { replacement.async_open(path, note); });
  const std::size_t half = text.size() / 2;
  for (const auto piece : {boost::asio::buffer(text.data(), half),
                           boost::asio::buffer(text.data() + half, text.size() - half)})
    run([&] {
      boost::asio::async_write(replacement, piece,
                               [&](error_code ec, std::size_t) { failed = ec; });
    });
  run([&] {
    replacement.async_commit(
        [&](error_code ec, const asiofile::random_access_file&) { failed = ec; });
  });
  return failed;
}

}  // namespace test_support
