// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "open_file_cache.hpp"

#include "conditions.hpp"
#include "content_types.hpp"

#include <algorithm>
#include <utility>

namespace http_file_server {

open_file_ptr open_file_cache::find(std::string_view path) {
  const auto found = by_path_.find(path);
  if (found == by_path_.end()) return {};
  const auto which = found->second;
  const auto age = clock_.now() - which->opened;
  if (age >= age_max_) {
    remove(which);
    return {};
  }
  if (age >= age_max_ / 2 && !which->is_reopening) reopen(*which);
  which->used = clock_.now();
  entries_.splice(entries_.begin(), entries_, which);
  return which->file;
}

void open_file_cache::async_open(const std::string& path, handler done) {
  // A FIFO or a device is an error, and nothing waits for it.
  constexpr auto flags = asiofile::file_base::read_only | asiofile::file_base::regular_only;
  const open_file_ptr file(new open_file(executor_));
  root_.async_open_file_with_status(
      file->handle, path, flags,
      [=, this](error_code ec, const asiofile::file_status& status) {
        if (ec) return done(ec, {});
        try {
          describe(*file, path, status);
          insert(path, file);
        } catch (const std::bad_alloc&) {
          return done(asio::error::no_memory, {});
        }
        done({}, file);
      });
}

void open_file_cache::describe(open_file& file, std::string_view path,
                               const asiofile::file_status& status) const {
  file.size = status.size;
  // Never later than the answer's date (RFC 9110, section 8.8.2.1).
  file.last_modified = std::min(std::chrono::floor<std::chrono::seconds>(status.modification_time),
                                clock_.seconds());
  file.entity_tag = make_entity_tag(status);
  file.content_type = content_type_of(path);
  std::string& fields = file.validator_fields;
  fields = "Last-Modified: ";
  append_http_date(fields, file.last_modified);
  fields += "\r\nETag: " + file.entity_tag + "\r\nAccept-Ranges: bytes\r\n";
}

void open_file_cache::insert(const std::string& path, const open_file_ptr& file) {
  forget(path);
  if (files_max_ == 0) return;
  if (entries_.size() == files_max_) remove(std::prev(entries_.end()));
  entries_.push_front({.path = path, .file = file, .opened = clock_.now(), .used = clock_.now()});
  by_path_.emplace(entries_.front().path, entries_.begin());
}

void open_file_cache::reopen(entry& old) {
  old.is_reopening = true;
  const std::string path = old.path;
  async_open(path, [=, this](error_code ec, const open_file_ptr&) {
    // Then the next request finds out why.
    if (ec) forget(path);
  });
}

void open_file_cache::close_unused() {
  while (!entries_.empty() && clock_.now() - entries_.back().used >= age_max_)
    remove(std::prev(entries_.end()));
}

void open_file_cache::forget(std::string_view path) {
  if (const auto found = by_path_.find(path); found != by_path_.end()) remove(found->second);
}

void open_file_cache::clear() {
  by_path_.clear();
  entries_.clear();
}

void open_file_cache::remove(entries::iterator which) {
  by_path_.erase(which->path);
  entries_.erase(which);
}

}  // namespace http_file_server
