#pragma once

// Lists of operations. An operation is in one queue at a time: that of whoever owns it.

#include <asiofile/detail/operation.hpp>

#include <boost/intrusive/list.hpp>

namespace asiofile::detail {

template <intrusive_hook operation::* Hook>
using operation_list =
    boost::intrusive::list<operation,
                           boost::intrusive::member_hook<operation, intrusive_hook, Hook>,
                           boost::intrusive::constant_time_size<false>>;

using operation_queue = operation_list<&operation::queue_hook>;
using file_operations = operation_list<&operation::file_hook>;
using cancel_queue = operation_list<&operation::cancel_hook>;
using engine_list = operation_list<&operation::engine_hook>;

inline void append(operation_queue& to, operation_queue& from) { to.splice(to.end(), from); }

// The first operation, taken out. The queue must not be empty.
inline operation& take_front(operation_queue& from) {
  operation& first = from.front();
  from.pop_front();
  return first;
}

inline void remove(operation_queue& from, operation& which) {
  from.erase(operation_queue::s_iterator_to(which));
}

}  // namespace asiofile::detail
