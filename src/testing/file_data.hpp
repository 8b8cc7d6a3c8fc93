// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The bytes of one file: as reads find them, and as a crash would leave them.

#include "testing/random.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asiofile::testing::detail {

// What all files of a file system share.
struct storage {
  std::size_t sector_bytes = 512;
  std::uint64_t sectors_max = 0;
  std::uint64_t sectors_used = 0;

  [[nodiscard]] std::uint64_t sectors_free() const noexcept {
    return sectors_max > sectors_used ? sectors_max - sectors_used : 0;
  }
};

class file_data {
 public:
  explicit file_data(std::shared_ptr<storage> on);
  ~file_data();
  file_data(const file_data&) = delete;
  file_data& operator=(const file_data&) = delete;

  [[nodiscard]] std::uint64_t size() const noexcept { return now_.size; }
  [[nodiscard]] std::uint64_t allocated_bytes() const noexcept;

  // Reads up to the end; the rest of `into` is unchanged. Returns the number of bytes read.
  std::size_t read(std::uint64_t offset, char* into, std::size_t size) const;

  // Where the next data, or the next hole, begins at or after an offset; the end of the file counts
  // as a hole. Nothing if there is none (ENXIO in lseek(2)).
  [[nodiscard]] std::optional<std::uint64_t> find(std::uint64_t offset, bool data) const;

  // How many of `length` bytes there is room for.
  [[nodiscard]] std::uint64_t room_for(std::uint64_t offset, std::uint64_t length) const;

  // The following change what reads find, and remember it as a change that is not durable. There
  // must be room.
  void write(std::uint64_t offset, std::string_view bytes, bool is_untorn = false);
  void resize(std::uint64_t size);
  // `grows`: extends the file to the end of the part, if that is beyond its own.
  void allocate(std::uint64_t offset, std::uint64_t length, bool grows = true);
  void zero(std::uint64_t offset, std::uint64_t length, bool grows);
  void punch_hole(std::uint64_t offset, std::uint64_t length);

  // Makes all changes durable.
  void sync();
  // Makes the last write durable, up to `end`, and as few others as a file system can.
  void sync_last(std::uint64_t end);
  // A sync that fails: each change either becomes durable or never will, though reads still find
  // it.
  void sync_in_vain(random& chance);
  // Drops what is not durable, except what the seed keeps: of each change all, nothing, the data,
  // or some sectors.
  void crash(random& chance);

 private:
  // Never changed once it is in a file, so that several states of the file can share it.
  using sector = std::shared_ptr<const std::string>;
  using sectors = std::map<std::uint64_t, sector>;

  // Missing sectors are zeros, and so is everything behind the end.
  struct state {
    sectors content;
    std::uint64_t size = 0;
  };

  // The content that a change has written: whole sectors, because a disk writes those.
  struct change {
    bool is_resize = false;
    // A crash keeps all of it or nothing.
    bool is_untorn = false;
    // A null sector stands for a hole.
    std::vector<std::pair<std::uint64_t, sector>> written;
    std::uint64_t size_after = 0;
  };

  void zero_behind(std::uint64_t size, change& made);
  void put(std::uint64_t index, sector content, change& made);
  void clear(std::uint64_t offset, std::uint64_t length, bool keeps_space, change& made);
  static void replace(state& in, std::uint64_t index, sector content);
  [[nodiscard]] sector copy_with(std::uint64_t index, std::size_t begin,
                                 std::string_view bytes) const;
  void shrink(state& which, std::uint64_t size) const;
  void apply_sector(const change& made, std::size_t which);
  void apply_size(const change& made);
  void apply(const change& made);
  void apply_some(const change& made, random& chance);
  void count(std::size_t before) noexcept;

  const std::shared_ptr<storage> storage_;
  state now_;
  state durable_;
  std::vector<change> changes_;
};

}  // namespace asiofile::testing::detail
