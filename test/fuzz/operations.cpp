// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Sequences of operations on a file, through two file objects, compared with a file that is a
// string.

#include "service.hpp"

#include <asiofile/random_access_file.hpp>
#include <asiofile/stream_file.hpp>
#include <asiofile/write_and_sync_result.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace {

using asiofile::file_base;
using boost::system::error_code;

constexpr std::size_t file_bytes_max = 20'000;
constexpr std::size_t transfer_bytes_max = 9'000;
constexpr int steps_max = 40;

// The result of a transfer, or the expected one.
struct outcome {
  error_code error;
  std::size_t bytes = 0;

  bool operator==(const outcome&) const = default;
};

// The file as it should be.
class model_file {
 public:
  outcome read(std::size_t offset, std::size_t size, std::string& into) const {
    into = offset < content_.size() ? content_.substr(offset, size) : std::string();
    if (into.empty() && size != 0) return {boost::asio::error::eof, 0};
    return {{}, into.size()};
  }
  outcome write(std::size_t offset, const std::string& bytes) {
    if (bytes.empty()) return {};
    if (content_.size() < offset + bytes.size()) content_.resize(offset + bytes.size());
    content_.replace(offset, bytes.size(), bytes);
    return {{}, bytes.size()};
  }
  void resize(std::size_t size) { content_.resize(size); }
  [[nodiscard]] std::size_t size() const noexcept { return content_.size(); }
  [[nodiscard]] const std::string& content() const noexcept { return content_; }

 private:
  std::string content_;
};

// An operation that has been started, and its expected result.
struct started {
  outcome expected;
  std::string expected_bytes;
  // What is read or written.
  std::string memory;
  bool is_read = false;
  std::optional<outcome> given;
};

void tell(const started& differing) {
  std::fprintf(stderr, "%s of %zu bytes: expected %zu, %s, got %zu, %s\n",
               differing.is_read ? "read" : "write", differing.memory.size(),
               differing.expected.bytes, differing.expected.error.message().c_str(),
               differing.given->bytes, differing.given->error.message().c_str());
}

// Handlers.

auto note(started& which) {
  return [&which](const error_code& ec, std::size_t bytes) {
    fuzz::require(!which.given, "the handler runs once");
    which.given = {ec, bytes};
  };
}

auto note_chain(started& which) {
  return [&which](const error_code& ec, const asiofile::write_and_sync_result& result) {
    fuzz::require(!which.given, "the handler runs once");
    which.given = {ec, result.bytes_transferred};
  };
}

class comparison {
 public:
  explicit comparison(fuzz::input& in)
      : in_(in),
        context_(fuzz::context_on(std::array{asiofile::backend::threads,
                                             asiofile::backend::io_uring,
                                             asiofile::backend::libaio}[in.below(3)])),
        is_appending_(in.byte() % 4 == 0),
        random_(context_, memory_.path(), file_base::read_write),
        stream_(context_, memory_.path(),
                is_appending_ ? file_base::read_write | file_base::append
                              : file_base::read_write) {}

  void run() {
    for (int step = 0; step != steps_max && !in_.is_used_up(); ++step) take_step();
    finish();
    check_content();
  }

 private:
  void take_step() {
    switch (in_.byte() % 11) {
      case 0: return read_at();
      case 1: return write_at();
      case 2: return write_and_sync_at();
      case 3: return resize();
      case 4: return read_on();
      case 5: return write_on();
      case 6: return write_on_and_sync();
      case 7: return seek();
      case 8: return clone();
      case 9: return call_synchronously();
      default: return finish();
    }
  }

  // ---- at an offset: one at a time, for several have no order

  void read_at() {
    finish();
    const std::size_t offset = in_.below(file_bytes_max);
    started& read = start_read(offset);
    random_.async_read_some_at(offset, halves_of(read.memory), note(read));
    finish();
  }

  void write_at() {
    finish();
    const std::size_t offset = in_.below(file_bytes_max);
    started& write = start_write(offset);
    random_.async_write_some_at(offset, halves_of(write.memory), note(write));
    finish();
  }

  void write_and_sync_at() {
    finish();
    const std::size_t offset = in_.below(file_bytes_max);
    started& write = start_write(offset);
    random_.async_write_and_sync_data_at(offset, boost::asio::buffer(write.memory),
                                         note_chain(write));
    finish();
  }

  void resize() {
    finish();
    const std::size_t size = in_.below(file_bytes_max);
    started& resized = started_.emplace_back();
    model_.resize(size);
    random_.async_resize(size, [&resized](const error_code& ec) { resized.given = {ec, 0}; });
    finish();
  }

  // ---- at the position: in the order in which they are started, however many are in flight

