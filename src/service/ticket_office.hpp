#pragma once

// Tells which operation a cancellation slot means, and whether it is still there.

#include <asiofile/detail/operation.hpp>

#include <cstdint>
#include <vector>

namespace asiofile::detail {

class ticket_office {
 public:
  cancellation_ticket issue(operation& holder);

  // The operation that holds the ticket; null once the ticket was returned.
  [[nodiscard]] operation* holder_of(cancellation_ticket ticket) const noexcept;

  void take_back(cancellation_ticket ticket) noexcept;

 private:
  struct entry {
    operation* holder = nullptr;
    std::uint32_t generation = 0;
    std::uint32_t next_free = cancellation_ticket::none;
  };

  std::vector<entry> entries_;
  std::uint32_t first_free_ = cancellation_ticket::none;
};

}  // namespace asiofile::detail
