// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The cancellation of a call of a reader, writer or log.

#include <boost/asio/cancellation_type.hpp>

#include <cstdint>
#include <utility>

namespace asiofile::detail {

// In a handler's cancellation slot while its call is in flight. `Called`: shares what was called.
template <typename Called>
class call_cancellation {
 public:
  call_cancellation(Called called, std::uint64_t number) noexcept
      : called_(std::move(called)), number_(number) {}

  // An aborted call has no effect, and loses nothing, so that even the strictest request (total) can
  // be honoured.
  void operator()(boost::asio::cancellation_type type) const {
    if ((type & boost::asio::cancellation_type::all) != boost::asio::cancellation_type::none)
      cancel_call(*called_, number_);
  }

 private:
  Called called_;
  std::uint64_t number_;
};

}  // namespace asiofile::detail
