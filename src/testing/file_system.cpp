// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "testing/memory_system.hpp"

#include <asiofile/testing/file_system.hpp>

#include <algorithm>
#include <utility>

namespace asiofile::testing {

file_system::file_system(const file_system_options& options)
    : system_(detail::memory_system::create(options)) {}

file_system::~file_system() = default;

service_options file_system::service_options(asiofile::service_options others) const {
  others.simulation = system_;
  return others;
}

void file_system::add_fault(const fault& rule) {
  const detail::files_guard lock(system_->mutex);
  system_->faults.add(rule);
}

void file_system::on_call(std::function<boost::system::error_code(const call&)> predicate) {
  const detail::files_guard lock(system_->mutex);
  system_->faults.set_predicate(std::move(predicate));
}

void file_system::clear_faults() {
  const detail::files_guard lock(system_->mutex);
  system_->faults.clear();
}

void file_system::set_capacity(std::uint64_t bytes) {
  const detail::files_guard lock(system_->mutex);
  system_->set_capacity(bytes);
}

std::uint64_t file_system::used_bytes() const {
  const detail::files_guard lock(system_->mutex);
  return system_->used_bytes();
}

std::chrono::nanoseconds file_system::now() const {
  const detail::files_guard lock(system_->mutex);
  return system_->now;
}

void file_system::advance(std::chrono::nanoseconds by) {
  const detail::files_guard lock(system_->mutex);
  system_->now += std::max(by, std::chrono::nanoseconds::zero());
}

void file_system::on_delay(
    std::function<std::optional<std::chrono::nanoseconds>(const call&)> rule) {
  const detail::files_guard lock(system_->mutex);
  system_->delays = std::move(rule);
}

void file_system::crash() {
  const detail::files_guard lock(system_->mutex);
  system_->crash();
}

void file_system::crash_at_call(std::uint64_t calls) {
  const detail::files_guard lock(system_->mutex);
  system_->crash_at(system_->call_count() + calls);
}

bool file_system::is_down() const {
  const detail::files_guard lock(system_->mutex);
  return system_->is_down();
}

void file_system::restart() {
  const detail::files_guard lock(system_->mutex);
  system_->restart();
}

void file_system::write_file(const std::string& path, std::string_view content) {
  const detail::files_guard lock(system_->mutex);
  system_->put(path, content);
}

std::optional<std::string> file_system::read_file(const std::string& path) const {
  const detail::files_guard lock(system_->mutex);
  return system_->content(path);
}

std::vector<std::string> file_system::paths() const {
  const detail::files_guard lock(system_->mutex);
  return system_->paths();
}

std::uint64_t file_system::call_count() const {
  const detail::files_guard lock(system_->mutex);
  return system_->call_count();
}

std::vector<std::string> file_system::history() const {
  const detail::files_guard lock(system_->mutex);
  return system_->history;
}

}  // namespace asiofile::testing
