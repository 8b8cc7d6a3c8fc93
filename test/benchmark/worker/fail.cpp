// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "fail.hpp"

#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace benchmark {

namespace {

std::string& name() {
  static std::string set = "benchmark";
  return set;
}

}  // namespace

void fail(const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", name().c_str(), what.c_str());
  std::_Exit(1);
}

void fail(const std::string& what, int error) {
  fail(what + ": " + std::generic_category().message(error));
}

void set_name_for_failures(const std::string& given) { name() = given; }

}  // namespace benchmark
