// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// How file objects open a file, and release it.

#include "scene.hpp"
#include "system/owned_fd.hpp"

#include <fcntl.h>

#include <array>
#include <memory>
#include <utility>

namespace allocation_test {

namespace {

using asiofile::file_base;
using asiofile::random_access_file;

std::shared_ptr<random_access_file> closed(scene& in) {
  return std::make_shared<random_access_file>(in.context());
}

// Closes the descriptor that a failed `assign` has left to the caller.
struct loose_file {
  explicit loose_file(scene& in)
      : file(in.context()), fd(::open(in.data_path().c_str(), O_RDWR | O_CLOEXEC)) {}

  random_access_file file;
  asiofile::detail::owned_fd fd;
};

std::shared_ptr<loose_file> with_descriptor(scene& in) { return std::make_shared<loose_file>(in); }

std::vector<tested_operation> asynchronous_openings() {
  return {
      starts_on("async_open", closed,
                [](scene& in, const auto& file) {
                  if (file->is_open()) file->close();
                  file->async_open(in.data_path(), file_base::read_write, in.handler());
                }),
      starts_on("async_open_beneath", closed,
                [](scene& in, const auto& file) {
                  if (file->is_open()) file->close();
                  file->async_open_beneath(in.path("."), "./data", file_base::read_only,
                                           in.handler());
                }),
      starts_on("async_open_beneath a directory that is open",
                [](scene& in) {
                  return std::array{
                      closed(in), std::make_shared<random_access_file>(in.context(), in.path("."),
                                                                       file_base::read_only)};
                },
                [](scene& in, const auto& files) {
                  if (files[0]->is_open()) files[0]->close();
                  files[0]->async_open_beneath(*files[1], "data", file_base::read_only,
                                               in.handler());
                }),
      starts("a file object and async_open, all new", [](scene& in) {
        auto file = std::make_shared<random_access_file>(in.context());
        file->async_open(in.data_path(), file_base::read_write,
                         [file, handler = in.handler()](const error_code& ec) { handler(ec); });
      })};
}

std::vector<tested_operation> synchronous_openings() {
  return {
      calls("a file object, opened and closed",
            [](scene& in) {
              random_access_file file(in.context());
              error_code ec;
              file.open(in.data_path(), file_base::read_write, ec);
              if (!ec) file.close(ec);
              return ec;
            }),
      calls("a file object that opens",
            [](scene& in) {
              const asiofile::stream_file file(in.context(), in.data_path(), file_base::read_only);
              return error_code();
            }),
      calls_on("open_beneath", closed,
               [](scene& in, const auto& file) {
                 error_code ec;
                 file->open_beneath(in.path("."), "./data", file_base::read_only, ec);
                 return ec;
               }),
      calls_on("assign", with_descriptor,
               [](scene&, const auto& loose) {
                 error_code ec;
                 loose->file.assign(loose->fd.get(), ec);
                 if (!ec) static_cast<void>(loose->fd.release());
                 return ec;
               }),
      calls_on("assign, borrowed", with_descriptor,
               [](scene&, const auto& loose) {
                 error_code ec;
                 loose->file.assign(loose->fd.get(), asiofile::borrowed, ec);
                 if (!ec) loose->file.close(ec);
                 return ec;
               }),
      calls_on("clone", [](scene& in) { return &in.file(); },
               [](scene&, auto* file) {
                 error_code ec;
                 auto copy = file->clone();
                 copy.size(ec);
                 return ec;
               }),
      calls_on("release", closed,
               [](scene& in, const auto& file) {
                 error_code ec;
                 if (!file->is_open()) file->open(in.data_path(), file_base::read_only, ec);
                 if (!ec) const asiofile::detail::owned_fd released(file->release(ec));
                 return ec;
               }),
      calls_on("a clone is released", [](scene& in) { return &in.file(); },
               [](scene&, auto* file) {
                 auto copy = file->clone();
                 error_code ec;
                 const asiofile::detail::owned_fd released(copy.release(ec));
                 return ec;
               }),
      calls("moved, and used again", [](scene& in) {
        random_access_file file(in.context(), in.data_path(), file_base::read_only);
        random_access_file other(std::move(file));
        error_code ec;
        file.open(in.data_path(), file_base::read_only, ec);
        return ec;
      })};
}

}  // namespace

std::vector<tested_operation> opening_operations() {
  auto all = asynchronous_openings();
  for (auto& each : synchronous_openings()) all.push_back(std::move(each));
  return all;
}

}  // namespace allocation_test
