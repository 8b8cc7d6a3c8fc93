// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Every public function template once, so that its body is compiled with the warnings of a strict
// user, and every asynchronous one without a token, so that each takes the executor's default one.
// Compiled, not run.

#include <asiofile/asiofile.hpp>
#include <asiofile/replacement_file.hpp>
#include <asiofile/testing/file_system.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::file_base;
using boost::system::error_code;

namespace {

// An executor whose default token makes coroutines.
using executor = asio::use_awaitable_t<>::executor_with_default<asio::any_io_executor>;
template <typename Value>
using awaited = asio::awaitable<Value>;

// Checks that the return value is what the executor's default token makes.
template <typename Value>
void require(awaited<Value>&&) {}

constexpr auto flags = file_base::read_write | file_base::create;
const std::string path = "file";

// ---- default tokens

template <typename File>
void default_tokens_of_any_file(File& file) {
  require<void>(file.async_open(path, flags));
  require<void>(file.async_open("file", flags, 0600));
  require<asiofile::file_status>(file.async_open_with_status(path, flags));
  require<void>(file.async_open_beneath(path, path, flags));
  require<asiofile::file_status>(file.async_open_beneath_with_status(file, path, flags));
  require<void>(file.async_open_beneath("root", path, flags, 0600));
  require<void>(file.async_open_beneath(file, path, flags));
  require<void>(file.async_open_beneath(file, path, flags, 0600));
  require<std::uint64_t>(file.async_size());
  require<asiofile::file_status>(file.async_status());
  require<void>(file.async_allocate(0, 1));
  require<void>(file.async_allocate(0, 1, asiofile::size_rule::keep));
  require<void>(file.async_punch_hole(0, 1));
  require<void>(file.async_zero_range(0, 1, asiofile::size_rule::keep));
  require<void>(file.async_lock(asiofile::lock_mode::shared));
  require<void>(file.async_lock(asiofile::lock_mode::exclusive, 0, 1));
  require<void>(file.async_advise(0, 1, asiofile::file_advice::normal));
  require<void>(file.async_resize(0));
  require<void>(file.async_sync_all());
  require<void>(file.async_sync_data());
  require<void>(file.async_close());
}

void default_tokens_of_files(asiofile::basic_random_access_file<executor>& file,
                             asiofile::basic_stream_file<executor>& stream,
                             asiofile::registered_buffer& slot) {
  std::array<char, 4> bytes{};
  const asio::mutable_buffer memory = asio::buffer(bytes);
  const asio::const_buffer content = memory;
  default_tokens_of_any_file(file);
  default_tokens_of_any_file(stream);
  require<std::size_t>(file.async_read_some_at(0, memory));
  require<std::size_t>(file.async_read_some_at(0, slot));
  require<std::size_t>(file.async_read_some_at(0, memory, asiofile::io_priority()));
  require<std::size_t>(file.async_write_some_at(0, content));
  require<std::size_t>(file.async_write_some_at(0, slot));
  require<std::size_t>(file.async_write_some_at(0, content, asiofile::io_priority()));
  require<std::size_t>(file.async_write_some_at(0, content, asiofile::write_flags::durable));
  require<asiofile::write_and_sync_result>(file.async_write_and_sync_data_at(0, content));
  require<asiofile::write_and_sync_result>(file.async_write_and_sync_all_at(0, content));
  require<std::size_t>(stream.async_read_some(memory));
  require<std::size_t>(stream.async_write_some(content));
  require<std::size_t>(stream.async_write_some(content, asiofile::write_flags::durable));
  require<asiofile::write_and_sync_result>(stream.async_write_and_sync_data(content));
  require<asiofile::write_and_sync_result>(stream.async_write_and_sync_all(content));
}

void default_tokens_of_readers(asiofile::basic_stream_file<executor>& stream) {
  asiofile::basic_chunk_reader<executor> chunks(stream);
  require<std::optional<asio::const_buffer>>(chunks.async_next());
  asiofile::basic_line_reader<executor> lines(stream);
  require<std::optional<std::string_view>>(lines.async_next());
  require<std::optional<std::string>>(lines.async_next_string());
  asiofile::basic_tail_reader<executor> tail(stream.get_executor(), path);
  require<std::optional<std::string_view>>(tail.async_next());
  require<std::optional<std::string>>(tail.async_next_string());
  asiofile::basic_directory_reader<executor> directory(stream.get_executor());
  require<void>(directory.async_open(path));
  require<std::optional<std::vector<asiofile::directory_entry>>>(directory.async_next());
  require<void>(directory.async_rewind());
  asiofile::basic_file_writer<executor> writer(stream);
  require<std::size_t>(writer.async_write(asio::buffer(path)));
  require<void>(writer.async_flush());
  require<void>(writer.async_close());
  asiofile::basic_append_log<executor> log{
      asiofile::basic_random_access_file<executor>(stream.get_executor())};
  require<std::uint64_t>(log.async_append(asio::buffer(path)));
  require<void>(log.async_flush());
  require<void>(log.async_close());
}

void default_tokens_of_directories(asiofile::basic_directory<executor>& root,
                                   asiofile::basic_random_access_file<executor>& file) {
  const auto content = asio::buffer(path);
  asiofile::basic_directory<executor> below(root.get_executor());
  asiofile::basic_directory_reader<executor> reader(root.get_executor());
  constexpr auto reading = asiofile::file_base::read_only;
  asio::basic_stream_socket<asio::ip::tcp, executor> socket(root.get_executor());
  require<std::uint64_t>(asiofile::async_send_file(socket, file, 0, asiofile::to_end_of_file));
  require<void>(root.async_open(path));
  require<void>(root.async_open_file(file, path, reading));
  require<void>(root.async_open_file(file, path, reading, 0600));
  require<asiofile::file_status>(root.async_open_file_with_status(file, path, reading));
  require<void>(root.async_open_directory(below, path));
  require<void>(root.async_open_reader(reader, path));
  require<asiofile::file_status>(root.async_status());
  require<asiofile::file_status>(root.async_status(path));
  require<asiofile::file_status>(root.async_status(path, asiofile::symlinks::no_follow));
  require<void>(root.async_rename(path, path));
  require<void>(root.async_rename(path, path, asiofile::rename_mode::replace));
  require<void>(root.async_remove(path));
  require<void>(root.async_create_directory(path));
  require<void>(root.async_create_directory(path, 0700));
  require<void>(root.async_create_directories(path));
  require<void>(root.async_link(path, path));
  require<void>(root.async_symlink(path, path));
  require<std::string>(root.async_read_symlink(path));
  require<void>(root.async_sync_directory(path));
  require<std::string>(root.async_create_temporary(path, path));
  require<std::uint64_t>(root.async_copy_file(path, path));
  require<std::uint64_t>(root.async_copy_file(path, path, asiofile::copy_options()));
  require<std::string>(root.async_read_file(path));
  require<std::string>(root.async_read_file(path, 1000));
  require<std::size_t>(root.async_write_file(path, content));
  require<std::size_t>(root.async_append_file(path, content));
  require<void>(root.async_replace_file(path, content));
}

void default_tokens_of_replacements(asiofile::basic_replacement_file<executor>& replacement,
                                    asiofile::basic_directory<executor>& root) {
  const auto content = asio::buffer(path);
  require<void>(replacement.async_open(path));
  require<void>(replacement.async_open(path, asiofile::replacement_options()));
  require<void>(replacement.async_open_beneath(root, path));
  require<void>(replacement.async_open_beneath(root, path, asiofile::replacement_options()));
  require<void>(root.async_open_replacement(replacement, path));
  require<void>(root.async_open_replacement(replacement, path, asiofile::replacement_options()));
  require<std::size_t>(replacement.async_write_some(content));
  require<std::size_t>(replacement.async_write_some_at(0, content));
  require<asiofile::basic_random_access_file<executor>>(replacement.async_commit());
  require<void>(replacement.async_discard());
}

void default_tokens_of_free_functions(const executor& ex, asiofile::testing::file_system& files) {
  const auto content = asio::buffer(path);
  require<asiofile::file_status>(asiofile::async_status(ex, path));
  require<asiofile::file_status>(asiofile::async_status(ex, path, asiofile::symlinks::no_follow));
  require<void>(asiofile::async_rename(ex, path, path));
  require<void>(asiofile::async_rename(ex, path, path, asiofile::rename_mode::replace));
  require<void>(asiofile::async_remove(ex, path));
  require<void>(asiofile::async_create_directory(ex, path));
  require<void>(asiofile::async_create_directory(ex, path, 0700));
  require<void>(asiofile::async_create_directories(ex, path));
  require<void>(asiofile::async_link(ex, path, path));
  require<void>(asiofile::async_symlink(ex, path, path));
  require<std::string>(asiofile::async_read_symlink(ex, path));
  require<void>(asiofile::async_sync_directory(ex, path));
  require<std::string>(asiofile::async_create_temporary(ex, path));
  require<std::string>(asiofile::async_create_temporary(ex, path, path));
  require<std::uint64_t>(asiofile::async_copy_file(ex, path, path));
  require<std::uint64_t>(asiofile::async_copy_file(ex, path, path, asiofile::copy_options()));
  require<std::string>(asiofile::async_read_file(ex, path));
  require<std::string>(asiofile::async_read_file(ex, path, 1000));
  require<std::size_t>(asiofile::async_write_file(ex, path, content));
  require<std::size_t>(asiofile::async_append_file(ex, path, content));
  require<void>(asiofile::async_replace_file(ex, path, content));
  require<void>(files.async_wait(ex, std::chrono::seconds(1)));
}

// ---- other tokens, other executors

template <typename File>
void synchronous_functions_of_any_file(File& file) {
  error_code ec;
  file.open(path, flags);
  file.open(path, flags, ec);
  file.open("file", flags);
  file.open("file", flags, ec);
  file.open(path, flags, 0600);
  file.open(path, flags, 0600, ec);
  file.open_beneath("root", path, flags);
  file.open_beneath(path, path, flags, ec);
  file.open_beneath(file, path, flags, 0600);
  file.open_beneath(file, path, flags, 0600, ec);
  file.assign(3);
  file.assign(3, ec);
  file.assign(3, asiofile::borrowed);
  file.assign(3, asiofile::borrowed, ec);
  file.register_descriptor();
  file.register_descriptor(ec);
  file.set_priority(asiofile::io_priority());
  file.set_priority(asiofile::io_priority(), ec);
  file.allocate(0, 1);
  file.allocate(0, 1, ec);
  file.allocate(0, 1, asiofile::size_rule::keep);
  file.allocate(0, 1, asiofile::size_rule::keep, ec);
  file.punch_hole(0, 1);
  file.punch_hole(0, 1, ec);
  file.zero_range(0, 1, asiofile::size_rule::grow);
  file.zero_range(0, 1, asiofile::size_rule::grow, ec);
  using asiofile::lock_mode;
  file.lock(lock_mode::shared);
  file.lock(lock_mode::shared, ec);
  file.lock(lock_mode::shared, 0, 1);
  file.lock(lock_mode::shared, 0, 1, ec);
  static_cast<void>(file.try_lock(lock_mode::shared) || file.try_lock(lock_mode::shared, ec) ||
                    file.try_lock(lock_mode::shared, 0, 1) ||
                    file.try_lock(lock_mode::shared, 0, 1, ec));
  file.unlock();
  file.unlock(ec);
  file.unlock(0, 1);
  file.unlock(0, 1, ec);
  file.set_uncached(true);
  file.set_uncached(true, ec);
  static_cast<void>(file.is_uncached());
  static_cast<void>(file.untorn_writes() == file.untorn_writes(ec));
  file.advise(0, 1, asiofile::file_advice::normal);
  file.advise(0, 1, asiofile::file_advice::normal, ec);
  file.resize(0);
  file.resize(0, ec);
  file.sync_all();
  file.sync_all(ec);
  file.sync_data();
  file.sync_data(ec);
  file.cancel();
  file.cancel(ec);
  static_cast<void>(file.size() + file.size(ec));
  static_cast<void>(file.status());
  static_cast<void>(file.status(ec));
  static_cast<void>(file.alignment());
  static_cast<void>(file.alignment(ec));
  static_cast<void>(file.is_open() || file.is_registered() || file.native_handle() == 0);
  static_cast<void>(file.release());
  static_cast<void>(file.release(ec));
  file.close();
  file.close(ec);
  File other = file.clone();
  other = std::move(file);
}

// `token` makes one that accepts whatever an operation completes with.
template <typename File, typename Token>
void tokens_of_any_file(File& file, const Token& token) {
  file.async_open(path, flags, token());
  file.async_open(path, flags, 0600, token());
  file.async_open_with_status(path, flags, token());
  file.async_open_beneath("root", path, flags, token());
  file.async_open_beneath_with_status("root", path, flags, token());
  file.async_open_beneath(file, path, flags, 0600, token());
  file.async_size(token());
  file.async_status(token());
  file.async_allocate(0, 1, token());
  file.async_allocate(0, 1, asiofile::size_rule::keep, token());
  file.async_punch_hole(0, 1, token());
  file.async_zero_range(0, 1, asiofile::size_rule::keep, token());
  file.async_lock(asiofile::lock_mode::shared, token());
  file.async_lock(asiofile::lock_mode::shared, 0, 1, token());
  file.async_advise(0, 1, asiofile::file_advice::normal, token());
  file.async_resize(0, token());
  file.async_sync_all(token());
  file.async_sync_data(token());
  file.async_close(token());
}

template <typename Executor, typename Token>
void tokens(asiofile::basic_random_access_file<Executor>& file,
            asiofile::basic_stream_file<Executor>& stream, const Token& token) {
  std::array<char, 4> bytes{};
  const asio::mutable_buffer memory = asio::buffer(bytes);
  error_code ec;
  synchronous_functions_of_any_file(file);
  synchronous_functions_of_any_file(stream);
  static_cast<void>(file.read_some_at(0, memory) + file.read_some_at(0, memory, ec));
  static_cast<void>(file.write_some_at(0, memory) + file.write_some_at(0, memory, ec));
  constexpr auto durable = asiofile::write_flags::durable;
  static_cast<void>(file.write_some_at(0, memory, durable) +
                    file.write_some_at(0, memory, durable, ec));
  static_cast<void>(stream.read_some(memory) + stream.read_some(memory, ec));
  static_cast<void>(stream.write_some(memory) + stream.write_some(memory, ec));
  static_cast<void>(stream.write_some(memory, durable) + stream.write_some(memory, durable, ec));
  static_cast<void>(stream.seek(0, file_base::seek_cur));
  static_cast<void>(stream.seek(0, file_base::seek_cur, ec));
  tokens_of_any_file(file, token);
  tokens_of_any_file(stream, token);
  file.async_read_some_at(0, memory, token());
  file.async_write_some_at(0, memory, asiofile::io_priority(), token());
  file.async_write_some_at(0, memory, asiofile::write_flags::untorn, token());
  file.async_write_and_sync_data_at(0, memory, token());
  stream.async_read_some(memory, token());
  stream.async_write_some(memory, token());
  stream.async_write_some(memory, asiofile::write_flags::durable, token());
  stream.async_write_and_sync_all(memory, token());

  asiofile::basic_chunk_reader chunks(stream);
  asiofile::basic_line_reader lines(file);
  asiofile::basic_file_writer writer(stream);
  asiofile::basic_directory_reader directory(stream.get_executor());
  chunks.async_next(token());
  lines.async_next(token());
  lines.async_next_string(token());
  static_cast<void>(lines.try_next());
  asiofile::basic_tail_reader tail(stream.get_executor(), path);
  tail.async_next(token());
  tail.async_next_string(token());
  writer.async_write(memory, token());
  writer.async_flush(token());
  writer.async_close(token());
  asiofile::basic_append_log log(std::move(file), asiofile::append_log_options());
  log.async_append(memory, token());
  log.async_append(std::array{memory, memory}, token());
  log.async_flush(token());
  log.async_close(token());
  static_cast<void>(log.next_offset() + log.durable_end());
  directory.async_open(path, token());
  directory.async_next(token());
  directory.async_rewind(token());

  asiofile::async_status(file, path, token());
  asiofile::async_rename(stream.get_executor(), path, path, token());
  asiofile::async_create_temporary(file, path, token());
  asiofile::async_copy_file(file, path, path, token());
  asiofile::async_read_file(file, path, token());
  asiofile::async_write_file(file, path, memory, token());
  asiofile::async_replace_file(file, path, memory, token());
}

template <typename Executor>
void tokens_of(asiofile::basic_random_access_file<Executor>& file,
               asiofile::basic_stream_file<Executor>& stream,
               const asio::strand<Executor>& strand) {
  tokens(file, stream, [] { return [](error_code, const auto&...) {}; });
  tokens(file, stream,
         [&] { return asio::bind_executor(strand, [](error_code, const auto&...) {}); });
}

}  // namespace

// With external linkage, so that no compiler warns that they are unused.
void every_function(asiofile::basic_random_access_file<executor>& file,
                    asiofile::basic_stream_file<executor>& stream,
                    asiofile::registered_buffer& slot, asiofile::testing::file_system& files);
void every_function(asiofile::basic_random_access_file<executor>& file,
                    asiofile::basic_stream_file<executor>& stream,
                    asiofile::registered_buffer& slot, asiofile::testing::file_system& files) {
  default_tokens_of_files(file, stream, slot);
  default_tokens_of_readers(stream);
  asiofile::basic_directory<executor> root(stream.get_executor());
  default_tokens_of_directories(root, file);
  asiofile::basic_replacement_file<executor> replacement(stream.get_executor());
  default_tokens_of_replacements(replacement, root);
  default_tokens_of_free_functions(stream.get_executor(), files);
}

template <typename Executor>
void tokens_on(const Executor& ex) {
  asiofile::basic_random_access_file file(ex);
  asiofile::basic_stream_file stream(ex);
  tokens_of(file, stream, asio::make_strand(ex));
}
template void tokens_on(const asio::any_io_executor&);
template void tokens_on(const asio::io_context::executor_type&);
