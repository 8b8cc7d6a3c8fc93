// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Short sequences of changes to files and names, for comparing what a crash leaves of them: on the
// system's files and on those in memory. Throws if a step cannot be made at all; uses no
// Boost.Test, because it also runs in forked children.

#include <asiofile/asiofile.hpp>

#include <boost/asio/io_context.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace crash_steps {

namespace asio = boost::asio;
using asiofile::file_base;
using boost::system::error_code;

enum class action : std::uint8_t {
  open,
  close,
  write,
  resize,
  sync_data,
  sync_all,
  make_directory,
  remove,
  rename,
  exchange,
  link,
  symlink,
  sync_directory,
  replace,
  // What may happen on a real system at any time, without any promise of durability: a file's dirty
  // pages are written, the journal is committed. Does nothing in memory.
  write_back,
  commit,
  count
};

struct step {
  action what = action::open;
  unsigned slot = 0;
  bool truncates = false;
  std::string path = {};
  std::string other = {};
  std::uint64_t offset = 0;
  std::size_t length = 0;
  // No two steps write the same.
  char fill = 0;
};

inline std::string describe(const step& made) {
  static constexpr std::array names{"open",           "close",    "write",      "resize",
                                    "sync_data",      "sync_all", "mkdir",      "remove",
                                    "rename",         "exchange", "link",       "symlink",
                                    "sync_directory", "replace",  "write_back", "commit"};
  return std::string(names[static_cast<std::size_t>(made.what)]) + " slot " +
         std::to_string(made.slot) + " '" + made.path + "' '" + made.other + "' at " +
         std::to_string(made.offset) + " + " + std::to_string(made.length) + ' ' + made.fill;
}

// The files that exist, durably, before the first step.
inline const std::map<std::string, std::string>& first_files() {
  static const std::map<std::string, std::string> files{
      {"a", std::string(6000, '0')}, {"d/b", std::string(900, '1')}, {"e/k", std::string(5, '2')}};
  return files;
}

class sequence {
 public:
  explicit sequence(std::uint32_t seed) : random_(seed), is_of_names_(seed % 2 == 0) {}

  // For half of the seeds, only changes of names.
  std::vector<step> draw(std::size_t length) {
    std::vector<step> all;
    for (std::size_t i = 0; i != length; ++i) all.push_back(next(static_cast<char>('A' + i)));
    return all;
  }

 private:
  unsigned below(unsigned end) { return static_cast<unsigned>(random_() % end); }

  template <typename Values>
  const auto& any_of(const Values& values) {
    return values[below(static_cast<unsigned>(std::size(values)))];
  }

  action draw_action() {
    static constexpr std::array on_names{
        action::rename, action::rename,  action::rename,         action::make_directory,
        action::remove, action::replace, action::sync_directory, action::commit,
        action::link,   action::exchange};
    return is_of_names_ ? any_of(on_names)
                        : static_cast<action>(below(static_cast<unsigned>(action::count)));
  }

  step next(char fill) {
    step drawn;
    drawn.what = draw_action();
    drawn.slot = below(2);
    drawn.truncates = below(4) == 0;
    const bool is_of_directories = below(3) == 0;
    drawn.path = path(drawn.what, is_of_directories);
    drawn.other = path(drawn.what, is_of_directories);
    drawn.offset = below(3) == 0 ? 0 : below(9000);
    drawn.length = 1 + below(3) * below(2500);
    drawn.fill = fill;
    return drawn;
  }

  std::string path(action what, bool is_of_directories) {
    static const std::array<std::string, 7> files{"a", "d/a", "d/b", "e/k", "e/a", "n/a", "n/m/a"};
    static const std::array<std::string, 6> directories{"d", "e", "n", "n/m", "d/s", "e/d"};
    static const std::array<std::string, 3> links{"l", "d/l", "n/l"};
    switch (what) {
      case action::make_directory: return any_of(directories);
      case action::sync_directory: return below(3) == 0 ? "." : any_of(directories);
      case action::symlink: return any_of(links);
      case action::remove:
      case action::rename:
      case action::exchange:
        if (is_of_directories) return any_of(directories);
        return any_of(files);
      default: return any_of(files);
    }
  }

  std::mt19937 random_;
  const bool is_of_names_;
};

// What is left after a crash, by path: "directory", "link " and its text, "file " and its content.
using state = std::map<std::string, std::string>;

class runner {
 public:
  // On the system's files.
  runner(asio::io_context& context, std::string root, bool is_real)
      : context_(context),
        root_(std::move(root)),
        is_real_(is_real),
        slots_{asiofile::random_access_file(context), asiofile::random_access_file(context)} {}

