// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Where a tail reader is: in which of the files that have had its name, and at which offset. Makes
// system calls, and waits for nothing else; used by one thread at a time.

#include "readers/tail_file.hpp"
#include "readers/tail_generations.hpp"
#include "system/block_pool.hpp"

#include <asiofile/tail_reader_options.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace asiofile::detail {

// What a look has found.
struct tail_finding {
  enum class kind : std::uint8_t {
    nothing,   // look again later
    data,      // that follows what was found before, or begins a file
    line_end,  // what was found before is a line, though it has no delimiter
    error
  };
  kind what = kind::nothing;
  memory_block block;
  std::size_t bytes = 0;
  std::int64_t error = 0;
  // For `nothing`: that may also change merely with time, without an event that can be watched.
  bool is_timed = false;

  // Reading has moved to another file before that: which one, where, and with what before it.
  bool is_new_file = false;
  // It is a copy of the previous file, and its data continues what was found in that one.
  bool is_continued = false;
  tail_identity identity;
  std::uint64_t offset = 0;
  // The fingerprint of the file's beginning, up to there.
  std::uint64_t fingerprint = hash_of_nothing;
};

// The parameters of a look.
struct tail_view {
  const system_calls_ptr& system;
  int base;
  const std::string& path;
  block_pool& blocks;
  std::size_t buffer_bytes;
  // The reader has an incomplete line.
  bool has_unfinished;
  // A poll interval has passed since the last look.
  bool is_due;
};

class tail_cursor {
 public:
  // Throws std::bad_alloc.
  tail_cursor(const std::optional<tail_checkpoint>& checkpoint, tail_reader_options::place start)
      : checkpoint_(checkpoint ? std::make_unique<tail_checkpoint>(*checkpoint) : nullptr),
        start_(start) {}

  // Throws std::bad_alloc.
  void look(const tail_view& with, tail_finding& found);

  // The file that is being read, if there is one.
  [[nodiscard]] const tail_file& file() const noexcept { return file_; }
  // Whether that had the name at the last look.
  [[nodiscard]] bool has_name() const noexcept { return has_name_; }

 private:
  // Whether there is more to do in the look.
  enum class then : bool { stop, go_on };

  then begin(const tail_view& with, tail_finding& found);
  then begin_by_name(const tail_view& with, tail_finding& found);
  then begin_at_checkpoint(const tail_view& with, tail_finding& found);
  // The following return 0 or an errno value, negated.
  std::int64_t find_checkpoint(const tail_view& with,
                               std::optional<std::vector<tail_generation>>& lacking,
                               tail_finding& found);
  std::int64_t resume_at_checkpoint(const tail_view& with, std::vector<tail_generation>& all,
                                    tail_finding& found);
  template <typename IsCopy>
  std::int64_t open_copy(const tail_view& with, std::vector<tail_generation>& all,
                         std::uint64_t bytes_min, std::int64_t written_min, tail_file& opened,
                         IsCopy is_copy) const;
  static std::int64_t open_as(const tail_view& with, const std::string& path,
                              const tail_identity& wanted, tail_file& opened) noexcept;
  void restart(tail_finding& found) noexcept;
  then at_end(const tail_view& with, tail_finding& found);
  // Returns 0, and then `opened` is the next file, or not open if there is none; or an errno value,
  // negated.
  std::int64_t find_next(const tail_view& with, const file_status* by_name,
                         tail_file& opened) const;
  [[nodiscard]] bool is_still_next(const tail_view& with, const tail_generation& own_now,
                                   const tail_identity& wanted, const file_status& own) const;
  then replaced(const tail_view& with, tail_finding& found);
  void finish(std::unique_ptr<tail_file> next, const tail_view& with, tail_finding& found);
  void move_on(tail_finding& found) noexcept;
  void announce(tail_finding& found) const noexcept;
  then fail_to_open(std::int64_t error, tail_finding& found) noexcept;

  tail_file file_;
  // Null once the file has been found.
  std::unique_ptr<tail_checkpoint> checkpoint_;
  // What is read once the file is finished; null for the file itself, from its beginning.
  std::unique_ptr<tail_file> next_;
  // The offset at the last look that found the file without its name.
  std::uint64_t quiet_at_ = 0;
  // The file's time of last modification, at the last look that found its end.
  std::int64_t modified_nanoseconds_ = 0;
  // The last error that was reported: an errno value, negated.
  int open_error_ = 0;
  tail_reader_options::place start_;
  bool has_name_ = true;
  // All of the file is read, and it will not be looked at any more.
  bool is_finished_ = false;
};

}  // namespace asiofile::detail
