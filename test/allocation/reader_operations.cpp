// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Readers and writers, which have operations of their own.

#include "scene.hpp"

#include <asiofile/append_log.hpp>
#include <asiofile/tail_reader.hpp>

#include <array>
#include <memory>
#include <string>

namespace allocation_test {

namespace {

using asiofile::append_log;
using asiofile::chunk_reader;
using asiofile::file_writer;
using asiofile::line_reader;
using asiofile::tail_reader;

// Small, so that a call takes several reads or writes.
constexpr std::size_t piece_bytes = 64;

asiofile::line_reader_options small_reads() {
  asiofile::line_reader_options options;
  options.buffer_bytes = piece_bytes;
  options.read_ahead = 2;
  return options;
}

// A line that takes several of them.
asiofile::line_reader_options long_lines() {
  auto options = small_reads();
  options.delimiter = "line 99\n";
  return options;
}

asiofile::chunk_reader_options small_chunks() {
  asiofile::chunk_reader_options options;
  options.chunk_bytes = piece_bytes;
  options.read_ahead = 2;
  return options;
}

asiofile::file_writer_options small_buffers() {
  asiofile::file_writer_options options;
  options.buffer_bytes = piece_bytes;
  options.buffers = 2;
  options.offset = 4096;
  return options;
}

std::shared_ptr<line_reader> lines_of_file(scene& in) {
  return std::make_shared<line_reader>(in.file(), small_reads());
}
std::shared_ptr<line_reader> long_lines_of_file(scene& in) {
  return std::make_shared<line_reader>(in.file(), long_lines());
}
std::shared_ptr<line_reader> lines_of_stream(scene& in) {
  return std::make_shared<line_reader>(in.stream(), small_reads());
}
std::shared_ptr<line_reader> lines_of_fifo(scene& in) {
  return std::make_shared<line_reader>(in.fifo_stream(in.fifo_line()), small_reads());
}
std::shared_ptr<chunk_reader> chunks_of_file(scene& in) {
  return std::make_shared<chunk_reader>(in.file(), small_chunks());
}
std::shared_ptr<chunk_reader> chunks_of_fifo(scene& in) {
  return std::make_shared<chunk_reader>(in.fifo_stream(in.fifo_line()), small_chunks());
}
std::shared_ptr<tail_reader> lines_of_name(scene& in) {
  asiofile::tail_reader_options options;
  options.buffer_bytes = piece_bytes;
  return std::make_shared<tail_reader>(in.context(), in.data_path(), options);
}
std::shared_ptr<file_writer> writer_of_file(scene& in) {
  return std::make_shared<file_writer>(in.file(), small_buffers());
}

// On a descriptor that the scene's file also has.
std::shared_ptr<append_log> log_of_file(scene& in) {
  asiofile::append_log_options options;
  options.offset = 8192;
  options.buffer_bytes = piece_bytes;
  return std::make_shared<append_log>(in.file().clone(), options);
}

// With something to flush.
std::shared_ptr<file_writer> begun_writer(scene& in) {
  auto writer = writer_of_file(in);
  writer->async_write(boost::asio::buffer("begun", 5), in.other_handler());
  in.context().run();
  in.context().restart();
  return writer;
}

void next(scene& in, auto& reader) { reader->async_next(in.handler()); }
void next_string(scene& in, auto& reader) { reader->async_next_string(in.handler()); }

std::vector<tested_operation> readers() {
  const auto next_of = [](scene& in, const auto& reader) { next(in, reader); };
  const auto string_of = [](scene& in, const auto& reader) { next_string(in, reader); };
  // With the file object new, too.
  return {starts_on("line_reader::async_next", lines_of_file, next_of),
          starts_on("line_reader::async_next of a long line", long_lines_of_file, next_of),
          starts_on("line_reader::async_next of a stream file", lines_of_stream, next_of),
          starts_on("line_reader::async_next of a FIFO", lines_of_fifo, next_of),
          starts_on("line_reader::async_next_string", lines_of_file, string_of),
          starts_on("line_reader::async_next_string of a long line", long_lines_of_file, string_of),
          starts_on("chunk_reader::async_next", chunks_of_file, next_of),
          starts_on("chunk_reader::async_next of a FIFO", chunks_of_fifo, next_of),
          starts_on("tail_reader::async_next", lines_of_name, next_of),
          starts_on("tail_reader::async_next_string", lines_of_name, string_of),
          calls_on("tail_reader, made", [](scene& in) { return &in; },
                   [](scene&, scene* in) {
                     const tail_reader reader(in->context(), in->data_path());
                     return error_code();
                   }),
          calls_on("line_reader, made", [](scene& in) { return &in.file(); },
                   [](scene&, auto* file) {
                     const line_reader reader(*file);
                     return error_code();
                   }),
          calls_on("chunk_reader, made", [](scene& in) { return &in.stream(); },
                   [](scene&, auto* file) {
                     const chunk_reader reader(*file);
                     return error_code();
                   })};
}

std::vector<tested_operation> writers() {
  return {starts_on("file_writer::async_write", writer_of_file,
                    [](scene& in, const auto& writer) {
                      writer->async_write(in.buffer(), in.handler());
                    }),
          starts_on("file_writer::async_flush", begun_writer,
                    [](scene& in, const auto& writer) { writer->async_flush(in.handler()); }),
          starts_on("file_writer::async_close", begun_writer,
                    [](scene& in, const auto& writer) { writer->async_close(in.handler()); }),
          calls_on("file_writer, made", [](scene& in) { return &in.file(); },
                   [](scene&, auto* file) {
                     const file_writer writer(*file);
                     return error_code();
                   })};
}

std::vector<tested_operation> logs() {
  return {starts_on("append_log::async_append", log_of_file,
                    [](scene& in, const auto& log) {
                      log->async_append(in.buffer(), in.handler());
                    }),
          starts_on("append_log::async_append of two buffers", log_of_file,
                    [](scene& in, const auto& log) {
                      log->async_append(std::array{in.buffer(), in.buffer()}, in.handler());
                    }),
          starts_on("append_log::async_flush", log_of_file,
                    [](scene& in, const auto& log) { log->async_flush(in.handler()); }),
          starts_on("append_log::async_close", log_of_file,
                    [](scene& in, const auto& log) { log->async_close(in.handler()); }),
          calls_on("append_log, made", [](scene& in) { return &in.file(); },
                   [](scene&, auto* file) {
                     const append_log log(file->clone());
                     return error_code();
                   })};
}

}  // namespace

std::vector<tested_operation> reader_operations() {
  auto all = readers();
  for (auto& each : writers()) all.push_back(std::move(each));
  for (auto& each : logs()) all.push_back(std::move(each));
  return all;
}

}  // namespace allocation_test
