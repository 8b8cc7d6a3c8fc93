// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The context and files that an operation with failing allocations works on, and the lists of such
// operations.

#include "fifo.hpp"
#include "file_contents.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace allocation_test {

using boost::system::error_code;

// The outcome of an operation.
struct outcome {
  int calls = 0;
  error_code error;

  void note(const error_code& ec) {
    ++calls;
    error = ec;
  }
};

// One handler for every signature, so that the operations differ in nothing else.
class recording_handler {
 public:
  using cancellation_slot_type = boost::asio::cancellation_slot;

  recording_handler(outcome& into, cancellation_slot_type slot) noexcept
      : into_(&into), slot_(slot) {}

  [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept { return slot_; }

  template <typename... Ignored>
  void operator()(const error_code& ec, const Ignored&...) const {
    into_->note(ec);
  }

 private:
  outcome* into_;
  cancellation_slot_type slot_;
};

// A context, with the files of a directory. Nothing of it is set up before it is asked for.
class scene {
 public:
  // `has_slot`: the handlers have a cancellation slot, so that each operation has a handle.
  scene(const std::string& directory, bool has_slot);

  [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
  [[nodiscard]] outcome& result() noexcept { return result_; }
  // The result of an operation that the tested one acts on.
  [[nodiscard]] outcome& other_result() noexcept { return other_result_; }

  [[nodiscard]] recording_handler handler();
  [[nodiscard]] recording_handler other_handler() { return {other_result_, {}}; }

  [[nodiscard]] std::string path(std::string_view name) const {
    return directory_ + '/' + std::string(name);
  }
  [[nodiscard]] std::string data_path() const { return path("data"); }

  // Open on `data_path`, for reading and writing.
  asiofile::random_access_file& file();
  asiofile::stream_file& stream();
  // Open on a FIFO that has `held` bytes in it.
  asiofile::stream_file& fifo_stream(std::string_view held);

  [[nodiscard]] boost::asio::mutable_buffer buffer() { return boost::asio::buffer(memory_); }
  [[nodiscard]] std::string_view fifo_line() const noexcept { return "from a FIFO\n"; }

  // Puts another line into the FIFO, if there is one.
  void feed_fifo() {
    if (fifo_) fifo_->feed(1, '\n');
  }

  // Whether the context still does what it should: both files can be read from the start.
  [[nodiscard]] bool works();

 private:
  [[nodiscard]] bool reads(const std::function<void(recording_handler)>& start);

  boost::asio::io_context context_;
  const std::string directory_;
  const bool has_slot_;
  boost::asio::cancellation_signal signal_;
  outcome result_;
  outcome other_result_;
  std::optional<asiofile::random_access_file> file_;
  std::optional<asiofile::stream_file> stream_;
  std::optional<test_support::fifo> fifo_;
  std::optional<asiofile::stream_file> fifo_stream_;
  std::array<char, 1024> memory_{};
};

// Its allocations fail one after the other.
struct tested_operation {
  enum class way { asynchronous, synchronous };

  std::string_view name;
  way how;
  // Prepares what is needed, and returns a function that starts the operation with
  // `scene::handler`, or, if it is synchronous, runs it and records its result.
  std::function<std::function<void()>(scene&)> arrange;
};

// `start`: called with the scene.
template <typename Start>
tested_operation starts(std::string_view name, Start start) {
  return {name, tested_operation::way::asynchronous, [start](scene& in) -> std::function<void()> {
            return [start, &in] { start(in); };
          }};
}

// `call`: called with the scene, returns the error code.
template <typename Call>
tested_operation calls(std::string_view name, Call call) {
  return {name, tested_operation::way::synchronous, [call](scene& in) -> std::function<void()> {
            return [call, &in] { in.result().note(call(in)); };
          }};
}

// `start`: called with the scene and the result of `arrange`.
template <typename Arrange, typename Start>
tested_operation starts_on(std::string_view name, Arrange arrange, Start start) {
  return {name, tested_operation::way::asynchronous,
          [arrange, start](scene& in) -> std::function<void()> {
            return [start, &in, arranged = arrange(in)] { start(in, arranged); };
          }};
}

// `call`: called with the scene and the result of `arrange`, returns the error code.
template <typename Arrange, typename Call>
tested_operation calls_on(std::string_view name, Arrange arrange, Call call) {
  return {name, tested_operation::way::synchronous,
          [arrange, call](scene& in) -> std::function<void()> {
            return [call, &in, arranged = arrange(in)] { in.result().note(call(in, arranged)); };
          }};
}

std::vector<tested_operation> file_operations();
std::vector<tested_operation> opening_operations();
std::vector<tested_operation> synchronous_functions();
std::vector<tested_operation> reader_operations();
std::vector<tested_operation> name_operations();
std::vector<tested_operation> service_operations();

}  // namespace allocation_test
