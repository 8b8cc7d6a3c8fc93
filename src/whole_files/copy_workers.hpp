// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Many reads and writes in flight between two files, through the service's engines.

#include "operations/operation.hpp"
#include "service/fork_participants.hpp"
#include "service/opening.hpp"
#include "whole_files/file_copy.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace asiofile::detail {

// Each worker reads a piece, writes it, and continues with the next piece that no worker has. Kept
// alive by the operations in flight.
class copy_workers : public std::enable_shared_from_this<copy_workers>, public fork_participant {
 public:
  // `service`: any file of the service.
  copy_workers(const file_state& service, std::shared_ptr<file_copy> copy);
  copy_workers(const copy_workers&) = delete;
  copy_workers& operator=(const copy_workers&) = delete;

  // `waiting` ends when all is transferred, or with the first error when nothing is in flight.
  void start(operation_ptr waiting);
  // From any thread.
  void stop() noexcept;

 private:
  class transfer;

  struct worker {
    std::unique_ptr<std::byte[]> buffer;
    extent piece{0, 0};
    // How many bytes of the piece have been read, and how many of those written.
    std::size_t filled = 0;
    std::size_t written = 0;
    iovec rest{};
  };

  [[nodiscard]] std::vector<operation_ptr> make_first() ASIOFILE_REQUIRES(mutex_);
  void launch(operation_ptr made) ASIOFILE_EXCLUDES(mutex_);
  void reset_in_child(operation_queue& aborted) noexcept override ASIOFILE_REQUIRES(mutex_);
  [[nodiscard]] int open_both() noexcept;
  void end(operation_ptr waited, std::int64_t result) ASIOFILE_EXCLUDES(mutex_);
  bool take_piece(worker& which) noexcept ASIOFILE_REQUIRES(mutex_);
  [[nodiscard]] operation_ptr make_next(worker& which) ASIOFILE_REQUIRES(mutex_);
  [[nodiscard]] operation_ptr make_transfer(worker& which, operation_kind kind)
      ASIOFILE_REQUIRES(mutex_);
  void done(worker& which, operation_kind kind, const operation_result& over);
  void note_read(worker& which, std::int64_t result) noexcept ASIOFILE_REQUIRES(mutex_);
  void note_written(worker& which, std::int64_t result) noexcept ASIOFILE_REQUIRES(mutex_);
  void fail(std::int64_t result) noexcept ASIOFILE_REQUIRES(mutex_);

  // Destroyed last, because it has the descriptors open.
  const std::shared_ptr<file_copy> copy_;
  const std::shared_ptr<service_core> core_;
  const std::shared_ptr<file_state> source_;
  const std::shared_ptr<file_state> target_;

  std::vector<extent> left_ ASIOFILE_GUARDED_BY(mutex_);
  std::vector<worker> workers_ ASIOFILE_GUARDED_BY(mutex_);
  std::size_t in_flight_ ASIOFILE_GUARDED_BY(mutex_) = 0;
  std::int64_t failure_ ASIOFILE_GUARDED_BY(mutex_) = 0;
  operation_ptr waiting_ ASIOFILE_GUARDED_BY(mutex_);
};

}  // namespace asiofile::detail
