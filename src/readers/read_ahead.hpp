// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Reads a file from one place on, in chunks, some of them ahead of the one that is wanted.

#include "readers/own_transfer.hpp"
#include "system/block_pool.hpp"

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace asiofile::detail {

struct read_ahead_plan {
  std::size_t chunk_bytes = 0;
  // What a chunk is a multiple of, and a direct file must be able to be read in.
  std::size_t piece_bytes = 1;
  // How many chunks are read beside the one that is wanted.
  std::size_t chunks_ahead = 0;
  std::optional<std::uint64_t> length;
};

// A chunk of a file with positions is read to its end or to that of the file: short reads go on.
// What a file without positions gives in one read is a chunk, and nothing is read ahead of a call.
// Nor is anything where the file answers in pieces, as those of /proc do: for some of them, each
// change of place costs as much as all that lies before it.
//
// The end of the file counts where a read finds it. What was read behind it (the file has grown in
// between) is dropped and read again, in order.
//
// No memory is held while nothing is read and nothing is waiting to be taken.
class read_ahead : public background {
 public:
  class chunk {
   public:
    // What was read and is wanted.
    [[nodiscard]] const char* data() const noexcept {
      return reinterpret_cast<const char*>(memory.data()) + skipped;
    }
    [[nodiscard]] std::size_t bytes() const noexcept { return last > skipped ? last - skipped : 0; }
    // How much of the first piece is not wanted.
    [[nodiscard]] std::size_t skipped_bytes() const noexcept { return skipped; }

   private:
    friend class read_ahead;

    enum class use : std::uint8_t { none, reading, dropped, queued, taken };

    [[nodiscard]] std::uint64_t begin() const noexcept { return offset + skipped; }
    [[nodiscard]] std::uint64_t end() const noexcept { return offset + last; }

    memory_block memory;
    std::optional<own_transfer> transfer;
    iovec place{};
    use used = use::none;
    bool is_last = false;
    bool is_called_off = false;
    // A read has given less than it was asked for; and another one some more.
    bool was_short = false;
    bool is_in_pieces = false;
    // In the file; of the first byte that is read.
    std::uint64_t offset = 0;
    // Bytes that are read only because reads must be aligned, or have been read before.
    std::size_t skipped = 0;
    // How much is to be read, and how much of that the memory is for.
    std::size_t requested = 0;
    std::size_t room = 0;
    std::size_t filled = 0;
    // Behind the last byte that is wanted.
    std::size_t last = 0;
    std::int64_t error = 0;
    // The user's call that was under way, or over, when it was read.
    std::uint64_t call = 0;
    std::unique_ptr<chunk> next_spare;
  };
  using chunk_ptr = std::unique_ptr<chunk>;

 protected:
  // Throws boost::system::system_error with invalid_argument where a direct file cannot be read in
  // chunks of that size.
  read_ahead(const background_file& of, const read_ahead_plan& plan);
  ~read_ahead() override;

  enum class supply { chunk, end, error, none_yet };

  // The next chunk, where it has come. `end` is told where a read has found it that began in the
  // call; after it, and after an error (`result`), the file is read again from there on.
  supply take(chunk_ptr& taken, std::int64_t& result) noexcept ASIOFILE_REQUIRES(mutex_);
  // Its memory is for the next one.
  void release(chunk_ptr taken) noexcept ASIOFILE_REQUIRES(mutex_);
  // As if it had not been taken.
  void return_chunk(chunk_ptr taken) noexcept ASIOFILE_REQUIRES(mutex_);

  void prepare(const operation& call) override ASIOFILE_REQUIRES(mutex_);
  void plan(unstarted_transfers& wanted) override ASIOFILE_REQUIRES(mutex_);
  void take_back(own_transfer& done, std::int64_t result) override ASIOFILE_REQUIRES(mutex_);
  void discard(own_transfer& dropped) noexcept override ASIOFILE_REQUIRES(mutex_);
  void rest() noexcept override ASIOFILE_REQUIRES(mutex_);
  void call_off() noexcept override ASIOFILE_REQUIRES(mutex_);
  [[nodiscard]] cancellation_handle called_off() const noexcept override ASIOFILE_REQUIRES(mutex_);
  void forget_in_flight() noexcept override ASIOFILE_REQUIRES(mutex_);

 private:
  [[nodiscard]] chunk_ptr make_chunk() noexcept ASIOFILE_REQUIRES(mutex_);
  void aim(chunk& next) const noexcept ASIOFILE_REQUIRES(mutex_);
  [[nodiscard]] std::uint64_t expected_bytes(const chunk& next) const noexcept
      ASIOFILE_REQUIRES(mutex_);
  [[nodiscard]] bool make_room(chunk& next) noexcept ASIOFILE_REQUIRES(mutex_);
  [[nodiscard]] bool start_rest(std::size_t index, unstarted_transfers& wanted) noexcept
      ASIOFILE_REQUIRES(mutex_);
  void drop_spares() noexcept ASIOFILE_REQUIRES(mutex_);
  void note_result(chunk& read, std::int64_t result) noexcept ASIOFILE_REQUIRES(mutex_);
  void forget_from(std::size_t index) noexcept ASIOFILE_REQUIRES(mutex_);

  const std::size_t chunk_bytes_;
  const std::size_t chunks_ahead_;
  const io_alignment alignment_;
  const bool is_stream_;
  const std::uint64_t size_when_opened_;

  // Where the next chunk begins, and what is not read any more.
  std::uint64_t next_offset_ ASIOFILE_GUARDED_BY(mutex_) = 0;
  std::uint64_t end_offset_ ASIOFILE_GUARDED_BY(mutex_) = ~std::uint64_t{0};
  // The last read has found the end of the file there.
  bool is_at_end_ ASIOFILE_GUARDED_BY(mutex_) = false;
  // For what a call waits for.
  bool is_out_of_memory_ ASIOFILE_GUARDED_BY(mutex_) = false;
  // How many chunks to read ahead at present: none before the first one has come, nor at the end
  // of the file.
  std::size_t ahead_now_ ASIOFILE_GUARDED_BY(mutex_) = 0;
  // Counts the user's calls.
  std::uint64_t call_ ASIOFILE_GUARDED_BY(mutex_) = 0;

  // Those that are being read or wait to be taken, in the file's order. Never allocates.
  std::vector<chunk_ptr> queue_ ASIOFILE_GUARDED_BY(mutex_);
  chunk_ptr spare_ ASIOFILE_GUARDED_BY(mutex_);
};

}  // namespace asiofile::detail