  void read_on() {
    started& read = start_read(position());
    if (read.expected.bytes != 0) move_to(position() + read.expected.bytes);
    stream_.async_read_some(halves_of(read.memory), note(read));
  }

  void write_on() {
    started& write = start_write_on();
    stream_.async_write_some(halves_of(write.memory), note(write));
  }

  void write_on_and_sync() {
    started& write = start_write_on();
    stream_.async_write_and_sync_all(boost::asio::buffer(write.memory), note_chain(write));
  }

  started& start_write_on() {
    const std::size_t offset = is_appending_ ? model_.size() : position();
    started& write = start_write(offset);
    if (write.memory.empty()) return write;
    move_to(offset + write.memory.size());
    is_at_end_ = is_appending_ && is_clone_;
    return write;
  }

  // A clone's is the end of the file after it has appended, wherever that is by now, until it reads
  // or seeks.
  [[nodiscard]] std::size_t position() const noexcept {
    return is_at_end_ ? model_.size() : position_;
  }

  void move_to(std::size_t position) noexcept {
    position_ = position;
    is_at_end_ = false;
  }

  void seek() {
    finish();
    const std::size_t target = in_.below(file_bytes_max);
    error_code ec;
    const bool is_from_end = in_.byte() % 2 == 0;
    const std::size_t base = is_from_end ? model_.size() : position();
    const auto distance = static_cast<std::int64_t>(target) - static_cast<std::int64_t>(base);
    const std::uint64_t reached =
        stream_.seek(distance, is_from_end ? file_base::seek_end : file_base::seek_cur, ec);
    fuzz::require(!ec && reached == target, "a seek goes where it should");
    if (distance != 0 || is_from_end) move_to(target);
  }

  // The clone continues at the original's position.
  void clone() {
    finish();
    if (in_.byte() % 2 == 0)
      random_ = random_.clone();
    else
      clone_stream();
  }

  void clone_stream() {
    stream_ = stream_.clone();
    is_clone_ = true;
  }

  void call_synchronously() {
    finish();
    const std::size_t offset = in_.below(file_bytes_max);
    started& read = start_read(offset);
    error_code ec;
    const std::size_t bytes = random_.read_some_at(offset, halves_of(read.memory), ec);
    read.given = {ec, bytes};
    finish();
    started& write = start_write_on();
    const std::size_t written = stream_.write_some(halves_of(write.memory), ec);
    write.given = {ec, written};
    finish();
  }

  // ---- common parts

  started& start_read(std::size_t offset) {
    started& read = started_.emplace_back();
    read.is_read = true;
    read.memory.resize(in_.below(transfer_bytes_max));
    read.expected = model_.read(offset, read.memory.size(), read.expected_bytes);
    return read;
  }

  started& start_write(std::size_t offset) {
    started& write = started_.emplace_back();
    write.memory.assign(in_.below(transfer_bytes_max), static_cast<char>('a' + writes_++ % 26));
    write.expected = model_.write(offset, write.memory);
    return write;
  }

  static std::array<boost::asio::mutable_buffer, 2> halves_of(std::string& memory) {
    const std::size_t first = memory.size() / 3;
    const boost::asio::mutable_buffer whole(memory.data(), memory.size());
    return {boost::asio::mutable_buffer(memory.data(), first), whole + first};
  }

  // Waits for all operations that were started.
  void finish() {
    context_.restart();
    context_.run();
    for (started& each : started_) {
      fuzz::require(each.given.has_value(), "the handler has run when the context is out of work");
      if (*each.given != each.expected) tell(each);
      fuzz::require(*each.given == each.expected, "the result is that of the model");
      const bool is_same = !each.is_read || each.memory.compare(0, each.expected.bytes,
                                                                each.expected_bytes) == 0;
      fuzz::require(is_same, "what is read is what the model holds");
    }
    started_.clear();
  }

  void check_content() {
    fuzz::require(random_.size() == model_.size(), "the size is that of the model");
    std::string content(model_.size(), '\0');
    error_code ec;
    random_.read_some_at(0, boost::asio::buffer(content), ec);
    fuzz::require(content == model_.content(), "the content is that of the model");
  }

  fuzz::input& in_;
  boost::asio::io_context& context_;
  const fuzz::memory_file memory_{""};
  const bool is_appending_;
  asiofile::random_access_file random_;
  asiofile::stream_file stream_;
  model_file model_;
  std::size_t position_ = 0;
  bool is_at_end_ = false;
  bool is_clone_ = false;
  unsigned writes_ = 0;
  std::deque<started> started_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::input in(bytes, size);
  comparison(in).run();
  return 0;
}
