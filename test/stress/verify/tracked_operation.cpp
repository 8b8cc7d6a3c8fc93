// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "tracked_operation.hpp"

#include "block.hpp"

namespace verify {

namespace {

thread_local const tracked_operation* initiated_here = nullptr;

}  // namespace

const char* name_of(operation_type type) noexcept {
  switch (type) {
    case operation_type::read: return "read";
    case operation_type::write: return "write";
    case operation_type::write_and_sync_data: return "write_and_sync_data";
    case operation_type::write_and_sync_all: return "write_and_sync_all";
    case operation_type::sync_data: return "sync_data";
    case operation_type::sync_all: return "sync_all";
    case operation_type::size: return "size";
    case operation_type::resize: return "resize";
  }
  return "";
}

tracked_operation::tracked_operation(operation_type what, std::uint32_t first_place,
                                     std::uint32_t place_count)
    : type(what),
      place(first_place),
      places(place_count),
      memory(is_transfer(what) ? place_count * block_bytes : 0) {}

std::string tracked_operation::describe() const {
  return std::string(name_of(type)) + " of " + std::to_string(places) + " blocks at block " +
         std::to_string(place) + ", which gave " + std::to_string(result) + " and '" +
         error.message() + "'";
}

void tracked_operation::complete(const error_code& ec, std::uint64_t count) {
  require(initiated_here != this, "a handler ran inside its initiating function: " + describe());
  require(++completions == 1, "a handler ran twice: " + describe());
  error = ec;
  result = count;
}

initiation_scope::initiation_scope(const tracked_operation& operation) noexcept
    : before_(initiated_here) {
  initiated_here = &operation;
}

initiation_scope::~initiation_scope() { initiated_here = before_; }

}  // namespace verify
