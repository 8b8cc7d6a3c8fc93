#include "system/simulation.hpp"

namespace asiofile::detail {

simulation::~simulation() = default;

}  // namespace asiofile::detail
