// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Executes the steps of a random sequence on files of some kind, and returns their results.

#include "random_steps.hpp"
#include "run_operation.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/io_context.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace testing_tests {

namespace asio = boost::asio;
using test_support::error_code;
using test_support::status_found;
using test_support::text_found;

struct entries_found {
  error_code error;
  std::optional<std::vector<asiofile::directory_entry>> entries;
  entries_found() = default;
  entries_found(error_code ec, std::optional<std::vector<asiofile::directory_entry>> found)
      : error(ec), entries(std::move(found)) {}
};

// A program's files, on the system or in memory. Every function returns the result of a step.
class step_runner {
 public:
  step_runner(asio::io_context& context, std::string root)
      : context_(context),
        root_(std::move(root)),
        files_{asiofile::random_access_file(context), asiofile::random_access_file(context),
               asiofile::random_access_file(context)},
        streams_{asiofile::stream_file(context), asiofile::stream_file(context),
                 asiofile::stream_file(context)} {}

  std::string run(const step& next) {
    const bool is_on_file = next.what <= allocate || next.what == write_chain ||
                            next.what == open_beneath || next.what == release_and_assign;
    if (is_on_file) return on_file(next);
    if (next.what <= seek_stream) return on_stream(next);
    if (next.what <= list_directory || next.what == sync_directory) return on_path(next);
    return on_whole_file(next);
  }

  // All files, and their content.
  std::string contents() { return contents_of(""); }

 private:
  // The steps make no links that lead out of the root.
  std::string in(const std::string& path) const {
    return path.empty() ? std::string() : root_ + '/' + path;
  }

  static std::string text(const error_code& ec) {
    return ec ? std::string(ec.category().name()) + ' ' + ec.message() : "ok";
  }
  static std::string text(const error_code& ec, std::uint64_t count) {
    return text(ec) + ' ' + std::to_string(count);
  }

  static std::string pattern(const step& next) {
    std::string bytes(next.length, '\0');
    for (std::size_t i = 0; i != bytes.size(); ++i)
      bytes[i] = static_cast<char>('a' + (next.offset + i * 7) % 26);
    return bytes;
  }

  template <typename Start>
  error_code status(Start&& start) {
    return test_support::run_status(context_, start);
  }

  template <typename File>
  std::string open(File& file, const step& next) {
    if (file.is_open()) return "is open";
    const auto flags = static_cast<file_base::flags>(next.flags);
    error_code ec;
    if (next.is_synchronous) file.open(in(next.path), flags, ec);
    else
      ec = status(
          [&](auto handler) { file.async_open(in(next.path), flags, std::move(handler)); });
    return text(ec);
  }

  // Beneath a directory that is named or, where it can be, open.
  template <typename File>
  std::string open_below(File& file, const step& next) {
    if (file.is_open()) return "is open";
    const auto flags =
        static_cast<file_base::flags>(next.flags & ~static_cast<unsigned>(file_base::temporary));
    const std::string directory = in(next.other_path);
    error_code ec;
    if (next.is_synchronous) {
      file.open_beneath(directory, next.path, flags, ec);
      return text(ec);
    }
    asiofile::random_access_file opened(context_);
    opened.open(directory, file_base::read_only, ec);
    return text(ec) + ' ' + text(status([&](auto handler) {
             file.async_open_beneath(opened, next.path, flags, std::move(handler));
           }));
  }

  // By `at_once(error)`, which gives the count, or by `start(handler)`.
  template <typename AtOnce, typename Start>
  test_support::transfer transfer(const step& next, AtOnce&& at_once, Start&& start) {
    if (!next.is_synchronous) return test_support::run_transfer(context_, start);
    test_support::transfer done;
    done.bytes = at_once(done.error);
    return done;
  }

  static std::string text(const test_support::transfer& done) {
    return text(done.error, done.bytes);
  }

