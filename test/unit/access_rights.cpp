// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Rights for a file that replaces another and belongs to another user: nobody gains, for every
// mode, many lists, and every user whom they can concern; and no right is removed without need.
//
// What a file's rights permit is computed by an independent model, written from acl(5), "Access
// check algorithm".

#include "whole_files/access_rights.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

using namespace asiofile::detail;

namespace asiofile::detail {

std::ostream& operator<<(std::ostream& out, const access_rights& rights) {
  out << rights.owner << ':' << rights.group << ' ' << std::oct << rights.mode << std::dec;
  for (const access_entry& each : rights.list)
    out << ' ' << static_cast<unsigned>(each.tag) << '/' << each.id << '=' << each.rights;
  return out;
}

}  // namespace asiofile::detail

namespace {

// Users and groups. A user may be in any of the groups.
enum : std::uint32_t { old_owner, new_owner, named, also_named, unknown, user_count };
enum : std::uint32_t { old_group = 10, new_group, named_group, also_named_group, groups_end };
constexpr unsigned group_sets = 1U << (groups_end - old_group);

struct subject {
  std::uint32_t user;
  unsigned groups;  // a bit for each

  [[nodiscard]] bool is_in(std::uint32_t group) const {
    return (groups >> (group - old_group) & 1U) != 0;
  }
};

bool includes(unsigned rights, unsigned wanted) { return (rights & wanted) == wanted; }

unsigned mask_of(const access_rights& file) {
  for (const access_entry& each : file.list)
    if (each.tag == access_tag::mask) return each.rights;
  return 7;
}

unsigned group_entry_of(const access_rights& file) {
  for (const access_entry& each : file.list)
    if (each.tag == access_tag::group) return each.rights;
  return file.mode >> 3 & 7U;
}

// As Linux does (fs/namei.c): a list whose mask is empty is ignored.
bool may_on_linux(const access_rights& file, const subject& who, unsigned wanted) {
  const unsigned group_bits = file.mode >> 3 & 7U;
  if (who.user == file.owner) return includes(file.mode >> 6 & 7U, wanted);
  return includes(who.is_in(file.group) ? group_bits : file.mode & 7U, wanted);
}

// acl(5): the owner; named users; the groups, of which one entry must have all that is wanted;
// others.
bool may(const access_rights& file, const subject& who, unsigned wanted) {
  if (who.user == file.owner) return includes(file.mode >> 6 & 7U, wanted);
  const unsigned mask = mask_of(file);
  for (const access_entry& each : file.list)
    if (each.tag == access_tag::named_user && each.id == who.user)
      return includes(each.rights & mask, wanted);
  bool is_in_one = who.is_in(file.group);
  bool is_granted = is_in_one && includes(group_entry_of(file) & mask, wanted);
  for (const access_entry& each : file.list) {
    if (each.tag != access_tag::named_group || !who.is_in(each.id)) continue;
    is_in_one = true;
    is_granted = is_granted || includes(each.rights & mask, wanted);
  }
  return is_in_one ? is_granted : includes(file.mode & 7U, wanted);
}

// Calls `visit` for every user except the new owner, and every combination of rights.
template <typename Visit>
void for_each_request(std::uint32_t owner, Visit&& visit) {
  for (std::uint32_t user = 0; user != user_count; ++user) {
    if (user == owner) continue;
    for (unsigned groups = 0; groups != group_sets; ++groups)
      for (unsigned wanted = 1; wanted != 8; ++wanted) visit(subject{user, groups}, wanted);
  }
}

bool is_wider(const access_rights& file, const access_rights& original) {
  bool is_wider = false;
  for_each_request(file.owner, [&](const subject& who, unsigned wanted) {
    is_wider = is_wider || (may(file, who, wanted) && !may(original, who, wanted));
  });
  return is_wider;
}

bool has_empty_mask(const access_rights& file) { return mask_of(file) == 0; }

bool is_wider_on_linux(const access_rights& file, const access_rights& original) {
  if (!has_empty_mask(original) && !has_empty_mask(file)) return is_wider(file, original);
  bool is_wider = false;
  for_each_request(file.owner, [&](const subject& who, unsigned wanted) {
    const auto is_granted = [&](const access_rights& by) {
      return has_empty_mask(by) ? may_on_linux(by, who, wanted) : may(by, who, wanted);
    };
    is_wider = is_wider || (is_granted(file) && !is_granted(original));
  });
  return is_wider;
}

struct owners {
  std::uint32_t owner;
  std::uint32_t group;
};
constexpr std::array<owners, 4> all_owners{{{old_owner, old_group},
                                            {old_owner, new_group},
                                            {new_owner, old_group},
                                            {new_owner, new_group}}};

access_rights plain(mode_t mode) { return {old_owner, old_group, mode, {}}; }

access_rights with_mode(const owners& whose, mode_t mode) {
  return {whose.owner, whose.group, mode, {}};
}

// Files with a list; each of its entries takes each of these rights in turn.
template <typename Visit>
void for_each_list(Visit&& visit) {
  constexpr std::array<std::uint16_t, 4> some{0, 4, 6, 7};
  // The owner, two users, the group, two groups, the mask, others. `who`: the second of the named
  // users and groups is an unrelated one, the new owner or group, or the old one.
  for (const auto& [user, group] :
       {std::pair(also_named + 0U, also_named_group + 0U),
        std::pair(new_owner + 0U, new_group + 0U), std::pair(old_owner + 0U, old_group + 0U)}) {
    for (unsigned choice = 0; choice != 1U << 16; ++choice) {
      // Only every seventh, which includes all pairs of values.
      if (choice % 7 != 0) continue;
      const auto rights = [&](unsigned entry) { return some[choice >> (2 * entry) & 3U]; };
      access_rights file;
      file.owner = old_owner;
      file.group = old_group;
      file.list = {{access_tag::owner, rights(0), ~0U},
                   {access_tag::named_user, rights(1), named},
                   {access_tag::named_user, rights(2), user},
                   {access_tag::group, rights(3), ~0U},
                   {access_tag::named_group, rights(4), named_group},
                   {access_tag::named_group, rights(5), group},
                   {access_tag::mask, rights(6), ~0U},
                   {access_tag::others, rights(7), ~0U}};
      file.mode = static_cast<mode_t>(rights(0) << 6 | rights(6) << 3 | rights(7));
      visit(file);
    }
  }
}

// The file's mode with one more right for its group or for others; empty if there are no more.
std::vector<mode_t> widened(mode_t mode) {
  std::vector<mode_t> modes;
  for (mode_t bit = 1; bit != 0100; bit <<= 1)
    if ((mode & bit) == 0) modes.push_back(mode | bit);
  return modes;
}

constexpr std::array<char, 44> known_value{2,    0,  0,  0,  // the version
                                           1,    0,  6,  0, -1,
                                           -1,   -1, -1,  // owner
                                           2,    0,  4,  0, static_cast<char>(0xe1),
                                           0x10, 0,  0,  // user 4321
                                           4,    0,  5,  0, -1,
                                           -1,   -1, -1,  // group
                                           0x10, 0,  7,  0, -1,
                                           -1,   -1, -1,  // mask
                                           0x20, 0,  0,  0, -1,
                                           -1,   -1, -1};  // others

}  // namespace

