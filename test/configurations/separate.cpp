// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The part of Boost.Asio that is no template, for programs with BOOST_ASIO_SEPARATE_COMPILATION.

#include <boost/asio/impl/src.hpp>
