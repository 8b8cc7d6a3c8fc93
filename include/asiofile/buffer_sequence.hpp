// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// What may be read into, and what may be written from.

#include <boost/asio/buffer.hpp>

namespace asiofile {

/// A MutableBufferSequence: memory that may be changed. Every function that reads demands one.
///
/// `boost::asio::buffer` of anything constant is none: a read into a `const std::string` does not
/// compile.
template <typename Buffers>
concept mutable_buffer_sequence = boost::asio::is_mutable_buffer_sequence<Buffers>::value;

/// A ConstBufferSequence: memory that need only be readable. Every function that writes demands
/// one. A MutableBufferSequence is one too.
template <typename Buffers>
concept const_buffer_sequence = boost::asio::is_const_buffer_sequence<Buffers>::value;

}  // namespace asiofile
