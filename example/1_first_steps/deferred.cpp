// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Shows: deferred operations. Each is an object that does nothing until it is launched; `|`
// chains them into one operation (write, make durable, read back) that is launched as a whole, with
// any completion token.

#include <asiofile/asiofile.hpp>

#include <boost/asio/deferred.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using boost::system::error_code;

// An operation that completes with void(error_code, std::size_t): the first error, and the bytes
// read back. `written` and `read` must stay valid until it has completed.
auto save_and_check(asiofile::random_access_file& file, std::uint64_t offset,
                    const std::string& written, std::string& read) {
  return asio::async_write_at(file, offset, asio::buffer(written), asio::deferred) |
         asio::deferred([&file](error_code ec, std::size_t) {
           return asio::deferred.when(!ec)
               .then(file.async_sync_data(asio::deferred))
               .otherwise(asio::deferred.values(ec));
         }) |
         asio::deferred([&file, &read, offset](error_code ec) {
           return asio::deferred.when(!ec)
               .then(asio::async_read_at(file, offset, asio::buffer(read), asio::deferred))
               .otherwise(asio::deferred.values(ec, std::size_t{0}));
         });
}

int main() {
  try {
    const std::string written = "Hello world";
    std::string read(written.size(), '\0');
    error_code result;

    asio::io_context context;
    asiofile::random_access_file file(context, "deferred.txt", asiofile::parse_open_mode("w+"));

    auto operation = save_and_check(file, 0, written, read);
    // Nothing has been started yet. Now it is, here with a callback as the token.
    std::move(operation)([&result](error_code ec, std::size_t) { result = ec; });
    context.run();

    if (result) throw boost::system::system_error(result, "deferred.txt");
    std::cout << "deferred.txt: " << read << '\n';
    return read == written ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "deferred: " << error.what() << '\n';
    return 1;
  }
}
