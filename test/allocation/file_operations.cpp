// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Operations of file objects that are open.

#include "scene.hpp"

#include <memory>
#include <utility>

namespace allocation_test {

namespace {

// More than are stored without an allocation.
std::vector<boost::asio::mutable_buffer> many_buffers(scene& in) {
  const auto whole = in.buffer();
  std::vector<boost::asio::mutable_buffer> parts;
  for (std::size_t i = 0; i != 64; ++i)
    parts.emplace_back(static_cast<char*>(whole.data()) + i, 1);
  return parts;
}

asiofile::random_access_file* opened(scene& in) { return &in.file(); }
asiofile::stream_file* opened_stream(scene& in) { return &in.stream(); }
asiofile::stream_file* filled_fifo(scene& in) { return &in.fifo_stream(in.fifo_line()); }

// With a read of a FIFO in flight, which nothing ends by itself.
asiofile::stream_file* reading_fifo(scene& in) {
  auto& reading = in.fifo_stream({});
  reading.async_read_some(in.buffer(), in.other_handler());
  in.context().poll();
  in.context().restart();
  return &reading;
}

std::vector<tested_operation> transfers() {
  return {
      starts_on("async_read_some_at", opened,
                [](scene& in, auto* file) {
                  file->async_read_some_at(0, in.buffer(), in.handler());
                }),
      starts_on("async_read_some_at, many buffers",
                [](scene& in) { return std::pair(&in.file(), many_buffers(in)); },
                [](scene& in, const auto& with) {
                  with.first->async_read_some_at(0, with.second, in.handler());
                }),
      starts_on("async_read_some_at, nothing", opened,
                [](scene& in, auto* file) {
                  file->async_read_some_at(0, boost::asio::mutable_buffer(), in.handler());
                }),
      starts_on("async_write_some_at", opened,
                [](scene& in, auto* file) {
                  file->async_write_some_at(4096, in.buffer(), in.handler());
                }),
      starts_on("async_write_and_sync_data_at", opened,
                [](scene& in, auto* file) {
                  file->async_write_and_sync_data_at(4096, in.buffer(), in.handler());
                }),
      starts_on("async_write_and_sync_all_at", opened,
                [](scene& in, auto* file) {
                  file->async_write_and_sync_all_at(4096, in.buffer(), in.handler());
                }),
      starts_on("async_read_some", opened_stream,
                [](scene& in, auto* file) { file->async_read_some(in.buffer(), in.handler()); }),
      starts_on("async_write_some", opened_stream,
                [](scene& in, auto* file) { file->async_write_some(in.buffer(), in.handler()); }),
      starts_on("async_write_and_sync_data", opened_stream,
                [](scene& in, auto* file) {
                  file->async_write_and_sync_data(in.buffer(), in.handler());
                }),
      starts_on("async_write_and_sync_all", opened_stream,
                [](scene& in, auto* file) {
                  file->async_write_and_sync_all(in.buffer(), in.handler());
                }),
      starts_on("async_read_some of a FIFO", filled_fifo,
                [](scene& in, auto* file) { file->async_read_some(in.buffer(), in.handler()); }),
      starts_on("async_read_some of a FIFO that is fed later",
                [](scene& in) { return &in.fifo_stream({}); },
                [](scene& in, auto* file) {
                  file->async_read_some(in.buffer(), in.handler());
                  in.feed_fifo();
                })};
}

std::vector<tested_operation> other_operations() {
  return {
      starts_on("async_sync_data", opened,
                [](scene& in, auto* file) { file->async_sync_data(in.handler()); }),
      starts_on("async_sync_all", opened,
                [](scene& in, auto* file) { file->async_sync_all(in.handler()); }),
      starts_on("async_size", opened,
                [](scene& in, auto* file) { file->async_size(in.handler()); }),
      starts_on("async_status", opened,
                [](scene& in, auto* file) { file->async_status(in.handler()); }),
      starts_on("async_resize", opened,
                [](scene& in, auto* file) { file->async_resize(8192, in.handler()); }),
      starts_on("async_allocate", opened,
                [](scene& in, auto* file) { file->async_allocate(0, 8192, in.handler()); }),
      starts_on("async_advise", opened,
                [](scene& in, auto* file) {
                  file->async_advise(0, 0, asiofile::file_advice::sequential, in.handler());
                }),
      starts_on("async_close", opened,
                [](scene& in, auto* file) { file->async_close(in.handler()); }),
      starts_on("async_close with a read in flight", reading_fifo,
                [](scene& in, auto* file) { file->async_close(in.handler()); }),
      starts_on("an operation on a closed file",
                [](scene& in) {
                  in.file().close();
                  return std::make_shared<asiofile::random_access_file>(in.context());
                },
                [](scene& in, const auto& file) {
                  file->async_read_some_at(0, in.buffer(), [handler = in.handler()](
                                                               const error_code& ec, std::size_t) {
                    // The expected refusal is no error here.
                    handler(ec.value() == EBADF ? error_code() : ec);
                  });
                }),
      calls_on("cancel with a read in flight", reading_fifo,
               [](scene&, auto* file) {
                 error_code ec;
                 file->cancel(ec);
                 return ec;
               }),
      calls_on("close with a read in flight", reading_fifo, [](scene&, auto* file) {
        error_code ec;
        file->close(ec);
        return ec;
      })};
}

}  // namespace

std::vector<tested_operation> file_operations() {
  auto all = transfers();
  for (auto& each : other_operations()) all.push_back(std::move(each));
  return all;
}

}  // namespace allocation_test
