// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Where an operation is. The table below is also in doc/architecture.md.
//
// stage       list that holds it              owner
// initiating  none                            the initiating function
// sequenced   its opening's sequencer         the service, until it may use the position
// parked      opening::closers                the service, until the file's operations complete
// waiting     pipeline::waiting_, candidates_ the service, until it is tried or submitted
// speculating none                            the thread that tries it: it may use its buffers
// in_engine   none, or pipeline::cancelling_  an engine, which may use its buffers
// grouped     its descriptor's group commit   the service, until a sync that covers it completes
// completed   pipeline::over_, dispatcher     the service: the handler is to be called
// delivered   none                            the dispatch pass that calls its handler
//
// Until it leaves its file it is also in `opening::operations`, or without a file (a job) in
// `file_registry::others_`, where operations that are in no list of their stage can be found.
//
// Lists and stages are read and changed under the service's mutex. An operation's parameters and
// progress are read and written only by its owner.

#include <cassert>
#include <cstdint>

namespace asiofile::detail {

enum class operation_stage : std::uint8_t {
  initiating,
  sequenced,
  parked,
  waiting,
  speculating,
  in_engine,
  grouped,
  completed,
  delivered
};

// The legal transitions.
constexpr bool is_legal_step(operation_stage from, operation_stage to) noexcept {
  const auto one_of = [to](auto... stages) { return ((to == stages) || ...); };
  using enum operation_stage;
  switch (from) {
    case initiating: return one_of(sequenced, parked, waiting, completed);
    case sequenced: return one_of(waiting, completed);
    case parked: return one_of(waiting);
    case waiting: return one_of(speculating, in_engine, completed);
    case speculating: return one_of(waiting, completed, grouped);
    case in_engine: return one_of(waiting, grouped, completed);
    case grouped: return one_of(waiting, completed);
    case completed: return one_of(delivered);
    case delivered: return false;
  }
  return false;
}

// The one function that changes a stage.
template <typename Operation>
void move_to(Operation& which, operation_stage next) noexcept {
  assert(is_legal_step(which.stage(), next));
  which.set_stage(next);
}

}  // namespace asiofile::detail
