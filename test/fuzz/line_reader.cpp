// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The line reader, compared with one that has the whole text.

#include "service.hpp"

#include <asiofile/line_reader.hpp>
#include <asiofile/random_access_file.hpp>

#include <boost/system/error_code.hpp>

#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

// A line, or nothing for one that is too long.
using given_line = std::optional<std::string>;

std::vector<given_line> expected_lines(std::string_view text,
                                       const asiofile::line_reader_options& options) {
  std::vector<given_line> lines;
  while (!text.empty()) {
    const std::size_t end = text.find(options.delimiter);
    const std::string_view line = text.substr(0, end);
    if (line.size() > options.max_line_bytes)
      lines.emplace_back(std::nullopt);
    else
      lines.emplace_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + options.delimiter.size());
  }
  return lines;
}

// Reads the next line into `lines`. False at the end.
bool read_next(boost::asio::io_context& context, asiofile::line_reader& reader,
               std::vector<given_line>& lines) {
  bool is_any = false;
  int calls = 0;
  reader.async_next([&](const boost::system::error_code& ec,
                        const std::optional<std::string_view>& line) {
    ++calls;
    fuzz::require(!ec || ec.value() == EMSGSIZE, "a line is there, too long, or none is left");
    is_any = ec || line;
    if (is_any) lines.emplace_back(ec ? given_line() : given_line(*line));
  });
  context.restart();
  context.run();
  fuzz::require(calls == 1, "the handler runs once");
  return is_any;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::input in(bytes, size);
  asiofile::line_reader_options options;
  options.buffer_bytes = 1 + in.below(64);
  options.max_line_bytes = 1 + in.below(100);
  options.read_ahead = in.below(4);
  const auto which = in.byte() % 2 == 0 ? asiofile::backend::threads : asiofile::backend::io_uring;
  options.delimiter = in.take(1 + in.below(3));
  if (options.delimiter.empty()) options.delimiter = "\n";
  const std::string_view text = in.take_rest();

  const fuzz::memory_file content(text);
  auto& context = fuzz::context_on(which);
  asiofile::random_access_file file(context, content.path(), asiofile::file_base::read_only);
  asiofile::line_reader reader(file, options);
  std::vector<given_line> lines;
  while (read_next(context, reader, lines)) {
    // Lines that were read as well are returned without waiting.
    while (const auto line = reader.try_next()) lines.emplace_back(*line);
  }
  fuzz::require(lines == expected_lines(text, options), "the lines are those of the text");
  return 0;
}
