#pragma once

// A wait on the virtual clock.

#include <asiofile/detail/job.hpp>

#include <cerrno>
#include <chrono>
#include <cstdint>

namespace asiofile::testing::detail {

class memory_system;

class waiting_job final : public asiofile::detail::job {
 public:
  waiting_job(const memory_system& whose, std::chrono::nanoseconds how_long) noexcept
      : clock(&whose), duration(how_long) {}

  [[nodiscard]] bool can_begin_elsewhere() const noexcept override { return true; }

  // Only compared: it may be gone.
  const memory_system* const clock;
  const std::chrono::nanoseconds duration;

  // The engine of that clock runs it when it is time. Any other knows no virtual time.
  void set_over() noexcept { is_over_ = true; }

 private:
  std::int64_t step() noexcept override { return is_over_ ? 0 : -EOPNOTSUPP; }

  bool is_over_ = false;
};

}  // namespace asiofile::testing::detail
