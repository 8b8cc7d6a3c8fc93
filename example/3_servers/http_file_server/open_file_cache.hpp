// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Recently requested files, kept open: opening one costs more than sending it.

#include "coarse_clock.hpp"
#include "types.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace http_file_server {

// A regular file, and what answers say about it. Belongs to one event loop.
struct open_file : boost::intrusive_ref_counter<open_file, boost::thread_unsafe_counter> {
  explicit open_file(const executor& ex) : handle(ex) {}

  random_access_file handle;
  std::uint64_t size = 0;
  std::chrono::sys_seconds last_modified;
  std::string entity_tag;
  std::string_view content_type;
  // Last-Modified, ETag and Accept-Ranges, formatted for a header.
  std::string validator_fields;
};

using open_file_ptr = boost::intrusive_ptr<open_file>;

// The files that were used last, each under the path by which it was asked for. A path may come to
// lead to another file, so a file is used for `age_max` at most. From half of that time on, the
// next use starts to reopen the path, and uses the old file meanwhile, so that no request for a
// popular file waits for that.
class open_file_cache {
 public:
  using handler = std::function<void(error_code, open_file_ptr)>;

  // `root` and `clock` must outlive it.
  open_file_cache(const executor& ex, directory& root, const coarse_clock& clock,
                  std::size_t files_max, std::chrono::milliseconds age_max)
      : executor_(ex), root_(root), clock_(clock), files_max_(files_max), age_max_(age_max) {}

  // The file that is open for this path, or null.
  [[nodiscard]] open_file_ptr find(std::string_view path);

  // Opens a file beneath the root, and keeps it. `done` is called later, with the error of
  // `basic_directory::async_open_file`, or the file. The cache must live until then.
  void async_open(const std::string& path, handler done);

  // Closes files that were not requested during `age_max`: while a file is open, its space is not
  // freed if it was removed, and its file system cannot be unmounted. To be called regularly.
  void close_unused();

  // Current users of the file can continue to use it.
  void forget(std::string_view path);
  void clear();

 private:
  struct entry {
    std::string path;
    open_file_ptr file;
    coarse_clock::time_point opened;
    coarse_clock::time_point used;
    bool is_reopening = false;
  };
  using entries = std::list<entry>;

  void insert(const std::string& path, const open_file_ptr& file);
  void reopen(entry& old);
  void remove(entries::iterator which);
  void describe(open_file& file, std::string_view path, const asiofile::file_status& status) const;

  executor executor_;
  directory& root_;
  const coarse_clock& clock_;
  const std::size_t files_max_;
  const std::chrono::milliseconds age_max_;
  // Sorted by last use, the most recent first.
  entries entries_;
  std::unordered_map<std::string_view, entries::iterator> by_path_;
};

}  // namespace http_file_server