  // Whether it was made.
  bool run(const step& next) {
    asiofile::random_access_file& file = slots_[next.slot];
    error_code ec;
    switch (next.what) {
      case action::open:
        if (file.is_open()) return false;
        file.open(in(next.path),
                  file_base::read_write | file_base::create |
                      (next.truncates ? file_base::truncate : file_base::flags()),
                  ec);
        return !ec;
      case action::close: file.close(ec); return !ec;
      case action::write: {
        const std::string bytes(next.length, next.fill);
        return file.is_open() &&
               file.write_some_at(next.offset, asio::buffer(bytes), ec) == bytes.size();
      }
      case action::resize: file.resize(next.offset, ec); return !ec;
      case action::sync_data: file.sync_data(ec); return !ec;
      case action::sync_all: file.sync_all(ec); return !ec;
      case action::write_back:
        if (is_real_ && file.is_open())
          ::sync_file_range(
              file.native_handle(), 0, 0,
              SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
        return false;
      case action::commit:
        if (is_real_) commit();
        return false;
      default: return !run_on_names(next);
    }
  }

  [[nodiscard]] state look() {
    state found;
    look_into("", found);
    return found;
  }

 private:
  std::string in(const std::string& path) const { return root_ + '/' + path; }

  template <typename Start>
  error_code status(Start&& start) {
    std::optional<error_code> result;
    start([&](error_code ec) { result = ec; });
    context_.restart();
    context_.run();
    return result.value();
  }

  template <typename Found, typename Start>
  Found found(Start&& start) {
    std::optional<Found> result;
    start([&](error_code ec, Found answer) {
      if (ec) throw boost::system::system_error(ec, "looking at what is left");
      result.emplace(std::move(answer));
    });
    context_.restart();
    context_.run();
    return std::move(result).value();
  }

  error_code run_on_names(const step& next) {
    const std::string path = in(next.path);
    const std::string other = in(next.other);
    const std::string bytes(next.length, next.fill);
    return status([&](auto handler) {
      switch (next.what) {
        case action::make_directory:
          return asiofile::async_create_directory(context_, path, std::move(handler));
        case action::remove: return asiofile::async_remove(context_, path, std::move(handler));
        case action::rename:
          return asiofile::async_rename(context_, path, other, std::move(handler));
        case action::exchange:
          return asiofile::async_rename(context_, path, other, asiofile::rename_mode::exchange,
                                        std::move(handler));
        case action::link: return asiofile::async_link(context_, path, other, std::move(handler));
        case action::symlink:
          return asiofile::async_symlink(context_, std::string(80, next.fill), path,
                                         std::move(handler));
        case action::sync_directory:
          return asiofile::async_sync_directory(context_, path, std::move(handler));
        default:
          return asiofile::async_replace_file(context_, path, asio::buffer(bytes),
                                              std::move(handler));
      }
    });
  }

  // ext4 and xfs make all earlier changes of names durable.
  void commit() const {
    const std::string path = root_ + ".commit";
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd == -1 || ::write(fd, "x", 1) != 1 || ::fsync(fd) == -1)
      throw std::runtime_error("no commit");
    ::close(fd);
  }

  void look_into(const std::string& path, state& found_there) {
    using entries = std::optional<std::vector<asiofile::directory_entry>>;
    asiofile::directory_reader reader(context_);
    if (const error_code ec =
            status([&](auto handler) { reader.async_open(in(path), std::move(handler)); }))
      throw boost::system::system_error(ec, path);
    for (;;) {
      const auto batch =
          found<entries>([&](auto handler) { reader.async_next(std::move(handler)); });
      if (!batch) break;
      for (const auto& each : *batch)
        look_at(path.empty() ? each.name : path + '/' + each.name, each.type, found_there);
    }
  }

  void look_at(const std::string& path, asiofile::file_type type, state& found_there) {
    switch (type) {
      case asiofile::file_type::directory:
        found_there[path] = "directory";
        return look_into(path, found_there);
      case asiofile::file_type::symbolic_link:
        found_there[path] = "link " + found<std::string>([&](auto handler) {
                              asiofile::async_read_symlink(context_, in(path), std::move(handler));
                            });
        return;
      default:
        found_there[path] = "file " + found<std::string>([&](auto handler) {
                              asiofile::async_read_file(context_, in(path), std::move(handler));
                            });
    }
  }

  asio::io_context& context_;
  const std::string root_;
  const bool is_real_;
  std::array<asiofile::random_access_file, 2> slots_;
};

// For messages: contents abbreviated.
inline std::string describe(const state& found) {
  std::string all;
  for (const auto& [path, what] : found) {
    all += "  " + path + ": ";
    for (std::size_t i = 0; i < what.size();) {
      const std::size_t end = std::min(what.find_first_not_of(what[i], i), what.size());
      const std::string shown = what[i] == '\0' ? "\\0" : std::string(1, what[i]);
      all += end - i < 3 ? std::string(what, i, end - i) : shown + '*' + std::to_string(end - i);
      i = end;
    }
    all += '\n';
  }
  return all;
}

}  // namespace crash_steps
