// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/basic_random_access_file.hpp>
#include <boost/asio/basic_stream_file.hpp>
#include <boost/asio/file_base.hpp>
#include <boost/asio/random_access_file.hpp>
#include <boost/asio/stream_file.hpp>

namespace files = boost::asio;
