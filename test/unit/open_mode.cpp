// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// parse_open_mode: which strings are open modes, and what they mean.

#include <asiofile/open_mode.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

using asiofile::file_base;
using asiofile::parse_open_mode;
using boost::system::error_code;

namespace {

constexpr file_base::flags new_or_emptied = file_base::create | file_base::truncate;
constexpr file_base::flags new_or_appended = file_base::create | file_base::append;
constexpr file_base::flags new_only = file_base::create | file_base::exclusive;

// Every mode there is, its letters sorted as ASCII sorts them: '+' first.
const std::map<std::string, file_base::flags>& modes() {
  static const std::map<std::string, file_base::flags> table = {
      {"r", file_base::read_only},
      {"br", file_base::read_only},
      {"+r", file_base::read_write},
      {"+br", file_base::read_write},
      {"w", file_base::write_only | new_or_emptied},
      {"bw", file_base::write_only | new_or_emptied},
      {"+w", file_base::read_write | new_or_emptied},
      {"+bw", file_base::read_write | new_or_emptied},
      {"a", file_base::write_only | new_or_appended},
      {"ab", file_base::write_only | new_or_appended},
      {"+a", file_base::read_write | new_or_appended},
      {"+ab", file_base::read_write | new_or_appended},
      {"x", file_base::write_only | new_only},
      {"bx", file_base::write_only | new_only},
      {"+x", file_base::read_write | new_only},
      {"+bx", file_base::read_write | new_only},
      {"wx", file_base::write_only | new_only},
      {"bwx", file_base::write_only | new_only},
      {"+wx", file_base::read_write | new_only},
      {"+bwx", file_base::read_write | new_only},
  };
  return table;
}

std::string sorted(std::string mode) {
  std::sort(mode.begin(), mode.end());
  return mode;
}

// "wx" means both truncate and exclusive. It does not matter whether the flags still contain
// `truncate`: with `exclusive` the file has just been created.
file_base::flags without_moot_truncate(file_base::flags flags) {
  return (flags & file_base::exclusive) == file_base::exclusive ? flags & ~file_base::truncate
                                                                : flags;
}

void check_mode(const std::string& mode, file_base::flags expected) {
  BOOST_TEST_CONTEXT("mode \"" << mode << '"') {
    error_code ec = make_error_code(boost::system::errc::io_error);
    const file_base::flags flags = parse_open_mode(mode, ec);
    BOOST_TEST(ec == error_code());
    BOOST_TEST(without_moot_truncate(flags) == expected);
    BOOST_TEST(parse_open_mode(mode) == flags);
  }
}

void check_refused(std::string_view mode) {
  BOOST_TEST_CONTEXT("mode \"" << mode << '"') {
    error_code ec;
    BOOST_TEST(parse_open_mode(mode, ec) == file_base::read_only);
    BOOST_TEST((ec == boost::system::errc::invalid_argument));
    BOOST_CHECK_THROW(static_cast<void>(parse_open_mode(mode)), boost::system::system_error);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(open_mode)

BOOST_AUTO_TEST_CASE(every_mode_means_the_same_in_any_order_of_its_letters) {
  std::size_t spellings = 0;
  for (const auto& [letters, flags] : modes()) {
    std::string mode = letters;
    do {
      check_mode(mode, flags);
      ++spellings;
    } while (std::next_permutation(mode.begin(), mode.end()));
  }
  // 1, 2, 2 and 6 orders for each of the four letters; 2, 6, 6 and 24 for "wx".
  BOOST_TEST(spellings == 4U * 11 + 38);
}

BOOST_AUTO_TEST_CASE(of_all_strings_of_up_to_four_letters_only_the_modes_are_taken) {
  constexpr std::string_view letters = "rwax+bt ";
  std::size_t taken = 0;
  std::size_t refused = 0;
  std::size_t count = 1;
  for (std::size_t length = 0; length <= 4; ++length, count *= letters.size()) {
    for (std::size_t number = 0; number != count; ++number) {
      std::string mode;
      for (std::size_t rest = number; mode.size() != length; rest /= letters.size())
        mode += letters[rest % letters.size()];
      if (const auto found = modes().find(sorted(mode)); found != modes().end()) {
        check_mode(mode, found->second);
        ++taken;
      } else {
        check_refused(mode);
        ++refused;
      }
    }
  }
  BOOST_TEST(taken == 82U);
  BOOST_TEST(taken + refused == 1U + 8 + 64 + 512 + 4096);
}

BOOST_AUTO_TEST_CASE(a_longer_string_is_refused) {
  check_refused("rb+rb+");
  check_refused("w+bxx");
  check_refused("wxb+t");
  check_refused("rwaxb+");
  check_refused(std::string(100'000, 'r'));
}

BOOST_AUTO_TEST_CASE(letters_of_other_alphabets_are_refused) {
  for (int byte = 0; byte != 256; ++byte) {
    const char letter = static_cast<char>(byte);
    if (std::string_view("rwax+b").find(letter) != std::string_view::npos) continue;
    check_refused(std::string(1, letter));
    check_refused(std::string("r") + letter);
    check_refused(letter + std::string("w+"));
  }
}

BOOST_AUTO_TEST_CASE(the_end_of_the_view_counts_and_no_zero_byte) {
  const std::string_view longer = "w+b";
  check_mode(std::string(longer.substr(0, 1)), file_base::write_only | new_or_emptied);
  error_code ec;
  BOOST_TEST(parse_open_mode(longer.substr(0, 2), ec) == (file_base::read_write | new_or_emptied));
  BOOST_TEST(ec == error_code());
  check_refused(std::string_view("r\0", 2));
  check_refused(std::string_view("\0r", 2));
  check_refused(std::string_view());
}

BOOST_AUTO_TEST_CASE(the_exception_carries_the_error_and_names_the_mode) {
  try {
    static_cast<void>(parse_open_mode("rw+"));
    BOOST_FAIL("did not throw");
  } catch (const boost::system::system_error& thrown) {
    BOOST_TEST((thrown.code() == boost::system::errc::invalid_argument));
    BOOST_TEST(std::string(thrown.what()).find("rw+") != std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()