  std::string on_file(const step& next) {
    asiofile::random_access_file& file = files_[next.file];
    error_code ec;
    std::string buffer(next.length, '\0');
    const std::string bytes = pattern(next);
    switch (next.what) {
      case open_file: return open(file, next);
      case close_file:
        if (next.is_synchronous) file.close(ec);
        else ec = status([&](auto handler) { file.async_close(std::move(handler)); });
        return text(ec);
      case read_at: {
        const auto done = transfer(
            next,
            [&](error_code& e) { return file.read_some_at(next.offset, asio::buffer(buffer), e); },
            [&](auto handler) {
              file.async_read_some_at(next.offset, asio::buffer(buffer), std::move(handler));
            });
        return text(done) + buffer.substr(0, done.bytes);
      }
      case write_at:
        return text(transfer(
            next,
            [&](error_code& e) { return file.write_some_at(next.offset, asio::buffer(bytes), e); },
            [&](auto handler) {
              file.async_write_some_at(next.offset, asio::buffer(bytes), std::move(handler));
            }));
      case write_chain: {
        const auto done = test_support::run_operation<chain_done>(context_, [&](auto handler) {
          file.async_write_and_sync_all_at(next.offset, asio::buffer(bytes), std::move(handler));
        });
        return text(done.error, done.bytes);
      }
      case resize:
        if (next.is_synchronous) file.resize(next.offset, ec);
        else ec = status([&](auto handler) { file.async_resize(next.offset, std::move(handler)); });
        return text(ec);
      case size: {
        test_support::size_found found;
        if (next.is_synchronous) found.bytes = file.size(found.error);
        else
          found = test_support::run_size(
              context_, [&](auto handler) { file.async_size(std::move(handler)); });
        // Directories' sizes are the file system's own.
        if (file.status(ec).type == asiofile::file_type::directory) return text(found.error);
        return text(found.error, found.bytes);
      }
      case sync:
        if (next.is_synchronous) file.sync_all(ec);
        else ec = status([&](auto handler) { file.async_sync_data(std::move(handler)); });
        return text(ec);
      case status_of_file: {
        const asiofile::file_status found = file.status(ec);
        return describe(ec, found);
      }
      case allocate: file.allocate(next.offset, next.length, ec); return text(ec);
      case open_beneath: return open_below(file, next);
      case release_and_assign: {
        const int released = file.release(ec);
        if (!ec) file.assign(released, ec);
        return text(ec);
      }
      default: return "nothing";
    }
  }

  std::string on_stream(const step& next) {
    asiofile::stream_file& file = streams_[next.file];
    error_code ec;
    std::string buffer(next.length, '\0');
    const std::string bytes = pattern(next);
    switch (next.what) {
      case open_stream: return open(file, next);
      case close_stream: file.close(ec); return text(ec);
      case read_stream: {
        const auto done = transfer(
            next, [&](error_code& e) { return file.read_some(asio::buffer(buffer), e); },
            [&](auto handler) { file.async_read_some(asio::buffer(buffer), std::move(handler)); });
        return text(done) + buffer.substr(0, done.bytes);
      }
      case write_stream:
        return text(transfer(
            next, [&](error_code& e) { return file.write_some(asio::buffer(bytes), e); },
            [&](auto handler) { file.async_write_some(asio::buffer(bytes), std::move(handler)); }));
      case seek_stream: {
        constexpr std::array bases{file_base::seek_set, file_base::seek_cur, file_base::seek_end};
        const auto to = static_cast<std::int64_t>(next.offset) - 500;
        // Directories' sizes are the file system's own.
        if (file.status(ec).type == asiofile::file_type::directory) return "a directory";
        const std::uint64_t at = file.seek(to, bases[next.flags % 3], ec);
        return text(ec, at);
      }
      default: return "nothing";
    }
  }

  std::string on_path(const step& next) {
    const std::string path = in(next.path);
    const std::string other = in(next.other_path);
    switch (next.what) {
      case rename_path: {
        using asiofile::rename_mode;
        constexpr std::array modes{rename_mode::replace, rename_mode::replace,
                                   rename_mode::no_replace, rename_mode::exchange};
        const rename_mode mode = modes[next.flags % 4];
        return text(status([&](auto handler) {
          asiofile::async_rename(context_, path, other, mode, std::move(handler));
        }));
      }
      case remove_path:
        // Not the root of these files.
        if (is_root(next.path)) return "not the root";
        return text(status(
            [&](auto handler) { asiofile::async_remove(context_, path, std::move(handler)); }));
      case make_directory:
        return text(status([&](auto handler) {
          asiofile::async_create_directory(context_, path, std::move(handler));
        }));
      case make_directories:
        return text(status([&](auto handler) {
          asiofile::async_create_directories(context_, path, std::move(handler));
        }));
      case status_of_path: {
        const auto links =
            next.is_synchronous ? asiofile::symlinks::follow : asiofile::symlinks::no_follow;
        const auto found = test_support::run_operation<status_found>(context_, [&](auto handler) {
          asiofile::async_status(context_, path, links, std::move(handler));
        });
        return describe(found.error, found.status);
      }
      case link_path:
        return text(status([&](auto handler) {
          asiofile::async_link(context_, path, other, std::move(handler));
        }));
      case make_symlink:
        return text(status([&](auto handler) {
          asiofile::async_symlink(context_, target(next), other, std::move(handler));
        }));
      case read_symlink: {
        const auto found = test_support::run_operation<text_found>(context_, [&](auto handler) {
          asiofile::async_read_symlink(context_, path, std::move(handler));
        });
        return text(found.error) + found.text;
      }
      case list_directory: return list(path);
      case sync_directory:
        return text(status([&](auto handler) {
          asiofile::async_sync_directory(context_, path, std::move(handler));
        }));
      default: return "nothing";
    }
  }

