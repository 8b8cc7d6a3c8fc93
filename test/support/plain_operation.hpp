// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Operations in the test's memory, without a service: for engines and their parts.

#include "operations/operation.hpp"
#include "system/file_facts.hpp"

#include <asiofile/detail/job.hpp>
#include <asiofile/detail/operation.hpp>

#include <sys/uio.h>

#include <cstdint>
#include <string>
#include <utility>

namespace test_support {

namespace detail = asiofile::detail;

class plain_storage : public detail::operation_storage {
 public:
  plain_storage() : operation_storage(nullptr) {}
};

class plain_target : public detail::operation_target {
 public:
  explicit plain_target(const detail::file_facts& its) { facts = its; }
};

// Any operation but reads and writes.
template <typename Operation>
class plain_operation {
 public:
  template <typename... Arguments>
  explicit plain_operation(const detail::file_facts& facts = {}, Arguments... arguments)
      : target_(facts), operation_(detail::operation::emplace<Operation>(storage_, arguments...)) {
    operation_.target = &target_;
  }
  plain_operation(const plain_operation&) = delete;
  plain_operation& operator=(const plain_operation&) = delete;

  Operation& operator*() noexcept { return operation_; }
  Operation* operator->() noexcept { return &operation_; }
  detail::file_facts& facts() noexcept { return target_.facts; }

 private:
  plain_storage storage_;
  plain_target target_;
  Operation& operation_;
};

// A read or write of one buffer, which it owns.
class plain_transfer : public plain_operation<detail::transfer_operation> {
 public:
  plain_transfer(detail::operation_kind kind, const detail::file_facts& facts, std::string bytes,
                 std::uint64_t offset = 0)
      : plain_operation(facts, kind), bytes_(std::move(bytes)) {
    (*this)->buffers = &buffer_;
    (*this)->buffer_count = 1;
    (*this)->requested = bytes_.size();
    (*this)->offset = offset;
    buffer_ = {bytes_.data(), bytes_.size()};
  }

  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_;
  iovec buffer_{};
};

// The facts of a local, buffered file.
inline detail::file_facts facts_of_file(int fd = -1) {
  detail::file_facts facts;
  facts.fd = fd;
  facts.is_storage = facts.is_local = true;
  return facts;
}

inline detail::file_facts facts_of_stream(int fd, int status_flags, bool takes_nowait = true) {
  detail::file_facts facts;
  facts.fd = fd;
  facts.status_flags = status_flags;
  facts.is_stream = facts.is_local = true;
  facts.takes_nowait = takes_nowait;
  return facts;
}

}  // namespace test_support
