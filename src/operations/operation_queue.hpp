// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Lists of operations, linked through the operations themselves.

#include "operations/operation.hpp"

#include <boost/intrusive/list.hpp>

namespace asiofile::detail {

template <intrusive_hook operation::* Hook>
using operation_list =
    boost::intrusive::list<operation,
                           boost::intrusive::member_hook<operation, intrusive_hook, Hook>,
                           boost::intrusive::constant_time_size<false>>;

// Operations of one stage, or some of them. An operation is in at most one such queue.
using operation_queue = operation_list<&operation::stage_hook>;
// Operations that an engine has, as the engine orders them; also those that it is given and
// returns.
using engine_queue = operation_list<&operation::engine_hook>;
using file_operations = operation_list<&operation::file_hook>;

// As the list's `empty`, which also checks whether the list was ever initialised.
template <typename Queue>
[[nodiscard]] bool is_empty(const Queue& which) noexcept {
  return which.begin() == which.end();
}

template <typename Queue>
void append(Queue& to, Queue& from) noexcept {
  to.splice(to.end(), from);
}

// Removes and returns the first operation. The queue must not be empty.
template <typename Queue>
operation& take_front(Queue& from) noexcept {
  operation& first = from.front();
  from.pop_front();
  return first;
}

template <typename Queue>
void remove(Queue& from, operation& which) noexcept {
  from.erase(Queue::s_iterator_to(which));
}

}  // namespace asiofile::detail
