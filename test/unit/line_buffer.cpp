// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Lines cut out of blocks of any size, compared with a model that has the whole text.

#include "readers/line_buffer.hpp"

#include "sanitizers.hpp"

#include <boost/test/unit_test.hpp>

#include <malloc.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using asiofile::detail::line_buffer;

namespace {

// Stands for a line that was too long.
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
  std::size_t block_bytes = 64;
};

// Feeds a text in pieces and takes out all available lines after each. Also checks that positions
// and lengths are those of the text.
class cutter {
 public:
  cutter(std::string_view text, const setting& how)
      : text_(text), how_(how), buffer_(how.delimiter, how.line_bytes_max, start) {}

  template <typename Sizes>
  lines run(Sizes&& next_size) {
    while (take() || take_too_long() || feed(next_size) || take_rest()) {
    }
    check(buffer_.position() == start + text_.size(), "the position at the end");
    return found_;
  }

 private:
  static constexpr std::uint64_t start = 1000;

  // The next line of the text at the buffer's position.
  [[nodiscard]] std::string_view next_line() const {
    const auto position = static_cast<std::size_t>(buffer_.position() - start);
    const std::string_view rest = text_.substr(position);
    return rest.substr(0, rest.find(how_.delimiter));
  }

  static void check(bool condition, std::string_view what) {
    if (!condition) BOOST_ERROR(what << " is wrong");
  }

  bool take() {
    const std::string_view expected = next_line();
    const std::uint64_t before = buffer_.position();
    std::string_view line;
    if (!buffer_.take(line)) {
      check(buffer_.position() == before, "the position without a line");
      return false;
    }
    if (found_.size() % 3 == 0) {
      buffer_.put_back();
      check(buffer_.position() == before, "the position of a line that was put back");
      check(buffer_.take(line), "a line that was put back");
    }
    check(line == expected, "the position");
    check(buffer_.position() == before + line.size() + how_.delimiter.size(), "the next position");
    found_.emplace_back(line);
    return true;
  }

  bool take_too_long() {
    const std::string_view expected = next_line();
    const std::uint64_t before = buffer_.position();
    const auto bytes = buffer_.take_too_long();
    if (!bytes) return false;
    check(*bytes == expected.size(), "the length of a line that is too long");
    check(buffer_.position() == before + *bytes + how_.delimiter.size(),
          "the position behind a line that is too long");
    found_.push_back(too_long);
    return true;
  }

  template <typename Sizes>
  bool feed(Sizes&& next_size) {
    if (fed_bytes_ == text_.size()) return false;
    std::string& block = blocks_[++block_count_ % 2];
    std::string& last = blocks_[(block_count_ + 1) % 2];
    if (block_count_ % 3 == 0) {
      buffer_.keep_rest();
      std::ranges::fill(last, 'x');
    }
    block = text_.substr(fed_bytes_, std::min(next_size(), how_.block_bytes));
    fed_bytes_ += block.size();
    buffer_.add(block.data(), block.size());
    // No longer needed.
    std::ranges::fill(last, 'x');
    return true;
  }

  bool take_rest() {
    const std::string_view expected = next_line();
    std::string_view line;
    std::optional<std::uint64_t> too_long_bytes;
    if (!buffer_.take_rest(line, too_long_bytes)) return false;
    if (too_long_bytes)
      check(*too_long_bytes == expected.size(), "the length of a last line that is too long");
    found_.emplace_back(too_long_bytes ? too_long : line);
    return true;
  }

  const std::string_view text_;
  const setting how_;
  line_buffer buffer_;
  lines found_;
  std::string blocks_[2];
  std::size_t block_count_ = 0;
  std::size_t fed_bytes_ = 0;
};

lines cut(std::string_view text, const setting& how, std::size_t size) {
  return cutter(text, how).run([=] { return size; });
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
    how.block_bytes = 1 + below(100);
    std::string text(below(1000), 'a');
    // About one delimiter in this many bytes.
    const std::size_t rare = 2 + below(50);
    for (char& each : text) each = below(rare) == 0 ? "b\n"[below(2)] : 'a';
    const lines found = cutter(text, how).run([&] { return 1 + below(100); });
    if (found == lines_of(text, how.delimiter, how.line_bytes_max)) continue;
    BOOST_ERROR("round " << round << ": other lines than the model's");
    return;
  }
  BOOST_CHECK(true);
}

BOOST_AUTO_TEST_CASE(what_is_left_when_nothing_more_comes_takes_no_more_memory_than_it_has_bytes) {
  line_buffer buffer("\n", 1'000'000, 0);
  const std::string longest(500'000, 'l');
  const std::string rest = "\nbegun";
  std::string_view line;
  buffer.add(longest.data(), longest.size());
  BOOST_TEST(!buffer.take(line));
  buffer.add(rest.data(), rest.size());
  BOOST_TEST(buffer.take(line));
  BOOST_TEST(line.size() == longest.size());
  BOOST_TEST(!buffer.take(line));
#if defined(__GLIBC__)
  const auto before = ::mallinfo2();
  buffer.keep_rest();
  const auto after = ::mallinfo2();
  // A sanitizer's heap does not report its size.
  if (!test_support::under_sanitizer)
    BOOST_TEST(after.uordblks + after.hblkhd + 400'000 < before.uordblks + before.hblkhd);
#else
  buffer.keep_rest();
#endif
  std::optional<std::uint64_t> too_long_bytes;
  BOOST_TEST(buffer.take_rest(line, too_long_bytes));
  BOOST_TEST(line == "begun");
}

BOOST_AUTO_TEST_SUITE_END()
