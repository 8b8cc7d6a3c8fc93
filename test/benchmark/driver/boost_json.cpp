// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Boost.JSON compiled into the program: it need not be installed beyond its headers.

#include <boost/json/src.hpp>
