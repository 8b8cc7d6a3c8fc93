// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A job that has a result for the handler in addition to its error code.

#include <asiofile/detail/job.hpp>

#include <tuple>
#include <utility>

namespace asiofile::detail {

template <typename Answer>
class answering_job : public job {
 public:
  // Called once, when the job has completed, has failed or was dropped.
  [[nodiscard]] std::tuple<Answer> take_answer() {
    return std::tuple<Answer>(std::exchange(answer_, Answer()));
  }

 protected:
  void answer(Answer given) noexcept { answer_ = std::move(given); }

 private:
  Answer answer_{};
};

}  // namespace asiofile::detail
