// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Reads a file from a given offset on, in chunks, some of them ahead of the one that is wanted.

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
  // A chunk is a multiple of this, and reads of a direct file must be possible in such pieces.
  std::size_t piece_bytes = 1;
  // How many chunks are read beside the one that is wanted.
  std::size_t chunks_ahead = 0;
  std::optional<std::uint64_t> length;
};

// A chunk of a file with positions is read to its end or to that of the file: short reads are
// continued. For a file without positions, the result of one read is a chunk, and nothing is read
// ahead of a call. Nor is anything read ahead if the file returns short reads before its end, as
// those in /proc do: for some of them, each change of offset costs as much as everything before it.
//
// The file ends where a read finds its end. What was read behind that (the file has grown
// meanwhile) is dropped and read again, in order.
//
// No memory is held while nothing is read and nothing is waiting to be taken.
class read_ahead : public background {
 public:
  class chunk {
   public:
    // The part of what was read that is wanted.
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
    // A read has returned less than it was asked for; and another one some more.
    bool was_short = false;
    bool is_in_pieces = false;
    // The file offset of the first byte that is read.
    std::uint64_t offset = 0;
    // Bytes that are read only because reads must be aligned, or have been read before.
    std::size_t skipped = 0;
    // How much is to be read, and how much of that the memory has room for.
    std::size_t requested = 0;
    std::size_t room = 0;
    std::size_t filled = 0;
    // Behind the last byte that is wanted.
    std::size_t last = 0;
    std::int64_t error = 0;
    // The user's most recent call when it was read.
    std::uint64_t call = 0;
    std::unique_ptr<chunk> next_spare;
  };
  using chunk_ptr = std::unique_ptr<chunk>;

 protected:
  // Throws boost::system::system_error with invalid_argument if a direct file cannot be read in
  // chunks of that size.
  read_ahead(const background_file& of, const read_ahead_plan& plan);
  ~read_ahead() override;

  enum class supply { chunk, end, error, none_yet };

  // The next chunk, if it has been read. `end` is returned if a read that began during the call has
  // found it; after it, and after an error (`result`), the file is read again from there on.
  supply take(chunk_ptr& taken, std::int64_t& result) noexcept ASIOFILE_REQUIRES(mutex_);
  // Its memory is reused for the next one.
  void release(chunk_ptr taken) noexcept ASIOFILE_REQUIRES(mutex_);
  // Undoes `take`.
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

  // Where the next chunk begins, and the end of what is read.
  std::uint64_t next_offset_ ASIOFILE_GUARDED_BY(mutex_) = 0;
  std::uint64_t end_offset_ ASIOFILE_GUARDED_BY(mutex_) = ~std::uint64_t{0};
  // The last read has found the end of the file there.
  bool is_at_end_ ASIOFILE_GUARDED_BY(mutex_) = false;
  // There is no memory for the chunk that a call waits for.
  bool is_out_of_memory_ ASIOFILE_GUARDED_BY(mutex_) = false;
  // How many chunks to read ahead at present: none before the first one has been read, nor at the
  // end of the file.
  std::size_t ahead_now_ ASIOFILE_GUARDED_BY(mutex_) = 0;
  // Counts the user's calls.
  std::uint64_t call_ ASIOFILE_GUARDED_BY(mutex_) = 0;

  // The chunks that are being read or wait to be taken, in file order. Never allocates.
  std::vector<chunk_ptr> queue_ ASIOFILE_GUARDED_BY(mutex_);
  chunk_ptr spare_ ASIOFILE_GUARDED_BY(mutex_);
};

}  // namespace asiofile::detail
