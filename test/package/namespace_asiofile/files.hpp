// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <asiofile/basic_random_access_file.hpp>
#include <asiofile/basic_stream_file.hpp>
#include <asiofile/file_base.hpp>
#include <asiofile/random_access_file.hpp>
#include <asiofile/stream_file.hpp>

namespace files = asiofile;
