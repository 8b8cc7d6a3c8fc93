// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What readers and writers ask of the compiled library. They have operations of their own on the
// user's file, some of them ahead of what the user has asked for, and one call of the user at a
// time, which waits for them.

#include <asiofile/config.hpp>
#include <asiofile/detail/operation.hpp>

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace asiofile::detail {

// Owned by the reader or writer object, by its calls, and by each of its operations in flight.
class background;
using background_ptr = std::shared_ptr<background>;

// Names a call for its cancellation slot, before it begins.
[[nodiscard]] ASIOFILE_DECL std::uint64_t announce_call(background& of) noexcept;

// Begins a call: an operation of kind `wait` with a `call_answer`. Throws std::bad_alloc, or, where
// there is no descriptor to wake the context with, boost::system::system_error with EMFILE; and has
// then begun nothing.
//
// True: the object has it (`call` is empty) and completes it exactly once, later. False: its result
// is known, and the caller, who wants that (`wants_result`), completes it.
struct call_answer;
[[nodiscard]] ASIOFILE_DECL bool begin_call(background& of, operation_ptr& call,
                                            call_answer& answer, std::uint64_t number,
                                            bool wants_result, operation_result& over);

// The call ends with `operation_aborted`, if it is not over yet.
ASIOFILE_DECL void cancel_call(background& of, std::uint64_t number);

// The next call may begin. `is_delivered`: this one's handler is called next, and not dropped.
ASIOFILE_DECL void end_call(background& of, std::uint64_t number, bool is_delivered) noexcept;

// The reader or writer object is gone: a call that is under way is cancelled.
ASIOFILE_DECL void abandon(background& left) noexcept;

// That a call is under way on a reader or writer: nobody else's may begin. Keeps the object, and so
// the memory that the call's result is in, until the handler has returned.
class call_claim {
 public:
  call_claim() noexcept = default;
  call_claim(background_ptr claimed, std::uint64_t number) noexcept
      : claimed_(std::move(claimed)), number_(number) {}
  call_claim(call_claim&&) noexcept = default;
  // To one that claims nothing.
  call_claim& operator=(call_claim&&) noexcept = default;
  // The handler was dropped, unless `end` has been called.
  ~call_claim() {
    if (claimed_ && !is_ended_) end_call(*claimed_, number_, false);
  }

  // The handler is called next. The object is kept on.
  void end() noexcept {
    if (claimed_ && !std::exchange(is_ended_, true)) end_call(*claimed_, number_, true);
  }

  [[nodiscard]] background* source() const noexcept { return claimed_.get(); }

 private:
  background_ptr claimed_;
  std::uint64_t number_ = 0;
  bool is_ended_ = false;
};

// What a call asks for, and what it is answered: kept with its operation.
struct call_answer {
  enum class request : std::uint8_t { next, write, flush, close };

  request asked = request::next;
  // Reading: there is something; else it is the end of the file.
  bool is_there = false;
  // Reading: what. Writing: how much has been taken.
  const char* data = nullptr;
  std::size_t bytes = 0;
  // Writing: what is still to be taken.
  iovec* buffers = nullptr;
  std::size_t buffer_count = 0;
  call_claim claim;
};

}  // namespace asiofile::detail
