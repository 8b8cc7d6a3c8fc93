#pragma once

#include <cstddef>

namespace asiofile::detail {

// Throws boost::system::system_error with invalid_argument, naming the option, where its value is
// out of range. `option`: as in "line_reader_options::buffer_bytes".
void check_range(const char* option, std::size_t value, std::size_t least, std::size_t most);

}  // namespace asiofile::detail
