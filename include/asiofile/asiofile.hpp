// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Includes all of asiofile, and the parts of Boost.Asio that programs use with it: `io_context`,
/// coroutines, and the composed reads and writes of streams and random access devices.

#include <asiofile/aligned_allocator.hpp>
#include <asiofile/aligned_buffer.hpp>
#include <asiofile/append_log.hpp>
#include <asiofile/append_log_options.hpp>
#include <asiofile/backend.hpp>
#include <asiofile/basic_append_log.hpp>
#include <asiofile/basic_chunk_reader.hpp>
#include <asiofile/basic_directory.hpp>
#include <asiofile/basic_directory_reader.hpp>
#include <asiofile/basic_file.hpp>
#include <asiofile/basic_file_writer.hpp>
#include <asiofile/basic_line_reader.hpp>
#include <asiofile/basic_random_access_file.hpp>
#include <asiofile/basic_stream_file.hpp>
#include <asiofile/basic_tail_reader.hpp>
#include <asiofile/buffer_sequence.hpp>
#include <asiofile/chunk_reader.hpp>
#include <asiofile/chunk_reader_options.hpp>
#include <asiofile/copy_file.hpp>
#include <asiofile/directory.hpp>
#include <asiofile/directory_entry.hpp>
#include <asiofile/directory_reader.hpp>
#include <asiofile/file_advice.hpp>
#include <asiofile/file_base.hpp>
#include <asiofile/file_service.hpp>
#include <asiofile/file_status.hpp>
#include <asiofile/file_system.hpp>
#include <asiofile/file_writer.hpp>
#include <asiofile/file_writer_options.hpp>
#include <asiofile/io_priority.hpp>
#include <asiofile/io_alignment.hpp>
#include <asiofile/line_reader.hpp>
#include <asiofile/line_reader_options.hpp>
#include <asiofile/lock_mode.hpp>
#include <asiofile/open_mode.hpp>
#include <asiofile/probe.hpp>
#include <asiofile/random_access_file.hpp>
#include <asiofile/registered_buffer.hpp>
#include <asiofile/registered_buffers.hpp>
#include <asiofile/replace_file.hpp>
#include <asiofile/replacement_file.hpp>
#include <asiofile/replacement_options.hpp>
#include <asiofile/send_file.hpp>
#include <asiofile/service_options.hpp>
#include <asiofile/size_rule.hpp>
#include <asiofile/statistics.hpp>
#include <asiofile/stream_file.hpp>
#include <asiofile/tail_checkpoint.hpp>
#include <asiofile/tail_reader.hpp>
#include <asiofile/tail_reader_options.hpp>
#include <asiofile/trace.hpp>
#include <asiofile/version.hpp>
#include <asiofile/whole_file.hpp>
#include <asiofile/write_and_sync_result.hpp>
#include <asiofile/write_flags.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_at.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/asio/write_at.hpp>
