// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Sending a file, as one composed operation.

#include <asiofile/chunk_reader_options.hpp>
#include <asiofile/detail/background_handle.hpp>
#include <asiofile/detail/call_initiation.hpp>
#include <asiofile/detail/errors.hpp>
#include <asiofile/detail/job_initiation.hpp>
#include <asiofile/detail/send_file_job.hpp>
#include <asiofile/detail/sources.hpp>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace asiofile::detail {

template <typename Stream>
struct is_stream_socket : std::false_type {};
template <typename Protocol, typename Executor>
struct is_stream_socket<boost::asio::basic_stream_socket<Protocol, Executor>> : std::true_type {};

// What async_compose calls. A socket is sent to by the kernel, a round on a thread each time that
// it has room; any other stream is written what is read ahead.
template <typename Stream, typename Executor>
class send_file_operation {
 public:
  // `service`: a closed file's, by which the rounds are run.
  send_file_operation(Stream& stream, const Executor& executor, const file_state_ptr& service,
                      const file_state_ptr& file, std::uint64_t offset, std::uint64_t length)
      : stream_(stream),
        executor_(executor),
        service_(service),
        file_(file),
        offset_(offset),
        left_(length),
        is_to_end_(length == std::numeric_limits<std::uint64_t>::max()) {}

  template <typename Self>
  void operator()(Self& self) {
    self.reset_cancellation_state(boost::asio::enable_partial_cancellation());
    go_on(self);
  }

  // A round has completed.
  template <typename Self>
  void operator()(Self& self, boost::system::error_code ec, send_round round) {
    count(round.bytes);
    has_begun_ = true;
    was_slow_ = round.was_slow;
    if (ec || is_cancelled(self)) return end(self, ec);
    switch (round.end) {
      case send_end::all: return self.complete(ec, sent_);
      case send_end::eof: return at_end(self);
      case send_end::refused: is_read_ = true; return go_on(self);
      case send_end::full: break;
    }
    if constexpr (is_stream_socket<Stream>::value) {
      if (!stream_.is_open()) return end(self, {});
      stream_.async_wait(Stream::wait_write, std::move(self));
    }
  }

  // There is room.
  template <typename Self>
  void operator()(Self& self, boost::system::error_code ec) {
    if (ec || is_cancelled(self)) return end(self, ec);
    go_on(self);
  }

  // A part was read.
  template <typename Self>
  void operator()(Self& self, boost::system::error_code ec,
                  std::optional<boost::asio::const_buffer> part) {
    if (ec || is_cancelled(self)) return end(self, ec);
    if (!part) return left_ == 0 ? self.complete(ec, sent_) : at_end(self);
    boost::asio::async_write(stream_, boost::asio::buffer(*part), std::move(self));
  }

  // It was written.
  template <typename Self>
  void operator()(Self& self, boost::system::error_code ec, std::size_t bytes) {
    count(bytes);
    if (ec || is_cancelled(self)) return end(self, ec);
    go_on(self);
  }

 private:
  using reader = background_handle<Executor>;

  template <typename Self>
  static bool is_cancelled(Self& self) {
    return self.cancelled() != boost::asio::cancellation_type::none;
  }

  void count(std::uint64_t bytes) noexcept {
    sent_ += bytes;
    offset_ += bytes;
    left_ -= bytes;
  }

  template <typename Self>
  void end(Self& self, boost::system::error_code ec) {
    if (!ec && left_ != 0) ec = boost::asio::error::operation_aborted;
    reader_.reset();
    if (own_) drop(*file_, std::move(own_));
    self.complete(ec, sent_);
  }

  template <typename Self>
  void at_end(Self& self) {
    reader_.reset();
    self.complete(is_to_end_ ? boost::system::error_code() : make_error(end_of_file), sent_);
  }

  template <typename Self>
  void go_on(Self& self) {
    if constexpr (is_stream_socket<Stream>::value) {
      // Closed meanwhile: `end` says that it was aborted.
      if (has_begun_ && !stream_.is_open()) return end(self, {});
      if (!is_read_) return start_round(self);
    }
    // At the first time.
    if (!reader_) {
      chunk_reader_options options;
      options.offset = offset_;
      if (!is_to_end_) options.length = left_;
      reader_ = std::make_unique<reader>(
          executor_, make_chunk_source(file_, options, starting_place::beginning));
    }
    // The call keeps what it needs of the reader.
    const auto call = reader_->template call<chunk_result>();
    call(std::move(self));
  }

  template <typename Self>
  void start_round(Self& self) {
    // What `self` moves away with it.
    const Executor executor = executor_;
    const file_state_ptr service = service_;
    const std::shared_ptr<send_file_job> round =
        make_send_file_job(*file_, socket_descriptor(), own_, offset_, left_, was_slow_);
    initiate_job<Executor, send_file_job>(executor, service, operation_kind::run_job)(
        std::move(self), [&] { return round; });
  }

  // -1 where it cannot be had.
  int socket_descriptor() {
    boost::system::error_code ec;
    if (!stream_.is_open()) return -1;
    // Each time is a system call.
    if (!stream_.native_non_blocking()) stream_.native_non_blocking(true, ec);
    return ec ? -1 : stream_.native_handle();
  }

  Stream& stream_;
  Executor executor_;
  file_state_ptr service_;
  file_state_ptr file_;
  std::uint64_t offset_;
  std::uint64_t left_;
  const bool is_to_end_;
  bool is_read_ = false;
  bool has_begun_ = false;
  bool was_slow_ = false;
  std::uint64_t sent_ = 0;
  sending_socket own_;
  std::unique_ptr<reader> reader_;
};

// A deferred operation may be launched more than once.
template <typename Stream, typename Executor>
class initiate_send_file {
 public:
  using executor_type = typename Stream::executor_type;

  initiate_send_file(Stream& stream, const Executor& executor, const file_state_ptr& file)
      : stream_(&stream),
        stream_executor_(stream.get_executor()),
        executor_(executor),
        service_(make_file(executor)),
        file_(file) {}

  [[nodiscard]] const executor_type& get_executor() const noexcept { return stream_executor_; }

  template <typename Handler>
  void operator()(Handler&& handler, std::uint64_t offset, std::uint64_t length) const {
    using token_type = std::decay_t<Handler>;
    token_type token(std::forward<Handler>(handler));
    boost::asio::async_compose<token_type, void(boost::system::error_code, std::uint64_t)>(
        send_file_operation<Stream, Executor>(*stream_, executor_, service_, file_, offset, length),
        token, stream_executor_);
  }

 private:
  Stream* stream_;
  executor_type stream_executor_;
  Executor executor_;
  file_state_ptr service_;
  file_state_ptr file_;
};

}  // namespace asiofile::detail
