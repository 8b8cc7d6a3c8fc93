// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Of a program with BOOST_ASIO_SEPARATE_COMPILATION: all of Boost.Asio that is not a template.

#include <boost/asio/impl/src.hpp>
