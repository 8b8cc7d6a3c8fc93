#include "service/ticket_office.hpp"

namespace asiofile::detail {

cancellation_ticket ticket_office::issue(operation& holder) {
  if (first_free_ == cancellation_ticket::none) {
    entries_.emplace_back();
    first_free_ = static_cast<std::uint32_t>(entries_.size() - 1);
  }
  const std::uint32_t index = first_free_;
  entry& taken = entries_[index];
  first_free_ = taken.next_free;
  taken.holder = &holder;
  return {index, taken.generation};
}

operation* ticket_office::holder_of(cancellation_ticket ticket) const noexcept {
  if (ticket.index >= entries_.size()) return nullptr;
  const entry& named = entries_[ticket.index];
  return named.generation == ticket.generation ? named.holder : nullptr;
}

void ticket_office::take_back(cancellation_ticket ticket) noexcept {
  if (holder_of(ticket) == nullptr) return;
  entry& named = entries_[ticket.index];
  named.holder = nullptr;
  ++named.generation;
  named.next_free = first_free_;
  first_free_ = ticket.index;
}

}  // namespace asiofile::detail
