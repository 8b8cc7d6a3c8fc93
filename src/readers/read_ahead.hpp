#pragma once

// Reads a file from one place on, in chunks, some of them ahead of the one that is wanted.

#include "readers/own_transfer.hpp"

#include <asiofile/aligned_buffer.hpp>
#include <asiofile/detail/background.hpp>

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
  // Room in front of what is read, for the user of the chunk.
  std::size_t headroom_bytes = 0;
  // How many chunks are read beside the one that is wanted.
  std::size_t chunks_ahead = 0;
  // Bytes from the start of the file; nothing: where the file's position is.
  std::optional<std::uint64_t> offset;
  std::optional<std::uint64_t> length;
};

// A chunk of a file with positions is read to its end or to that of the file: short reads go on.
// What a file without positions gives in one read is a chunk, and nothing is read ahead of a call.
//
// The end of the file counts where a read finds it. What was read behind it (the file has grown in
// between) is dropped and read again, in order.
class read_ahead : public background {
 public:
  class chunk {
   public:
    // What was read and is wanted.
    [[nodiscard]] const char* data() const noexcept {
      return reinterpret_cast<const char*>(memory.data()) + first();
    }
    [[nodiscard]] std::size_t bytes() const noexcept { return last > skipped ? last - skipped : 0; }
    // How much of the first piece is not wanted.
    [[nodiscard]] std::size_t skipped_bytes() const noexcept { return skipped; }
    // Where it begins in `memory`.
    [[nodiscard]] std::size_t first() const noexcept { return headroom + skipped; }

    aligned_buffer memory;

   private:
    friend class read_ahead;

    enum class use : std::uint8_t { none, reading, dropped_reading, queued, taken };

    [[nodiscard]] std::uint64_t begin() const noexcept { return offset + skipped; }
    [[nodiscard]] std::uint64_t end() const noexcept { return offset + last; }

    std::optional<own_transfer> transfer;
    iovec place{};
    use used = use::none;
    bool is_last = false;
    bool is_called_off = false;
    std::size_t headroom = 0;
    // In the file; of the first byte that is read.
    std::uint64_t offset = 0;
    // Bytes that are read only because reads must be aligned, or have been read before.
    std::size_t skipped = 0;
    std::size_t requested = 0;
    std::size_t filled = 0;
    // Behind the last byte that is wanted.
    std::size_t last = 0;
    std::int64_t error = 0;
    // The user's call that was under way, or over, when it was read.
    std::uint64_t call = 0;
  };

 protected:
  // Throws boost::system::system_error with invalid_argument where a direct file cannot be read in
  // chunks of that size.
  read_ahead(file_state_ptr file, const read_ahead_plan& plan);
  ~read_ahead() override;

  enum class supply { chunk, end, error, none_yet };

  // The next chunk, where it has come. `end` is told where a read has found it that began in the
  // call; after it, and after an error (`result`), the file is read again from there on.
  supply take(chunk*& taken, std::int64_t& result);
  // Gives it back, with memory of the same size.
  void release(chunk& taken) noexcept { taken.used = chunk::use::none; }
  // As if it had not been taken.
  void put_back(chunk& taken) noexcept;
  // Memory for one.
  [[nodiscard]] aligned_buffer make_block() const;

  void prepare(const operation& call) override;
  void plan(unstarted_transfers& wanted) override;
  void take_back(own_transfer& done, std::int64_t result) override;
  void call_off() noexcept override;
  [[nodiscard]] cancellation_ticket called_off() const noexcept override;

 private:
  [[nodiscard]] chunk* find_free() noexcept;
  void aim(chunk& next) noexcept;
  void start_rest(chunk& unfinished, unstarted_transfers& wanted);
  [[nodiscard]] bool draw_ticket(own_transfer& unstarted) const noexcept;
  void settle(chunk& read, std::int64_t result) noexcept;
  void forget_from(std::size_t index) noexcept;

  const std::size_t chunk_bytes_;
  const std::size_t headroom_bytes_;
  const std::size_t chunks_ahead_;
  std::size_t memory_alignment_;
  std::size_t offset_alignment_ = 1;
  bool is_stream_ = false;

  // Where the next chunk begins, and what is not read any more.
  std::uint64_t next_offset_ = 0;
  std::uint64_t end_offset_ = ~std::uint64_t{0};
  // How many chunks to read ahead at present: none before the first one has come, nor at the end
  // of the file.
  std::size_t ahead_now_ = 0;
  // Counts the user's calls.
  std::uint64_t call_ = 0;

  std::vector<std::unique_ptr<chunk>> chunks_;
  // Those that are being read or wait to be taken, in the file's order. Never allocates.
  std::vector<chunk*> queue_;
};

}  // namespace asiofile::detail
