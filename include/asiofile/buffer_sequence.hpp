// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// The buffer sequences that operations accept.

#include <boost/asio/buffer.hpp>

namespace asiofile {

/// A MutableBufferSequence: memory that can be written to. Every function that reads requires one.
///
/// `boost::asio::buffer` of a constant object is not one: a read into a `const std::string` does
/// not compile.
template <typename Buffers>
concept mutable_buffer_sequence = boost::asio::is_mutable_buffer_sequence<Buffers>::value;

/// A ConstBufferSequence: memory that need only be readable. Every function that writes requires
/// one. A MutableBufferSequence is one, too.
template <typename Buffers>
concept const_buffer_sequence = boost::asio::is_const_buffer_sequence<Buffers>::value;

}  // namespace asiofile