  std::string on_whole_file(const step& next) {
    const std::string path = in(next.path);
    const std::string bytes = pattern(next);
    switch (next.what) {
      case read_whole: {
        const auto found = test_support::run_operation<text_found>(context_, [&](auto handler) {
          asiofile::async_read_file(context_, path, std::move(handler));
        });
        return text(found.error) + found.text;
      }
      case write_whole: {
        const auto done = test_support::run_transfer(context_, [&](auto handler) {
          asiofile::async_write_file(context_, path, asio::buffer(bytes), std::move(handler));
        });
        return text(done.error, done.bytes);
      }
      case append_whole: {
        const auto done = test_support::run_transfer(context_, [&](auto handler) {
          asiofile::async_append_file(context_, path, asio::buffer(bytes), std::move(handler));
        });
        return text(done.error, done.bytes);
      }
      case replace_whole:
        return text(status([&](auto handler) {
          asiofile::async_replace_file(context_, path, asio::buffer(bytes), std::move(handler));
        }));
      case copy_whole: {
        asiofile::copy_options options;
        options.sync = next.is_synchronous;
        if (next.flags % 2 == 0)
          options.existing = asiofile::copy_options::existing_target::replace;
        const std::string other = in(next.other_path);
        const auto done = test_support::run_transfer(context_, [&](auto handler) {
          asiofile::async_copy_file(context_, path, other, options, std::move(handler));
        });
        return done.error ? text(done.error) : text(done);
      }
      case make_temporary: {
        const auto made = test_support::run_operation<text_found>(context_, [&](auto handler) {
          asiofile::async_create_temporary(context_, path, "t-", std::move(handler));
        });
        if (made.error) return text(made.error);
        return text(status([&](auto handler) {
          asiofile::async_remove(context_, made.text, std::move(handler));
        }));
      }
      default: return "nothing";
    }
  }

  // Links lead to something in the same directory, to nothing, or to themselves; or their text has
  // the maximum length, or is longer.
  static std::string target(const step& next) {
    if (next.flags % 16 == 0) return std::string(4094 + next.offset % 3, 't');
    if (next.path.find("none") != std::string::npos) return "/" + next.path;
    return next.path.find("..") != std::string::npos ? "nowhere" : next.path;
  }

  // Whether the path names the root, or could.
  static bool is_root(const std::string& path) {
    return path.find("..") != std::string::npos || path == "." || path.empty();
  }

  std::string describe(const error_code& ec, const asiofile::file_status& found) {
    if (ec) return text(ec);
    std::string all = "type " + std::to_string(static_cast<int>(found.type));
    if (found.type != asiofile::file_type::directory) all += " size " + std::to_string(found.size);
    return all + " links " + std::to_string(found.link_count);
  }

  std::string list(const std::string& path) {
    asiofile::directory_reader reader(context_);
    const error_code opened =
        status([&](auto handler) { reader.async_open(path, std::move(handler)); });
    if (opened) return text(opened);
    std::map<std::string, asiofile::file_type> names;
    for (;;) {
      const auto found = test_support::run_operation<entries_found>(
          context_, [&](auto handler) { reader.async_next(std::move(handler)); });
      if (found.error) return text(found.error);
      if (!found.entries) break;
      for (const auto& each : *found.entries) names[each.name] = each.type;
    }
    std::string all;
    for (const auto& [name, type] : names)
      all += name + ' ' + std::to_string(static_cast<int>(type)) + ", ";
    return all;
  }

  std::string contents_of(const std::string& path) {
    std::string all = path + ": ";
    const std::string names = list(root_ + path);
    all += names + '\n';
    for (std::size_t begin = 0; begin < names.size();) {
      const std::size_t space = names.find(' ', begin);
      const std::size_t end = names.find(", ", begin);
      const std::string name = path + '/' + names.substr(begin, space - begin);
      const auto type =
          static_cast<asiofile::file_type>(std::stoi(names.substr(space, end - space)));
      begin = end + 2;
      if (type == asiofile::file_type::directory) all += contents_of(name);
      if (type != asiofile::file_type::regular) continue;
      const auto found = test_support::run_operation<text_found>(context_, [&](auto handler) {
        asiofile::async_read_file(context_, root_ + name, std::move(handler));
      });
      all += name + " = " + text(found.error) + found.text + '\n';
    }
    return all;
  }

  struct chain_done {
    error_code error;
    std::uint64_t bytes = 0;
    chain_done() = default;
    chain_done(error_code ec, const asiofile::write_and_sync_result& found)
        : error(ec), bytes(found.bytes_transferred) {}
  };

  asio::io_context& context_;
  const std::string root_;
  std::array<asiofile::random_access_file, 3> files_;
  std::array<asiofile::stream_file, 3> streams_;
};

}  // namespace testing_tests
