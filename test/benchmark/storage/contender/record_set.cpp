// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "record_set.hpp"

#include "../../worker/fail.hpp"

#include <unistd.h>

#include <cstring>
#include <fstream>

namespace benchmark::storage {

namespace {

struct record_tag {
  std::uint64_t writer = 0;
  std::uint64_t number = 0;
};

}  // namespace

record_set::record_set(const task& what)
    : record_bytes_(what.block_bytes),
      memory_(what.block_bytes * what.depth, std::byte{'r'}),
      writer_(static_cast<std::uint64_t>(::getpid())) {
  if (record_bytes_ < sizeof(record_tag) || what.depth == 0)
    fail("record size or depth is out of range");
}

bool record_set::next(std::size_t appender) noexcept {
  if (left_ == 0) return false;
  --left_;
  const record_tag tag{writer_, made_++};
  std::memcpy(record(appender), &tag, sizeof(tag));
  return true;
}

void record_set::check_written(const std::string& path) const {
  std::ifstream in(path, std::ios::binary);
  std::vector<bool> found(made_);
  std::vector<char> each(record_bytes_);
  for (std::uint64_t place = 0; place != made_; ++place) {
    record_tag tag;
    if (!in.read(each.data(), static_cast<std::streamsize>(each.size())))
      fail("the file ends after " + std::to_string(place) + " of " + std::to_string(made_) +
           " records");
    std::memcpy(&tag, each.data(), sizeof(tag));
    if (tag.writer != writer_ || tag.number >= made_ || found[tag.number])
      fail("record " + std::to_string(place) + " of the file is not what was written");
    found[tag.number] = true;
  }
}

}  // namespace benchmark::storage
