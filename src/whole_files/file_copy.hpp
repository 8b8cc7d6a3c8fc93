// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The state of one copy of a file, and the steps that a thread runs.

#include "engines/open_hook.hpp"
#include "system/data_extents.hpp"
#include "system/owned_fd.hpp"
#include "whole_files/staged_file.hpp"

#include <asiofile/detail/copy_work.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace asiofile::detail {

class file_copy {
 public:
  // `engines`: of the service; outlives it.
  file_copy(open_hook& engines, const std::string& from, const std::string& to,
            const copy_settings& settings);

  // Whether a thread is to stop.
  using stop_request = std::function<bool()>;

  // One step of a round, as `job::step`. 0 if the round has completed; `job::waits` if the source
  // is not ready. Paths begin in the directory `base` of the system.
  std::int64_t step(const system_calls_ptr& system, int base, const stop_request& stop) noexcept;

  [[nodiscard]] int source_fd() const noexcept { return source_.get(); }

  [[nodiscard]] copy_round next_round(bool is_cancelled, boost::system::error_code& ec) noexcept;
  [[nodiscard]] copied_bytes copied() const noexcept { return {offset_, size_}; }

  // For the workers: the parts to transfer, and the descriptors.
  [[nodiscard]] std::vector<extent> take_plan() noexcept { return std::exchange(planned_, {}); }
  [[nodiscard]] const file_facts& source_facts() const noexcept { return source_facts_; }
  [[nodiscard]] const file_facts& target_facts() const noexcept { return target_facts_; }
  // The source now ends here.
  void note_end(std::uint64_t offset) noexcept;

 private:
  enum class phase : std::uint8_t {
    opening,     // source and target
    cloning,     // the whole file, sharing its data
    ranging,     // by copy_file_range
    planning,    // finds what the next workers are to transfer
    streaming,   // reads up to the end, whose offset is not known
    completing,  // size, rights, durability
    naming,
    over
  };

  std::int64_t run_phase(const stop_request& stop) noexcept;
  std::int64_t open(const stop_request& stop) noexcept;
  std::int64_t open_source(bool is_fifo, const stop_request& stop) noexcept;
  std::int64_t check_target(const struct stat& source) noexcept;
  [[nodiscard]] bool is_target(const struct stat& source) const noexcept;
  [[nodiscard]] system_calls& system() const noexcept { return *system_; }
  std::int64_t clone() noexcept;
  std::int64_t copy_range(const stop_request& stop) noexcept;
  std::int64_t plan() noexcept;
  std::int64_t look() noexcept;
  std::int64_t end_in_hole() noexcept;
  std::int64_t stream(const stop_request& stop) noexcept;
  std::int64_t write_out(std::size_t bytes, const stop_request& stop) noexcept;
  std::int64_t complete(const stop_request& stop) noexcept;
  std::int64_t take_name() noexcept;
  [[nodiscard]] std::int64_t after_piece() noexcept;

  open_hook& engines_;
  const std::string from_;
  const std::string to_;
  const copy_settings settings_;
  phase phase_ = phase::opening;
  // Both from the first step on.
  system_calls_ptr system_;
  int base_ = -1;
  owned_fd source_;
  file_facts source_facts_;
  file_facts target_facts_;
  bool is_source_stream_ = false;
  staged_file target_;
  // The size of the source when the copy began; 0 if unknown.
  std::uint64_t size_ = 0;
  // Everything before is copied.
  std::uint64_t offset_ = 0;
  // What is left of the data at `offset_`.
  extent current_{0, 0};
  std::unique_ptr<std::byte[]> buffer_;
  std::vector<extent> planned_;
  // Where the last part of the plan ends.
  std::uint64_t planned_end_ = 0;
  bool is_by_workers_ = false;
  // How often the overwritten file has changed since the content was complete.
  int changes_ = 0;

  // When progress was last reported, and the offset then.
  std::chrono::steady_clock::time_point told_at_{};
  std::uint64_t told_offset_ = 0;
  // It failed or was cancelled: the next step undoes everything.
  boost::system::error_code failure_;
};

}  // namespace asiofile::detail
