// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Shows: clones. Several digests of one file at once: each has a clone of the file, with a position
// of its own, and a thread of the pool to compute on.
//
//   hash [FILE]      without FILE: makes data.bin
//
// Prints what md5sum, sha1sum, sha256sum and sha512sum do.

#include <asiofile/asiofile.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/system/system_error.hpp>

#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <exception>
#include <fstream>
#include <future>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace asio = boost::asio;
using asio::use_awaitable;
using asiofile::stream_file;

class digest {
 public:
  explicit digest(const char* name) : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    const EVP_MD* const algorithm = EVP_get_digestbyname(name);
    if (!context_ || EVP_DigestInit_ex(context_.get(), algorithm, nullptr) != 1)
      throw std::runtime_error(std::string("no digest ") + name);
  }

  void add(const void* data, std::size_t size) {
    if (EVP_DigestUpdate(context_.get(), data, size) != 1) throw std::runtime_error("digest");
  }

  std::string hexadecimal() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
    unsigned size = 0;
    if (EVP_DigestFinal_ex(context_.get(), bytes.data(), &size) != 1)
      throw std::runtime_error("digest");
    std::string text;
    char digits[3];
    for (unsigned i = 0; i != size; ++i) {
      std::snprintf(digits, sizeof digits, "%02x", bytes[i]);
      text += digits;
    }
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

asio::awaitable<std::string> hash(stream_file file, const char* algorithm) {
  digest sum(algorithm);
  std::vector<char> block(256 * 1024);
  for (;;) {
    const auto [ec, n] =
        co_await file.async_read_some(asio::buffer(block), asio::as_tuple(use_awaitable));
    if (ec == asio::error::eof) co_return sum.hexadecimal();
    if (ec) throw boost::system::system_error(ec, "read");
    sum.add(block.data(), n);
  }
}

int main(int argc, char** argv) {
  try {
    const std::string path = argc > 1 ? argv[1] : "data.bin";
    if (argc <= 1) std::ofstream(path) << std::string(3'000'000, 'x');

    asio::thread_pool pool;
    const stream_file file(pool, path, asiofile::file_base::read_only);
    const std::array<const char*, 4> algorithms = {"md5", "sha1", "sha256", "sha512"};
    std::vector<std::future<std::string>> sums;
    for (const char* const each : algorithms)
      sums.push_back(asio::co_spawn(pool, hash(file.clone(), each), asio::use_future));
    for (auto& each : sums) std::cout << each.get() << "  " << path << '\n';
  } catch (const std::exception& error) {
    std::cerr << "hash: " << error.what() << '\n';
    return 1;
  }
}