BOOST_AUTO_TEST_SUITE(access_rights_of_a_new_file)

BOOST_AUTO_TEST_CASE(are_the_original_s_where_owner_and_group_are) {
  for (mode_t mode = 0; mode <= 07777; ++mode) {
    BOOST_TEST(mode_without_list(plain(mode), old_owner, old_group) == mode);
    BOOST_TEST((with_owner(plain(mode), old_owner, old_group) == plain(mode)));
  }
  for_each_list([](const access_rights& file) {
    if (with_owner(file, old_owner, old_group) != file) BOOST_ERROR("changed: " << file);
  });
}

BOOST_AUTO_TEST_CASE(let_nobody_do_more_whatever_the_mode) {
  for (mode_t mode = 0; mode <= 0777; ++mode) {
    for (const owners& whose : all_owners) {
      const access_rights file = with_owner(plain(mode), whose.owner, whose.group);
      if (is_wider(file, plain(mode))) BOOST_ERROR(plain(mode) << " became " << file);
    }
  }
}

BOOST_AUTO_TEST_CASE(take_no_more_than_they_must_whatever_the_mode) {
  for (mode_t mode = 0; mode <= 0777; ++mode) {
    for (const owners& whose : all_owners) {
      const mode_t found = mode_without_list(plain(mode), whose.owner, whose.group);
      BOOST_TEST((found & 0700U) == (mode & 0700U));
      for (const mode_t more : widened(found))
        if (!is_wider(with_mode(whose, more), plain(mode)))
          BOOST_ERROR(plain(mode) << " could become " << with_mode(whose, more));
    }
  }
}

BOOST_AUTO_TEST_CASE(let_nobody_do_more_without_the_list) {
  for_each_list([](const access_rights& original) {
    for (const owners& whose : all_owners) {
      const mode_t mode = mode_without_list(original, whose.owner, whose.group);
      const access_rights file = with_mode(whose, mode);
      if (is_wider(file, original) || is_wider_on_linux(file, original))
        BOOST_ERROR(original << " became " << file);
    }
  });
}

