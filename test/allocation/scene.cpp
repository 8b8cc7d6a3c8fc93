// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "scene.hpp"

namespace allocation_test {

namespace {

std::string lines() {
  std::string text;
  for (int i = 0; i != 100; ++i) text += "line " + std::to_string(i) + '\n';
  return text;
}

}  // namespace

scene::scene(const std::string& directory, bool has_slot)
    : directory_(directory), has_slot_(has_slot) {
  static const std::string content = lines();
  test_support::write_file(data_path(), content);
}

recording_handler scene::handler() {
  return {result_, has_slot_ ? signal_.slot() : boost::asio::cancellation_slot()};
}

asiofile::random_access_file& scene::file() {
  if (!file_) file_.emplace(context_);
  if (!file_->is_open()) file_->open(data_path(), asiofile::file_base::read_write);
  return *file_;
}

asiofile::stream_file& scene::stream() {
  if (!stream_) stream_.emplace(context_);
  if (!stream_->is_open()) stream_->open(data_path(), asiofile::file_base::read_write);
  return *stream_;
}

asiofile::stream_file& scene::fifo_stream(std::string_view held) {
  if (!fifo_) {
    ::unlink(path("fifo").c_str());
    fifo_.emplace(path("fifo"));
    fifo_stream_.emplace(context_, fifo_->path(), asiofile::file_base::read_only);
  }
  for (const char each : held) fifo_->feed(1, each);
  return *fifo_stream_;
}

bool scene::reads(const std::function<void(recording_handler)>& start) {
  outcome read;
  start({read, {}});
  context_.restart();
  context_.run();
  return read.calls == 1 && !read.error;
}

bool scene::works() {
  auto& at_offset = file();
  auto& at_position = stream();
  error_code ec;
  at_position.seek(0, asiofile::file_base::seek_set, ec);
  const bool can_read =
      !ec && reads([&](auto handler) { at_offset.async_read_some_at(0, buffer(), handler); }) &&
      reads([&](auto handler) { at_position.async_read_some(buffer(), handler); });
  at_position.seek(0, asiofile::file_base::seek_set, ec);
  return can_read && !ec;
}

}  // namespace allocation_test
