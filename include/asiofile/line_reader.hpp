#pragma once

/// \file
/// A line reader on any executor.

#include <asiofile/basic_line_reader.hpp>

namespace asiofile {

/// A line reader whose executor is type-erased. See `basic_line_reader`.
using line_reader = basic_line_reader<>;

}  // namespace asiofile
