// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "context_per_thread.hpp"

#include "fail.hpp"

#include <cstddef>
#include <utility>

namespace benchmark {

context_per_thread::context_per_thread(const task& what)
    : meeting_(static_cast<std::ptrdiff_t>(what.threads) + 1) {
  task each = what;
  each.threads = 1;
  each.context_per_thread = false;
  for (unsigned index = 0; index != what.threads; ++index)
    threads_.emplace_back([this, each] { serve(each); });
}

context_per_thread::~context_per_thread() {
  command_ = command::end;
  meeting_.arrive_and_wait();
}

void context_per_thread::run(std::uint64_t operations) {
  operations_each_ = operations / threads_.size();
  give(command::run);
}

void context_per_thread::check_written() { give(command::check_written); }

void context_per_thread::give(command next) {
  command_ = next;
  meeting_.arrive_and_wait();
  meeting_.arrive_and_wait();
}

void context_per_thread::serve(task what) {
  const auto own = make_contender(what);
  if (!own) fail("no such contender: " + what.contender);
  while (true) {
    meeting_.arrive_and_wait();
    if (command_ == command::end) return;
    if (command_ == command::run) own->run(operations_each_);
    else own->check_written();
    meeting_.arrive_and_wait();
  }
}

}  // namespace benchmark
