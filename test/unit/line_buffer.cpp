// Lines cut out of blocks of any size, compared with a model that has all of the text at once.

#include "readers/line_buffer.hpp"

#include <asiofile/aligned_buffer.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using asiofile::aligned_buffer;
using asiofile::detail::line_buffer;

namespace {

// What stands for a line that was too long.
const std::string too_long = "(too long)";

using lines = std::vector<std::string>;

lines lines_of(std::string_view text, std::string_view delimiter, std::size_t line_bytes_max) {
  lines found;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(delimiter), text.size());
    found.emplace_back(end > line_bytes_max ? too_long : text.substr(0, end));
    text.remove_prefix(std::min(end + delimiter.size(), text.size()));
  }
  return found;
}

struct setting {
  std::string delimiter = "\n";
  std::size_t line_bytes_max = 1'000'000;
  std::size_t headroom = 16;
  std::size_t block_bytes = 64;
};

// Feeds the text in pieces, as `next_size` says, and takes out what can be had after each.
template <typename Sizes>
lines cut_as(std::string_view text, const setting& how, Sizes&& next_size) {
  const std::size_t memory_bytes = how.headroom + how.block_bytes;
  line_buffer buffer(how.delimiter, how.line_bytes_max, aligned_buffer(memory_bytes));
  aligned_buffer block(memory_bytes);
  lines found;
  for (;;) {
    std::string_view line;
    if (buffer.take(line)) {
      found.emplace_back(line);
    } else if (buffer.drop_too_long()) {
      found.push_back(too_long);
    } else if (!text.empty()) {
      const std::size_t size = std::min({next_size(), how.block_bytes, text.size()});
      std::memset(block.data(), 'x', block.size());
      std::memcpy(block.data() + how.headroom, text.data(), size);
      buffer.add(block, how.headroom, size);
      text.remove_prefix(size);
    } else {
      const auto rest = buffer.take_rest();
      if (rest) found.emplace_back(rest->size() > how.line_bytes_max ? too_long : *rest);
      return found;
    }
  }
}

lines cut(std::string_view text, const setting& how, std::size_t size) {
  return cut_as(text, how, [=] { return size; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(line_buffers)

BOOST_AUTO_TEST_CASE(lines_come_without_their_delimiters_and_the_last_one_needs_none) {
  const lines expected{"one", "", "three", "4"};
  for (std::size_t size = 1; size != 20; ++size)
    BOOST_TEST(cut("one\n\nthree\n4", {}, size) == expected, boost::test_tools::per_element());
  BOOST_TEST(cut("", {}, 5).empty());
  BOOST_TEST(cut("\n", {}, 5) == lines{""}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_delimiter_is_found_where_a_part_of_it_was_a_false_start) {
  setting how;
  how.delimiter = "aab";
  for (std::size_t size = 1; size != 12; ++size) {
    BOOST_TEST(cut("xaaabyaab", how, size) == (lines{"xa", "y"}),
               boost::test_tools::per_element());
    BOOST_TEST(cut("aaaaaabaa", how, size) == (lines{"aaaa", "aa"}),
               boost::test_tools::per_element());
  }
  how.delimiter = "\r\n";
  for (std::size_t size = 1; size != 12; ++size)
    BOOST_TEST(cut("a\rb\r\n\r\r\n\n\r", how, size) == (lines{"a\rb", "\r", "\n\r"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_line_of_the_maximum_is_given_and_one_more_byte_is_too_much) {
  setting how;
  how.line_bytes_max = 5;
  for (const std::string delimiter : {"\n", "--", "-=-"}) {
    how.delimiter = delimiter;
    const std::string text = "12345" + delimiter + "123456" + delimiter + "x" + delimiter +
                             std::string(400, 'y') + delimiter + "z";
    for (std::size_t size = 1; size != 64; ++size)
      BOOST_TEST(cut(text, how, size) == (lines{"12345", too_long, "x", too_long, "z"}),
                 boost::test_tools::per_element());
    BOOST_TEST(cut("123456", how, 2) == lines{too_long}, boost::test_tools::per_element());
    BOOST_TEST(cut(std::string(200, 'z'), how, 7) == lines{too_long},
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_line_longer_than_a_block_is_put_together) {
  const std::string longest(5000, 'l');
  const std::string text = longest + "\nshort\n" + longest + "\n" + longest;
  for (const std::size_t size : {1, 7, 63, 64})
    BOOST_TEST(cut(text, {}, size) == (lines{longest, "short", longest, longest}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(random_text_in_random_blocks_is_cut_as_the_model_cuts_it) {
  std::mt19937 random(4);
  const auto below = [&](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  };
  const std::string delimiters[] = {"\n", "ab", "aab", "aaa", "abab"};
  for (int round = 0; round != 3000; ++round) {
    setting how;
    how.delimiter = delimiters[below(5)];
    how.line_bytes_max = 1 + below(200);
    how.headroom = below(40);
    how.block_bytes = 1 + below(100);
    std::string text(below(1000), 'a');
    // Delimiters are about as frequent as one line in so many bytes.
    const std::size_t rare = 2 + below(50);
    for (char& each : text) each = below(rare) == 0 ? "b\n"[below(2)] : 'a';
    const lines found = cut_as(text, how, [&] { return 1 + below(100); });
    if (found == lines_of(text, how.delimiter, how.line_bytes_max)) continue;
    BOOST_ERROR("round " << round << ": other lines than the model's");
    return;
  }
  BOOST_CHECK(true);
}

BOOST_AUTO_TEST_SUITE_END()
