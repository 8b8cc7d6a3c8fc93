// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Every asynchronous public operation, each in a coroutine that needs only a folder and an
// executor: for tests of properties that all operations have. `prepare_operations` makes the files,
// beforehand.

#include "file_contents.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace test_support {

struct operation_scene {
  boost::asio::any_io_executor executor;
  // Used only by this step, with what `prepare_operations` puts there.
  std::string folder;
  // Of the same context; null if there are none.
  asiofile::registered_buffers* slots = nullptr;

  [[nodiscard]] std::string path(std::string_view name) const {
    return folder + '/' + std::string(name);
  }
};

struct operation_step {
  const char* name;
  boost::asio::awaitable<void> (*run)(operation_scene);
};

namespace every_operation {

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using asiofile::stream_file;
using boost::system::error_code;

inline constexpr auto token = asio::as_tuple(asio::use_awaitable);
inline constexpr std::size_t block = 4096;
inline constexpr asiofile::io_priority low_priority{
    asiofile::io_priority::scheduling_class::best_effort, 5};
inline constexpr std::size_t file_bytes = 64 * block;

inline void require(error_code ec, const char* what) {
  if (ec) throw std::runtime_error(std::string(what) + ": " + ec.message());
}

template <typename File>
asio::awaitable<void> open(File& file, std::string path, file_base::flags flags) {
  require(std::get<0>(co_await file.async_open(path, flags, token)), "async_open");
}

template <typename File>
asio::awaitable<void> close(File& file) {
  require(std::get<0>(co_await file.async_close(token)), "async_close");
}

inline asio::awaitable<void> reads(operation_scene scene) {
  random_access_file file(scene.executor);
  co_await open(file, scene.path("data"), file_base::read_only);
  std::vector<char> memory(file_bytes);
  for (const std::size_t size : {block, file_bytes}) {
    auto [ec, n] = co_await file.async_read_some_at(0, asio::buffer(memory, size), token);
    require(ec, "read");
  }
  const std::array<asio::mutable_buffer, 2> two{asio::buffer(memory.data(), 100),
                                                asio::buffer(memory.data() + 100, 100)};
  require(std::get<0>(co_await file.async_read_some_at(block, two, token)), "two buffers");
  auto [ended, none] = co_await file.async_read_some_at(file_bytes, asio::buffer(memory), token);
  if (ended != asio::error::eof) throw std::runtime_error("no end of file");
  static_cast<void>(co_await file.async_read_some_at(
      0, asio::buffer(memory), low_priority, token));
  co_await close(file);
}

// The second time by the kernel's caches.
inline asio::awaitable<void> opens(operation_scene scene) {
  for (int i = 0; i != 3; ++i) {
    random_access_file file(scene.executor);
    auto [ec, status] =
        co_await file.async_open_with_status(scene.path("data"), file_base::read_only, token);
    require(ec, "async_open_with_status");
    if (status.size != file_bytes) throw std::runtime_error("another size");
    co_await close(file);
  }
}

inline asio::awaitable<void> uncached_reads(operation_scene scene) {
  random_access_file file(scene.executor);
  co_await open(file, scene.path("uncached"), file_base::read_only);
  std::vector<char> memory(file_bytes);
  require(std::get<0>(co_await file.async_read_some_at(block, asio::buffer(memory, block), token)),
          "read");
  require(std::get<0>(co_await file.async_read_some_at(0, asio::buffer(memory), token)), "read");
}

inline asio::awaitable<void> writes(operation_scene scene) {
  random_access_file file(scene.executor);
  co_await open(file, scene.path("new"), file_base::read_write | file_base::create);
  const std::string text(file_bytes, 'w');
  for (const std::size_t size : {block, file_bytes})
    require(std::get<0>(co_await file.async_write_some_at(0, asio::buffer(text, size), token)),
            "write");
  require(std::get<0>(co_await file.async_sync_data(token)), "sync_data");
  require(std::get<0>(co_await file.async_write_some_at(0, asio::buffer(text, block), token)),
          "write");
  require(std::get<0>(co_await file.async_sync_all(token)), "sync_all");
  co_await close(file);
}

inline asio::awaitable<void> chains(operation_scene scene) {
  random_access_file file(scene.executor);
  co_await open(file, scene.path("data"), file_base::read_write);
  const std::string text(block, 'c');
  require(std::get<0>(co_await file.async_write_and_sync_data_at(0, asio::buffer(text), token)),
          "chain");
  require(std::get<0>(co_await file.async_write_and_sync_all_at(block, asio::buffer(text), token)),
          "chain");
  co_await close(file);
}

inline asio::awaitable<void> ranges(operation_scene scene) {
  random_access_file file(scene.executor);
  co_await open(file, scene.path("data"), file_base::read_write);
  require(std::get<0>(co_await file.async_resize(2 * file_bytes, token)), "resize");
  // Not every file system has it.
  static_cast<void>(co_await file.async_allocate(0, file_bytes, token));
  require(
      std::get<0>(co_await file.async_advise(0, block, asiofile::file_advice::sequential, token)),
      "advise");
  require(std::get<0>(co_await file.async_size(token)), "size");
  require(std::get<0>(co_await file.async_status(token)), "status");
  co_await close(file);
}

inline asio::awaitable<void> direct(operation_scene scene) {
  random_access_file file(scene.executor);
  auto [opened] = co_await file.async_open(scene.path("data"),
                                           file_base::read_write | file_base::direct, token);
  // Not on tmpfs.
  if (opened) co_return;
  asiofile::aligned_buffer memory(file_bytes, block);
  require(
      std::get<0>(co_await file.async_read_some_at(0, asio::buffer(memory.data(), block), token)),
      "read");
  require(
      std::get<0>(co_await file.async_write_some_at(0, asio::buffer(memory.data(), block), token)),
      "write");
  require(std::get<0>(co_await file.async_write_and_sync_data_at(
              block, asio::buffer(memory.data(), block), token)),
          "chain");
  require(std::get<0>(co_await file.async_sync_data(token)), "sync");
  if (scene.slots == nullptr) co_return co_await close(file);
  auto slot = scene.slots->acquire();
  require(std::get<0>(co_await file.async_read_some_at(0, slot, token)), "read into a slot");
  require(std::get<0>(co_await file.async_write_some_at(0, slot, token)), "write from a slot");
  co_await close(file);
}

inline asio::awaitable<void> truncating_open(operation_scene scene) {
  random_access_file file(scene.executor);
  co_await open(file, scene.path("large"), file_base::read_write | file_base::truncate);
  co_await close(file);
}

inline asio::awaitable<void> refused_opens(operation_scene scene) {
  random_access_file file(scene.executor);
  auto [missing] = co_await file.async_open(scene.path("missing"), file_base::read_only, token);
  auto [twice] = co_await file.async_open(
      scene.path("data"), file_base::read_write | file_base::create | file_base::exclusive, token);
  if (!missing || !twice) throw std::runtime_error("an open is not refused");
}

inline asio::awaitable<void> opens_beneath(operation_scene scene) {
  random_access_file file(scene.executor);
  require(std::get<0>(co_await file.async_open_beneath(scene.folder, "directory/inner",
                                                       file_base::read_only, token)),
          "open_beneath");
}

// Those of an idle file, of one with an operation in flight, and of one that has lost its name.
inline asio::awaitable<void> destructors(operation_scene scene) {
  std::vector<char> memory(file_bytes);
  {
    random_access_file idle(scene.executor);
    co_await open(idle, scene.path("data"), file_base::read_only);
  }
  {
    random_access_file busy(scene.executor);
    co_await open(busy, scene.path("uncached"), file_base::read_only);
    busy.async_read_some_at(0, asio::buffer(memory), asio::detached);
  }
  {
    random_access_file removed(scene.executor);
    co_await open(removed, scene.path("large"), file_base::read_write);
    require(
        std::get<0>(co_await asiofile::async_remove(scene.executor, scene.path("large"), token)),
        "remove");
  }
  random_access_file last(scene.executor);
  co_await open(last, scene.path("data"), file_base::read_only);
  std::ignore = co_await last.async_read_some_at(0, asio::buffer(memory, block), token);
}

inline asio::awaitable<void> cancellations(operation_scene scene) {
  auto file = std::make_unique<random_access_file>(scene.executor);
  co_await open(*file, scene.path("uncached"), file_base::read_only);
  std::vector<char> memory(file_bytes);
  asio::cancellation_signal signal;
  file->async_read_some_at(0, asio::buffer(memory),
                           asio::bind_cancellation_slot(signal.slot(), asio::detached));
  file->async_sync_data(asio::detached);
  signal.emit(asio::cancellation_type::terminal);
  error_code ignored;
  file->cancel(ignored);
  co_await close(*file);
}

inline asio::awaitable<void> streams(operation_scene scene) {
  stream_file file(scene.executor);
  co_await open(file, scene.path("data"), file_base::read_write);
  std::vector<char> memory(file_bytes);
  require(std::get<0>(co_await file.async_read_some(asio::buffer(memory, block), token)), "read");
  require(std::get<0>(co_await file.async_write_some(asio::buffer(memory, block), token)), "write");
  require(std::get<0>(co_await file.async_write_and_sync_data(asio::buffer(memory, block), token)),
          "chain");
  require(std::get<0>(co_await file.async_write_and_sync_all(asio::buffer(memory, block), token)),
          "chain");
  co_await close(file);
}

inline asio::awaitable<void> appends(operation_scene scene) {
  stream_file file(scene.executor);
  co_await open(file, scene.path("data"), file_base::read_write | file_base::append);
  std::vector<char> memory(block);
  require(std::get<0>(co_await file.async_write_some(asio::buffer(memory), token)), "append");
  require(std::get<0>(co_await file.async_write_and_sync_data(asio::buffer(memory), token)),
          "chain");
  std::ignore = co_await file.async_read_some(asio::buffer(memory), token);
  require(std::get<0>(co_await file.async_write_some(asio::buffer(memory), token)), "append");
  co_await close(file);
}

inline asio::awaitable<void> fifos(operation_scene scene) {
  // Open for reading and writing, so that opening either end does not wait for the other.
  stream_file file(scene.executor);
  co_await open(file, scene.path("fifo"), file_base::read_write);
  std::array<char, 16> memory{};
  asio::cancellation_signal signal;
  file.async_read_some(asio::buffer(memory),
                       asio::bind_cancellation_slot(signal.slot(), asio::detached));
  signal.emit(asio::cancellation_type::terminal);
  require(std::get<0>(co_await file.async_write_some(asio::buffer("0123456789", 10), token)),
          "write");
  require(std::get<0>(co_await file.async_read_some(asio::buffer(memory), token)), "read");
  file.async_read_some(asio::buffer(memory), asio::detached);
  co_await close(file);
}

inline asio::awaitable<void> readers(operation_scene scene) {
  random_access_file file(scene.executor);
  co_await open(file, scene.path("lines"), file_base::read_only);
  {
    asiofile::line_reader lines(file);
    for (int i = 0; i != 20; ++i) require(std::get<0>(co_await lines.async_next(token)), "line");
    require(std::get<0>(co_await lines.async_next_string(token)), "line");
  }
  asiofile::chunk_reader chunks(file);
  require(std::get<0>(co_await chunks.async_next(token)), "chunk");
}

inline asio::awaitable<void> writers(operation_scene scene) {
  random_access_file file(scene.executor);
  co_await open(file, scene.path("written"), file_base::read_write | file_base::create);
  const std::string text(3 * block, 't');
  {
    asiofile::file_writer writer(file);
    require(std::get<0>(co_await writer.async_write(asio::buffer(text), token)), "write");
    require(std::get<0>(co_await writer.async_flush(token)), "flush");
    require(std::get<0>(co_await writer.async_write(asio::buffer(text), token)), "write");
    require(std::get<0>(co_await writer.async_close(token)), "close");
  }
  random_access_file other(scene.executor);
  co_await open(other, scene.path("written2"), file_base::read_write | file_base::create);
  asiofile::file_writer dropped(other);
  require(std::get<0>(co_await dropped.async_write(asio::buffer(text), token)), "write");
}

inline asio::awaitable<void> logs(operation_scene scene) {
  random_access_file file(scene.executor);
  co_await open(file, scene.path("log"), file_base::read_write | file_base::create);
  asiofile::append_log_options options;
  // Otherwise the constructor asks for the size, on this thread.
  options.offset = 0;
  asiofile::append_log log(std::move(file), options);
  require(std::get<0>(co_await log.async_append(asio::buffer("record", 6), token)), "append");
  require(std::get<0>(co_await log.async_flush(token)), "flush");
  require(std::get<0>(co_await log.async_close(token)), "close");
  random_access_file other(scene.executor);
  co_await open(other, scene.path("log"), file_base::read_write);
  asiofile::append_log dropped(std::move(other), options);
  dropped.async_append(asio::buffer("record", 6), asio::detached);
}

inline asio::awaitable<void> directories(operation_scene scene) {
  {
    asiofile::directory_reader reader(scene.executor);
    require(std::get<0>(co_await reader.async_open(scene.folder, token)), "open");
    require(std::get<0>(co_await reader.async_next(token)), "next");
    require(std::get<0>(co_await reader.async_rewind(token)), "rewind");
  }
  const std::string made = scene.path("made");
  auto& on = scene.executor;
  require(std::get<0>(co_await asiofile::async_create_directory(on, made, token)), "mkdir");
  require(std::get<0>(co_await asiofile::async_create_directories(on, made + "/a/b", token)),
          "mkdir -p");
  require(std::get<0>(co_await asiofile::async_sync_directory(on, made, token)), "sync");
  require(std::get<0>(co_await asiofile::async_remove(on, made + "/a/b", token)), "rmdir");
}

inline asio::awaitable<void> names(operation_scene scene) {
  auto& on = scene.executor;
  const std::string data = scene.path("data");
  require(std::get<0>(co_await asiofile::async_status(on, data, token)), "status");
  require(std::get<0>(co_await asiofile::async_rename(on, scene.path("uncached"),
                                                      scene.path("moved"), token)),
          "rename");
  require(std::get<0>(co_await asiofile::async_link(on, data, scene.path("link"), token)), "link");
  require(std::get<0>(co_await asiofile::async_symlink(on, "data", scene.path("symlink"), token)),
          "symlink");
  require(std::get<0>(co_await asiofile::async_read_symlink(on, scene.path("symlink"), token)),
          "readlink");
  require(std::get<0>(co_await asiofile::async_create_temporary(on, scene.folder, token)),
          "temporary");
  require(std::get<0>(co_await asiofile::async_remove(on, scene.path("moved"), token)), "remove");
}

inline asio::awaitable<void> whole_files(operation_scene scene) {
  auto& on = scene.executor;
  const std::string data = scene.path("data");
  const std::string text(block, 'r');
  require(std::get<0>(co_await asiofile::async_read_file(on, data, token)), "read_file");
  require(std::get<0>(
              co_await asiofile::async_write_file(on, scene.path("w"), asio::buffer(text), token)),
          "write_file");
  require(std::get<0>(
              co_await asiofile::async_append_file(on, scene.path("w"), asio::buffer(text), token)),
          "append_file");
}

inline asio::awaitable<void> replacing(operation_scene scene) {
  const std::string text(block, 'r');
  require(std::get<0>(co_await asiofile::async_replace_file(scene.executor, scene.path("data"),
                                                            asio::buffer(text), token)),
          "replace_file");
}

inline asio::awaitable<void> copying(operation_scene scene) {
  require(std::get<0>(co_await asiofile::async_copy_file(scene.executor, scene.path("data"),
                                                         scene.path("copy"), token)),
          "copy_file");
}

inline constexpr operation_step all[] = {
    {"opens", opens},
    {"reads", reads},           {"uncached_reads", uncached_reads},
    {"writes", writes},         {"chains", chains},
    {"ranges", ranges},         {"direct", direct},
    {"truncating_open", truncating_open}, {"refused_opens", refused_opens},
    {"opens_beneath", opens_beneath},     {"destructors", destructors},
    {"cancellations", cancellations},     {"streams", streams},
    {"appends", appends},       {"fifos", fifos},
    {"readers", readers},       {"writers", writers},
    {"logs", logs},
    {"directories", directories},         {"names", names},
    {"whole_files", whole_files},         {"replacing", replacing},
    {"copying", copying},
};

}  // namespace every_operation

// Makes the folder of each step in a folder, with its files.
inline void prepare_operations(const std::string& where) {
  using every_operation::file_bytes;
  constexpr std::size_t large_bytes = 4 * 1024 * 1024;
  for (const operation_step& each : every_operation::all) {
    const std::string folder = where + '/' + each.name;
    std::filesystem::create_directories(folder + "/directory");
    write_file(folder + "/directory/inner", "inner");
    make_pattern_file(folder + "/data", 1, file_bytes);
    make_pattern_file(folder + "/uncached", 2, file_bytes);
    make_pattern_file(folder + "/large", 3, large_bytes);
    std::string lines;
    for (int i = 0; i != 1000; ++i) lines += "line\n";
    write_file(folder + "/lines", lines);
    if (::mkfifo((folder + "/fifo").c_str(), 0600) != 0) throw std::runtime_error("mkfifo");
    const int fd = ::open((folder + "/uncached").c_str(), O_RDONLY | O_CLOEXEC);
    ::fsync(fd);
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    ::close(fd);
  }
}

}  // namespace test_support
