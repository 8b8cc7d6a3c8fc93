// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Decides which calls fail.

#include "testing/random.hpp"

#include <asiofile/testing/fault.hpp>

#include <boost/system/error_code.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace asiofile::testing::detail {

using fault_predicate = std::function<boost::system::error_code(const call&)>;

class fault_plan {
 public:
  void add(const fault& rule) { rules_.push_back({rule, 0}); }
  void set_predicate(fault_predicate predicate) { predicate_ = std::move(predicate); }
  void clear();

  // An errno value; 0 if the call does not fail.
  int error_for(const call& made, random& chance);

 private:
  struct counted_fault {
    fault rule;
    std::uint64_t seen = 0;
  };

  std::vector<counted_fault> rules_;
  fault_predicate predicate_;
};

}  // namespace asiofile::testing::detail
