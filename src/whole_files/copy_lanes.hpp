#pragma once

// Many reads and writes in flight between two files, through the service's engines.

#include "service/file_state.hpp"
#include "whole_files/file_copy.hpp"

#include <asiofile/detail/operation.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace asiofile::detail {

// Each lane reads a piece, writes it, and goes on with the next piece that no lane has. Kept alive
// by the operations in flight.
class copy_lanes : public std::enable_shared_from_this<copy_lanes> {
 public:
  // On the service of any of its files.
  copy_lanes(const file_state& service, std::shared_ptr<file_copy> copy);
  copy_lanes(const copy_lanes&) = delete;
  copy_lanes& operator=(const copy_lanes&) = delete;

  // `waiting` ends when all is transferred, or with the first error when nothing is in flight.
  void start(operation_ptr waiting);
  // From any thread.
  void stop() noexcept;

 private:
  class transfer;

  struct lane {
    std::unique_ptr<std::byte[]> buffer;
    extent piece{0, 0};
    // Of the piece's start: what is read, and what of that is written.
    std::size_t filled = 0;
    std::size_t written = 0;
    iovec rest{};
  };

  [[nodiscard]] std::vector<operation_ptr> make_first();
  void launch(operation_ptr made);
  void end(std::unique_lock<std::mutex>& lock);
  bool take_piece(lane& which) noexcept;
  [[nodiscard]] operation_ptr make_next(lane& which);
  [[nodiscard]] operation_ptr make_transfer(lane& which, operation_kind kind);
  void done(lane& which, const operation& finished);
  void note_read(lane& which, std::int64_t result) noexcept;
  void note_written(lane& which, std::int64_t result) noexcept;
  void fail(std::int64_t result) noexcept;

  // Goes last: it has the descriptors open.
  const std::shared_ptr<file_copy> copy_;
  const std::shared_ptr<service_core> core_;
  const std::shared_ptr<file_state> source_;
  const std::shared_ptr<file_state> target_;

  std::mutex mutex_;
  std::vector<extent> left_;
  std::vector<lane> lanes_;
  std::size_t in_flight_ = 0;
  std::int64_t failure_ = 0;
  operation_ptr waiting_;
};

}  // namespace asiofile::detail
