#include "system/simulation.hpp"

#include <array>
#include <mutex>

namespace asiofile::detail {

namespace {

struct directory_of_simulations {
  std::mutex mutex;
  std::array<std::weak_ptr<simulation>, simulations_max> each;
  std::array<bool, simulations_max> is_taken{};
};

directory_of_simulations& all() noexcept {
  // Never destroyed: descriptors may be closed when the program ends.
  static auto* const them = new directory_of_simulations;
  return *them;
}

std::size_t index_of(int fd) noexcept {
  return static_cast<std::size_t>((fd - simulated_fd_min) / simulated_fds_each);
}

}  // namespace

int enlist_simulation(const std::shared_ptr<simulation>& added) {
  directory_of_simulations& them = all();
  const std::lock_guard lock(them.mutex);
  for (std::size_t i = 0; i != them.each.size(); ++i) {
    if (them.is_taken[i]) continue;
    them.is_taken[i] = true;
    them.each[i] = added;
    return simulated_fd_min + static_cast<int>(i) * simulated_fds_each;
  }
  return -1;
}

void forget_simulation(int first_fd) noexcept {
  if (first_fd == -1) return;
  directory_of_simulations& them = all();
  const std::lock_guard lock(them.mutex);
  them.each[index_of(first_fd)].reset();
  them.is_taken[index_of(first_fd)] = false;
}

std::shared_ptr<simulation> simulation_of(int fd) noexcept {
  directory_of_simulations& them = all();
  const std::lock_guard lock(them.mutex);
  const std::size_t index = index_of(fd);
  return index < them.each.size() ? them.each[index].lock() : nullptr;
}

}  // namespace asiofile::detail