BOOST_AUTO_TEST_CASE(take_no_more_than_they_must_without_the_list) {
  for_each_list([](const access_rights& original) {
    // With two entries for the same group, one grants what the other does not; the implementation
    // does not use that.
    if (original.list[5].id == old_group) return;
    for (const owners& whose : all_owners) {
      const mode_t mode = mode_without_list(original, whose.owner, whose.group);
      for (const mode_t more : widened(mode))
        if (!is_wider(with_mode(whose, more), original))
          BOOST_ERROR(original << " could become " << with_mode(whose, more));
    }
  });
}

BOOST_AUTO_TEST_CASE(let_nobody_do_more_with_a_list_of_their_own) {
  for_each_list([](const access_rights& original) {
    for (const owners& whose : all_owners) {
      const access_rights file = with_owner(original, whose.owner, whose.group);
      if (is_wider(file, original) || is_wider_on_linux(file, original))
        BOOST_ERROR(original << " became " << file);
      if ((file.mode >> 3 & 7U) != mask_of(file)) BOOST_ERROR("no mask in the mode: " << file);
    }
  });
}

BOOST_AUTO_TEST_CASE(keep_what_everybody_but_the_new_group_may_do_with_a_list_of_their_own) {
  for_each_list([](const access_rights& original) {
    // See above; with an empty mask there are no rights to keep; and the mask now applies to the
    // former owner.
    if (original.list[5].id == old_group || has_empty_mask(original)) return;
    const access_rights file = with_owner(original, new_owner, new_group);
    for_each_request(new_owner, [&](const subject& who, unsigned wanted) {
      if (who.is_in(new_group) || (who.user == old_owner && (wanted & ~mask_of(file)) != 0)) return;
      if (may(original, who, wanted) && !may(file, who, wanted))
        BOOST_ERROR(original << " became " << file << " for user " << who.user);
    });
  });
}

BOOST_AUTO_TEST_CASE(have_no_set_id_bits_for_another_owner_or_group) {
  const auto special = [](const owners& whose) {
    return mode_without_list(plain(07755), whose.owner, whose.group) & 07000U;
  };
  BOOST_TEST(special({old_owner, old_group}) == 07000U);
  BOOST_TEST(special({new_owner, old_group}) == 03000U);
  BOOST_TEST(special({old_owner, new_group}) == 05000U);
  BOOST_TEST(special({new_owner, new_group}) == 01000U);
}

BOOST_AUTO_TEST_CASE(are_what_one_expects_of_usual_modes) {
  const auto taken = [](mode_t mode) {
    return mode_without_list(plain(mode), new_owner, new_group);
  };
  BOOST_TEST(taken(0644) == 0644U);
  BOOST_TEST(taken(0755) == 0755U);
  BOOST_TEST(taken(0600) == 0600U);
  BOOST_TEST(taken(0664) == 0644U);
  BOOST_TEST(taken(0660) == 0600U);
  BOOST_TEST(taken(0604) == 0600U);
  BOOST_TEST(taken(0606) == 0600U);
  BOOST_TEST(taken(0466) == 0444U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(access_lists)

BOOST_AUTO_TEST_CASE(are_read_and_written_as_the_kernel_has_them) {
  const auto list = parse_access_list(known_value);
  BOOST_REQUIRE(list.has_value());
  BOOST_REQUIRE(list->size() == 5U);
  BOOST_TEST(((*list)[1] == access_entry{access_tag::named_user, 4, 4321}));
  BOOST_TEST(((*list)[3] == access_entry{access_tag::mask, 7, ~0U}));
  const std::vector<char> value = serialize(*list);
  BOOST_TEST(std::ranges::equal(value, known_value));
}

BOOST_AUTO_TEST_CASE(say_nothing_where_they_have_no_mask) {
  std::vector<char> value(known_value.begin(), known_value.end());
  value.erase(value.begin() + 28, value.begin() + 36);
  const auto list = parse_access_list(value);
  BOOST_REQUIRE(list.has_value());
  BOOST_TEST(list->empty());
}

BOOST_AUTO_TEST_CASE(of_another_form_are_none) {
  const auto is_list = [](std::vector<char> value) { return parse_access_list(value).has_value(); };
  std::vector<char> value(known_value.begin(), known_value.end());
  BOOST_TEST(is_list(value));
  BOOST_TEST(!is_list({}));
  BOOST_TEST(!is_list({value.begin(), value.begin() + 3}));
  BOOST_TEST(!is_list({value.begin(), value.end() - 1}));
  BOOST_TEST(!is_list({value.begin(), value.end() - 8}));
  for (const auto& [position, byte] : {std::pair(0, 1), std::pair(3, 1), std::pair(4, 3),
                                       std::pair(5, 1), std::pair(6, 8), std::pair(7, 1)}) {
    std::vector<char> other = value;
    other[static_cast<std::size_t>(position)] = static_cast<char>(byte);
    BOOST_TEST(!is_list(other), position);
  }
}

BOOST_AUTO_TEST_SUITE_END()
